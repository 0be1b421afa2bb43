import { InputError } from "../../data/errors.ts";
import type { ParallelEnv } from "../parallel.ts";
import type { Roles } from "../roles.ts";
import { wrap } from "./wrap.ts";

/**
 * Refuses calls out of order, for environments that do not do so themselves (those of `parallel` do).
 * @throws InputError for `step`, `state` and `render` before `reset` or after `close`, and `step` when nobody is left.
 */
export function orderEnforcing<R extends Roles, C extends string>(env: ParallelEnv<R, C>): ParallelEnv<R, C> {
  let started = false;
  const name = env.metadata.name;
  const mustHaveStarted = (what: string) => {
    if (!started) throw new InputError(`${name}: ${what}() before reset(); call reset() first.`);
  };
  return wrap(env, {
    reset(options) {
      const result = env.reset(options);
      started = true;
      return result;
    },
    step(actions) {
      mustHaveStarted("step");
      if (env.agents.length === 0) {
        throw new InputError(`${name}: step() after the end of the episode; call reset() to begin another.`);
      }
      return env.step(actions);
    },
    state() {
      mustHaveStarted("state");
      return env.state();
    },
    render() {
      mustHaveStarted("render");
      return env.render();
    },
    close() {
      started = false;
      env.close();
    },
  });
}
