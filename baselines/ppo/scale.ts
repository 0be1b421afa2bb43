import { InputError } from "masque";
import { type RunningMeanStd, type RunningState, runningMeanStd } from "masque/learn";
import { exportWeights, importWeights, type Network } from "../tf/network.ts";
import type { Engine } from "../tf/tf.ts";
import type { PpoConfig } from "./settings.ts";

/** Critics predict returns in units of their running deviation, of all rows or of each group of rows by itself. */
export interface ValueScale {
  /** What a value of 1 of row `row` (of a step) is worth in reward, and what 0 is. */
  unit(row: number): number;
  zero(row: number): number;
  /** Takes the returns of a rollout in, `[steps, rows]`, each with its weight. */
  take(returns: Float32Array, weights: Float32Array): void;
  /** Puts numbers `[steps, rows]` in reward into these units, in place. */
  scale(numbers: Float32Array): void;
  /** By group, and back. */
  state(): RunningState[];
  restore(states: readonly RunningState[]): void;
}

/**
 * @param groupOf `[rows]`, which group each row is of, from 0
 * @param forget share of what was seen before that a rollout puts out of mind: with it the moments are exponential means,
 *   unbiased from the first (van Hasselt et al. 2016, arXiv:1602.07714, use 3·10⁻⁴ a sample)
 * @param least smallest unit, so that constant numbers stay finite
 */
export function valueScale(groupOf: Int32Array, forget: number, least = 1e-4): ValueScale {
  const rows = groupOf.length;
  const groups = groupOf.reduce((most, group) => Math.max(most, group), 0) + 1;
  const moments: RunningMeanStd[] = Array.from({ length: groups }, () => runningMeanStd(1));
  const unitOf = ({ variance }: RunningMeanStd) => Math.max(least, Math.sqrt(variance[0]));
  const of = (row: number) => moments[groupOf[row]];
  return {
    unit: (row) => unitOf(of(row)),
    zero: (row) => of(row).mean[0],
    take(returns, weights) {
      const own = new Float32Array(weights.length);
      moments.forEach((one, group) => {
        weights.forEach((weight, i) => {
          own[i] = groupOf[i % rows] === group ? weight : 0;
        });
        if (forget > 0) one.fade(1 - forget);
        one.add(returns, returns.length, 1, 0, own);
      });
    },
    scale(numbers) {
      const units = moments.map(unitOf);
      for (let i = 0; i < numbers.length; i++) {
        const group = groupOf[i % rows];
        numbers[i] = (numbers[i] - moments[group].mean[0]) / units[group];
      }
    },
    state: () => moments.map((one) => one.state()),
    restore(states) {
      moments.forEach((one, group) => {
        one.restore(states[group]);
      });
    },
  };
}

/** Shifts and scales the advantages `[steps, rows]` of each group to mean 0 and deviation 1, each row with its weight. */
export function standardise(advantages: Float32Array, weights: Float32Array, groupOf: Int32Array): void {
  const scale = valueScale(groupOf, 0, 1e-8);
  scale.take(advantages, weights);
  scale.scale(advantages);
}

/** What a critic's values are measured in. @throws InputError for settings that exclude each other */
export function scaleFor(config: PpoConfig, levelOf: Int32Array): ValueScale | null {
  const { normaliseValues, normaliseBy = "all", popArt } = config;
  if (popArt !== undefined && (!normaliseValues || normaliseBy === "level")) {
    const other = normaliseValues ? 'normaliseBy: "level"' : "normaliseValues: false";
    throw new InputError(
      `PPO: got popArt: ${popArt} with ${other}, expected one of them: it rescales the critic's head to one scale of values.`,
    );
  }
  if (!normaliseValues) return null;
  return valueScale(normaliseBy === "level" ? levelOf : new Int32Array(levelOf.length), popArt ?? 0);
}

/**
 * Puts the returns of a rollout, and the values in it, in the critic's units, with the returns taken in. Where values are
 * clipped they are held to what the critic said, as it said it: by PopArt (van Hasselt et al. 2016, arXiv:1602.07714,
 * equation 5) its head moves with the units, so that it says the same of everything; else it speaks in those of before.
 */
export function rescale(
  scale: ValueScale,
  { returns, values, weights }: { returns: Float32Array; values: Float32Array; weights: Float32Array },
  engine: Engine,
  critic: Network | null,
): void {
  if (!critic) scale.scale(values);
  const [unit, zero] = [scale.unit(0), scale.zero(0)];
  scale.take(returns, weights);
  scale.scale(returns);
  if (!critic) return;
  scale.scale(values);
  const layers = exportWeights(critic).map((layer) => layer.slice());
  const [w, b] = layers.slice(-2);
  for (let i = 0; i < w.length; i++) w[i] *= unit / scale.unit(0);
  b[0] = (unit * b[0] + zero - scale.zero(0)) / scale.unit(0);
  importWeights(engine, critic, layers);
}
