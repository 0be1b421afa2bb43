/**
 * Every public name of `masque`, spelt out. It and all that it imports run in Node and in browsers. Other doors:
 * `masque/numeric`, `masque/stats`, `masque/learn` (for writing baselines), `masque/files`, `masque/testing`,
 * `masque/envs/*`, `masque/baselines/*`.
 * @module masque
 */

// What goes wrong
export { InputError } from "./data/errors.ts";
export type { Tensor } from "./data/safetensors.ts";
// … and playing them: PettingZoo's two APIs, and many copies at once
export { type AecEnv, aec } from "./env/aec.ts";
export type { Info } from "./env/agents.ts";
export type { Flat, RoleBuffers, Slot } from "./env/buffers.ts";
// Environments: declaring them …
export {
  type Channel,
  type Context,
  type Coordination,
  type Counts,
  type Definition,
  type Dynamics,
  defineEnv,
  type Environment,
  type Knob,
  type Metric,
  type ParamsOf,
  type PolicyFor,
  type RolesOf,
  ratio,
  type ScriptsFor,
  type World,
} from "./env/define.ts";
export type { ActionFor, Actions, AgentName, AgentRecord, ObservationFor, Observations } from "./env/names.ts";
export { type ParallelEnv, parallel } from "./env/parallel.ts";
export { knobScale, knobVector, resolveParams } from "./env/params.ts";
export { renderSvg } from "./env/render-svg.ts";
export { renderText } from "./env/render-text.ts";
export type { RoleSpec, Roles, Side } from "./env/roles.ts";
export { checkScene, type Painter, type Scene, type Shape, type Sight, sceneSchema, type Tone } from "./env/scene.ts";
export type { TunableFor } from "./env/tunable.ts";
export { type VectorEnv, type VectorOptions, vector } from "./env/vector.ts";
export {
  assertOutOfBounds,
  clipOutOfBounds,
  frameStack,
  orderEnforcing,
  transformObservation,
  transformReward,
  type WithObservation,
} from "./env/wrappers/index.ts";
// Learning
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
// From play to numbers
export { type Episodes, type Evaluation, evaluate, metricsOf, sumCounters } from "./play/evaluate.ts";
export { type Play, type Score, type Scoring, score } from "./play/score.ts";
export { type Players, seat } from "./play/seat.ts";
export type { PolicyData, PolicyMeta } from "./policy/data.ts";
export { policySchema } from "./policy/data.ts";
// Policies
export type { Dial, Setting } from "./policy/dials.ts";
export { policyFrom } from "./policy/from-data.ts";
export {
  type Batch,
  type Controller,
  constant,
  type Policy,
  type PolicyContext,
  type PolicyFactory,
  perRow,
  random,
  type ScriptedPolicies,
  type Tunable,
} from "./policy/policy.ts";
export { tunable } from "./policy/tunable.ts";
export type { Draws } from "./random/draws.ts";
// Randomness
export { poisson } from "./random/poisson.ts";
export { type Label, Rng, type RngState } from "./random/rng.ts";
export { Normals } from "./random/ziggurat.ts";
// Spaces
export {
  type AnySpace,
  type BoundJSON,
  type BoxSpace,
  box,
  type DictSpace,
  type DiscreteSpace,
  dict,
  discrete,
  explain,
  flatdim,
  flatten,
  fromJSON,
  type LayoutSpace,
  layout,
  type Mask,
  type Member,
  type MultiBinarySpace,
  type MultiDiscreteSpace,
  multiBinary,
  multiDiscrete,
  type Offsets,
  offsetsOf,
  partsOf,
  type Sample,
  type Space,
  type SpaceJSON,
  type TupleSpace,
  tuple,
  unflatten,
} from "./spaces/index.ts";
export type { ActionSpace, ObservationSpace } from "./spaces/slot.ts";
