import { basename } from "node:path";
import { LineCounter } from "yaml";
import type { z } from "zod";
import { expectation, explainIssue, firstIssue, InputError } from "../data/errors.ts";
import { readText } from "../data/files.ts";
import { copyTree, type Path, type PathError, parseYaml, place, toData } from "../data/yaml.ts";
import { apply, parseOverride } from "./overrides.ts";
import { type BenchmarkConfig, benchmarkSchema, entrySchema, keysAt, type PortfolioEntry } from "./schema.ts";
import { onTrack, type Track } from "./tracks.ts";

/** Where a configuration came from: turns a path inside it into an error that says where to look. */
export interface Origin {
  readonly name: string;
  readonly error: PathError;
}

export interface Loaded {
  readonly config: BenchmarkConfig;
  /** What was written, overrides applied: `checkConfig` of it gives `config` again. */
  readonly given: unknown;
  readonly origin: Origin;
}

/** Far more than any benchmark needs, little enough that parsing YAML of it takes no second. */
const MAX_BYTES = 1 << 16;

/**
 * Reads a benchmark file, fills in the track that it names, and applies overrides (`seeds.runs=10`).
 * @throws InputError naming file, line and column, what was expected, and the nearest valid name.
 */
export function loadConfig(file: string, overrides: readonly string[] = [], findTrack?: FindTrack): Loaded {
  return parseConfig(readText(file, MAX_BYTES), file, overrides, findTrack);
}

/** The track of a name. @throws InputError where there is none. */
export type FindTrack = (name: string) => Track;

/** The same from text; `name` is what errors call it. */
export function parseConfig(
  text: string,
  name: string,
  overrides: readonly string[] = [],
  findTrack?: FindTrack,
): Loaded {
  const lines = new LineCounter();
  const document = parseYaml(text, name, lines);
  const written = copyTree(
    toData(document, name),
    [],
    (path, message, on) => new InputError(`${place(document, lines, name, path, on)}: ${message}`),
  );
  const changes = overrides.map((text) => parseOverride(text));
  const origin: Origin = {
    name,
    error(path, message, on) {
      const change = changes.findLast((one) => one.path.every((key, i) => i >= path.length || String(path[i]) === key));
      return new InputError(
        `${change ? `override ${change.text}` : place(document, lines, name, path, on)}: ${message}`,
      );
    },
  };
  const given = findTrack ? withTrack(written, findTrack, origin) : written;
  for (const change of changes) apply(given, change);
  return { config: checkConfig(given, origin), given, origin };
}

function withTrack(written: unknown, findTrack: FindTrack, origin: Origin): unknown {
  if (typeof written !== "object" || written === null || !("track" in written)) return written;
  const { track } = written as { track: unknown };
  if (typeof track !== "string") throw origin.error(["track"], "track: expected the name of a track.");
  try {
    return onTrack(written as Record<string, unknown>, findTrack(track));
  } catch (error) {
    if (error instanceof InputError) throw origin.error(["track"], error.message);
    throw error;
  }
}

/** Checks plain data against the schema of benchmark files. @throws InputError, made by `origin`. */
export function checkConfig(given: unknown, origin: Origin): BenchmarkConfig {
  const parsed = benchmarkSchema.safeParse(given);
  if (!parsed.success) throw issueError(firstIssue(parsed.error.issues), given, benchmarkSchema, [], origin);
  const portfolio = parsed.data.portfolio.map((entry, i) => {
    const schema = entrySchema(entry);
    const checked = schema.safeParse(entry);
    if (!checked.success) throw issueError(firstIssue(checked.error.issues), entry, schema, ["portfolio", i], origin);
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
  if (deepest.code === "unrecognized_keys") return origin.error([...path, deepest.keys[0]], message, "name");
  return origin.error(path, message);
}

/** Of a union's complaints, the one that got furthest into the input. */
function deepestBranch(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue {
  const issues = issue.errors.map(firstIssue);
  const best = issues.reduce((a, b) => (b.path.length > a.path.length ? b : a), issues[0]);
  if (!best || best.path.length === 0) {
    const expected = issues.map((one) => expectation(one).replace(/^expected /, ""));
    return { ...issue, message: `expected ${[...new Set(expected)].join(" or ")}` };
  }
  return { ...best, path: [...issue.path, ...best.path] };
}

/** What a stored attack is called when its entry does not say: the file's or folder's name. */
export function storedName(path: string): string {
  return basename(path).replace(/\.(json|safetensors)$/, "");
}
