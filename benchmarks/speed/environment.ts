import type { RoleBuffers } from "../../src/env/buffers.ts";
import type { Environment } from "../../src/env/define.ts";
import { parallel } from "../../src/env/parallel.ts";
import { vector } from "../../src/env/vector.ts";
import { Rng } from "../../src/random/rng.ts";
import { rate } from "./clock.ts";

export interface EnvironmentFigure {
  readonly benchmark: "environment";
  readonly id: string;
  readonly view: "vector" | "parallel";
  readonly copies: number;
  readonly agentStepsPerSecond: number;
}

/** Random actions for one role, drawn beforehand: eight sets that are played in turn. */
function drawActions(role: RoleBuffers, rng: Rng): (Int32Array | Float32Array)[] {
  return Array.from({ length: 8 }, () => {
    const actions = role.actions.slice();
    for (let row = 0; row < role.copies * role.count; row++) {
      const action = role.spec.action.sample(rng);
      if (typeof action === "number") actions[row] = action;
      else actions.set(action, row * role.actionSize);
    }
    return actions;
  });
}

/** Agent-steps a CPU second through `vector`, with precomputed random actions. */
export function vectorSpeed(
  env: Environment,
  copies: number,
  params: Readonly<Record<string, unknown>>,
  seconds?: number,
): EnvironmentFigure {
  const world = vector(env, copies, params, 1);
  const rng = new Rng(1, "actions");
  const roles = Object.values(world.roles).map((role) => ({ role, sets: drawActions(role, rng) }));
  const agents = roles.reduce((sum, { role }) => sum + role.count, 0);
  let turn = 0;
  world.reset();
  const steps = rate(
    () => {
      turn = (turn + 1) & 7;
      for (const { role, sets } of roles) role.actions.set(sets[turn]);
      world.step();
    },
    { seconds },
  );
  return {
    benchmark: "environment",
    id: env.id,
    view: "vector",
    copies,
    agentStepsPerSecond: Math.round(steps * copies * agents),
  };
}

/**
 * The same through the record view, one copy, resets included. One seeded episode is played over and over, with actions
 * that were drawn beforehand within its masks.
 */
export function parallelSpeed(
  env: Environment,
  params: Readonly<Record<string, unknown>>,
  seconds?: number,
): EnvironmentFigure {
  const world = parallel(env, params);
  const rng = new Rng(1, "actions");
  const episode: unknown[] = [];
  let agentSteps = 0;
  let infos = world.reset({ seed: 1 })[1];
  while (world.agents.length > 0 && episode.length < 512) {
    const actions = world.actions((agent) => {
      const mask = infos[agent].actionMask;
      const space = world.actionSpace(agent);
      return (space.kind === "discrete" && mask ? space.sample(rng, mask) : space.sample(rng)) as never;
    });
    agentSteps += world.agents.length;
    episode.push(actions);
    infos = world.step(actions)[4];
  }
  const episodes = rate(
    () => {
      world.reset({ seed: 1 });
      for (const actions of episode) world.step(actions as never);
    },
    { seconds },
  );
  const agentStepsPerSecond = Math.round(episodes * agentSteps);
  return { benchmark: "environment", id: env.id, view: "parallel", copies: 1, agentStepsPerSecond };
}
