import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonical, digest, sha256 } from "../../src/data/canonical.ts";
import { pause } from "../../src/data/pause.ts";
import { type Game, openGame } from "../../src/llm/game.ts";
import { runGame } from "../../src/llm/run.ts";
import type { Tape } from "../../src/llm/tape.ts";
import { readTape as readTapeFile, writeTape } from "../../src/llm/tape-file.ts";
import { checkTape } from "../../src/llm/verify.ts";
import { open, plugin, toy, wary } from "./games.ts";

const readTape = (folder: string) => readTapeFile(join(folder, "tape.json"));
const scratch = mkdtempSync(join(tmpdir(), "masque-tape-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const made = join(scratch, "made");

beforeAll(async () => {
  const game = await open({ episodes: 3 });
  // Some answers are no actions, so that fallbacks act: what they did is a part of the tape.
  const model = toy((prompt) => (/Step 3 of/.test(prompt) ? "hm" : wary(prompt)));
  const { played } = await runGame(game, model, made, {
    atOnce: 4,
    resume: false,
    signal: new AbortController().signal,
  });
  writeTape(game, played, made, ["me"]);
});

let copies = 0;
/** A tape that somebody changed, spelt and named as it should be. */
function forge(change: (tape: Tape & { [key: string]: unknown }, folder: string) => void, transcript = false): string {
  const folder = join(scratch, `forged-${copies++}`);
  cpSync(made, folder, { recursive: true });
  if (!transcript) rmSync(join(folder, "calls.jsonl"));
  const { id: _, ...tape } = JSON.parse(readFileSync(join(folder, "tape.json"), "utf8"));
  change(tape, folder);
  writeFileSync(join(folder, "tape.json"), canonical({ ...tape, id: digest(tape) }));
  return folder;
}

async function check(folder: string) {
  const tape = readTape(folder);
  return checkTape(await openGame(tape.game, plugin), tape, folder);
}

const deedsIn = ({ arms }: Tape, arm: "attacked" | "clean" = "attacked", e = 0) => arms[arm]![e].deeds.warden;

describe("a tape", () => {
  it("is played again without its model: all that it says is true", async () => {
    const found = await check(made);
    expect(found.mismatches).toEqual([]);
    expect(found).toMatchObject({ episodes: 3, decisions: 30, prompts: 30 });
    // Both arms' answers, and the second ones after those that were none.
    expect(found.answers).toBe(36);
    expect(found.metrics).toEqual(readTape(made).metrics);
  });

  it("without its transcript says that nobody can look at the answers", async () => {
    expect(await check(forge(() => {}))).toMatchObject({ mismatches: [], answers: null });
  });

  it.each([
    ["its episodes", 2],
    ["its transcript", 8],
  ])("is stopped by a signal, which has its turn while %s are played again", async (_, turns) => {
    const stop = new AbortController();
    const tape = readTape(made);
    const checking = checkTape(await openGame(tape.game, plugin), tape, made, stop.signal);
    for (let turn = 0; turn < turns; turn++) await pause();
    stop.abort(new Error("Ctrl-C"));
    await expect(checking).rejects.toThrow("Ctrl-C");
  });

  it("holds no prompt, no answer and no key", () => {
    expect(readFileSync(join(made, "tape.json"), "utf8")).not.toMatch(/You are|wary/);
  });

  it("made with other words, or in another world, is not played", async () => {
    const { game } = readTape(made);
    const other = (change: Partial<Game>) => openGame({ ...game, ...change }, plugin);
    const players = { warden: { ...game.players.warden, face: sha256("other words") } };
    await expect(other({ players })).rejects.toThrow(/in other words than this Masque/);
    const environment = { id: plugin.env.id, digest: sha256("another world") };
    await expect(other({ environment })).rejects.toThrow(/another definition of stealth-takeover-v0/);
    await expect(other({ players: { guard: game.players.warden } })).rejects.toThrow(/Unknown role.*"guard"/);
    await expect(other({ attack: "peek" })).rejects.toThrow(/Unknown attack/);
    await expect(other({ params: { resources: 1e9 } })).rejects.toThrow(/resources/);
  });
});

describe("a forged tape is found out:", () => {
  it.each<[string, RegExp, (tape: Tape) => void]>([
    [
      "an action was changed",
      /prompt is not what this agent sees|differ when played again/,
      (tape) => {
        const own = deedsIn(tape);
        own.actions[0] = (own.actions[0] + 1) % 3;
      },
    ],
    [
      "the last action was changed, which no later prompt shows",
      /counters differ|trace differ/,
      (tape) => {
        const own = deedsIn(tape);
        own.actions[9] = own.actions[9] === 2 ? 0 : 2;
      },
    ],
    [
      "an action is none",
      /action \[9,\d\] was not allowed/,
      (tape) => {
        deedsIn(tape).actions[0] = 9;
      },
    ],
    [
      "an action is half a number",
      /was not allowed/,
      (tape) => {
        deedsIn(tape).actions[0] = 0.5;
      },
    ],
    [
      "episodes were swapped",
      /attacked episode 0, step \d, warden_0: the recorded prompt is not what this agent sees/,
      ({ arms }) => void arms.attacked.splice(0, 2, arms.attacked[1], arms.attacked[0]),
    ],
    [
      "an episode stands twice",
      /attacked episode 1.*prompt/,
      ({ arms }) => void arms.attacked.splice(1, 1, arms.attacked[0]),
    ],
    [
      "arms were swapped",
      /prompt is not what this agent sees|differ/,
      (tape) => {
        tape.arms = { attacked: tape.arms.clean!, clean: tape.arms.attacked };
      },
    ],
    [
      "a prompt's digest was changed",
      /recorded prompt is not what this agent sees/,
      (tape) => {
        const own = deedsIn(tape);
        own.prompts = `${own.prompts[0] === "0" ? "1" : "0"}${own.prompts.slice(1)}`;
      },
    ],
    [
      "a fallback was made skill",
      /fallback is|differ/,
      (tape) => {
        const own = deedsIn(tape);
        own.actions[4] = (own.actions[4] + 1) % 3;
      },
    ],
    [
      "counters were changed",
      /attacked episode 2: counters differ/,
      ({ arms }) => {
        arms.attacked[2].counters[0] += 1;
      },
    ],
    [
      "a trace was changed",
      /attacked episode 1: trace differ/,
      ({ arms }) => {
        arms.attacked[1].trace[0] ^= 1;
      },
    ],
    [
      "the digest of all traces was changed",
      /trace: not the digest/,
      (tape) => {
        tape.trace = "0".repeat(32);
      },
    ],
    [
      "a metric was changed",
      /metrics are not/,
      ({ metrics }) => {
        metrics.security += 0.01;
      },
    ],
    ["a metric was left out", /metrics are not/, ({ metrics }) => void delete metrics.security],
    ["the clean arm was left out", /arms: its game has attacked and clean/, ({ arms }) => void delete arms.clean],
    [
      "a role was left out",
      /it records nobody; expected warden/,
      ({ arms }) => void delete arms.attacked[0].deeds.warden,
    ],
    [
      "decisions were left out",
      /has no decision for it/,
      (tape) => {
        const own = deedsIn(tape);
        const whole = deedsIn(readTape(made));
        Object.assign(own, {
          actions: whole.actions.slice(0, -2),
          ways: whole.ways.slice(0, -1),
          prompts: whole.prompts.slice(0, -32),
        });
      },
    ],
    [
      "decisions were added",
      /deeds differ/,
      (tape) => {
        const own = deedsIn(tape);
        Object.assign(own, {
          actions: [...own.actions, 0, 0],
          ways: `${own.ways}1`,
          prompts: `${own.prompts}${"0".repeat(32)}`,
        });
      },
    ],
    ["numbers and decisions do not fit", /have 9 numbers/, (tape) => void deedsIn(tape).actions.pop()],
    [
      "asked decisions were called forced",
      /no decision for it|prompt|deeds differ/,
      (tape) => {
        const own = deedsIn(tape);
        Object.assign(own, { ways: `${own.ways.slice(0, -1)}0`, prompts: own.prompts.slice(0, -32) });
      },
    ],
    [
      "the seed was changed",
      /prompt|differ/,
      ({ game }) => {
        game.seed = 2;
      },
    ],
    [
      "the opponent was changed",
      /prompt|differ/,
      ({ game }) => {
        game.attack = "creep";
      },
    ],
  ])("%s", async (_, why, change) => {
    const { mismatches } = await check(forge(change));
    expect(mismatches.join("\n")).toMatch(why);
  });

  it("invalid answers were called valid: the transcript contradicts it", async () => {
    const change = (tape: Tape) => {
      for (const { deeds } of [...tape.arms.attacked, ...tape.arms.clean!])
        deeds.warden.ways = deeds.warden.ways.replaceAll("3", "1");
    };
    // Without the transcript it is the author's word, and the page says so.
    expect((await check(forge(change))).mismatches).toEqual([]);
    expect((await check(forge(change, true))).mismatches.join("\n")).toMatch(/transcript's answers give other actions/);
  });

  it.each<[string, RegExp, (tape: Tape, folder: string) => void]>([
    [
      "the transcript is another",
      /not the transcript that the tape names/,
      (_, folder) => {
        const file = join(folder, "calls.jsonl");
        writeFileSync(file, readFileSync(file, "utf8").replace("wary", "wily"));
      },
    ],
    [
      "the transcript was rewritten to fit no answer",
      /give other actions|no answer to step/,
      (tape, folder) => {
        const file = join(folder, "calls.jsonl");
        const text = readFileSync(file, "utf8").replaceAll('\\"scan\\"', '\\"wait\\"');
        writeFileSync(file, text);
        Object.assign(tape.calls!, { bytes: Buffer.byteLength(text), sha256: sha256(text) });
      },
    ],
    [
      "calls were counted wrongly",
      /calls: the transcript holds/,
      ({ calls }) => {
        calls!.calls -= 1;
      },
    ],
    [
      "tokens were counted wrongly",
      /calls: the transcript holds/,
      ({ calls }) => {
        calls!.tokens = [1, 1];
      },
    ],
    [
      "the model was called another",
      /no answer to step 0 of warden/,
      ({ game }) => {
        game.players.warden.model = "better";
      },
    ],
    [
      "answers are missing",
      /no answer to step/,
      (tape, folder) => {
        const file = join(folder, "calls.jsonl");
        const lines = readFileSync(file, "utf8").split("\n").slice(1);
        const text = lines.join("\n");
        writeFileSync(file, text);
        const tokens = lines.slice(0, -1).map((line) => JSON.parse(line).tokens as [number, number]);
        Object.assign(tape.calls!, {
          calls: tokens.length,
          tokens: [10 * tokens.length, 2 * tokens.length],
          bytes: Buffer.byteLength(text),
          sha256: sha256(text),
        });
      },
    ],
  ])("%s", async (_, why, change) => {
    expect((await check(forge(change, true))).mismatches.join("\n")).toMatch(why);
  });
});

describe("what is no tape is refused:", () => {
  it.each<[string, RegExp, (tape: Tape & { [key: string]: unknown }) => void]>([
    [
      "an unknown key",
      /unknown key "script"/,
      (tape) => {
        tape.script = "process.exit()";
      },
    ],
    [
      "another kind",
      /kind/,
      (tape) => {
        tape.kind = "mlp" as never;
      },
    ],
    [
      "more episodes than its game has",
      /4 attacked episodes; its game has 3/,
      ({ arms }) => void arms.attacked.push(arms.attacked[0]),
    ],
    ["fewer", /2 clean episodes; its game has 3/, ({ arms }) => void arms.clean!.pop()],
    [
      "a million episodes",
      /episodes/,
      ({ game }) => {
        game.episodes = 1e6;
      },
    ],
    [
      "ways that are none",
      /ways/,
      (tape) => {
        deedsIn(tape).ways = "9";
      },
    ],
    [
      "prompts that are none",
      /prompts/,
      (tape) => {
        deedsIn(tape).prompts = "x".repeat(160);
      },
    ],
    [
      "infinite counters",
      /counters/,
      ({ arms }) => {
        arms.attacked[0].counters[0] = "Infinity" as never;
      },
    ],
    [
      "a digest that is none",
      /weights/,
      ({ game }) => {
        game.players.warden.weights = "0" as never;
      },
    ],
    [
      "no player",
      /at least one player/,
      ({ game }) => {
        game.players = {};
      },
    ],
  ])("%s", (_, why, change) => {
    expect(() => readTape(forge(change))).toThrow(why);
  });

  it("another spelling, another id, and a file beyond all bounds", () => {
    const folder = forge(() => {});
    const file = join(folder, "tape.json");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, `${text}\n`);
    expect(() => readTape(folder)).toThrow(/canonical JSON/);
    writeFileSync(file, text.replace(/"seed":1/, '"seed":2'));
    expect(() => readTape(folder)).toThrow(/its id is not the digest/);
    writeFileSync(file, text.replace("{", '{"__proto__":{},'));
    expect(() => readTape(folder)).toThrow(/not allowed/);
    writeFileSync(file, Buffer.alloc((1 << 26) + 1, " "));
    expect(() => readTape(folder)).toThrow(/expected at most/);
    expect(existsSync(file)).toBe(true);
  });
});
