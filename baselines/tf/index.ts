// `masque/baselines/tf`: TensorFlow.js made fast, for baselines of one's own.
export { type Adam, type AdamOptions, type AdamState, type AdamStep, createAdam } from "./adam.ts";
export { dense } from "./dense.ts";
export { type EngineOptions, loadEngine } from "./engine.ts";
export { createRecurrentNetwork, type RecurrentNetwork, type Unrolled, unroll } from "./gru.ts";
export {
  copyWeights,
  createNetwork,
  createVariable,
  disposeNetwork,
  exportWeights,
  forward,
  importWeights,
  minimise,
  type Network,
  type NetworkOptions,
} from "./network.ts";
export { type PolicyOf, policyOf, startNetwork } from "./policy-of.ts";
export type { Backend, Engine, Tf } from "./tf.ts";
