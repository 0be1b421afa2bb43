import { InputError, show } from "../data/errors.ts";
import { type BoxSpace, box } from "./box.ts";
import { MAX_SIZE } from "./check.ts";
import { type DictSpace, dict } from "./dict.ts";
import { type DiscreteSpace, discrete } from "./discrete.ts";
import { type MultiBinarySpace, multiBinary } from "./multi-binary.ts";
import { type MultiDiscreteSpace, multiDiscrete } from "./multi-discrete.ts";
import { type TupleSpace, tuple } from "./tuple.ts";

/** A space of any kind; `kind` tells which. */
export type AnySpace = BoxSpace | DiscreteSpace | MultiDiscreteSpace | MultiBinarySpace | TupleSpace | DictSpace;

/** Deeper nesting and more parts than any space in use, little enough that reading a hostile file is harmless. */
const MAX_DEPTH = 16;
const MAX_PARTS = 4096;

/** Keys of each kind: those that must be there, those that may. */
const KEYS: Readonly<Record<AnySpace["kind"], readonly [required: readonly string[], optional: readonly string[]]>> = {
  box: [["shape", "low", "high"], ["names"]],
  discrete: [["n"], ["start"]],
  "multi-discrete": [["nvec"], []],
  "multi-binary": [["n"], []],
  tuple: [["spaces"], []],
  dict: [["spaces"], []],
};

interface Budget {
  parts: number;
  numbers: number;
}

/**
 * The space that `toJSON` described. Safe on data from anywhere: nothing is executed, unknown keys are refused, and
 * nesting (16), parts (4096) and numbers (2²⁴ in all) are limited.
 * @throws InputError that says where, what was given, and what was expected.
 */
export function fromJSON(json: unknown): AnySpace {
  return read(json, "space", 0, { parts: MAX_PARTS, numbers: MAX_SIZE });
}

function read(json: unknown, where: string, depth: number, budget: Budget): AnySpace {
  if (depth > MAX_DEPTH) throw new InputError(`${where}: nested more than ${MAX_DEPTH} spaces deep.`);
  if (--budget.parts < 0) throw new InputError(`${where}: more than ${MAX_PARTS} spaces in all.`);
  const kinds = Object.keys(KEYS).join(", ");
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InputError(`${where}: got ${show(json)}, expected an object with a kind: ${kinds}.`);
  }
  const data = json as Record<string, unknown>;
  const kind = Object.hasOwn(data, "kind") ? data.kind : undefined;
  if (!isKind(kind)) throw new InputError(`${where}.kind: got ${show(kind)}, expected one of ${kinds}.`);
  checkKeys(data, kind, where);
  const spend = (count: unknown): void => {
    budget.numbers -= typeof count === "number" && count > 0 ? count : 0;
    if (budget.numbers < 0) throw new InputError(`${where}: more than ${MAX_SIZE} numbers in all.`);
  };
  switch (kind) {
    case "box": {
      const shape = list(data.shape, `${where}.shape`) as number[];
      spend(shape.reduce((product, dimension) => product * Number(dimension), 1));
      const low = bound(data.low, `${where}.low`);
      const high = bound(data.high, `${where}.high`);
      const names = data.names === undefined ? undefined : (list(data.names, `${where}.names`) as string[]);
      return at(where, () => box(shape, low, high, { names }));
    }
    case "discrete":
      return at(where, () =>
        discrete(data.n as number, data.start === undefined ? {} : { start: data.start as number }),
      );
    case "multi-discrete": {
      const nvec = list(data.nvec, `${where}.nvec`) as number[];
      spend(nvec.length);
      return at(where, () => multiDiscrete(nvec));
    }
    case "multi-binary":
      spend(data.n);
      return at(where, () => multiBinary(data.n as number));
    case "tuple": {
      const parts = list(data.spaces, `${where}.spaces`);
      return tuple(...parts.map((part, i) => read(part, `${where}.spaces[${i}]`, depth + 1, budget)));
    }
    case "dict": {
      if (typeof data.spaces !== "object" || data.spaces === null || Array.isArray(data.spaces)) {
        throw new InputError(`${where}.spaces: got ${show(data.spaces)}, expected an object of spaces by name.`);
      }
      const entries = Object.entries(data.spaces).map(([name, part]) => {
        return [name, read(part, `${where}.spaces.${name.slice(0, 40)}`, depth + 1, budget)] as const;
      });
      return at(where, () => dict(Object.fromEntries(entries)));
    }
  }
}

function isKind(x: unknown): x is AnySpace["kind"] {
  return typeof x === "string" && Object.hasOwn(KEYS, x);
}

function checkKeys(data: Record<string, unknown>, kind: AnySpace["kind"], where: string): void {
  const [required, optional] = KEYS[kind];
  const missing = required.find((key) => !Object.hasOwn(data, key));
  if (missing !== undefined) throw new InputError(`${where}: "${missing}" is missing in a ${kind} space.`);
  const extra = Object.keys(data).find((key) => key !== "kind" && !required.includes(key) && !optional.includes(key));
  if (extra !== undefined) {
    const known = ["kind", ...required, ...optional].join(", ");
    throw new InputError(`${where}: got the key ${show(extra)}, expected only ${known}.`);
  }
}

function list(x: unknown, where: string): unknown[] {
  if (!Array.isArray(x)) throw new InputError(`${where}: got ${show(x)}, expected a list.`);
  return x;
}

function bound(x: unknown, where: string): number | number[] {
  const decode = (value: unknown, at: string): number => {
    if (value === "Infinity") return Number.POSITIVE_INFINITY;
    if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new InputError(`${at}: got ${show(value)}, expected a finite number, "Infinity" or "-Infinity".`);
  };
  return Array.isArray(x) ? x.map((value, i) => decode(value, `${where}[${i}]`)) : decode(x, where);
}

/** Runs a constructor, saying where in the file its complaint belongs. */
function at<T>(where: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${where}: ${error.message}`);
    throw error;
  }
}
