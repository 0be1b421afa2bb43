import { type PolicyFor, perRow } from "masque";
import type env from "../../../envs/covert-wire/env.ts";

/** What Alice sends in each slot, by message: zeros and ones. */
export type Words = readonly Uint8Array[];

/** Plays given words, the same in every episode; Bob counts agreements, and of equal ones takes the first. */
export function speaking(words: Words): { alice: PolicyFor<typeof env, "alice">; bob: PolicyFor<typeof env, "bob"> } {
  return {
    alice: ({ params: { slots, bits }, at }) =>
      perRow((obs, from) => {
        const slot = Math.round(obs[from + at.time] * slots);
        if (slot === slots || obs[from + at.active] === 0) return 0;
        let message = 0;
        for (let bit = 0; bit < bits; bit++) message |= obs[from + at.message + bit] << bit;
        return words[message][slot];
      }),
    bob: ({ at }) =>
      perRow((obs, from) => {
        if (obs[from + at.time] < 1) return 0;
        const agreements = words.map((word) =>
          word.reduce((sum, one, t) => sum + (obs[from + at.heard + t] === one ? 1 : 0), 0),
        );
        return agreements.indexOf(Math.max(...agreements));
      }),
  };
}

/** Words of those weights with ones in the given slots, in turn. */
export function wordsIn(order: ArrayLike<number>, weights: readonly number[], slots: number): Words {
  let next = 0;
  return weights.map((weight) => {
    const word = new Uint8Array(slots);
    for (let one = 0; one < weight; one++) word[order[next++]] = 1;
    return word;
  });
}
