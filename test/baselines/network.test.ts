import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { createAdam } from "../../baselines/tf/adam.ts";
import { loadEngine } from "../../baselines/tf/engine.ts";
import {
  copyWeights,
  createNetwork,
  disposeNetwork,
  exportWeights,
  forward,
  importWeights,
  minimise,
  orthogonal,
} from "../../baselines/tf/network.ts";
import type { Engine } from "../../baselines/tf/tf.ts";
import { createForward } from "../../src/policy/network/forward.ts";
import { Rng } from "../../src/random/rng.ts";

let engines: Engine[];
beforeAll(async () => {
  engines = [await loadEngine(), await loadEngine({ kernels: false })];
});

const normals = (length: number, rng: Rng) => Float32Array.from({ length }, () => rng.normal());

describe("a network", () => {
  it("starts orthogonal, from the stream alone", () => {
    for (const [rows, columns] of [
      [7, 4],
      [4, 7],
      [5, 5],
      [1, 3],
    ]) {
      const w = orthogonal(rows, columns, 2, new Rng(1));
      const count = Math.min(rows, columns);
      const at = (vector: number, i: number) => (rows >= columns ? w[i * columns + vector] : w[vector * columns + i]);
      for (let a = 0; a < count; a++) {
        for (let b = 0; b < count; b++) {
          let dot = 0;
          for (let i = 0; i < Math.max(rows, columns); i++) dot += at(a, i) * at(b, i);
          expect(dot).toBeCloseTo(a === b ? 4 : 0, 5);
        }
      }
    }
    const [first, second] = engines.map((engine) => {
      const network = createNetwork(engine, {
        sizes: [4, 6, 2],
        activation: "tanh",
        rng: new Rng(3),
        outputGain: 0.01,
      });
      const weights = exportWeights(network);
      disposeNetwork(network);
      return weights;
    });
    expect(first).toEqual(second);
    expect(first.map((array) => array.length)).toEqual([24, 6, 12, 2]);
    expect(Math.hypot(...first[2])).toBeCloseTo(0.01 * Math.SQRT2, 6);
    expect(() => createNetwork(engines[0], { sizes: [3], activation: "tanh", rng: new Rng(1) })).toThrow(/sizes \[3\]/);
  });

  it("has the same outputs in training as in acting: the very bits on the kernels", () => {
    const rng = new Rng(4);
    const network = createNetwork(engines[0], { sizes: [9, 17, 11, 6], activation: "tanh", rng });
    const input = normals(130 * 9, rng);
    const acting = createForward({ ...network, weights: exportWeights(network), maxRows: 130 });
    acting.input.set(input);
    acting.run(130);
    const [simd, plain] = engines.map((engine) =>
      engine.tf.tidy(() => forward(engine, network, engine.tf.tensor2d(input, [130, 9])).dataSync()),
    );
    expect(simd).toEqual(acting.output);
    plain.forEach((value, i) => {
      expect(Math.abs(value - simd[i])).toBeLessThan(2e-6);
    });
    disposeNetwork(network);
  });

  it("gives its weights out and takes them back; refuses wrong ones without changing anything", () => {
    for (const engine of engines) {
      const rng = new Rng(5);
      const [a, b] = [1, 2].map(() => createNetwork(engine, { sizes: [3, 4, 2], activation: "relu", rng }));
      const weights = exportWeights(a);
      expect(exportWeights(b)).not.toEqual(weights);
      importWeights(engine, b, weights);
      expect(exportWeights(b)).toEqual(weights);
      const bad = weights.map((array) => array.slice());
      bad[3][1] = Number.POSITIVE_INFINITY;
      expect(() => importWeights(engine, b, bad)).toThrow(/b1\[1\] is Infinity/);
      expect(() => importWeights(engine, b, weights.slice(1))).toThrow(/arrays of \[4, 8, 2\]/);
      expect(exportWeights(b)).toEqual(weights);
      weights[0].fill(0);
      expect(exportWeights(b)[0].some((w) => w !== 0)).toBe(true);
      disposeNetwork(a);
      disposeNetwork(b);
    }
  });

  it("can be copied, and the copy stays when the original learns", () => {
    for (const engine of engines) {
      const { tf } = engine;
      const rng = new Rng(6);
      const [online, target] = [1, 2].map(() => createNetwork(engine, { sizes: [2, 3, 1], activation: "tanh", rng }));
      copyWeights(engine, online, target);
      const before = exportWeights(online);
      expect(exportWeights(target)).toEqual(before);
      const adam = createAdam(engine, online.variables);
      const x = tf.tensor2d(normals(8, rng), [4, 2]);
      minimise(engine, () => tf.mean(tf.square(forward(engine, online, x))) as Scalar, adam, { learningRate: 0.1 });
      expect(exportWeights(online)).not.toEqual(before);
      expect(exportWeights(target)).toEqual(before);
      adam.dispose();
      x.dispose();
      disposeNetwork(online);
      disposeNetwork(target);
    }
  });
});

describe("minimise", () => {
  it("fits a function, with flat memory", () => {
    for (const engine of engines) {
      const { tf } = engine;
      const start = tf.memory().numTensors;
      const rng = new Rng(7);
      const network = createNetwork(engine, { sizes: [2, 16, 1], activation: "tanh", rng });
      const adam = createAdam(engine, network.variables);
      const inputs = normals(2 * 64, rng);
      const x = tf.tensor2d(inputs, [64, 2]);
      const y = tf.tensor2d(
        Float32Array.from({ length: 64 }, (_, i) => Math.sin(inputs[2 * i]) * inputs[2 * i + 1]),
        [64, 1],
      );
      const loss = () => tf.losses.huberLoss(y, forward(engine, network, x)) as Scalar;
      const step = () => minimise(engine, loss, adam, { learningRate: 0.02, maxGradNorm: 1 });
      const first = step().loss;
      const tensors = tf.memory().numTensors;
      let last = first;
      for (let i = 0; i < (engine.kernels ? 300 : 100); i++) last = step().loss;
      expect(last).toBeLessThan(0.2 * first);
      expect(tf.memory().numTensors).toBe(tensors);
      tf.dispose([x, y]);
      adam.dispose();
      disposeNetwork(network);
      expect(tf.memory().numTensors).toBe(start);
    }
  });

  it("reports the loss and the gradient's norm", () => {
    for (const engine of engines) {
      const { tf } = engine;
      const network = createNetwork(engine, { sizes: [1, 1], activation: "tanh", rng: new Rng(1) });
      importWeights(engine, network, [new Float32Array([2]), new Float32Array([1])]);
      const adam = createAdam(engine, network.variables);
      const loss = () => tf.sum(tf.square(forward(engine, network, tf.tensor2d([[3]]) as Tensor2D))) as Scalar;
      // y = 7: loss 49, gradient 2·7·(3, 1).
      const { loss: value, gradNorm } = minimise(engine, loss, adam, { learningRate: 0.1 });
      expect(value).toBe(49);
      expect(gradNorm).toBeCloseTo(14 * Math.sqrt(10), 4);
      expect(exportWeights(network)[0][0]).toBeCloseTo(1.9, 5);
      adam.dispose();
      disposeNetwork(network);
    }
  });
});
