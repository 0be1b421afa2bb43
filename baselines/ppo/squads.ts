import { InputError } from "../../src/data/errors.ts";
import type { Level } from "../../src/learn/levels.ts";
import { lead, pool } from "../../src/policy/squads.ts";
import type { Rng } from "../../src/random/rng.ts";
import type { Engine } from "../tf/tf.ts";
import { createLearner, type Learner, type LearnerOptions } from "./learner.ts";

/**
 * A learner to whom each of `squads` squads of a role is one agent: it sees the mean and the highest observation of the
 * living members, and what it does they all do. Rewards are the role's mean. Everything else is `createLearner`'s.
 */
export function createSquadLearner(
  engine: Engine,
  levels: readonly Level[],
  options: LearnerOptions & { readonly squads: number },
  rng: Rng,
): Learner {
  const views = levels.map((level) => viewOf(level, options.role, options.squads));
  const inner = createLearner(
    engine,
    views.map(({ level }) => level),
    options,
    rng,
  );
  return {
    ...inner,
    act(t) {
      for (const view of views) view.look();
      inner.act(t);
      for (const view of views) view.lead();
    },
    observe(t) {
      for (const view of views) view.heed();
      inner.observe(t);
    },
    update(ppo) {
      for (const view of views) view.look();
      return inner.update(ppo);
    },
    policy(meta) {
      const { obsSize } = levels[0].world.roles[options.role];
      return { ...inner.policy(meta), obsSize, squads: options.squads };
    },
  };
}

/** The level as squads see it, and what carries their view and their acts over. */
function viewOf(level: Level, role: string, squads: number) {
  const { world } = level;
  const members = world.roles[role];
  const { spec, count, obsSize, copies, actionSize, maskSize } = members;
  if (spec.masked)
    throw new InputError(
      `joint-ppo: role "${role}" of ${world.environment} has masks, which squads cannot heed; expected squads: 0.`,
    );
  const shape = { count, squads, obsSize };
  const rows = copies * squads;
  const view = {
    ...members,
    count: squads,
    agents: members.agents.slice(0, squads),
    obsSize: 2 * obsSize,
    obs: new Float32Array(rows * 2 * obsSize),
    final: new Float32Array(rows * 2 * obsSize),
    actions: members.actions.slice(0, rows * actionSize),
    rewards: new Float64Array(rows),
    terminations: new Uint8Array(rows),
    truncations: new Uint8Array(rows),
    alive: new Uint8Array(rows),
    mask: new Uint8Array(rows * maskSize).fill(1),
  };
  return {
    level: { ...level, world: { ...world, roles: { ...world.roles, [role]: view } } },
    look: () => pool(shape, members.obs, members.alive, view.obs, view.alive),
    lead: () => lead(shape, actionSize, view.actions, members.actions),
    heed() {
      // Who was cut off saw a last observation; that of those who had ended before is none.
      if (members.truncations.includes(1))
        pool(shape, members.final, members.truncations, view.final, view.truncations);
      else view.truncations.fill(0);
      for (let copy = 0; copy < copies; copy++) {
        let sum = 0;
        for (let agent = copy * count; agent < (copy + 1) * count; agent++) sum += members.rewards[agent];
        view.rewards.fill(sum / count, copy * squads, (copy + 1) * squads);
      }
    },
  };
}
