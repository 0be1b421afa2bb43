import { defineBaseline, InputError, Rng, type RngState } from "masque";
import {
  type Level,
  type Line,
  longestOf,
  makeLevels,
  type PolicyData,
  policyFrom,
  runTraining,
  seat,
  type Trained,
  type TrainState,
  type TrainTask,
} from "masque/learn";
import { z } from "zod";
import { policiesOf, shapesOf, startingAt, widthOf } from "./evolution/perceptrons.ts";

// The cross-entropy method (Rubinstein 1999) as policy search with decreasing noise (Szita and Lőrincz 2006, Learning
// Tetris Using the Noisy Cross-Entropy Method). All learning roles are searched together: a candidate is one vector that
// holds every role's perceptron, its score the mean return of all roles over all levels. Candidates of a generation play
// the same episodes, so that they differ by their play only. Needs no gradient, hence no TensorFlow.js.
// Deviations: actions are greedy; the noise falls linearly to zero; candidates play fewer episodes where the budget would
// otherwise leave fewer than thirty generations.
// Measured (five trainings, docs/evidence.md): security .422 [.397, .446] in low-and-slow, 91 % of the best script's harm,
// and all of it in pricing-cartel and jailbreak-cascade.
//   npm run evidence -- learners --only low-and-slow pricing-cartel jailbreak-cascade --baselines cem
const GENERATIONS = 30;
const config = z.strictObject({
  population: z.int().min(4).max(4096).default(40).describe("candidates a generation"),
  elite: z.number().min(0.02).max(0.5).default(0.2).describe("share of them that the next generation is fitted to"),
  episodes: z.int().min(1).max(4096).default(16).describe("most episodes a candidate plays at each level"),
  hidden: z.array(z.int().min(1).max(512)).max(4).default([]).describe("hidden layers; none: a linear policy"),
  spread: z.number().positive().max(100).default(1).describe("first standard deviation of every weight"),
  noise: z.number().min(0).max(10).default(0.2).describe("deviation added to the fitted one, falling to 0"),
});

/** A search between two generations: the law that candidates are drawn from, and the stream that draws them. */
interface Search {
  readonly steps: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  readonly draw: RngState;
}

/** @throws InputError where the checkpoint is not one of this search */
function searchOf(state: TrainState, task: TrainTask, width: number): Search {
  const search = state.numbers as Partial<Search>;
  const fits = search.mean?.length === width && search.deviation?.length === width && search.draw !== undefined;
  if (state.baseline === "cem" && state.environment === task.env.id && Number.isInteger(search.steps) && fits)
    return search as Search;
  throw new InputError(
    `cem: the checkpoint is of ${state.baseline} in ${state.environment}, with ${search.mean?.length} weights; this training has ${width} in ${task.env.id}.`,
  );
}

/** Mean return over roles and over the levels' episodes `first … first + episodes − 1`, and the steps it took. */
function score(
  task: TrainTask,
  levels: readonly Level[],
  policies: Record<string, PolicyData>,
  first: number,
  episodes: number,
) {
  const factories = Object.fromEntries(Object.entries(policies).map(([role, data]) => [role, policyFrom(data)]));
  let sum = 0;
  let steps = 0;
  for (const { world } of levels) {
    const fixed = Object.entries(task.policies).filter(([role]) => !task.roles.includes(role));
    const players = seat(task.env, world, { ...Object.fromEntries(fixed), ...factories });
    world.reset(undefined, first);
    let left = episodes;
    while (left > 0) {
      players.act();
      world.step();
      steps += world.copies;
      for (const role of task.roles) {
        const { rewards, count } = world.roles[role];
        for (let row = 0; row < rewards.length; row++) {
          const copy = Math.floor(row / count);
          // A copy that was faster than others and began an episode of its own accord is not scored for it.
          const episode = world.ended[copy] ? world.finalEpisode[copy] : world.episode[copy];
          if (episode < first + episodes) sum += rewards[row] / count;
        }
      }
      for (let copy = 0; copy < world.copies; copy++) {
        if (world.ended[copy] && world.finalEpisode[copy] < first + episodes) left--;
      }
    }
  }
  return { value: sum / (task.roles.length * levels.length * episodes), steps };
}

export default defineBaseline({
  id: "cem",
  summary: "Cross-entropy search over the weights of small greedy policies: no gradients, hard to fool.",
  paper: "Szita and Lőrincz 2006, Learning Tetris Using the Noisy Cross-Entropy Method, Neural Computation 18(12)",
  coordination: "factored",
  startable: true,
  config,
  least({ population }, task) {
    const longest = longestOf(task);
    return {
      steps: population * longest,
      why: `a generation of ${population} candidates × episodes of up to ${longest} steps`,
    };
  },
  async train(task, { population, elite, episodes: wanted, hidden, spread, noise }): Promise<Trained> {
    const longest = longestOf(task);
    const episodes = Math.max(1, Math.min(wanted, Math.floor(task.budget / (GENERATIONS * population * longest))));
    const levels = makeLevels(task, episodes * task.levels.length);
    let rng = new Rng(task.seed, ...task.split).fork("cem");
    const [{ world, knobs }] = levels;
    const shapes = shapesOf(task, world, knobs.length, { baseline: "cem", hidden });
    const width = widthOf(shapes);
    const mean = startingAt(task, shapes, new Float64Array(width));
    const deviation = new Float64Array(width).fill(spread);
    const total = task.budget * levels.length;
    let steps = 0;
    let generation = 0;
    const { resume, every = 0, save } = task.checkpoint ?? {};
    if (resume) {
      const search = searchOf(resume, task, width);
      mean.set(search.mean);
      deviation.set(search.deviation);
      rng = Rng.fromState(search.draw);
      [steps, generation] = [search.steps, resume.iteration];
    }
    const started = generation;
    const most = population * episodes * longest * levels.length; // what a generation may take
    function* training(): Generator<Line> {
      while (steps + most <= total) {
        // Generations play episodes of their own from the first step on: stopping here changes nothing.
        if (every > 0 && generation % every === 0 && generation > started) {
          const numbers: Search = { steps, mean: [...mean], deviation: [...deviation], draw: rng.state() };
          save?.({
            baseline: "cem",
            environment: task.env.id,
            iteration: generation,
            numbers: { ...numbers },
            tensors: {},
          });
        }
        const scored = Array.from({ length: population }, () => {
          const candidate = Float64Array.from(mean, (m, i) => m + deviation[i] * rng.normal());
          const { value, steps: taken } = score(
            task,
            levels,
            policiesOf(candidate, shapes),
            generation * episodes,
            episodes,
          );
          steps += taken;
          return { candidate, value };
        });
        generation++;
        // Equal scores keep the order in which they were drawn: sorting is stable.
        scored.sort((a, b) => b.value - a.value);
        const chosen = scored.slice(0, Math.max(2, Math.round(population * elite)));
        const extra = noise * Math.max(0, 1 - steps / total);
        for (let i = 0; i < width; i++) {
          mean[i] = chosen.reduce((sum, { candidate }) => sum + candidate[i], 0) / chosen.length;
          const variance =
            chosen.reduce((sum, { candidate }) => sum + (candidate[i] - mean[i]) ** 2, 0) / chosen.length;
          deviation[i] = Math.sqrt(variance) + extra;
        }
        const average = scored.reduce((sum, { value }) => sum + value, 0) / population;
        const stats = { best: scored[0].value, deviation: deviation.reduce((sum, d) => sum + d, 0) / width };
        yield { steps, returns: Object.fromEntries(task.roles.map((role) => [role, average])), stats };
      }
    }
    const curve = await runTraining(task, total, training());
    return { policies: policiesOf(mean, shapes), curve, steps };
  },
});
