import { z } from "zod";
import { InputError } from "../data/errors.ts";
import type { Counts, Environment } from "../env/define.ts";
import { exp } from "../numeric/index.ts";
import { metricRewards } from "../play/metric-rewards.ts";
import { mixture, type Opponent } from "../play/mixture.ts";
import type { PolicyFactory } from "../policy/policy.ts";

/**
 * What a defender learns: the metric `utility` of clean episodes (of attacked ones, where it is drawn there) + λ · the
 * metric `security` of attacked ones.
 */
export interface Objective {
  readonly utility: string;
  readonly security: string;
  readonly lambda: number;
}

/** What an environment keeps from episode to episode and a training depends on. */
export interface Memory {
  /** As plain data; and back. */
  state(): unknown;
  /** @throws InputError where it is none of this environment's */
  restore(state: unknown): void;
}

export interface DefenceTraining {
  /** The environment itself, but defenders earn the objective; other roles' rewards are as ever. */
  readonly env: Environment;
  /** Policies of the attacker roles: in every episode one of the arms. */
  readonly policies: Readonly<Record<string, PolicyFactory>>;
  /** The running means: what a training that is taken up again goes on with. */
  readonly memory: Memory;
}

/** A mean is over about so many of an arm's latest episodes. */
const MEMORY = 64;
/** How fast λ follows what security lacks, an attacked episode; and its range. */
const RATE = 0.05;
const LAMBDAS = [1e-3, 1e4] as const;

/**
 * Turns an environment into one in which defenders earn what a benchmark scores. Episodes draw who attacks: nobody in
 * half of them; else, half and half, any attack or the one that has been the worst so far. Metrics are functions of
 * counters, so what a step is worth is the derivative of
 *   U(clean) + λ Σ wₐ S(attack a, clean)
 * along the counters that the step adds, at the running means of each arm's episodes: summed over an episode, that is
 * the policy gradient of the metrics themselves, whatever the environment (for a ratio of sums it is the parametric
 * method of Dinkelbach 1967, On Nonlinear Fractional Programming, Management Science 13(7)).
 * With `least` it is "most utility such that security ≥ least under the worst attack": λ is a multiplier that ascends the dual
 * by ratios, λ ← λ e^(rate · (least − S)), an attacked episode at a time, S being the worst attack's running mean, and rewards
 * are divided by 1 + λ, so that their size stays (Stooke, Achiam and Abbeel 2020, arXiv:2007.03964, §5).
 * @param arms attacker roles' policies: first `none`, the clean arm, then every attack
 * @param weights by attack, the share of attacked episodes that plays it, where it is not for the training to say
 * @param first by arm, mean counters of an episode to begin with, from `prior` episodes
 */
export function defenceTraining(task: {
  readonly env: Environment;
  readonly roles: readonly string[];
  readonly objective: Objective;
  readonly least?: number;
  readonly arms: readonly Readonly<Record<string, PolicyFactory>>[];
  readonly weights?: readonly number[];
  readonly first: readonly Readonly<Counts<string>>[];
  readonly prior: number;
}): DefenceTraining {
  const { env, roles, least, arms, weights: fixed, first, prior } = task;
  let { objective } = task;
  if (arms.length < 2 || first.length !== arms.length) {
    throw new InputError(`Training a defence of ${env.id} needs an attack, and means of every arm.`);
  }
  const tally = makeTally(env.counters, first, prior);
  const worlds = new WeakMap<object, Opponent[]>();
  const attacks = arms.length - 1;

  /** By arm: the share of attacked episodes that play it; 0 for the clean arm. */
  function shares(): number[] {
    if (fixed) return [0, ...fixed];
    let worst = 1;
    const values = arms.map((_, arm) => (arm === 0 ? 1 : securityOf(env, objective, tally.means, arm)));
    for (let arm = 2; arm < arms.length; arm++) if (values[arm] < values[worst]) worst = arm;
    return arms.map((_, arm) => (arm === 0 ? 0 : 0.5 / attacks + (arm === worst ? 0.5 : 0)));
  }

  /** After an attacked episode. */
  function ascend(): void {
    if (least === undefined) return;
    const values = arms.slice(1).map((_, a) => securityOf(env, objective, tally.means, a + 1));
    const [low, high] = LAMBDAS;
    const lambda = objective.lambda * exp(RATE * (least - Math.min(...values)));
    objective = { ...objective, lambda: Math.min(high, Math.max(low, lambda)) };
  }

  const rewarded = metricRewards(env, roles, ({ params, rng }) => {
    const opponent: Opponent = { arm: 0 };
    const peers = worlds.get(params) ?? [];
    worlds.set(params, peers);
    peers.push(opponent);
    return {
      begin() {
        const weights = shares();
        const draw = rng.fork("opponent");
        opponent.arm = draw.bernoulli(0.5) ? 0 : draw.categorical(weights);
        const worth = gradient(env, objective, tally.means, weights, opponent.arm);
        return least === undefined ? worth : worth.map((slope) => slope / (1 + objective.lambda));
      },
      end(counters) {
        tally.add(opponent.arm, counters);
        if (opponent.arm > 0) ascend();
      },
    };
  });
  return {
    env: rewarded,
    memory: tally,
    policies: Object.fromEntries(
      Object.keys(arms[0]).map((role) => [
        role,
        mixture(
          arms.map((arm) => arm[role]),
          (params) => worlds.get(params),
        ),
      ]),
    ),
  };
}

const tallyState = z.strictObject({ means: z.array(z.record(z.string(), z.number())), weights: z.array(z.number()) });
export type CounterTally = ReturnType<typeof makeTally>;

/** Running means of an episode's counters, by arm, older episodes counting less and less. */
export function makeTally(names: readonly string[], first: readonly Readonly<Counts<string>>[], prior: number) {
  const means = first.map((counts) => ({ ...counts }));
  const weights = first.map(() => prior);
  return {
    means,
    state: (): unknown => ({ means: means.map((counts) => ({ ...counts })), weights: [...weights] }),
    /** @throws InputError for what `state` did not give */
    restore(state: unknown): void {
      const { data } = tallyState.safeParse(state);
      if (data?.means.length !== means.length || data.weights.length !== means.length)
        throw new InputError("A training's checkpoint holds no means of this environment's episodes.");
      means.forEach((mean, arm) => {
        Object.assign(mean, data.means[arm]);
        weights[arm] = data.weights[arm];
      });
    },
    add(arm: number, counts: Readonly<Counts<string>>): void {
      weights[arm] = Math.min(MEMORY, weights[arm] + 1);
      const mean = means[arm];
      for (const name of names) mean[name] += (counts[name] - mean[name]) / weights[arm];
    },
  };
}

/**
 * What one more of each counter in an episode of one arm is worth: the derivative of
 *   U(clean) + λ Σ weights[a] · S(a, clean)
 * at mean counters of every arm (0 is the clean arm), by central differences; for an attack it is divided by the
 * attack's weight, since that is how often its episodes are drawn. A utility that is drawn under attack stands in the
 * sum, beside S.
 */
export function gradient(
  env: Environment,
  objective: Objective,
  means: readonly Readonly<Counts<string>>[],
  weights: readonly number[],
  arm: number,
): Float64Array<ArrayBuffer> {
  const { utility, lambda } = objective;
  const peaceful = env.metrics[utility].arm !== "attacked";
  const here = means.map((counts, a) => (a === arm ? { ...counts } : counts));
  const at = here[arm] as Counts<string>;
  const utilityIn = (a: number) => env.metrics[utility].of(here[a], { clean: here[0] });
  const worth = (a: number) => (peaceful ? 0 : utilityIn(a)) + lambda * securityOf(env, objective, here, a);
  const value = (): number => {
    if (arm > 0) return worth(arm);
    let sum = peaceful ? utilityIn(0) : 0;
    for (let a = 1; a < here.length; a++) sum += weights[a] * worth(a);
    return sum;
  };
  return derivative(env.counters, at, value);
}

/** Of a value by each counter, at counters that it reads, by central differences. */
export function derivative(
  names: readonly string[],
  at: Counts<string>,
  value: () => number,
): Float64Array<ArrayBuffer> {
  return Float64Array.from(names, (name) => {
    const mean = at[name];
    const h = 1e-4 * (Math.abs(mean) || 1);
    // What was never counted can only grow, so far as anybody knows: metrics need not make sense below 0.
    const down = mean === 0 ? 0 : h;
    at[name] = mean + h;
    const above = value();
    at[name] = mean - down;
    const below = value();
    at[name] = mean;
    return (above - below) / (h + down);
  });
}

function securityOf(
  env: Environment,
  { security }: Objective,
  means: readonly Readonly<Counts<string>>[],
  arm: number,
): number {
  return env.metrics[security].of(means[arm], { clean: means[0] });
}
