import { tanh } from "masque/numeric";
import { normalCdf } from "masque/stats";
import { innocentLaw, type Threshold, thresholdOf } from "./ledger.ts";
import { accountsPerScore, drift, GRAIN, innocentAbove, refusalThreshold } from "./model.ts";
import type { SplitTask } from "./params.ts";
import { program } from "./program.ts";

/**
 * One shot, without cooldown and laxness: k parts of s/k each pass a threshold θ with probability Φ(θ − s/k)^k. Splitting
 * pays: evidence in a joint log is s/√k standard deviations, and in every part s/k.
 */
export function oneShot(size: number, accounts: number, theta: number): number {
  let product = 1;
  for (let j = 0; j < accounts; j++) product *= normalCdf(theta - size / accounts);
  return product;
}

/** The thief's advantage at telling a reading above the bar from one below, an entry: 1 − 2/(1+e^ε). */
export const advantage = ({ sharing, oversight }: Pick<SplitTask, "sharing" | "oversight">): number =>
  oversight === "silo" ? 0 : tanh(sharing / 2);

/**
 * Share of an innocent account's requests that are accepted where nobody is banned, in the mean of strict and lax
 * providers; `steps` of an episode that begins without cooldowns, or in the long run.
 */
export function acceptedShare(p: SplitTask, steps = Number.POSITIVE_INFINITY): number {
  const theta = refusalThreshold(p.refusal);
  const shares = [-1, 1].map((sign) => {
    const accepted = 1 - innocentAbove(theta + sign * p.laxness);
    if (steps === Number.POSITIVE_INFINITY) return accepted / (1 + p.cooldown * (1 - accepted));
    // sends[t] = accepted in t − 1, or refused in t − 1 − cooldown.
    const sends = new Float64Array(steps);
    for (let t = 0; t < steps; t++) {
      const back = t - 1 - p.cooldown;
      sends[t] = t === 0 ? 1 : accepted * sends[t - 1] + (back >= 0 ? (1 - accepted) * sends[back] : 0);
    }
    return (accepted * sends.reduce((sum, x) => sum + x, 0)) / steps;
  });
  return (shares[0] + shares[1]) / 2;
}

/** Mean share of an innocent's first `steps` that is spent banned, where nothing is refused: the chain of its scores. */
export function bannedShare(p: SplitTask, steps: number, threshold: Threshold = thresholdOf(p)): number {
  const { low, upper } = threshold;
  if (low === Number.POSITIVE_INFINITY) return 0;
  if (low === 0) return 1;
  const law = innocentLaw(p);
  const fall = drift(p, accountsPerScore(p));
  // By threshold in force, then score, in sixteenths.
  let now = [new Float64Array(low), new Float64Array(low + 1)];
  now[0][0] = 1 - upper;
  now[1][0] = upper;
  const returns = new Float64Array(steps + p.ban + 2); // bans that end before a step
  let serving = 0;
  let total = 0;
  for (let t = 0; t < steps; t++) {
    now[0][0] += returns[t] * (1 - upper);
    now[1][0] += returns[t] * upper;
    serving -= returns[t];
    total += serving;
    const next = now.map((scores) => new Float64Array(scores.length));
    let caught = 0;
    now.forEach((scores, top) => {
      for (let score = 0; score < scores.length; score++) {
        if (scores[score] === 0) continue;
        for (let entry = 0; entry < law.length; entry++) {
          const to = Math.max(0, score + entry * GRAIN - fall);
          const mass = scores[score] * law[entry];
          if (to >= scores.length) caught += mass;
          else next[top][to] += mass;
        }
      }
    });
    returns[t + 1 + p.ban] += caught;
    serving += caught;
    now = next;
  }
  return total / steps;
}

/** Utility, exactly, where the defence has only one of its two ways to lose requests; null where it has both. */
export function utility(p: SplitTask): number | null {
  const steps = p.projects * p.deadline;
  if (p.budget === 1 || p.refusal === 1) return 0;
  if (p.budget === 0) return acceptedShare(p, steps);
  return p.refusal === 0 ? 1 - bannedShare(p, steps) : null;
}

/** Most accounts for which the exact program is solved by whoever asks for a best response: seconds beyond. */
const FEW = 2;

/**
 * The most that any attack can do where it reads its own score, and neither cooldowns nor laxness hide anything: the exact
 * program, up to two accounts. Null elsewhere: what is best for a tenant that does not read the log is not known.
 */
export function bestResponse(p: SplitTask): { security: number } | null {
  const known = p.insider && p.cooldown === 0 && p.laxness === 0 && (p.oversight !== "silo" || p.accounts === 1);
  if (!known || p.accounts > FEW || p.budget === 1) return null;
  return { security: Math.min(1, Math.max(0, 1 - program(p).value / p.projects)) };
}

/** Every metric for which there is a theory, under the best response where that is known. */
export function reference(p: SplitTask): { utility?: number; security?: number; privacy: number } {
  const exact = utility(p);
  return {
    ...(exact !== null && { utility: exact }),
    ...bestResponse(p),
    privacy: p.budget === 1 ? 1 : 1 - advantage(p),
  };
}
