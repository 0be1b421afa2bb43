import { InputError, unknownName } from "../data/errors.ts";
import { checkActions } from "../env/actions.ts";
import type { RoleBuffers } from "../env/buffers.ts";
import type { Environment } from "../env/define.ts";
import { knobVector } from "../env/params.ts";
import type { VectorEnv } from "../env/vector.ts";
import type { Batch, Policy, PolicyContext, PolicyFactory } from "../policy/policy.ts";
import { DrawOnly } from "../random/draws.ts";
import { Rng } from "../random/rng.ts";
import { offsetsOf } from "../spaces/layout.ts";

/** Policies seated at a vector's roles. */
export interface Players {
  /**
   * Writes the actions of every seated role, for the step to come.
   * @throws InputError where a policy wrote an action that the space or the mask of a live agent forbids.
   */
  act(): void;
}

/**
 * Seats policies at roles. Each row samples from a stream named by (seed, split, episode, role, index), so play does
 * not depend on the number of copies; a row's state is zeroed when its copy begins an episode.
 * @throws InputError for a role that the environment does not have.
 */
export function seat(env: Environment, world: VectorEnv, factories: Readonly<Record<string, PolicyFactory>>): Players {
  const seats = Object.entries(factories).map(([name, factory]) => {
    const role = world.roles[name];
    if (!role) throw unknownName(`role of ${env.id}`, name, Object.keys(world.roles));
    return makeSeat(env, world, role, factory);
  });
  // Counted in beginnings, not episode numbers: after a reset the same number may be played again, under another seed.
  const playing = new Float64Array(world.copies);
  return {
    act() {
      for (let copy = 0; copy < world.copies; copy++) {
        if (playing[copy] === world.begun[copy]) continue;
        playing[copy] = world.begun[copy];
        for (const seat of seats) seat.begin(copy);
      }
      for (const { policy, batch, role } of seats) {
        policy.act(batch);
        checkActions(env.id, role);
      }
    },
  };
}

interface Seat {
  readonly policy: Policy;
  readonly batch: Batch;
  readonly role: RoleBuffers;
  begin(copy: number): void;
}

/** What the factory of a role's policy is told. */
export function contextOf(env: Environment, world: VectorEnv, role: RoleBuffers): PolicyContext<never, never> {
  const { observation, action } = role.spec;
  const knobs = knobVector(env, world.params);
  const { name, count } = role;
  const at = offsetsOf(observation) as never;
  return { params: world.params as never, role: name, count, observation: observation as never, at, action, knobs };
}

function makeSeat(env: Environment, world: VectorEnv, role: RoleBuffers, factory: PolicyFactory): Seat {
  const { count, obs, obsSize, mask, maskSize, alive, actions, actionSize } = role;
  const rows = world.copies * count;
  const policy = factory(contextOf(env, world, role));
  if (typeof policy?.act !== "function")
    throw new InputError(`${env.id}: the policy for role ${role.name} has no act().`);
  const stateSize = policy.stateSize ?? 0;
  const streams = Array.from({ length: rows }, () => new Rng(0));
  const rngs = streams.map((rng) => new DrawOnly(rng));
  const state = new Float32Array(rows * stateSize);
  const common = new Rng(0);
  const agreed = (copy: number) => {
    common.become(world.seeds, world.episode[copy], "agreed", role.spec.side);
    return common.float();
  };
  return {
    policy,
    role,
    batch: { rows, count, obs, obsSize, mask, maskSize, alive, rngs, agreed, state, actions, actionSize },
    begin(copy) {
      for (let i = 0; i < count; i++) streams[copy * count + i].become(world.seeds, world.episode[copy], role.name, i);
      state.fill(0, copy * count * stateSize, (copy + 1) * count * stateSize);
    },
  };
}
