import { InputError, Rng, type RngState, type Tensor } from "masque";
import type { Level, RunningState, TrainState, TrainTask } from "masque/learn";
import { below, under } from "../tf/checkpoint.ts";
import type { Trainee } from "./ppo.ts";

interface LearnerNumbers {
  readonly adamSteps: number;
  readonly draw: RngState;
  readonly shuffle: RngState;
  readonly seen: RunningState | null;
  /** By group of rows; one by itself in checkpoints from before there were groups. */
  readonly scale: readonly RunningState[] | RunningState | null;
}

/** What a learner needs to go on after an update: counters and streams, then its weights and Adam's moments. */
function stateOfLearner({ ppo: { adam }, parameters, streams, rows, scale }: Trainee) {
  const arrays = [
    ...parameters.map((variable) => (variable.dataSync() as Float32Array).slice()),
    ...adam.state().moments,
  ];
  const numbers: LearnerNumbers = {
    adamSteps: adam.state().steps,
    draw: streams.act.state(),
    shuffle: streams.shuffle.state(),
    seen: rows.seen?.state() ?? null,
    scale: scale?.state() ?? null,
  };
  return {
    numbers,
    tensors: Object.fromEntries(arrays.map((data, i) => [`t${i}`, { shape: [data.length], data }])),
  };
}

/** And back. @throws RangeError if shapes do not fit. */
function restoreLearner(learner: Trainee, numbers: LearnerNumbers, tensors: Readonly<Record<string, Tensor>>): void {
  const { engine, parameters, streams, rows, scale, name } = learner;
  const { adam } = learner.ppo;
  const arrays = Array.from({ length: 3 * parameters.length }, (_, i) => tensors[`t${i}`]?.data ?? new Float32Array());
  adam.restore({ steps: numbers.adamSteps, moments: arrays.slice(parameters.length) });
  parameters.forEach((variable, i) => {
    if (arrays[i].length !== variable.size) {
      throw new RangeError(
        `Checkpoint: tensor ${i} of ${name} has ${arrays[i].length} numbers, expected ${variable.size}`,
      );
    }
    engine.tf.tidy(() => {
      variable.assign(engine.tf.tensor(arrays[i].slice(), variable.shape, "float32"));
    });
  });
  streams.act = Rng.fromState(numbers.draw);
  streams.shuffle = Rng.fromState(numbers.shuffle);
  if (numbers.seen) rows.restore(numbers.seen);
  if (scale && numbers.scale) scale.restore([numbers.scale].flat());
  learner.refresh();
}

/** A training between two iterations; `episodes` are those that its copies begin next, by level. */
export function stateOf(
  task: TrainTask,
  baseline: string,
  learners: readonly Trainee[],
  episodes: readonly number[],
  iteration: number,
): TrainState {
  const states = learners.map((learner) => [learner.name, stateOfLearner(learner)] as const);
  const tensors: Record<string, Tensor> = Object.assign(
    {},
    ...states.map(([name, state]) => under(name, state.tensors)),
  );
  const numbers = { episodes, learners: Object.fromEntries(states.map(([name, state]) => [name, state.numbers])) };
  return { baseline, environment: task.env.id, iteration, numbers, tensors };
}

/** Puts everyone where the checkpoint left them; returns the iteration to go on with. */
export function goOn(
  state: TrainState,
  task: TrainTask,
  baseline: string,
  learners: readonly Trainee[],
  levels: readonly Level[],
  iterations: number,
): number {
  const { episodes, learners: numbers } = state.numbers as { episodes: number[]; learners: Record<string, never> };
  const fits = state.baseline === baseline && state.environment === task.env.id && state.iteration < iterations;
  if (!fits || episodes?.length !== levels.length || learners.some(({ name }) => !numbers[name])) {
    throw new InputError(
      `${baseline}: the checkpoint is of ${state.baseline} in ${state.environment} after ${state.iteration} iterations of ${episodes?.length} levels; this training has ${iterations} of ${levels.length} in ${task.env.id}.`,
    );
  }
  for (const learner of learners) restoreLearner(learner, numbers[learner.name], below(learner.name, state.tensors));
  levels.forEach(({ world }, l) => {
    world.reset(undefined, episodes[l]);
  });
  return state.iteration;
}
