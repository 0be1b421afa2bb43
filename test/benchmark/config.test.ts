import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/benchmark/config.ts";
import { parseOverrides } from "../../src/benchmark/overrides.ts";
import { benchmarkJsonSchema } from "../../src/benchmark/schema.ts";
import { InputError } from "../../src/data/errors.ts";

const GOOD = `schema: 1
name: good
environment:
  id: toy-v0
  params: { steps: 3 }
defence:
  knobs: { wall: [0, 0.5] }
portfolio:
  - none
  - { baseline: toy-learner, budget: 1_000 }
seeds: { root: 1, runs: 2 }
`;

const failure = (text: string, overrides: string[] = []): string => {
  try {
    parseConfig(text, "b.yaml", overrides);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  throw new Error("was accepted");
};

describe("a benchmark file", () => {
  it("is read with defaults filled in, numbers with underscores included", () => {
    const { config } = parseConfig(GOOD, "b.yaml");
    expect(config.seeds).toEqual({ root: 1, runs: 2 });
    expect(config.episodes).toEqual({ select: 64, test: 256 });
    expect(config.portfolio[1]).toEqual({ baseline: "toy-learner", budget: 1000, conditioned: false, config: {} });
    expect(config.defence.policy).toBe("default");
  });

  it("takes infinite knob levels", () => {
    const { config } = parseConfig(GOOD.replace("[0, 0.5]", "[.inf, -.inf, 2]"), "b.yaml");
    expect(config.defence.knobs.wall).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2]);
  });

  it.each([
    [
      "a list where a number belongs",
      GOOD.replace("runs: 2", "runs: [2]"),
      /^b\.yaml:11:25: seeds\.runs: got a list of 1 \[2\], expected a number/,
    ],
    [
      "a word where a number belongs",
      GOOD.replace("1_000", "many"),
      /^b\.yaml:10:38: portfolio\.1\.budget: got "many", expected a whole number of environment steps/,
    ],
    [
      "a number out of range",
      GOOD.replace("runs: 2", "runs: 0"),
      /^b\.yaml:11:25: seeds\.runs: got 0, expected at least 1/,
    ],
    [
      "a misspelt key",
      GOOD.replace("runs: 2", "rusn: 2"),
      /^b\.yaml:11:19: unknown key "seeds\.rusn"\. Did you mean "runs"\?/,
    ],
    ["a misspelt key of a portfolio entry", GOOD.replace("budget", "budgte"), /^b\.yaml:10:/],
    ["a misspelt word of the portfolio", GOOD.replace("- none", "- nnoe"), /^b\.yaml:9:5: portfolio\.0: .*none/],
    [
      "a missing part",
      GOOD.replace("  id: toy-v0\n", ""),
      /^b\.yaml:3:1: environment\.id: it is missing, expected text\.$/,
    ],
    ["a missing name", GOOD.replace("name: good\n", ""), /^b\.yaml:1:1: name: it is missing, expected text/],
    ["another schema", GOOD.replace("schema: 1", "schema: 2"), /^b\.yaml:1:9: schema: .*1/],
    ["a name that is a path", GOOD.replace("name: good", "name: ../../evil"), /^b\.yaml:2:7: name: .*lower-case/],
    ["broken YAML", GOOD.replace("{ steps: 3 }", "{ steps: 3"), /^b\.yaml:\d+:\d+: /],
    ["a key twice", `${GOOD}name: again\n`, /^b\.yaml:12:1: the key "name" stands twice/],
    ["two documents", `${GOOD}---\nschema: 1\n`, /^b\.yaml:12:1: /],
    ["a tag that asks for code", GOOD.replace("good", "!!js/function 'x'"), /^b\.yaml:2:7: Unresolved tag/],
    ["no text at all", "", /^b\.yaml.*: the whole: got .*, expected a map/],
    ["a list", "- 1\n", /^b\.yaml:1:1: the whole: got .*, expected a map/],
    ["__proto__", GOOD.replace("steps: 3", "__proto__: { steps: 3 }"), /^b\.yaml:5:13: unknown key "__proto__"/],
    ["constructor", GOOD.replace("steps: 3", "constructor: 3"), /^b\.yaml:5:13: unknown key "constructor"/],
    [
      "deep nesting",
      GOOD.replace("steps: 3", `steps: ${"[".repeat(60)}${"]".repeat(60)}`),
      /^b\.yaml:.*nested more than 32/,
    ],
    [
      "bottomless nesting",
      GOOD.replace("steps: 3", `steps: ${"[".repeat(30_000)}${"]".repeat(30_000)}`),
      /^b\.yaml.*nested/,
    ],
    [
      "a bomb of aliases",
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      /alias/,
    ],
  ])("refuses %s and says where", (_, text, message) => {
    expect(failure(text)).toMatch(message);
  });
});

describe("overrides", () => {
  it("change what the file says, and what it leaves out", () => {
    const { config } = parseConfig(GOOD, "b.yaml", [
      "seeds.runs=10",
      "episodes.test=1_000",
      "portfolio.1.conditioned=true",
      "environment.params.label=a=b",
      "defence.knobs.wall=[0, 1]",
    ]);
    expect(config.seeds.runs).toBe(10);
    expect(config.episodes.test).toBe(1000);
    expect(config.portfolio[1]).toMatchObject({ conditioned: true });
    expect(config.environment.params).toEqual({ steps: 3, label: "a=b" });
    expect(config.defence.knobs.wall).toEqual([0, 1]);
  });

  it("leave aliases of what they change alone", () => {
    const text = GOOD.replace("{ root: 1, runs: 2 }", "&s { root: 1, runs: 2 }").replace(
      "params: { steps: 3 }",
      "params: { label: x, other: *s }",
    );
    // An alias before its anchor is an error; behind it, it is a copy.
    expect(failure(text)).toMatch(/alias/i);
    const behind = `${GOOD.replace("{ root: 1, runs: 2 }", "{ root: &n 1, runs: *n }")}`;
    expect(parseConfig(behind, "b.yaml", ["seeds.root=5"]).config.seeds).toEqual({ root: 5, runs: 1 });
  });

  it.each([
    ["seeds.rusn=3", /^override seeds\.rusn=3: unknown key "seeds\.rusn"\. Did you mean "runs"\?/],
    ["sedes.runs=3", /^override sedes\.runs=3: unknown key "sedes"\. Did you mean "seeds"\?/],
    ["seeds.runs=three", /^override seeds\.runs=three: seeds\.runs: got "three", expected a number/],
    ["seeds.runs=[1,2]", /^override seeds\.runs=\[1,2\]: seeds\.runs: got a list of 2 .*, expected a number/],
    ["seeds.runs=", /^override seeds\.runs=: seeds\.runs: got null, expected a number/],
    ["seeds.runs=-1", /^override seeds\.runs=-1: seeds\.runs: /],
    ["seeds.runs=.nan", /^override seeds\.runs=\.nan: seeds\.runs: /],
    ["seeds.runs.x=1", /^override seeds\.runs\.x=1: seeds\.runs is 2, not a group/],
    ["portfolio.7.budget=1", /^override portfolio\.7\.budget=1: portfolio is a list with places 0 to 1/],
    ["portfolio.last=1", /is a list with places 0 to 1; got "last"/],
    ["portfolio.0.x=1", /^override portfolio\.0\.x=1: portfolio\.0 is "none", not a group/],
    ["__proto__.polluted=1", /unknown key "__proto__"/],
    ["environment.params.__proto__.polluted=1", /unknown key "__proto__"/],
    ["environment.params={__proto__: {polluted: 1}}", /unknown key "__proto__"/],
    ["constructor.prototype.polluted=1", /unknown key "constructor"/],
    ["seeds..runs=1", /unknown key ""/],
    ["runs", /expected an override path=value/],
    ["=3", /expected an override path=value/],
    ["seeds.runs={a: [1", /^override seeds\.runs=/],
    [`${"a.".repeat(500)}a=1`, /more than 32 parts/],
    [`name=${"[".repeat(100)}${"]".repeat(100)}`, /nested more than 32/],
    [`name=${"x".repeat(20_000)}`, /longer than 10000 characters/],
    ["name=!!js/function 'x'", /Unresolved tag/],
  ])("are refused: %.60s", (override, message) => {
    expect(failure(GOOD, [override])).toMatch(message);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("make settings of their own for commands without a file", () => {
    expect(parseOverrides(["a=1", "b.c=[x, 2]"], "a word")).toEqual({ a: 1, b: { c: ["x", 2] } });
  });
});

it("has a JSON Schema for editors", () => {
  const schema = JSON.stringify(benchmarkJsonSchema());
  for (const key of ["environment", "portfolio", "conditioned", "knobs"]) expect(schema).toContain(`"${key}"`);
});
