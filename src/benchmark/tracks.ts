import { z } from "zod";
import { digest, toJson } from "../data/canonical.ts";
import { explainIssue, firstIssue, InputError } from "../data/errors.ts";
import { readText } from "../data/files.ts";
import { copyTree, parseYaml, toData } from "../data/yaml.ts";
import { benchmarkSchema, name } from "./schema.ts";

const MAX_BYTES = 1 << 16;

/** What a track fixes besides a benchmark's parts. */
const rules = z.strictObject({
  dials: z
    .array(z.string())
    .max(16)
    .describe("knobs that are an entry's own; all others stand where the track has them"),
  levels: z.int().min(1).max(1000).describe("most points of an entry"),
  training: z
    .number()
    .min(0)
    .max(1e10)
    .describe("most environment steps that an entry's own defences may train, over all points of one run"),
  weights: z.int().min(1).max(1e8).describe("most numbers in the policies of an entry's defence"),
});

/** A track as its file has it: a benchmark without a defence, and the rules for those that enter. */
const trackSchema = z.looseObject({ schema: z.literal(1), track: name, rules });

/** The game that all entries of a track play: theirs is the defence. */
export interface Track {
  readonly name: string;
  readonly file: string;
  readonly rules: z.output<typeof rules>;
  /** A benchmark's parts, but for name and defence. */
  readonly base: Readonly<Record<string, unknown>>;
  /** SHA-256 of rules and parts. */
  readonly digest: string;
}

const OWN = ["name", "defence", "effort", "check", "backend", "checkpoint", "track"];

/** Reads a track's file. @throws InputError that names it, for anything that is no track. */
export function readTrack(file: string): Track {
  const parsedYaml = parseYaml(readText(file, MAX_BYTES), file);
  const given = copyTree(
    toData(parsedYaml, file),
    [],
    (path, message) => new InputError(`${file}: ${path.join(".")}: ${message}`),
  );
  const parsed = trackSchema.safeParse(given);
  if (!parsed.success) {
    throw new InputError(`${file}: ${explainIssue(firstIssue(parsed.error.issues), given, parts)}`);
  }
  const { track, rules: found, ...base } = parsed.data;
  for (const key of Object.keys(base)) {
    if (OWN.includes(key) || !(key in benchmarkSchema.shape)) {
      throw new InputError(`${file}: "${key}" is no part of a track. Known: ${parts().join(", ")}.`);
    }
  }
  if (!Array.isArray(base.portfolio))
    throw new InputError(`${file}: expected a portfolio, the least that all entries meet.`);
  return { name: track, file, rules: found, base, digest: digest(toJson({ rules: found, base })) };
}

const parts = () => Object.keys(benchmarkSchema.shape).filter((key) => !OWN.includes(key));

/**
 * A benchmark's file that names a track, with the track's parts filled in: what the file gives stands beside them, its attacks
 * after the track's.
 */
export function onTrack(given: Readonly<Record<string, unknown>>, track: Track): Record<string, unknown> {
  const { portfolio, ...own } = given;
  const all = [...(track.base.portfolio as unknown[]), ...(Array.isArray(portfolio) ? portfolio : [])];
  return { ...(merge(track.base, own) as Record<string, unknown>), portfolio: all };
}

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function merge(base: unknown, own: unknown): unknown {
  if (!isGroup(base) || !isGroup(own)) return own === undefined ? base : own;
  const keys = [...new Set([...Object.keys(base), ...Object.keys(own)])];
  return Object.fromEntries(keys.map((key) => [key, merge(base[key], own[key])]));
}
