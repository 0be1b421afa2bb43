import type { Draws } from "../random/draws.ts";

/**
 * The typed description of a set of values, after Gymnasium's `Space`. Frozen, and without a stream of its own: whoever
 * samples brings an `Rng`.
 *
 * `Sampled` is the type of a drawn member, `Accepted` the type of everything that counts as one (a Box draws
 * Float32Arrays and also accepts plain lists of numbers), `Mask` what may narrow the drawing.
 */
export interface Space<Sampled = unknown, Accepted = Sampled, Mask = unknown> {
  readonly kind: string;
  /**
   * A random member. A mask narrows the choice in the way each space says.
   * @throws InputError if the mask does not fit the space.
   */
  sample(rng: Draws, mask?: Mask | null): Sampled;
  /** Whether x is a member. Strict: no coercion, no NaN, no missing or extra parts. */
  contains(x: unknown): x is Accepted;
  /** Why x is not a member, as in "got 7, expected a whole number from 0 to 4"; null if it is one. */
  explain(x: unknown): string | null;
  /** Whether `other` is a space with the same members. */
  equals(other: unknown): boolean;
  /** Plain data that `fromJSON` turns back into an equal space. */
  toJSON(): SpaceJSON;
}

/** What `toJSON` gives: `kind`, and the arguments of the function of that name. Infinite bounds are strings. */
export type SpaceJSON =
  | { kind: "box"; shape: number[]; low: BoundJSON; high: BoundJSON; names?: string[] }
  | { kind: "discrete"; n: number; start: number }
  | { kind: "multi-discrete"; nvec: number[] }
  | { kind: "multi-binary"; n: number }
  | { kind: "tuple"; spaces: SpaceJSON[] }
  | { kind: "dict"; spaces: { [name: string]: SpaceJSON } };

type Extended = number | "Infinity" | "-Infinity";
/** One bound for all numbers of a Box, or one for each. */
export type BoundJSON = Extended | Extended[];

/** The type of a drawn member: Float32Array for a Box, number for a Discrete, and so on into Tuples and Dicts. */
export type Sample<S extends Space> = ReturnType<S["sample"]>;
/** The type of everything that a space accepts as a member. */
export type Member<S extends Space> = S extends {
  /** Whether x is a member. */
  contains(x: unknown): x is infer Accepted;
}
  ? Accepted
  : never;
/** The type of the masks that a space can be sampled with. */
export type Mask<S extends Space> = NonNullable<Parameters<S["sample"]>[1]>;

/** Why x is not a member of the space, as in "got 7, expected a whole number from 0 to 4"; null if it is one. */
export function explain(space: Space, x: unknown): string | null {
  return space.explain(x);
}

/** Whether x has the shape of a space, of the given kind if one is given. */
export function isSpace<S extends Space = Space>(x: unknown, kind?: S["kind"]): x is S {
  const space = x as Partial<Space> | null | undefined;
  if (typeof space?.sample !== "function" || typeof space.explain !== "function") return false;
  return kind === undefined ? typeof space.kind === "string" : space.kind === kind;
}
