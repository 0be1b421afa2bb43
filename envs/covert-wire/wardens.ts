import { type PolicyFactory, perRow } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { channel, gStatistic, readingLaw, sliceLengths, votingLevel } from "./channel.ts";
import { words } from "./codes.ts";
import {
  countLaw,
  DRAWS,
  histogramThreshold,
  lawOf,
  type NullLaw,
  type Slice,
  type Threshold,
  threshold,
} from "./null-laws.ts";
import { offsets } from "./observe.ts";
import { type WireParams, watcherOf } from "./params.ts";
import { remembered } from "./remember.ts";

/** What a warden computes from its observation when the episode is over, and when that is too much. */
interface Test {
  readonly threshold: Threshold;
  statistic(obs: Float32Array, from: number): number;
}
type Offsets = Readonly<Record<string, number>>;
type MakeTest = (slice: Slice, level: number, at: Offsets, p: WireParams, index: number) => Test;

const warden =
  (make: MakeTest): PolicyFactory<WireParams> =>
  ({ params, count, observation }) => {
    const { cover, noise, errorWarden } = params;
    const level = votingLevel(params.falseAlarm, params.wardens);
    const at = offsets(observation);
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
export const testing: PolicyFactory<WireParams> = warden(test);

/** Accuses by lot, without a look at the wire. */
export const coin: PolicyFactory<WireParams> = warden((_, level) => ({
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
export const informed = (weight: number): PolicyFactory<WireParams> =>
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
