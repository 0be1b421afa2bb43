import { z } from "zod";
import { InputError, unknownName } from "../data/errors.ts";
import { checkFinite } from "../env/finite.ts";
import { knobVector, resolveParams } from "../env/params.ts";
import { type VectorEnv, vector } from "../env/vector.ts";
import { type Players, seat } from "../play/seat.ts";
import type { TrainTask } from "./baseline.ts";

/** The copies that train at one knob level. */
export interface Level {
  readonly world: VectorEnv;
  /** Everyone who does not learn. */
  readonly players: Players;
  readonly knobs: readonly number[];
}

/** Copies a level has where so many are shared out. */
export const copiesOf = (copies: number, levels: { readonly length: number }) =>
  Math.max(1, Math.floor(copies / Math.max(1, levels.length)));

/** The longest episode of any level. */
export const longestOf = ({ env, levels }: Pick<TrainTask, "env" | "levels">) =>
  Math.max(...levels.map((params) => env.horizon(resolveParams(env, params))));

/**
 * Copies for every level of a task, an equal share each, with the fixed policies seated.
 * @throws InputError if roles are unknown or unplayed, or several levels are to be told apart by an unconditioned network.
 */
export function makeLevels(task: TrainTask, copies: number): Level[] {
  const { env, levels, roles, policies, seed, split } = task;
  if (levels.length === 0)
    throw new InputError(`Training in ${env.id}: got no levels, expected at least one parameter set.`);
  if (levels.length > 1 && !task.conditioned) {
    throw new InputError(
      `Training in ${env.id}: got ${levels.length} levels, expected one, or a conditioned training.`,
    );
  }
  const share = copiesOf(copies, levels);
  return levels.map((params, index) => {
    const world = vector(env, share, params, seed, { split: [...split, "level", index], finalStates: true });
    for (const role of roles)
      if (!world.roles[role]) throw unknownName(`role of ${env.id}`, role, Object.keys(world.roles));
    for (const role of Object.keys(world.roles)) {
      if (!roles.includes(role) && !policies[role]) {
        throw new InputError(`Training in ${env.id}: role "${role}" neither learns nor has a policy.`);
      }
    }
    const fixed = Object.fromEntries(Object.entries(policies).filter(([role]) => !roles.includes(role)));
    return { world, players: seat(env, world, fixed), knobs: task.conditioned ? knobVector(env, world.params) : [] };
  });
}

/** One step of every copy of every level; those who learn have written their actions. */
export function stepLevels(levels: readonly Level[]): void {
  for (const { world, players } of levels) {
    players.act();
    world.step();
    checkFinite(world);
  }
}

/** What a meter has added up: by learning role, and over how many episodes. */
export const meterState = z.strictObject({ sums: z.array(z.number()), episodes: z.int().min(0) });
/** What a meter has added up since it was last read. */
export type MeterState = z.output<typeof meterState>;

/** Adds up the returns of learning roles and gives their mean over the episodes that ended since it was last asked. */
export function returnsMeter(levels: readonly Level[], roles: readonly string[]) {
  const running = levels.map(({ world }) => roles.map(() => new Float64Array(world.copies)));
  let sums = roles.map(() => 0);
  let episodes = 0;
  return {
    /** After every step of all levels. */
    step() {
      levels.forEach(({ world }, l) => {
        roles.forEach((role, r) => {
          const { rewards, count } = world.roles[role];
          const mine = running[l][r];
          for (let row = 0; row < rewards.length; row++) mine[Math.floor(row / count)] += rewards[row] / count;
        });
        for (let copy = 0; copy < world.copies; copy++) {
          if (world.ended[copy] === 0) continue;
          episodes++;
          for (let r = 0; r < roles.length; r++) {
            sums[r] += running[l][r][copy];
            running[l][r][copy] = 0;
          }
        }
      });
    },
    /** What has ended since it was last read, at a moment when every copy begins an episode; and back. */
    state: (): MeterState => ({ sums: [...sums], episodes }),
    /** Goes on from there. */
    restore(state: MeterState) {
      for (const level of running) for (const mine of level) mine.fill(0);
      sums = [...state.sums];
      episodes = state.episodes;
    },
    /** Mean returns by role since the last call; NaN where no episode ended. */
    read(): Record<string, number> {
      const means = Object.fromEntries(
        roles.map((role, r) => [role, episodes === 0 ? Number.NaN : sums[r] / episodes]),
      );
      sums = roles.map(() => 0);
      episodes = 0;
      return means;
    },
  };
}
