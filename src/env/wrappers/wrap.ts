import type { BoxSpace } from "../../spaces/index.ts";
import type { ObservationSpace } from "../../spaces/slot.ts";
import type { AgentName } from "../names.ts";
import type { ParallelEnv } from "../parallel.ts";
import type { RoleSpec, Roles } from "../roles.ts";

/** Roles whose observations were exchanged for others. */
export type WithObservation<R extends Roles, O extends ObservationSpace = BoxSpace> = {
  readonly [K in keyof R]: Omit<R[K], "observation"> & { readonly observation: O } & Pick<RoleSpec, "side">;
};

export type Step<R extends Roles, C extends string> = ReturnType<ParallelEnv<R, C>["step"]>;
export type Start<R extends Roles, C extends string> = ReturnType<ParallelEnv<R, C>["reset"]>;

/** An environment that passes everything on but what is changed. */
export function wrap<R extends Roles, C extends string>(
  env: ParallelEnv<R, C>,
  changes: Partial<ParallelEnv<R, C>>,
): ParallelEnv<R, C> {
  return {
    metadata: env.metadata,
    possibleAgents: env.possibleAgents,
    get agents() {
      return env.agents;
    },
    observationSpace: (agent) => env.observationSpace(agent),
    actionSpace: (agent) => env.actionSpace(agent),
    reset: (options) => env.reset(options),
    step: (actions) => env.step(actions),
    actions: (choose) => env.actions(choose),
    state: () => env.state(),
    counters: () => env.counters(),
    render: () => env.render(),
    close: () => env.close(),
    ...changes,
  };
}

/** A record with every value exchanged. */
export function mapRecord<R extends Roles, T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T, agent: AgentName<R>) => U,
): Record<string, U> {
  return Object.fromEntries(
    Object.entries(record).map(([agent, value]) => [agent, change(value, agent as AgentName<R>)]),
  );
}
