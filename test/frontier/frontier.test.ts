import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/benchmark/config.ts";
import { resolveBenchmark } from "../../src/benchmark/resolve.ts";
import { frontier } from "../../src/frontier/frontier.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { Rng } from "../../src/random/rng.ts";
import type { PlayResult } from "../../src/run/cell-result.ts";
import { makePlan } from "../../src/run/plan.ts";
import { estimate } from "../../src/stats/estimate.ts";

const registry = openRegistry([new URL("../run/plugins", import.meta.url).pathname]);
const EPISODES = { select: 2, test: 4 };

/** A benchmark on the toy environment; `over(stage, point, attack, run)` of 100 tries get over in every episode. */
async function made(
  overrides: string[],
  over: (stage: "select" | "test", point: number, attack: string, run: number) => number,
  open: (point: number, run: number, attack: string) => number = (point) => 100 - 40 * point,
  arm?: "attacked",
) {
  const text = `schema: 1
name: made
environment: { id: toy-v0 }
defence: { knobs: { wall: [0, 0.5, 1] } }
portfolio: [random, scripted]
seeds: { runs: 3 }
episodes: { select: 2, test: 4 }
`;
  const loaded = parseConfig(text, "made.yaml", overrides);
  const resolved = await resolveBenchmark(loaded, registry, () => ({}));
  const { metrics } = resolved.env;
  const env = { ...resolved.env, metrics: { ...metrics, access: { ...metrics.access, ...(arm && { arm }) } } };
  const benchmark = { ...resolved, env };
  const plan = makePlan(benchmark);
  return frontier(benchmark, plan, (cell) => {
    const stage = cell.stage as "select" | "test";
    const [point] = cell.points;
    const fill = (value: number) => new Array<number>(EPISODES[stage]).fill(value);
    const counters = {
      tries: fill(100),
      over: fill(over(stage, point, cell.attack, cell.run)),
      walks: fill(100),
      open: fill(open(Math.min(point, 2), cell.run, cell.attack)),
    };
    return {
      kind: "play",
      episodes: EPISODES[stage],
      counters,
      returns: {},
      steps: 0,
      policies: {},
      trace: "",
    } satisfies PlayResult;
  });
}

describe("the worst attack", () => {
  it("is that of the least mean over runs and both splits; what a run would choose stands beside it", async () => {
    const result = await made([], (stage, _, attack, run) => {
      if (attack === "none") return 0;
      // On the select split, climb looks worse in run 0 and random in the others; on the test split it is the reverse.
      const worse = (attack === "climb") === (run === 0);
      return stage === "select" ? (worse ? 60 : 50) : worse ? 10 + run : 90;
    });
    const [point] = result.points;
    expect(point.worstAttackByRun).toEqual(["climb", "random", "random"]);
    expect(point.expected.mean).toBeCloseTo(1 - (0.1 + 0.11 + 0.12) / 3, 12);
    // Two episodes on select and four on test: climb lets (2·60 + 4·10)/6, then (2·50 + 4·90)/6 over, twice.
    expect(point.attacks.climb.security.mean).toBeCloseTo(1 - (160 + 460 + 460) / 1800, 12);
    expect(point.worstAttack).toBe("climb");
    expect(point.security.mean).toBe(point.attacks.climb.security.mean);
    expect(point.attacks.none.security).toEqual({ mean: 1, low: 1, high: 1 });
  });

  it("is never worse than before when an attack is added, nor is its lower bound higher", async () => {
    const rng = new Rng(5);
    for (let trial = 0; trial < 12; trial++) {
      const strength = Array.from({ length: 3 }, () => rng.int(20, 60));
      const noise = Array.from({ length: 2 * 9 * 5 }, () => rng.int(-15, 16));
      const over = (stage: string, point: number, attack: string, run: number) => {
        if (attack === "none") return 0;
        const a = attack === "random" ? 0 : 1;
        return strength[a] + noise[(((stage === "test" ? 1 : 0) * 3 + Math.min(point, 2)) * 3 + a) * 5 + run];
      };
      const many = await made(["seeds.runs=5"], over);
      const few = await made(["seeds.runs=5", "portfolio=[random]"], over);
      for (const [p, { security }] of few.points.entries()) {
        expect(many.points[p].security.mean).toBeLessThanOrEqual(security.mean);
        expect(many.points[p].security.low!).toBeLessThanOrEqual(security.low! + 1e-12);
      }
      expect(many.front.hypervolume).toBeLessThanOrEqual(few.front.hypervolume);
    }
  });

  it("pays, of attacks that cannot be told from it, what the costliest one costs", async () => {
    const open = (_p: number, run: number, attack: string) => (attack === "climb" ? 40 + run : 90);
    // Random is a little worse for security, within what the runs scatter: climb takes more utility.
    const tied = await made(
      ["seeds.runs=5"],
      (_s, _p, attack, run) =>
        attack === "none" ? 0 : 50 + 5 * ((run * 2) % 5) + (attack === "random" ? (run % 2 === 0 ? 4 : -3) : 0),
      open,
      "attacked",
    );
    expect(tied.points[0].worstAttack).toBe("random");
    expect(tied.points[0].costliestAttack).toBe("climb");
    expect(tied.points[0].attackedUtility.mean).toBeCloseTo(0.42, 12);
    const apart = await made(
      ["seeds.runs=5"],
      (_s, _p, attack, run) => (attack === "none" ? 0 : 50 + run + (attack === "random" ? 10 : 0)),
      open,
      "attacked",
    );
    expect(apart.points[0].costliestAttack).toBe("random");
    expect(apart.points[0].attackedUtility.mean).toBeCloseTo(0.9, 12);
  });

  it("has a band that reaches lower than the worst attack's own interval, at declared points", async () => {
    const over = (_s: string, point: number, attack: string, run: number) =>
      attack === "none" ? 0 : 40 + 5 * ((run * (point + 2)) % 5) + (attack === "climb" ? 3 : 0);
    const { points, anchors } = await made(["seeds.runs=5"], over);
    for (const { band, attacks, worstAttack, security } of points) {
      expect(band!.low).toBeLessThan(attacks[worstAttack].security.low!);
      expect(band!.high).toBeGreaterThan(security.mean);
    }
    for (const { band } of anchors) expect(band).toBeUndefined();
  });

  it("leaves the least security of all where the two splits agree", async () => {
    const result = await made([], (_, point, attack, run) =>
      attack === "none" ? 0 : 10 + 7 * run + 3 * point + (attack === "climb" ? 5 : 0),
    );
    for (const { security, attacks } of [...result.points, ...result.anchors]) {
      expect(security.mean).toBe(Math.min(...Object.values(attacks).map((one) => one.security.mean)));
    }
  });
});

describe("estimates", () => {
  it("are means over runs with Student's t, cut to [0,1]", () => {
    // t(0.975, 2) = 4.302653; mean 0.5, standard deviation 0.1.
    const { mean, low, high } = estimate([0.4, 0.5, 0.6]);
    expect(mean).toBeCloseTo(0.5, 12);
    expect(low).toBeCloseTo(0.5 - (4.302652729696 * 0.1) / Math.sqrt(3), 9);
    expect(high).toBeCloseTo(0.5 + (4.302652729696 * 0.1) / Math.sqrt(3), 9);
    expect(estimate([0, 0.5, 1])).toEqual({ mean: 0.5, low: 0, high: 1 });
    expect(estimate([0.25])).toEqual({ mean: 0.25, low: null, high: null });
  });

  it("label fewer than 5 runs illustrative, and give the score an interval from 2 on", async () => {
    const over = (_s: string, point: number, attack: string, run: number) =>
      attack === "none" ? 0 : 60 - (20 - run) * point;
    expect((await made(["seeds.runs=4"], over)).illustrative).toBe(true);
    expect((await made(["seeds.runs=5"], over)).illustrative).toBe(false);
    expect((await made(["seeds.runs=1"], over)).front.score).toMatchObject({ low: null, high: null });
    const { mean, low, high } = (await made(["seeds.runs=5"], over)).front.score;
    expect(low!).toBeLessThan(mean);
    expect(high!).toBeGreaterThan(mean);
    // Symmetric about the estimate: Student's t with the bootstrap's standard error.
    expect(high! - mean).toBeCloseTo(mean - low!, 12);
  });
});

it("resamples with the worst attack chosen on the select split too: equal runs leave no uncertainty", async () => {
  const over = (stage: string, point: number, attack: string) =>
    attack === "none" ? 0 : (attack === "climb") === (stage === "select") ? 60 - 20 * Math.min(point, 2) : 5;
  const { mean, low, high } = (await made(["seeds.runs=10"], over)).front.score;
  expect(low).toBeCloseTo(mean, 12);
  expect(high).toBeCloseTo(mean, 12);
});

describe("the front", () => {
  it("is the hypervolume of the declared points over that of no defence and lockdown", async () => {
    // (U, S): (1, 0), (0.6, 0.7), (0.2, 0.8).
    const security = [0, 70, 80];
    const over = (_s: string, point: number, attack: string) =>
      attack === "none" ? 0 : 100 - security[Math.min(point, 2)];
    const { front, points, anchors } = await made([], over);
    expect(front.hypervolume).toBeCloseTo(0.6 * 0.7 + 0.2 * 0.1, 12);
    expect(front.anchors).toBeCloseTo(0.2 * 0.8, 12);
    expect(front.score.mean).toBeCloseTo(0.28, 12);
    expect(front.utilityAtSecurity).toEqual({ "0.8": expect.closeTo(0.2, 12), "0.9": null, "0.95": null });
    expect(points.map(({ anchor }) => anchor)).toEqual(["no-defence", null, "lockdown"]);
    expect(anchors.map(({ anchor }) => anchor)).toEqual(["random-defence"]);
    expect(points.map(({ pareto }) => pareto?.label)).toEqual(["frontier", "frontier", "frontier"]);
  });

  it("takes utility from the attacked arm where the metric says so: else a defence that waits would cost nothing", async () => {
    const over = (_s: string, point: number, attack: string) => (attack === "none" ? 0 : 80 - 39 * Math.min(point, 2));
    const open = (_point: number, _run: number, attack: string) => (attack === "none" ? 100 : 50);
    const [peace, war] = [await made([], over, open), await made([], over, open, "attacked")];
    expect([peace.axes.arm, war.axes.arm]).toEqual([undefined, "attacked"]);
    // One utility at all points: what the best of them, at security .98, dominates.
    expect(peace.front.hypervolume).toBeCloseTo(0.98, 12);
    expect(war.front.hypervolume).toBeCloseTo(0.49, 12);
    for (const { points } of [peace, war])
      expect([points[0].cleanUtility.mean, points[0].attackedUtility.mean]).toEqual([1, 0.5]);
  });

  it("is measured over yardsticks that no benchmark moves or loses", async () => {
    const over = (_s: string, point: number, attack: string) => (attack === "none" ? 0 : 40 + point);
    const anchors = async (...overrides: string[]) =>
      Object.fromEntries(
        (await made(overrides, over)).anchors.map(({ anchor, defence, knobs }) => [anchor, { defence, knobs }]),
      );
    const yardsticks = { "no-defence": "default", lockdown: "default", "random-defence": "random" };
    // Nothing swept: the knob stands where the parameters put it, the yardsticks at its ends.
    const still = await made(["defence={}", "environment.params={wall: 0.5}"], over);
    expect(still.anchors.map(({ anchor, defence }) => [anchor, defence])).toEqual(Object.entries(yardsticks));
    expect(still.front.anchors).toBeGreaterThan(0);
    // Listed defences come and go; the random one, declared, does not take the place of no defence.
    expect(await anchors("defence.policy=[random, default]", "defence.knobs={wall: [0.5]}")).toMatchObject({
      "no-defence": { defence: "default", knobs: { wall: 0 } },
      lockdown: { defence: "default", knobs: { wall: 1 } },
    });
    const listed = await made(["defence.policy=[random, default]"], over);
    expect([...listed.points, ...listed.anchors].map(({ anchor, defence }) => [anchor, defence])).toEqual(
      expect.arrayContaining(Object.entries(yardsticks)),
    );
  });

  it("does not grow by points beside the grid", async () => {
    const security = [50, 90, 60, 99];
    const over = (_s: string, point: number, attack: string) => (attack === "none" ? 0 : 100 - (security[point] ?? 99));
    const { front, points, anchors } = await made(["defence.knobs.wall=[0, 0.5]"], over);
    expect(points).toHaveLength(2);
    expect(anchors.map(({ anchor, pareto }) => [anchor, pareto])).toEqual([
      ["lockdown", null],
      ["random-defence", null],
    ]);
    expect(front.hypervolume).toBeCloseTo(1 * 0.5 + 0.6 * 0.4, 12);
    expect(points.map(({ pareto }) => pareto?.probability)).toEqual([1, 1]);
  });

  it("calls dominated points dominated, and ambiguous what runs disagree on", async () => {
    const { points } = await made(
      ["seeds.runs=5"],
      // The middle point is worse than the first on both axes; the last one is better or worse from run to run.
      (_s, point, attack, run) => (attack === "none" ? 0 : [50, 60, run % 2 === 0 ? 48 : 53][Math.min(point, 2)]),
      (point) => [90, 80, 90][point],
    );
    expect(points.map(({ pareto }) => pareto!.label)).toEqual(["ambiguous", "dominated", "ambiguous"]);
    expect(points[1].pareto!.probability).toBe(0);
  });
});

it("refuses to average what is no metric", async () => {
  await expect(made([], (_s, _p, attack) => (attack === "climb" ? 150 : 0))).rejects.toThrow(
    /metric "closed" is -0\.5.*from 0 to 1/,
  );
});

it("takes what the theory says only for the environment's metrics", async () => {
  const { points } = await made([], () => 0);
  expect(points.map(({ reference }) => reference)).toEqual([
    { access: 1, closed: 0 },
    { access: 0.75, closed: 0.25 },
    { access: 0, closed: 0.5 },
  ]);
});

describe("a benchmark's score and axes", () => {
  const over = (_s: string, point: number, attack: string) =>
    attack === "none" ? 0 : [100, 30, 20][Math.min(point, 2)];

  it("may be a formula: its greatest value over the points, and its value at each", async () => {
    // (U, S): (1, 0), (0.6, 0.7), (0.2, 0.8).
    const { front, points } = await made(["score=0.25*access + 0.75*closed"], over);
    expect(front.score).toMatchObject({ expression: "0.25*access + 0.75*closed", best: 1 });
    expect(front.score.mean).toBeCloseTo(0.25 * 0.6 + 0.75 * 0.7, 12);
    expect(points.map(({ score }) => score!.mean)).toEqual([0.25, 0.675, 0.65].map((x) => expect.closeTo(x, 12)));
  });

  it("are refused where they name what is no metric, saying where", async () => {
    await expect(made(["score=acess"], over)).rejects.toThrow(
      /^override score=acess: score: .*Unknown metric "acess"\. Did you mean "access"\?/,
    );
    await expect(made(["score=access/closed"], over)).rejects.toThrow(/may be 0/);
    await expect(made(["score=zeros(1e5,1e5)"], over)).rejects.toThrow(/function zeros is not allowed/);
    await expect(made(["axes.more=[clossed]"], over)).rejects.toThrow(/Unknown metric of toy-v0 "clossed"/);
    await expect(made(["axes.more=[closed]"], over)).rejects.toThrow(/"closed" is an axis already/);
  });
});

describe("where security stands against security", () => {
  // Closed against closed: both axes are the toy's security; its utility, access, is 1, .6 and .2.
  const over = (_s: string, point: number, attack: string) => (attack === "none" ? 0 : [90, 30, 0][Math.min(point, 2)]);

  it("a point that ruins honest work counts for nothing", async () => {
    const axes = "axes={utility: closed, security: closed}";
    const free = await made([axes, "axes.floor=0"], over);
    expect(free.axes.floor).toBeUndefined();
    expect(free.front.hypervolume).toBe(1);
    const held = await made([axes, "axes.floor=0.5"], over);
    expect(held.axes.floor).toEqual({ metric: "access", least: 0.5 });
    // What locks everybody out was safe on both axes.
    expect(held.points.map(({ belowFloor }) => belowFloor)).toEqual([undefined, undefined, true]);
    expect(held.front.hypervolume).toBeCloseTo(0.49, 12);
    expect(held.points[2].pareto!.label).toBe("dominated");
    expect((await made([axes], over)).axes.floor).toEqual({ metric: "access", least: 0.9 });
    expect((await made([], over)).axes.floor).toBeUndefined();
  });
});
