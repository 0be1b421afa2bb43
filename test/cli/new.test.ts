import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { conformance } from "../../src/testing/index.ts";
import { masque } from "./command.ts";

// Inside the checkout, so that the new files import the library by path and are loaded like its own.
mkdirSync(join(packageRoot, "runs"), { recursive: true });
const scratch = mkdtempSync(join(packageRoot, "runs", ".new-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const made = await masque(["new", "environment", "my-game", "--dir", scratch]);
const plugin = await openRegistry([scratch]).environment("my-game-v0");

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
    expect(readdirSync(scratch)).toEqual(["envs"]);
    expect(readdirSync(join(scratch, "envs", "my-game"))).toEqual(["env.ts", "page.md", "policies.ts", "theory.ts"]);
  });

  it("is short", () => {
    const lines = readFileSync(join(scratch, "envs", "my-game", "env.ts"), "utf8").split("\n").length;
    expect(lines).toBeLessThan(100);
  });

  it("is found and played at once, and agrees with its own theory within 4 standard errors", async () => {
    const reference = (await plugin.reference())!;
    expect(reference({ steps: 50, vigilance: 0 })).toEqual({ utility: 1, security: 0 });
    const args = [
      "eval",
      "my-game",
      "vigilance=0.1",
      "--attack",
      "all",
      "--episodes",
      "2000",
      "--json",
      "--plugins",
      scratch,
    ];
    const { out } = await masque(args);
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

  it("does not write over what is there", async () => {
    const before = readFileSync(join(scratch, "envs", "my-game", "env.ts"), "utf8");
    const { code, err } = await masque(["new", "environment", "my-game", "--dir", scratch]);
    expect(code).toBe(2);
    expect(err).toContain("is there already");
    expect(readFileSync(join(scratch, "envs", "my-game", "env.ts"), "utf8")).toBe(before);
  });

  it("refuses names that are no folder's", async () => {
    for (const name of ["..", "a/b", "A", "a b", "1a", "__proto__", "-v0", "a".repeat(61)]) {
      const { code } = await masque(["new", "environment", "--dir", scratch, "--", name]);
      expect(code).toBe(2);
    }
    expect(existsSync(join(scratch, "envs", "a"))).toBe(false);
  });
});
