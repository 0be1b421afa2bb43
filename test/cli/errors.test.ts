import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { masque, PLUGINS } from "./command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-errors-"));
const TOY = readFileSync(new URL("../run/plugins/benchmarks/toy.yaml", import.meta.url), "utf8");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
beforeAll(() => {
  writeFileSync(join(scratch, "toy.yaml"), TOY);
  writeFileSync(
    join(scratch, "binary.yaml"),
    Uint8Array.from({ length: 4000 }, (_, i) => (i * 131) & 255),
  );
  writeFileSync(join(scratch, "nul.yaml"), "schema: 1\0");
  writeFileSync(join(scratch, "huge.yaml"), " ".repeat(2_000_000));
});

/** Runs the toy benchmark with one thing replaced; nothing may be left behind. */
async function refused(from: string | RegExp, to: string, overrides: string[] = []): Promise<string> {
  const text = TOY.replace(from, to);
  expect(text === TOY).toBe(overrides.length > 0);
  writeFileSync(join(scratch, "changed.yaml"), text);
  return expectRefusal([join(scratch, "changed.yaml"), ...overrides]);
}

async function expectRefusal(args: string[]): Promise<string> {
  const before = readdirSync(scratch);
  const { code, out, err } = await masque(["run", ...args, ...PLUGINS, "--out", join(scratch, "out")]);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^masque: /);
  expect(readdirSync(scratch)).toEqual(before);
  return err;
}

describe("a benchmark that cannot be run exits with 2, says where, and touches no file", () => {
  it.each([
    [
      "an unknown environment",
      "toy-v0",
      "toi-v0",
      /changed\.yaml:4:20: Unknown environment "toi-v0"\. Did you mean "toy-v0"\?/,
    ],
    ["another version", "toy-v0", "toy-v9", /Unknown environment "toy-v9"\. Did you mean "toy-v0"\?/],
    [
      "a parameter out of range",
      "steps: 3",
      "steps: 0",
      /changed\.yaml:4:45: environment\.params\.steps: got 0, expected at least 1/,
    ],
    [
      "an unknown parameter",
      "steps: 3",
      "stesp: 3",
      /changed\.yaml:4:38: unknown key "environment\.params\.stesp"\. Did you mean "steps"\?/,
    ],
    ["a parameter of the wrong type", "steps: 3", "label: 3", /environment\.params\.label: got 3, expected text/],
    ["an unknown knob", "wall:", "wal:", /changed\.yaml:5:21: Unknown knob of toy-v0 "wal"\. Did you mean "wall"\?/],
    ["a parameter that is no knob", "wall: [", "steps: [", /Unknown knob of toy-v0 "steps"/],
    [
      "a knob level out of range",
      "0.5]",
      "1.5]",
      /changed\.yaml:5:31: defence\.knobs\.wall\.1: got 1\.5, expected at most 1/,
    ],
    ["a knob level twice", "0.5]", "0.5, 0]", /a level stands twice/],
    [
      "an unknown defence",
      "wall: [0, 0.5] }",
      "wall: [0, 0.5] }, policy: shot",
      /Unknown defence of toy-v0 "shot"\. Did you mean "shut"\?/,
    ],
    [
      "an unknown baseline",
      "toy-learner, budget: 1_000",
      "toy-lerner, budget: 1_000",
      /changed\.yaml:10:17: portfolio\.3: Unknown baseline "toy-lerner"\. Did you mean "toy-learner"\?/,
    ],
    [
      "an unknown setting of a baseline",
      "bias: 1",
      "bais: 1",
      /changed\.yaml:11:\d+: unknown key "portfolio\.4\.config\.bais"\. Did you mean "bias"\?/,
    ],
    ["a setting out of range", "bias: 1", "bias: -1", /portfolio\.4\.config\.bias: got -1, expected at least 0/],
    [
      "an unknown attack",
      "- scripted",
      "- { scripted: clim }",
      /portfolio\.2: Unknown attack of toy-v0 "clim"\. Did you mean "climb"\?/,
    ],
    ["two attacks of one name", "name: meek, ", "", /portfolio\.4: two attacks are called "toy-learner"/],
    [
      "a joint controller on a factored side",
      "name: meek, baseline: toy-learner, budget: 500, config: { bias: 1 }",
      "baseline: toy-joint, budget: 5",
      /portfolio\.4: toy-v0: toy-joint is a joint controller, but the attacker side is factored/,
    ],
    [
      "a stored policy that is not there",
      "name: meek, baseline: toy-learner, budget: 500, config: { bias: 1 }",
      "policy: ./nowhere",
      /portfolio\.4: there is no policy/,
    ],
    [
      "an unknown metric",
      "seeds:",
      "axes: { security: close }\nseeds:",
      /Unknown metric of toy-v0 "close"\. Did you mean "closed"\?/,
    ],
    ["broken YAML", "[0, 0.5]", "[0, 0.5", /changed\.yaml:\d+:\d+: /],
    [
      "a list where a number belongs",
      "runs: 2",
      "runs: [2]",
      /changed\.yaml:12:\d+: seeds\.runs: got a list of 1 \[2\], expected a number/,
    ],
  ])("%s", async (_, from, to, message) => {
    expect(await refused(from, to)).toMatch(message);
  });

  it.each([
    ["seeds.rusn=3", /override seeds\.rusn=3: unknown key "seeds\.rusn"\. Did you mean "runs"\?/],
    ["environment.params.steps=0", /override environment\.params\.steps=0: environment\.params\.steps: /],
    ["environment.id=nope-v0", /override environment\.id=nope-v0: Unknown environment/],
    ["defence.knobs.wall=[0, 2]", /override defence\.knobs\.wall=\[0, 2\]: defence\.knobs\.wall\.1: /],
    ["portfolio.3.baseline=ppo", /override portfolio\.3\.baseline=ppo: portfolio\.3: Unknown baseline "ppo"/],
    ["seeds.runs=1e99", /override seeds\.runs=1e99/],
    ["__proto__.x=1", /unknown key "__proto__"/],
  ])("override %s", async (override, message) => {
    expect(await refused("", "", [override])).toMatch(message);
  });

  it("more cells than anyone means", async () => {
    const levels = Array.from({ length: 60 }, (_, i) => i / 100);
    const overrides = [`defence.knobs.wall=${JSON.stringify(levels)}`, "seeds.runs=1000"];
    expect(await refused("", "", overrides)).toMatch(/toy: about 936000 cells, more than 500000/);
  });

  it.each([
    ["binary.yaml", /no text file/],
    ["nul.yaml", /no text file/],
    ["huge.yaml", /2000000 bytes; expected at most/],
    ["missing.yaml", /There is no benchmark file/],
    [".", /is a folder; expected a file/],
  ])("the file %s", async (name, message) => {
    expect(await expectRefusal([join(scratch, name)])).toMatch(message);
  });

  it("a misspelt name", async () => {
    expect(await expectRefusal(["toi"])).toMatch(/Unknown benchmark "toi"\. Did you mean "toy"\?/);
  });
});

it("a refused training leaves no folder behind", async () => {
  const out = join(scratch, "refused");
  const { code, err } = await masque([
    "train",
    "toy-v0",
    "--baseline",
    "toy-joint",
    "--out",
    out,
    "--quiet",
    ...PLUGINS,
  ]);
  expect(code).toBe(2);
  expect(err).toMatch(/joint controller/);
  expect(existsSync(out)).toBe(false);
});

describe("wrong usage exits with 2", () => {
  it.each([
    [["rnu", "toy"], /unknown command 'rnu'/],
    [["run"], /missing required argument 'benchmark'/],
    [["run", "toy", "--otu", "x"], /unknown option '--otu'/],
    [["cell", "x"], /required option '--stage/],
    [["list", "enviroments"], /Did you mean "environments"\?/],
    [["show", "toi-v0", ...PLUGINS], /Did you mean "toy-v0"\?/],
    [["frontier", join(scratch, "nowhere")], /holds no run/],
    [["cell", join(scratch, "nowhere"), "--stage", "train", "--index", "0"], /holds no run/],
    [["cell", join(scratch, "nowhere"), "--stage", "tarin", "--index", "0"], /Did you mean "train"\?/],
    [["eval", "toy-v0", "wal=1", ...PLUGINS], /unknown parameter "wal"\. Did you mean "wall"\?/],
    [["eval", "toy-v0", "wall=2", ...PLUGINS], /wall: .*got 2/],
    [["eval", "toy-v0", "--attack", "climp", ...PLUGINS], /Did you mean "climb"\?/],
    [["eval", "toy-v0", "--episodes", "1.5", ...PLUGINS], /--episodes: got "1\.5", expected a whole number/],
    [["eval", "toy-v0", "--episodes", "-1", ...PLUGINS], /--episodes: got "-1"/],
    [["eval", "toy-v0", "--policy", join(scratch, "nowhere"), ...PLUGINS], /there is no policy/],
    [["train", "toy-v0", "--baseline", "toy-learner", "--set", "bais=1", ...PLUGINS], /Did you mean "bias"\?/],
    [["train", "toy-v0", "--baseline", "toy-learner", "--role", "climbr", ...PLUGINS], /Did you mean "climber"\?/],
    [["new", "enviroment", "x"], /Did you mean "environment"\?/],
    [["new", "environment", "../x"], /expected lower-case words/],
    [["run", "toy", "--plugins", join(scratch, "nowhere")], /there is no such folder/],
  ])("masque %j", async (args, message) => {
    const { code, out, err } = await masque(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
  });
});
