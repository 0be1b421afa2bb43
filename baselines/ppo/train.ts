import { Rng } from "masque";
import {
  copiesOf,
  type Line,
  makeLevels,
  returnsMeter,
  runTraining,
  stepLevels,
  type Trained,
  type TrainTask,
} from "masque/learn";
import { loadEngine } from "../tf/engine.ts";
import { goOn, stateOf } from "./checkpoint.ts";
import { createLearner } from "./learner.ts";
import { act, createPpo, observe, type Trainee, update } from "./ppo.ts";
import type { PpoConfig, PpoKind } from "./settings.ts";
import { startLearner } from "./start.ts";

/** One rollout of every copy. */
export function leastPpo({ copies, rolloutSteps }: PpoConfig, { levels }: Pick<TrainTask, "levels">) {
  const share = copiesOf(copies, levels);
  return { steps: share * rolloutSteps, why: `${share} copies a level × ${rolloutSteps} rolloutSteps` };
}

/**
 * Proximal policy optimisation (Schulman et al. 2017, arXiv:1707.06347): all learning roles side by side act for
 * `rolloutSteps` in every copy, then take several epochs of clipped steps on what they saw.
 * @throws Error naming the role and the step if a loss or gradient is not
 *   finite; the signal's reason if it aborts.
 */
export async function trainPpo(task: TrainTask, config: PpoConfig, kind: PpoKind): Promise<Trained> {
  const engine = await loadEngine({ backend: task.backend, kernels: task.kernels });
  const levels = makeLevels(task, config.copies);
  const rng = new Rng(task.seed, ...task.split);
  const { copies } = levels[0].world;
  const perIteration = copies * config.rolloutSteps;
  const iterations = Math.floor(task.budget / perIteration);
  const learners = task.roles.map((role): Trainee => {
    const learner = createLearner(engine, levels, role, config, kind, rng.fork("learner", role));
    return { ...learner, ppo: createPpo(engine, learner.model) };
  });
  const meta = { environment: task.env.id, baseline: kind.baseline, conditioned: task.conditioned };
  const { resume, every, save } = task.checkpoint ?? { every: 0 };
  if (!resume) for (const learner of learners) startLearner(task, learner, meta);
  const started = resume ? goOn(resume, task, kind.baseline, learners, levels, iterations) : 0;

  function* training(): Generator<Line> {
    let meter = returnsMeter(levels, task.roles);
    if (!resume) for (const { world } of levels) world.reset();
    for (let iteration = started; iteration < iterations; iteration++) {
      if (every > 0 && iteration % every === 0 && iteration > started) {
        const episodes = levels.map(({ world }) => Math.max(...world.episode) + 1);
        save?.(stateOf(task, kind.baseline, learners, episodes, iteration));
        levels.forEach(({ world }, l) => void world.reset(undefined, episodes[l]));
        meter = returnsMeter(levels, task.roles);
      }
      for (let t = 0; t < config.rolloutSteps; t++) {
        for (const learner of learners) act(learner, t);
        stepLevels(levels);
        for (const learner of learners) observe(learner, t);
        meter.step();
      }
      const left = config.decay ? 1 - iteration / iterations : 1;
      const stats: Record<string, number> = {};
      for (const learner of learners) {
        try {
          for (const [name, value] of Object.entries(update(learner, left))) stats[`${learner.role}.${name}`] = value;
        } catch (cause) {
          const step = (iteration + 1) * perIteration;
          const where = `training of "${learner.role}" in ${task.env.id} failed at step ${step}`;
          throw new Error(`${kind.baseline}: ${where}: ${(cause as Error).message}`, { cause });
        }
      }
      yield { steps: (iteration + 1) * perIteration * levels.length, returns: meter.read(), stats };
    }
  }

  try {
    const steps = iterations * perIteration * levels.length;
    const curve = await runTraining(task, steps, training());
    return { policies: Object.fromEntries(learners.map((one) => [one.role, one.policy(meta)])), curve, steps };
  } finally {
    for (const { ppo, dispose } of learners) {
      ppo.dispose();
      dispose();
    }
  }
}
