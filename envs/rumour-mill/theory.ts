import { exp } from "masque/numeric";
import type { RumourMill } from "./env.ts";
import {
  APPEAL,
  APPEAL_WITHOUT_FEEDBACK,
  type Appeal,
  BOOST,
  CURE,
  errorAt,
  FORGETTING,
  meanViews,
  NEWS,
  PLAUSIBLE,
  RESTED_ERROR,
  SENSATIONAL,
} from "./model.ts";

export { meanViews };

/** Mean number of sharers that one sharer begets: followers × probability to share. Whatever homes are, M is row-stochastic. */
export const offspring = (followers: number, shares: number): number => followers * shares;

/** Probability that nobody shares it after so many generations of Poisson offspring: the generating function, iterated. */
export function extinct(ratio: number, generations: number): number {
  let q = 0;
  for (let t = 0; t < generations; t++) q = exp(-ratio * (1 - q));
  return q;
}

/**
 * An innocent item is ever held by suspicion with probability at most α (Ville 1939): the likelihood ratio is a martingale of mean
 * 1 while nobody believes and nobody brigades. A bound and not a level: with few views it moves in leaps.
 */
export const heldInnocent = (sensitivity: number): number => sensitivity;

/** Views a step, in the mean and in the long run, of what is shared by `sharers` anew in every step. */
const traffic = (sharers: number, { followers, life }: RumourMill, appeal: Appeal): number =>
  sharers * meanViews(followers, appeal.shares, life);

/**
 * Share of readers who believe in the long run without feedback and moderation, where `sharers` of a kind are added a
 * step: wins over wins and losses, (1−e^(−f)) / ((1−e^(−f)) + (1−e^(−c))).
 */
export function stationary(params: RumourMill, sharers: number, kind: number): number {
  const { communities, readers, persuasion, news } = params;
  const all = communities * readers;
  const lies = (persuasion * traffic(sharers, params, APPEAL_WITHOUT_FEEDBACK[kind])) / all;
  const truths = (CURE * traffic(news, params, APPEAL[NEWS])) / all + FORGETTING;
  const won = 1 - exp(-lies);
  return won / (won + 1 - exp(-truths));
}

/** The mean field of belief, step by step, from nobody: the recursion of means, all items unmoderated. */
export function meanField(params: RumourMill, sharers: number, kind: number, steps = params.steps): Float64Array {
  const { communities, readers, followers, life, persuasion, news, feedback } = params;
  const all = communities * readers;
  const appeal = (feedback ? APPEAL : APPEAL_WITHOUT_FEEDBACK)[kind];
  const curve = new Float64Array(steps);
  let lies = new Float64Array(life); // sharers by age
  let truths = new Float64Array(life);
  let belief = 0;
  for (let t = 0; t < steps; t++) {
    lies[0] = sharers;
    truths[0] = news;
    const total = (by: Float64Array) => followers * by.reduce((sum, one) => sum + one, 0);
    const shares = appeal.shares + (appeal.sharesBeliever - appeal.shares) * belief;
    const won = 1 - exp((-persuasion * total(lies)) / all);
    const lost = 1 - exp((-CURE * total(truths)) / all - FORGETTING);
    lies = lies.map((_, age) => (age === 0 ? 0 : followers * shares * lies[age - 1]));
    truths = truths.map((_, age) => (age === 0 ? 0 : followers * APPEAL[NEWS].shares * truths[age - 1]));
    belief += (1 - belief) * won - belief * lost;
    curve[t] = belief;
  }
  return curve;
}

const meanOf = (curve: Float64Array): number => curve.reduce((sum, one) => sum + one, 0) / curve.length;

/**
 * Security without moderation in mean field, against the best split of accounts into those who post and those who boost
 * what was posted in the same step. `floor` is what no attack falls below: every account adding a boost's sharers at once.
 */
export function undefended(params: RumourMill): {
  readonly security: number;
  readonly posts: number;
  readonly floor: number;
} {
  const { amplifiers } = params;
  const splits = Array.from({ length: amplifiers }, (_, i) => i + 1).flatMap((posts) =>
    [PLAUSIBLE, SENSATIONAL].map((kind) => {
      const sharers = posts + BOOST * (amplifiers - posts);
      return { posts, security: 1 - meanOf(meanField(params, sharers, kind)) };
    }),
  );
  const best = splits.reduce((a, b) => (b.security < a.security ? b : a));
  return { ...best, floor: 1 - meanOf(meanField(params, BOOST * amplifiers, SENSATIONAL)) };
}

/** A reviewer at duty u: mean fatigue u, error e₀ + (½ − e₀)u, useful verdicts (right less wrong) a step (1 − 2e₀)u(1 − u). */
export const duty = (u: number): { readonly error: number; readonly useful: number } => ({
  error: errorAt(u),
  useful: u * (1 - 2 * errorAt(u)),
});

/** The duty at which verdicts are most useful, and how useful: ½ and (1 − 2e₀)/4. */
export const bestDuty = { duty: 0.5, useful: (1 - 2 * RESTED_ERROR) / 4 } as const;

/** Both metrics in theory, where there is no moderation; null where there is some. */
export const reference = (params: RumourMill): { utility: number; security: number } | null =>
  params.sensitivity === 0 && params.breaker === 0 ? { utility: 1, security: undefended(params).security } : null;
