import { constant, type PolicyFor, perRow, random, type ScriptsFor } from "masque";
import type env from "./env.ts";
import type { RumourMill } from "./env.ts";
import {
  BOOSTS,
  BOOSTS_APART,
  BRIGADES,
  IDLE,
  MOST_SHARED,
  OLDEST,
  POST_DECOY,
  POST_PLAUSIBLE,
  POST_SENSATIONAL,
  REST,
  VOUCHES,
} from "./model.ts";

type Amplifier = PolicyFor<typeof env, "amplifier">;
type Reviewer = PolicyFor<typeof env, "reviewer">;

/** Accounts in eighths: the first so many do the first thing, the next so many the second, the rest the last. */
export type Split = readonly (readonly [eighths: number, action: number])[];

/** The same part for an account in every step; what a split leaves over goes to its last action. */
export const cast =
  (split: Split): Amplifier =>
  () =>
    perRow((_obs, _from, row, { count }) => {
      const place = (8 * (row % count)) / count;
      let until = 0;
      for (const [eighths, action] of split) {
        until += eighths;
        if (place < until) return action;
      }
      return split[split.length - 1][1];
    });

/** How accounts push falsehoods under the eyes of suspicion. */
export interface Guarded {
  /** Accounts that post a plausible falsehood, and every how many steps; whoever does not post boosts the first. */
  readonly posters: number;
  readonly period: number;
  /** Accounts, the last ones, that vouch instead once their side's suspicion comes to this share of the limit. */
  readonly vouchers: number;
  readonly alarm: number;
}

/** Few falsehoods, boosted by all and vouched for when they are about to be held. */
export const guarded =
  ({ posters, period, vouchers, alarm }: Guarded): Amplifier =>
  ({ at, params: { steps } }) =>
    perRow((obs, from, row, { count }) => {
      const k = row % count;
      if (obs[from + at.suspicion] >= alarm && k >= count - (vouchers * count) / 8) return VOUCHES;
      const posts = Math.round(obs[from + at.time] * steps) % period === 0 && k < (posters * count) / 8;
      return posts ? POST_PLAUSIBLE : BOOSTS;
    });

const parts = (summary: string, ...split: Split) => ({ summary, roles: { amplifier: cast(split) } });
/** The search of the evidence plays 1528 splits for an episode of 128 steps at a level, the best of them longer. */
const searched = (summary: string, ...split: Split) => ({
  ...parts(summary, ...split),
  tuningSteps: (1528 + 150 * 5 + 24 * 48) * 128,
});

/** Works while it is at most this tired. */
export const rested =
  (most: number, duty: number): Reviewer =>
  ({ at }) =>
    perRow((obs, from) => (obs[from + at.fatigue] > most ? REST : duty));

export default {
  defaults: { reviewer: rested(0.5, MOST_SHARED) },
  attacks: {
    none: { summary: "posts nothing and reports nothing", roles: { amplifier: constant(IDLE) } },
    sens: parts("naive: everyone posts sensational falsehoods", [8, POST_SENSATIONAL]),
    plaus: parts("everyone posts plausible falsehoods", [8, POST_PLAUSIBLE]),
    "boost-one": searched(
      "one posts sensational falsehoods, seven boost them: the best split without moderation",
      [1, POST_SENSATIONAL],
      [7, BOOSTS],
    ),
    "boost-sens": parts("two post sensational falsehoods, six boost the first", [2, POST_SENSATIONAL], [6, BOOSTS]),
    "boost-plaus": searched(
      "two post plausible falsehoods, six boost the first: the best split without a breaker",
      [2, POST_PLAUSIBLE],
      [6, BOOSTS],
    ),
    "boost-half": searched(
      "five post plausible falsehoods, three boost one each: the best split at a weak breaker",
      [5, POST_PLAUSIBLE],
      [3, BOOSTS_APART],
    ),
    "boost-few": searched(
      "six post plausible falsehoods, two boost one each: the best split at a breaker of .2",
      [6, POST_PLAUSIBLE],
      [2, BOOSTS_APART],
    ),
    "vouch-sens": parts("two vouch for what six post, sensational", [2, VOUCHES], [6, POST_SENSATIONAL]),
    "vouch-plaus": parts("two vouch for what six post, plausible", [2, VOUCHES], [6, POST_PLAUSIBLE]),
    "vouch-boost": parts(
      "two vouch, two post plausible falsehoods, four boost the first",
      [2, VOUCHES],
      [2, POST_PLAUSIBLE],
      [4, BOOSTS],
    ),
    guard: {
      summary: "one posts every other step, all others boost it, and all vouch once it is about to be held",
      tuningSteps: (72 * 4 + 10 * 40) * 128, // the part `guards` of the evidence
      roles: { amplifier: guarded({ posters: 1, period: 2, vouchers: 8, alarm: 0.95 }) },
    },
    "brigade-sens": parts("three report news, five post sensational falsehoods", [3, BRIGADES], [5, POST_SENSATIONAL]),
    "brigade-plaus": parts("three report news, five post plausible falsehoods", [3, BRIGADES], [5, POST_PLAUSIBLE]),
    "brigade-boost": searched(
      "one reports news, four post plausible falsehoods, three boost one each: among the best splits against crowds",
      [1, BRIGADES],
      [4, POST_PLAUSIBLE],
      [3, BOOSTS_APART],
    ),
    "decoy-sens": parts("three post decoys, five sensational falsehoods", [3, POST_DECOY], [5, POST_SENSATIONAL]),
    "decoy-plaus": parts("three post decoys, five plausible falsehoods", [3, POST_DECOY], [5, POST_PLAUSIBLE]),
    launder: searched(
      "three post sensational falsehoods, five boost one each: among the best splits where reviewers give certificates",
      [3, POST_SENSATIONAL],
      [5, BOOSTS_APART],
    ),
  },
  defences: {
    always: { summary: "reviewers never rest; most shared first", roles: { reviewer: constant(MOST_SHARED) } },
    oldest: {
      summary: "reviewers rest when tired; what was held longest first",
      roles: { reviewer: rested(0.5, OLDEST) },
    },
    off: { summary: "nobody reviews: what is held stays held", roles: { reviewer: constant(REST) } },
    random: { summary: "reviewers do one of the three at random", roles: { reviewer: random } },
  },
} satisfies ScriptsFor<typeof env>;

/** Parameter sets for conformance: the default, both decentralised variants, certificates, satire, small, both ends. */
export const variants: readonly Partial<RumourMill>[] = [
  {},
  { moderation: "crowd", sensitivity: 0.05 },
  { moderation: "crowd", scope: "local", communities: 3, sensitivity: 0.05, breaker: 0.3, steps: 40 },
  { verdict: "immune", satire: 0.5, tiring: 0.3, steps: 60 },
  { communities: 1, readers: 20, amplifiers: 1, reviewers: 1, life: 3, steps: 20, home: 0.3, feedback: false },
  { amplifiers: 20, readers: 100_000, followers: 12, steps: 30, sensitivity: 0, breaker: 0 },
  { steps: 40, sensitivity: 1, breaker: 1 },
];
