import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { Adam } from "../tf/adam.ts";
import { forward } from "../tf/network.ts";
import type { Engine } from "../tf/tf.ts";
import { gatherRows, selectRows } from "./gather.ts";
import {
  actionWidth,
  headWidth,
  noStep,
  type PpoModel,
  type PpoOptions,
  type PpoRollout,
  type PpoStats,
} from "./model.ts";

const LN_2PI = 1.8378770664093453;
const FORBIDDEN = -1e9;

/** The PPO step written in tfjs operations and its autodiff: the twin of the fused kernels, for every backend. */
export function plainStep(engine: Engine, model: PpoModel, adam: Adam) {
  const { tf } = engine;
  const { actor, critic, head } = model;
  const width = headWidth(head);

  /** ln probability of the actions, and entropy: [rows] each. */
  function policy(outputs: Tensor2D, actions: Tensor2D, mask: Tensor2D | null): { logp: Tensor; entropy: Tensor } {
    if (head.kind === "gaussian") {
      const z = tf.mul(tf.sub(actions, outputs), tf.exp(tf.neg(head.logStd)));
      const logp = tf.sum(tf.sub(tf.mul(tf.square(z), -0.5), tf.add(head.logStd, LN_2PI / 2)), 1);
      const entropy = tf.add(tf.zerosLike(logp), tf.sum(tf.add(head.logStd, LN_2PI / 2 + 0.5)));
      return { logp, entropy };
    }
    const logps: Tensor[] = [];
    const entropies: Tensor[] = [];
    let offset = 0;
    head.sizes.forEach((size, h) => {
      let logits: Tensor2D = tf.slice(outputs, [0, offset], [-1, size]);
      if (mask) {
        const allowed = tf.slice(mask, [0, offset], [-1, size]);
        logits = tf.add(tf.mul(logits, allowed), tf.mul(tf.sub(1, allowed), FORBIDDEN));
      }
      const all = tf.logSoftmax(logits, 1);
      const taken = tf.equal(tf.slice(actions, [0, h], [-1, 1]), tf.range(0, size));
      logps.push(tf.sum(tf.mul(all, tf.cast(taken, "float32")), 1));
      entropies.push(tf.neg(tf.sum(tf.mul(tf.exp(all), all), 1)));
      offset += size;
    });
    return { logp: tf.addN(logps), entropy: tf.addN(entropies) };
  }

  function step(rollout: PpoRollout, indices: Int32Array | null, options: Required<PpoOptions>): PpoStats {
    const batch = selectRows(model, rollout, indices, options.normaliseAdvantages);
    const { rows, count, weight } = batch;
    if (weight === 0) return noStep();
    const matrix = (from: ArrayLike<number>, columns: number): Tensor2D => {
      const out = new Float32Array(count * columns);
      gatherRows(from, columns, rows, 0, count, out, 0);
      return tf.tensor2d(out, [count, columns]);
    };
    const column = (from: ArrayLike<number>): Tensor1D => tf.reshape(matrix(from, 1), [-1]) as Tensor1D;

    return tf.tidy(() => {
      const observations = matrix(rollout.observations, actor.sizes[0]);
      const criticObservations =
        critic && rollout.criticObservations ? matrix(rollout.criticObservations, critic.sizes[0]) : observations;
      const actions = matrix(rollout.actions, actionWidth(head));
      const mask: Tensor2D | null = rollout.mask
        ? tf.cast(tf.notEqual(matrix(rollout.mask, width), 0), "float32")
        : null;
      const share = rollout.weights ? tf.div(column(rollout.weights), weight) : tf.fill([count], 1 / weight);
      const advantages = tf.mul(tf.sub(column(rollout.advantages), batch.shift), batch.scale);
      const returns = column(rollout.returns);
      const oldLogp = column(rollout.logProbabilities);
      const mean = (x: Tensor): Scalar => tf.sum(tf.mul(x, share));
      let parts: Tensor[] = [];

      const loss = (): Scalar => {
        const outputs = forward(engine, actor, observations);
        const value = critic ? forward(engine, critic, criticObservations) : tf.slice(outputs, [0, width], [-1, 1]);
        const v = tf.reshape(value, [-1]);
        const { logp, entropy } = policy(tf.slice(outputs, [0, 0], [-1, width]), actions, mask);
        const logRatio = tf.sub(logp, oldLogp);
        const ratio = tf.exp(logRatio);
        const clipped = tf.clipByValue(ratio, 1 - options.clip, 1 + options.clip);
        const policyLoss = mean(tf.neg(tf.minimum(tf.mul(ratio, advantages), tf.mul(clipped, advantages))));
        let errors = tf.square(tf.sub(v, returns));
        if (Number.isFinite(options.valueClip)) {
          const old = column(rollout.values!);
          const near = tf.add(old, tf.clipByValue(tf.sub(v, old), -options.valueClip, options.valueClip));
          errors = tf.maximum(errors, tf.square(tf.sub(near, returns)));
        }
        const valueLoss = tf.mul(mean(errors), 0.5);
        const meanEntropy = mean(entropy);
        const kl = mean(tf.sub(tf.sub(ratio, 1), logRatio));
        const outside = mean(tf.cast(tf.greater(tf.abs(tf.sub(ratio, 1)), options.clip), "float32"));
        parts = [policyLoss, valueLoss, meanEntropy, kl, outside].map((part) => tf.keep(tf.clone(part)));
        return tf.sub(
          tf.add(policyLoss, tf.mul(valueLoss, options.valueCoefficient)),
          tf.mul(meanEntropy, options.entropyCoefficient),
        );
      };

      const { grads } = tf.variableGrads(loss, [...adam.variables]);
      const [policyLoss, valueLoss, entropy, approxKl, clipFraction] = parts.map((part) => part.dataSync()[0]);
      tf.dispose(parts);
      const gradNorm = adam.step(
        adam.variables.map((variable) => grads[variable.name]),
        options,
      );
      return { policyLoss, valueLoss, entropy, approxKl, clipFraction, gradNorm, weight };
    });
  }

  return { step, dispose: () => {} };
}
