import { MAX_ASK } from "./identities.ts";

/** Chance that a client switches between on and off, a step: half of its time it is on. */
export const SWITCH = 0.25;
/** Chance that a client who is off asks for one thing. */
export const STRAY = 0.1;
/** Served under this share of what it asked, a client may fall silent … */
export const PATIENCE = 0.7;
/** … for so many steps. */
export const SILENCE = 3;

// One random word a client and step serves for both draws: two low bits and the high bits are independent.
/** Whether a client switches: true with probability SWITCH. */
export const switches = (word: number): boolean => (word & 0x30) === 0;

/**
 * What a client wants in a step. On: 1 + a geometric number with ratio ½, at most MAX_ASK (mean 2 − 2⁻⁷), since leading
 * zeros of a uniform word are geometric. Off: 1 with probability STRAY.
 */
export const wanted = (on: boolean, word: number): number =>
  on ? Math.min(MAX_ASK, 1 + Math.clz32(word)) : word < STRAY * 2 ** 32 ? 1 : 0;

/** `[MAX_ASK + 1]`, probabilities of what a client wants in a step: the stationary law of the on–off process. */
export function wantedLaw(): Float64Array {
  const law = new Float64Array(MAX_ASK + 1);
  for (let k = 1; k <= MAX_ASK; k++) law[k] = 0.5 / (1 << Math.min(k, MAX_ASK - 1));
  law[0] = 0.5 * (1 - STRAY);
  law[1] += 0.5 * STRAY;
  return law;
}
