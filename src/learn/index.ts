/**
 * What baselines are made of, in the order one needs it.
 * @module masque/learn
 */

export { checkCoordination, scriptedRole } from "../play/cast.ts";
export { scriptData } from "../play/script-data.ts";
export { type Players, seat } from "../play/seat.ts";
// Policies as data, and what plays them
export { giveAgent, takeAgent } from "../policy/apart.ts";
export { type PolicyData, type PolicyMeta, policySchema } from "../policy/data.ts";
export { declared, edgesOf, placesOf, settingAt } from "../policy/dials.ts";
export { policyFrom, tableKey } from "../policy/from-data.ts";
export type { DenseKernels, GruKernels } from "../policy/network/acting.ts";
export {
  argmaxMasked,
  type ChoiceMask,
  logProbability,
  normalLogDensity,
  sampleCategorical,
  softmaxMasked,
} from "../policy/network/categorical.ts";
export { heedChoice } from "../policy/network/earlier.ts";
export {
  type Activation,
  activationCode,
  checkWeights,
  createForward,
  type Forward,
  type Mlp,
  weightLengths,
} from "../policy/network/forward.ts";
export {
  createRecurrent,
  partsOf,
  type Recurrent,
  type RecurrentShape,
  recurrentNames,
} from "../policy/network/recurrent.ts";
export { createSampler, type Sampler } from "../policy/network/sampler.ts";
export { headSizes, normalise, policySizes, writeInputs } from "../policy/networks.ts";
export { firstOf, lead, leading, pool, type Squads } from "../policy/squads.ts";
export { tunableOf } from "../policy/tunable.ts";
export {
  type Aim,
  type Asked,
  type Baseline,
  type BaselineSpec,
  type Checkpointing,
  checkTask,
  defineBaseline,
  type Learning,
  type Progress,
  resolveConfig,
  type Trained,
  type TrainState,
  type TrainTask,
} from "./baseline.ts";
export { GOES_ON, gae, TERMINATED, TRUNCATED, type Transitions } from "./gae.ts";
export {
  copiesOf,
  type Level,
  longestOf,
  type MeterState,
  makeLevels,
  meterState,
  returnsMeter,
  stepLevels,
} from "./levels.ts";
export { type Line, runTraining } from "./loop.ts";
export { meanStd, type RunningMeanStd, type RunningState, runningMeanStd } from "./moments.ts";
export { startOf } from "./start.ts";
export { beginEpisodes, episodesAt, iterationsIn, makeStops, resumed } from "./stops.ts";
