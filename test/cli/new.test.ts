import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { projectPlugins } from "../../src/library/project.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { conformance } from "../../src/testing/index.ts";
import { meeting } from "../baselines/games.ts";
import { masque } from "./command.ts";

// Inside the checkout, so that the new files are loaded like its own; outside it: test/package.test.ts.
mkdirSync(join(packageRoot, "runs"), { recursive: true });
const scratch = mkdtempSync(join(packageRoot, "runs", ".new-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const made = await masque(["new", "environment", "my-game", "--dir", scratch]);
const learner = await masque(["new", "baseline", "my-method", "--dir", scratch]);
const registry = openRegistry([scratch]);
const plugin = await registry.environment("my-game-v0");

describe("the new environment passes conformance", async () => {
  conformance(plugin.env, {
    policies: await plugin.policies(),
    params: [{}, { steps: 1 }, { vigilance: 1 }],
    test: it,
  });
});

describe("masque new environment", () => {
  it("writes one folder and touches no other file", () => {
    expect(made.code).toBe(0);
    const files = ["benchmark.yaml", "env.ts", "page.md", "policies.ts", "text.json", "theory.ts"];
    expect(readdirSync(join(scratch, "envs"))).toEqual(["my-game"]);
    expect(readdirSync(join(scratch, "envs", "my-game"))).toEqual(files);
    const texts = files.map((file) => readFileSync(join(scratch, "envs", "my-game", file), "utf8")).join("\n");
    expect(texts).not.toMatch(/new-game|NAME/);
  });

  it("is short", () => {
    const lines = readFileSync(join(scratch, "envs", "my-game", "env.ts"), "utf8").split("\n").length;
    expect(lines).toBeLessThan(100);
  });

  it("is found and played at once, and agrees with its own theory within 4 standard errors", async () => {
    const reference = (await plugin.reference())!;
    expect(reference({ steps: 50, vigilance: 0 })).toEqual({ utility: 1, security: 0 });
    const settings = ["vigilance=0.1", "--attack", "all", "--episodes", "2000", "--json", "--plugins", scratch];
    const { out } = await masque(["eval", "my-game", ...settings]);
    const { results } = JSON.parse(out);
    const { metrics } = results.find(({ attack }: { attack: string }) => attack === "grab");
    const theory = reference({ steps: 50, vigilance: 0.1 })!;
    for (const metric of ["utility", "security"]) {
      const { mean, low, high } = metrics[metric];
      expect(Math.abs(mean - theory[metric])).toBeLessThan(2 * (high - low));
    }
    const security = results.map((one: { metrics: { security: { mean: number } } }) => one.metrics.security.mean);
    expect(Math.min(...security)).toBe(metrics.security.mean);
  });

  it("brings a benchmark that is known by the environment's name", async () => {
    const { code, out, err } = await masque(["show", "my-game", "--plugins", scratch]);
    expect(code, err).toBe(0);
    expect(out).toContain("my-game");
    expect(registry.benchmarkFile("my-game")).toBe(join(scratch, "envs", "my-game", "benchmark.yaml"));
  });

  it("does not write over what is there", async () => {
    for (const kind of ["environment my-game envs/my-game/env.ts", "baseline my-method baselines/my-method.ts"]) {
      const [what, name, file] = kind.split(" ");
      const before = readFileSync(join(scratch, file), "utf8");
      const { code, err } = await masque(["new", what, name, "--dir", scratch]);
      expect(code).toBe(2);
      expect(err).toContain("is there already");
      expect(readFileSync(join(scratch, file), "utf8")).toBe(before);
    }
  });

  it("refuses names that are no folder's, and kinds that are none", async () => {
    for (const name of ["..", "a/b", "A", "a b", "1a", "__proto__", "-v0", "a".repeat(61)]) {
      const { code } = await masque(["new", "environment", "--dir", scratch, "--", name]);
      expect(code).toBe(2);
    }
    expect(existsSync(join(scratch, "envs", "a"))).toBe(false);
    const { code, err } = await masque(["new", "basline", "mine", "--dir", scratch]);
    expect(code).toBe(2);
    expect(err).toContain('Did you mean "baseline"?');
  });
});

describe("masque new baseline", () => {
  it("writes one file whose method learns, and repeats itself", async () => {
    expect(learner.code, learner.err).toBe(0);
    expect(readdirSync(join(scratch, "baselines"))).toEqual(["my-method.ts"]);
    const baseline = await registry.baseline("my-method");
    const task = {
      env: meeting,
      levels: [{ bonus: 0 }, { bonus: 1 }],
      conditioned: true,
      roles: ["row"],
      policies: {
        column: () => ({ act: ({ actions }: { actions: Int32Array | Float32Array }) => void actions.fill(2) }),
      },
      budget: 20_000,
      seed: 1,
      split: ["train-attack", 0],
    };
    const [first, again] = [await baseline(), await baseline()].map(({ config }) =>
      baseline.train(task, config as never),
    );
    const { curve, policies } = await first;
    expect(curve[0].returns.row).toBeLessThan(2.2); // at random one in three of four meetings
    expect(curve.at(-1)!.returns.row).toBeGreaterThan(3.9);
    expect((await again).policies.row.tensors).toEqual(policies.row.tensors);
  });
});

describe("masque new project", async () => {
  const made = await masque(["new", "project", "my-lab", "--dir", scratch]);
  const lab = join(scratch, "my-lab");

  it("writes a package whose files know its name, and which is found from within", () => {
    expect(made.code).toBe(0);
    const named = JSON.parse(readFileSync(join(lab, "package.json"), "utf8"));
    expect(named).toMatchObject({ name: "my-lab", masque: { plugins: ["."] } });
    expect(existsSync(join(lab, ".gitignore"))).toBe(true);
    expect(readFileSync(join(lab, "README.md"), "utf8")).toMatch(/^# my-lab\n/);
    expect(projectPlugins(join(lab, "envs", "first-game"))).toEqual([lab]);
    expect(projectPlugins(packageRoot)).toBeUndefined();
  });

  it("holds an environment that passes its check, and an attack on it", () => {
    // In a process of its own, inside the project: its package.json names it as the folder of plug-ins.
    const type = (...args: string[]) =>
      execFileSync(process.execPath, [join(packageRoot, "bin", "masque.mjs"), ...args], { cwd: lab, encoding: "utf8" });
    expect(type("check")).toMatch(/(\d+) of \1 checks hold/);
    const out = type("eval", "first-game", "--attack", "all", "--episodes", "8");
    expect(out).toMatch(/\npatient /);
  });

  it("is never written over, and a wrong list of plug-ins is told", async () => {
    expect((await masque(["new", "project", "my-lab", "--dir", scratch])).code).toBe(2);
    const broken = join(scratch, "broken");
    mkdirSync(broken);
    writeFileSync(join(broken, "package.json"), '{"masque":{"plugins":"."}}');
    expect(() => projectPlugins(broken)).toThrow(/masque\.plugins is "\."; expected a list of folders/);
  });
});
