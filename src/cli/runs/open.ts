import { dirname, relative, resolve } from "node:path";
import { type FindTrack, loadConfig } from "../../benchmark/config.ts";
import { type Benchmark, resolveBenchmark } from "../../benchmark/resolve.ts";
import { readTrack } from "../../benchmark/tracks.ts";
import { InputError } from "../../data/errors.ts";
import { openRegistry, type Registry } from "../../library/registry.ts";
import { readStoredBeside } from "../../run/folder.ts";

/** A benchmark by name or file, checked. Nothing is written. */
export async function openBenchmark(
  nameOrFile: string,
  overrides: readonly string[],
  plugins?: readonly string[],
): Promise<{ benchmark: Benchmark; registry: Registry; file: string }> {
  const registry = openRegistry(plugins);
  const file = nearby(registry.benchmarkFile(nameOrFile));
  const loaded = loadConfig(file, overrides, finder(registry));
  return {
    benchmark: await resolveBenchmark(loaded, registry, readStoredBeside(dirname(resolve(file)))),
    registry,
    file,
  };
}

/** Finds tracks by name. */
export const finder =
  (registry: Registry): FindTrack =>
  (name) =>
    readTrack(registry.trackFile(name));

/** A path as one would type it here: relative inside the current folder. */
export function nearby(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith("..") ? path : near;
}

/** An option that is a whole number. @throws InputError for anything else. */
export function wholeNumber(option: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d[\d_]*$/.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new InputError(`${option}: got "${text.slice(0, 40)}", expected a whole number from ${least} to ${most}.`);
}

/** A word as a shell takes it: in one line, and steering no terminal where it is shown. */
export function quote(word: string): string {
  if (/\p{C}/u.test(word)) return `$'${word.replace(/\p{C}|['\\]/gu, escaped)}'`;
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** As bytes of UTF-8, which bash and zsh know within `$'…'`. */
const escaped = (character: string): string =>
  [...new TextEncoder().encode(character)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
