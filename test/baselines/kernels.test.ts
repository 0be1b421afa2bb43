import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { PpoOptions, PpoRollout, PpoStats } from "../../baselines/ppo/minibatch.ts";
import { createPpo } from "../../baselines/ppo/ppo.ts";
import { createAdam } from "../../baselines/tf/adam.ts";
import { dense } from "../../baselines/tf/dense.ts";
import { loadEngine } from "../../baselines/tf/engine.ts";
import { createNetwork, createVariable, disposeNetwork, forward, importWeights } from "../../baselines/tf/network.ts";
import type { Engine } from "../../baselines/tf/tf.ts";
import type { Activation } from "../../src/policy/network/forward.ts";
import { Rng } from "../../src/random/rng.ts";
import { differences, error, network, ppoLoss, type ReferenceProblem } from "./ppo-reference.ts";

let simd: Engine;
let plain: Engine;
beforeAll(async () => {
  simd = await loadEngine();
  plain = await loadEngine({ kernels: false });
  expect([simd.kernels, plain.kernels]).toEqual([true, false]);
});

const normals = (length: number, rng: Rng) => Float32Array.from({ length }, () => rng.normal());
const activation = fc.constantFrom<Activation>("linear", "tanh", "relu");

describe("dense", () => {
  /** y and the gradients of Σ c y in x, W and b. */
  function run(engine: Engine, shape: [number, number, number], act: Activation, seed: number): Float32Array[] {
    const { tf } = engine;
    const [rows, inputs, outputs] = shape;
    const rng = new Rng(seed);
    return tf.tidy(() => {
      const x = tf.tensor2d(normals(rows * inputs, rng), [rows, inputs]);
      const w = tf.tensor2d(
        normals(inputs * outputs, rng).map((x) => 0.3 * x),
        [inputs, outputs],
      );
      const b = tf.tensor1d(normals(outputs, rng));
      const c = tf.tensor2d(normals(rows * outputs, rng), [rows, outputs]);
      const layer = (...[x, w, b]: Tensor[]) => dense(engine, x as Tensor2D, w as Tensor2D, b, act);
      const gradients = tf.grads((...args: Tensor[]) => tf.sum(tf.mul(layer(...args), c)))([x, w, b]);
      return [layer(x, w, b), ...gradients].map((tensor) => tensor.dataSync() as Float32Array);
    });
  }

  it("agrees with its tfjs twin for any shape", () => {
    const size = fc.integer({ min: 1, max: 21 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), size, size, activation, fc.integer(), (rows, n, m, act, seed) => {
        const [ours, twin] = [simd, plain].map((engine) => run(engine, [rows, n, m], act, seed));
        ours.forEach((array, i) => {
          expect(error(array, twin[i])).toBeLessThan(2e-6);
        });
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it("agrees with finite differences", () => {
    for (const act of ["linear", "tanh", "relu"] as const) {
      const [rows, inputs, outputs] = [5, 3, 6];
      const [, , dw, db] = run(simd, [rows, inputs, outputs], act, 7);
      const rng = new Rng(7);
      const [x, w, b, c] = [rows * inputs, inputs * outputs, outputs, rows * outputs].map((n) => [...normals(n, rng)]);
      w.forEach((value, i) => {
        w[i] = 0.3 * value;
      });
      // The reference network's last layer is linear: one more, the identity, shows the layer's own output.
      const identity = Float64Array.from({ length: outputs ** 2 }, (_, i) => (i % (outputs + 1) === 0 ? 1 : 0));
      const f = ([w, b]: Float64Array[]) => {
        let sum = 0;
        for (let row = 0; row < rows; row++) {
          const input = x.slice(row * inputs, (row + 1) * inputs);
          const mlp = { sizes: [inputs, outputs, outputs], activation: act };
          const y = network(mlp, [w, b, identity, new Float64Array(outputs)], input);
          y.forEach((value, j) => {
            sum += value * c[row * outputs + j];
          });
        }
        return sum;
      };
      const [wDifferences, bDifferences] = differences(f, [new Float64Array(w), new Float64Array(b)]);
      expect(error(dw, wDifferences)).toBeLessThan(2e-6);
      expect(error(db, bDifferences)).toBeLessThan(2e-6);
    }
  });

  it("lets gradients through two networks in a row, as differentiable messages need", () => {
    const gradient = (engine: Engine) => {
      const { tf } = engine;
      const rng = new Rng(3, "messages");
      const [speaker, listener] = [
        [4, 8, 3],
        [5, 8, 1],
      ].map((sizes) => createNetwork(engine, { sizes, activation: "tanh", rng }));
      const [seen, own] = [tf.tensor2d(normals(40, rng), [10, 4]), tf.tensor2d(normals(20, rng), [10, 2])];
      const { grads, value } = tf.variableGrads(() => {
        const message = forward(engine, speaker, seen);
        return tf.mean(tf.square(forward(engine, listener, tf.concat([message, own], 1)))) as Scalar;
      }, [...speaker.variables]);
      const results = speaker.variables.map((variable) => grads[variable.name].dataSync());
      tf.dispose([seen, own, value, ...Object.values(grads)]);
      [speaker, listener].map(disposeNetwork);
      return results;
    };
    const twin = gradient(plain);
    gradient(simd).forEach((array, i) => {
      expect(error(array, twin[i])).toBeLessThan(5e-6);
    });
    expect(error(twin[0], [0])).toBe(Number.POSITIVE_INFINITY);
    expect(twin[0].some((g) => Math.abs(g) > 1e-4)).toBe(true);
  });

  it("refuses shapes that do not fit", () => {
    const { tf } = simd;
    tf.tidy(() => {
      const x = tf.zeros([2, 3]) as Tensor2D;
      expect(() => dense(simd, x, tf.zeros([4, 2]), tf.zeros([2]), "tanh")).toThrow(/x \[2,3\].*W \[4,2\]/);
      expect(() => dense(simd, x, tf.zeros([3, 2]), tf.zeros([3]), "tanh")).toThrow(/b \[3\]/);
    });
  });
});

describe("adam", () => {
  it("follows the equations, clipped and not", () => {
    for (const engine of [simd, plain]) {
      const rng = new Rng(1, "adam");
      const shapes = [[3, 7], [7], [1], [4, 4]];
      const variables = shapes.map((shape) => createVariable(engine, normals(size(shape), rng), shape));
      const expected = variables.map((variable) => Float64Array.from(variable.dataSync()));
      const adam = createAdam(engine, variables, { beta1: 0.8, beta2: 0.95, epsilon: 1e-4 });
      const first = expected.map((array) => new Float64Array(array.length));
      const second = expected.map((array) => new Float64Array(array.length));
      for (let t = 1; t <= 20; t++) {
        const gradients = shapes.map((shape) => normals(size(shape), rng));
        const maxGradNorm = t % 2 ? 0.7 : undefined;
        const tensors = gradients.map((g, i) => engine.tf.tensor(g, shapes[i]));
        const norm = adam.step(tensors, { learningRate: 0.01, maxGradNorm });
        engine.tf.dispose(tensors);
        const truth = Math.hypot(...gradients.flatMap((g) => [...g]));
        expect(norm / truth).toBeCloseTo(1, 6);
        const scale = maxGradNorm ? maxGradNorm / truth : 1;
        gradients.forEach((gradient, i) => {
          gradient.forEach((raw, j) => {
            const g = raw * scale;
            first[i][j] = 0.8 * first[i][j] + 0.2 * g;
            second[i][j] = 0.95 * second[i][j] + 0.05 * g * g;
            const root = Math.sqrt(second[i][j] / (1 - 0.95 ** t)) + 1e-4;
            expected[i][j] -= (0.01 * first[i][j]) / (1 - 0.8 ** t) / root;
          });
        });
      }
      variables.forEach((variable, i) => {
        expect(error(variable.dataSync(), expected[i])).toBeLessThan(1e-6);
      });
      adam.dispose();
      engine.tf.dispose(variables);
    }
  });

  it("refuses a gradient that is not finite, and changes nothing", () => {
    for (const engine of [simd, plain]) {
      const variable = createVariable(engine, new Float32Array([1, 2, 3]));
      const adam = createAdam(engine, [variable]);
      const bad = engine.tf.tensor1d([1, Number.NaN, 1]);
      expect(() => adam.step([bad], { learningRate: 0.1 })).toThrow(/norm is NaN/);
      expect([...variable.dataSync()]).toEqual([1, 2, 3]);
      expect(() => createAdam(engine, [variable], { beta1: 1 })).toThrow(/β₁ 1/);
      adam.dispose();
      engine.tf.dispose([bad, variable]);
    }
  });

  it("starts afresh after reset", () => {
    for (const engine of [simd, plain]) {
      const variable = createVariable(engine, new Float32Array([0]));
      const adam = createAdam(engine, [variable], { epsilon: 1e-8 });
      const step = (g: number) =>
        engine.tf.tidy(() => adam.step([engine.tf.tensor1d([g])], { learningRate: 1 }) && variable.dataSync()[0]);
      expect(step(5)).toBeCloseTo(-1, 5);
      adam.reset();
      expect(step(-3)).toBeCloseTo(0, 5);
      adam.dispose();
      variable.dispose();
    }
  });
});

const size = (shape: number[]) => shape.reduce((product, n) => product * n, 1);

interface Case {
  problem: ReferenceProblem;
  parameters: Float32Array[];
}

/** A random problem: a network or two, a head, masks, weights, both kinds of clipping or not. */
const problems: fc.Arbitrary<Case> = fc
  .record({
    seed: fc.integer(),
    rows: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 60, max: 140 })),
    inputs: fc.integer({ min: 1, max: 6 }),
    hidden: fc.integer({ min: 1, max: 7 }),
    heads: fc.option(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }), { nil: null, freq: 3 }),
    shared: fc.boolean(),
    inTurn: fc.boolean(),
    taught: fc.boolean(),
    masked: fc.boolean(),
    weighted: fc.boolean(),
    valueClip: fc.constantFrom(0.3, Number.POSITIVE_INFINITY),
    act: activation,
  })
  .map(({ seed, rows, inputs, hidden, heads, inTurn, taught: isTaught, shared, masked, weighted, valueClip, act }) => {
    const rng = new Rng(seed, "problem");
    const width = heads ? heads.reduce((sum, n) => sum + n, 0) : 3;
    const turns = inTurn && heads !== null && heads.length > 1;
    const actor = { sizes: [inputs, hidden, width + (shared ? 1 : 0)], activation: act };
    const critic = shared ? null : { sizes: [inputs, 5, 1], activation: act };
    const parameters = [actor, ...(critic ? [critic] : [])].flatMap(({ sizes: [a, b, c] }) =>
      [a * b, b, b * c, c].map((n) => normals(n, rng).map((x) => 0.5 * x)),
    );
    const observations = [...normals(rows * inputs, rng)];
    if (!heads) parameters.push(normals(width, rng).map((x) => 0.3 * x));
    else if (turns) parameters.push(normals(width * width, rng));
    const mask = masked && heads ? Array.from({ length: rows * width }, () => Number(rng.bernoulli(0.7))) : null;
    const actions: number[] = [];
    const taught: number[] = [];
    for (let row = 0; row < rows; row++) {
      let offset = row * width;
      if (!heads) {
        const means = network(actor, parameters, observations.slice(row * inputs, (row + 1) * inputs));
        for (let j = 0; j < width; j++)
          actions.push(Math.fround(means[j] + Math.exp(parameters.at(-1)![j]) * rng.normal()));
        for (let j = 0; j < width && isTaught; j++) taught.push(Math.fround(means[j] + rng.normal()));
      }
      for (const n of heads ?? []) {
        const action = rng.int(0, n);
        if (mask) mask[offset + action] = 1;
        actions.push(action);
        if (isTaught) {
          const said = rng.int(0, n);
          if (mask) mask[offset + said] = 1;
          taught.push(said);
        }
        offset += n;
      }
    }
    const weights = Array.from({ length: rows }, () =>
      weighted ? Math.fround(rng.bernoulli(0.3) ? 0 : rng.float()) : 1,
    );
    weights[0] = 1;
    const problem: ReferenceProblem = {
      actor,
      critic,
      heads,
      inTurn: turns,
      width,
      rows,
      actions,
      taught: isTaught ? taught : null,
      held: heads ? [] : [...parameters[parameters.length - 1]],
      mask,
      weights,
      valueClip,
      observations,
      logProbabilities: [],
      advantages: [...normals(rows, rng)],
      returns: [...normals(rows, rng)],
      values: [...normals(rows, rng)],
      clip: 0.2,
      entropyCoefficient: 0.1,
      valueCoefficient: 0.7,
      teacherCoefficient: isTaught ? 0.4 : 0,
    };
    // Old probabilities are near the present ones, so that ratios lie on both sides of the clip range.
    for (let row = 0; row < rows; row++) {
      const alone = { ...problem, weights: weights.map((_, i) => Number(i === row)) };
      const advantages = problem.advantages.map(() => 1);
      const { stats } = ppoLoss(
        { ...alone, advantages, clip: 1e9, logProbabilities: problem.advantages.map(() => 0) },
        parameters.map((array) => Float64Array.from(array)),
      );
      problem.logProbabilities.push(Math.fround(Math.log(-stats.policyLoss) + 0.3 * rng.normal()));
    }
    return { problem, parameters };
  });

function build(engine: Engine, { problem, parameters }: Case, learningRate: number, epsilon: number) {
  const rng = new Rng(0);
  const actor = createNetwork(engine, { ...problem.actor, rng });
  const critic = problem.critic && createNetwork(engine, { ...problem.critic, rng });
  importWeights(engine, actor, parameters.slice(0, 4));
  if (critic) importWeights(engine, critic, parameters.slice(4, 8));
  const logStd = problem.heads ? null : createVariable(engine, parameters[parameters.length - 1]);
  const { width } = problem;
  const earlier = problem.inTurn ? createVariable(engine, parameters[parameters.length - 1], [width, width]) : null;
  const head = logStd
    ? { kind: "gaussian" as const, logStd }
    : { kind: "categorical" as const, sizes: problem.heads!, earlier };
  const ppo = createPpo(engine, { actor, critic, head }, { beta1: 0, beta2: 0, epsilon });
  const rollout: PpoRollout = {
    observations: Float32Array.from(problem.observations),
    actions: problem.heads ? Int32Array.from(problem.actions) : Float32Array.from(problem.actions),
    taught: problem.taught
      ? problem.heads
        ? Int32Array.from(problem.taught)
        : Float32Array.from(problem.taught)
      : undefined,
    logProbabilities: Float32Array.from(problem.logProbabilities),
    advantages: Float32Array.from(problem.advantages),
    returns: Float32Array.from(problem.returns),
    values: Float32Array.from(problem.values),
    mask: problem.mask && Uint8Array.from(problem.mask),
    weights: Float32Array.from(problem.weights),
  };
  const options: PpoOptions = {
    learningRate,
    clip: problem.clip,
    valueClip: problem.valueClip,
    entropyCoefficient: problem.entropyCoefficient,
    valueCoefficient: problem.valueCoefficient,
    teacherCoefficient: problem.teacherCoefficient,
    maxGradNorm: Number.POSITIVE_INFINITY,
    normaliseAdvantages: false,
  };
  const dispose = () => {
    ppo.dispose();
    [actor, ...(critic ? [critic] : [])].map(disposeNetwork);
    logStd?.dispose();
    earlier?.dispose();
  };
  return { ppo, rollout, options, dispose };
}

/** Gradients and statistics of one step. With β = 0 and a huge ε Adam moves by rate · g / ε, which shows g. */
function gradients(engine: Engine, given: Case): { gradients: Float64Array[]; stats: PpoStats } {
  const [epsilon, amplification] = [1e15, 1e5];
  const { ppo, rollout, options, dispose } = build(engine, given, epsilon * amplification, epsilon);
  const stats = ppo.update(rollout, null, options);
  const result = ppo.adam.variables.map((variable, i) =>
    Float64Array.from(variable.dataSync(), (value, j) => (given.parameters[i][j] - value) / amplification),
  );
  dispose();
  return { gradients: result, stats };
}

const flat = (arrays: ArrayLike<number>[]) => arrays.flatMap((array) => Array.from(array));

describe("the PPO step", () => {
  it("has the gradient and statistics of its tfjs twin", () => {
    fc.assert(
      fc.property(problems, (given) => {
        const [ours, twin] = [simd, plain].map((engine) => gradients(engine, given));
        expect(error(flat(ours.gradients), flat(twin.gradients))).toBeLessThan(5e-6);
        for (const name of Object.keys(twin.stats) as (keyof PpoStats)[]) {
          expect(Math.abs(ours.stats[name]! - twin.stats[name]!)).toBeLessThan(
            5e-6 * (1 + Math.abs(twin.stats[name]!)),
          );
        }
      }),
      { seed: 11, numRuns: 40 },
    );
  });

  it("has the gradient and statistics of the equations in float64", () => {
    fc.assert(
      fc.property(problems, (given) => {
        const { gradients: ours, stats } = gradients(simd, given);
        const parameters = given.parameters.map((array) => Float64Array.from(array));
        const truth = ppoLoss(given.problem, parameters);
        const exact = differences((p) => ppoLoss(given.problem, p).loss, parameters, 1e-6);
        expect(error(flat(ours), flat(exact))).toBeLessThan(5e-6);
        for (const name of Object.keys(truth.stats) as (keyof typeof truth.stats)[]) {
          expect(Math.abs(stats[name]! - truth.stats[name])).toBeLessThan(5e-6 * (1 + Math.abs(truth.stats[name])));
        }
        expect(stats.gradNorm / Math.hypot(...flat(exact))).toBeCloseTo(1, 5);
      }),
      { seed: 12, numRuns: 25 },
    );
  });
});
