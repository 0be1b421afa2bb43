import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Rng } from "masque";
import { createNetwork, forward, type Network } from "../../../baselines/tf/network.ts";
import type { Engine } from "../../../baselines/tf/tf.ts";

/** Makes the value of a team of the values of what its agents chose. */
export interface Mixer {
  readonly networks: readonly Network[];
  /** `[rows, agents]` values and `[rows, stateSize]` states -> `[rows]`, never falling in any agent's value. */
  mix(values: Tensor2D, states: Tensor2D): Tensor1D;
}

/** Their sum: value decomposition networks (Sunehag et al. 2018, arXiv:1706.05296). */
export const sum = ({ tf }: Engine): Mixer => ({ networks: [], mix: (values) => tf.sum(values, 1) });

/**
 * QMIX's (Rashid et al. 2018, arXiv:1803.11485, §4.1): a hidden layer of `width` ELUs whose weights, made of the state by
 * hypernetworks, are taken as absolute values, so that the value is monotonic in every agent's.
 */
export function monotonic(engine: Engine, agents: number, stateSize: number, width: number, rng: Rng): Mixer {
  const { tf } = engine;
  const make = (name: string, ...outputs: number[]) =>
    createNetwork(engine, { sizes: [stateSize, ...outputs], activation: "relu", rng: rng.fork(name) });
  const networks = [make("first", agents * width), make("bias", width), make("second", width), make("value", width, 1)];
  return {
    networks,
    mix(values, states) {
      const [first, bias, second, value] = networks.map((network) => forward(engine, network, states));
      const weights = tf.reshape(tf.abs(first), [-1, agents, width]) as Tensor3D;
      const hidden = tf.elu(tf.add(tf.sum(tf.mul(tf.expandDims(values, 2), weights), 1), bias));
      return tf.add(tf.sum(tf.mul(hidden, tf.abs(second)), 1), tf.reshape(value, [-1]));
    },
  };
}
