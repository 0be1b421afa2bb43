import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import env from "../../envs/low-and-slow/env.ts";
import scripts from "../../envs/low-and-slow/policies.ts";
import { score } from "../../src/play/score.ts";
import { encodePolicy, loadPolicy, policyDigest, savePolicy } from "../../src/policy/checkpoint.ts";
import type { PolicyData } from "../../src/policy/data.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import { gru } from "../../src/policy/network/gru.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { box, discrete, layout } from "../../src/spaces/index.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-memory-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const observation = layout({ alarm: box([1], 0, 1), reading: box([2], -1, 1) });
const context = {
  ...{ params: {}, role: "bot", count: 1, observation, at: observation.at, knobs: [] },
  action: discrete(3),
};

/** Plays one row through observations, from the start of an episode; returns its actions. */
function play(policy: Policy, episode: readonly (readonly number[])[], seed = 1): number[] {
  const state = new Float32Array(policy.stateSize ?? 0);
  const rngs = [new Rng(seed)];
  return episode.map((seen) => {
    const actions = new Int32Array(1);
    const obs = Float32Array.from(seen);
    const mask = new Uint8Array(3).fill(1);
    const alive = Uint8Array.of(1);
    const shape = { rows: 1, count: 1, obsSize: 3, maskSize: 3, actionSize: 1 };
    policy.act({ ...shape, obs, mask, alive, rngs, agreed: () => 0, state, actions });
    return actions[0];
  });
}

const meta = { format: 1, environment: "toy-v0", role: "bot", baseline: "hand", obsSize: 3, extra: {} } as const;
const common = {
  ...meta,
  hidden: [] as number[],
  activation: "tanh" as const,
  conditioned: false,
  joint: false,
  greedy: true,
} satisfies Partial<PolicyData>;
const action = { kind: "discrete", n: 3, start: 0 };

describe("a gated recurrent unit", () => {
  it("is PyTorch's: the step written out by hand", () => {
    const rng = new Rng(5, "gru");
    const draw = (n: number) => Float32Array.from({ length: n }, () => rng.normal());
    const [inputs, cells] = [3, 4];
    const [wi, wh, bi, bh] = [draw(inputs * 12), draw(cells * 12), draw(12), draw(12)];
    const unit = gru({ inputs, cells, wi, wh, bi, bh });
    const state = draw(cells);
    const x = draw(inputs);
    const before = [...state];
    unit(x, 0, state, 0);
    const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
    for (let c = 0; c < cells; c++) {
      const of = (w: Float32Array, from: ArrayLike<number>, j: number) =>
        Array.from(from).reduce((sum, v, i) => sum + v * w[i * 12 + j], 0);
      const r = sigmoid(of(wi, x, c) + bi[c] + of(wh, before, c) + bh[c]);
      const z = sigmoid(of(wi, x, 4 + c) + bi[4 + c] + of(wh, before, 4 + c) + bh[4 + c]);
      const n = Math.tanh(of(wi, x, 8 + c) + bi[8 + c] + r * (of(wh, before, 8 + c) + bh[8 + c]));
      expect(state[c]).toBeCloseTo((1 - z) * n + z * before[c], 6);
    }
  });

  /** One cell that remembers whether the alarm ever rang; plays 2 from then on, else 0. */
  const remembers: PolicyData = {
    ...common,
    ...{ kind: "gru", recurrent: 1, action },
    tensors: {
      // The update gate stays shut (z = 1) until the alarm opens it; then the cell becomes 1.
      wi: { shape: [3, 3], data: Float32Array.of(0, -60, 0, 0, 0, 0, 0, 0, 0) },
      wh: { shape: [1, 3], data: new Float32Array(3) },
      bi: { shape: [3], data: Float32Array.of(0, 30, 20) },
      bh: { shape: [3], data: new Float32Array(3) },
      w0: { shape: [1, 3], data: Float32Array.of(0, 0, 2) },
      b0: { shape: [3], data: Float32Array.of(1, 0, 0) },
    },
  };
  it("remembers through an episode what is no longer seen, and nothing of the last one", () => {
    const quiet = [0, 0, 0];
    const rung = [1, 0, 0];
    const policy = policyFrom(remembers)(context);
    expect(play(policy, [quiet, quiet, rung, quiet, quiet])).toEqual([0, 0, 2, 2, 2]);
    expect(play(policy, [quiet, quiet])).toEqual([0, 0]);
  });

  it("is kept in two files, and refused where shapes do not fit", () => {
    savePolicy(join(scratch, "gru"), remembers);
    expect(loadPolicy(join(scratch, "gru"))).toEqual(remembers);
    const wrong = (change: Partial<PolicyData>) => () => encodePolicy({ ...remembers, ...change });
    expect(wrong({ recurrent: undefined })).toThrow(/`recurrent` is the cells of a gru/);
    expect(wrong({ recurrent: 2 })).toThrow(/"wi" has shape \[3,3\], expected \[≥ 3, 6\]/);
    expect(wrong({ joint: true })).toThrow(/not joint/);
    expect(wrong({ kind: "mlp" })).toThrow(/recurrent/);
    const { wh: _, ...less } = remembers.tensors;
    expect(wrong({ tensors: less })).toThrow(/"wh" has shape none/);
  });
});

describe("an automaton", () => {
  const machine = (automaton: object): PolicyData =>
    ({ ...common, kind: "automaton", action, automaton, tensors: {} }) as unknown as PolicyData;
  const pulse = machine({
    states: ["rest", "strike"],
    rules: [
      { in: "strike", when: [{ see: "alarm", is: ">", than: 0.5 }], play: 0, go: "rest" },
      { in: "rest", when: [{ see: "steps", is: ">=", than: 2 }], play: 2, go: "strike" },
      { in: "strike", play: 2 },
    ],
    otherwise: 0,
  });

  it("takes the first rule that applies, counts the steps in its state, and begins anew", () => {
    const policy = policyFrom(pulse)(context);
    const [quiet, rung] = [
      [0, 0, 0],
      [1, 0, 0],
    ];
    const episode = [quiet, quiet, quiet, quiet, rung, quiet, quiet, quiet];
    expect(play(policy, episode)).toEqual([0, 0, 2, 2, 0, 0, 0, 2]);
    expect(play(policy, [quiet])).toEqual([0]);
  });

  it("looks at named parts, by their places", () => {
    const looks = (guard: object) =>
      policyFrom(machine({ states: ["only"], rules: [{ when: [guard], play: 1 }], otherwise: 0 }))(context);
    expect(
      play(looks({ see: "reading", at: 1, is: "<", than: 0 }), [
        [1, 1, -1],
        [1, -1, 1],
      ]),
    ).toEqual([1, 0]);
    expect(() => looks({ see: "readng", is: "<", than: 0 })).toThrow(/Unknown part .* Did you mean "reading"\?/);
    expect(() => looks({ see: "reading", at: 2, is: "<", than: 0 })).toThrow(/has 2 numbers; there is none at 2/);
  });

  it("draws where a rule has a chance, the same for the same stream", () => {
    const coin = policyFrom(machine({ states: ["only"], rules: [{ chance: 0.3, play: 1 }], otherwise: 0 }))(context);
    const flips = play(coin, new Array(2000).fill([0, 0, 0]), 3);
    expect(Math.abs(flips.reduce((a, b) => a + b, 0) / 2000 - 0.3)).toBeLessThan(0.04);
    expect(play(coin, new Array(2000).fill([0, 0, 0]), 3)).toEqual(flips);
  });

  it("is data with limits: no code, no endless lists, no action that is not there", () => {
    savePolicy(join(scratch, "pulse"), pulse);
    expect(policyDigest(loadPolicy(join(scratch, "pulse")))).toBe(policyDigest(loadPolicy(join(scratch, "pulse"))));
    const refused = (automaton: object) => () => encodePolicy(machine(automaton));
    const rule = { play: 0 };
    expect(refused({ states: [], rules: [], otherwise: 0 })).toThrow(/automaton\.states/);
    expect(refused({ states: ["a"], rules: new Array(257).fill(rule), otherwise: 0 })).toThrow(/automaton\.rules/);
    expect(refused({ states: ["a"], rules: [{ ...rule, run: "code" }], otherwise: 0 })).toThrow(/run/);
    expect(refused({ states: ["a b"], rules: [], otherwise: 0 })).toThrow(/automaton\.states/);
    expect(() => encodePolicy({ ...pulse, automaton: undefined })).toThrow(/which need it/);
    const seated = (automaton: object) => () => policyFrom(machine(automaton))(context);
    expect(seated({ states: ["a"], rules: [], otherwise: 3 })).toThrow(/plays 3/);
    expect(seated({ states: ["a"], rules: [{ play: [0, 1] }], otherwise: 0 })).toThrow(/expected 1 numbers/);
    expect(seated({ states: ["a"], rules: [{ ...rule, go: "b" }], otherwise: 0 })).toThrow(/Unknown state/);
  });

  it("writes out-of-order input off at the edge, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (anything) => {
        try {
          encodePolicy(machine(anything as object));
        } catch (error) {
          expect((error as Error).name).toBe("InputError");
        }
      }),
      { numRuns: 200 },
    );
  });

  it("can play what a script plays: resting when hot, in low-and-slow", () => {
    // Leak all while the own score is below two fifths of the threshold: `hug` without its order.
    const rest: PolicyData = {
      ...common,
      ...{ kind: "automaton", environment: "low-and-slow-v0", role: "leaker", obsSize: 6 },
      action: { kind: "discrete", n: 5, start: 0 },
      automaton: {
        states: ["only"],
        rules: [{ when: [{ see: "score", at: 0, is: ">", than: 0.4 }], chance: 1, play: 0 }],
        otherwise: 3,
      },
      tensors: {},
    };
    const params = { leakers: 8, budget: 0.1, pooling: 0 };
    const left = (attack: never) => score(env, { scripts, params, attack, episodes: 16 }).attacked.security;
    const own = left({ leaker: rest } as never);
    expect(own).toBeLessThan(left("flood" as never) - 0.03);
    expect(own).toBeGreaterThan(left("hug" as never) - 0.02);
  });
});
