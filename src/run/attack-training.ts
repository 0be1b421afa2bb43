import { z } from "zod";
import type { Benchmark } from "../benchmark/resolve.ts";
import { canonical } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import type { Counts, Environment } from "../env/define.ts";
import { metricRewards } from "../play/metric-rewards.ts";
import { type CounterTally, derivative, type Memory, makeTally, type Objective } from "./defence-training.ts";

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
 * @returns the environment, and the running means that a training which is taken up again goes on with
 */
export function attackTraining(
  env: Environment,
  roles: readonly string[],
  { utility, security, lambda }: Objective,
  clean: (params: unknown) => Readonly<Counts<string>>,
): { readonly env: Environment; readonly memory: Memory } {
  const tallies = new WeakMap<object, CounterTally>();
  /** The same by the parameters' text: what was kept must find its level in another process. */
  const current = new Map<string, CounterTally>();
  let kept: Readonly<Record<string, unknown>> = {};
  const tallyOf = (params: object, quiet: Readonly<Counts<string>>): CounterTally => {
    const level = canonical(params);
    const tally = makeTally(env.counters, [quiet], 1);
    if (kept[level] !== undefined) tally.restore(kept[level]);
    tallies.set(params, tally);
    current.set(level, tally);
    return tally;
  };
  const rewarded = metricRewards(env, roles, ({ params }) => {
    const quiet = clean(params);
    const tally = tallies.get(params) ?? tallyOf(params, quiet);
    return {
      begin() {
        const at: Counts<string> = { ...tally.means[0] };
        const left = (metric: string) => env.metrics[metric].of(at, { clean: quiet });
        return derivative(env.counters, at, () => -left(security) - lambda * left(utility));
      },
      end: (counters) => tally.add(0, counters),
    };
  });
  const memory: Memory = {
    state: () => Object.fromEntries([...current].map(([level, tally]) => [level, tally.state()])),
    restore(state) {
      const { data } = z.record(z.string(), z.unknown()).safeParse(state);
      if (!data) throw new InputError("A training's checkpoint holds no means of its levels' episodes.");
      kept = data;
      current.clear();
    },
  };
  return { env: rewarded, memory };
}
