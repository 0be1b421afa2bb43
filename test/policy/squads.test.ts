import { describe, expect, it } from "vitest";
import { InputError } from "../../src/data/errors.ts";
import type { PolicyData } from "../../src/policy/data.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import type { Batch, PolicyContext } from "../../src/policy/policy.ts";
import { firstOf, pool } from "../../src/policy/squads.ts";
import { Rng } from "../../src/random/rng.ts";
import { box, discrete } from "../../src/spaces/index.ts";

const shape = { count: 5, squads: 2, obsSize: 2 };
/** Two copies of five agents: 0 … 2 are a squad, 3 and 4 another. Who is dead shows 9, which must not be seen. */
const obs = Float32Array.of(1, -1, 3, -2, 9, 9, -4, 0.5, -2, -0.5, 9, 9, 9, 9, 9, 9, 7, 8, 9, 9);
const alive = Uint8Array.of(1, 1, 0, 1, 1, 0, 0, 0, 1, 0);
const seen = [2, -1.5, 3, -1, -3, 0, -2, 0.5, 0, 0, 0, 0, 7, 8, 7, 8];

const data: PolicyData = {
  format: 1,
  kind: "mlp",
  environment: "toy-v0",
  role: "bot",
  baseline: "test",
  obsSize: 2,
  action: { kind: "discrete", n: 3, start: 4 },
  hidden: [],
  activation: "tanh",
  conditioned: false,
  joint: true,
  squads: 2,
  greedy: false,
  extra: {},
  // Logits of a squad: its own mean of column 0, the highest of column 1, and a constant, all times 1.
  tensors: {
    w0: { shape: [8, 6], data: new Float32Array(48) },
    b0: { shape: [6], data: Float32Array.of(0, 0, 1, 0, 0, 1) },
  },
};
for (const [input, output] of [
  [0, 0],
  [3, 1],
  [4, 3],
  [7, 4],
])
  data.tensors.w0.data[input * 6 + output] = 1;
const context = {
  role: "bot",
  count: 5,
  action: discrete(3, { start: 4 }),
  observation: box([2], -9, 9),
  at: {},
  knobs: [],
  params: {},
};

const shapes = { count: 5, obsSize: 2, maskSize: 3, actionSize: 1, agreed: () => 0, state: new Float32Array() };
const rngsFrom = (row: number) => Array.from({ length: 10 - row }, (_, i) => new Rng(1, row + i));

function act(policy: PolicyData, mask = new Uint8Array(30).fill(1)): number[] {
  const actions = new Int32Array(10);
  const batch = { ...shapes, rows: 10, obs, mask, alive, rngs: rngsFrom(0), actions };
  policyFrom(policy)(context as PolicyContext).act(batch as Batch);
  return [...actions];
}

describe("squads", () => {
  it("are of consecutive agents, in sizes that differ by at most one", () => {
    for (const [count, squads] of [
      [5, 2],
      [16, 4],
      [10, 3],
      [500, 7],
    ]) {
      const starts = Array.from({ length: squads + 1 }, (_, squad) => firstOf(squad, { count, squads, obsSize: 1 }));
      const sizes = starts.slice(1).map((start, squad) => start - starts[squad]);
      expect([starts[0], starts[squads]]).toEqual([0, count]);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
  });

  it("see the mean and the highest of their living members", () => {
    const into = new Float32Array(16).fill(5);
    const living = new Uint8Array(4).fill(7);
    pool(shape, obs, alive, into, living);
    expect([...into]).toEqual(seen);
    expect([...living]).toEqual([1, 1, 0, 1]);
  });

  it("act as their network says, all members alike", () => {
    // Logits (2, −1, 1), (−3, 0.5, 1), nobody, (7, 8, 1).
    expect(act({ ...data, greedy: true }).filter((_, i) => alive[i])).toEqual([4, 4, 6, 6, 5]);
    const drawn = act(data);
    expect(drawn[0]).toBe(drawn[1]);
    expect(drawn[3]).toBe(drawn[4]);
  });

  it("play some copies in one step and others in the next, as members of mixtures do", () => {
    const expected = act(data);
    const policy = policyFrom(data)(context as PolicyContext);
    for (const [rows, from] of [
      [5, 5],
      [10, 0],
      [5, 0],
      [5, 5],
    ]) {
      const actions = new Int32Array(rows);
      const mask = new Uint8Array(3 * rows).fill(1);
      const [seen, living] = [obs.slice(2 * from, 2 * (from + rows)), alive.slice(from, from + rows)];
      policy.act({ ...shapes, rows, obs: seen, mask, alive: living, rngs: rngsFrom(from), actions } as Batch);
      expect([...actions].filter((_, i) => living[i])).toEqual(
        expected.slice(from, from + rows).filter((_, i) => living[i]),
      );
    }
  });

  it("draw from the streams of their first members, each squad from its own, and from those of the step", () => {
    const policy = policyFrom(data)(context as PolicyContext);
    const drawn = (seed: number, other: number) => {
      const actions = new Int32Array(10);
      const rngs = Array.from({ length: 10 }, (_, row) => new Rng(row === other ? seed + 100 : seed, row));
      const even = { obs: new Float32Array(20), mask: new Uint8Array(30).fill(1), alive: new Uint8Array(10).fill(1) };
      policy.act({ ...shapes, ...even, rows: 10, rngs, actions } as Batch);
      return [0, 3, 5, 8].map((first) => actions[first]);
    };
    const differ = Array.from({ length: 10 }, (_, other) => {
      const pairs = Array.from({ length: 30 }, (_, seed) => [drawn(seed, -1), drawn(seed, other)]);
      return [0, 1, 2, 3].filter((squad) => pairs.some(([a, b]) => a[squad] !== b[squad]));
    });
    expect(differ).toEqual([[0], [], [], [1], [], [2], [], [], [3], []]);
  });

  it("refuse masks, and more squads than agents", () => {
    const mask = new Uint8Array(30).fill(1);
    mask[4] = 0;
    expect(() => act(data, mask)).toThrow(InputError);
    expect(() => policyFrom(data)({ ...context, count: 1 } as PolicyContext)).toThrow(/2 squads, got 1 agents/);
  });
});
