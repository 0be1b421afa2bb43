import { InputError, show } from "../../data/errors.ts";
import { type BoxSpace, box } from "../../spaces/index.ts";
import type { ObservationSpace } from "../../spaces/slot.ts";
import type { ParallelEnv } from "../parallel.ts";
import type { Roles } from "../roles.ts";
import { transformObservation } from "./transform.ts";
import { type WithObservation, wrap } from "./wrap.ts";

/**
 * Shows agents their last `k` observations, oldest first, end to end in one Box; the parts of a Dict lie in the order
 * of its declaration. An episode starts with `k` copies of its first observation, which lie in the space as zeros need
 * not.
 * @throws InputError unless k is a whole number from 1 to 128.
 */
export function frameStack<R extends Roles, C extends string>(
  env: ParallelEnv<R, C>,
  k: number,
): ParallelEnv<WithObservation<R>, C> {
  if (!(Number.isInteger(k) && k >= 1 && k <= 128)) {
    throw new InputError(`frameStack: got ${show(k)} frames, expected a whole number from 1 to 128.`);
  }
  const stacks = new Map<string, Float32Array>();
  const fresh = wrap(env, {
    reset(options) {
      const result = env.reset(options);
      stacks.clear();
      return result;
    },
  });
  return transformObservation(
    fresh,
    (space) => stackedSpace(space, k),
    (observation, agent) => {
      const frame = flat(observation);
      const old = stacks.get(agent);
      const stack = new Float32Array(k * frame.length);
      for (let i = 0; i < k; i++)
        stack.set(
          old && i < k - 1 ? old.subarray((i + 1) * frame.length, (i + 2) * frame.length) : frame,
          i * frame.length,
        );
      stacks.set(agent, stack);
      return stack.slice();
    },
  );
}

function stackedSpace(space: ObservationSpace, k: number): BoxSpace {
  const parts = space.kind === "box" ? [space] : Object.values(space.spaces);
  const bounds = (end: "low" | "high") => parts.flatMap((part) => [...part[end]]);
  const repeat = (list: readonly number[]) => Array.from({ length: k }, () => list).flat();
  const low = repeat(bounds("low"));
  return box([low.length], low, repeat(bounds("high")));
}

function flat(observation: Float32Array | Readonly<Record<string, Float32Array>>): Float32Array {
  if (observation instanceof Float32Array) return observation;
  return Float32Array.from(Object.values(observation).flatMap((part) => [...part]));
}
