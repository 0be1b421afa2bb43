import { InputError, Rng } from "masque";
import {
  copiesOf,
  type Line,
  makeLevels,
  type PolicyData,
  returnsMeter,
  runTraining,
  stepLevels,
  type Trained,
  type TrainTask,
} from "masque/learn";
import { loadEngine } from "../tf/engine.ts";
import { learnersOf, together } from "./apart.ts";
import { goOn, stateOf } from "./checkpoint.ts";
import { createLearner } from "./learner.ts";
import { act, createPpo, observe, type Trainee, update } from "./ppo.ts";
import type { PpoConfig, PpoKind } from "./settings.ts";
import { startLearner } from "./start.ts";
import { lessonAt, teacherOf } from "./teacher.ts";

/** One rollout of every copy. */
export function leastPpo({ copies, rolloutSteps }: PpoConfig, { levels }: Pick<TrainTask, "levels">) {
  const share = copiesOf(copies, levels);
  return { steps: share * rolloutSteps, why: `${share} copies a level × ${rolloutSteps} rolloutSteps` };
}

/**
 * Proximal policy optimisation (Schulman et al. 2017, arXiv:1707.06347): all learning roles side by side act for
 * `rolloutSteps` in every copy, then take several epochs of clipped steps on what they saw.
 * @throws InputError if heads are to be autoregressive and no role has several; Error naming the role and the step if a
 *   loss or gradient is not
 *   finite; the signal's reason if it aborts.
 */
export async function trainPpo(task: TrainTask, config: PpoConfig, kind: PpoKind): Promise<Trained> {
  const engine = await loadEngine({ backend: task.backend, kernels: task.kernels });
  const levels = makeLevels(task, config.copies);
  const rng = new Rng(task.seed, ...task.split);
  const { copies } = levels[0].world;
  const perIteration = copies * config.rolloutSteps;
  const iterations = Math.floor(task.budget / perIteration);
  const learn = (role: string, agent: number | undefined): Trainee => {
    const stream = agent === undefined ? rng.fork("learner", role) : rng.fork("learner", role, agent);
    const learner = createLearner(engine, levels, role, config, kind, stream, agent);
    return { ...learner, ppo: createPpo(engine, learner.model) };
  };
  const share = config.shareParameters !== false;
  const learners = task.roles.flatMap((role) =>
    learnersOf(levels[0], role, share, kind.baseline).map((agent) => learn(role, agent)),
  );
  const { teacher } = config;
  const teachers = new Map(
    teacher === undefined ? [] : task.roles.map((role) => [role, teacherOf(task, levels, role, teacher)]),
  );
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
      const lesson = lessonAt(config, iteration / iterations);
      for (let t = 0; t < config.rolloutSteps; t++) {
        if (lesson.weight > 0) for (const teacher of teachers.values()) teacher.act();
        for (const learner of learners)
          act(learner, t, lesson.weight > 0 ? teachers.get(learner.role) : undefined, lesson);
        stepLevels(levels);
        for (const learner of learners) observe(learner, t);
        meter.step();
      }
      const left = config.decay ? 1 - iteration / iterations : 1;
      const stats: Record<string, number> = {};
      for (const learner of learners) {
        try {
          for (const [name, value] of Object.entries(update(learner, left, lesson)))
            stats[`${learner.name}.${name}`] = value;
        } catch (cause) {
          const step = (iteration + 1) * perIteration;
          const where = `training of "${learner.name}" in ${task.env.id} failed at step ${step}`;
          throw new Error(`${kind.baseline}: ${where}: ${(cause as Error).message}`, { cause });
        }
      }
      yield { steps: (iteration + 1) * perIteration * levels.length, returns: meter.read(), stats };
    }
  }

  try {
    if (config.heads === "autoregressive" && learners.every(({ inTurn }) => !inTurn)) {
      const roles = task.roles.join(", ");
      throw new InputError(
        `${kind.baseline}: heads "autoregressive" changes nothing for ${roles} of ${task.env.id}, which make one choice a step or act in a box; leave it out.`,
      );
    }
    const steps = iterations * perIteration * levels.length;
    const curve = await runTraining(task, steps, training());
    const policies = task.roles.map((role): [string, PolicyData] => {
      const found = learners.filter((one) => one.role === role).map((one) => one.policy(meta));
      return [role, found.length === 1 ? found[0] : together(found)];
    });
    return { policies: Object.fromEntries(policies), curve, steps };
  } finally {
    for (const { ppo, dispose } of learners) {
      ppo.dispose();
      dispose();
    }
  }
}
