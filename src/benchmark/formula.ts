import { createRequire } from "node:module";
import { InputError, unknownName } from "../data/errors.ts";
import { pow } from "../numeric/index.ts";
import type { Interval } from "../stats/index.ts";

/** A score as a formula over metrics: data that was checked to be arithmetic and nothing else. */
export interface Expression {
  readonly text: string;
  /** Metrics it names, in order of appearance: the order `of` takes values in. */
  readonly names: readonly string[];
  /** Its value for metrics in [0,1]: always a finite number. */
  of(values: ArrayLike<number>): number;
  /** Bounds of `of` over all metrics in [0,1]; not always attained. */
  readonly range: Interval;
}

/** What this file reads of mathjs's syntax tree. */
interface Tree {
  readonly type: string;
  readonly value?: unknown;
  readonly name?: string;
  readonly fn?: string | Tree;
  readonly args?: readonly Tree[];
  readonly content?: Tree;
  readonly implicit?: boolean;
}

/** A part of the formula: how to compute it, and between which numbers it lies. */
interface Part extends Interval {
  of(values: ArrayLike<number>): number;
}

const MAX_LENGTH = 500;
const MAX_PARTS = 200;
const MAX_DEPTH = 30;
const ALLOWED = "Allowed are numbers, metrics, + - * / ^, parentheses, min and max.";
// Signs as people type them; each is one character, so that places in errors stay right.
const SIGNS: Readonly<Record<string, string>> = { "×": "*", "·": "*", "÷": "/", "−": "-" };
const FOREIGN = /[^A-Za-z0-9_.+\-*/^(), ]/;

/**
 * Reads a formula such as `min(utility, 0.5 * privacy + 0.5 * oversight)`. mathjs parses; its tree is walked against an
 * allow-list and compiled here, so nothing of mathjs is ever evaluated.
 * @param metrics names that may stand in it
 * @throws InputError for anything else, for formulas that are long or deep, and for those that are not a finite number
 * for every value of the metrics in [0,1]: x / y where y may be 0, (x − 1) ^ 0.5
 */
export function parseExpression(text: string, metrics: readonly string[]): Expression {
  if (text.length > MAX_LENGTH) {
    throw new InputError(`it has ${text.length} characters, expected at most ${MAX_LENGTH}.`);
  }
  if (text.trim() === "") throw new InputError(`it is empty. ${ALLOWED}`);
  const plain = text.replace(/[×·÷−]/g, (sign) => SIGNS[sign]).replace(/\s/g, " ");
  const foreign = plain.search(FOREIGN);
  if (foreign >= 0) throw new InputError(`character ${foreign + 1} is ${JSON.stringify(text[foreign])}. ${ALLOWED}`);
  let depth = 0;
  for (const sign of plain) {
    depth += sign === "(" ? 1 : sign === ")" ? -1 : 0;
    if (depth > MAX_DEPTH) throw new InputError(`it is nested more than ${MAX_DEPTH} deep.`);
  }
  const names: string[] = [];
  let parts = 0;
  const walk = (tree: Tree, level: number): Part => {
    if (++parts > MAX_PARTS) throw new InputError(`it has more than ${MAX_PARTS} numbers, metrics and signs.`);
    if (level > MAX_DEPTH) throw new InputError(`it is nested more than ${MAX_DEPTH} deep.`);
    const inner = (tree.args ?? []).map((arg) => () => walk(arg, level + 1));
    if (tree.type === "ParenthesisNode" && tree.content) return walk(tree.content, level + 1);
    if (tree.type === "ConstantNode") return constant(tree.value);
    if (tree.type === "SymbolNode") return metric(String(tree.name), metrics, names);
    if (tree.type === "OperatorNode") return operation(tree, inner);
    if (tree.type === "FunctionNode") return extreme(tree, inner);
    throw new InputError(`it holds more than arithmetic (${tree.type}). ${ALLOWED}`);
  };
  const { of, low, high } = walk(parse(plain), 0);
  if (names.length === 0) throw new InputError(`it names no metric. Known: ${metrics.join(", ")}.`);
  return { text, names, of, range: { low, high } };
}

function parse(text: string): Tree {
  // Required, not imported: the bundle loads ten times faster than the modules.
  const require = createRequire(import.meta.url);
  const { parse } = require("mathjs/lib/browser/math.js") as { parse(text: string): Tree };
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw new InputError("it is nested too deeply.");
    throw new InputError(`it is no formula: ${(error as Error).message.replace(/\.?$/, ".")} ${ALLOWED}`);
  }
}

function constant(value: unknown): Part {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new InputError(`${String(value)} is no finite number. ${ALLOWED}`);
  }
  return { of: () => value, low: value, high: value };
}

function metric(name: string, metrics: readonly string[], names: string[]): Part {
  if (!metrics.includes(name)) throw new InputError(unknownName("metric", name, metrics).message);
  if (!names.includes(name)) names.push(name);
  const at = names.indexOf(name);
  return { of: (values) => values[at], low: 0, high: 1 };
}

function operation({ fn, implicit }: Tree, inner: readonly (() => Part)[]): Part {
  if (implicit) throw new InputError("two factors stand side by side; write * between them.");
  const [a, b] = inner.map((part) => part());
  if (fn === "unaryMinus") return bounded("-", (values) => -a.of(values), [-a.low, -a.high]);
  if (fn === "unaryPlus") return a;
  const ends = (of: (x: number, y: number) => number) => [a.low, a.high].flatMap((x) => [of(x, b.low), of(x, b.high)]);
  if (fn === "add") return bounded("+", (values) => a.of(values) + b.of(values), [a.low + b.low, a.high + b.high]);
  if (fn === "subtract") return bounded("-", (values) => a.of(values) - b.of(values), [a.low - b.high, a.high - b.low]);
  if (fn === "multiply")
    return bounded(
      "*",
      (values) => a.of(values) * b.of(values),
      ends((x, y) => x * y),
    );
  if (fn === "divide") {
    if (b.low <= 0 && b.high >= 0)
      throw new InputError("what stands below / may be 0; keep it above 0, as in x / (1 + y).");
    return bounded(
      "/",
      (values) => a.of(values) / b.of(values),
      ends((x, y) => x / y),
    );
  }
  if (fn === "pow") return power(a, b, ends(pow));
  throw new InputError(`"${String(fn)}" is not allowed. ${ALLOWED}`);
}

function power(a: Part, b: Part, ends: readonly number[]): Part {
  const whole = b.low === b.high && Number.isInteger(b.low) && b.low >= 0;
  if (!(whole || a.low > 0 || (a.low === 0 && b.low >= 0))) {
    throw new InputError("what stands before ^ may be 0 or below where the exponent is not a whole number from 0 on.");
  }
  // An even power of what may be negative is least inside; 0 ^ 0 is 1.
  const inside = [...(a.low < 0 && a.high > 0 ? [0] : []), ...(a.low <= 0 && b.low <= 0 ? [1] : [])];
  return bounded("^", (values) => pow(a.of(values), b.of(values)), [...ends, ...inside]);
}

function extreme({ fn }: Tree, inner: readonly (() => Part)[]): Part {
  const name = typeof fn === "string" ? fn : fn?.type === "SymbolNode" ? fn.name : undefined;
  if (name !== "min" && name !== "max")
    throw new InputError(`the function ${name ?? "there"} is not allowed. ${ALLOWED}`);
  if (inner.length === 0) throw new InputError(`${name}() is empty; name at least one metric.`);
  const parts = inner.map((part) => part());
  const pick = name === "min" ? Math.min : Math.max;
  const of = (values: ArrayLike<number>) =>
    parts.reduce((best, part) => pick(best, part.of(values)), parts[0].of(values));
  return { of, low: pick(...parts.map(({ low }) => low)), high: pick(...parts.map(({ high }) => high)) };
}

function bounded(sign: string, of: Part["of"], ends: readonly number[]): Part {
  const low = Math.min(...ends);
  const high = Math.max(...ends);
  if (Number.isFinite(low) && Number.isFinite(high)) return { of, low, high };
  throw new InputError(`what ${sign} gives may be too large for a number.`);
}
