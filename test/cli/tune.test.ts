import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import swarm from "../../envs/swarm-flood/tunable.ts";
import { readAttacks } from "../../src/cli/playing/attacks.ts";
import { tunedText } from "../../src/cli/playing/tuned.ts";
import { packageRoot } from "../../src/data/package.ts";
import { plain } from "../../src/report/text.ts";
import { masque, PLUGINS } from "./command.ts";
import { followsPage } from "./page.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-tune-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string) => join(scratch, name);
const tune = (out: string, ...more: string[]) =>
  masque([
    "tune",
    "attack",
    "toy",
    "climb",
    "wall=0.5",
    "steps=10",
    ...PLUGINS,
    "--out",
    at(out),
    "--budget",
    "12000",
    ...more,
  ]);

describe("masque tune", () => {
  it("finds the strongest setting, shows it beside the declared one, and writes what other commands take", async () => {
    const { code, out, err } = await tune("what is found");
    expect(code, err).toBe(0);
    expect(err).toMatch(/steps/); // progress
    expect(out).toMatch(/as declared: climb:vigour=0,idle=0 .* 0\.[45]\d\d \[/);
    expect(out).toMatch(/tuned: climb:vigour=(1|0\.[89]\d*),idle=.* 0\.2\d\d \[/);
    expect(out).toMatch(/difference, episode by episode .* -0\.2\d\d \[-0\.\d+, -0\.\d+\]/);
    expect(out).toMatch(/Tuning lowers closed beyond what chance explains/);
    expect(readdirSync(at("what is found")).sort()).toEqual(["climber.json", "climber.safetensors"]);
    expect(out).toContain(` --policy '${at("what is found")}'\n`);
    const closed = async (...how: string[]) => {
      const { out } = await masque(["eval", "toy", "wall=0.5", "--json", ...PLUGINS, ...how]);
      return JSON.parse(out).results[0].metrics.closed.mean;
    };
    const [, setting] = /--attack (climb:\S+)/.exec(out)!;
    expect(await closed("--policy", at("what is found"))).toBe(await closed("--attack", setting));
    expect(await closed("--policy", at("what is found"))).toBeLessThan(0.3);
  });

  it("gives the same data for the same seed, with all of its figures as JSON", async () => {
    const [first, again, other] = await Promise.all([
      tune("one", "--json", "--quiet"),
      tune("two", "--json", "--quiet"),
      tune("three", "--json", "--quiet", "--seed", "2"),
    ]);
    const found = JSON.parse(first.out);
    expect({ ...JSON.parse(again.out), folder: "" }).toEqual({ ...found, folder: "" });
    expect(JSON.parse(other.out).set).not.toEqual(found.set);
    expect(readFileSync(at("one/climber.json"), "utf8")).toBe(readFileSync(at("two/climber.json"), "utf8"));
    expect(found).toMatchObject({ environment: "toy-v0", script: "climb", against: "default", edges: [] });
    expect(found.steps).toBeLessThanOrEqual(12_000);
    expect(found.gains.closed.high).toBeLessThan(0);
  });

  it("searches against the defence that it is told, trained ones too", async () => {
    const out = at("keeper");
    const trained = await masque([
      "train",
      "toy",
      "--baseline",
      "random",
      "--role",
      "keeper",
      "--budget",
      "1",
      "--out",
      out,
      "--quiet",
      ...PLUGINS,
    ]);
    expect(trained.code, trained.err).toBe(0);
    const { code, err } = await tune("against", "--against", out, "--quiet");
    expect(code, err).toBe(0);
    expect((await tune("shut", "--against", "shut", "--quiet")).code).toBe(0);
  });

  it.each<[string[], RegExp]>([
    [["attac", "toy", "climb"], /Unknown kind of script to tune "attac". Did you mean "attack"/],
    [["attack", "toy", "clim"], /Unknown attack of toy-v0 "clim". Did you mean "climb"/],
    [["attack", "toy", "none"], /attack none has no dials/],
    [["attack", "covert-wire", "loud"], /attack loud has no dials. Those that have: none/],
    [["attack", "toy", "climb", "--budget", "5"], /expected at least \d+ .*five generations/],
    [["attack", "toy", "climb", "--against", "shat"], /Unknown defence of toy-v0 "shat". Did you mean "shut"/],
    [["attack", "toy", "climb", "--security", "close"], /Unknown metric of toy-v0 "close". Did you mean "closed"/],
    [["attack", "toy", "climb", "--lambda", "-1"], /--lambda: got "-1"/],
    [["attack", "toy", "climb", "--set", "script=other"], /--set: the script is named already/],
    [["attack", "toy", "climb", "wal=1"], /Did you mean "wall"/],
  ])("refuses %j, and writes nothing", async (args, why) => {
    const { code, err } = await masque(["tune", ...args, ...PLUGINS, "--out", at("never")]);
    expect(err).toMatch(why);
    expect(code).toBe(2);
    expect(existsSync(at("never"))).toBe(false);
  });

  it("does not write into a folder that holds something, and says so before it searches", async () => {
    const { code, err } = await tune("what is found");
    expect(code).toBe(2);
    expect(err).toMatch(/is not empty. Choose another --out/);
  });

  it("stops on Ctrl-C and leaves nothing", async () => {
    const { code, err } = await masque(
      ["tune", "attack", "toy", "climb", "wall=0.5", ...PLUGINS, "--budget", "100000000", "--out", at("stopped")],
      (_, interrupt) => interrupt(),
    );
    expect({ code, stopped: /nothing was written/.test(err) }).toEqual({ code: 130, stopped: true });
    expect(existsSync(at("stopped"))).toBe(false);
  });

  it("calls nothing an optimum that lies on an edge", () => {
    const none = { mean: 0, low: 0, high: 0 };
    const found = {
      environment: "toy-v0",
      script: "climb",
      against: "default",
      aim: { security: "closed" },
      set: { vigour: 0.5 },
      edges: [{ dial: "vigour", end: "high", value: 0.5 }] as const,
      steps: 1,
      episodes: 1,
      declared: { closed: none },
      tuned: { closed: none },
      gains: { closed: none },
      folder: "f",
    };
    const dials = { vigour: { low: 0, high: 0.5, at: 0, says: "" } };
    const text = tunedText(found, { dials }, { environment: "toy", settings: [], plugins: [] }, plain);
    expect(text).toMatch(/vigour = 0.5 lies on the upper edge of its range \(0 … 0.5\): this is no optimum/);
    expect(
      tunedText({ ...found, edges: [] }, { dials }, { environment: "toy", settings: [], plugins: [] }, plain),
    ).not.toMatch(/edge/);
  });
});

describe("docs/tuning.md", () => {
  const page = readFileSync(join(packageRoot, "docs", "tuning.md"), "utf8");
  followsPage("tuning.md", scratch, { tune: ["--budget", "30000", "--episodes", "16"], eval: ["--episodes", "4"] });

  it("shows dials as they are", () => {
    const [, shown] = /"hug-pulse": tunable\(\{([\s\S]*?)says/.exec(page)!;
    const [, low, high, at] = /period: \{ low: (\d+), high: (\d+), at: (\d+)/.exec(shown)!.map(Number);
    expect(swarm["hug-pulse"].dials.period).toMatchObject({ low, high, at });
  });
});

describe("--attack", () => {
  it("takes names, and settings of dials behind a colon", () => {
    expect(readAttacks("flood,hug-pulse:period=3,reach=0.7,none")).toEqual([
      { name: "flood", set: {} },
      { name: "hug-pulse", set: { period: 3, reach: 0.7 } },
      { name: "none", set: {} },
    ]);
    for (const wrong of ["period=3", "hug:period", "hug:period=", "hug:period=x", "hug:=3"])
      expect(() => readAttacks(wrong), wrong).toThrow(/expected a dial's number, as in hug-pulse:period=3/);
  });

  it("plays them beside the scripts as declared", async () => {
    const { out } = await masque([
      "eval",
      "toy",
      "wall=1",
      "--attack",
      "climb,climb:vigour=1",
      "--json",
      "--episodes",
      "100",
      ...PLUGINS,
    ]);
    const { results } = JSON.parse(out);
    expect(results.map(({ attack }: { attack: string }) => attack)).toEqual(["climb", "climb:vigour=1"]);
    const [asDeclared, tuned] = results.map(
      ({ metrics }: { metrics: { closed: { mean: number } } }) => metrics.closed.mean,
    );
    expect(asDeclared).toBe(1);
    expect(tuned).toBeLessThan(0.7);
  });
});
