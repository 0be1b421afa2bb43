import { InputError, show } from "../data/errors.ts";
import { checkWhole, explainMask, isList, MAX_SIZE } from "./check.ts";
import { isSpace, type Space } from "./space.ts";

/** n bits. Masks: n values, 0 and 1 fix a bit, 2 leaves it to chance. */
export interface MultiBinarySpace extends Space<Uint8Array, Uint8Array | readonly number[], ArrayLike<number>> {
  readonly kind: "multi-binary";
  readonly n: number;
}

/**
 * All lists of n zeros and ones.
 * @throws InputError unless n is a whole number from 1 to 2²⁴.
 */
export function multiBinary(n: number): MultiBinarySpace {
  checkWhole(n, 1, MAX_SIZE, "multiBinary: n");
  const explain = (x: unknown): string | null => {
    if (!isList(x, "Uint8Array")) return `got ${show(x)}, expected a Uint8Array or list of ${n} values 0 or 1`;
    if (x.length !== n) return `got ${x.length} values, expected ${n}`;
    for (let i = 0; i < n; i++) if (x[i] !== 0 && x[i] !== 1) return `got ${show(x[i])} at index ${i}, expected 0 or 1`;
    return null;
  };
  return Object.freeze<MultiBinarySpace>({
    kind: "multi-binary",
    n,
    sample(rng, mask) {
      const masked = mask !== null && mask !== undefined;
      const problem = masked ? explainMask(mask, n, 2) : null;
      if (problem !== null) throw new InputError(`multiBinary.sample: ${problem}.`);
      const sampled = new Uint8Array(n);
      for (let i = 0; i < n; i++) sampled[i] = masked && mask[i] !== 2 ? mask[i] : rng.int(0, 2);
      return sampled;
    },
    contains: (x): x is Uint8Array | readonly number[] => explain(x) === null,
    explain,
    equals: (other) => isSpace<MultiBinarySpace>(other, "multi-binary") && other.n === n,
    toJSON: () => ({ kind: "multi-binary", n }),
  });
}
