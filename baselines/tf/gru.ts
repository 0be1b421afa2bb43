import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { partsOf, type RecurrentShape } from "masque/learn";
import { createNetwork, forward, type Network, type NetworkOptions } from "./network.ts";
import type { Engine } from "./tf.ts";

/** A perceptron with memory (`RecurrentShape` says of what kind) whose weights are tfjs variables. */
export interface RecurrentNetwork extends RecurrentShape {
  /** Inputs, all layers' widths, outputs. */
  readonly sizes: readonly number[];
  /** Its three matrix products: see `partsOf`. */
  readonly before: Network;
  readonly inner: Network;
  readonly after: Network;
  /** Those of the three, in order. */
  readonly variables: Network["variables"];
}

/** Whether a network has memory. */
export const isRecurrent = (network: Network | RecurrentNetwork): network is RecurrentNetwork => "cells" in network;

/** The perceptron that a network's outputs come from. */
export const lastPart = (network: Network | RecurrentNetwork): Network =>
  isRecurrent(network) ? network.after : network;

/** A new one: orthogonal weights as in `createNetwork`, those of the gates with gain 1 over all three, biases zero. */
export function createRecurrentNetwork(
  engine: Engine,
  { rng, outputGain, ...shape }: RecurrentShape & Pick<NetworkOptions, "rng" | "outputGain">,
): RecurrentNetwork {
  const { activation, inputs, encoder, cells, hidden, outputs } = shape;
  const parts = partsOf(shape);
  const before = createNetwork(engine, { sizes: parts.before, activation, rng });
  const inner = createNetwork(engine, { sizes: parts.inner, activation, rng });
  const after = createNetwork(engine, { sizes: parts.after, activation, rng, outputGain });
  const variables = [before, inner, after].flatMap((part) => part.variables);
  const sizes = [inputs, ...encoder, cells, ...hidden, outputs];
  return { ...shape, sizes, before, inner, after, variables };
}

/** What `unroll` runs through: `rows` sequences of `steps` steps side by side; row i of step t lies at t · rows + i. */
export interface Unrolled {
  readonly steps: number;
  /** `[rows, cells]`, what rows remember before the first step. */
  readonly states: Tensor2D;
  /** `[steps, rows]`: 1 where an episode begins with a step, before which all is forgotten; default: nowhere. */
  readonly begins?: ArrayLike<number>;
  /** `[steps, rows]`: 0 where a row does not live and keeps what it remembers; default: all live. */
  readonly lives?: ArrayLike<number>;
}

/**
 * The network's outputs `[steps · rows, outputs]` for inputs x `[steps · rows, inputs]`. Differentiable in the weights, x and
 * the first states: backpropagation through all steps. Plain tfjs operations around `dense`.
 */
export function unroll(
  engine: Engine,
  { before, inner, after, cells }: RecurrentNetwork,
  x: Tensor2D,
  { steps, states, begins, lives }: Unrolled,
): Tensor2D {
  const { tf } = engine;
  const rows = states.shape[0];
  /** A column of a step's flags, or null where all are as usual. */
  const flags = (of: ArrayLike<number> | undefined, t: number, usual: number): Tensor | null => {
    const step = Float32Array.from({ length: of ? rows : 0 }, (_, i) => (of![t * rows + i] ? 1 : 0));
    return step.every((flag) => flag === usual) ? null : tf.tensor2d(step, [rows, 1]);
  };
  return tf.tidy(() => {
    const all = forward(engine, before, x);
    // The gradient of `unstack` fails where there is one part only.
    const seen = steps === 1 ? [all] : tf.unstack(tf.reshape(all, [steps, rows, 3 * cells]));
    const remembered: Tensor2D[] = [];
    let h: Tensor2D = states;
    for (const [t, gates] of seen.entries()) {
      const fresh = flags(begins, t, 0);
      if (fresh) h = tf.mul(h, tf.sub(1, fresh));
      const [xr, xz, xn] = tf.split(gates, 3, 1);
      const [ur, uz, un] = tf.split(forward(engine, inner, h), 3, 1);
      const r = tf.sigmoid(tf.add(xr, ur));
      const z = tf.sigmoid(tf.add(xz, uz));
      const n = tf.tanh(tf.add(xn, tf.mul(r, un)));
      const next: Tensor2D = tf.add(n, tf.mul(z, tf.sub(h, n)));
      const living = flags(lives, t, 1);
      h = living ? tf.add(h, tf.mul(living, tf.sub(next, h))) : next;
      remembered.push(h);
    }
    return forward(engine, after, tf.concat2d(remembered, 0));
  });
}
