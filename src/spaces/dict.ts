import { InputError, show } from "../data/errors.ts";
import { isSpace, type Mask, type Member, type Sample, type Space } from "./space.ts";

/** Records with one member of each named space and no other keys. Masks: a record, names left out are unmasked. */
export interface DictSpace<S extends Readonly<Record<string, Space>> = Readonly<Record<string, Space>>>
  extends Space<
    { -readonly [K in keyof S]: Sample<S[K]> },
    { readonly [K in keyof S]: Member<S[K]> },
    { readonly [K in keyof S]?: Mask<S[K]> | null }
  > {
  readonly kind: "dict";
  /** In declaration order (Gymnasium sorts by name). */
  readonly spaces: S;
}

/**
 * The product of spaces, told apart by name. Samples and flattened members keep the order of declaration.
 * @throws InputError if a value is not a space, or a name is empty, `__proto__`, or a whole number: JavaScript objects
 *   put such keys first, which would change the order.
 */
export function dict<const S extends Readonly<Record<string, Space>>>(spaces: S): DictSpace<S> {
  if (typeof spaces !== "object" || spaces === null || Array.isArray(spaces)) {
    throw new InputError(`dict: got ${show(spaces)}, expected an object of spaces by name.`);
  }
  const parts = Object.freeze({ ...spaces });
  const names = Object.keys(parts);
  for (const name of Object.keys(spaces)) {
    if (name === "" || name === "__proto__" || /^(0|[1-9]\d*)$/.test(name)) {
      throw new InputError(`dict: got the name ${show(name)}, expected a word other than "__proto__", not a number.`);
    }
    if (!isSpace(spaces[name])) throw new InputError(`dict: "${name}" is ${show(spaces[name])}, expected a space.`);
  }
  const explain = (x: unknown): string | null => {
    if (typeof x !== "object" || x === null || Array.isArray(x) || ArrayBuffer.isView(x)) {
      return `got ${show(x)}, expected an object with the keys ${names.join(", ")}`;
    }
    for (const name of names) {
      if (!Object.hasOwn(x, name)) return `"${name}" is missing, expected the keys ${names.join(", ")}`;
      const problem = parts[name].explain((x as Record<string, unknown>)[name]);
      if (problem !== null) return `in "${name}": ${problem}`;
    }
    const extra = Reflect.ownKeys(x).find((key) => typeof key === "symbol" || !Object.hasOwn(parts, key));
    return extra === undefined ? null : `got the key ${show(String(extra))}, expected only ${names.join(", ")}`;
  };
  return Object.freeze<DictSpace<S>>({
    kind: "dict",
    spaces: parts,
    sample(rng, masks) {
      if (masks !== null && masks !== undefined) {
        const extra = Object.keys(masks).find((name) => !Object.hasOwn(parts, name));
        if (extra !== undefined || typeof masks !== "object") {
          throw new InputError(`dict.sample: got masks ${show(masks)}, expected a record over ${names.join(", ")}.`);
        }
      }
      const entries = names.map((name) => {
        const mask = masks && Object.hasOwn(masks, name) ? masks[name] : null;
        return [name, parts[name].sample(rng, mask)] as const;
      });
      return Object.fromEntries(entries) as { -readonly [K in keyof S]: Sample<S[K]> };
    },
    contains: (x): x is { readonly [K in keyof S]: Member<S[K]> } => explain(x) === null,
    explain,
    equals(other) {
      if (!isSpace<DictSpace>(other, "dict")) return false;
      const theirs = Object.keys(other.spaces);
      return (
        theirs.length === names.length &&
        names.every((name, i) => theirs[i] === name && parts[name].equals(other.spaces[name]))
      );
    },
    toJSON: () => ({
      kind: "dict",
      spaces: Object.fromEntries(names.map((name) => [name, parts[name].toJSON()])),
    }),
  });
}
