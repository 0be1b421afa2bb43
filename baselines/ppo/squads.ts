import { InputError } from "masque";
import { firstOf, type Level, lead, pool } from "masque/learn";

/** Levels as a learner sees them: `look` before it reads observations, `lead` after it wrote actions, `heed` after a step. */
export interface Seen {
  readonly levels: readonly Level[];
  look(): void;
  lead(): void;
  heed(): void;
  /** What a teacher of the whole role has the agents of this learner do in step t, of what it has all do. */
  taught(level: number, all: Actions, t: number): Actions;
}

type Actions = Int32Array | Float32Array;

/**
 * Levels in which each of `squads` squads of a role is one agent: it sees the mean and the highest observation of the living
 * members, and what it does they all do; rewards are the role's mean. Without squads: the levels as they are.
 */
export function squadsAsAgents(levels: readonly Level[], role: string, squads: number | undefined): Seen {
  if (squads === undefined) return { levels, look() {}, lead() {}, heed() {}, taught: (_, all) => all };
  return seenThrough(levels.map((level) => viewOf(level, role, squads)));
}

/** A level as its learner sees it, and what carries over what is seen and done. */
interface View extends Pick<Seen, "look" | "lead" | "heed"> {
  readonly level: Level;
  taught(all: Actions, t: number): Actions;
}

/** All levels through a view each. */
export function seenThrough(views: readonly View[]): Seen {
  const all = (what: "look" | "lead" | "heed") => () => {
    for (const view of views) view[what]();
  };
  const levels = views.map(({ level }) => level);
  const taught: Seen["taught"] = (level, actions, t) => views[level].taught(actions, t);
  return { levels, look: all("look"), lead: all("lead"), heed: all("heed"), taught };
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
  const taught = view.actions.slice();
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
    // A squad is taught by one of its living members, another in every copy and step: so it learns how often they do what.
    taught(all: Actions, t: number) {
      for (let row = 0; row < rows; row++) {
        const copy = Math.floor(row / squads);
        const [first, end] = [row % squads, (row % squads) + 1].map((squad) => copy * count + firstOf(squad, shape));
        const size = end - first;
        let member = (copy + t) % size;
        for (let i = 0; i < size && members.alive[first + member] === 0; i++) member = (member + 1) % size;
        const from = (first + member) * actionSize;
        taught.set(all.subarray(from, from + actionSize), row * actionSize);
      }
      return taught;
    },
  };
}
