import type { z } from "zod";
import { InputError } from "../data/errors.ts";
import type { TrainState, TrainTask } from "./baseline.ts";
import type { Level } from "./levels.ts";

// Stops on the way, for learners that learn at every step and have no rollouts to stop between.

/** Steps of every copy that such a learner's iteration has: with 16 copies, the 2048 environment steps of one of PPO's. */
const ITERATION = 128;

/**
 * Whether such a learner stops before step t of its copies: at the first moment, `every` iterations after the last stop or
 * later, at which all copies are about to begin an episode, since nothing changes there; and where they never are at once,
 * one episode later all the same.
 * @param longest steps of an episode
 * @param from the step that a training that is taken up begins with
 */
export function makeStops(every: number, longest: number, from: number) {
  let last = from;
  return (t: number, levels: readonly Level[]): boolean => {
    const late = t - last - every * ITERATION;
    if (every === 0 || late < 0) return false;
    if (late < longest && !levels.every(({ world }) => world.ended.every((ended) => ended === 1))) return false;
    last = t;
    return true;
  };
}

/** Iterations that so many steps of the copies are. */
export const iterationsIn = (t: number): number => Math.floor(t / ITERATION);

/** The episodes that the copies of every level begin with at a stop: those that they have just begun by themselves, or the next ones. */
export const episodesAt = (levels: readonly Level[]): number[] =>
  levels.map(({ world: { ended, episode } }) =>
    ended.every((one) => one === 1) ? Math.min(...episode) : Math.max(...episode) + 1,
  );

/** Begins those episodes: in a training that runs through as in one that is taken up again. */
export function beginEpisodes(levels: readonly Level[], episodes: readonly number[]): void {
  levels.forEach(({ world }, l) => void world.reset(undefined, episodes[l]));
}

/**
 * What a checkpoint's numbers say.
 * @param fits whether there are as many of them as this training has learners and levels, and it is not at its end
 * @throws InputError where it is none of this training
 */
export function resumed<S extends z.ZodType>(
  { baseline, environment, iteration, numbers }: TrainState,
  task: TrainTask,
  expected: string,
  schema: S,
  fits: (numbers: z.output<S>) => boolean,
): z.output<S> {
  const parsed = schema.safeParse(numbers);
  if (baseline === expected && environment === task.env.id && parsed.success && fits(parsed.data)) return parsed.data;
  throw new InputError(
    `${expected}: the checkpoint is of ${baseline} in ${environment} after ${iteration} iterations, and no training of ` +
      `${expected} in ${task.env.id} goes on from it${parsed.success ? "" : ` (${parsed.error.issues[0].message})`}.`,
  );
}
