export { InputError } from "./data/errors.ts";
export type { Tensor } from "./data/safetensors.ts";
export { type AecEnv, aec } from "./env/aec.ts";
export type { Info } from "./env/agents.ts";
export type { Flat, RoleBuffers, Slot } from "./env/buffers.ts";
export * from "./env/define.ts";
export type { ActionFor, Actions, AgentName, AgentRecord, ObservationFor, Observations } from "./env/names.ts";
export { type ParallelEnv, parallel } from "./env/parallel.ts";
export { knobScale, knobVector, resolveParams } from "./env/params.ts";
export { renderSvg } from "./env/render-svg.ts";
export { renderText } from "./env/render-text.ts";
export { checkScene, type Scene, type Shape, sceneSchema, type Tone } from "./env/scene.ts";
export { type VectorEnv, type VectorOptions, vector } from "./env/vector.ts";
export * from "./env/wrappers/index.ts";
export {
  type Baseline,
  type BaselineSpec,
  type Checkpointing,
  defineBaseline,
  type Learning,
  type Progress,
  type Trained,
  type TrainState,
  type TrainTask,
} from "./learn/baseline.ts";
export { type TrainOptions, train } from "./learn/train.ts";
export { checkCoordination } from "./play/cast.ts";
export { type Episodes, type Evaluation, evaluate, metricsOf, sumCounters } from "./play/evaluate.ts";
export { type Players, seat } from "./play/seat.ts";
export { type PolicyData, type PolicyMeta, policySchema } from "./policy/data.ts";
export { policyFrom } from "./policy/from-data.ts";
export * from "./policy/policy.ts";
export { type Label, Rng, type RngState } from "./random/rng.ts";
export * from "./spaces/index.ts";
export { type LayoutSpace, layout } from "./spaces/layout.ts";
