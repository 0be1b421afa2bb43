import { z } from "zod";
import { keptSchema } from "../policy/kept.ts";
import { type Cell, isTraining } from "./plan.ts";

const finite = z.number();
export const sha = z.string().regex(/^[0-9a-f]{64}$/);

const trainResult = z.strictObject({
  kind: z.literal("train"),
  /** Digests of the trained policies, by role: they lie in `policies/`. */
  policies: keptSchema,
  /** Digests of the trained policies that it learned against, by role. */
  against: keptSchema.optional(),
  steps: z.int().min(0),
  /** Lines of the training curve; null where nothing was measured. */
  curve: z.array(
    z.strictObject({
      steps: z.int().min(0),
      returns: z.record(z.string(), finite.nullable()),
      stats: z.record(z.string(), finite.nullable()),
    }),
  ),
});

const playResult = z.strictObject({
  kind: z.literal("play"),
  episodes: z.int().min(1),
  /** By counter: one number an episode. */
  counters: z.record(z.string(), z.array(finite)),
  /** By role: an agent's mean return over all episodes. */
  returns: z.record(z.string(), finite),
  steps: z.int().min(0),
  /** Digests of the trained policies that played, by role. */
  policies: keptSchema,
  /** Digest of every action and reward, and of those policies: what re-execution must reproduce. */
  trace: z.string().regex(/^[0-9a-f]{32}$/),
});

export const cellResultSchema = z.discriminatedUnion("kind", [trainResult, playResult]);

export type TrainResult = z.output<typeof trainResult>;
export type PlayResult = z.output<typeof playResult>;
export type CellResult = TrainResult | PlayResult;

/** Numbers as files hold them: what was not measured (NaN) is null. */
export const withNulls = (values: Readonly<Record<string, number>>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]));

/**
 * Bytes that the file of a cell can have: of a training a curve, whose lines of some 500 bytes are eight steps apart or more;
 * of a played one a number of every counter of every episode.
 */
export function mostBytes({ stage, steps, spec }: Pick<Cell, "stage" | "steps" | "spec">, counters: number): number {
  return (1 << 20) + (isTraining(stage) ? Math.min(64 * steps, 1 << 26) : Number(spec.episodes) * counters * 32);
}
