import { exp, log, sigmoid } from "masque/numeric";
import { normalIsf, normalSf } from "masque/stats";
import { SIZES, type SplitTask } from "./params.ts";

export { SIZES };

/** Readings above this go into the log as 1. */
export const BAR = 1;
/** An innocent account's request has load 1 with this probability, else 0. */
export const HABIT = 0.1;
/** Scores and what is taken off them every step are whole sixteenths. */
export const GRAIN = 16;

/** Probability that an entry of the log is flipped (Warner 1965). Silos share no log, and sums are noised, not entries. */
export const flipOf = ({ sharing, oversight }: Pick<SplitTask, "sharing" | "oversight">): number =>
  oversight === "joint" ? sigmoid(-sharing) : 0;

/** Readings above this, and the provider's laxness, are refused. */
export const refusalThreshold = (refusal: number): number => normalIsf(refusal);

/** P(reading > x) of a request of that load. */
export const above = (x: number, load: number): number => normalSf(x - load);
/** P(reading > x) of an innocent request. */
export const innocentAbove = (x: number): number => (1 - HABIT) * above(x, 0) + HABIT * above(x, 1);

/** What came of one request, as bits of a number. */
export const SAID = 1; // the log says 1
export const ACCEPTED = 2;
export const BIT = 4; // the reading is above the bar

/** How likely each outcome of one request is, one after the other: cumulative, in units of 2⁻³² of a uniform word. */
export interface Outcomes {
  readonly cuts: Float64Array;
  readonly codes: Uint8Array;
  readonly chances: Float64Array;
}

/**
 * The law of one request whose reading exceeds x with probability `over(x)`, where readings above `limit` are refused and
 * entries flipped with probability `flip`. In rising order of the reading, each interval first unflipped, then flipped.
 */
export function outcomesOf(over: (x: number) => number, limit: number, flip: number): Outcomes {
  const [low, high] = [Math.min(BAR, limit), Math.max(BAR, limit)];
  const [pastLow, pastHigh] = [over(low), over(high)];
  const middle = limit >= BAR ? ACCEPTED | BIT : 0;
  const intervals = [
    [1 - pastLow, ACCEPTED],
    [pastLow - pastHigh, middle],
    [pastHigh, BIT],
  ] as const;
  const codes = intervals.flatMap(([, code]) => {
    const said = (code & BIT) > 0 ? SAID : 0;
    return [code | said, code | (SAID - said)];
  });
  const chances = intervals.flatMap(([mass]) => [mass * (1 - flip), mass * flip]);
  let sum = 0;
  const cuts = chances.map((chance) => {
    sum += chance;
    return Math.min(1, sum) * 2 ** 32;
  });
  return { cuts: Float64Array.from(cuts), codes: Uint8Array.from(codes), chances: Float64Array.from(chances) };
}

/** An entry's mean, given how likely the reading is to be above the bar. */
const entryMean = (over: number, flip: number): number => flip + (1 - 2 * flip) * over;

/**
 * The published sum of `said` ones among `sent` entries: two-sided geometric noise P(z) ∝ e^{−ε|z|} (Ghosh, Roughgarden
 * and Sundararajan 2009), cut to what a sum can be. Returns P(published = 0 … sent).
 */
export function publishedLaw(said: number, sent: number, sharing: number): Float64Array {
  const tail = sigmoid(-sharing); // P(z > 0) = P(z < 0)
  const atLeast = (z: number) => (z <= 0 ? 1 - tail * exp(sharing * z) : tail * exp(-sharing * (z - 1)));
  const law = new Float64Array(sent + 1);
  for (let y = 0; y <= sent; y++) {
    const from = y === 0 ? 1 : atLeast(y - said);
    const past = y === sent ? 0 : atLeast(y + 1 - said);
    law[y] = Math.max(0, from - past);
  }
  return law;
}

/** P(k ones) among independent entries that are 1 with the given probabilities. */
export function sumLaw(chances: readonly number[]): Float64Array {
  let law = Float64Array.of(1);
  for (const chance of chances) {
    const next = new Float64Array(law.length + 1);
    for (let k = 0; k < law.length; k++) {
      next[k] += law[k] * (1 - chance);
      next[k + 1] += law[k] * chance;
    }
    law = next;
  }
  return law;
}

/** Mean of what a log of `sent` entries publishes, given how many readings were above the bar. */
export function publishedMean(over: number, sent: number, p: Pick<SplitTask, "sharing" | "oversight">): number {
  if (p.oversight !== "sum") return flipOf(p) * sent + (1 - 2 * flipOf(p)) * over;
  return publishedLaw(over, sent, p.sharing).reduce((sum, mass, y) => sum + mass * y, 0);
}

/**
 * What a step takes off the score of whoever sent so many entries, in sixteenths: half way between the means of what is
 * published under innocent load and under the load that the log is tuned to, an entry or (for noised sums) a step at a time.
 */
export function drift(p: Pick<SplitTask, "sharing" | "oversight" | "tuned">, sent: number): number {
  const loads = [innocentAbove(BAR), above(BAR, p.tuned)];
  if (p.oversight !== "sum") {
    const means = loads.map((over) => entryMean(over, flipOf(p)));
    return sent * Math.round((GRAIN * (means[0] + means[1])) / 2);
  }
  const means = loads.map((over) =>
    sumLaw(new Array<number>(sent).fill(over)).reduce((sum, mass, s) => sum + mass * publishedMean(s, sent, p), 0),
  );
  return Math.round((GRAIN * (means[0] + means[1])) / 2);
}

/** Accounts whose entries go into one score: all of a tenant's, or each its own. */
export const accountsPerScore = ({ accounts, oversight }: Pick<SplitTask, "accounts" | "oversight">): number =>
  oversight === "silo" ? 1 : accounts;

/** What an acceptance and a refusal of each load say for a lax provider and against a strict one, in nats. */
export function laxnessNats({ refusal, laxness }: Pick<SplitTask, "refusal" | "laxness">) {
  const theta = refusalThreshold(refusal);
  const nats = (a: number, b: number) => log(Math.max(a, 1e-12)) - log(Math.max(b, 1e-12));
  return SIZES.map((load) => {
    const [strict, lax] = [-1, 1].map((sign) => above(theta + sign * laxness, load));
    return { accepted: nats(1 - lax, 1 - strict), refused: nats(lax, strict) };
  });
}
