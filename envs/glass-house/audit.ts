import { exp, sigmoid } from "masque/numeric";
import {
  binomialPmfTable,
  inverseRegularisedBeta,
  type RandomisedTest,
  randomisedThreshold,
  rejectionProbability,
} from "masque/stats";
import type { GlassHouse } from "./env.ts";
import { votesToConvict } from "./model.ts";

/** P(a shard's tally is y | `ones` of its acts are 1), y = 0 … n/k: the law of what `channel` records. */
export function tallyLaw({ window, shards, transparency, aggregation }: GlassHouse, ones: number): Float64Array {
  const held = window / shards;
  const flip = sigmoid(-transparency);
  const law = new Float64Array(held + 1);
  if (aggregation === "central") {
    for (let y = 0; y <= held; y++) law[y] = (1 - 2 * flip) * exp(-transparency * Math.abs(y - ones));
    // Noise that leads off the scale is cut: P(z ≥ m) = flip·e^{−ε(m−1)} for m ≥ 1.
    law[0] += ones === 0 ? flip : flip * exp(-transparency * (ones - 1)) - law[0];
    law[held] += ones === held ? flip : flip * exp(-transparency * (held - ones - 1)) - law[held];
    return law;
  }
  const kept = binomialPmfTable(ones, 1 - flip);
  const found = binomialPmfTable(held - ones, flip);
  for (let i = 0; i < kept.length; i++) for (let j = 0; j < found.length; j++) law[i + j] += kept[i] * found[j];
  return law;
}

const tallyLaws = (params: GlassHouse): Float64Array[] =>
  Array.from({ length: params.window / params.shards + 1 }, (_, ones) => tallyLaw(params, ones));

/** The law of a shard's tally under honest play. */
export function honestLaw(params: GlassHouse, laws = tallyLaws(params)): Float64Array {
  const fair = binomialPmfTable(laws.length - 1, 0.5);
  return fair.map((_, y) => laws.reduce((sum, law, ones) => sum + fair[ones] * law[y], 0));
}

/** Mean and standard deviation of that law. */
export function honestMoments(params: GlassHouse): { mean: number; deviation: number } {
  const law = honestLaw(params);
  const mean = law.reduce((sum, mass, y) => sum + mass * y, 0);
  return { mean, deviation: Math.sqrt(law.reduce((sum, mass, y) => sum + mass * (y - mean) ** 2, 0)) };
}

/** The level of one shard's test that gives the vote level α: P(Bin(k, level) ≥ v) = I_level(v, k − v + 1) = α. */
export function shardLevel(params: GlassHouse): number {
  const { shards, falseAlarm } = params;
  const votes = votesToConvict(params);
  return shards === 1 ? falseAlarm : inverseRegularisedBeta(votes, shards - votes + 1, falseAlarm).x;
}

/** The test of one shard's tally: one-sided, exact, randomised at its threshold. */
export const shardTest = (params: GlassHouse, laws = tallyLaws(params)): RandomisedTest =>
  randomisedThreshold(honestLaw(params, laws), shardLevel(params));

/**
 * P(convicted | c of the window's n acts are 1), c = 0 … n. Which rounds a shard holds is secret, so given c every
 * division of the ones among the shards is equally likely.
 */
export function conviction(params: GlassHouse): Float64Array {
  const { window, shards } = params;
  const laws = tallyLaws(params);
  const test = shardTest(params, laws);
  const held = laws.length - 1;
  const against = laws.map((law) => rejectionProbability(law, test));
  if (shards === 1) return Float64Array.from(against);
  const votes = votesToConvict(params);
  const fair = binomialPmfTable(held, 0.5); // C(held, j) up to a constant
  // joint[v][c]: of the shards so far, v vote for it and c acts are 1.
  let joint = Array.from({ length: shards + 1 }, () => new Float64Array(window + 1));
  joint[0][0] = 1;
  for (let s = 0; s < shards; s++) {
    const next = joint.map(() => new Float64Array(window + 1));
    for (let v = 0; v <= s; v++) {
      for (let c = 0; c <= held * s; c++) {
        for (let j = 0; j <= held; j++) {
          const mass = joint[v][c] * fair[j];
          next[v + 1][c + j] += mass * against[j];
          next[v][c + j] += mass * (1 - against[j]);
        }
      }
    }
    joint = next;
  }
  const all = binomialPmfTable(window, 0.5);
  return all.map((mass, c) => joint.reduce((sum, row, v) => sum + (v >= votes ? row[c] : 0), 0) / mass);
}
