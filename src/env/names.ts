import type { BoxSpace, DictSpace, DiscreteSpace, MultiDiscreteSpace } from "../spaces/index.ts";
import type { IsSmallLiteral } from "./define.ts";
import type { RoleSpec, Roles } from "./roles.ts";

/** 0 | 1 | … | N−1 for a small literal N. */
type Below<N extends number, A extends unknown[] = []> = A["length"] extends N
  ? never
  : A["length"] | Below<N, [...A, 0]>;

/** Names of one role's agents: exact where the count is a literal, else `runner_${number}`. */
export type AgentsOf<K extends string, S extends RoleSpec> =
  IsSmallLiteral<S["count"]> extends true ? `${K}_${Below<S["count"]> & number}` : `${K}_${number}`;

/** Every agent's name, by role. */
export type AgentName<R extends Roles> = { [K in keyof R & string]: AgentsOf<K, R[K]> }[keyof R & string];

type RoleOf<R extends Roles, A> = { [K in keyof R & string]: A extends AgentsOf<K, R[K]> ? R[K] : never }[keyof R &
  string];

/** What an agent is handed: a Float32Array for Box, a record of them for Dict. */
export type ObservationValue<S extends RoleSpec> =
  S["observation"] extends DictSpace<infer D>
    ? { readonly [K in keyof D]: Float32Array }
    : S["observation"] extends BoxSpace
      ? Float32Array
      : Float32Array | Readonly<Record<string, Float32Array>>;

/** What an agent may answer: a number for Discrete, a list for MultiDiscrete and Box. */
export type ActionValue<S extends RoleSpec> = S["action"] extends DiscreteSpace
  ? number
  : S["action"] extends MultiDiscreteSpace | BoxSpace
    ? ArrayLike<number>
    : number | ArrayLike<number>;

/** What every live agent is handed, by its name. */
export type Observations<R extends Roles> = { [A in AgentName<R>]: ObservationValue<RoleOf<R, A>> };
/** What every live agent does, by its name. */
export type Actions<R extends Roles> = { readonly [A in AgentName<R>]: ActionValue<RoleOf<R, A>> };
/** Anything by the name of an agent. */
export type AgentRecord<R extends Roles, T> = { [A in AgentName<R>]: T };
/** What the agent of this name is handed. */
export type ObservationFor<R extends Roles, A> = ObservationValue<RoleOf<R, A>>;
/** What the agent of this name may answer. */
export type ActionFor<R extends Roles, A> = ActionValue<RoleOf<R, A>>;
