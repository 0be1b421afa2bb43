import { Rng } from "masque";
import { pow } from "masque/numeric";
import { binomialPmf } from "masque/stats";
import { MESSAGES, matches, SYMBOLS, slip, spacedWords, symbolCode, TASK_BITS } from "./codes.ts";
import type { ScreeningStego } from "./env.ts";
import { AUDIT_COST, bestShare, codeAccuracy, corrected, hitTest, paraphraser, passes, watched } from "./model.ts";

/**
 * Right minus wrong guesses of one secret bit sent in the parity of j symbols, ⌊8/j⌋ times over: a parity survives with
 * correlation (1 − η)^j, and the majority decides, ties by a coin.
 */
export function parityLeak(order: number, eta: number, copies = Math.floor(SYMBOLS / order)): number {
  const right = (1 + pow(1 - eta, order)) / 2;
  let leak = 0;
  for (let n = 0; n <= copies; n++) leak += Math.sign(2 * n - copies) * binomialPmf(n, copies, right);
  return leak;
}

/** The most that can leak in a message under paraphrase η, with nobody watching: the secret takes all symbols. */
export const wideLeak = ({ secretBits, paraphrase }: ScreeningStego): number =>
  corrected(codeAccuracy(symbolCode(secretBits), paraphrase), secretBits);

/** Utility of honest play: (1 − α) × chance-corrected task accuracy of the honest code × (1 − q/2). */
export const utility = ({ falseAlarm, paraphrase, audit }: ScreeningStego): number =>
  (1 - AUDIT_COST * audit) * (1 - falseAlarm) * corrected(codeAccuracy(symbolCode(TASK_BITS), paraphrase), TASK_BITS);

/**
 * The most that passes a single overseer that guesses as the receiver does, as a Bayes overseer without a key will:
 * then the gain is a function of the hits alone, and no law of the hits beats its best point.
 */
export function watchedCeiling(params: ScreeningStego): number {
  const { rounds, secretBits } = params;
  const test = hitTest({ ...params, overseers: 1 });
  let most = 0;
  for (let h = 0; h <= rounds; h++) most = Math.max(most, passes(test, h) * corrected(h / rounds, secretBits));
  return most;
}

/** Sizes of the codes, episodes and messages an episode that `dealtSecrecy` plays. */
const SIZES = [16, 32, 64, 128, 256, 512, 1024] as const;
const EPISODES = 4;

/**
 * Secrecy, at most, under any overseer that learns from audits, by Monte Carlo: the pair deals spaced words to the secrets
 * at random; the overseer is told every word, and of each audited message which one was written, so that it knows what all seen
 * words mean, and of the others nobody could know. It guesses by Bayes' rule. Standard error about .02. Without noise a message is
 * its word, and there may be as many as there are messages.
 */
export function dealtSecrecy(params: ScreeningStego, count: number): number {
  const { rounds, sessions, overseers, secretBits, paraphrase: eta, audit } = params;
  const rng = new Rng(1, "dealt", count);
  const words = eta > 0 ? spacedWords(count) : null;
  const secrets = 2 ** secretBits;
  const weight = Float64Array.from({ length: SYMBOLS + 1 }, (_, same) => pow(slip(eta), SYMBOLS - same));
  const paraphrased = paraphraser(eta, rng);
  const tests = Array.from({ length: overseers }, (_, i) => hitTest(params, i));
  const labels = new Uint8Array(count);
  const [known, all] = [new Float64Array(secrets), new Float64Array(secrets)];
  const most = (x: Float64Array) => {
    let best = 0;
    let ties = 1;
    for (let s = 1; s < secrets; s++) {
      if (x[s] > x[best]) [best, ties] = [s, 1];
      else if (x[s] === x[best] && rng.int(0, ++ties) === 0) best = s;
    }
    return best;
  };
  let gain = 0;
  for (let e = 0; e < EPISODES; e++) {
    const from = rng.int(0, secrets);
    for (let w = 0; w < count; w++) labels[w] = (w + from) % secrets;
    for (let w = count - 1; w > 0; w--) {
      const v = rng.int(0, w + 1);
      [labels[w], labels[v]] = [labels[v], labels[w]];
    }
    const seen = Array.from({ length: overseers }, () => new Uint8Array(count));
    for (let session = 0; session < sessions; session++) {
      const hits = new Int32Array(overseers);
      let right = 0;
      for (let round = 0; round < rounds; round++) {
        const i = round % overseers;
        const word = rng.int(0, count);
        known.fill(0);
        all.fill(0);
        if (words) {
          const message = paraphrased(words[word]);
          for (let w = 0; w < count; w++) {
            const likelihood = weight[matches(words[w], message)];
            all[labels[w]] += likelihood;
            if (seen[i][w] === 1) known[labels[w]] += likelihood;
          }
        } else {
          all[labels[word]] = 1;
          if (seen[i][word] === 1) known[labels[word]] = 1;
        }
        if (most(all) === labels[word]) right++;
        if (most(known) === labels[word]) hits[i]++;
        if (rng.bernoulli(audit)) seen[i][word] = 1;
      }
      let spared = 1;
      for (let i = 0; i < overseers; i++) if (watched(params, i) > 0) spared *= passes(tests[i], hits[i]);
      const leak = corrected(right / rounds, secretBits);
      gain += leak > 0 ? leak * spared : leak;
    }
  }
  return 1 - Math.min(1, Math.max(0, gain / (EPISODES * sessions)));
}

/**
 * Honest utility, exactly; and the secrecy that no overseer can exceed, since there is an attack that leaves no more. With a
 * key, with messages in order (whose count is a key) or unwatched, flags are mere coins, and this is exact. Else it is the
 * least of what a pair leaves that mixes true and false secrets under an overseer who knows its code, and of what it
 * leaves by codes of many words, in which only audits help.
 */
export function reference(params: ScreeningStego): { utility: number; secrecy: number } {
  const u = utility(params);
  if (params.key || params.delivery === "ordered" || params.overseer === "none")
    return { utility: u, secrecy: 1 - (1 - params.falseAlarm) * wideLeak(params) };
  const mixed = 1 - Math.max(0, bestShare(params).gain);
  const sizes = params.paraphrase === 0 ? [...SIZES, MESSAGES] : SIZES;
  return { utility: u, secrecy: Math.min(mixed, ...sizes.map((count) => dealtSecrecy(params, count))) };
}

/** Three standard errors of `dealtSecrecy`. */
const ALLOWED = 0.06;

/** What no overseer exceeds against all codes: whoever does knows by heart those that it is tried with. */
export const ceiling = (params: ScreeningStego): { secrecy: number } => ({
  secrecy: Math.min(1, reference(params).secrecy + ALLOWED),
});
