import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import env from "../../envs/low-and-slow/env.ts";
import scripts from "../../envs/low-and-slow/policies.ts";
import { score } from "../../src/play/score.ts";
import { decodePolicy, encodePolicy, loadPolicy, policyDigest, savePolicy } from "../../src/policy/checkpoint.ts";
import type { PolicyData } from "../../src/policy/data.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import { createRecurrent, partsOf, recurrentLengths, recurrentNames } from "../../src/policy/network/recurrent.ts";
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
  const sizes = { inputs: 3, encoder: [5], cells: 4, hidden: [6], outputs: 2 };
  const drawn = (seed: number) => {
    const rng = new Rng(seed, "gru");
    return recurrentLengths(sizes).map((n) => Float32Array.from({ length: n }, () => rng.normal()));
  };

  it("is PyTorch's: the step written out by hand", () => {
    const weights = drawn(5);
    const [we, be, wi, bi, wh, bh, w0, b0, w1, b1] = weights;
    const network = createRecurrent({ ...sizes, activation: "tanh", weights, maxRows: 2 });
    const rng = new Rng(6);
    for (let i = 0; i < 6; i++) network.input[i] = rng.normal();
    for (let i = 0; i < 8; i++) network.state[i] = rng.normal();
    const before = network.state.slice();
    const out = network.run(2, [1, 0]);
    expect(network.state).toEqual(before);
    // The second row does not live: it remembers what it did.
    expect(network.next.slice(4)).toEqual(before.slice(4));
    const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
    const product = (w: Float32Array, b: Float32Array, x: ArrayLike<number>) =>
      Array.from(b, (bias, j) => Array.from(x).reduce((sum, v, i) => sum + v * w[i * b.length + j], bias));
    const x = product(wi, bi, product(we, be, network.input.subarray(0, 3)).map(Math.tanh));
    const u = product(wh, bh, before.subarray(0, 4));
    const next = Array.from({ length: 4 }, (_, c) => {
      const r = sigmoid(x[c] + u[c]);
      const z = sigmoid(x[4 + c] + u[4 + c]);
      return (1 - z) * Math.tanh(x[8 + c] + r * u[8 + c]) + z * before[c];
    });
    for (let c = 0; c < 4; c++) expect(network.next[c]).toBeCloseTo(next[c], 6);
    const last = product(w1, b1, product(w0, b0, next).map(Math.tanh));
    for (let i = 0; i < 2; i++) expect(out[i]).toBeCloseTo(last[i], 5);
  });

  it("gives a row the same bits among any number of rows", () => {
    const net = (maxRows: number) => createRecurrent({ ...sizes, activation: "relu", weights: drawn(7), maxRows });
    const [one, many] = [net(1), net(131)];
    const rng = new Rng(8);
    many.input.set(many.input.map(() => rng.normal()));
    many.state.set(many.state.map(() => rng.normal()));
    const out = many.run(131).slice();
    for (const row of [0, 63, 64, 129, 130]) {
      one.input.set(many.input.subarray(3 * row, 3 * row + 3));
      one.state.set(many.state.subarray(4 * row, 4 * row + 4));
      expect(one.run(1)).toEqual(out.subarray(2 * row, 2 * row + 2));
      expect(one.next).toEqual(many.next.subarray(4 * row, 4 * row + 4));
    }
    expect(() => one.run(2)).toThrow(/2 rows, expected a whole number from 0 to maxRows = 1/);
  });

  it("takes new weights all or not at all", () => {
    const net = createRecurrent({ ...sizes, activation: "tanh", weights: drawn(1), maxRows: 1 });
    const before = net.run(1).slice();
    const spoilt = drawn(2);
    spoilt[9][1] = Number.NaN;
    expect(() => net.setWeights(spoilt)).toThrow(/b1\[1\] is NaN/);
    expect(net.run(1)).toEqual(before);
    net.setWeights(drawn(2));
    expect(net.run(1)).not.toEqual(before);
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
    expect(wrong({ encoder: [4] })).toThrow(/"we0" has shape none, expected \[≥ 3, 4\]/);
    expect(wrong({ encoder: [0] })).toThrow(/encoder/);
    expect(wrong({ kind: "mlp", recurrent: undefined, encoder: [4] })).toThrow(/`encoder` belongs to a gru/);
    expect(wrong({ kind: "mlp" })).toThrow(/recurrent/);
    const { wh: _, ...less } = remembers.tensors;
    expect(wrong({ tensors: less })).toThrow(/"wh" has shape none/);
  });
});

describe("a gated recurrent unit of several agents", () => {
  const agents = 3;
  const joint = { ...context, count: agents };
  /** A network of random weights as a policy: rows of three numbers, three choices, for each of so many. */
  function random(rows: number, width: number, change: Partial<PolicyData>): PolicyData {
    const shape = { inputs: rows * width, encoder: [5], cells: 4, hidden: [], outputs: rows * 3 };
    const rng = new Rng(3, "joint");
    const parts = Object.values(partsOf(shape)).flatMap((sizes) =>
      sizes.slice(1).flatMap((to, i) => [[sizes[i], to], [to]]),
    );
    const tensors = recurrentNames(shape).map((name, i) => {
      const data = Float32Array.from({ length: parts[i].reduce((a, b) => a * b) }, () => rng.normal());
      return [name, { shape: parts[i], data }] as const;
    });
    const own = { kind: "gru" as const, recurrent: 4, encoder: [5], action, joint: true };
    return { ...common, ...own, ...change, tensors: Object.fromEntries(tensors) };
  }
  const episode = Array.from({ length: 6 }, (_, t) => new Rng(t, "seen")).map((rng) =>
    Float32Array.from({ length: 2 * agents * 3 }, () => rng.normal()),
  );
  /** Actions of two copies, step by step. */
  function act(policy: Policy, state: Float32Array, steps: readonly Float32Array[]): number[][] {
    const rows = 2 * agents;
    const rngs = Array.from({ length: rows }, (_, i) => new Rng(i));
    const [mask, alive] = [new Uint8Array(3 * rows).fill(1), new Uint8Array(rows).fill(1)];
    return steps.map((obs) => {
      const actions = new Int32Array(rows);
      const sizes = { obsSize: 3, maskSize: 3, actionSize: 1 };
      policy.act({ ...sizes, rows, count: agents, obs, mask, alive, rngs, agreed: () => 0, state, actions });
      return [...actions];
    });
  }

  for (const [name, data, least] of [
    ["a joint one", random(agents, 3, {}), 2],
    ["one of squads", random(2, 6, { squads: 2 }), 2],
  ] as const) {
    it(`spreads its cells over the rows of a copy, and forgets with them: ${name}`, () => {
      expect(decodePolicy(JSON.parse(encodePolicy(data).json), encodePolicy(data).weights, "it")).toEqual(data);
      const policy = policyFrom(data)(joint);
      expect(policy.stateSize).toBe(least);
      const half = agents * least;
      const state = new Float32Array(2 * half);
      const whole = act(policy, state, episode);
      expect(state.subarray(0, 4)).not.toEqual(state.subarray(half, half + 4));
      // The state is all there is to a policy: another one goes on from it, and a zeroed copy begins anew.
      const held = new Float32Array(2 * half);
      const other = policyFrom(data)(joint);
      const first = act(other, held, episode.slice(0, 3));
      expect([...first, ...act(policyFrom(data)(joint), held, episode.slice(3))]).toEqual(whole);
      expect(held).toEqual(state);
      held.fill(0, half); // of the second copy
      const anew = act(other, held, episode);
      expect(anew.map((step) => step.slice(agents))).toEqual(whole.map((step) => step.slice(agents)));
      expect(held.subarray(half)).toEqual(state.subarray(half));
      expect(held.subarray(0, half)).not.toEqual(state.subarray(0, half));
    });
  }

  it("is refused in a role of another size", () => {
    expect(() => policyFrom(random(agents, 3, {}))(context)).toThrow(/"we0" holds 45 numbers, expected 15/);
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
