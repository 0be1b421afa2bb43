import type { Benchmark } from "../benchmark/resolve.ts";
import type { Counts, Environment } from "../env/define.ts";
import { metricRewards } from "../play/metric-rewards.ts";
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
  return metricRewards(env, roles, ({ params }) => {
    const quiet = clean(params);
    const tally = tallies.get(params) ?? makeTally(env.counters, [quiet], 1);
    tallies.set(params, tally);
    return {
      begin() {
        const at: Counts<string> = { ...tally.means[0] };
        const left = (metric: string) => env.metrics[metric].of(at, { clean: quiet });
        return derivative(env.counters, at, () => -left(security) - lambda * left(utility));
      },
      end: (counters) => tally.add(0, counters),
    };
  });
}
