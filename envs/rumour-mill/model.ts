import { log } from "masque/numeric";

/** Kinds of items: news is true, decoys are harmless and look wrong, the others are false. */
export const NEWS = 0;
export const PLAUSIBLE = 1;
export const SENSATIONAL = 2;
export const DECOY = 3;

/** How readers take an item of a kind, a view: among those who hold the falsehood (`believer`) and those who do not. */
export interface Appeal {
  /** Probability that a view makes its reader share the item. */
  readonly shares: number;
  readonly sharesBeliever: number;
  /** Probability that a view makes its reader report it. */
  readonly reports: number;
  readonly reportsBeliever: number;
}

/** By kind. Believers share what is false more and never report it; what is true they report three times as often. */
export const APPEAL: readonly Appeal[] = [
  { shares: 0.13, sharesBeliever: 0.13, reports: 0.01, reportsBeliever: 0.03 },
  { shares: 0.13, sharesBeliever: 0.16, reports: 0.03, reportsBeliever: 0 },
  { shares: 0.18, sharesBeliever: 0.23, reports: 0.1, reportsBeliever: 0 },
  { shares: 0.13, sharesBeliever: 0.13, reports: 0.06, reportsBeliever: 0.06 },
];

/** The same without what belief changes. */
export const APPEAL_WITHOUT_FEEDBACK: readonly Appeal[] = APPEAL.map(({ shares, reports }) => ({
  shares,
  sharesBeliever: shares,
  reports,
  reportsBeliever: reports,
}));

/** Reports a view that suspicion takes an item for: innocent or not. */
export const INNOCENT_RATE = 0.01;
export const GUILTY_RATE = 0.04;
/** What a report adds to an item's suspicion, and what a view takes away: the log-likelihood ratio of two Poisson laws. */
export const PER_REPORT = log(GUILTY_RATE / INNOCENT_RATE);
export const PER_VIEW = GUILTY_RATE - INNOCENT_RATE;

/** Share of an item's shares that pass while it is held, and how much a view persuades then. */
export const LEAK = 0.1;
export const HELD_PERSUASION = 0.5;
/** What a corrected view is worth against a believer, and the rate at which belief wears off by itself. */
export const CURE = 0.5;
export const FORGETTING = 0.008;

/** Sharers that a boost adds, reports that a brigade files, approving views of a vouch. */
export const BOOST = 3;
export const BRIGADE = 3;
export const VOUCH = 30;
/** Steps for which an account is suspended. */
export const SUSPENSION = 10;

/** Views after which the breaker would hold an item at strength ½. */
export const CAP = 20;
/** Error of a rested reviewer; an exhausted one tosses a coin. */
export const RESTED_ERROR = 0.05;

export const ACTIONS = [
  "idle",
  "post plausible",
  "post sensational",
  "boost together",
  "post decoy",
  "brigade",
  "vouch",
  "boost apart",
] as const;
export const [IDLE, POST_PLAUSIBLE, POST_SENSATIONAL, BOOSTS, POST_DECOY, BRIGADES, VOUCHES, BOOSTS_APART] = [
  0, 1, 2, 3, 4, 5, 6, 7,
];
export const DUTIES = ["rest", "review the item held longest", "review the held item that most share now"] as const;
export const [REST, OLDEST, MOST_SHARED] = [0, 1, 2];

/** Suspicion from which an item is held: never at α = 0, always at α = 1. */
export const suspicionLimit = (sensitivity: number): number =>
  sensitivity <= 0 ? Number.POSITIVE_INFINITY : sensitivity >= 1 ? Number.NEGATIVE_INFINITY : log(1 / sensitivity);

/** Views from which the breaker holds an item: never at β = 0, always at β = 1. */
export const viewCap = (breaker: number): number => (breaker <= 0 ? Number.POSITIVE_INFINITY : CAP * (1 / breaker - 1));

/** Views that rounding may leave below a cap to which a wave was cut. */
export const ROUNDING = 1e-6;

/** A reviewer's probability of a wrong verdict. */
export const errorAt = (fatigue: number): number => RESTED_ERROR + (0.5 - RESTED_ERROR) * fatigue;

/** Share of a community's shares that go to readers of the same community, and to those of each other one. */
export const mixing = (communities: number, home: number): { readonly inside: number; readonly outside: number } =>
  communities === 1 ? { inside: 1, outside: 0 } : { inside: home, outside: (1 - home) / (communities - 1) };

/** Mean views that an item may have at most, whoever believes: beyond, readers of a cascade would not be fresh. */
export const MOST_VIEWS = 1_000_000;

/** Mean views of an item that lives L generations of a Galton–Watson process: d·ΣRᵗ, t < L. */
export function meanViews(followers: number, shares: number, life: number): number {
  const ratio = followers * shares;
  let sum = 0;
  let power = 1;
  for (let t = 0; t < life; t++, power *= ratio) sum += power;
  return followers * sum;
}
