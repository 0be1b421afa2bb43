import { z } from "zod";

const finite = z.number();
const role = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,99}$/);
export const sha = z.string().regex(/^[0-9a-f]{64}$/);

const trainResult = z.strictObject({
  kind: z.literal("train"),
  /** Digests of the trained policies, by role: they lie in `policies/`. */
  policies: z.record(role, sha),
  /** Digests of the trained policies that it learned against, by role. */
  against: z.record(role, sha).optional(),
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
  policies: z.record(role, sha),
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
