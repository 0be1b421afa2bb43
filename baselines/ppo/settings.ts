import { InputError, type RoleBuffers } from "masque";
import { z } from "zod";
import type { RowsOptions } from "./rows.ts";

/** The settings of the PPO family; defaults are those most implementations agree on (Huang et al. 2022, the 37 details). */
export const ppoConfig = z.strictObject({
  copies: z.int().min(1).max(65536).default(64).describe("copies of the environment, shared out over the levels"),
  rolloutSteps: z.int().min(1).max(65536).default(32).describe("steps of every copy between updates"),
  hidden: z.array(z.int().min(1).max(4096)).max(8).default([64, 64]).describe("widths of the hidden layers"),
  activation: z.enum(["tanh", "relu"]).default("tanh"),
  learningRate: z.number().positive().max(1).default(1e-3).describe("of Adam"),
  decay: z.boolean().default(true).describe("let the learning rate and the entropy bonus fall linearly to 0"),
  gamma: z.number().min(0).max(1).default(0.99).describe("discount"),
  lambda: z.number().min(0).max(1).default(0.95).describe("of generalised advantage estimation"),
  epochs: z.int().min(1).max(100).default(4).describe("passes over each rollout"),
  minibatches: z.int().min(1).max(1024).default(4).describe("minibatches a pass"),
  clip: z.number().positive().max(1).default(0.2).describe("ε of the clipped objective"),
  valueClip: z
    .number()
    .positive()
    .default(Number.POSITIVE_INFINITY)
    .describe("same for the value, in the critic's own units; infinite: off"),
  entropy: z.number().min(0).max(10).default(0.01).describe("coefficient of the entropy bonus"),
  valueCoefficient: z.number().positive().default(0.5),
  maxGradNorm: z.number().positive().default(0.5).describe("gradients are scaled down to this joint norm"),
  normaliseAdvantages: z.boolean().default(true).describe("per minibatch"),
  normaliseObservations: z.boolean().default(false).describe("by running mean and deviation"),
  normaliseValues: z.boolean().default(true).describe("critics predict returns in units of their running deviation"),
  // What follows has no default but what its description says: settings that are left out are no part of a cell's hash,
  // so runs from before they were there go on.
  agentIds: z
    .boolean()
    .optional()
    .describe("tell networks which agent of its role they play, so that agents of one network can differ; default: no"),
  popArt: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe(
      "the running deviation of values forgets at this rate a rollout, and the critic's head is rescaled whenever it moves (PopArt); default: it forgets nothing, and the head has to follow",
    ),
  normaliseBy: z
    .enum(["all", "level"])
    .optional()
    .describe(
      "of a training for several levels: advantages and values in units of all levels together, or of each level by itself, so that levels where little is to be gained count as much; default: all",
    ),
  shareParameters: z
    .boolean()
    .optional()
    .describe("false: networks of its own for every agent of a role, of up to 64; default: one for all of them"),
  memory: z
    .enum(["gru"])
    .optional()
    .describe("gru: gated recurrent units after the hidden layers, of actors and critics; default: no memory"),
  memorySize: z.int().min(1).max(1024).optional().describe("of memory: its cells; default: 32"),
  sequence: z
    .int()
    .min(1)
    .max(65536)
    .optional()
    .describe("of memory: steps that are learned from at a time, a divisor of rolloutSteps; default: all of them"),
  heads: z
    .enum(["independent", "autoregressive"])
    .optional()
    .describe(
      "how several choices of one step are drawn: autoregressive: each given those before it; default: independent",
    ),
  greedy: z
    .boolean()
    .optional()
    .describe(
      "true: what is learned takes its likeliest choice in every step, or the mean in a box; in training it draws all the same; default: it draws",
    ),
  teacher: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      "a script that says beside every step what it would do, which the network learns to do too before it goes on by itself: an attack for attackers, a defence for defenders (masque show ENVIRONMENT); default: none",
    ),
  teacherWeight: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .describe("of a teacher: weight of its cross-entropy in the loss, at first; default: 1"),
  teacherLeads: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("of a teacher: share of the training in which it acts itself, at the beginning; default: 0.1"),
  teacherUntil: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe("of a teacher: share of the training over which its weight falls to 0; default: 0.5"),
});
export type PpoConfig = z.output<typeof ppoConfig>;

/** What networks remember with: cells, and the steps of the sequences that they are trained on. */
export interface Memory {
  readonly cells: number;
  readonly length: number;
}

/** Undefined where they have none. @throws InputError unless rollouts are whole sequences */
export function memoryOf(config: PpoConfig, baseline: string): Memory | undefined {
  const { memory, memorySize: cells = 32, rolloutSteps, sequence: length = rolloutSteps } = config;
  if (memory === undefined) return undefined;
  if (rolloutSteps % length === 0) return { cells, length };
  throw new InputError(
    `${baseline}: got sequence: ${length} and rolloutSteps: ${rolloutSteps}, expected a divisor of the latter.`,
  );
}

/** What the baselines of the family differ in. */
export interface PpoKind extends Pick<RowsOptions, "joint" | "critic"> {
  readonly baseline: string;
  /** How many squads a role acts in, if in any; joint ones only. */
  squads?(role: RoleBuffers): number | undefined;
}
