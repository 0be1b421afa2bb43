import { InputError, show } from "../data/errors.ts";
import type { Draws } from "../random/draws.ts";
import { checkWhole, explainMask, frozenList, MAX_CHOICES } from "./check.ts";
import { isSpace, type Space } from "./space.ts";

/** The whole numbers start … start + n − 1. Masks: n values, 1 where a choice is allowed. */
export interface DiscreteSpace extends Space<number, number, ArrayLike<number>> {
  readonly kind: "discrete";
  readonly n: number;
  readonly start: number;
  /** What a choice is, and what each is called, where that was said. Documentation: plays no part in `equals`. */
  readonly says?: string;
  readonly names?: readonly string[];
}

/** What a choice means. */
export interface Meaning {
  /** What is chosen, with its unit: "requests to send". */
  readonly says?: string;
  /** What each value is called, the first one first. */
  readonly names?: readonly string[];
}

/**
 * n choices, numbered from `start`. A mask of zeros only draws `start`, as in Gymnasium.
 * @throws InputError unless n is a whole number from 1 to 2²¹, all choices are safe integers, and `names` are n strings.
 */
export function discrete(
  n: number,
  { start = 0, ...meaning }: { readonly start?: number } & Meaning = {},
): DiscreteSpace {
  checkWhole(n, 1, MAX_CHOICES, "discrete: n");
  checkWhole(start, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - n + 1, "discrete: start");
  const last = start + n - 1;
  const means = checkMeaning(meaning, n, "discrete");
  const hint = hintOf(means);
  const explain = (x: unknown): string | null =>
    typeof x === "number" && Number.isInteger(x) && x >= start && x <= last
      ? null
      : `got ${show(x)}, expected a whole number from ${start} to ${last}${hint}`;
  return Object.freeze<DiscreteSpace>({
    kind: "discrete",
    n,
    start,
    ...means,
    sample: (rng, mask) => start + choose(rng, n, mask, "discrete.sample"),
    contains: (x): x is number => explain(x) === null,
    explain,
    equals: (other) => isSpace<DiscreteSpace>(other, "discrete") && other.n === n && other.start === start,
    toJSON: () => ({ kind: "discrete", n, start }),
  });
}

/** Longest list of names that an error repeats. */
const SHOWN = 80;

/** What a value means, in brackets behind an error; empty where nothing was said. */
export function hintOf({ says, names }: Meaning): string {
  const list = names?.join(", ") ?? "";
  const words = [says, list.length <= SHOWN ? list : ""].filter(Boolean).join(": ");
  return words ? ` (${words})` : "";
}

/** @throws InputError unless `says` is a string and `names` are n of them, all different */
export function checkMeaning({ says, names }: Meaning, n: number, what: string): Meaning {
  if (says !== undefined && (typeof says !== "string" || says === "")) {
    throw new InputError(`${what}: says: got ${show(says)}, expected words.`);
  }
  if (names !== undefined) {
    const list = frozenList(names as never, `${what}: names`) as readonly unknown[];
    if (list.length !== n || !list.every((name) => typeof name === "string" && name !== "") || new Set(list).size < n) {
      throw new InputError(`${what}: got names ${show(names)}, expected ${n} different words.`);
    }
  }
  return { ...(says !== undefined && { says }), ...(names !== undefined && { names: Object.freeze([...names]) }) };
}

/** Uniform among the allowed of n choices, counted from 0; 0 when none is. One draw, or none when none is allowed. */
export function choose(rng: Draws, n: number, mask: ArrayLike<number> | null | undefined, what: string): number {
  if (mask === null || mask === undefined) return rng.int(0, n);
  const problem = explainMask(mask, n, 1);
  if (problem !== null) throw new InputError(`${what}: ${problem}.`);
  let allowed = 0;
  for (let i = 0; i < n; i++) allowed += mask[i];
  if (allowed === 0) return 0;
  let left = rng.int(0, allowed);
  let i = 0;
  while (mask[i] === 0 || left-- > 0) i++;
  return i;
}
