import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { masque, PLUGINS } from "./command.ts";

const BIN = new URL("../../bin/masque.mjs", import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), "masque-cli-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const json = async (...args: string[]) => {
  const { code, out, err } = await masque([...args, "--json", ...PLUGINS]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out);
};

describe("masque list", () => {
  it("gives environments to scripts as an array of objects", async () => {
    const found: Record<string, unknown>[] = await json("list", "environments");
    const ids = found.map(({ id }) => id);
    expect(ids).toContain("simple-crypto-v3");
    expect(ids).toContain("toy-v0");
    for (const one of found)
      for (const key of ["id", "threat", "roles", "knobs", "metrics"]) expect(one).toHaveProperty(key);
    expect(found.find(({ id }) => id === "toy-v0")).toMatchObject({
      threat: "trespass",
      roles: {
        climber: { side: "attacker", count: 2, observation: "Box[1]", action: "Discrete(3)" },
        keeper: { side: "defender", count: 1 },
      },
      knobs: { wall: { off: 0, lockdown: 1, grid: [0, 0.5, 1] } },
      metrics: { access: { axis: "utility" }, closed: { axis: "security" } },
    });
  });

  it("finds the package's baselines and benchmarks by their files, and those of plug-ins", async () => {
    const { environments, baselines, benchmarks } = await json("list");
    expect(environments.length).toBeGreaterThan(1);
    expect(baselines.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining(["cem", "mappo", "toy-learner"]),
    );
    expect(benchmarks).toContainEqual(
      expect.objectContaining({ name: "toy", environment: "toy-v0", question: "Does a wall pay?" }),
    );
    expect(benchmarks.map(({ name }: { name: string }) => name)).toContain("quickstart");
  });

  it("shows tables to people", async () => {
    const { out } = await masque(["list", "environments", ...PLUGINS]);
    expect(out).toMatch(/^ {2}toy-v0 +trespass +wall 0…1$/m);
  });
});

describe("masque show", () => {
  it("tells all of an environment, by id or by name", async () => {
    const { out } = await masque(["show", "toy", ...PLUGINS]);
    expect(out).toMatch(/climber +attacker +2 +Discrete\(3\) +Box\[1\]/);
    expect(out).toMatch(/wall +number 0 … 1 +0/);
    expect(out).toMatch(/climb +both climb/);
    expect(out).toMatch(/shut +nobody gets in/);
    expect((await masque(["show", "toy-v0", ...PLUGINS])).out).toBe(out);
  });

  it("tells a baseline's settings, and a benchmark's points and cells", async () => {
    expect((await masque(["show", "toy-learner", ...PLUGINS])).out).toMatch(/bias +number 0 … 100 +5/);
    const { out } = await masque(["show", "toy", ...PLUGINS, "--json"]);
    expect(JSON.parse(out)).toMatchObject({ id: "toy-v0" });
    const file = join(scratch, "t.yaml");
    writeFileSync(file, readFileSync(new URL("../run/plugins/benchmarks/toy.yaml", import.meta.url)));
    const shown = await json("show", file);
    expect(shown.points.map(({ anchor }: { anchor?: string }) => anchor)).toEqual([
      "no-defence",
      undefined,
      "lockdown",
      "random-defence",
    ]);
    expect(shown.cells).toBe(2 + 2 * 3 + 2 * 4 * 5 * 2);
  });
});

describe("masque run --dry-run", () => {
  it("lists the cells and writes nothing", async () => {
    const out = join(scratch, "dry");
    const { cells, estimate } = await json("run", "toy", "--dry-run", "--out", out, "-j", "4");
    expect(estimate.jobs).toBe(4);
    expect(estimate.cpuSeconds).toBeGreaterThan(estimate.seconds);
    expect(estimate.seconds).toBeGreaterThan(estimate.cpuSeconds / 5);
    expect(cells).toHaveLength(88);
    expect(new Set(cells.map(({ hash }: { hash: string }) => hash)).size).toBe(88);
    expect(existsSync(out)).toBe(false);
  });
});

describe("masque eval and masque train", () => {
  it("plays every attack and prints metrics with intervals", async () => {
    const { results } = await json("eval", "toy-v0", "wall=0.5", "steps=10", "--attack", "all", "--episodes", "400");
    const closed = Object.fromEntries(
      results.map(({ attack, metrics }: { attack: string; metrics: { closed: object } }) => [attack, metrics.closed]),
    );
    expect(closed.none).toEqual({ mean: 1, low: 1, high: 1 });
    // Climbers get over with probability 1 − wall/2 = ½ by action 1: 8000 tries, 5 standard errors.
    expect(Math.abs(closed.climb.mean - 0.5)).toBeLessThan(0.028);
    expect(closed.climb.low).toBeLessThan(closed.climb.mean);
    expect(closed.climb.high - closed.climb.low).toBeLessThan(0.06);
  });

  it("defends as told", async () => {
    const { results } = await json("eval", "toy-v0", "--defence", "shut");
    expect(results[0].metrics.access.mean).toBe(0);
  });

  it("trains policies that eval plays", async () => {
    const out = join(scratch, "trained");
    const args = [
      "train",
      "toy",
      "wall=0.5",
      "--baseline",
      "toy-learner",
      "--set",
      "bias=40",
      "--budget",
      "1_000",
      "--out",
      out,
    ];
    const trained = await masque([...args, "--quiet", ...PLUGINS]);
    expect(trained).toMatchObject({ code: 0, err: "" });
    expect(readdirSync(out)).toEqual([
      "climber.json",
      "climber.safetensors",
      "curve.csv",
      "curve.jsonl",
      "manifest.json",
    ]);
    const { results } = await json("eval", "toy-v0", "wall=0.5", "--policy", out, "--episodes", "500");
    expect(results[0].returns.climber).toBeGreaterThan(2.8);
    const again = await masque([...args, "--quiet", ...PLUGINS]);
    expect(again.code).toBe(2);
    expect(again.err).toContain("not empty");
  });

  it("compares what benign roles learned with the defences that are there, where nobody defends", async () => {
    const out = join(scratch, "benign");
    const args = [
      "train",
      "simple-crypto-v3",
      "--baseline",
      "dial",
      "--role",
      "alice",
      "--role",
      "bob",
      "--budget",
      "3_000",
    ];
    const { code, err, out: text } = await masque([...args, "--out", out, "--quiet"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(Object.keys(JSON.parse(text).compared)).toEqual(["trained", "default", "plain"]);
  });

  it("takes up a training that was killed between the policies of two roles", async () => {
    const out = join(scratch, "pair");
    const wire = ["train", "covert-wire-v0", "slots=6", "bits=1", "--baseline", "cem", "--budget", "400"];
    const args = [...wire, "--out", out, "--quiet"];
    expect((await masque(args)).code).toBe(0);
    const whole = readFileSync(join(out, "bob.safetensors"));
    const finished = await masque([...args, "--resume"]);
    expect([finished.code, finished.err]).toEqual([2, expect.stringContaining("holds a finished training")]);
    for (const name of ["bob.json", "bob.safetensors"]) rmSync(join(out, name));
    expect((await masque([...args, "--resume"])).code).toBe(0);
    expect(readFileSync(join(out, "bob.safetensors"))).toEqual(whole);
  });
});

describe("masque doctor", () => {
  it("finds what this machine has", async () => {
    const { code, out } = await masque(["doctor", "--json"]);
    const { findings } = JSON.parse(out);
    const state = (what: string) => findings.find((one: { what: string }) => one.what === what)?.state;
    expect(state("Node.js")).toBe("ok");
    expect(state("WebAssembly SIMD")).toBe("ok");
    expect(code).toBe(findings.some((one: { state: string }) => one.state === "fail") ? 1 : 0);
  });
});

describe("help", () => {
  it("teaches by example, for every command", async () => {
    const { code, out } = await masque(["--help"]);
    expect(code).toBe(0);
    const commands = [...out.matchAll(/^ {2}([a-z]+) \[options\]/gm)].map(([, name]) => name);
    expect(commands).toEqual([
      "list",
      "show",
      "run",
      "work",
      "launch",
      "cell",
      "frontier",
      "compare",
      "report",
      "figure",
      "eval",
      "replay",
      "playground",
      "train",
      "tune",
      "psro",
      "llm",
      "play",
      "people",
      "serve",
      "submit",
      "verify",
      "leaderboard",
      "check",
      "new",
      "site",
      "doctor",
    ]);
    for (const name of commands.slice(0, -1))
      expect((await masque([name, "--help"])).out).toContain("Examples:\n  masque");
  });
});

describe("the launcher", () => {
  it("passes on results, messages and exit codes, and finds plug-ins that lie anywhere", async () => {
    const made = await masque(["new", "environment", "my-game", "--dir", scratch]);
    expect(made.code).toBe(0);
    const played = spawnSync(
      process.execPath,
      [BIN, "eval", "my-game-v0", "vigilance=1", "--attack", "grab", "--plugins", scratch, "--json"],
      { encoding: "utf8" },
    );
    expect({ status: played.status, stderr: played.stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(played.stdout).results[0].metrics.security.mean).toBe(1);
    const wrong = spawnSync(process.execPath, [BIN, "eval", "my-gaem", "--plugins", scratch], { encoding: "utf8" });
    expect({ status: wrong.status, stdout: wrong.stdout }).toEqual({ status: 2, stdout: "" });
    expect(wrong.stderr).toMatch(/Did you mean "my-game"\?/);
  });
});
