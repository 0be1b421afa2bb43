import type { Member } from "../../spaces/index.ts";
import type { ObservationSpace } from "../../spaces/slot.ts";
import type { AgentName, ObservationFor } from "../names.ts";
import type { ParallelEnv } from "../parallel.ts";
import type { Roles } from "../roles.ts";
import { mapRecord, type Start, type Step, type WithObservation, wrap } from "./wrap.ts";

/**
 * Shows agents something made from their observations. `space` says for each agent what, and is asked once; `change`
 * makes it.
 */
export function transformObservation<R extends Roles, C extends string, O extends ObservationSpace>(
  env: ParallelEnv<R, C>,
  space: (space: ObservationSpace, agent: AgentName<R>) => O,
  change: (observation: ObservationFor<R, AgentName<R>>, agent: AgentName<R>) => Member<O>,
): ParallelEnv<WithObservation<R, O>, C> {
  const spaces = new Map(env.possibleAgents.map((agent) => [agent, space(env.observationSpace(agent), agent)]));
  const changeAll = (observations: unknown) => mapRecord(observations as Record<string, never>, change);
  const changed = wrap(env, {
    observationSpace: (agent) => spaces.get(agent) ?? env.observationSpace(agent),
    reset(options) {
      const [observations, infos] = env.reset(options);
      return [changeAll(observations), infos] as unknown as Start<R, C>;
    },
    step(actions) {
      const [observations, ...rest] = env.step(actions);
      return [changeAll(observations), ...rest] as unknown as Step<R, C>;
    },
  });
  return changed as unknown as ParallelEnv<WithObservation<R, O>, C>;
}

/** Pays agents something made from their rewards. Counters, and what metrics say, stay as they are. */
export function transformReward<R extends Roles, C extends string>(
  env: ParallelEnv<R, C>,
  change: (reward: number, agent: AgentName<R>) => number,
): ParallelEnv<R, C> {
  return wrap(env, {
    step(actions) {
      const [observations, rewards, ...rest] = env.step(actions);
      return [observations, mapRecord<R, number, number>(rewards, change), ...rest] as unknown as Step<R, C>;
    },
  });
}
