import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { codeBehind } from "../../src/library/sources.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-sources-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const game = join(scratch, "envs", "game");
cpSync(new URL("../run/plugins/envs/toy", import.meta.url).pathname, game, { recursive: true });
cpSync(new URL("../run/plugins/baselines", import.meta.url).pathname, join(scratch, "baselines"), { recursive: true });
writeFileSync(join(game, "model.ts"), "export const law = 1;\n");
appendFileSync(join(game, "policies.ts"), '\nimport { law } from "./model.ts";\nexport { law };\n');
const digest = () => openRegistry([scratch]).sources("game", ["toy-learner"]);
const change = (file: string) => {
  const before = digest();
  appendFileSync(join(scratch, file), "\n// changed\n");
  return digest() !== before;
};

describe("the digest of code", () => {
  it.each(["envs/game/env.ts", "envs/game/policies.ts", "envs/game/model.ts", "baselines/toy-learner.ts"])(
    "sees a change in %s",
    (file) => {
      expect(change(file)).toBe(true);
    },
  );

  it.each(["envs/game/theory.ts", "envs/game/page.md", "envs/game/figure.ts", "baselines/toy-joint.ts"])(
    "does not see one in %s",
    (file) => {
      expect(change(file)).toBe(false);
    },
  );

  it("is of what plays and trains, and of nothing that tells about it", () => {
    const cells = join(packageRoot, "src", "run", "cells.ts");
    const ippo = join(packageRoot, "baselines", "ippo.ts");
    const wire = ["env.ts", "policies.ts"].map((name) => join(packageRoot, "envs", "covert-wire", name));
    const behind = codeBehind([cells, ippo, ...wire]).map((file) => file.slice(packageRoot.length + 1));
    for (const part of [
      "src/env/vector.ts",
      "src/play/evaluate.ts",
      "src/policy/network/forward.ts",
      "src/random/rng.ts",
      "src/numeric/exponential.ts",
      "src/learn/gae.ts",
      "src/run/training.ts",
      "baselines/ppo/fused/step.ts",
      "baselines/tf/kernels/train.wasm.ts",
      "envs/covert-wire/env.ts",
      "envs/covert-wire/policies.ts",
    ])
      expect(behind).toContain(part);
    const told = /^src\/(report|cli|leaderboard|serve|frontier|testing)\/|^src\/env\/render|theory|evidence/;
    expect(behind.filter((file) => told.test(file))).toEqual([]);
  });
});
