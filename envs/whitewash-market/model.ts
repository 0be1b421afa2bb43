import { normalCdf, normalIsf } from "masque/stats";

/** Share of a full trade that a stranger is trusted with. */
export const FLOOR = 0.05;
/** What cheating brings, and what it costs the victim is 1, in stakes. */
export const LOOT = 1.5;
/** How many deviations a theft shifts the noisy evidence that a complaint rests on. */
export const EVIDENCE = 2.5;
/** Full trades that a cheat owns at first. */
export const PURSE = 2;
/** Wallets are shown in fees, up to this many. */
export const WALLET = 8;
/** Trades of probation at π = ½. */
const HALF_WAY = 10;

/** D, trades until full trust: 10 π/(1 − π), endless at π = 1. */
export const probationTrades = (probation: number): number =>
  probation >= 1 ? Number.POSITIVE_INFINITY : (HALF_WAY * probation) / (1 - probation);

/** τ, the chance that a theft is complained of: that of a cooperator, β, under evidence shifted by `EVIDENCE`. */
export const conviction = (strictness: number): number =>
  strictness <= 0 ? 0 : strictness >= 1 ? 1 : normalCdf(EVIDENCE - normalIsf(strictness));

/** t(r), the share of a full trade that a name with r trades is trusted with. */
export const trust = (trades: number, probation: number): number =>
  trades >= probation ? 1 : FLOOR + ((1 - FLOOR) * trades) / probation;

/** h, the chance that a trader's name outlives a trade and the step after it: P(r ≥ n) = hⁿ at every trade. */
export const survival = ({
  strictness,
  turnover,
}: {
  readonly strictness: number;
  readonly turnover: number;
}): number => (1 - strictness) * (1 - turnover);

/** Chance that a cheat is paired with a trader: partners are uniform among the others. */
export const meeting = ({ traders, cheats }: { readonly traders: number; readonly cheats: number }): number =>
  traders / (traders + cheats - 1);

/** Actions. Traders know the first two. */
export const [COOPERATE, CHEAT, LEAVE, STAND] = [0, 1, 2, 3] as const;
