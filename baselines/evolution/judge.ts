import { type Counts, evaluate, InputError, type Label, type PolicyFactory, sumCounters } from "masque";
import type { TrainTask } from "masque/learn";

/** What a candidate came to: less is better. */
export interface Verdict {
  readonly value: number;
  /** An agent's mean return, by learning role, over levels and episodes. */
  readonly returns: Readonly<Record<string, number>>;
}

/**
 * Plays candidates of a task. Those that are judged under the same labels play the same episodes (common random numbers),
 * so that they differ by their play only; other labels name episodes that were never played before.
 */
export interface Judge {
  /** Environment steps taken so far, over all levels. */
  readonly steps: number;
  /** Whether each set of labels is played once more by nobody, for metrics that compare with it. */
  readonly peaceful: boolean;
  /** @param policies of the learning roles; those left out do as an innocent would */
  (policies: Readonly<Record<string, PolicyFactory>>, labels: readonly Label[], episodes: number): Verdict;
}

/**
 * A candidate is worth less where it earns more (the mean return of all learning roles over all levels); with an aim, where
 * it lowers security + λ · utility, each the metric of an environment's whole batch of episodes.
 */
export function makeJudge(task: TrainTask): Judge {
  const { env, levels, roles, policies, scripts, aim, seed, split } = task;
  const innocent = scripts?.attacks.none.roles ?? {};
  if (aim && !scripts) {
    throw new InputError(
      `Training in ${env.id}: an aim needs the environment's scripts, whose \`none\` it compares with.`,
    );
  }
  let steps = 0;
  const play = (
    level: number,
    seats: Readonly<Record<string, PolicyFactory>>,
    labels: readonly Label[],
    episodes: number,
  ) => {
    const streams = [...split, "level", level, ...labels];
    const everyone = { ...innocent, ...policies, ...seats };
    const played = evaluate(env, { params: levels[level], policies: everyone, episodes, seed, split: streams });
    steps += played.steps;
    return played;
  };
  let asked = "";
  let peace: Readonly<Counts<string>>[] = [];
  function clean(labels: readonly Label[], episodes: number): readonly Readonly<Counts<string>>[] {
    const name = JSON.stringify([labels, episodes]);
    if (name === asked) return peace;
    asked = name;
    peace = levels.map((_, level) => sumCounters(play(level, pick(innocent, roles), labels, episodes)));
    return peace;
  }

  const judge = (
    seats: Readonly<Record<string, PolicyFactory>>,
    labels: readonly Label[],
    episodes: number,
  ): Verdict => {
    const sums = Object.fromEntries(roles.map((role) => [role, 0]));
    let aimed = 0;
    for (let level = 0; level < levels.length; level++) {
      const played = play(level, seats, labels, episodes);
      for (const role of roles) {
        const r = played.roles.indexOf(role);
        for (let e = 0; e < episodes; e++) sums[role] += played.returns[e * played.roles.length + r];
      }
      if (!aim) continue;
      const quiet = { clean: clean(labels, episodes)[level] };
      const counted = sumCounters(played);
      const metric = (name: string) => env.metrics[name].of(counted, quiet);
      aimed += (metric(aim.security) + aim.lambda * metric(aim.utility)) / levels.length;
    }
    const returns = Object.fromEntries(roles.map((role) => [role, sums[role] / (levels.length * episodes)]));
    const earned = roles.reduce((sum, role) => sum + returns[role], 0) / roles.length;
    return { value: aim ? aimed : -earned, returns };
  };
  return Object.defineProperties(judge, {
    steps: { get: () => steps },
    peaceful: { value: aim !== undefined },
  }) as unknown as Judge;
}

const pick = <T>(from: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name]]));
