import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { type ParallelEnv, parallel, score, train, vector } from "../../src/index.ts";
import { masque } from "./command.ts";

// What a beginner does wrong, and what is said then: read mistakes.md as a page. Own games lie below the package, so that
// they find `masque` as they would in a project.

mkdirSync(join(packageRoot, "runs"), { recursive: true });
const scratch = mkdtempSync(join(packageRoot, "runs", ".mistakes-"));
const here = relative(process.cwd(), scratch);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const BENCHMARK = `schema: 1
name: mine
question: What does vigilance buy?
environment: { id: covert-wire-v0 }
defence:
  knobs: { falseAlarm: [0, 0.1] }
portfolio:
  - none
  - { baseline: cem, budget: 2_000 }
seeds: { root: 1, runs: 2 }
episodes: { select: 4, test: 4 }
`;

const command = (line: string) => async () => masque(line.replaceAll("@", here).split(" "));

let files = 0;
function benchmark(from: string, to: string) {
  return async () => {
    const changed = BENCHMARK.replace(from, to);
    expect(changed).not.toBe(BENCHMARK);
    const file = `mine-${++files}.yaml`;
    writeFileSync(join(scratch, file), changed);
    const outcome = await masque(["run", join(here, file), "--out", join(here, "never")]);
    return { ...outcome, err: outcome.err.replaceAll(file, "mine.yaml") };
  };
}

let games = 0;
/** A new game, changed, then used: modules are loaded once a process, so every game has a name of its own. */
function game(
  from: string | RegExp,
  to: string,
  use = "eval @/game game-v0 --attack grab --episodes 8",
  file = "env.ts",
) {
  return async () => {
    const name = `game-${String.fromCharCode(97 + Math.floor(games / 26))}${String.fromCharCode(97 + (games++ % 26))}`;
    const folder = join(scratch, name);
    expect((await masque(["new", "environment", name, "--dir", folder])).code).toBe(0);
    const path = join(folder, "envs", name, file);
    const { readFileSync } = await import("node:fs");
    const before = readFileSync(path, "utf8");
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    writeFileSync(path, after);
    const [verb, where, ...rest] = use.split(" ");
    const args =
      verb === "check"
        ? [verb, join(here, name)]
        : [verb, ...rest, "--plugins", where.replace("@/game", join(here, name))];
    const outcome = await masque(args.map((word) => word.replace("game-v0", `${name}-v0`)));
    const plain = (text: string) => text.replaceAll(name, "my-game");
    return { code: outcome.code, out: plain(outcome.out), err: plain(outcome.err) };
  };
}

const wire = (await import("../../envs/covert-wire/env.ts")).default;
const scripts = (await import("../../envs/covert-wire/policies.ts")).default;
const cem = (await import("../../baselines/cem.ts")).default;
/** A line of a program. */
function code(run: (env: ParallelEnv) => unknown) {
  return async () => {
    try {
      await run(parallel(wire) as unknown as ParallelEnv);
    } catch (error) {
      const { name, message } = error as Error;
      return { code: 1, out: "", err: `${name}: ${message}\n` };
    }
    return { code: 0, out: "", err: "" };
  };
}

type Run = () => Promise<{ code: number; out: string; err: string }>;
const TABLE: [group: string, mistakes: [did: string, run: Run][]][] = [
  [
    "Commands",
    [
      ["masque lst", command("lst")],
      ["masque show", command("show")],
      ["masque show covert_wire-v0", command("show covert_wire-v0")],
      ["masque eval covert-wire-v0 falseAlrm=0.3", command("eval covert-wire-v0 falseAlrm=0.3")],
      ["masque eval covert-wire-v0 falseAlarm=high", command("eval covert-wire-v0 falseAlarm=high")],
      ["masque eval covert-wire-v0 falseAlarm=3", command("eval covert-wire-v0 falseAlarm=3")],
      ["masque eval covert-wire-v0 falseAlarm 0.3", command("eval covert-wire-v0 falseAlarm 0.3")],
      ["masque eval covert-wire-v0 --attack tones", command("eval covert-wire-v0 --attack tones")],
      ["masque eval covert-wire-v0 --defence strong", command("eval covert-wire-v0 --defence strong")],
      ["masque eval covert-wire-v0 --episodes ten", command("eval covert-wire-v0 --episodes ten")],
      ["masque eval covert-wire-v0 --episodes 0", command("eval covert-wire-v0 --episodes 0")],
      ["masque eval covert-wire-v0 --seed -1", command("eval covert-wire-v0 --seed -1")],
      ["masque eval covert-wire-v0 --epsiodes 8", command("eval covert-wire-v0 --epsiodes 8")],
      ["masque eval covert-wire-v0 --policy runs/nothing", command("eval covert-wire-v0 --policy runs/nothing")],
      ["masque train covert-wire-v0 --baseline ppo", command("train covert-wire-v0 --baseline ppo")],
      [
        "masque train covert-wire-v0 --baseline cem --role eve",
        command("train covert-wire-v0 --baseline cem --role eve"),
      ],
      [
        "masque train covert-wire-v0 --baseline cem --set popultion=8",
        command("train covert-wire-v0 --baseline cem --set popultion=8"),
      ],
      [
        "masque train covert-wire-v0 --baseline cem --set population=-8",
        command("train covert-wire-v0 --baseline cem --set population=-8"),
      ],
      [
        "masque train covert-wire-v0 --baseline ippo --set teacher=evn",
        command("train covert-wire-v0 --baseline ippo --set teacher=evn"),
      ],
      [
        "masque train covert-wire-v0 --baseline cem --budget 1M",
        command("train covert-wire-v0 --baseline cem --budget 1M"),
      ],
      [
        "masque train covert-wire-v0 --baseline cem --backend cuda",
        command("train covert-wire-v0 --baseline cem --backend cuda"),
      ],
      ["masque run quikstart", command("run quikstart")],
      ["masque run missing.yaml", command("run missing.yaml")],
      ["masque run quickstart seeds.rusn=3", command("run quickstart seeds.rusn=3 --out @/never")],
      ["masque run quickstart --jobs 0", command("run quickstart --jobs 0 --out @/never")],
      ["masque report (a folder that is no run)", command("report @")],
      ["masque compare runs/a", command("compare runs/a")],
      ["masque frontier runs/nothing", command("frontier runs/nothing")],
      ["masque verify (a folder that is no entry)", command("verify @")],
      ["masque leaderboard biuld entries", command("leaderboard biuld entries")],
      ["masque new environment My_Game", command("new environment My_Game")],
      ["masque new enviroment my-game", command("new enviroment my-game")],
      ["masque check (a folder without environments)", command("check @")],
      ["masque schema policies", command("schema policies")],
    ],
  ],
  [
    "A benchmark file",
    [
      ["indents with a tab", benchmark("  knobs", "\tknobs")],
      ["forgets a bracket", benchmark("[0, 0.1]", "[0, 0.1")],
      ["leaves the environment out", benchmark("environment: { id: covert-wire-v0 }\n", "")],
      ["writes the environment without id", benchmark("{ id: covert-wire-v0 }", "covert-wire-v0")],
      [
        "misspells a teacher",
        benchmark("{ baseline: cem, budget: 2_000 }", "{ baseline: ippo, budget: 4_000, config: { teacher: evn } }"),
      ],
      ["misspells a key", benchmark("portfolio:", "portfollio:")],
      ["forgets a colon", benchmark("seeds: {", "seeds {")],
      ["gives a dial a level out of its range", benchmark("[0, 0.1]", "[0, 10]")],
      ["names a dial the environment does not have", benchmark("falseAlarm:", "vigilance:")],
      ["leaves the portfolio empty", benchmark("  - none\n  - { baseline: cem, budget: 2_000 }\n", "  []\n")],
      ["asks for half a run", benchmark("runs: 2", "runs: 2.5")],
      ["writes a budget in words", benchmark("2_000", "2k")],
      ["gives a baseline too little", benchmark("2_000", "100")],
      ["forgets a baseline's budget", benchmark(", budget: 2_000", "")],
      ["names an attack that is not there", benchmark("- none", "- sneaky")],
    ],
  ],
  [
    "A game of one's own",
    [
      ["forgets the version in the id", game(/id: "game-\w+-v0"/, 'id: "game"')],
      ["sets a counter that is not declared", game("counters.taken++", "(counters as any).stolen++")],
      ["makes a dial of what is no parameter", game("knobs: { vigilance", "knobs: { alertness")],
      ["rewards with NaN", game("thief.reward = 1", "thief.reward = 0 / (world.t - world.t)")],
      ["writes an infinite observation", game("= (world.t + 1) / params.steps", "= 1 / 0")],
      ["reads what is not there", game("counters.steps++;", "counters.steps++; (params as any).speed.toFixed();")],
      ["rolls Math.random", game("thief.reward = 1", "thief.reward = Math.random()", "check @/game")],
      ["lets a metric leave [0, 1]", game("1 - ratio(c.taken, c.steps, 0)", "2 - ratio(c.taken, c.steps, 0)")],
      ["forgets the default export", game("export default defineEnv", "export const game = defineEnv")],
      ["forgets a brace", game("reset() {},", "reset() {,")],
      ["imports what is not installed", game('from "zod"', 'from "zodd"')],
      [
        "plays an action that is not there",
        game(
          'grab: { summary: "the thief grabs at every step", roles: { thief: constant(1) } }',
          'grab: { summary: "x", roles: { thief: constant(2) } }',
          undefined,
          "policies.ts",
        ),
      ],
      ["leaves the attack none out", game(/none: \{ .*\n/, "\n", undefined, "policies.ts")],
      [
        "observes more than a layout's part holds",
        game("thief.parts.time[0] =", "thief.parts.time.set([0, 1]); thief.parts.time[0] ="),
      ],
    ],
  ],
  [
    "A program",
    [
      ["env.step({}) before env.reset()", code((env) => env.step({}))],
      [
        "env.step without an agent",
        code((env) => {
          env.reset();
          env.step({});
        }),
      ],
      [
        "an action out of range",
        code((env) => {
          env.reset();
          env.step(env.actions(() => 9 as never));
        }),
      ],
      [
        "an action as a string",
        code((env) => {
          env.reset();
          env.step(env.actions(() => "1" as never));
        }),
      ],
      ["an agent that is not there", code((env) => env.observationSpace("eve_0" as never))],
      ["a seed in words", code((env) => env.reset({ seed: "one" as never }))],
      ["a parameter misspelt", code(() => parallel(wire, { slotz: 3 } as never))],
      ["no copies", code(() => vector(wire, 0))],
      ["score with an attack that is not there", code(() => score(wire, { scripts, attack: "loudest" as never }))],
      [
        "train a role that is not there",
        code(() => train({ environment: wire, roles: { eve: cem() } as never, policies: {}, budget: 1000, seed: 1 })),
      ],
    ],
  ],
];

const lines: string[] = ["# Mistakes, and what is said of them", ""];
let count = 0;
for (const [group, mistakes] of TABLE) {
  it.each(mistakes)(`${group}: %s`, async (did, run) => {
    const { code, out, err } = await run();
    const said = `${err}${err ? "" : out}`
      .replaceAll(scratch, ".")
      .replaceAll(here, ".")
      .replaceAll(packageRoot, "masque")
      .replace(/\/?[^\s(]*\.mistakes-\w+/g, ".")
      .replace(/Known: ((?:\S+, ){4}).*/g, "Known: $1…")
      .trimEnd();
    if (count++ === 0 || !lines.includes(`## ${group}`)) lines.push(`## ${group}`, "");
    lines.push(`**${did}**`, "", "```text", ...said.split("\n"), "```", "");
    expect(code, said).not.toBe(0);
    expect(said.split("\n").length, said).toBeLessThanOrEqual(6);
    // Nobody is sent into Masque's insides.
    expect(said).not.toMatch(/^\s+at |received|<=|>=|\[object|TypeError|MASQUE_DEBUG/m);
  });
}
it("is the page that was read", async () => {
  await expect(lines.join("\n")).toMatchFileSnapshot("mistakes.md");
});
