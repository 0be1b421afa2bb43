import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { canonical, digest } from "../../src/data/canonical.ts";
import type { Tape } from "../../src/llm/tape.ts";
import { type FakeServer, fakeServer, firstAllowed } from "../llm/server.ts";
import { masque } from "./command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-cli-llm-"));
let server: FakeServer | undefined;
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
afterEach(async () => {
  await server?.close();
  server = undefined;
  vi.unstubAllEnvs();
});

const BACKEND = new URL("../llm/toy-backend.mjs", import.meta.url).pathname;
const GAME = ["llm", "stealth-takeover", "resources=2", "steps=6", "--play", "warden=toy", "--episodes", "3"];

describe("masque llm", () => {
  it("says what a game would take before anything is asked", async () => {
    server = await fakeServer(firstAllowed);
    const args = [...GAME, "--url", server.url, "--dry-run", "--price", "1,10", "--attack", "hasty"];
    const { code, out } = await masque(args);
    expect(code).toBe(0);
    // 2 arms, 3 episodes, 6 steps.
    expect(out).toMatch(
      /^about 36 calls \(at most 72\), [\d,]+ tokens of prompts, 1,080 of answers \(at most 14,400\)\nprice 0\.\d+, at most/,
    );
    expect(server.requests).toEqual([]);
    expect((await masque([...args.slice(0, -4), "--attack", "hasty"])).out).toContain("price unknown (--price");
  });

  it("says what it waits for, where a server asks for minutes, without the controls in its words", async () => {
    server = await fakeServer(() => ({ status: 429, headers: { "retry-after": "600" }, body: "slow\u001b[2J down" }));
    const args = [...GAME, "--attack", "hasty", "--url", server.url, "--out", join(scratch, "waits")];
    const { code, err } = await masque(args, (text, interrupt) => {
      if (text.includes("asked again in")) interrupt();
    });
    expect(code).toBe(130);
    expect(err).toContain("The server: 429 slow [2J down. It is asked again in 600 s.\n");
  });

  it("plays at the text set, scores beside scripts, counts what was invalid, and goes on after a server's fault", async () => {
    vi.stubEnv("TOY_KEY", "very secret");
    server = await fakeServer((asked, n) => {
      if (n === 9) return { status: 400, body: "very secret mistake" };
      if (n === 4) return { status: 429, headers: { "retry-after": "0" } };
      return n % 5 === 0 ? "I will not." : firstAllowed(asked);
    });
    const out = join(scratch, "played");
    const args = ["llm", "stealth-takeover-v0", "--play", "warden=toy", "--attack", "hasty", "--episodes", "2"];
    const options = ["--url", server.url, "--key-env", "TOY_KEY", "--out", out, "--price", "1,1", "--author", "me"];
    const stopped = await masque([...args, ...options]);
    expect(stopped).toMatchObject({ code: 2, out: "" });
    expect(stopped.err).toMatch(/about 64 calls[\s\S]*Every answer so far is in .*--resume/);
    expect(stopped.err).toMatch(/refuses: 400 … mistake/);
    expect(stopped.err).not.toContain("secret");
    const { code, out: told, err } = await masque([...args, ...options, "--resume"]);
    expect(code, err).toBe(0);
    expect(told).toMatch(/resources=3 steps=16/);
    for (const name of ["the models", "default", "random", "asleep"])
      expect(told).toMatch(new RegExp(`^${name} +\\d\\.\\d`, "m"));
    expect(told).toMatch(
      /warden: 64 decisions asked for: \d+ valid \([\d.]+ %\), \d+ repaired \([\d.]+ %\), \d+ invalid/,
    );
    expect(told).toMatch(
      /calls \(\d+ made now, \d+ found answered\), [\d,]+ tokens of prompts, [\d,]+ of answers, price 0\.\d+/,
    );
    for (const file of ["game.json", "calls.jsonl", "tape.json"]) {
      expect(readFileSync(join(out, file), "utf8")).not.toContain("secret");
    }
    const verified = await masque(["verify", out]);
    expect(verified).toMatchObject({ code: 0, err: "" });
    expect(verified.out).toMatch(
      /2 episodes played again, nothing differs: 64 decisions, 64 prompts made again; \d+ answers/,
    );
    expect(verified.out).toMatch(/recorded: the score follows from the actions/);
  });

  it("compares attackers with attacks, and names the best script", async () => {
    const args = ["llm", "stealth-takeover", "resources=2", "steps=4", "--play", "intruder=toy", "--episodes", "2"];
    const { code, out, err } = await masque([
      ...args,
      "--backend",
      BACKEND,
      "--out",
      join(scratch, "attack"),
      "--quiet",
    ]);
    expect(code, err).toBe(0);
    expect(out).toMatch(/\(best script\)/);
    expect(out).toMatch(/^none +/m);
  });

  it("plays with a model on this machine, whose tape can be reproduced", async () => {
    const out = join(scratch, "local");
    const { code, out: told, err } = await masque([...GAME, "--backend", BACKEND, "--out", out, "--json", "--quiet"]);
    expect(code, err).toBe(0);
    expect(JSON.parse(told)).toMatchObject({ folder: out, ways: { warden: { valid: 36, invalid: 0 } } });
    const again = await masque(["verify", out, "--backend", BACKEND]);
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(again.out).toMatch(/reproduced: a model of these weights did the same again/);
    const other = await masque(["verify", out, "--backend", BACKEND, "--model", "other"]);
    expect(other.code).toBe(3);
    expect(other.out).toMatch(/NOT verified[\s\S]*weights: the tape names a{64}, the model here has b{64}/);
    // Somebody else's moves under the model's name: true as a recording, and found out where the model is at hand.
    const file = join(out, "tape.json");
    const { id: _, ...tape } = JSON.parse(readFileSync(file, "utf8")) as Tape;
    tape.game.players.warden.weights = "b".repeat(64);
    writeFileSync(file, canonical({ ...tape, id: digest(tape) }));
    const swapped = await masque(["verify", out, "--backend", BACKEND]);
    expect(swapped.code).toBe(3);
    expect(swapped.out).toMatch(/weights/);
  });

  it("of a game that no weights are named for, nothing is reproduced", async () => {
    const { code, err } = await masque(["verify", join(scratch, "played"), "--backend", BACKEND]);
    expect(code).toBe(2);
    expect(err).toMatch(/what a server played cannot be reproduced, only recorded/);
  });

  it.each<[string, string[], RegExp]>([
    ["no server", GAME, /Which server\? Give --url/],
    [
      "no model",
      [...GAME.slice(0, 4), "--play", "warden", "--url", "http://localhost"],
      /--play: got "warden", expected ROLE=MODEL/,
    ],
    ["an unknown role", [...GAME, "--play", "guard=a", "--url", "http://localhost"], /Unknown role.*"guard"/],
    ["an address that is none", [...GAME, "--url", "there"], /--url: got "there"/],
    ["prices that are none", [...GAME, "--url", "http://localhost", "--price", "cheap"], /--price: got "cheap"/],
    ["a temperature that is none", [...GAME, "--url", "http://localhost", "--temperature", "-1"], /--temperature/],
    ["a request that is none", [...GAME, "--url", "http://localhost", "--request", "[1]"], /--request: got "\[1\]"/],
    ["a module that is not there", [...GAME, "--backend", "nowhere.mjs"], /nowhere\.mjs/],
    [
      "two models of one module",
      [...GAME, "--play", "intruder=b", "--backend", BACKEND],
      /opens one model, got toy, b/,
    ],
    ["a script that is none", [...GAME, "--attack", "peek", "--url", "http://localhost"], /Unknown attack/],
  ])("%s: says so, and leaves nothing behind", async (_, args, said) => {
    vi.stubEnv("OPENAI_BASE_URL", "");
    const out = join(scratch, "never");
    const { code, err } = await masque([...args, "--out", out]);
    expect(code).toBe(2);
    expect(err).toMatch(said);
    expect(existsSync(out)).toBe(false);
  });
});
