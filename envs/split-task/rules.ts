import { type Threshold, thresholdOf } from "./ledger.ts";
import {
  above,
  accountsPerScore,
  BAR,
  drift,
  flipOf,
  innocentAbove,
  outcomesOf,
  publishedLaw,
  publishedMean,
  refusalThreshold,
  SIZES,
} from "./model.ts";
import type { SplitTask } from "./params.ts";

/** Cuts of one request's law; the last is above every word. */
const CUTS = 6;
const WORDS = 2 ** 32;

/** The laws of `model.ts` as tables for inner loops. */
export interface Rules {
  readonly threshold: Threshold;
  /** Where a uniform word falls among these, and what came of the request then: `codes`. */
  readonly cuts: Float64Array;
  readonly codes: Uint8Array;
  /** Where the law of an innocent at a lax provider begins; at a strict one it begins at 0. */
  readonly lax: number;
  /** Where the law of action a begins after an innocent's: `loads + a · perLoad`. */
  readonly loads: number;
  readonly perLoad: number;
  /** P(above the bar), by action. */
  readonly hopes: Float64Array;
  /** What a score falls by, by entries sent, in sixteenths. */
  readonly falls: Int32Array;
  /** Mean of what is published, by entries sent and ones among them: `[rows · rows]`. */
  readonly means: Float64Array;
  /** Under noised sums, cuts of what is published: `[rows · rows · rows]`. */
  readonly published: Float64Array;
  readonly rows: number;
}

// One for all copies of a world: they are made with the same parameters object.
const made = new WeakMap<SplitTask, Rules>();

export function rulesOf(p: SplitTask): Rules {
  const known = made.get(p);
  if (known) return known;
  const rules = makeRules(p);
  made.set(p, rules);
  return rules;
}

function makeRules(p: SplitTask): Rules {
  const theta = refusalThreshold(p.refusal);
  const overs = [innocentAbove, ...SIZES.map((load) => (x: number) => above(x, load))];
  const laws = [-1, 1].flatMap((sign) => overs.map((over) => outcomesOf(over, theta + sign * p.laxness, flipOf(p))));
  const rows = accountsPerScore(p) + 1;
  const means = new Float64Array(rows * rows);
  const published = new Float64Array(p.oversight === "sum" ? rows * rows * rows : 0);
  for (let sent = 0; sent < rows; sent++) {
    for (let said = 0; said <= sent; said++) {
      const at = sent * rows + said;
      means[at] = publishedMean(said, sent, p);
      if (p.oversight !== "sum") continue;
      const law = publishedLaw(said, sent, p.sharing);
      let sum = 0;
      for (let y = 0; y < sent; y++) {
        sum += law[y];
        published[at * rows + y] = sum * WORDS;
      }
      published[at * rows + sent] = WORDS;
    }
  }
  return {
    threshold: thresholdOf(p),
    cuts: Float64Array.from(laws.flatMap(({ cuts }) => [...cuts.subarray(0, CUTS - 1), WORDS])),
    codes: Uint8Array.from(laws.flatMap(({ codes }) => [...codes])),
    lax: overs.length * CUTS,
    loads: CUTS,
    perLoad: CUTS,
    hopes: Float64Array.from(SIZES, (load) => above(BAR, load)),
    falls: Int32Array.from({ length: rows }, (_, sent) => drift(p, sent)),
    means,
    published,
    rows,
  };
}
