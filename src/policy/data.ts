import { z } from "zod";
import type { Tensor } from "../data/safetensors.ts";
import { automatonSchema } from "./automaton.ts";

const KINDS = ["mlp", "table", "gru", "automaton", "script"] as const;

const baseline = z.string().max(200);

/** What each kind says of itself, apart from whom it is for. */
const own = {
  hidden: z.array(z.int().min(1).max(8192)).max(16).default([]),
  activation: z.enum(["tanh", "relu"]).default("tanh"),
  conditioned: z.boolean().default(false),
  joint: z.boolean().default(false),
  /** Of a joint policy whose agents act in squads: how many. */
  squads: z.int().min(1).max(65536).optional(),
  /** Of a policy that is told which agent it plays: how many agents the role has, which it tells apart. */
  agentIds: z.int().min(2).max(65536).optional(),
  /** Where every agent of the role has a network of its own: how many. Tensors have that many of each, one after another. */
  networks: z.int().min(2).max(64).optional(),
  /** Of a gru: its cells. */
  recurrent: z.int().min(1).max(4096).optional(),
  /** Of a gru: widths of the dense layers before it, if there are any. */
  encoder: z.array(z.int().min(1).max(8192)).min(1).max(16).optional(),
  automaton: automatonSchema.optional(),
  /** Of a script: the name of the attack or defence, and dials that differ from what it declares. */
  script: z
    .strictObject({ name: z.string().max(200), set: z.record(z.string().max(60), z.number()).default({}) })
    .optional(),
  /** Takes the likeliest action instead of sampling. */
  greedy: z.boolean().default(false),
  /** Anything the kind needs besides; numbers only. */
  extra: z.record(z.string().max(60), z.number()).default({}),
};

/** Members that a mixture may have. */
export const MOST_MEMBERS = 64;

const weight = z.number().gt(0).max(1).describe("how often it is drawn, in proportion to the others");
const member = z.strictObject({ weight, kind: z.enum(KINDS), baseline, ...own });

/**
 * A trained policy as data: JSON beside named float32 tensors. Nothing in it is ever executed. `mlp`: weights `w0`
 * `[in, out]` row-major and biases `b0`, `w1`, … of a perceptron whose input is the observation, (o − mean) / std where
 * `mean` and `std` are given, then, where it has `agentIds`, so many numbers that are 0 but for a 1 at the agent's place in
 * its role, then the scaled knobs where `conditioned`; for a `joint` policy the input is all
 * observations of the role's agents in one copy, end to end, and the outputs are theirs; with `squads` it is, for each
 * squad, the mean and the highest observation of its living members (see `squads.ts`), and a squad's members all take
 * the one action drawn for it. With `earlier` `[outputs, outputs]` the choices are drawn in turn, components of an action and,
 * in a joint policy, agents: logit k is the network's + Σ earlier[choice, k] over the components before its own (see
 * `network/earlier.ts`); a dead agent counts as having taken its first choices.
 * `table`: `q` `[states, actions]`, the state being the observation's index. `gru`: a gated
 * recurrent unit (Cho et al. 2014, in PyTorch's form) of `recurrent` cells before such a perceptron, whose input it is:
 * `wi` `[in, 3·cells]`, `wh` `[cells, 3·cells]`, `bi`, `bh`, the gates reset, update and new end to end; its state is zero when
 * an episode begins. Dense layers of widths `encoder`, `we0`, `be0`, `we1`, …, may stand before it. `automaton`: states, guards
 * on named parts of the observation, and actions; no tensors. `script`: an attack or a defence of the environment by name, an
 * attack with values of its dials; `obsSize` and `action` are those where it was written. `mixture`: one of several such
 * policies, drawn by weight for a whole episode; tensors of member 2 are called `m2.w0`, ….
 */
export const policySchema = z.strictObject({
  format: z.literal(1),
  kind: z.enum([...KINDS, "mixture"]),
  environment: z.string().max(200),
  role: z.string().max(200),
  baseline,
  /** Per agent. */
  obsSize: z
    .int()
    .min(1)
    .max(1 << 24),
  action: z.unknown(),
  ...own,
  /** Of a mixture: one is drawn for a whole episode. */
  mixture: z.array(member).min(1).max(MOST_MEMBERS).optional(),
});

/** What a policy's JSON file says; its numbers lie in the safetensors file beside it. */
export type PolicyMeta = z.output<typeof policySchema>;

/** A policy as data, numbers included. */
export interface PolicyData extends PolicyMeta {
  readonly tensors: Readonly<Record<string, Tensor>>;
}
