import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { vector } from "../../src/env/vector.ts";
import { seat } from "../../src/play/seat.ts";
import { constant, type PolicyFactory } from "../../src/policy/policy.ts";
import { defenceTraining, gradient } from "../../src/run/defence-training.ts";
import { masque, PLUGINS, planned } from "../cli/command.ts";
import gate from "./plugins/envs/gate/env.ts";
import policies from "./plugins/envs/gate/policies.ts";

const env = gate as never;
const objective = { utility: "trade", security: "peace", lambda: 3 };
const clean = { pushes: 0, through: 0, days: 8, open: 6 };
const half = { pushes: 16, through: 4, days: 8, open: 4 };
const none = { pushes: 2, through: 1, days: 8, open: 8 };

describe("what a defender earns", () => {
  it("is the derivative of the objective: by hand, for metrics that lean on both arms", () => {
    // U = open / days; S = 1 − through / (2 · clean days), weighted .75 and .25.
    const means = [clean, half, none];
    const weights = [0, 0.75, 0.25];
    const [pushes, through, days, open] = gradient(env, objective, means, weights, 0);
    expect([pushes, through]).toEqual([0, 0]);
    expect(open).toBeCloseTo(1 / 8, 6);
    const security = 3 * (0.75 * (4 / (2 * 64)) + 0.25 * (1 / (2 * 64)));
    expect(days).toBeCloseTo(-6 / 64 + security, 6);
    const attacked = [...gradient(env, objective, means, weights, 1)];
    expect(attacked[0]).toBe(0);
    expect(attacked[1]).toBeCloseTo(-3 / 16, 6);
    expect(attacked.slice(2)).toEqual([0, 0]);
  });

  it("counts utility among attacks, where the metric is drawn there", () => {
    const metrics = { ...gate.metrics, trade: { ...gate.metrics.trade, arm: "attacked" } };
    const attacked = { ...gate, metrics } as never;
    const means = [clean, half, none];
    const weights = [0, 0.75, 0.25];
    expect(gradient(attacked, objective, means, weights, 0)[3]).toBe(0); // open days of peace are worth nothing by themselves
    const [, through, days, open] = gradient(attacked, objective, means, weights, 1);
    expect(through).toBeCloseTo(-3 / 16, 6);
    expect(open).toBeCloseTo(1 / 8, 6);
    expect(days).toBeCloseTo(-4 / 64, 6);
  });

  it("looks upwards only from what was never counted", () => {
    const metrics = {
      ...gate.metrics,
      peace: { axis: "security", summary: "", of: (c: { through: number }) => 1 - Math.sqrt(c.through) },
    };
    const slopes = gradient({ ...gate, metrics } as never, objective, [clean, { ...half, through: 0 }], [0, 1], 1);
    expect(slopes[1]).toBeLessThan(-1);
  });

  it("is paid step by step, to defenders only, in worlds that draw their attackers", () => {
    const arms = [policies.attacks.none.roles, policies.attacks.raid.roles] as Readonly<
      Record<string, PolicyFactory>
    >[];
    const game = defenceTraining({ env, roles: ["keeper"], objective, arms, first: [clean, half], prior: 1e9 });
    const world = vector(game.env, 200, {}, 5, { split: ["train-defence", 0] });
    const players = seat(game.env, world, { ...game.policies, keeper: constant(0) });
    world.reset();
    players.act();
    world.step();
    const { raider, keeper } = world.roles;
    let attacked = 0;
    for (let copy = 0; copy < 200; copy++) {
      const pushes = raider.actions[2 * copy];
      expect(raider.actions[2 * copy + 1]).toBe(pushes);
      attacked += pushes;
      // A clean day with an open gate, or two raiders through it.
      const day = 1 / 8 - 6 / 64 + 3 * (4 / 128);
      expect(keeper.rewards[copy]).toBeCloseTo(pushes ? (2 * -3) / 16 : day, 5);
      expect(raider.rewards[2 * copy]).toBe(pushes);
    }
    expect(attacked).toBeGreaterThan(75);
    expect(attacked).toBeLessThan(125);
  });

  it("meets the worst attack more often than others, by means of whole episodes only", () => {
    const { none: waits, raid } = policies.attacks;
    const arms = [waits.roles, waits.roles, raid.roles, waits.roles] as Readonly<Record<string, PolicyFactory>>[];
    const first = [clean, half, half, half];
    const game = defenceTraining({ env, roles: ["keeper"], objective, arms, first, prior: 1 });
    const world = vector(game.env, 400, {}, 5, { split: ["train-defence", 0] });
    const players = seat(game.env, world, { ...game.policies, keeper: constant(0) });
    const raids = () => {
      players.act();
      let sum = 0;
      for (let copy = 0; copy < 400; copy++) sum += world.roles.raider.actions[2 * copy];
      return sum;
    };
    world.reset();
    // All attacks alike: the first counts as the worst, and only the second raids: 1/2 · 1/2 · 1/3.
    expect(Math.abs(raids() - 400 / 12)).toBeLessThan(25);
    // Cut short: whatever happened then does not count as an episode without harm.
    world.step();
    world.reset();
    expect(Math.abs(raids() - 400 / 12)).toBeLessThan(25);
    for (let t = 0; t < 8; t++) {
      if (t > 0) players.act();
      world.step();
    }
    // Now the raid is known for the worst: 1/2 · (1/2 + 1/2 · 1/3).
    expect(Math.abs(raids() - 400 / 3)).toBeLessThan(40);
  });
});

const scratch = mkdtempSync(join(tmpdir(), "masque-defence-"));
const at = join(scratch, "gate");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const run = (name: string, ...more: string[]) =>
  masque(["run", "gate", ...PLUGINS, "--out", join(scratch, name), "--quiet", ...more]);
const plan = (...overrides: string[]) => planned("gate", overrides);

describe("a benchmark with a defender that learns", () => {
  beforeAll(async () => {
    expect(await run("gate")).toMatchObject({ code: 0, err: "" });
  }, 120_000);
  const points = () => JSON.parse(readFileSync(join(at, "frontier.json"), "utf8")).points;

  it("freezes one for every λ, which moves it along the frontier", () => {
    const [open, moat, reactive, anxious] = points();
    expect([open.defence, moat.defence]).toEqual(["default", "default"]);
    expect([reactive.defence, anxious.defence]).toEqual(["learned-1", "learned-50"]);
    expect(reactive.learnedDefence).toEqual({ baseline: "q-learning", lambda: 1, budget: 4000 });
    expect(reactive.knobs).toEqual({ moat: 0 });
    // It shuts the day after a push, which keeps half of a feint out, and stays open in peace.
    expect(reactive.cleanUtility.mean).toBeGreaterThan(0.9);
    expect(reactive.worstAttack).toBe("feint");
    expect(reactive.security.mean).toBeCloseTo(0.5, 1);
    expect(anxious.cleanUtility.mean).toBeLessThan(0.1);
    expect(anxious.security.mean).toBeGreaterThan(0.9);
  });

  it("holds λ to a security that it must leave, from above and from below", async () => {
    const learned = async (name: string, lambda: number, least: number) => {
      const settings = [`defence.learned.lambda=${lambda}`, `defence.learned.least=${least}`];
      const { code, err } = await run(name, "defence.knobs.moat=0", ...settings);
      expect(code, err).toBe(0);
      const { points } = JSON.parse(readFileSync(join(scratch, name, "frontier.json"), "utf8"));
      return points.find(({ learnedDefence }: { learnedDefence?: object }) => learnedDefence);
    };
    // λ = 1 alone stays at a half, λ = 50 alone never opens: see above.
    const strict = await learned("strict", 1, 0.9);
    expect(strict.learnedDefence).toEqual({ baseline: "q-learning", lambda: 1, least: 0.9, budget: 4000 });
    expect(strict.security.mean).toBeGreaterThan(0.9);
    const lenient = await learned("lenient", 50, 0.3);
    expect(lenient.security.mean).toBeGreaterThan(0.3);
    expect(lenient.cleanUtility.mean).toBeGreaterThan(0.9);
  });

  it("trains every attack against the very defender it is scored against", async () => {
    const cells = await plan();
    const defends = cells.filter(({ stage }) => stage === "defend");
    expect(defends).toHaveLength(4);
    for (const { hash, label } of defends) {
      const met = cells.filter(({ needs }) => needs.includes(hash));
      // One training, and it, `none`, `feint` and `raid` on two splits.
      expect(met.map(({ stage }) => stage).sort()).toEqual([
        ...Array(4).fill("select"),
        ...Array(4).fill("test"),
        "train",
      ]);
      const [, number] = /run (\d)/.exec(label)!;
      for (const one of met) expect(one.label).toContain(`run ${number}`);
      const training = met.find(({ stage }) => stage === "train")!;
      expect(cells.filter(({ needs }) => needs.includes(training.hash)).map(({ stage }) => stage)).toEqual([
        "select",
        "test",
      ]);
    }
    const hashes = new Set(cells.map(({ hash }) => hash));
    expect(hashes.size).toBe(cells.length);
  });

  it("makes other cells of whatever a frozen defender depends on, and of nothing else", async () => {
    const before = await plan();
    const changed = async (...overrides: string[]) => {
      const known = new Set(before.map(({ hash }) => hash));
      return (await plan(...overrides)).filter(({ hash }) => !known.has(hash)).map(({ label }) => label);
    };
    const learned = (label: string) => label.includes("learned-1");
    for (const override of ["budget=5_000", "config.explore=4", "rounds=1", "attacker.budget=200", "least=0.5"]) {
      const labels = await changed(`defence.learned.${override}`);
      expect(labels.length).toBe(4 * 10);
      expect(labels.every((label) => label.includes("learned-"))).toBe(true);
    }
    const other = await changed("defence.learned.lambda=[1, 3]");
    expect(other.length).toBe(2 * 10);
    expect(other.every((label) => !learned(label))).toBe(true);
    // An attack's own setting does not touch the defenders, nor does a name.
    const attack = await changed("portfolio.2.config.bias=4");
    expect(attack.some((label) => label.startsWith("defend"))).toBe(false);
    expect(await changed("defence.learned.name=mine")).toEqual([]);
  });

  it("keeps splits apart", async () => {
    const splits = new Map<string, Set<string>>();
    for (const { stage, spec } of await plan()) {
      const [label] = spec.split as [string];
      splits.set(stage, (splits.get(stage) ?? new Set()).add(label));
    }
    expect(Object.fromEntries([...splits].map(([stage, labels]) => [stage, [...labels]]))).toEqual({
      defend: ["train-defence"],
      train: ["train-attack"],
      select: ["select"],
      test: ["test"],
    });
  });

  it("is the same computed cell by cell", async () => {
    const array = join(scratch, "array");
    const { err } = await masque(["run", "gate", ...PLUGINS, "--out", array, "--prepare"]);
    const counts = [...err.matchAll(/(\d+) (defend|train|select|test)/g)];
    expect(counts.map(([, , stage]) => stage)).toEqual(["defend", "train", "select", "test"]);
    const early = await masque(["cell", array, "--stage", "train", "--index", "1", ...PLUGINS]);
    const late = await masque(["cell", array, "--stage", "train", "--index", "5", ...PLUGINS]);
    expect(early.code).toBe(0);
    expect(late).toMatchObject({ code: 2 });
    expect(late.err).toContain("a cell it needs has not been computed");
    for (const [, count, stage] of counts) {
      for (let index = 0; index < Number(count); index++) {
        expect((await masque(["cell", array, "--stage", stage, "--index", String(index), ...PLUGINS])).code).toBe(0);
      }
    }
    expect((await run("array", "--resume")).code).toBe(0);
    expect(readFileSync(join(array, "frontier.json"), "utf8")).toBe(readFileSync(join(at, "frontier.json"), "utf8"));
    expect(readdirSync(join(array, "cells"))).toEqual(readdirSync(join(at, "cells")));
  });
});

describe("mistakes in a defender's entry", () => {
  it.each([
    ["defence.learned.baseline=q-lerning", /defence\.learned: unknown baseline "q-lerning".*q-learning/i],
    ["defence.learned.baseline=toy-joint", /defence\.learned: .*joint controller.*defender side is factored/],
    ["defence.learned.config.explor=1", /defence\.learned\.config.*explor.*explore/],
    ["defence.learned.lambda=[1, 1]", /two defences are called "learned-1"/],
    ["defence.learned.lambda=-1", /lambda/],
    ["defence.learned.least=2", /least/],
    ["defence.learned.attacker=nobody", /attacker/],
    ["defence.learned.attacker=none", /1 round only/],
    ["defence.learned.attacker.baseline=toy-joint", /attacker.*joint controller/],
    ["defence.learned.knobs.moat=2", /defence\.learned\.knobs\.moat/],
    ["defence.learned.knobs.mote=0", /mote.*moat/],
  ])("%s", async (override, message) => {
    const { code, err } = await masque(["run", "gate", ...PLUGINS, "--dry-run", override]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
