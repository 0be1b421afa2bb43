import { defineBaseline, Rng } from "masque";
import { longestOf, makeLevels, policyFrom, runTraining, type Trained } from "masque/learn";
import { z } from "zod";
import { makeJudge } from "./evolution/judge.ts";
import { policiesOf, shapesOf, startingAt, widthOf } from "./evolution/perceptrons.ts";
import { evolve, type Found, leastSteps } from "./evolution/search.ts";

// Covariance matrix adaptation (Hansen, arXiv:1604.00772) as policy search: as in `cem`, all learning roles are searched
// together, a candidate being one vector that holds every role's greedy perceptron. Negative weights (active), restarts in
// doubled populations (IPOP), and how noise is met: evolution/cma.ts and evolution/search.ts. With `lambda` in a benchmark it
// lowers security + λ · utility itself, the metrics of whole batches of episodes, and not rewards made of their slopes.
// The strategy itself, beside PyPI's cma 4.5.0 (median evaluations to 10⁻¹⁰ of 21 seeds, σ = .5): n = 10 sphere 1,670
// against 1,660, ellipsoid 4,280 against 4,240, Rosenbrock 5,640 against 5,490; separable sphere 1,370 against 1,340,
// ellipsoid 2,210 against 2,370. npm run evidence -- tuning strategy
// Measured (five trainings): in jailbreak-cascade security .624 [.623, .625], all of the best script's harm, as cem.
//   npm run evidence -- learners --only jailbreak-cascade --baselines cma-es cem
const FULL = 128; // weights up to which the whole covariance matrix is learned by default
const config = z.strictObject({
  covariance: z
    .enum(["auto", "full", "separable"])
    .default("auto")
    .describe(`of weights: all of it, or its diagonal; auto: all of it up to ${FULL} weights`),
  population: z.int().min(4).max(4096).default(16).describe("candidates a generation, until restarts double them"),
  episodes: z.int().min(1).max(4096).default(16).describe("most episodes a candidate plays at each level"),
  hidden: z.array(z.int().min(1).max(512)).max(4).default([]).describe("hidden layers; none: a linear policy"),
  spread: z.number().positive().max(100).default(0.5).describe("first standard deviation of every weight"),
});

export default defineBaseline({
  id: "cma-es",
  summary: "Covariance matrix adaptation over the weights of small greedy policies; can aim at the metrics themselves.",
  paper: "Hansen 2016, The CMA evolution strategy: a tutorial, arXiv:1604.00772",
  coordination: "factored",
  startable: true,
  aimed: true,
  config,
  least({ population }, task) {
    const longest = longestOf(task);
    return {
      steps: leastSteps(population, longest),
      why: `five generations of ${population} candidates × episodes of up to ${longest} steps, and a last comparison`,
    };
  },
  async train(task, { covariance, population, episodes, hidden, spread }): Promise<Trained> {
    const [{ world, knobs }] = makeLevels(task, task.levels.length);
    const shapes = shapesOf(task, world, knobs.length, { baseline: "cma-es", hidden });
    const width = widthOf(shapes);
    const start = startingAt(task, shapes, new Float64Array(width));
    const judge = makeJudge(task);
    const total = task.budget * task.levels.length;
    let found: Found | undefined;
    function* training() {
      found = yield* evolve(judge, {
        start,
        sigma: spread,
        tolerance: 1e-4 * spread,
        covariance: covariance === "auto" ? (width <= FULL ? "full" : "separable") : covariance,
        population,
        again: () => start,
        candidate: (at) => ({
          name: at.join(),
          policies: Object.fromEntries(
            Object.entries(policiesOf(at, shapes)).map(([role, data]) => [role, policyFrom(data)]),
          ),
        }),
        episodes,
        longest: longestOf(task) * task.levels.length,
        total,
        rng: new Rng(task.seed, ...task.split).fork("cma-es"),
      });
    }
    const curve = await runTraining(task, total, training());
    return { policies: policiesOf(found!.at, shapes), curve, steps: judge.steps };
  },
});
