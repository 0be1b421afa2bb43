import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/llm/backend.ts";
import { forecast } from "../../src/llm/forecast.ts";
import { waysOf } from "../../src/llm/results.ts";
import { type Running, runGame } from "../../src/llm/run.ts";
import { writeTape } from "../../src/llm/tape-file.ts";
import { open, toy, wary } from "./games.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-llm-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;
const folder = () => join(scratch, `game-${folders++}`);
const running = (more: Partial<Running> = {}): Running => ({
  atOnce: 2,
  resume: false,
  signal: new AbortController().signal,
  ...more,
});
const calls = (at: string) => readFileSync(join(at, "calls.jsonl"), "utf8").split("\n").slice(0, -1);

describe("a game", () => {
  it("asks for every decision once, in both arms where a defender speaks", async () => {
    const game = await open();
    const model = toy(wary);
    const at = folder();
    const { played, calls: made, found } = await runGame(game, model, at, running());
    expect(played.attacked).toHaveLength(3);
    expect(played.clean).toHaveLength(3);
    expect(made).toBe(model.calls);
    expect(made + found).toBe(2 * 3 * 5);
    // What both arms ask alike in the same episode is asked once.
    expect(found).toBeGreaterThan(0);
    expect(calls(at)).toHaveLength(made);
    expect(waysOf(played)).toEqual({ warden: { forced: 0, valid: 30, repaired: 0, invalid: 0 } });
  });

  it("has one arm where only attackers speak", async () => {
    const game = await open({ attack: "none" }, ["intruder"]);
    const { played } = await runGame(
      game,
      toy(() => '{"action":"wait"}'),
      folder(),
      running(),
    );
    expect(Object.keys(played)).toEqual(["attacked"]);
  });

  it("has no more calls under way than it may, and as many where it can", async () => {
    const game = await open({ episodes: 6 });
    const started: (() => void)[] = [];
    const model = toy(async (prompt, n) => {
      // The first three answers are withheld until all three are asked for.
      if (n <= 3) {
        await new Promise<void>((go) => {
          started.push(go);
          if (started.length === 3) for (const one of started) one();
        });
      }
      return wary(prompt);
    });
    await runGame(game, model, folder(), running({ atOnce: 3 }));
    expect(model.most).toBe(3);
    const alone: Backend & { most: number } = Object.assign(toy(wary), { atOnce: 1 });
    await runGame(game, alone, folder(), running({ atOnce: 3 }));
    expect(alone.most).toBe(1);
  });

  it("asks again once, with what was wrong; then a fallback acts, and is counted", async () => {
    const game = await open({ episodes: 2 });
    const seen: string[] = [];
    const model = toy((prompt) => {
      if (prompt.includes("That is no action")) {
        seen.push(prompt);
        return prompt.includes("Step 2 of") ? wary(prompt) : "no";
      }
      return /Step [12] of/.test(prompt) ? '{"action":["peek"]}' : wary(prompt);
    });
    const { played } = await runGame(game, model, folder(), running());
    expect(waysOf(played)).toEqual({ warden: { forced: 0, valid: 12, repaired: 4, invalid: 4 } });
    expect(seen[0]).toContain(
      '{"action":["peek"]}\nThat is no action: the action is a list of 1 ["peek"], expected a list of 2',
    );
    const invalid = played.attacked!.map(({ deeds }) => deeds.warden.ways.indexOf("invalid"));
    expect(invalid).toEqual([0, 0]);
  });

  it("whose models never act plays as nobody does who attacks, and evenly for all others", async () => {
    const game = await open({ attack: "none", episodes: 20 }, ["intruder", "warden"]);
    const { played } = await runGame(
      game,
      toy(() => "no"),
      folder(),
      running(),
    );
    const actions = (role: string) => new Set(played.attacked!.flatMap(({ deeds }) => deeds[role].actions));
    // `none` waits always: an attacker without an answer gains nothing.
    expect(actions("intruder")).toEqual(new Set([0]));
    expect(actions("warden")).toEqual(new Set([0, 1, 2]));
  });
});

describe("a game that stops", () => {
  const whole = async () => {
    const game = await open({ episodes: 4 });
    const at = folder();
    const result = await runGame(game, toy(wary), at, running());
    return { game, tape: writeTape(game, result.played, at, []), made: result.calls };
  };

  it("goes on where it stopped, and comes to the same", async () => {
    const { game, tape, made } = await whole();
    const at = folder();
    const failing = toy((prompt, n) => {
      if (n > 7) throw new Error("out of credit");
      return wary(prompt);
    });
    await expect(runGame(game, failing, at, running())).rejects.toThrow("out of credit");
    expect(calls(at)).toHaveLength(7);
    // Killed while it wrote a line.
    appendFileSync(join(at, "calls.jsonl"), '{"episode":0,"key":"12');
    const model = toy(wary);
    const { played } = await runGame(game, model, at, running({ resume: true }));
    expect(model.calls).toBe(made - 7);
    const again = writeTape(game, played, at, []);
    const { id: _, calls: __, ...rest } = again;
    expect(tape).toMatchObject(rest);
    expect(again.calls!.tokens).toEqual(tape.calls!.tokens);
    // Whoever resumes what is finished asks nothing, and has the same tape to the byte.
    const idle = toy(() => "never asked");
    const finished = await runGame(game, idle, at, running({ resume: true }));
    expect(idle.calls).toBe(0);
    expect(writeTape(game, finished.played, at, [])).toEqual(again);
  });

  it("by a signal leaves every answer that came", async () => {
    const game = await open({ episodes: 4 });
    const at = folder();
    const stop = new AbortController();
    const model = toy((prompt, n) => {
      if (n === 5) stop.abort(new Error("Ctrl-C"));
      return wary(prompt);
    });
    await expect(runGame(game, model, at, running({ atOnce: 1, signal: stop.signal }))).rejects.toThrow("Ctrl-C");
    expect(calls(at)).toHaveLength(5);
  });

  it("is not gone on with by another game, nor overwritten without being asked", async () => {
    const { game } = await whole();
    const at = folder();
    await runGame(game, toy(wary), at, running());
    await expect(runGame(game, toy(wary), at, running())).rejects.toThrow(/holds a game.*--resume/);
    const other = await open({ episodes: 4, seed: 2 });
    await expect(runGame(other, toy(wary), at, running({ resume: true }))).rejects.toThrow(
      /another game: it differs in seed/,
    );
    const full = folder();
    await runGame(await open({ episodes: 1 }), toy(wary), full, running());
    rmSync(join(full, "game.json"));
    await expect(runGame(game, toy(wary), full, running({ resume: true }))).rejects.toThrow(/is not empty/);
  });

  it.each<[string, unknown]>([
    ["no text", { text: undefined, tokens: { prompt: 1, completion: 1 } }],
    ["NaN tokens", { text: "yes", tokens: { prompt: Number.NaN, completion: 1 } }],
    ["less than no tokens", { text: "yes", tokens: { prompt: 1, completion: -1 } }],
  ])("stops at a backend that answers with %s, and can still be gone on with", async (_, answer) => {
    const { game } = await whole();
    const at = folder();
    const model = toy(wary);
    const broken = {
      complete: (ask) => (model.calls < 5 ? model.complete(ask) : Promise.resolve(answer)),
    } as Backend;
    await expect(runGame(game, broken, at, running({ atOnce: 1 }))).rejects.toThrow(/backend answered with text/);
    expect(calls(at)).toHaveLength(5);
    expect(await runGame(game, toy(wary), at, running({ resume: true }))).toMatchObject({ found: expect.any(Number) });
  });

  it("refuses answers that somebody spoilt", async () => {
    const { game } = await whole();
    const at = folder();
    await runGame(game, toy(wary), at, running());
    const file = join(at, "calls.jsonl");
    const lines = readFileSync(file, "utf8");
    writeFileSync(file, lines.replace('"reply"', '"reply_"'));
    await expect(runGame(game, toy(wary), at, running({ resume: true }))).rejects.toThrow(/line 1: it is no call/);
    writeFileSync(file, `nonsense\n${lines}`);
    await expect(runGame(game, toy(wary), at, running({ resume: true }))).rejects.toThrow(/line 1 is no JSON/);
  });
});

it("a forecast counts the calls that will be made, and at most two a decision", async () => {
  const game = await open({ episodes: 3 });
  const { calls: expected, prompt, completion } = await forecast(game);
  const { calls: made, found } = await runGame(game, toy(wary), folder(), running());
  expect(expected).toEqual([made + found, 2 * (made + found)]);
  expect(prompt[0]).toBeGreaterThan(30 * 400);
  expect(prompt[1]).toBeGreaterThan(2 * prompt[0]);
  expect(completion[1]).toBe(60 * 50);
  const more = await forecast(await open({ episodes: 320 }));
  expect(more.calls[0]).toBe(3200);
});
