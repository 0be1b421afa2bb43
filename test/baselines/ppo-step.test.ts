import { beforeAll, describe, expect, it } from "vitest";
import type { PpoRollout } from "../../baselines/ppo/minibatch.ts";
import { createPpo } from "../../baselines/ppo/ppo.ts";
import { createAdam } from "../../baselines/tf/adam.ts";
import { loadEngine } from "../../baselines/tf/engine.ts";
import { createNetwork, createVariable, disposeNetwork, exportWeights } from "../../baselines/tf/network.ts";
import type { Engine } from "../../baselines/tf/tf.ts";
import { logProbability, sampleCategorical } from "../../src/policy/network/categorical.ts";
import { createForward } from "../../src/policy/network/forward.ts";
import { Rng } from "../../src/random/rng.ts";
import { error } from "./ppo-reference.ts";

let engines: Engine[];
let simd: Engine;
beforeAll(async () => {
  simd = await loadEngine();
  engines = [simd, await loadEngine({ kernels: false })];
});

const HEADS = [3, 2];
const INPUTS = 5;
const options = { learningRate: 0.01, entropyCoefficient: 0.01, valueClip: 0.5 };

function setUp(engine: Engine, seed = 1) {
  const rng = new Rng(seed, "ppo-step");
  const actor = createNetwork(engine, { sizes: [INPUTS, 8, 5], activation: "tanh", rng });
  const critic = createNetwork(engine, { sizes: [INPUTS, 6, 1], activation: "relu", rng });
  const ppo = createPpo(engine, { actor, critic, head: { kind: "categorical", sizes: HEADS } });
  const weights = () => [actor, critic].flatMap(exportWeights).flatMap((array) => [...array]);
  const dispose = () => {
    ppo.dispose();
    disposeNetwork(actor);
    disposeNetwork(critic);
  };
  return { actor, critic, ppo, weights, dispose };
}

function randomRollout(rows: number, seed = 2) {
  const rng = new Rng(seed, "rollout");
  const normals = (length: number) => Float32Array.from({ length }, () => rng.normal());
  return {
    observations: normals(rows * INPUTS),
    actions: Int32Array.from({ length: rows * 2 }, (_, i) => rng.int(0, HEADS[i % 2])),
    logProbabilities: normals(rows).map((x) => 0.2 * x - 1.8),
    advantages: normals(rows),
    returns: normals(rows),
    values: normals(rows),
    mask: new Uint8Array(rows * 5).fill(1),
    weights: new Float32Array(rows).fill(1),
  };
}

/** The rows of a rollout, copied out. */
function pick(rollout: ReturnType<typeof randomRollout>, rows: number[]): PpoRollout {
  const total = rollout.advantages.length;
  const copy = <T extends Float32Array | Int32Array | Uint8Array>(array: T): T => {
    const width = array.length / total;
    const out = array.slice(0, rows.length * width) as T;
    rows.forEach((row, i) => {
      out.set(array.subarray(row * width, (row + 1) * width), i * width);
    });
    return out;
  };
  return Object.fromEntries(
    Object.entries(rollout).map(([name, array]) => [name, copy(array)]),
  ) as unknown as PpoRollout;
}

describe("a PPO step", () => {
  it("takes the rows that it is told to, in that order", () => {
    const rollout = randomRollout(150);
    const rows = [...new Rng(3).shuffle([...Array(150).keys()])].slice(0, 101);
    for (const engine of engines) {
      const [indexed, copied] = [setUp(engine), setUp(engine)];
      const stats = indexed.ppo.update(rollout, Int32Array.from(rows), options);
      expect(copied.ppo.update(pick(rollout, rows), null, options)).toEqual(stats);
      expect(indexed.weights()).toEqual(copied.weights());
      indexed.dispose();
      copied.dispose();
    }
  });

  it("leaves rows of weight 0 out, whatever is in them", () => {
    const rollout = randomRollout(90);
    const alive = [...Array(90).keys()].filter((row) => row % 3 !== 1);
    for (const engine of engines) {
      const [masked, copied] = [setUp(engine), setUp(engine)];
      const expected = copied.ppo.update(pick(rollout, alive), null, options);
      const spoilt = { ...randomRollout(90) };
      for (let row = 1; row < 90; row += 3) {
        spoilt.weights[row] = 0;
        spoilt.actions[row * 2] = -7;
        spoilt.observations[row * INPUTS] = Number.NaN;
        spoilt.advantages[row] = Number.NaN;
        spoilt.mask.fill(0, row * 5, row * 5 + 5);
      }
      expect(masked.ppo.update(spoilt, null, options)).toEqual(expected);
      expect(masked.weights()).toEqual(copied.weights());
      const nobody = { ...spoilt, weights: new Float32Array(90) };
      expect(masked.ppo.update(nobody, null, options)).toMatchObject({ weight: 0, gradNorm: 0, entropy: 0 });
      expect(masked.weights()).toEqual(copied.weights());
      masked.dispose();
      copied.dispose();
    }
  });

  it("normalises advantages over the minibatch by weight", () => {
    const rollout = randomRollout(50);
    rollout.weights.forEach((_, i) => {
      rollout.weights[i] = 1 + (i % 3);
    });
    const total = rollout.weights.reduce((sum, w) => sum + w, 0);
    const mean = rollout.advantages.reduce((sum, a, i) => sum + a * rollout.weights[i], 0) / total;
    const variance = rollout.advantages.reduce((sum, a, i) => sum + (a - mean) ** 2 * rollout.weights[i], 0) / total;
    const normalised = { ...rollout, advantages: rollout.advantages.map((a) => (a - mean) / Math.sqrt(variance)) };
    for (const engine of engines) {
      const [ours, theirs] = [setUp(engine), setUp(engine)];
      const stats = ours.ppo.update(rollout, null, options);
      const expected = theirs.ppo.update(normalised, null, { ...options, normaliseAdvantages: false });
      expect(stats.policyLoss).toBeCloseTo(expected.policyLoss, 6);
      expect(error(ours.weights(), theirs.weights())).toBeLessThan(1e-4);
      ours.dispose();
      theirs.dispose();
    }
  });

  it("gives the critic inputs of its own when there are some", () => {
    for (const engine of engines) {
      const rng = new Rng(5);
      const actor = createNetwork(engine, { sizes: [2, 2], activation: "tanh", rng });
      const critic = createNetwork(engine, { sizes: [3, 1], activation: "tanh", rng });
      const ppo = createPpo(engine, { actor, critic, head: { kind: "categorical", sizes: [2] } });
      const rollout: PpoRollout = {
        observations: new Float32Array(2 * 8),
        criticObservations: Float32Array.from({ length: 3 * 8 }, () => rng.normal()),
        actions: new Int32Array(8),
        logProbabilities: new Float32Array(8).fill(-Math.LN2),
        advantages: new Float32Array(8),
        returns: Float32Array.from({ length: 8 }, (_, i) => i),
      };
      const values = createForward({ ...critic, weights: exportWeights(critic), maxRows: 8 });
      values.input.set(rollout.criticObservations as Float32Array);
      const expected = values.run(8).reduce((sum, v, i) => sum + (v - i) ** 2 / 16, 0);
      expect(ppo.update(rollout, null, { learningRate: 0.01 }).valueLoss).toBeCloseTo(expected, 4);
      const { criticObservations: _, ...without } = rollout;
      expect(() => ppo.update(without, null, { learningRate: 0.01 })).toThrow(
        /observations has 16 values, expected 24/,
      );
      ppo.dispose();
      disposeNetwork(actor);
      disposeNetwork(critic);
    }
  });

  it("stays together with its twin over many steps", () => {
    const rollout = randomRollout(200);
    const results = engines.map((engine) => {
      const { ppo, weights, dispose } = setUp(engine);
      for (let i = 0; i < 30; i++) ppo.update(rollout, null, options);
      const result = weights();
      dispose();
      return result;
    });
    expect(error(results[0], results[1])).toBeLessThan(1e-3);
  });

  it("has the same bits again", () => {
    const [first, second] = [1, 2].map(() => {
      const { ppo, weights, dispose } = setUp(simd);
      for (let i = 0; i < 5; i++) ppo.update(randomRollout(77, i), null, options);
      const result = weights();
      dispose();
      return result;
    });
    expect(first).toEqual(second);
  });

  it("refuses what makes no sense, and changes nothing", () => {
    for (const engine of engines) {
      const { ppo, weights, dispose, actor } = setUp(engine);
      const before = weights();
      const update = (changes: Partial<PpoRollout>, rows: number[] | null = null) => {
        ppo.update({ ...randomRollout(6), ...changes }, rows && Int32Array.from(rows), options);
      };
      expect(() => update({ actions: new Int32Array(12).fill(2) })).toThrow(/row 0, head 1: action 2.*0 to 1/);
      expect(() => update({ actions: new Float32Array(12).fill(0.5) })).toThrow(/action 0.5/);
      expect(() => update({ mask: new Uint8Array(30) })).toThrow(/row 0, head 0: the mask forbids/);
      expect(() => update({ weights: new Float32Array(6).fill(-1) })).toThrow(/weights\[0\] is -1/);
      expect(() => update({ weights: new Float32Array(6).fill(Number.NaN) })).toThrow(/weights\[0\] is NaN/);
      expect(() => update({ returns: new Float32Array(5) })).toThrow(/returns has 5 values, expected 6/);
      expect(() => update({ values: undefined })).toThrow(/valueClip.*values/);
      for (const name of [
        "learningRate",
        "clip",
        "valueClip",
        "entropyCoefficient",
        "valueCoefficient",
        "maxGradNorm",
      ]) {
        const spoilt = { ...options, [name]: Number.NaN };
        expect(() => ppo.update(randomRollout(6), null, spoilt)).toThrow(new RegExp(`${name} is NaN`));
      }
      expect(() => update({}, [0, 6])).toThrow(/rows\[1\] is 6, expected 0 to 5/);
      const holed = randomRollout(6).observations;
      holed[7] = Number.NaN;
      expect(() => update({ observations: holed })).toThrow(/norm is NaN/);
      expect(() => update({ logProbabilities: new Float32Array(6).fill(-1 / 0) })).toThrow(/ln probability -Infinity/);
      expect(weights()).toEqual(before);
      // Nothing of what was refused lingers in the scratch memory.
      expect(Number.isFinite(ppo.update(randomRollout(5), null, options).gradNorm)).toBe(true);
      expect(() => createPpo(engine, { actor, critic: null, head: { kind: "categorical", sizes: HEADS } })).toThrow(
        /actor has 5 outputs, expected 6: 5 for the categorical head and the value/,
      );
      dispose();
    }
  });
});

describe("memory", () => {
  it("stays flat over 1000 steps, and is given back", () => {
    for (const engine of engines) {
      const { tf } = engine;
      const start = tf.memory();
      const { ppo, dispose } = setUp(engine);
      const logStd = createVariable(engine, new Float32Array(2));
      const gaussian = createNetwork(engine, { sizes: [INPUTS, 3], activation: "tanh", rng: new Rng(1) });
      const box = createPpo(engine, { actor: gaussian, critic: null, head: { kind: "gaussian", logStd } });
      const rollout = randomRollout(8);
      const boxRollout = { ...rollout, mask: null, actions: Float32Array.from(rollout.actions) };
      const steps = engine.kernels ? 1000 : 30;
      ppo.update(rollout, null, options);
      box.update(boxRollout, null, options);
      const { numTensors, numDataBuffers, numBytes } = tf.memory();
      const heap = engine.simd?.memory.buffer.byteLength;
      for (let i = 0; i < steps; i++) {
        ppo.update(rollout, null, options);
        box.update(boxRollout, null, options);
      }
      expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
      expect(engine.simd?.memory.buffer.byteLength).toBe(heap);
      dispose();
      box.dispose();
      disposeNetwork(gaussian);
      logStd.dispose();
      expect(tf.memory()).toMatchObject({ numTensors: start.numTensors, numDataBuffers: start.numDataBuffers });
    }
  });

  it("gives the heap's regions back: making and disposing in a loop does not grow it", () => {
    const large = createVariable(simd, new Float32Array(50_000));
    setUp(simd).dispose();
    const heap = simd.simd!.memory.buffer.byteLength;
    for (let i = 0; i < 1000; i++) {
      setUp(simd).dispose();
      createAdam(simd, [large]).dispose();
    }
    expect(simd.simd!.memory.buffer.byteLength).toBe(heap);
    large.dispose();
  });

  it("may grow between steps", () => {
    const run = (grow: boolean) => {
      const { ppo, weights, dispose } = setUp(simd);
      const held = [];
      for (let i = 0; i < 4; i++) {
        ppo.update(randomRollout(70, i), null, options);
        const before = simd.simd!.memory.buffer;
        if (grow) held.push(simd.tf.zeros([before.byteLength / 4]));
        expect(simd.simd!.memory.buffer === before).toBe(!grow);
      }
      simd.tf.dispose(held);
      const result = weights();
      dispose();
      return result;
    };
    expect(run(true)).toEqual(run(false));
  });
});

describe("learning", () => {
  it("finds the rewarded choice among those the mask allows", () => {
    for (const engine of engines) {
      const rng = new Rng(9, "bandit");
      const actor = createNetwork(engine, { sizes: [2, 8, 4], activation: "tanh", rng, outputGain: 0.01 });
      const critic = createNetwork(engine, { sizes: [2, 8, 1], activation: "tanh", rng });
      const ppo = createPpo(engine, { actor, critic, head: { kind: "categorical", sizes: [4] } });
      const acting = createForward({ ...actor, weights: exportWeights(actor), maxRows: 64 });
      const mask = Uint8Array.from({ length: 64 * 4 }, (_, i) => (i % 4 === 3 ? 0 : 1));
      let mean = 0;
      for (let iteration = 0; iteration < 30; iteration++) {
        for (let i = 0; i < 128; i++) acting.input[i] = rng.normal();
        const logits = acting.run(64);
        const actions = new Int32Array(64);
        const logp = new Float32Array(64);
        const reward = new Float32Array(64);
        for (let row = 0; row < 64; row++) {
          actions[row] = sampleCategorical(logits, row * 4, 4, mask, row * 4, rng);
          logp[row] = logProbability(logits, row * 4, 4, mask, row * 4, actions[row]);
          // Which of 0 and 1 is right depends on the observation; 2 is always wrong, 3 forbidden.
          reward[row] = actions[row] === (acting.input[row * 2] > 0 ? 1 : 0) ? 1 : 0;
        }
        mean = reward.reduce((sum, r) => sum + r, 0) / 64;
        const rollout = {
          observations: acting.input,
          actions,
          logProbabilities: logp,
          advantages: reward,
          returns: reward,
          mask,
        };
        const first = ppo.update(rollout, null, { learningRate: 0.02 });
        // Acting and training agree on the probabilities.
        expect(first.approxKl).toBeLessThan(1e-5);
        for (let epoch = 1; epoch < 4; epoch++) ppo.update(rollout, null, { learningRate: 0.02 });
        acting.setWeights(exportWeights(actor));
      }
      expect(mean).toBeGreaterThan(0.9);
      ppo.dispose();
      disposeNetwork(actor);
      disposeNetwork(critic);
    }
  });
});
