import { Normals, Rng } from "masque";
import { exp, log, softplus } from "masque/numeric";
import { BIT_GAIN, SHIFT, shares, thresholds } from "./model.ts";

/** What listens to the whole fleet. */
export const POOLS = ["sum", "shiryaev", "top", "higher-criticism", "mixture"] as const;

/** A pooled detector of one fleet: its statistic is at least 0, and is 0 when nothing was heard. */
export interface Pool {
  /**
   * Hears a step in which somebody was free: the sum of the free streams' readings in its standard deviations, and all
   * streams' CUSUM scores, of which those count that are free now (`serving` 0). Returns the statistic.
   */
  hear(sum: number, score: Float64Array, serving: Int32Array, free: number): number;
  /** Starts anew, as it does after its alarm. */
  restart(): void;
}

type Fleet = Readonly<Record<"streams" | "sweep" | "block" | "budget" | "shock", number>> & {
  readonly pool: (typeof POOLS)[number];
  readonly messages: "values" | "bits";
};

/** Streams that are thought to leak together, where a statistic has to say: √N, where pooling begins to pay. */
export const suspects = (streams: number): number => Math.max(1, Math.round(Math.sqrt(streams)));

const idle = () => {};

/** A detector of the kind that `pool` names; `gain` is the shift of the sum that it is tuned to. */
export function poolOf({ pool, streams }: Pick<Fleet, "pool" | "streams">, gain: number): Pool {
  let heard = 0;
  const restart = () => {
    heard = 0;
  };
  const most = suspects(streams);
  switch (pool) {
    // Page (1954) on the sum.
    case "sum":
      return {
        hear: (sum) => (heard = Math.max(0, heard + gain * (sum - gain / 2))),
        restart,
      };
    // Shiryaev and Roberts on the sum: R ← (1 + R)·likelihood ratio, kept as log(1 + R).
    case "shiryaev":
      return {
        hear: (sum) => (heard = softplus(heard + gain * (sum - gain / 2))),
        restart,
      };
    // Mei (2010, Biometrika 97:419): the streams' own scores summed, those of the highest few.
    case "top": {
      const held = new Float64Array(most);
      return {
        hear(_sum, score, serving) {
          let count = 0;
          let total = 0;
          for (let i = 0; i < streams; i++) {
            const s = score[i];
            if (serving[i] > 0 || s === 0 || (count === most && s <= held[count - 1])) continue;
            if (count === most) total -= held[count - 1];
            total += s;
            let at = count < most ? count++ : count - 1;
            for (; at > 0 && held[at - 1] < s; at--) held[at] = held[at - 1];
            held[at] = s;
          }
          return Math.max(0, total);
        },
        restart: idle,
      };
    }
    // Donoho and Jin (2004, Annals of Statistics 32:962), HC⁺ over the upper half: p-values below 1/n do not count.
    case "higher-criticism": {
      const sorted = new Float64Array(streams);
      // P(S ≥ s) of an innocent score in its steady state: ν·e^{−s}, ν for the overshoot (Siegmund 1985, ch. 8).
      const rare = exp(-0.583 * SHIFT);
      return {
        hear(_sum, score, serving, free) {
          let count = 0;
          for (let i = 0; i < streams; i++) if (serving[i] === 0 && score[i] > 0) sorted[count++] = -score[i];
          const ordered = sorted.subarray(0, count).sort();
          let highest = 0;
          for (let k = 1; k <= count && 2 * k <= free; k++) {
            const p = rare * exp(ordered[k - 1]);
            if (p * free < 1) continue;
            highest = Math.max(highest, (Math.sqrt(free) * (k / free - p)) / Math.sqrt(p * (1 - p)));
          }
          return highest;
        },
        restart: idle,
      };
    }
    // Xie and Siegmund (2013, Annals of Statistics 41:670): log-likelihood ratios where each stream leaks with
    // probability p₀ = 1/√N, taken at the streams' own scores.
    case "mixture": {
      const share = most / streams;
      return {
        hear(_sum, score, serving) {
          let total = 0;
          for (let i = 0; i < streams; i++) {
            if (serving[i] === 0 && score[i] > 0) total += log(1 + share * (exp(score[i]) - 1));
          }
          return total;
        },
        restart: idle,
      };
    }
  }
}

/**
 * Blocks those of the free streams that have the highest score, `sweep` of them at most, equal scores in a random order,
 * and returns how many: what a pooled alarm does.
 */
export function sweeper(
  { streams, sweep, block }: Pick<Fleet, "streams" | "sweep" | "block">,
  score: Float64Array,
  serving: Int32Array,
  rng: Rng,
): (free: number) => number {
  const worst = new Int32Array(Math.min(sweep, streams));
  return (free) => {
    const most = Math.min(sweep, free);
    const offset = rng.int(0, streams);
    let held = 0;
    for (let j = 0; j < streams; j++) {
      const i = j + offset < streams ? j + offset : j + offset - streams;
      if (serving[i] > 0 || (held === most && score[i] <= score[worst[held - 1]])) continue;
      let at = held < most ? held++ : held - 1; // insert: `worst` stays sorted, the highest first
      for (; at > 0 && score[worst[at - 1]] < score[i]; at--) worst[at] = worst[at - 1];
      worst[at] = i;
    }
    for (let n = 0; n < held; n++) {
      serving[worst[n]] = block;
      score[worst[n]] = 0;
    }
    return held;
  };
}

/** Readings that a calibration draws: at a share p of the budget the error of what is spent is about √(p/10⁴). */
const READINGS = 2 ** 23;
const known = new Map<string, number>();

/**
 * The threshold at which the pool rings among the innocent as often as its share of the budget allows. Siegmund's for
 * the sum; the others have no law that is near enough, and are measured: an innocent fleet is played, with its own
 * alarms and blocks, and the threshold follows its alarms (Robbins and Monro 1951; averaged, Polyak and Juditsky 1992).
 * A fixed seed: the same rules have the same threshold everywhere.
 */
export function poolThreshold(fleet: Fleet, pooling: number): number {
  const { pooled, own } = thresholds({ ...fleet, pooling });
  if (fleet.pool === "sum" || pooled === Number.POSITIVE_INFINITY) return pooled;
  const { pool, streams, sweep, block, budget, shock, messages } = fleet;
  const key = JSON.stringify([pool, streams, sweep, block, budget, shock, messages, pooling]);
  let found = known.get(key);
  if (found === undefined) {
    const run = (Math.min(1, sweep / streams) * block) / shares(budget, pooling).pooled;
    found = measured(fleet, own, run);
    if (known.size >= 256) known.clear();
    known.set(key, found);
  }
  return found;
}

/** Mean steps between alarms are to be `run`; streams' own alarms ring at `own`. */
function measured(fleet: Fleet, own: number, run: number): number {
  const { streams, block, shock } = fleet;
  const rng = new Rng(1, "low-and-slow", "pool", fleet.pool);
  const normals = new Normals();
  normals.seed(rng);
  const pool = poolOf(fleet, gainOf(fleet));
  const score = new Float64Array(streams);
  const serving = new Int32Array(streams);
  const noise = new Float64Array(streams);
  const sweepUp = sweeper(fleet, score, serving, rng);
  const steps = Math.max(4096, Math.min(400_000, Math.floor(READINGS / streams)));
  const first = Math.min(2000, Math.floor(steps / 8)); // in these nothing rings: they tell where the statistic lies, and how wide
  const heard = new Float64Array(first);
  let limit = Number.POSITIVE_INFINITY;
  let scale = 0;
  let weight = 0;
  let average = 0;
  for (let t = 0; t < steps; t++) {
    const free = listen(normals, noise, serving, fleet);
    let sum = 0;
    for (let i = 0, drawn = 0; i < streams; i++) {
      if (serving[i] > 0) {
        serving[i]--;
        continue;
      }
      const x = noise[drawn++];
      sum += fleet.messages === "bits" ? (x > 0 ? 1 : -1) : x;
      score[i] = Math.max(0, score[i] + SHIFT * x - (SHIFT * SHIFT) / 2);
      if (score[i] < own) continue;
      score[i] = 0;
      serving[i] = block;
    }
    const statistic = free > 0 ? pool.hear(sum / deviation(free, shock), score, serving, free) : 0;
    if (t < first) {
      heard[t] = statistic;
      continue;
    }
    if (t === first) {
      const settled = heard.subarray(Math.floor(Math.min(first / 4, 100))).sort();
      limit = Math.max(settled[Math.floor(settled.length * Math.max(0, 1 - 1 / run))], 1e-6);
      // A third of the statistic's width: a limit that swings much rings more than its mean would.
      scale = (settled[Math.floor(0.9 * settled.length)] - settled[Math.floor(0.5 * settled.length)]) / 3 || 1;
    }
    const rang = statistic >= limit;
    if (rang) {
      let left = 0;
      for (let i = 0; i < streams; i++) if (serving[i] === 0) left++;
      sweepUp(left);
      pool.restart();
    }
    limit = Math.max(1e-6, limit + (scale / Math.sqrt(1 + (t - first) / run)) * ((rang ? 1 : 0) - 1 / run));
    if (t < steps / 3) continue;
    weight++;
    average += (limit - average) / weight;
  }
  return average;
}

/** The shift of the standardised sum that pools of it are tuned to. */
export const gainOf = ({ messages }: Pick<Fleet, "messages">): number =>
  messages === "bits" ? SHIFT * BIT_GAIN : SHIFT;

/** Standard deviation of the sum of n readings of correlation ρ: √(n(1 + (n−1)ρ)). */
export const deviation = (n: number, shock: number): number => Math.sqrt(n) * Math.sqrt(1 + (n - 1) * shock);

/** Draws the noise of the free streams, which lie end to end; returns how many there are. */
function listen(normals: Normals, noise: Float64Array, serving: Int32Array, { streams, shock }: Fleet): number {
  let free = 0;
  for (let i = 0; i < streams; i++) if (serving[i] === 0) free++;
  draw(normals, noise, free, shock);
  return free;
}

const common = new Float64Array(1);
/** Writes the next `count` readings of the innocent: N(0, 1) each, of correlation `shock`. */
export function draw(normals: Normals, out: Float64Array, count: number, shock: number): void {
  normals.fill(out, count);
  if (shock === 0) return;
  const alone = Math.sqrt(1 - shock);
  const shared = Math.sqrt(shock);
  normals.fill(common, 1);
  for (let i = 0; i < count; i++) out[i] = alone * out[i] + shared * common[0];
}
