import { isAllowed, refusal } from "../actions.ts";
import type { Info } from "../agents.ts";
import type { Actions, AgentName } from "../names.ts";
import type { ParallelEnv } from "../parallel.ts";
import type { Roles } from "../roles.ts";
import { wrap } from "./wrap.ts";

/**
 * Refuses actions outside their spaces or masks, for environments that do not do so themselves.
 * @throws InputError from `step`, before the environment sees any action.
 */
export function assertOutOfBounds<R extends Roles, C extends string>(env: ParallelEnv<R, C>): ParallelEnv<R, C> {
  let infos: Readonly<Record<string, Info>> = {};
  return wrap(env, {
    reset(options) {
      const result = env.reset(options);
      infos = result[1];
      return result;
    },
    step(actions) {
      for (const agent of env.agents) {
        const [space, mask] = [env.actionSpace(agent), infos[agent]?.actionMask];
        const action: unknown = Object(actions)[agent];
        if (!isAllowed(space, action, mask)) {
          throw refusal(`${env.metadata.name}: action of ${agent}`, space, action, mask);
        }
      }
      const result = env.step(actions);
      infos = result[4];
      return result;
    },
  });
}

/** Moves the numbers of Box actions to the nearest bound; NaN and other kinds of actions are passed on as they are. */
export function clipOutOfBounds<R extends Roles, C extends string>(env: ParallelEnv<R, C>): ParallelEnv<R, C> {
  const clip = (action: unknown, agent: AgentName<R>): unknown => {
    const space = env.actionSpace(agent);
    const isList = Array.isArray(action) || action instanceof Float32Array || action instanceof Float64Array;
    if (space.kind !== "box" || !isList) return action;
    return Array.from(action as ArrayLike<number>, (x, i) => Math.min(space.high[i], Math.max(space.low[i], x)));
  };
  return wrap(env, {
    step(actions) {
      const given: Readonly<Record<string, unknown>> = Object(actions);
      const clipped = Object.fromEntries(env.agents.map((agent) => [agent, clip(given[agent], agent)]));
      return env.step({ ...given, ...clipped } as Actions<R>);
    },
  });
}
