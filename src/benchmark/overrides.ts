import { InputError, nearest, show } from "../data/errors.ts";
import { FORBIDDEN } from "../data/json.ts";
import { copyTree, MAX_DEPTH, parseYaml, toData } from "../data/yaml.ts";
import { benchmarkSchema, keysAt } from "./schema.ts";

const MAX_OVERRIDE = 10_000;

/**
 * A tree of settings from `path=value` words alone, as in `slots=8`.
 * @param what they are called, and an example
 * @throws InputError for other words.
 */
export function parseOverrides(words: readonly string[], what: string): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const word of words) apply(given, parseOverride(word, what));
  return given;
}

/** A change of a configuration, from the command line. */
export interface Override {
  readonly text: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Reads `path=value`; the value is YAML. @throws InputError for other words. */
export function parseOverride(text: string, what = "an override path=value, as in seeds.runs=10"): Override {
  const shown = show(text);
  const equals = text.indexOf("=");
  if (equals < 1) throw new InputError(`Got ${shown}; expected ${what}.`);
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

/** Changes a configuration in place. @throws InputError where the path leads through a value. */
export function apply(given: unknown, { path, value, text }: Override): void {
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
