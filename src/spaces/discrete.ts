import { InputError, show } from "../data/errors.ts";
import type { Draws } from "../random/draws.ts";
import { checkWhole, explainMask, MAX_CHOICES } from "./check.ts";
import { isSpace, type Space } from "./space.ts";

/** The whole numbers start … start + n − 1. Masks: n values, 1 where a choice is allowed. */
export interface DiscreteSpace extends Space<number, number, ArrayLike<number>> {
  readonly kind: "discrete";
  readonly n: number;
  readonly start: number;
}

/**
 * n choices, numbered from `start`. A mask of zeros only draws `start`, as in Gymnasium.
 * @throws InputError unless n is a whole number from 1 to 2²¹ and all choices are safe integers.
 */
export function discrete(n: number, { start = 0 }: { readonly start?: number } = {}): DiscreteSpace {
  checkWhole(n, 1, MAX_CHOICES, "discrete: n");
  checkWhole(start, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - n + 1, "discrete: start");
  const last = start + n - 1;
  const explain = (x: unknown): string | null =>
    typeof x === "number" && Number.isInteger(x) && x >= start && x <= last
      ? null
      : `got ${show(x)}, expected a whole number from ${start} to ${last}`;
  return Object.freeze<DiscreteSpace>({
    kind: "discrete",
    n,
    start,
    sample: (rng, mask) => start + choose(rng, n, mask, "discrete.sample"),
    contains: (x): x is number => explain(x) === null,
    explain,
    equals: (other) => isSpace<DiscreteSpace>(other, "discrete") && other.n === n && other.start === start,
    toJSON: () => ({ kind: "discrete", n, start }),
  });
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
