import { basename } from "node:path";
import {
  type Document,
  type DocumentOptions,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
} from "yaml";
import type { z } from "zod";
import { explainIssue, InputError, nearest, show } from "../errors.ts";
import { readText } from "./files.ts";
import { type BenchmarkConfig, benchmarkSchema, entrySchema, keysAt, type PortfolioEntry } from "./schema.ts";

type Path = readonly PropertyKey[];

/** Where a configuration came from: turns a path inside it into an error that says where to look. */
export interface Origin {
  readonly name: string;
  /** Folder that relative paths start from. */
  readonly folder?: string;
  error(path: Path, message: string): InputError;
}

export interface Loaded {
  readonly config: BenchmarkConfig;
  /** What was written, overrides applied: `checkConfig` of it gives `config` again. */
  readonly given: unknown;
  readonly origin: Origin;
}

const MAX_BYTES = 1 << 20;
const MAX_DEPTH = 32;
const MAX_OVERRIDE = 10_000;
const FORBIDDEN = ["__proto__", "constructor", "prototype"];

// YAML 1.2 has no 1_000_000; people write it, and a string would be refused with a puzzling message.
const underscored = {
  tag: "tag:yaml.org,2002:int",
  default: true as const,
  test: /^[-+]?[0-9]+(?:_[0-9]+)+$/,
  resolve: (text: string) => Number(text.replaceAll("_", "")),
};
const YAML: ParseOptions & DocumentOptions & SchemaOptions = {
  customTags: (tags) => [...tags, underscored],
  logLevel: "silent",
};

/**
 * Reads a benchmark file and applies overrides (`seeds.runs=10`).
 * @throws InputError naming file, line and column, what was expected, and the nearest valid name.
 */
export function loadConfig(file: string, overrides: readonly string[] = []): Loaded {
  return parseConfig(readText(file, MAX_BYTES), file, overrides);
}

/** The same from text; `name` is what errors call it. */
export function parseConfig(text: string, name: string, overrides: readonly string[] = []): Loaded {
  const lines = new LineCounter();
  const document = parseYaml(text, name, lines);
  const given = copyTree(
    toData(document, name),
    [],
    (path, message) => new InputError(`${place(document, lines, name, path)}: ${message}`),
  );
  const changes = overrides.map(parseOverride);
  for (const change of changes) apply(given, change);
  const origin: Origin = {
    name,
    error(path, message) {
      const change = changes.findLast((one) => one.path.every((key, i) => i >= path.length || String(path[i]) === key));
      return new InputError(`${change ? `override ${change.text}` : place(document, lines, name, path)}: ${message}`);
    },
  };
  return { config: checkConfig(given, origin), given, origin };
}

/** Checks plain data against the schema of benchmark files. @throws InputError, made by `origin`. */
export function checkConfig(given: unknown, origin: Origin): BenchmarkConfig {
  const parsed = benchmarkSchema.safeParse(given);
  if (!parsed.success) throw issueError(parsed.error.issues[0], given, benchmarkSchema, [], origin);
  const portfolio = parsed.data.portfolio.map((entry, i) => {
    const schema = entrySchema(entry);
    const checked = schema.safeParse(entry);
    if (!checked.success) throw issueError(checked.error.issues[0], entry, schema, ["portfolio", i], origin);
    return checked.data as PortfolioEntry;
  });
  return { ...parsed.data, portfolio };
}

/** The error for what zod found in a part of a configuration that lies at `prefix`. */
export function issueError(
  issue: z.core.$ZodIssue,
  input: unknown,
  schema: z.core.$ZodType,
  prefix: Path,
  origin: Origin,
): InputError {
  const deepest = issue.code === "invalid_union" ? deepestBranch(issue) : issue;
  const path = [...prefix, ...deepest.path];
  const shown = { ...deepest, path } as z.core.$ZodIssue;
  // The message names the whole path, so the input is wrapped to be found there.
  const whole = prefix.reduceRight<unknown>((inner, key) => ({ [key]: inner }), input);
  const message = explainIssue(shown, whole, () => keysAt(schema, deepest.path));
  const at = deepest.code === "unrecognized_keys" ? [...path, deepest.keys[0]] : path;
  return origin.error(at, message);
}

/** Of a union's complaints, the one that got furthest into the input. */
function deepestBranch(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue {
  const issues = issue.errors.flatMap((branch) => branch.slice(0, 1));
  const best = issues.reduce((a, b) => (b.path.length > a.path.length ? b : a), issues[0]);
  if (!best || best.path.length === 0) {
    const expected = issues.map((one) => one.message.replace(/^Invalid (input|option): expected /, ""));
    return { ...issue, message: `expected ${[...new Set(expected)].join(" or ")}` };
  }
  return { ...best, path: [...issue.path, ...best.path] };
}

function parseYaml(text: string, name: string, lines?: LineCounter): Document {
  let document: Document;
  try {
    document = parseDocument(text, { ...YAML, lineCounter: lines, prettyErrors: false });
  } catch (error) {
    throw new InputError(`${name}: nested too deeply for YAML (${(error as Error).message}).`);
  }
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) {
    const at = lines?.linePos(problem.pos[0]);
    throw new InputError(`${name}${at ? `:${at.line}:${at.col}` : ""}: ${problem.message.replace(/\.?$/, ".")}`);
  }
  return document;
}

function toData(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new InputError(`${name}: ${(error as Error).message}.`);
  }
}

/** A copy without shared parts (aliases); refuses what some code trips over: special key names, endless nesting. */
function copyTree(value: unknown, path: Path, error: (path: Path, message: string) => InputError): unknown {
  if (path.length > MAX_DEPTH) throw error(path.slice(0, 4), `nested more than ${MAX_DEPTH} levels deep.`);
  if (Array.isArray(value)) return value.map((item, i) => copyTree(item, [...path, i], error));
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (FORBIDDEN.includes(key)) throw error([...path, key], `unknown key "${key}".`);
    copy[key] = copyTree(item, [...path, key], error);
  }
  return copy;
}

/** file:line:column of the deepest node there is on a path. */
function place(document: Document, lines: LineCounter, name: string, path: Path): string {
  let node: unknown = document.contents;
  let start: number | undefined = (node as Node | null)?.range?.[0];
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (!pair) break;
      // A key without a value is pointed at itself.
      const value = pair.value as Node | null;
      start =
        (key === path.at(-1) && !FORBIDDEN.includes(String(key)) ? value : null)?.range?.[0] ??
        (pair.key as Node).range?.[0] ??
        start;
      node = pair.value;
    } else {
      const item = (node as { get?(key: unknown, keep: boolean): unknown } | null)?.get?.(Number(key), true) as Node;
      if (!item?.range) break;
      start = item.range[0];
      node = item;
    }
  }
  if (start === undefined) return name;
  const { line, col } = lines.linePos(start);
  return `${name}:${line}:${col}`;
}

/** A tree of settings from `path=value` words alone, as in `slots=8`. @throws InputError for other words. */
export function parseOverrides(words: readonly string[]): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const word of words) apply(given, parseOverride(word));
  return given;
}

interface Override {
  readonly text: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

function parseOverride(text: string): Override {
  const shown = show(text);
  const equals = text.indexOf("=");
  if (equals < 1) throw new InputError(`Got ${shown}; expected an override path=value, as in seeds.runs=10.`);
  if (text.length > MAX_OVERRIDE) throw new InputError(`Override ${shown} is longer than ${MAX_OVERRIDE} characters.`);
  const path = text.slice(0, equals).split(".");
  if (path.length > MAX_DEPTH) throw new InputError(`Override ${shown}: the path has more than ${MAX_DEPTH} parts.`);
  const name = `override ${shown.slice(1, -1)}`;
  for (const key of path)
    if (key === "" || FORBIDDEN.includes(key)) throw new InputError(`${name}: unknown key "${key}".`);
  const parsed = toData(parseYaml(text.slice(equals + 1), name), name);
  const value = copyTree(parsed, [], (_, message) => new InputError(`${name}: ${message}`));
  return { text: shown.slice(1, -1), path, value };
}

function apply(given: unknown, { path, value, text }: Override): void {
  let at = given;
  for (const [depth, key] of path.entries()) {
    const here = path.slice(0, depth).join(".") || "the file";
    if (Array.isArray(at)) {
      if (!/^\d{1,4}$/.test(key) || Number(key) >= at.length) {
        throw new InputError(`override ${text}: ${here} is a list with places 0 to ${at.length - 1}; got "${key}".`);
      }
    } else if (typeof at !== "object" || at === null) {
      const known = keysAt(benchmarkSchema, path.slice(0, depth - 1));
      const guess = nearest(path[depth - 1] ?? "", known);
      throw new InputError(
        `override ${text}: ${here} is ${show(at)}, not a group with a "${key}".${guess && guess !== path[depth - 1] ? ` Did you mean "${guess}"?` : ""}`,
      );
    }
    const group = at as Record<string, unknown>;
    if (depth === path.length - 1) group[key] = value;
    else {
      if (!Object.hasOwn(group, key) || group[key] === null) group[key] = {};
      at = group[key];
    }
  }
}

/** What a stored attack is called when its entry does not say: the file's or folder's name. */
export function storedName(path: string): string {
  return basename(path).replace(/\.(json|safetensors)$/, "");
}
