import { afterEach, describe, expect, it } from "vitest";
import type { Ask } from "../../src/llm/backend.ts";
import { type ChatApiOptions, type Clock, chatApi } from "../../src/llm/chat-api.ts";
import { type Answer, type FakeServer, fakeServer } from "./server.ts";

let server: FakeServer;
afterEach(() => server.close());

/** A clock that never waits, and keeps what it was asked to. */
function clock(): Clock & { readonly waits: number[] } {
  const waits: number[] = [];
  return {
    waits,
    sleep: async (milliseconds) => void waits.push(milliseconds),
    timeout: () => new AbortController().signal,
  };
}

const ask: Ask = {
  model: "toy",
  messages: [{ role: "user", content: "What do you do?" }],
  schema: { type: "object" },
  temperature: 0,
  maxTokens: 50,
  seed: 3,
  signal: new AbortController().signal,
};
const complete = (options: Partial<ChatApiOptions> = {}, more: Partial<Ask> = {}) =>
  chatApi({ url: server.url, clock: clock(), ...options }).complete({ ...ask, ...more });

describe("a server", () => {
  it("is asked for the model, held to the schema, with the key of the environment", async () => {
    server = await fakeServer(() => "yes");
    const request = { top_p: 0.5, max_tokens: null, max_completion_tokens: 50 };
    expect(await complete({ key: "secret", request })).toEqual({
      text: "yes",
      tokens: { prompt: 100, completion: 10 },
    });
    const [{ asked, headers }] = server.requests;
    expect(headers.authorization).toBe("Bearer secret");
    expect(asked).toEqual({
      model: "toy",
      messages: ask.messages,
      temperature: 0,
      seed: 3,
      response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema: ask.schema } },
      top_p: 0.5,
      max_completion_tokens: 50,
    });
    await complete({ schema: false });
    expect(server.requests[1].asked).not.toHaveProperty("response_format");
    expect(server.requests[1].headers.authorization).toBeUndefined();
  });

  it("that limits rates is waited for as long as it says, in seconds or until a date", async () => {
    const date = "Tue, 01 Dec 2026 10:00:00 GMT";
    server = await fakeServer((_, n): Answer => {
      if (n === 1) return { status: 429, headers: { "retry-after": "7" } };
      if (n === 2) return { status: 429, headers: { "retry-after": "Tue, 01 Dec 2026 10:00:30 GMT", date } };
      return "yes";
    });
    const waiting = clock();
    expect((await complete({ clock: waiting })).text).toBe("yes");
    expect(waiting.waits).toEqual([7000, 30_000]);
  });

  it("that asks to wait for hours is not waited for", async () => {
    server = await fakeServer(() => ({ status: 429, headers: { "retry-after": "90000" } }));
    await expect(complete()).rejects.toThrow(/429.*asks to wait 1500 minutes/);
    expect(server.requests).toHaveLength(1);
  });

  it("that fails, breaks off or talks nonsense is asked again, later and later", async () => {
    server = await fakeServer((_, n) => {
      if (n === 1) return { status: 503, body: "busy" };
      if (n === 2) return (response) => void response.destroy();
      if (n === 3) {
        return (response) => {
          response.writeHead(200, { "content-length": "1000" });
          response.write('{"choices":', () => response.destroy());
        };
      }
      if (n === 4) return { status: 200, body: "<html>" };
      if (n === 5) return { status: 200, body: '{"choices":[]}' };
      return "yes";
    });
    const waiting = clock();
    const why: string[] = [];
    expect((await complete({ clock: waiting, onResend: (one) => why.push(one) })).text).toBe("yes");
    expect(waiting.waits).toEqual([1000, 2000, 4000, 8000, 16_000]);
    expect(why[0]).toBe("503 busy");
    expect(why.slice(3)).toEqual(["an answer that is no JSON", "an answer that is none of the chat API's"]);
  });

  it("that goes on failing is given up, with what it said last", async () => {
    server = await fakeServer(() => ({ status: 500, body: "no" }));
    await expect(complete({ resends: 2 })).rejects.toThrow(/500 no, 3 times in a row/);
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    [401, /401.*environment variable that --key-env names/],
    [400, /400.*try --no-schema/],
    [404, /404/],
  ])("that refuses with %s is not asked again, and the key is not told", async (status, said) => {
    server = await fakeServer(() => ({ status, body: "your key is secret\n\u001b[31m" }));
    const error = await complete({ key: "secret" }).catch((one: Error) => one.message);
    expect(error).toMatch(said);
    expect(error).not.toContain("secret");
    expect(error).not.toContain("\u001b");
    expect(server.requests).toHaveLength(1);
  });

  it("that sends elsewhere is not followed there: the key would go along", async () => {
    server = await fakeServer(() => ({ status: 307, headers: { location: "http://127.0.0.1:1/" } }));
    await expect(complete({ resends: 0 })).rejects.toThrow(/redirect/);
  });

  it("whose model refuses has answered", async () => {
    const body = JSON.stringify({ choices: [{ message: { content: null, refusal: "I cannot." } }] });
    server = await fakeServer(() => ({ status: 200, body }));
    expect(await complete()).toEqual({ text: "I cannot.", tokens: { prompt: 4, completion: 3 } });
  });

  it("that is too slow is asked again, and one that nobody waits for any more is not", async () => {
    const patience = new AbortController();
    server = await fakeServer((_, n) => {
      if (n === 1) patience.abort();
      return n === 1 ? () => {} : "yes";
    });
    const timeouts = [patience.signal, new AbortController().signal];
    expect((await complete({ clock: { ...clock(), timeout: () => timeouts.shift()! } })).text).toBe("yes");
    const stop = new AbortController();
    server.answer = () => () => stop.abort(new Error("stopped"));
    await expect(complete({}, { signal: stop.signal })).rejects.toThrow("stopped");
  });

  it.each([
    ["negative", { prompt_tokens: -1, completion_tokens: 3 }],
    ["infinite", { prompt_tokens: "1e999", completion_tokens: 3 }],
    ["no", { total_tokens: 4 }],
    ["nonsense for", [[[]]]],
  ])("that counts %s tokens has answered: they are counted here", async (_, usage) => {
    const body = JSON.stringify({ choices: [{ message: { content: "yes" } }], usage }).replace('"1e999"', "1e999");
    server = await fakeServer(() => ({ status: 200, body }));
    expect(await complete({ resends: 0 })).toEqual({ text: "yes", tokens: { prompt: 4, completion: 1 } });
  });

  it("may need a query, whose values no error tells", async () => {
    server = await fakeServer(() => ({ status: 404, body: "no ?code=hidden here" }));
    let asked = "";
    const url = `${server.url}/?code=hidden`;
    server.answer = (_, n) => {
      asked = server.requests[n - 1].url;
      return { status: 404, body: "nothing at ?code=hidden" };
    };
    const error = await complete({ url }).catch((one: Error) => one.message);
    expect(asked).toBe("/v1/chat/completions?code=hidden");
    expect(error).toMatch(/\/v1\/chat\/completions refuses: 404 nothing at \?code=…/);
    expect(error).not.toContain("hidden");
  });

  it("is sent a key without the end of line that its file had, and tells neither", async () => {
    server = await fakeServer(() => ({ status: 401, body: "wrong key: sk-hidden." }));
    const error = await complete({ key: "sk-hidden\r\n" }).catch((one: Error) => one.message);
    expect(server.requests[0].headers.authorization).toBe("Bearer sk-hidden");
    expect(error).not.toContain("sk-hidden");
  });

  it("is named without a password, which errors and tapes would repeat", async () => {
    server = await fakeServer(() => "yes");
    const url = server.url.replace("//", "//me:hidden@");
    expect(() => chatApi({ url })).toThrow(/a user or a password before "@127.0.0.1:\d+".*--key-env/);
    expect(() => chatApi({ url })).not.toThrow(/hidden/);
  });

  it("needs an address", async () => {
    server = await fakeServer(() => "yes");
    expect(() => chatApi({ url: "localhost" })).toThrow(/--url: got "localhost"/);
    expect(() => chatApi({ url: "file:///etc" })).toThrow(/http:\/\/ or https/);
  });
});
