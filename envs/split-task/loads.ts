import {
  ACCEPTED,
  above,
  accountsPerScore,
  drift,
  flipOf,
  GRAIN,
  outcomesOf,
  refusalThreshold,
  SAID,
  SIZES,
} from "./model.ts";
import type { SplitTask } from "./params.ts";

/** One way to load all accounts of a score for a step, and what may come of it. */
export interface Load {
  /** Actions, largest first. */
  readonly sizes: readonly number[];
  /** Harm in halves, ones in the log (or, unpublished, under noised sums) and probability of each outcome. */
  readonly gains: Int32Array;
  readonly said: Int32Array;
  readonly chances: Float64Array;
}

/** All multisets of `count` actions. */
function multisets(count: number): number[][] {
  const found: number[][] = [];
  const extend = (chosen: readonly number[], most: number) => {
    if (chosen.length === count) found.push([...chosen]);
    else for (let size = most; size >= 0; size--) extend([...chosen, size], size);
  };
  extend([], SIZES.length - 1);
  return found;
}

/** Those of at most two sizes. */
function pairs(count: number): number[][] {
  const found = SIZES.map((_, size) => new Array<number>(count).fill(size));
  for (let more = 1; more < SIZES.length; more++) {
    for (let less = 0; less < more; less++) {
      for (let n = 1; n < count; n++) {
        found.push([...new Array<number>(n).fill(more), ...new Array<number>(count - n).fill(less)]);
      }
    }
  }
  return found;
}

/**
 * What may come of one account's request: [halves, ones, probability], averaged over providers. An account that cools down
 * (as often as its load makes it) adds nothing to harm, and to the score nothing in the mean.
 */
function requestOf(p: SplitTask, size: number): [number, number, number][] {
  const theta = refusalThreshold(p.refusal);
  const silent = Math.min(1, drift(p, accountsPerScore(p)) / GRAIN / accountsPerScore(p));
  return [-1, 1].flatMap((sign) => {
    const limit = theta + sign * p.laxness;
    const { codes, chances } = outcomesOf((x) => above(x, SIZES[size]), limit, flipOf(p));
    const free = 1 / (1 + p.cooldown * above(limit, SIZES[size]));
    return [
      ...Array.from(codes, (code, i): [number, number, number] => [
        (code & ACCEPTED) > 0 ? 2 * SIZES[size] : 0,
        code & SAID,
        (chances[i] * free) / 2,
      ]),
      [0, 1, ((1 - free) * silent) / 2] as [number, number, number],
      [0, 0, ((1 - free) * (1 - silent)) / 2] as [number, number, number],
    ];
  });
}

/**
 * Everything that the accounts of one score may send in a step. `few`: of loads of two sizes those for which no other does
 * as much harm with as few entries, in the mean.
 */
export function loadsOf(p: SplitTask, few: boolean): Load[] {
  const count = accountsPerScore(p);
  const single = SIZES.map((_, size) => requestOf(p, size));
  const rows = count + 1;
  const loads = (few ? pairs(count) : multisets(count)).map((sizes): Load => {
    let law = new Map([[0, 1]]);
    for (const size of sizes) {
      const next = new Map<number, number>();
      for (const [key, mass] of law) {
        for (const [gain, said, chance] of single[size]) {
          const to = key + gain * rows + said;
          next.set(to, (next.get(to) ?? 0) + mass * chance);
        }
      }
      law = next;
    }
    const likely = [...law].filter(([, mass]) => mass > 1e-12);
    return {
      sizes,
      gains: Int32Array.from(likely, ([key]) => Math.floor(key / rows)),
      said: Int32Array.from(likely, ([key]) => key % rows),
      chances: Float64Array.from(likely, ([, mass]) => mass),
    };
  });
  return few ? undominated(loads) : loads;
}

function undominated(loads: readonly Load[]): Load[] {
  const means = loads.map(({ gains, said, chances }) => ({
    harm: chances.reduce((sum, mass, i) => sum + mass * gains[i], 0),
    entries: chances.reduce((sum, mass, i) => sum + mass * said[i], 0),
  }));
  return loads.filter((_, i) =>
    means.every((other, j) => {
      const { harm, entries } = means[i];
      if (i === j || other.harm < harm || other.entries > entries) return true;
      return other.harm === harm && other.entries === entries && j > i;
    }),
  );
}
