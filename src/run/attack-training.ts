import type { Benchmark } from "../benchmark/resolve.ts";
import type { Counts, Dynamics, Environment } from "../env/define.ts";
import { derivative, makeTally, type Objective } from "./defence-training.ts";

/** What an attack that is trained at λ lowers: security + λ · utility, both under attack. */
export const objectiveOf = ({ axes }: Pick<Benchmark, "axes">, lambda: number): Objective => ({
  utility: axes.utility,
  security: axes.security,
  lambda,
});

/**
 * Turns an environment into one in which attackers earn what lowers a benchmark's score, and not what its rewards are. As
 * for defenders that learn, a step is worth the derivative of −(S + λU) along the counters that it adds, at the running
 * means of the attack's episodes beside the clean arm's: summed over an episode, the gradient of the metrics themselves.
 * @param clean mean counters of an episode of the clean arm, by the parameters of a level
 */
export function attackTraining(
  env: Environment,
  roles: readonly string[],
  { utility, security, lambda }: Objective,
  clean: (params: unknown) => Readonly<Counts<string>>,
): Environment {
  const tallies = new WeakMap<object, ReturnType<typeof makeTally>>();
  const names = env.counters;
  const create: Environment["create"] = (context) => {
    const { params, counters, flat } = context;
    const quiet = clean(params);
    const tally = tallies.get(params) ?? makeTally(names, [quiet], 1);
    tallies.set(params, tally);
    let over = false;
    const world = {
      get t() {
        return context.world.t;
      },
      terminate() {
        over = true;
        context.world.terminate();
      },
    };
    const horizon = env.horizon(params);
    const inner: Dynamics = env.create({ ...context, world });
    const seen = new Float64Array(names.length);
    let slopes = new Float64Array(names.length);
    const state = inner.state && ((out: Float32Array) => inner.state!(out));
    return {
      ...(state && { state }),
      reset() {
        over = false;
        const at: Counts<string> = { ...tally.means[0] };
        const left = (metric: string) => env.metrics[metric].of(at, { clean: quiet });
        slopes = derivative(names, at, () => left(security) + lambda * left(utility));
        inner.reset();
        for (let c = 0; c < names.length; c++) seen[c] = counters[names[c]];
      },
      step() {
        inner.step();
        let worth = 0;
        for (let c = 0; c < names.length; c++) {
          const now = counters[names[c]];
          if (now !== seen[c]) worth -= slopes[c] * (now - seen[c]);
          seen[c] = now;
        }
        for (const role of roles) flat[role].rewards.fill(worth);
        const ended = over || world.t + 1 >= horizon || Object.values(flat).every(({ alive }) => !alive.includes(1));
        if (ended) tally.add(0, counters);
      },
    };
  };
  return { ...env, create };
}
