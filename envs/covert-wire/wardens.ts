import { type PolicyFor, perRow, Rng } from "masque";
import { pow } from "masque/numeric";
import { binomialPmfTable, chiSquareSf, randomisedThreshold } from "masque/stats";
import { words } from "./codes.ts";
import type env from "./env.ts";
import type { WireParams } from "./env.ts";
import { channel, gStatistic, readingLaw, remembered, sliceLengths, votingLevel, watcherOf } from "./model.ts";

/** Accuses when the statistic is above `value`; at it, with probability `atValue`. */
export interface Threshold {
  readonly value: number;
  readonly atValue: number;
}

/** A statistic's law on the innocent wire: its values in increasing order, and their probabilities. */
export interface NullLaw {
  readonly values: Float64Array;
  readonly pmf: Float64Array;
}

/** The law that gives values[i] the probability weights[i], or each the same. */
export function lawOf(values: Float64Array, weights?: Float64Array): NullLaw {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const distinct: number[] = [];
  const sums: number[] = [];
  let total = 0;
  for (const i of order) {
    const weight = weights ? weights[i] : 1;
    total += weight;
    if (distinct.at(-1) === values[i]) sums[sums.length - 1] += weight;
    else {
      distinct.push(values[i]);
      sums.push(weight);
    }
  }
  return { values: Float64Array.from(distinct), pmf: Float64Array.from(sums, (sum) => sum / total) };
}

/** The test of level exactly α under that law; at 0 it never accuses and at 1 always, whatever the statistic. */
export function threshold({ values, pmf }: NullLaw, alpha: number): Threshold {
  if (alpha === 0) return { value: Number.POSITIVE_INFINITY, atValue: 0 };
  if (alpha === 1) return { value: Number.NEGATIVE_INFINITY, atValue: 0 };
  const test = randomisedThreshold(pmf, alpha);
  return { value: values[test.threshold], atValue: test.probabilityAtThreshold };
}

/** Histograms up to this many are all listed; for more slots the null law is sampled. */
const LISTED = 300_000;
/** Draws of a sampled null law: the level is then off by about √(α(1 − α)/draws), 0.001 at α = 0.1 and 64 slots. */
export const DRAWS = 100_000;
/** Wires longer than this use the chi-square law of G with Williams's correction, whose error is of order 1/n². */
const LONG = 512;

/** The part of the wire that one warden watches. */
export interface Slice extends Pick<WireParams, "cover" | "noise" | "errorWarden"> {
  readonly length: number;
}

export const countLaw = remembered(({ noise, errorWarden, length }: Slice): NullLaw => {
  const pmf = binomialPmfTable(length, channel("silent", noise, errorWarden).other);
  return { values: pmf.map((_, ones) => ones), pmf };
});

export function histogramThreshold(slice: Slice, alpha: number): Threshold {
  if (slice.length <= LONG || alpha === 0 || alpha === 1) return threshold(histogramLaw(slice), alpha);
  const law = readingLaw(slice.cover, slice.noise, slice.errorWarden);
  const freedom = law.length - 1;
  // Williams 1976, Biometrika 63:33.
  const stretch = 1 + (law.reduce((sum, q) => sum + 1 / q, 0) - 1) / (6 * slice.length * freedom);
  let [low, high] = [0, 1000];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (chiSquareSf(middle, freedom) > alpha) low = middle;
    else high = middle;
  }
  return { value: high * stretch, atValue: 0 };
}

/** Law of G: from the list of all histograms where there are not too many, else a seeded sample. */
const histogramLaw = remembered(({ cover, noise, errorWarden, length }: Slice): NullLaw => {
  const law = readingLaw(cover, noise, errorWarden);
  const last = law.length - 1;
  let histograms = 1;
  for (let i = 1; i <= last; i++) histograms *= (length + i) / i;
  if (histograms > LISTED) return lawOf(sampledG(law, length));
  const values: number[] = [];
  const weights: number[] = [];
  const histogram = new Float64Array(law.length);
  const list = (symbol: number, left: number, weight: number) => {
    if (symbol === last) {
      histogram[symbol] = left;
      values.push(gStatistic(histogram, 0, law));
      weights.push(weight * pow(law[symbol], left));
      return;
    }
    for (let h = 0, share = weight; h <= left; share *= (law[symbol] * (left - h)) / (h + 1), h++) {
      histogram[symbol] = h;
      list(symbol + 1, left - h, share);
    }
  };
  list(0, length, 1);
  return lawOf(Float64Array.from(values), Float64Array.from(weights));
}, 8);

function sampledG(law: Float64Array, length: number): Float64Array {
  const rng = new Rng(1, "covert-wire", "null", length);
  const upTo = law.map((_, i) => law.subarray(0, i + 1).reduce((sum, q) => sum + q, 0));
  const histogram = new Float64Array(law.length);
  return Float64Array.from({ length: Math.min(DRAWS, Math.floor(2e7 / length)) }, () => {
    histogram.fill(0);
    for (let i = 0; i < length; i++) {
      const u = rng.float32();
      let symbol = 0;
      while (symbol < law.length - 1 && u >= upTo[symbol]) symbol++;
      histogram[symbol]++;
    }
    return gStatistic(histogram, 0, law);
  });
}

/** What a warden computes from its observation when the episode is over, and when that is too much. */
interface Test {
  readonly threshold: Threshold;
  statistic(obs: Float32Array, from: number): number;
}
type Warden = PolicyFor<typeof env, "warden">;
type Offsets = Parameters<Warden>[0]["at"];
type MakeTest = (slice: Slice, level: number, at: Offsets, p: WireParams, index: number) => Test;

const warden =
  (make: MakeTest): Warden =>
  ({ params, count, at }) => {
    const { cover, noise, errorWarden } = params;
    const level = votingLevel(params.falseAlarm, params.wardens);
    const tests = sliceLengths(params.slots, params.wardens).map((length, index) =>
      make({ cover, noise, errorWarden, length }, level, at, params, index),
    );
    return perRow((obs, from, row, { rngs }) => {
      if (obs[from + at.time] < 1) return 0;
      const test = tests[row % count];
      const { value, atValue } = test.threshold;
      const seen = test.statistic(obs, from);
      return seen > value || (seen === value && rngs[row].bernoulli(atValue)) ? 1 : 0;
    });
  };

/**
 * The default. Silent cover: the number of ones, the most powerful test of all against words whose slots the warden
 * cannot know (their mixture depends on the count alone, with a ratio that rises in it). Random cover: G of the histogram.
 */
const test: MakeTest = (slice, level, at) => {
  if (slice.cover === "silent") {
    return { threshold: threshold(countLaw(slice), level), statistic: (obs, from) => obs[from + at.counts + 1] };
  }
  const law = readingLaw(slice.cover, slice.noise, slice.errorWarden);
  return {
    threshold: histogramThreshold(slice, level),
    statistic: (obs, from) => gStatistic(obs, from + at.counts, law),
  };
};
export const testing: Warden = warden(test);

/** Accuses by lot, without a look at the wire. */
export const coin: Warden = warden((_, level) => ({
  threshold: { value: 0, atValue: level },
  statistic: () => 0,
}));

type Known = Pick<WireParams, "slots" | "bits" | "wardens" | "window"> & { index: number; weight: number };

/** Places in the observation's window of each word's slots, as far as a warden watches them and still sees them. */
function placesOf({ slots, bits, wardens, window, index, weight }: Known): number[][] {
  const kept = Math.min(slots, window);
  const seen = (slot: number) => watcherOf(slot, slots, wardens) === index && slot >= slots - kept;
  const { sets } = words({ wire: { cover: "silent", slots, bits }, weight });
  return sets.map((set) => [...set].filter(seen).map((slot) => slot % kept));
}

/** Sum over the words of the likelihood ratio of what was read in their slots. */
function likelihoodRatio(heard: ArrayLike<number>, from: number, places: number[][], one: number): number {
  let sum = 0;
  for (const word of places) {
    let product = 1;
    for (const place of word) product *= heard[from + place] === 1 ? one : 1 / one;
    sum += product;
  }
  return sum;
}

const ratioLaw = remembered(({ slice, known }: { slice: Slice; known: Known }): NullLaw => {
  const { same, other } = channel("silent", slice.noise, slice.errorWarden);
  const places = placesOf(known);
  const all = places.flat();
  const heard = new Uint8Array(Math.min(known.slots, known.window));
  const rng = new Rng(1, "covert-wire", "words-null", known.index);
  const draws = Math.max(1000, Math.min(DRAWS, Math.floor(1e7 / (all.length + 1))));
  const values = Float64Array.from({ length: draws }, () => {
    for (const place of all) heard[place] = rng.bernoulli(other) ? 1 : 0;
    return likelihoodRatio(heard, 0, places, same / other);
  });
  return lawOf(values);
}, 32);

/**
 * Knows the words of that weight, sent without a key, and adds up their likelihood ratios. The null law is a seeded
 * sample. Of a wire longer than the window it uses the end. On the random cover it is the default.
 */
export const informed = (weight: number): Warden =>
  warden((slice, level, at, p, index) => {
    if (p.cover === "random") return test(slice, level, at, p, index);
    const known = { slots: p.slots, bits: p.bits, wardens: p.wardens, window: p.window, index, weight };
    const { same, other } = channel("silent", p.noise, p.errorWarden);
    const places = placesOf(known);
    return {
      threshold: threshold(ratioLaw({ slice, known }), level),
      statistic: (obs, from) => likelihoodRatio(obs, from + at.heard, places, same / other),
    };
  });
