import { readFileSync } from "node:fs";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { PpoModel, PpoRollout } from "../../baselines/ppo/minibatch.ts";
import { type Player, playerOf } from "../../baselines/ppo/player.ts";
import { createPpo } from "../../baselines/ppo/ppo.ts";
import { loadEngine } from "../../baselines/tf/engine.ts";
import { createRecurrentNetwork, type RecurrentNetwork, unroll } from "../../baselines/tf/gru.ts";
import { createVariable, disposeNetwork, exportWeights } from "../../baselines/tf/network.ts";
import type { Engine } from "../../baselines/tf/tf.ts";
import { createRecurrent } from "../../src/policy/network/recurrent.ts";
import { Rng } from "../../src/random/rng.ts";
import { differences, error, network as perceptron } from "./ppo-reference.ts";

let simd: Engine;
let plain: Engine;
beforeAll(async () => {
  simd = await loadEngine();
  plain = await loadEngine({ kernels: false });
});

const normals = (length: number, rng: Rng) => Float32Array.from({ length }, () => rng.normal());
const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
/** Sets a network's weights. */
function assign({ tf }: Engine, { variables }: RecurrentNetwork, values: readonly ArrayLike<number>[]): void {
  tf.tidy(() => {
    for (const [i, variable] of variables.entries())
      variable.assign(tf.tensor(Float32Array.from(values[i]), variable.shape));
  });
}

describe("a network with memory", () => {
  const shape = { inputs: 3, encoder: [5], cells: 4, hidden: [6], outputs: 2, activation: "tanh" as const };
  const [steps, rows] = [7, 3];

  it("is PyTorch's, outputs and gradients", () => {
    const expected = JSON.parse(readFileSync(new URL("gru-pytorch.json", import.meta.url), "utf8"));
    const numbers = (seed: number, n: number) =>
      Float32Array.from({ length: n }, (_, i) => (((i * 37 + seed * 11) % 23) - 11) / 16);
    for (const engine of [simd, plain]) {
      const { tf } = engine;
      const network = createRecurrentNetwork(engine, { ...shape, rng: new Rng(1) });
      const { variables } = network;
      assign(
        engine,
        network,
        variables.map(({ shape }, i) => numbers(i, size(shape))),
      );
      const [outputs, ...gradients] = tf.tidy(() => {
        const x = tf.tensor2d(numbers(20, steps * rows * 3), [steps * rows, 3]);
        const h = tf.tensor2d(numbers(21, rows * 4), [rows, 4]);
        const c = tf.tensor2d(numbers(22, steps * rows * 2), [steps * rows, 2]);
        const play = (x: Tensor, h: Tensor) => unroll(engine, network, x as Tensor2D, { steps, states: h as Tensor2D });
        const inputs = tf.grads((x, h) => tf.sum(tf.mul(play(x, h), c)))([x, h]);
        const { grads } = tf.variableGrads(() => tf.sum(tf.mul(play(x, h), c)), [...variables]);
        return [play(x, h), ...variables.map(({ name }) => grads[name]), ...inputs].map((t) => t.dataSync());
      });
      expect(error(outputs, expected.outputs)).toBeLessThan(1e-5);
      expect(gradients).toHaveLength(expected.gradients.length);
      gradients.forEach((gradient, i) => {
        expect(error(gradient, expected.gradients[i])).toBeLessThan(1e-5);
      });
      disposeNetwork(network);
    }
  });

  /** Σ c y in float64, with episodes that begin and rows that do not live. */
  function reference(weights: readonly ArrayLike<number>[], data: ReturnType<typeof draw>): number {
    const { cells } = shape;
    const layers = (sizes: number[]) => ({ sizes, activation: "tanh" as const });
    const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
    const h = Array.from({ length: rows }, (_, i) => [...data.states.subarray(i * cells, (i + 1) * cells)]);
    let sum = 0;
    for (let t = 0, row = 0; t < steps; t++) {
      for (let i = 0; i < rows; i++, row++) {
        if (data.begins[row]) h[i].fill(0);
        if (data.lives[row]) {
          const seen = [...data.x.subarray(row * 3, row * 3 + 3)];
          const x = perceptron(layers([3, 5, 12]), weights.slice(0, 4), seen);
          const u = perceptron(layers([4, 12]), weights.slice(4, 6), h[i]);
          h[i] = h[i].map((before, c) => {
            const r = sigmoid(x[c] + u[c]);
            const z = sigmoid(x[4 + c] + u[4 + c]);
            return (1 - z) * Math.tanh(x[8 + c] + r * u[8 + c]) + z * before;
          });
        }
        const y = perceptron(layers([4, 6, 2]), weights.slice(6), h[i]);
        sum += y[0] * data.c[2 * row] + y[1] * data.c[2 * row + 1];
      }
    }
    return sum;
  }
  function draw(seed: number) {
    const rng = new Rng(seed, "unroll");
    const flags = (p: number) => Uint8Array.from({ length: steps * rows }, () => Number(rng.bernoulli(p)));
    const arrays = {
      x: normals(steps * rows * 3, rng),
      states: normals(rows * 4, rng),
      c: normals(steps * rows * 2, rng),
    };
    return { ...arrays, begins: flags(0.3), lives: flags(0.7) };
  }

  it("has the gradient of finite differences, over beginnings of episodes and rows that do not live", () => {
    for (const engine of [simd, plain]) {
      const { tf } = engine;
      const network = createRecurrentNetwork(engine, { ...shape, rng: new Rng(2) });
      const data = draw(4);
      const got = tf.tidy(() => {
        const states = tf.tensor2d(data.states, [rows, 4]);
        const loss = () => {
          const x = tf.tensor2d(data.x, [steps * rows, 3]);
          const y = unroll(engine, network, x, { steps, states, begins: data.begins, lives: data.lives });
          return tf.sum(tf.mul(y, tf.tensor2d(data.c, [steps * rows, 2]))) as never;
        };
        const { value, grads } = tf.variableGrads(loss, [...network.variables]);
        return [value, ...network.variables.map(({ name }) => grads[name])].map((t: Tensor) => t.dataSync());
      });
      const weights = exportWeights(network).map((array) => Float64Array.from(array));
      expect(got[0][0]).toBeCloseTo(reference(weights, data), 4);
      differences((parameters) => reference(parameters, data), weights).forEach((gradient, i) => {
        expect(error(got[i + 1], gradient)).toBeLessThan(1e-4);
      });
      disposeNetwork(network);
    }
  });

  it("acts as it is trained", () => {
    const network = createRecurrentNetwork(plain, { ...shape, rng: new Rng(3) });
    const acting = createRecurrent({ ...network, weights: exportWeights(network), maxRows: rows });
    const { x, states, begins, lives } = draw(5);
    const outputs = plain.tf.tidy(() => {
      const first = plain.tf.tensor2d(states, [rows, 4]);
      const seen = plain.tf.tensor2d(x, [steps * rows, 3]);
      return unroll(plain, network, seen, { steps, states: first, begins, lives }).dataSync();
    });
    acting.state.set(states);
    for (let t = 0; t < steps; t++) {
      acting.input.set(x.subarray(t * rows * 3, (t + 1) * rows * 3));
      for (let i = 0; i < rows; i++) if (begins[t * rows + i]) acting.state.fill(0, i * 4, i * 4 + 4);
      const out = acting.run(rows, lives.subarray(t * rows, (t + 1) * rows));
      expect(error(out, outputs.slice(t * rows * 2, (t + 1) * rows * 2))).toBeLessThan(1e-5);
      acting.state.set(acting.next);
    }
    disposeNetwork(network);
  });
});

describe("a player", () => {
  it("remembers what living rows saw where it is told who lives, in blocks as in one, and otherwise nothing", () => {
    const rows = 7;
    const common = { inputs: 3, encoder: [], cells: 5, hidden: [], outputs: 2, activation: "tanh" as const };
    const network = createRecurrentNetwork(plain, { ...common, rng: new Rng(4) });
    const whole = playerOf(network, rows);
    const blocks = playerOf(network, rows, 3);
    const every = Int32Array.from({ length: rows }, (_, row) => row);
    const seen = normals(rows * 3, new Rng(5));
    const lives = [1, 0, 1, 1, 1, 0, 1];
    const step = (player: Player, chosen: Int32Array, living?: number[]): number[] => {
      const out: number[] = [];
      for (let first = 0; first < chosen.length; first += player.maxRows) {
        const part = chosen.subarray(first, first + player.maxRows);
        part.forEach((row, i) => void player.input.set(seen.subarray(3 * row, 3 * row + 3), 3 * i));
        out.push(...player.run(part, living).subarray(0, 2 * part.length));
      }
      return out;
    };
    expect([whole.maxRows, blocks.maxRows]).toEqual([7, 3]);
    for (let t = 0; t < 3; t++) {
      expect(step(blocks, every, lives)).toEqual(step(whole, every, lives));
      expect(blocks.state).toEqual(whole.state);
    }
    const before = whole.state.slice();
    expect([...before.subarray(5, 10)]).toEqual([0, 0, 0, 0, 0]);
    expect(before.subarray(0, 5).every((cell) => cell !== 0)).toBe(true);
    const all = step(whole, every);
    expect(step(blocks, Int32Array.of(6, 2))).toEqual([...all.slice(12, 14), ...all.slice(4, 6)]);
    expect(whole.state).toEqual(before);
    expect(blocks.state).toEqual(before);
    disposeNetwork(network);
  });
});

describe("a PPO step on sequences", () => {
  interface Case {
    seed: number;
    length: number;
    chunks: number;
    rows: number;
    cells: number;
    encoder: number[];
    box: boolean;
    shared: boolean;
    central: boolean;
  }
  const cases: fc.Arbitrary<Case> = fc.record({
    seed: fc.integer(),
    length: fc.integer({ min: 1, max: 9 }),
    chunks: fc.integer({ min: 1, max: 3 }),
    rows: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 60, max: 150 })),
    cells: fc.integer({ min: 1, max: 9 }),
    encoder: fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 2 }),
    box: fc.boolean(),
    shared: fc.boolean(),
    central: fc.boolean(),
  });
  const options = {
    learningRate: 0.01,
    entropyCoefficient: 0.1,
    valueClip: 0.5,
    maxGradNorm: Number.POSITIVE_INFINITY,
  };

  function setUp(engine: Engine, { seed, length, cells, encoder, box, shared, central }: Case) {
    const rng = new Rng(seed, "model");
    const common = { activation: "tanh" as const, encoder, cells, hidden: [], rng };
    const outputs = (box ? 2 : 5) + (shared ? 1 : 0);
    const actor = createRecurrentNetwork(engine, { ...common, inputs: 3, outputs });
    const critic = shared
      ? null
      : createRecurrentNetwork(engine, { ...common, inputs: central ? 4 : 3, cells: cells + 1, outputs: 1 });
    const logStd = box ? createVariable(engine, Float32Array.of(-0.2, 0.1)) : null;
    const head: PpoModel["head"] = logStd ? { kind: "gaussian", logStd } : { kind: "categorical", sizes: [3, 2] };
    const model: PpoModel = { actor, critic, head, sequence: length };
    const ppo = createPpo(engine, model);
    const weights = () => [actor, ...(critic ? [critic] : [])].flatMap(exportWeights).flatMap((array) => [...array]);
    const dispose = () => {
      ppo.dispose();
      disposeNetwork(actor);
      if (critic) disposeNetwork(critic);
      logStd?.dispose();
    };
    return { ppo, weights, dispose };
  }

  function rolloutOf({ seed, length, chunks, rows, cells, box, shared, central }: Case): PpoRollout {
    const rng = new Rng(seed, "rollout");
    const total = length * chunks * rows;
    const flags = (p: number) => Uint8Array.from({ length: total }, () => Number(rng.bernoulli(p)));
    return {
      observations: normals(3 * total, rng),
      criticObservations: central && !shared ? normals(4 * total, rng) : undefined,
      actions: box
        ? normals(2 * total, rng)
        : Int32Array.from({ length: 2 * total }, (_, i) => rng.int(0, 3 - (i % 2))),
      logProbabilities: normals(total, rng).map((x) => 0.3 * x - (box ? 3 : 1.8)),
      ...{ advantages: normals(total, rng), returns: normals(total, rng), values: normals(total, rng) },
      weights: flags(0.8).map((alive, i) => (i === 0 ? 1 : alive)),
      sequences: {
        ...{ rows, length, begins: flags(0.2) },
        states: normals(chunks * rows * cells, rng),
        criticStates: normals(shared ? 0 : chunks * rows * (cells + 1), rng),
      },
    };
  }

  it("has the same gradient on the kernels and in tfjs, for any shape and minibatch", () => {
    fc.assert(
      fc.property(cases, fc.boolean(), (one, all) => {
        const rollout = rolloutOf(one);
        const order = new Rng(one.seed).shuffle([...Array(one.chunks * one.rows).keys()]);
        const chosen = all ? null : Int32Array.from(order.slice(0, Math.ceil(order.length / 2)));
        const results = [simd, plain].map((engine) => {
          const { ppo, dispose } = setUp(engine, one);
          const stats = ppo.update(rollout, chosen, options);
          // Adam's first moments after one step: a tenth of the gradient.
          const { moments } = ppo.adam.state();
          dispose();
          return { stats, gradient: moments.slice(0, moments.length / 2).flatMap((array) => [...array]) };
        });
        const [ours, twin] = results;
        expect(error(ours.gradient, twin.gradient)).toBeLessThan(2e-5);
        for (const [name, value] of Object.entries(twin.stats))
          expect(ours.stats[name as keyof typeof ours.stats]).toBeCloseTo(value, 4);
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  const one: Case = {
    ...{ seed: 1, length: 4, chunks: 2, rows: 5, cells: 6, encoder: [4] },
    ...{ box: false, shared: false, central: false },
  };

  it("refuses sequences that do not fit, and changes nothing", () => {
    for (const engine of [simd, plain]) {
      const { ppo, weights, dispose } = setUp(engine, one);
      const before = weights();
      const rollout = rolloutOf(one);
      const update = (change: object, chosen: number[] | null = null) =>
        ppo.update(
          { ...rollout, sequences: { ...rollout.sequences!, ...change } },
          chosen && Int32Array.from(chosen),
          options,
        );
      expect(() => ppo.update({ ...rollout, sequences: undefined }, null, options)).toThrow(/got a rollout without/);
      for (const wrong of [
        { length: 8 },
        { rows: 3 },
        { begins: new Uint8Array(4) },
        { states: new Float32Array(60 - 1) },
        { criticStates: new Float32Array(0) },
      ])
        expect(() => update(wrong)).toThrow(/expected 4 steps, 40 flags and \d+ states of 6 and 7 cells/);
      expect(() => update({}, [0, 10])).toThrow(/sequences\[1\] is 10, expected 0 to 9/);
      expect(() => update({ states: new Float32Array(60).fill(Number.NaN) })).toThrow(/norm is NaN/);
      expect(weights()).toEqual(before);
      dispose();
    }
  });

  it("has the same bits again, and holds on to no memory", () => {
    const [first, second] = [1, 2].map(() => {
      const { ppo, weights, dispose } = setUp(simd, one);
      for (let i = 0; i < 4; i++) ppo.update(rolloutOf({ ...one, seed: i }), null, options);
      const result = weights();
      dispose();
      return result;
    });
    expect(first).toEqual(second);
    for (const engine of [simd, plain]) {
      const { tf } = engine;
      const start = tf.memory().numTensors;
      const { ppo, dispose } = setUp(engine, one);
      const rollout = rolloutOf(one);
      ppo.update(rollout, null, options);
      const { numTensors } = tf.memory();
      for (let i = 0; i < 20; i++) ppo.update(rollout, null, options);
      expect(tf.memory().numTensors).toBe(numTensors);
      dispose();
      expect(tf.memory().numTensors).toBe(start);
    }
  });
});
