import { z } from "zod";
import { InputError } from "../../src/data/errors.ts";
import type { RoleBuffers } from "../../src/env/buffers.ts";
import type { Progress, Trained, TrainState, TrainTask } from "../../src/learn/baseline.ts";
import { type Level, makeLevels, returnsMeter } from "../../src/learn/levels.ts";
import { Rng } from "../../src/random/rng.ts";
import { loadEngine } from "../tf/engine.ts";
import { createLearner, type Learner, type LearnerOptions } from "./learner.ts";
import { createSquadLearner } from "./squads.ts";

/** The settings of the PPO family; defaults are those most implementations agree on (Huang et al. 2022, the 37 details). */
export const ppoConfig = z.strictObject({
  copies: z.int().min(1).max(65536).default(64).describe("copies of the environment, shared out over the levels"),
  rolloutSteps: z.int().min(1).max(65536).default(32).describe("steps of every copy between updates"),
  hidden: z.array(z.int().min(1).max(4096)).max(8).default([64, 64]).describe("widths of the hidden layers"),
  activation: z.enum(["tanh", "relu"]).default("tanh"),
  learningRate: z.number().positive().max(1).default(1e-3).describe("of Adam"),
  decay: z.boolean().default(true).describe("let the learning rate and the entropy bonus fall linearly to 0"),
  gamma: z.number().min(0).max(1).default(0.99).describe("discount"),
  lambda: z.number().min(0).max(1).default(0.95).describe("of generalised advantage estimation"),
  epochs: z.int().min(1).max(100).default(4).describe("passes over each rollout"),
  minibatches: z.int().min(1).max(1024).default(4).describe("minibatches a pass"),
  clip: z.number().positive().max(1).default(0.2).describe("ε of the clipped objective"),
  valueClip: z.number().positive().default(Number.POSITIVE_INFINITY).describe("same for the value; infinite: off"),
  entropy: z.number().min(0).max(10).default(0.01).describe("coefficient of the entropy bonus"),
  valueCoefficient: z.number().positive().default(0.5),
  maxGradNorm: z.number().positive().default(0.5).describe("gradients are scaled down to this joint norm"),
  normaliseAdvantages: z.boolean().default(true).describe("per minibatch"),
  normaliseObservations: z.boolean().default(false).describe("by running mean and deviation"),
  normaliseValues: z.boolean().default(true).describe("critics predict returns in units of their running deviation"),
});
export type PpoConfig = z.output<typeof ppoConfig>;

/** What the baselines of the family differ in. */
export interface PpoKind extends Pick<LearnerOptions, "joint" | "critic"> {
  readonly baseline: string;
  /** How many squads a role acts in, if in any; joint ones only. */
  squads?(role: RoleBuffers): number | undefined;
}

/**
 * Trains all learning roles side by side: act for `rolloutSteps` in every copy, then several epochs of clipped steps.
 * @throws InputError for a budget below one rollout; Error naming the role and the step if a loss or gradient is not
 *   finite; the signal's reason if it aborts.
 */
export async function trainPpo(task: TrainTask, config: PpoConfig, kind: PpoKind): Promise<Trained> {
  const engine = await loadEngine({ backend: task.backend, kernels: task.kernels });
  const levels = makeLevels(task, config.copies);
  const rng = new Rng(task.seed, ...task.split);
  const perIteration = levels[0].world.copies * config.rolloutSteps;
  const iterations = Math.floor(task.budget / perIteration);
  if (iterations < 1) {
    throw new InputError(
      `${kind.baseline}: budget ${task.budget} is below one rollout (${levels[0].world.copies} copies a level × ${config.rolloutSteps} steps = ${perIteration}).`,
    );
  }
  const learners = task.roles.map((role) => {
    const options = { ...config, ...kind, role };
    const squads = kind.squads?.(levels[0].world.roles[role]);
    const stream = rng.fork("learner", role);
    return squads === undefined
      ? createLearner(engine, levels, options, stream)
      : createSquadLearner(engine, levels, { ...options, squads }, stream);
  });
  let meter = returnsMeter(levels, task.roles);
  const curve: Progress[] = [];
  const { resume, every, save } = task.checkpoint ?? { every: 0 };
  const started = resume ? goOn(resume, task, kind.baseline, learners, levels, iterations) : 0;
  try {
    if (!resume) for (const { world } of levels) world.reset();
    for (let iteration = started; iteration < iterations; iteration++) {
      task.signal?.throwIfAborted();
      if (every > 0 && iteration % every === 0 && iteration > started) {
        const next = levels.map(({ world }) => Math.max(...world.episode) + 1);
        save?.(stateOf(task, kind.baseline, learners, next, iteration));
        levels.forEach(({ world }, l) => {
          world.reset(undefined, next[l]);
        });
        meter = returnsMeter(levels, task.roles);
      }
      for (let t = 0; t < config.rolloutSteps; t++) {
        for (const learner of learners) learner.act(t);
        for (const { world, players } of levels) {
          players.act();
          world.step();
        }
        for (const learner of learners) learner.observe(t);
        meter.step();
      }
      const left = config.decay ? 1 - iteration / iterations : 1;
      const stats: Record<string, number> = {};
      for (const learner of learners) {
        const options = {
          ...config,
          learningRate: config.learningRate * left,
          entropyCoefficient: config.entropy * left,
        };
        try {
          for (const [name, value] of Object.entries(learner.update(options))) stats[`${learner.role}.${name}`] = value;
        } catch (cause) {
          const step = (iteration + 1) * perIteration;
          throw new Error(
            `${kind.baseline}: training of "${learner.role}" in ${task.env.id} failed at step ${step}: ${(cause as Error).message}`,
            { cause },
          );
        }
      }
      const steps = (iteration + 1) * perIteration * levels.length;
      const line = { steps, total: iterations * perIteration * levels.length, returns: meter.read(), stats };
      curve.push(line);
      task.onProgress?.(line);
      // Everything above is synchronous: let timers, signals and progress bars have their turn.
      await new Promise(setImmediate);
    }
    const meta = { environment: task.env.id, baseline: kind.baseline, conditioned: task.conditioned };
    const policies = Object.fromEntries(learners.map((learner) => [learner.role, learner.policy(meta)]));
    return { policies, curve, steps: iterations * perIteration * levels.length };
  } finally {
    for (const learner of learners) learner.dispose();
  }
}

function stateOf(
  task: TrainTask,
  baseline: string,
  learners: readonly Learner[],
  episodes: readonly number[],
  iteration: number,
): TrainState {
  const states = learners.map((learner) => [learner.role, learner.state()] as const);
  const tensors = states.flatMap(([role, state]) =>
    Object.entries(state.tensors).map(([name, t]) => [`${role}.${name}`, t]),
  );
  const numbers = { episodes, learners: Object.fromEntries(states.map(([role, state]) => [role, state.numbers])) };
  return { baseline, environment: task.env.id, iteration, numbers, tensors: Object.fromEntries(tensors) };
}

/** Puts everyone where the checkpoint left them; returns the iteration to go on with. */
function goOn(
  state: TrainState,
  task: TrainTask,
  baseline: string,
  learners: readonly Learner[],
  levels: readonly Level[],
  iterations: number,
): number {
  const { episodes, learners: numbers } = state.numbers as { episodes: number[]; learners: Record<string, never> };
  const fits = state.baseline === baseline && state.environment === task.env.id && state.iteration < iterations;
  if (!fits || episodes?.length !== levels.length || learners.some(({ role }) => !numbers[role])) {
    throw new InputError(
      `${baseline}: the checkpoint is of ${state.baseline} in ${state.environment} after ${state.iteration} iterations of ${episodes?.length} levels; this training has ${iterations} of ${levels.length} in ${task.env.id}.`,
    );
  }
  for (const learner of learners) {
    const own = Object.entries(state.tensors).filter(([name]) => name.startsWith(`${learner.role}.`));
    learner.restore(
      numbers[learner.role],
      Object.fromEntries(own.map(([name, t]) => [name.slice(learner.role.length + 1), t])),
    );
  }
  levels.forEach(({ world }, l) => {
    world.reset(undefined, episodes[l]);
  });
  return state.iteration;
}
