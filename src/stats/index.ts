/**
 * Intervals, tests and fronts, as results are computed with.
 * @module masque/stats
 */

export { attainment } from "./attainment.ts";
export {
  addCounters,
  type EpisodeTable,
  episodeTable,
  hierarchicalBootstrap,
  observedSample,
  outputSamples,
  type Resample,
  type SampleShape,
  type Statistic,
} from "./bootstrap.ts";
export { improvementInterval, pairedInterval, welchInterval } from "./differences.ts";
export {
  binomialCdf,
  binomialPmf,
  binomialPmfTable,
  binomialQuantile,
  binomialSf,
  chiSquareSf,
  poissonCdf,
  poissonPmf,
  poissonSf,
  studentCdf,
  studentQuantile,
  studentSf,
} from "./distributions.ts";
export { type Estimate, estimate } from "./estimate.ts";
export { inverseRegularisedBeta, regularisedBeta, regularisedGammaP, regularisedGammaQ } from "./incomplete.ts";
export {
  binaryEntropy,
  type Correction,
  channelCapacity,
  chiSquareDivergence,
  conditionalEntropy,
  entropy,
  entropyFromCounts,
  klDivergence,
  type Matrix,
  mutualInformation,
  mutualInformationFromCounts,
  type Unit,
} from "./information.ts";
export {
  bootstrapErrorInterval,
  clopperPearsonInterval,
  expandedPercentileInterval,
  expandedTail,
  type Interval,
  percentileInterval,
  studentInterval,
  wilsonInterval,
} from "./intervals.ts";
export { normalCdf, normalIsf, normalPdf, normalQuantile, normalSf } from "./normal.ts";
export {
  additiveEpsilon,
  bestGiven,
  dominates,
  type FrontierLabel,
  frontierLabels,
  hypervolume,
  nonDominated,
  type Points,
  paretoProbability,
} from "./pareto.ts";
export { leastMean, leastMeanBands, simultaneousQuantile } from "./simultaneous.ts";
export {
  cvar,
  iqm,
  mean,
  median,
  probabilityOfImprovement,
  quantile,
  quantileOfSorted,
  standardDeviation,
  standardError,
  sum,
  variance,
} from "./summary.ts";
export { type RandomisedTest, randomisedThreshold, rejectionProbability, totalVariation } from "./threshold.ts";
