import { type BoxSpace, box } from "./index.ts";

/** A flat Box made of named parts, laid end to end: agents get one array, dynamics write `slot.parts.name`. */
export interface LayoutSpace<L extends Readonly<Record<string, BoxSpace>> = Readonly<Record<string, BoxSpace>>>
  extends BoxSpace {
  readonly parts: L;
}

/**
 * A flat observation with named slices. One array an agent is several times faster to hand out than a Dict of many.
 * Numbers are named `part` or `part[i]`.
 */
export function layout<const L extends Readonly<Record<string, BoxSpace>>>(parts: L): LayoutSpace<L> {
  const list = Object.entries(parts);
  const low = list.flatMap(([, part]) => [...part.low]);
  const high = list.flatMap(([, part]) => [...part.high]);
  const names = list.flatMap(([name, { size }]) =>
    Array.from({ length: size }, (_, i) => (size === 1 ? name : `${name}[${i}]`)),
  );
  return Object.freeze({ ...box([low.length], low, high, { names }), parts });
}

/** Named parts of an observation, in order; none for a plain Box. */
export function partsOf(
  space: BoxSpace | { readonly spaces: Readonly<Record<string, BoxSpace>> },
): [string, BoxSpace][] {
  if ("spaces" in space) return Object.entries(space.spaces);
  return "parts" in space ? Object.entries((space as LayoutSpace).parts) : [];
}
