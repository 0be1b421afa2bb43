import type { z } from "zod";
import { explainIssue, firstIssue, InputError } from "../data/errors.ts";
import type { Controller, PolicyFactory } from "../policy/policy.ts";
import type { Rng } from "../random/rng.ts";
import type { BoxSpace } from "../spaces/index.ts";
import type { Flat, Slot } from "./buffers.ts";
import type { Roles, Side } from "./roles.ts";
import type { Scene } from "./scene.ts";

/** A parameter that is a defence dial. Grid values run from `off` to `lockdown`. */
export interface Knob {
  readonly off: number;
  readonly lockdown: number;
  /** The levels a benchmark sweeps when it names none. */
  readonly grid: readonly number[];
}

/** A named set of parameters, such as one that follows a published measurement. */
export interface Preset<P = Readonly<Record<string, unknown>>> {
  readonly summary: string;
  /** Where its numbers come from. */
  readonly source: string;
  readonly params: P;
}

/** What an environment counts in an episode, by the names it declares. */
export type Counts<C extends string> = { [K in C]: number };

/** A function of summed counters into [0,1]. The clean arm's counters are those of the same episodes without attack. */
export interface Metric<C extends string> {
  readonly axis: "utility" | "security";
  /**
   * Where a utility is drawn: by default `clean`, what a defence costs when nobody attacks. `attacked`, under the worst
   * attack, where defences may wait until they see one: in peace they would cost nothing, and frontiers be theirs for free.
   */
  readonly arm?: "clean" | "attacked";
  readonly summary: string;
  /** True where single episodes have a meaningful value: frontiers then also tell its CVaR₁₀, the mean of the worst tenth. */
  readonly perEpisode?: boolean;
  /** The metric of summed counters, a number from 0 to 1; `arms.clean` are those of the same episodes without attack. */
  of(counters: Readonly<Counts<C>>, arms: { readonly clean: Readonly<Counts<C>> }): number;
}

/** `joint`: one controller may see every observation of its side. `factored`: agents act on their own only. */
export type Coordination = "joint" | "factored";

/**
 * Where one agent's Discrete action reappears, one-hot, in another's observation: for learners that pass gradients
 * through messages. What the channel does to a symbol on its way (noise, loss) is the environment's affair.
 */
export interface Channel {
  /** Roles of one agent each. */
  readonly from: string;
  readonly to: string;
  /** Place in the receiver's observation after `seen` steps of the symbol sent in step `sent` (from 0); −1: not there. */
  at(sent: number, seen: number): number;
  /** True where symbol 0 is all zeros, so that the one-hot is one shorter. */
  readonly withoutZero?: boolean;
}

/** What the framework keeps of one copy, for its dynamics to read. */
export interface World {
  /** Steps taken in this episode before the current one: 0 in the first `step()`. */
  readonly t: number;
  /** Ends the episode for every agent that is still alive (a termination, not a truncation). */
  terminate(): void;
}

type Tuple<T, N extends number, A extends readonly T[] = []> = A["length"] extends N
  ? A
  : Tuple<T, N, readonly [...A, T]>;
/** Slots by role: a tuple where the count is a literal (up to 16), else an array. */
export type Slots<R extends Roles> = {
  readonly [K in keyof R]: IsSmallLiteral<R[K]["count"]> extends true
    ? Tuple<Slot<R[K]>, R[K]["count"]>
    : readonly Slot<R[K]>[];
};
type Small = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16;
export type IsSmallLiteral<N extends number> = number extends N
  ? false
  : [N] extends [Small]
    ? IsUnion<N> extends true
      ? false
      : true
    : false;
type IsUnion<T, U = T> = T extends U ? ([U] extends [T] ? false : true) : never;

/** What `create` is told: everything one copy of the environment may touch. */
export interface Context<P, R extends Roles, C extends string> {
  readonly params: P;
  /** One window per agent onto the shared buffers. */
  readonly slots: Slots<R>;
  /** The same memory by role, for loops over many agents: `flat.bot.rewards[i]`. */
  readonly flat: { readonly [K in keyof R]: Flat<R[K]> };
  /** The world's stream, started afresh for every episode before `reset()`. */
  readonly rng: Rng;
  /** Added to by the environment; zeroed before `reset()`, read at the end of the episode. */
  readonly counters: Counts<C>;
  readonly world: World;
}

/** The dynamics of one copy. Observations are zero, masks one and everyone alive when `reset` is called. */
export interface Dynamics {
  /** Begins an episode: sets local state and writes first observations. */
  reset(): void;
  /** Reads actions, writes observations and adds rewards (zero before each step). */
  step(): void;
  /** Writes the global state for centralised critics; omitted: all observations, end to end. */
  state?(out: Float32Array): void;
  /** A picture as data; called only when someone looks. */
  render?(): Scene;
}

/** What an environment declares: the argument of `defineEnv`. */
export interface Definition<
  P extends z.ZodObject,
  R extends Roles,
  C extends string,
  M extends string,
  K extends keyof z.output<P> & string,
> {
  /** `name-vN`; N goes up whenever the golden trace changes. */
  readonly id: string;
  readonly summary: string;
  /** The threat of arXiv:2505.02077 that this environment models, in a few words. */
  readonly threat: string;
  /** Why an attack may be told by its first sign, where something that defenders see is silent in peace; else it may not. */
  readonly tells?: string;
  /** What a controller of each side may see; sides left out are `factored`. */
  readonly coordination?: Partial<Record<Side, Coordination>>;
  readonly params: P;
  readonly knobs: Readonly<Record<K, Knob>>;
  /** Sets of parameters by name: `preset` among an environment's parameters stands for one of them. */
  readonly presets?: Readonly<Record<string, Preset<Partial<z.input<P>>>>>;
  /** Steps after which everyone still alive is truncated. */
  readonly horizon: (params: z.output<P>) => number;
  /** Who plays, at given parameters: sides, counts and spaces. */
  readonly roles: (params: z.output<P>) => R;
  /** Space of the global state; needed only with `Dynamics.state`. */
  readonly state?: (params: z.output<P>) => BoxSpace;
  /** Messages between agents, for learners that differentiate through them. */
  readonly channels?: (params: z.output<P>) => readonly Channel[];
  readonly counters: readonly C[];
  readonly metrics: Readonly<Record<M, Metric<C>>>;
  /** Makes the dynamics of one copy; whatever the copy remembers lies inside. */
  create(context: Context<z.output<P>, R, C>): Dynamics;
}

/**
 * A declared environment: its parameters' schema, roles, counters, and the names of its metrics and knobs. Without type
 * arguments it is what code that serves every environment holds; every environment may be given for it.
 */
export interface Environment<
  P extends z.ZodObject = z.ZodObject,
  R extends Roles = Roles,
  C extends string = string,
  M extends string = string,
  K extends string = string,
> {
  readonly id: string;
  readonly summary: string;
  readonly threat: string;
  readonly tells?: string;
  readonly coordination?: Partial<Record<Side, Coordination>>;
  readonly params: P;
  readonly knobs: Readonly<Record<K, Knob>>;
  readonly presets?: Readonly<Record<string, Preset>>;
  readonly counters: readonly C[];
  readonly metrics: Readonly<Record<M, Metric<C>>>;
  /** Steps after which everyone still alive is truncated. */
  horizon(params: z.output<P>): number;
  /** Who plays, at given parameters: sides, counts and spaces. */
  roles(params: z.output<P>): R;
  /** Space of the global state, where the environment writes one of its own. */
  state?(params: z.output<P>): BoxSpace;
  /** Messages between agents, for learners that differentiate through them. */
  channels?(params: z.output<P>): readonly Channel[];
  /** Makes the dynamics of one copy: called by the framework; `parallel` and `vector` are for everyone else. */
  create(context: Context<z.output<P>, R, C>): Dynamics;
}

/**
 * Declares an environment; returns it unchanged but typed, so that agents, observations and actions are inferred.
 * Keep `create` last: inference needs it after `roles`.
 * @throws InputError if the id has no version, a knob is no parameter, the knob's ends are not in its grid's range, or a
 * preset's parameters are refused.
 */
export function defineEnv<
  P extends z.ZodObject,
  const R extends Roles,
  const C extends string,
  const M extends string,
  const K extends keyof z.output<P> & string,
>(definition: Definition<P, R, C, M, K>): Environment<P, R, C, M, K> {
  const { id, knobs, params, metrics, presets = {} } = definition;
  if (!/^[a-z][a-z0-9-]*-v\d+$/.test(id)) {
    throw new InputError(`Environment id "${id}": expected lower-case words and a version, as in "tag-v0".`);
  }
  for (const [name, knob] of Object.entries(knobs) as [string, Knob][]) {
    if (!(name in params.shape))
      throw new InputError(`${id}: knob "${name}" is none of its parameters: ${Object.keys(params.shape).join(", ")}.`);
    const low = Math.min(knob.off, knob.lockdown);
    const high = Math.max(knob.off, knob.lockdown);
    if (!knob.grid.every((level) => level >= low && level <= high)) {
      throw new InputError(
        `${id}: the grid of knob "${name}" leaves the range from off (${knob.off}) to lockdown (${knob.lockdown}).`,
      );
    }
  }
  if ("preset" in params.shape)
    throw new InputError(`${id}: "preset" names sets of parameters; no parameter may have it.`);
  for (const [name, { params: given }] of Object.entries(presets)) {
    const parsed = params.strict().safeParse(given);
    if (!parsed.success) {
      const issue = firstIssue(parsed.error.issues);
      throw new InputError(`${id}: preset "${name}": ${explainIssue(issue, given, () => Object.keys(params.shape))}`);
    }
  }
  if (Object.keys(metrics).length === 0) throw new InputError(`${id}: expected at least one metric.`);
  return definition;
}

/** a / b, or `whenEmpty` where b is 0: the empty case of a ratio of sums is always stated. */
export function ratio(a: number, b: number, whenEmpty: number): number {
  return b === 0 ? whenEmpty : a / b;
}

/** An environment's resolved parameters. */
export type ParamsOf<E> = E extends { readonly params: infer P extends z.ZodObject } ? z.output<P> : never;

/** An environment's roles, by name. */
export type RolesOf<E> = E extends Environment<z.ZodObject, infer R> ? R : never;

/**
 * The type of a policy's factory for one role of an environment: its context has the environment's parameters and, where
 * the role's observation is a `layout`, the offsets of its parts.
 */
export type PolicyFor<E, Role extends keyof RolesOf<E> & string> = PolicyFactory<
  ParamsOf<E>,
  RolesOf<E>[Role]["observation"]
>;

/** Scripted play of a whole side of an environment. */
export interface ControllerFor<E> extends Omit<Controller, "roles"> {
  readonly roles: { readonly [Role in keyof RolesOf<E> & string]?: PolicyFor<E, Role> };
}

/** What an environment's `policies.ts` exports by default: `export default { … } satisfies ScriptsFor<typeof env>`. */
export interface ScriptsFor<E> {
  /** How benign and defending roles play unless a benchmark says otherwise. */
  readonly defaults: ControllerFor<E>["roles"];
  /** The attacker side's scripts; `none` (attackers do as an innocent would) is always among them. */
  readonly attacks: Readonly<Record<string, ControllerFor<E>>> & { readonly none: ControllerFor<E> };
  /** Other ways for the defender side to play. */
  readonly defences?: Readonly<Record<string, ControllerFor<E>>>;
}
