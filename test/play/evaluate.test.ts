import { expect, it } from "vitest";
import { evaluate, evaluateAsync } from "../../src/play/evaluate.ts";
import { createTracer, traceDigest } from "../../src/play/trace.ts";
import { type Batch, type PolicyContext, type PolicyFactory, random } from "../../src/policy/policy.ts";
import toy from "../run/plugins/envs/toy/env.ts";

const options = {
  params: { wall: 0.3, steps: 5 },
  policies: { climber: random, keeper: random },
  episodes: 4800,
  seed: 3,
  split: ["test", 1],
};

it("scores the same episodes whatever the number of copies, at once or in turns", async () => {
  const at = evaluate(toy, options);
  expect(evaluate(toy, { ...options, copies: 7 }).counters).toEqual(at.counters);
  const seen: number[] = [];
  const turns = await evaluateAsync(toy, { ...options, onProgress: (episodes) => seen.push(episodes) });
  expect(turns).toEqual(at);
  expect(seen.length).toBeGreaterThan(0);
  expect(evaluate(toy, { ...options, split: ["test", 2] }).counters).not.toEqual(at.counters);
});

it("can be stopped on the way", async () => {
  const stop = new AbortController();
  const played = evaluateAsync(toy, {
    ...options,
    signal: stop.signal,
    onProgress: () => stop.abort(new Error("enough")),
  });
  await expect(played).rejects.toThrow("enough");
});

/** Acts as `policy` does, but for one action of one row at one step of one episode. */
const but =
  (policy: PolicyFactory<unknown>, change: (actions: Int32Array | Float32Array, step: number) => void) =>
  (context: PolicyContext<unknown>) => {
    const inner = policy(context);
    let step = 0;
    return {
      act(batch: Batch) {
        inner.act(batch);
        change(batch.actions, step++);
      },
    };
  };

it("traces every action and reward, whatever the number of copies", () => {
  const small = { ...options, episodes: 40, copies: 40 };
  const { traces } = evaluate(toy, small);
  expect(traces).toHaveLength(80);
  expect(new Set(traces).size).toBe(80);
  for (const copies of [1, 7]) expect(evaluate(toy, { ...small, copies }).traces).toEqual(traces);
  // Action 1 of the last keeper, at the last step: the wall's draws stay the same, and so do all rewards.
  const climber = but(random, (actions, step) => {
    if (step === 4) actions[79] = actions[79] === 0 ? 0 : 3 - actions[79];
  });
  const other = evaluate(toy, { ...small, policies: { ...small.policies, climber } }).traces;
  const changed = Array.from({ length: 40 }, (_, e) => other[2 * e] !== traces[2 * e]);
  expect(changed.filter(Boolean).length).toBeLessThanOrEqual(1);
  const keeper = but(random, (actions, step) => {
    if (step === 4) actions[0] = 1 - actions[0];
  });
  const kept = evaluate(toy, { ...small, policies: { ...small.policies, keeper } }).traces;
  expect(Array.from({ length: 40 }, (_, e) => kept[2 * e] !== traces[2 * e]).indexOf(true)).toBe(0);
  expect(kept.slice(2)).toEqual(traces.slice(2));
});

it("sees rewards that differ where actions do not, in either half of their bits", () => {
  const role = (rewards: Float64Array) =>
    ({ actions: new Int32Array(2), rewards, alive: new Uint8Array(2).fill(1), count: 2, actionSize: 1 }) as never;
  const trace = (values: readonly number[]) => {
    const rewards = Float64Array.from(values);
    const tracer = createTracer([role(rewards)], 1);
    tracer.actions();
    tracer.rewards();
    return [...tracer.lanes];
  };
  const values = [0, -0, 1, -1, 1 + Number.EPSILON, 0.5, 2, 5e-324];
  const seen = values.flatMap((a) => values.map((b) => trace([a, b]).join()));
  expect(new Set(seen).size).toBe(64);
});

it("ignores what the buffer holds for the dead", () => {
  const actions = new Int32Array([1, 2]);
  const alive = new Uint8Array([1, 0]);
  const role = { actions, rewards: new Float64Array(2), alive, count: 2, actionSize: 1 } as never;
  const trace = () => {
    const tracer = createTracer([role], 1);
    tracer.actions();
    return [...tracer.lanes];
  };
  const before = trace();
  actions[1] = 7;
  expect(trace()).toEqual(before);
  alive[1] = 1;
  expect(trace()).not.toEqual(before);
});

it("names a cell's play by its traces and by the policies that played", () => {
  const { traces } = evaluate(toy, { ...options, episodes: 8 });
  const name = traceDigest(traces, { climber: "ab" });
  expect(name).toMatch(/^[0-9a-f]{32}$/);
  expect(traceDigest(traces, { climber: "ac" })).not.toBe(name);
  traces[5] ^= 1;
  expect(traceDigest(traces, { climber: "ab" })).not.toBe(name);
});
