import { defineBaseline, InputError, Rng, resolveParams, type Setting } from "masque";
import {
  declared,
  edgesOf,
  longestOf,
  type PolicyData,
  placesOf,
  runTraining,
  scriptData,
  settingAt,
  type Trained,
  type TrainTask,
  tunableOf,
} from "masque/learn";
import { z } from "zod";
import { makeJudge } from "./evolution/judge.ts";
import { evolve, type Found, leastSteps } from "./evolution/search.ts";

// The dials of a scripted attack, searched by CMA-ES (evolution/cma.ts, evolution/search.ts) against the very defence that
// it is to meet. Each dial's scale is [0, 1], by ratios where it says so; what leaves it is mirrored back in. Whole numbers
// are rounded, each having an equal share of the scale. It begins at the declared values, with a deviation of a quarter of
// every scale; restarts begin anywhere. What it lowers is the environment's first metric of security, or the aim it is given.
// Measured: npm run evidence -- tuning
const config = z.strictObject({
  script: z.string().min(1).max(200).describe("a scripted attack that has dials: masque show ENVIRONMENT"),
  population: z.int().min(4).max(4096).default(8).describe("candidates a generation, until restarts double them"),
  episodes: z.int().min(1).max(4096).default(32).describe("most episodes a candidate plays"),
  spread: z.number().min(0.01).max(1).default(0.25).describe("first deviation, as a share of every dial's scale"),
});

/** A triangle wave: a scale's mirror image beyond either end. */
export function mirrored(x: number): number {
  const y = Math.abs(x) % 2;
  return y > 1 ? 2 - y : y;
}

export default defineBaseline({
  id: "script-search",
  summary: "Tunes the dials of a scripted attack by CMA-ES against the defence that it meets.",
  paper: "Hansen 2016, The CMA evolution strategy: a tutorial, arXiv:1604.00772",
  coordination: "factored",
  aimed: true,
  config,
  least({ population }, task) {
    const longest = longestOf(task);
    return {
      steps: leastSteps(population, longest),
      why: `five generations of ${population} settings × episodes of up to ${longest} steps, and a last comparison`,
    };
  },
  async train(given, { script, population, episodes, spread }): Promise<Trained> {
    const { env, levels } = given;
    const [params] = levels;
    if (levels.length > 1)
      throw new InputError(`script-search: got ${levels.length} levels, expected one: a setting sees no knobs.`);
    const task = { ...given, aim: given.aim ?? firstSecurity(env) };
    const { scripts } = task;
    if (!scripts)
      throw new InputError("script-search: expected the environment's scripts, as in train({ scripts, … }).");
    const tuned = tunableOf(scripts, env.id, script);
    const roles = env.roles(resolveParams(env, params));
    const start = placesOf(tuned, declared(tuned));
    const at = (x: ArrayLike<number>): Setting => settingAt(tuned, Array.from(x, mirrored));
    const judge = makeJudge(task);
    const rng = new Rng(task.seed, ...task.split).fork("script-search");
    let found: Found | undefined;
    function* training() {
      found = yield* evolve(judge, {
        start,
        sigma: spread,
        tolerance: 2e-3,
        covariance: "full",
        population,
        again: (_, rng) => start.map(() => rng.float()),
        candidate(x) {
          const set = at(x);
          return { name: JSON.stringify(set), policies: tuned.roles(set) };
        },
        describe(x) {
          const set = at(x);
          const dials = Object.entries(set).map(([name, value]) => [`set.${name}`, value]);
          return { ...Object.fromEntries(dials), edges: edgesOf(tuned, set).length };
        },
        episodes,
        longest: longestOf(task),
        total: task.budget,
        rng,
      });
    }
    const curve = await runTraining(task, task.budget, training());
    const set = at(found!.at);
    const policies: Record<string, PolicyData> = {
      ...scriptData(env, roles, scripts, { name: "none", set: {}, made: "script-search" }),
      ...scriptData(env, roles, scripts, { name: script, set, made: "script-search" }),
    };
    return {
      policies: Object.fromEntries(task.roles.map((role) => [role, policies[role]])),
      curve,
      steps: judge.steps,
    };
  },
});

/** What is lowered where nobody says: the first metric of security, whatever it costs in utility. */
function firstSecurity({ metrics }: TrainTask["env"]): NonNullable<TrainTask["aim"]> {
  const first = (axis: "utility" | "security") => Object.keys(metrics).find((name) => metrics[name].axis === axis)!;
  return { security: first("security"), utility: first("utility"), lambda: 0 };
}
