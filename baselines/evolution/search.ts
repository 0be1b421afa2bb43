import type { PolicyFactory, Rng } from "masque";
import type { Line } from "masque/learn";
import { type Covariance, cma } from "./cma.ts";
import type { Judge, Verdict } from "./judge.ts";

// CMA-ES with restarts in populations that double (IPOP: Auger and Hansen 2005, CEC), for values that are measured by play.
// Against noise: candidates of a generation play the same episodes, each generation fresh ones; the distribution's mean is
// trusted more than any one candidate (Hansen et al. 2009, IEEE TEC 13(1)); and a fifth of the budget is kept to play the
// contenders (the start, every mean, the candidates farthest ahead of their generation) on the same fresh episodes, of which
// the best is taken. So what comes out is no worse than the start, but for the luck of that last comparison.

export interface Search {
  /** Where it begins, a deviation in every coordinate, and where deviations are too small to matter. */
  readonly start: ArrayLike<number>;
  readonly sigma: number;
  readonly tolerance?: number;
  readonly covariance: Covariance;
  readonly population: number;
  /** Where the n-th restart begins. */
  again(restart: number, rng: Rng): ArrayLike<number>;
  /** What a candidate stands for; candidates of equal names play alike. */
  candidate(at: Float64Array): { readonly name: string; readonly policies: Readonly<Record<string, PolicyFactory>> };
  /** Numbers worth showing of where the search is, by name. */
  describe?(mean: Float64Array): Readonly<Record<string, number>>;
  /** Most episodes a candidate plays at each level. */
  readonly episodes: number;
  /** Environment steps that an episode takes at most, over all levels; and how many there are to spend. */
  readonly longest: number;
  readonly total: number;
  readonly rng: Rng;
}

/** Generations that a budget should last for, at least: episodes a candidate are given up for it. */
const GENERATIONS = 30;
/** The share of the budget kept for the last comparison, and how many are compared in it. */
const LAST = 0.2;
const CONTENDERS = 8;
/** Generations that the least budget buys. */
const FEWEST = 5;

/** Steps of the least budget: so many generations of an episode a candidate, and the last comparison. */
export const leastSteps = (population: number, longest: number): number =>
  Math.ceil((FEWEST * (population + 1) * longest) / (1 - LAST)) + (CONTENDERS + 1) * longest;

export interface Found {
  readonly at: Float64Array;
  readonly verdict: Verdict;
  /** What the start came to on the same episodes. */
  readonly start: Verdict;
  /** Episodes of the last comparison. */
  readonly episodes: number;
}

/** Lines of the curve, generation by generation; then what was found. */
export function* evolve(judge: Judge, task: Search): Generator<Line, Found> {
  const { longest, total, covariance, sigma, tolerance, population: first, rng } = task;
  const extra = judge.peaceful ? 1 : 0;
  const spend = (1 - LAST) * total;
  const episodes = whole(Math.min(task.episodes, Math.floor(spend / (GENERATIONS * (first + extra) * longest))));
  const deciding = whole(Math.floor((LAST * total) / ((CONTENDERS + extra) * longest)));
  const begin = (mean: ArrayLike<number>, population: number) =>
    cma({ mean, sigma, population, covariance, tolerance, rng });

  const means: Float64Array[] = [];
  const ahead: { readonly at: Float64Array; readonly lead: number }[] = [];
  let es = begin(task.start, first);
  let restarts = 0;
  for (let generation = 0; judge.steps + (es.population + extra) * episodes * longest <= spend; generation++) {
    const candidates = es.ask();
    const verdicts = candidates.map((at) => judge(task.candidate(at).policies, ["generation", generation], episodes));
    const values = verdicts.map(({ value }) => value);
    es.tell(values);
    const sorted = [...values].sort((a, b) => a - b);
    const best = values.indexOf(sorted[0]);
    ahead.push({ at: candidates[best], lead: sorted[sorted.length >> 1] - sorted[0] });
    ahead.sort((a, b) => b.lead - a.lead);
    ahead.length = Math.min(ahead.length, CONTENDERS);
    yield {
      steps: judge.steps,
      returns: meanReturns(verdicts),
      stats: { best: sorted[0], sigma: es.sigma, population: es.population, ...task.describe?.(es.mean) },
    };
    if (es.stopped() === null) continue;
    means.push(es.mean);
    restarts++;
    const left = (spend - judge.steps) / (episodes * longest);
    const doubled = 2 * es.population + extra;
    es = begin(task.again(restarts, rng), FEWEST * doubled <= left ? 2 * es.population : first);
  }

  // The start, the means from the last to the first, and whoever was farthest ahead; equal ones once.
  const listed = [Float64Array.from(task.start), es.mean, ...means.toReversed(), ...ahead.map(({ at }) => at)];
  const contenders = new Map<string, Float64Array>();
  for (const at of listed) {
    const { name } = task.candidate(at);
    if (contenders.size < CONTENDERS && !contenders.has(name)) contenders.set(name, at);
  }
  const compared = [...contenders.values()].map((at) => ({
    at,
    verdict: judge(task.candidate(at).policies, ["last"], deciding),
  }));
  const winner = compared.reduce((a, b) => (b.verdict.value < a.verdict.value ? b : a));
  const start = compared[0].verdict;
  yield {
    steps: judge.steps,
    returns: winner.verdict.returns,
    stats: { best: winner.verdict.value, start: start.value, restarts, ...task.describe?.(winner.at) },
  };
  return { ...winner, start, episodes: deciding };
}

/** Copies that play side by side: of more episodes as many as leave none of them idle. */
const COPIES = 64;
const whole = (episodes: number) => Math.max(1, episodes < COPIES ? episodes : episodes - (episodes % COPIES));

function meanReturns(verdicts: readonly Verdict[]): Record<string, number> {
  const roles = Object.keys(verdicts[0].returns);
  return Object.fromEntries(
    roles.map((role) => [role, verdicts.reduce((sum, { returns }) => sum + returns[role], 0) / verdicts.length]),
  );
}
