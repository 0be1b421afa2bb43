import type { Environment } from "../env/define.ts";
import { counter, metricOf } from "../frontier/scores.ts";
import { type Episodes, evaluateAsync } from "../play/evaluate.ts";
import { Rng } from "../random/rng.ts";
import { episodeTable, hierarchicalBootstrap, observedSample, type Statistic } from "../stats/index.ts";
import { defenceOf, type Member, nameOf, type Place, scriptedMember, seatsOf } from "./members.ts";
import type { Payoff } from "./psro.ts";

/**
 * What defenders want: the metric `utility`, in the arm where it is drawn, + λ · the metric `security` of attacked episodes.
 * Attackers want it low: the game is zero-sum.
 */
export interface Worth {
  readonly utility: string;
  readonly security: string;
  readonly lambda: number;
}

/** Resamples of the episodes of a pair. */
const RESAMPLES = 400;

/** Plays members against each other, each pair once, all pairs on the same numbered episodes. */
export interface Payoffs {
  /** Environment steps so far. */
  readonly steps: number;
  payoff(defender: Member, attacker: Member): Promise<Payoff>;
  /** Episodes of a pair; of nobody's attack where no attacker is given. */
  played(defender: Member, attacker?: Member): Promise<Episodes>;
}

/** @param task.split labels of the episodes */
export function makePayoffs(
  place: Place,
  task: {
    readonly worth: Worth;
    readonly episodes: number;
    readonly seed: number;
    readonly split: readonly (string | number)[];
    readonly signal?: AbortSignal;
  },
): Payoffs {
  const { env, params } = place;
  const { worth, episodes, seed, split, signal } = task;
  const quiet = scriptedMember(place, "attacker", "none");
  const kept = new Map<string, Episodes>();
  const worths = new Map<string, Payoff>();
  let steps = 0;
  async function played(defender: Member, attacker: Member = quiet): Promise<Episodes> {
    const name = `${nameOf(defender)} ${nameOf(attacker)}`;
    const known = kept.get(name);
    if (known) return known;
    const policies = { ...defenceOf(place, defender.policies), ...seatsOf(place, attacker.policies) };
    const found = await evaluateAsync(env, { params, policies, episodes, seed, split, signal });
    steps += found.steps;
    kept.set(name, found);
    return found;
  }
  return {
    get steps() {
      return steps;
    },
    played,
    async payoff(defender, attacker) {
      const name = `${nameOf(defender)} ${nameOf(attacker)}`;
      const known = worths.get(name);
      if (known) return known;
      const found = payoffOf(env, worth, await played(defender, attacker), await played(defender), seed);
      worths.set(name, found);
      return found;
    },
  };
}

/** The worth of episodes, and of resamples of them: the same for all episodes of the same numbers. */
export function payoffOf(env: Environment, worth: Worth, attacked: Episodes, clean: Episodes, seed: number): Payoff {
  const { utility, security, lambda } = worth;
  const episodes = attacked.counters.length / env.counters.length;
  const shape = { runs: 1, episodes: { test: episodes } };
  const [attackedTable, cleanTable] = [attacked, clean].map(({ counters }) =>
    episodeTable(1, episodes, env.counters.length, counters),
  );
  const [ofAttacked, ofClean] = [counter<"test">(env), counter<"test">(env)];
  const statistic: Statistic<"test"> = (sample, out) => {
    const under = ofAttacked(attackedTable, sample, "test", 0);
    const without = ofClean(cleanTable, sample, "test", 0);
    const arm = env.metrics[utility].arm === "attacked" ? under : without;
    out[0] = metricOf(env, utility, arm, without) + lambda * metricOf(env, security, under, without);
  };
  const payoff = new Float64Array(1 + RESAMPLES);
  statistic(observedSample(shape), payoff);
  const options = { resamples: RESAMPLES, outputs: 1, rng: new Rng(seed, "bootstrap") };
  payoff.set(hierarchicalBootstrap(shape, statistic, options), 1);
  return payoff;
}
