import { InputError, show } from "../data/errors.ts";
import { checkWhole, frozenList, isList, MAX_CHOICES, sameNumbers } from "./check.ts";
import { checkMeaning, choose, hintOf, type Meaning } from "./discrete.ts";
import { isSpace, type Space } from "./space.ts";

/** Several choices at once: component i is one of 0 … nvec[i] − 1. Masks: a list with a mask (or null) a component. */
export interface MultiDiscreteSpace
  extends Space<Int32Array, Int32Array | readonly number[], readonly (ArrayLike<number> | null)[]> {
  readonly kind: "multi-discrete";
  readonly nvec: readonly number[];
  /** What each component means, where that was said. Documentation: plays no part in `equals`. */
  readonly components?: readonly Meaning[];
}

/**
 * Choices among nvec[0], nvec[1], … values. A component whose mask is all zeros is drawn as 0, as in Gymnasium.
 * @throws InputError unless nvec holds whole numbers from 1 to 2²¹, at least one, and `components` has a meaning for each
 */
export function multiDiscrete(
  nvec: ArrayLike<number>,
  { components }: { readonly components?: readonly Meaning[] } = {},
): MultiDiscreteSpace {
  const sizes = frozenList(nvec, "multiDiscrete: nvec") as readonly number[];
  if (sizes.length === 0) throw new InputError("multiDiscrete: got no sizes, expected at least one.");
  sizes.forEach((size, i) => {
    checkWhole(size, 1, MAX_CHOICES, `multiDiscrete: nvec[${i}]`);
  });
  if (components !== undefined && components.length !== sizes.length) {
    throw new InputError(`multiDiscrete: got ${components.length} components, expected ${sizes.length}.`);
  }
  const means = components?.map((one, i) => checkMeaning(one, sizes[i], `multiDiscrete: components[${i}]`));
  const explain = (x: unknown): string | null => {
    if (!isList(x, "Int32Array")) {
      return `got ${show(x)}, expected an Int32Array or list of ${sizes.length} whole numbers`;
    }
    if (x.length !== sizes.length) return `got ${x.length} numbers, expected ${sizes.length}`;
    for (let i = 0; i < sizes.length; i++) {
      const value = x[i];
      if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value >= sizes[i]) {
        return `got ${show(value)} at index ${i}, expected a whole number from 0 to ${sizes[i] - 1}${means ? hintOf(means[i]) : ""}`;
      }
    }
    return null;
  };
  return Object.freeze<MultiDiscreteSpace>({
    kind: "multi-discrete",
    nvec: sizes,
    ...(means && { components: Object.freeze(means) }),
    sample(rng, masks) {
      if (masks !== null && masks !== undefined && (!Array.isArray(masks) || masks.length !== sizes.length)) {
        throw new InputError(
          `multiDiscrete.sample: got masks ${show(masks)}, expected a list of ${sizes.length} masks.`,
        );
      }
      const sampled = new Int32Array(sizes.length);
      for (let i = 0; i < sizes.length; i++) {
        sampled[i] = choose(rng, sizes[i], masks?.[i], `multiDiscrete.sample, component ${i}`);
      }
      return sampled;
    },
    contains: (x): x is Int32Array | readonly number[] => explain(x) === null,
    explain,
    equals: (other) => isSpace<MultiDiscreteSpace>(other, "multi-discrete") && sameNumbers(other.nvec, sizes),
    toJSON: () => ({ kind: "multi-discrete", nvec: [...sizes] }),
  });
}
