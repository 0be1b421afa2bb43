import { exp, log } from "masque/numeric";
import { type Bins, binned, bitsOf } from "./codes.ts";
import type { Language } from "./language.ts";

/** Codes whose law of text is not the cover's, and is known token by token. */
export const BIASED: Readonly<Record<string, Bins | { readonly tau: number }>> = {
  parity: { bits: 1 },
  "gate-25": { bits: 1, gate: 0.25 },
  "bins-2": { bits: 2 },
  "fang-2": { bits: 2, likeliest: true },
  raw: { bits: 4, raw: true },
  "arith-1.5": { tau: 1.5 },
  "arith-2.5": { tau: 2.5 },
};

/** Writes the law of text of a code whose secret is uniform. */
export function textLaw(
  code: Bins | { readonly tau: number },
  law: Float32Array,
  hash: Uint8Array,
  out: Float64Array,
): void {
  let choices = 0;
  while (choices < law.length && law[choices] > 0) choices++;
  out.fill(0);
  if ("tau" in code) {
    let sum = 0;
    for (let i = 0; i < choices; i++) {
      out[i] = exp(log(law[i]) / code.tau);
      sum += out[i];
    }
    for (let i = 0; i < choices; i++) out[i] /= sum;
    return;
  }
  const bins = 2 ** bitsOf(code, choices);
  const binOf = new Uint8Array(choices);
  const mass = new Float64Array(bins);
  const sends = binned(code, { choices, share: law, hash }, 0, binOf, mass);
  let empty = 0;
  for (let b = 0; b < bins; b++) if (mass[b] === 0) empty++;
  const innocent = sends ? empty / bins : 1;
  const taken = new Uint8Array(bins);
  for (let i = 0; i < choices; i++) {
    out[i] = innocent * law[i];
    if (!sends) continue;
    const b = binOf[i];
    if (!code.likeliest) out[i] += law[i] / mass[b] / bins;
    else if (taken[b] === 0) out[i] += 1 / bins;
    taken[b] = 1;
  }
}

/** The same in every state of a language, for who goes through them. */
export function textLawIn(language: Language, code: Bins | { readonly tau: number }) {
  const law = new Float32Array(language.choices);
  const hash = new Uint8Array(language.choices);
  return (state: number, out: Float64Array): void => {
    const from = language.open(state);
    for (let i = 0; i < language.choices; i++) {
      law[i] = language.share[from + i];
      hash[i] = language.hash[from + i];
    }
    textLaw(code, law, hash, out);
  };
}
