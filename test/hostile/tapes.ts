import { readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canonical, digest, sha256 } from "../../src/data/canonical.ts";
import type { Hostile } from "./entries.ts";
import type { Loose } from "./mutate.ts";

const tape = (folder: string) => join(folder, "tape.json");
const calls = (folder: string) => join(folder, "calls.jsonl");
const text = (name: string, reason: RegExp, change: (text: string) => string): Hostile => [
  name,
  reason,
  (folder) => writeFileSync(tape(folder), change(readFileSync(tape(folder), "utf8"))),
];

/** Changes a tape's data, spelt in the one way and under its right id. */
function edit(folder: string, change: (tape: Loose) => void): void {
  const { id: _, ...rest } = JSON.parse(readFileSync(tape(folder), "utf8")) as Loose;
  change(rest);
  writeFileSync(tape(folder), canonical({ ...rest, id: digest(rest) }));
}
const data = (name: string, reason: RegExp, change: (tape: Loose) => void): Hostile => [
  name,
  reason,
  (folder) => edit(folder, change),
];
const game = (name: string, reason: RegExp, change: (game: Loose) => void): Hostile =>
  data(name, reason, (one) => change(one.game));
const params = (name: string, reason: RegExp, more: Loose): Hostile =>
  game(name, reason, (one) => Object.assign(one.params, more));
const transcript = (name: string, reason: RegExp, content: string): Hostile => [
  name,
  reason,
  (folder) => {
    writeFileSync(calls(folder), content);
    edit(folder, (one) => Object.assign(one.calls, { bytes: Buffer.byteLength(content), sha256: sha256(content) }));
  },
];

/** Recorded games. */
export const TAPES: readonly Hostile[] = [
  text("cut off", /no JSON/, (t) => t.slice(0, 700)),
  text("a hundred thousand lists deep", /nested more than 64/, () => "[".repeat(1e5)),
  ["more than it may have", /expected at most/, (folder) => truncateSync(tape(folder), 2 ** 26 + 1)],
  text("__proto__", /"__proto__" is not allowed/, (t) => `{"__proto__":{"polluted":1},${t.slice(1)}`),
  text("a role called constructor", /"constructor" is not allowed/, (t) =>
    t.replace('"players":{"climber"', '"players":{"constructor"'),
  ),
  text("a key twice", /"seed" stands twice/, (t) => t.replace('"seed":1', '"seed":2,"seed":1')),
  text("another spelling", /canonical JSON/, (t) => t.replace('"seed":1', '"seed":1.0')),
  text("an id that is not its digest", /its id is not the digest/, (t) => t.replace('"seed":1', '"seed":2')),
  text("an infinite counter", /counters/, (t) => t.replace(/"counters":\[\d+/, '"counters":[1e999')),
  text("NaN for a metric", /no JSON/, (t) => t.replace(/"access":[\d.]+/, '"access":NaN')),
  data("code", /unknown key "code"/, (one) => Object.assign(one, { code: "process.exit()" })),
  data("a way that is none", /ways/, ({ arms }) => Object.assign(arms.attacked[0].deeds.climber, { ways: "9" })),
  data("an action that is a text", /actions/, ({ arms }) =>
    Object.assign(arms.attacked[0].deeds.climber, { actions: ["process.exit()"] }),
  ),
  game("an environment by path", /Unknown environment/, (one) =>
    Object.assign(one.environment, { id: "../../../evil" }),
  ),
  game("an environment that clears the screen", /Unknown environment/, (one) =>
    Object.assign(one.environment, { id: "\u001b[2J\u202etoy" }),
  ),
  game("another definition", /another definition/, (one) => Object.assign(one.environment, { digest: "0".repeat(64) })),
  game("a role called toString", /Unknown role/, (one) =>
    Object.assign(one, { players: { toString: one.players.climber } }),
  ),
  game("a script called toString", /Unknown attack/, (one) => Object.assign(one, { attack: "toString" })),
  game("a script with dials of its own", /Unknown attack/, (one) => Object.assign(one, { attack: "climb:vigour=1" })),
  game("a defence called constructor", /Unknown defence/, (one) => Object.assign(one, { defence: "constructor" })),
  game("a million episodes", /episodes/, (one) => Object.assign(one, { episodes: 1e6 })),
  game("a negative seed", /seed/, (one) => Object.assign(one, { seed: -1 })),
  game("no split", /split/, (one) => Object.assign(one, { split: [] })),
  game("a model of a thousand letters", /model/, ({ players }) =>
    Object.assign(players.climber, { model: "x".repeat(1000) }),
  ),
  game("other words", /in other words/, ({ players }) => Object.assign(players.climber, { face: "0".repeat(64) })),
  params("a parameter that steers a terminal", /unknown parameter/, { "\u001b]0;mine\u0007\u009b2J": 1 }),
  params("a parameter that writes lines of ours", /unknown parameter/, { "x\rmasque: verified": 1 }),
  params("a billion steps", /steps/, { steps: 1e9 }),
  params("infinitely many steps", /steps/, { steps: "Infinity" }),
  params("a parameter that is code", /wall/, { wall: { valueOf: "process.exit()" } }),
  game("defaults that are left out, so that it stands alone", /params/, ({ params }) => {
    delete params.label;
  }),
  [
    "a tape that is a device",
    /no plain file/,
    (folder) => {
      rmSync(tape(folder));
      symlinkSync("/dev/zero", tape(folder));
    },
  ],
  [
    "a transcript that is a device",
    /no plain file/,
    (folder) => {
      rmSync(calls(folder));
      symlinkSync("/dev/zero", calls(folder));
    },
  ],
  transcript("a transcript of nonsense", /line 1 is no JSON/, "nonsense\n"),
  transcript("a transcript with half a line", /last line has no end/, "{"),
  transcript("a transcript with __proto__", /"__proto__" is not allowed/, '{"__proto__":1}\n'),
  transcript("a transcript nested without end", /nested more than 64/, `${"[".repeat(1e5)}\n`),
];
