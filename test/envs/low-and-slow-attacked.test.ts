import { describe, expect, it, vi } from "vitest";
import { between } from "../../benchmarks/evidence/evidence.ts";
import { attackedAt, withoutPool } from "../../benchmarks/evidence/low-and-slow/attacked.ts";
import { DIALS, SCRIPT, STARTS, wary } from "../../benchmarks/evidence/low-and-slow/wary.ts";
import evidence from "../../benchmarks/evidence/low-and-slow.ts";
import env from "../../envs/low-and-slow/env.ts";
import policies from "../../envs/low-and-slow/policies.ts";
import { withoutCap } from "../../envs/low-and-slow/theory.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { mean } from "../../src/stats/index.ts";

const played = (leaker: ReturnType<typeof wary>, params: { budget: number; pooling: number }) =>
  evaluate(env, {
    params: { leakers: 8, steps: 120, ...params },
    policies: { monitor: policies.defaults.monitor, leaker },
    episodes: 4,
    seed: 3,
    split: ["wary"],
  });

describe("leakers who remember the pool", () => {
  it("play alone-swept, action by action, where their dials say nothing else", () => {
    for (const level of [
      { budget: 0.05, pooling: 0.5 },
      { budget: 0.2, pooling: 1 },
      { budget: 0.02, pooling: 1 },
    ]) {
      const script = played(policies.attacks["alone-swept"].roles.leaker, level);
      expect(played(wary(SCRIPT), level).traces).toEqual(script.traces);
    }
  });

  it("heed every dial", () => {
    const level = { budget: 0.1, pooling: 0.5 };
    for (const start of STARTS) expect(start).toHaveLength(DIALS.length);
    const before = played(wary(STARTS[1]), level).traces;
    // Far enough that no total stays cut off at the cap.
    for (let k = 0; k < DIALS.length; k++) {
      const moved = STARTS[1].map((value, i) => (i === k ? value - 2 : value));
      expect(played(wary(moved), level).traces, DIALS[k]).not.toEqual(before);
    }
  });
});

describe("no attack leaves less", () => {
  it("than leakers whom neither cap nor pool binds: at w = 0 those of the theory", () => {
    for (const budget of [0.05, 0.2]) {
      const given = { leakers: 8, budget, pooling: 0 };
      expect(withoutPool(given)).toBe(withoutCap(env.params.parse(given)));
    }
    expect(withoutPool({ leakers: 8, budget: 0.05, pooling: 1 })).toBe(0);
  });

  it("beside a pool: every script stays above it, and it falls as the streams' own share does", () => {
    const bounds = [0, 0.25, 0.5].map((pooling) => withoutPool({ leakers: 8, budget: 0.1, pooling }, 48));
    expect(bounds).toEqual(bounds.toSorted((a, b) => b - a));
    for (const [i, pooling] of [0, 0.25, 0.5].entries()) {
      for (const { roles } of Object.values(policies.attacks)) {
        const { names, counters } = evaluate(env, {
          params: { leakers: 8, budget: 0.1, pooling },
          policies: { monitor: policies.defaults.monitor, ...roles },
          episodes: 16,
          seed: 4,
          split: ["bound"],
        });
        const of = (name: "damage" | "steps") =>
          mean(counters.filter((_, k) => k % names.length === names.indexOf(name)));
        expect(1 - of("damage") / of("steps")).toBeGreaterThan(bounds[i] - 0.005);
      }
    }
  });
});

describe("npm run evidence -- low-and-slow attacked", () => {
  it("compares what it found with the worst script, on episodes that neither was chosen on, the same every time", async () => {
    const place = { params: { leakers: 4, streams: 16, sweep: 4, steps: 40, budget: 0.2, pooling: 1 } };
    const once = () => attackedAt(place, { steps: 1, select: 24, test: 24 });
    const { script, found, difference } = await once();
    expect(script.security).toHaveLength(24);
    expect(mean(difference)).toBeCloseTo(mean(found.security) - mean(script.security), 12);
    expect(found.left).not.toBe(mean(found.security));
    expect(await once()).toEqual({ script, found, difference });
  });

  it("refuses places and budgets that there are not, before anything is played", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    try {
      await expect(evidence.attacked.print(["1", "w=2"])).rejects.toThrow(/"w=2".*w=0/s);
      await expect(evidence.attacked.print(["many"])).rejects.toThrow(/environment steps.*"many"/);
      expect(log).not.toHaveBeenCalled();
    } finally {
      log.mockRestore();
    }
  });
});

it("a monitor is measured against draws between the best of the frontier", () => {
  const points = [
    { utility: 1, security: 0 },
    { utility: 0, security: 1 },
    { utility: 0.5, security: 0.7 },
    { utility: 0.5, security: 0.2 },
  ];
  expect(between(points, 0.5)).toBe(0.7);
  expect(between(points, 0.75)).toBeCloseTo(0.35, 12);
  expect(between(points, 1)).toBe(0);
});
