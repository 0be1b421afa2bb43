import { InputError, type Tensor } from "masque";
import { giveAgent, type Level, type PolicyData, takeAgent } from "masque/learn";
import { type Seen, seenThrough } from "./squads.ts";

/** Roles of more agents than this share their network: each more of them takes networks, moments and kernels of its own. */
const MOST = 64;

/**
 * Who learns for a role: `[undefined]`, all its agents by one network, or each of several by its own.
 * @throws InputError where there are too many
 */
export function learnersOf(level: Level, role: string, share: boolean, baseline: string): (number | undefined)[] {
  const { count } = level.world.roles[role];
  if (share || count === 1) return [undefined];
  if (count > MOST) {
    throw new InputError(
      `${baseline}: got shareParameters: false for the ${count} agents of role "${role}" of ${level.world.environment}, expected at most ${MOST}; share them, with agentIds: true if agents are to differ.`,
    );
  }
  return [...Array(count).keys()];
}

/** Levels in which a role has one agent, that one. What it sees and does lies in memory of its own. */
export function agentAlone(levels: readonly Level[], role: string, agent: number): Seen {
  return seenThrough(levels.map((level) => viewOf(level, role, agent)));
}

function viewOf(level: Level, role: string, agent: number) {
  const { world } = level;
  const whole = world.roles[role];
  const { count, copies, obsSize, actionSize, maskSize } = whole;
  const view = {
    ...whole,
    count: 1,
    agents: [whole.agents[agent]],
    obs: new Float32Array(copies * obsSize),
    final: new Float32Array(copies * obsSize),
    actions: whole.actions.slice(0, copies * actionSize),
    rewards: new Float64Array(copies),
    terminations: new Uint8Array(copies),
    truncations: new Uint8Array(copies),
    alive: new Uint8Array(copies),
    mask: new Uint8Array(copies * maskSize),
  };
  const taught = view.actions.slice();
  const take = (what: "obs" | "final" | "alive" | "mask" | "rewards" | "terminations" | "truncations", size = 1) =>
    takeAgent(whole[what], size, agent, count, view[what]);
  return {
    level: { ...level, world: { ...world, roles: { ...world.roles, [role]: view } } },
    look() {
      take("obs", obsSize);
      take("mask", maskSize);
      take("alive");
    },
    lead: () => giveAgent(view.actions, actionSize, agent, count, whole.actions),
    heed() {
      for (const what of ["rewards", "terminations", "truncations"] as const) take(what);
      if (view.truncations.includes(1)) take("final", obsSize);
    },
    taught(all: Int32Array | Float32Array) {
      takeAgent(all, actionSize, agent, count, taught);
      return taught;
    },
  };
}

/** The policies of agents of one role, each with networks of its own, as the one policy of that role. */
export function together(policies: readonly PolicyData[]): PolicyData {
  const [first] = policies;
  const stacked = (name: string): Tensor => {
    const { shape, data } = first.tensors[name];
    const all = new Float32Array(policies.length * data.length);
    policies.forEach(({ tensors }, agent) => {
      all.set(tensors[name].data, agent * data.length);
    });
    return { shape: [policies.length, ...shape], data: all };
  };
  const tensors = Object.fromEntries(Object.keys(first.tensors).map((name) => [name, stacked(name)]));
  return { ...first, networks: policies.length, tensors };
}
