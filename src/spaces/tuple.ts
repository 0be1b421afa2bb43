import { InputError, show } from "../data/errors.ts";
import { frozenList } from "./check.ts";
import { isSpace, type Mask, type Member, type Sample, type Space } from "./space.ts";

/** Lists with one member of each space, in order. Masks: a list with a mask (or null) a space. */
export interface TupleSpace<S extends readonly Space[] = readonly Space[]>
  extends Space<
    { -readonly [I in keyof S]: Sample<S[I]> },
    { readonly [I in keyof S]: Member<S[I]> },
    { readonly [I in keyof S]: Mask<S[I]> | null }
  > {
  readonly kind: "tuple";
  readonly spaces: S;
}

/**
 * The product of spaces, told apart by position.
 * @throws InputError if an argument is not a space.
 */
export function tuple<const S extends readonly Space[]>(...spaces: S): TupleSpace<S> {
  const parts = frozenList(spaces, "tuple") as S;
  parts.forEach((part, i) => {
    if (!isSpace(part)) throw new InputError(`tuple: argument ${i} is ${show(part)}, expected a space.`);
  });
  const explain = (x: unknown): string | null => {
    if (!Array.isArray(x)) return `got ${show(x)}, expected a list of ${parts.length} members`;
    if (x.length !== parts.length) return `got ${x.length} members, expected ${parts.length}`;
    for (let i = 0; i < parts.length; i++) {
      const problem = parts[i].explain(x[i]);
      if (problem !== null) return `in part ${i}: ${problem}`;
    }
    return null;
  };
  return Object.freeze<TupleSpace<S>>({
    kind: "tuple",
    spaces: parts,
    sample(rng, masks) {
      if (masks !== null && masks !== undefined && (!Array.isArray(masks) || masks.length !== parts.length)) {
        throw new InputError(`tuple.sample: got masks ${show(masks)}, expected a list of ${parts.length} masks.`);
      }
      return parts.map((part, i) => part.sample(rng, masks?.[i])) as { -readonly [I in keyof S]: Sample<S[I]> };
    },
    contains: (x): x is { readonly [I in keyof S]: Member<S[I]> } => explain(x) === null,
    explain,
    equals: (other) =>
      isSpace<TupleSpace>(other, "tuple") &&
      other.spaces.length === parts.length &&
      parts.every((part, i) => part.equals(other.spaces[i])),
    toJSON: () => ({ kind: "tuple", spaces: parts.map((part) => part.toJSON()) }),
  });
}
