import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openRegistry } from "../../src/library/registry.ts";
import { BODY_LIMIT, encode, HEADER, KIND } from "../../src/serve/protocol.ts";
import { createSession } from "../../src/serve/session.ts";
import { feed, hello, json, replies, resetBody } from "./client.ts";

const registry = openRegistry();
const MEMORY = 2 ** 24;
const SEED = 6;
const make = encode(KIND.make, 0, 2, JSON.stringify({ environment: "simple-crypto-v3" }));
const reset = encode(KIND.reset, 1, 3, resetBody(1));
const step = encode(KIND.step, 1, 4, Buffer.alloc(16));
/** What a healthy client says: the raw material of what a sick one does. */
const healthy = Buffer.concat([hello, make, reset, step, step]);

/** The server's answers, or the error it ends with. */
async function survive(chunks: readonly Uint8Array[]) {
  const session = createSession(registry, MEMORY);
  const sent = chunks.reduce((sum, { length }) => sum + length, 0);
  try {
    const { replies, held } = await feed(session, chunks);
    // Twice what was sent, and a bound.
    expect(held).toBeLessThanOrEqual(2 * sent + 2 ** 16);
    for (const reply of replies) {
      if (reply.kind === KIND.error) expect(json(reply).kind, json(reply).stack).not.toBe("internal");
    }
    return replies;
  } catch (error) {
    expect((error as Error).name).toBe("BrokenStream");
    return [];
  }
}

/** Cuts bytes anywhere. */
const cut = (bytes: Uint8Array, places: readonly number[]) => {
  const ends = [...new Set(places.map((share) => Math.floor(share * bytes.length)))].sort((a, b) => a - b);
  return [0, ...ends].map((from, i) => bytes.subarray(from, ends[i] ?? bytes.length));
};
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

describe("whatever bytes come", () => {
  it("answers healthy ones the same however they are cut", async () => {
    const whole = await survive([healthy]);
    expect(whole.map(({ kind }) => kind)).toEqual([KIND.hello, KIND.make, KIND.reset, KIND.step, KIND.step]);
    await fc.assert(
      fc.asyncProperty(places, async (at) => void expect(await survive(cut(healthy, at))).toEqual(whole)),
      { seed: SEED, numRuns: 30 },
    );
  });

  it("answers random ones with errors, or ends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => void (await survive([bytes]))),
      { seed: SEED, numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 3 }),
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        async (kind, environment, body) => {
          const found = await survive([hello, make, encode(kind, environment, 9, body), step]);
          expect(found.length).toBe(4);
          // The environment that is there plays, or waits for its reset, whatever came in between.
          expect([KIND.error, KIND.step]).toContain(found[3].kind);
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("answers changed and truncated ones with errors, or ends", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(healthy.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.nat(healthy.length),
        places,
        async (changes, length, at) => {
          const bytes = Buffer.from(healthy.subarray(0, length));
          for (const [place, value] of changes) if (place < length) bytes[place] = value;
          await survive(cut(bytes, at));
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("answers requests of the right shape and wild values with errors, or plays them", async () => {
    const wild = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(0, -1, 1e308, 65536, 2 ** 53, "none", "default"),
    );
    const ids = registry.environmentNames().map((name) => fc.constant(name));
    await fc.assert(
      fc.asyncProperty(
        fc.record(
          {
            environment: fc.oneof(...ids),
            params: fc.dictionary(fc.constantFrom("bots", "steps", "slots", "agents", "maxCycles"), wild),
            copies: wild,
            split: wild,
            maxCycles: wild,
            control: fc.oneof(wild, fc.constant([])),
            attack: wild,
            clean: wild,
          },
          { requiredKeys: ["environment"] },
        ),
        async (request) => void (await survive([hello, encode(KIND.make, 0, 2, JSON.stringify(request)), reset, step])),
      ),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("answers nesting beyond reason with an error", async () => {
    const deep = `{"environment":"simple-crypto-v3","params":{"steps":${"[".repeat(1e5)}${"]".repeat(1e5)}}}`;
    const found = await survive([hello, encode(KIND.make, 0, 2, deep)]);
    expect(json(found[1]).message).toMatch(/nested more than 64 levels/);
  });

  it("never makes room for what is only announced", async () => {
    const header = Buffer.alloc(HEADER + 100);
    header.writeUInt32LE(BODY_LIMIT, 0);
    const { held } = await feed(createSession(registry, MEMORY), [header]);
    expect(held).toBe(2 ** 16);
    header.writeUInt32LE(BODY_LIMIT + 1, 0);
    await expect(feed(createSession(registry, MEMORY), [header])).rejects.toThrow(
      /message of 1048577 bytes, expected at most 1048576/,
    );
  });
});

describe("masque serve", () => {
  const program = fileURLToPath(new URL("../../bin/masque.mjs", import.meta.url));

  function serve(bytes: Buffer): Promise<{ code: number | null; out: Buffer; err: string }> {
    const child = spawn(process.execPath, [program, "serve"]);
    const out: Buffer[] = [];
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk;
    });
    // A server that has ended does not read the rest.
    child.stdin.on("error", () => {});
    child.stdin.end(bytes);
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, out: Buffer.concat(out), err })));
  }

  it("ends with its client, and says why it ends before", async () => {
    const [good, early, cutOff, huge] = await Promise.all([
      serve(healthy),
      serve(Buffer.alloc(0)),
      serve(healthy.subarray(0, -7)),
      serve(Buffer.concat([hello, Buffer.alloc(5000, 0xee)])),
    ]);
    expect(good).toMatchObject({ code: 0, err: "" });
    expect(replies(good.out).at(-1)?.kind).toBe(KIND.step);
    expect(early).toMatchObject({ code: 0, err: "" });
    expect(replies(cutOff.out).length).toBe(4);
    expect(cutOff.code).toBe(0);
    expect(huge.code).toBe(2);
    expect(huge.err).toMatch(/expected at most 1048576: the connection ends here/);
    expect(json(replies(huge.out)[1])).toMatchObject({ kind: "protocol" });
  });
});
