import { distance } from "fastest-levenshtein";
import type { z } from "zod";

/** The input was wrong, not the program: the message says what was given, what was expected, where, and what to do. */
export class InputError extends Error {
  override name = "InputError";
}

/** The machine did not do its part, such as a full disk: neither the input nor the program was wrong. */
export class StorageError extends Error {
  override name = "StorageError";
}

/** The candidate closest in spelling to `given`, or undefined when none is close enough to be what was meant. */
export function nearest(given: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(given.length / 2)) + 1;
  for (const candidate of candidates) {
    const d = distance(given.toLowerCase(), candidate.toLowerCase());
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

/** "unknown environment "swrm"; did you mean "swarm"? Known: …" */
export function unknownName(what: string, given: string, candidates: Iterable<string>): InputError {
  const known = [...candidates];
  const guess = nearest(given, known);
  const hint = guess === undefined ? "" : ` Did you mean "${guess}"?`;
  return new InputError(`Unknown ${what} "${given}".${hint} Known: ${known.join(", ") || "none"}.`);
}

/** A short, safe picture of any value for an error message. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === "number" || typeof value === "boolean" || value === null || value === undefined)
    return `${value}`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from(value as ArrayLike<unknown>);
    const head = items.slice(0, 6).map((item) => (typeof item === "object" && item !== null ? "…" : show(item)));
    return `a list of ${items.length} [${head.join(", ")}${items.length > 6 ? ", …" : ""}]`;
  }
  return typeof value === "object" ? `an object { ${Object.keys(value).slice(0, 6).join(", ")} }` : `a ${typeof value}`;
}

/** Of several problems the one to tell: a misspelt key explains a missing one, so it comes first. */
export function firstIssue(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  return issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
}

/**
 * One line for a problem that zod found: where (a path), what was given, what was expected, the nearest key.
 * @param what names what is looked at, as in `parameter`; "key" by default
 */
export function explainIssue(
  issue: z.core.$ZodIssue,
  input: unknown,
  keys: (path: PropertyKey[]) => string[],
  what = "",
): string {
  const where = (path: PropertyKey[]) => path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const [key] = issue.keys;
    const known = keys(issue.path);
    const guess = nearest(key, known);
    const hint = guess === undefined ? "" : ` Did you mean "${guess}"?`;
    return `unknown ${what || "key"} "${where([...issue.path, key])}".${hint} Known: ${known.join(", ")}.`;
  }
  let given: unknown = input;
  for (const key of issue.path) given = (given as Record<PropertyKey, unknown> | undefined)?.[key];
  const at = `${what} ${where(issue.path)}`.trim() || "the whole";
  return `${at}: ${given === undefined ? "it is missing" : `got ${show(given)}`}, ${expectation(issue)}.`;
}

const TYPES: Readonly<Record<string, string>> = {
  number: "a number",
  int: "a whole number",
  string: "text",
  boolean: "true or false",
  array: "a list [ … ]",
  object: "a map { key: … }",
  record: "a map { key: … }",
};

/** What a value should have been, in our words and not in the parser's: "expected at most 1". */
export function expectation(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith("expected ")) return issue.message; // the schema says it itself
  switch (issue.code) {
    case "invalid_type":
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case "too_big":
      return `expected ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${unit(issue.origin)}`;
    case "too_small":
      return `expected ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}${unit(issue.origin)}`;
    case "invalid_value": {
      const values = issue.values.map(String);
      return `expected ${values.length > 1 ? `one of ${values.join(", ")}` : values[0]}`;
    }
    default:
      return issue.message.replace(/^Invalid (input|option): /, "").replace(/\.$/, "");
  }
}

function unit(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" || origin === "set" ? " items" : "";
}
