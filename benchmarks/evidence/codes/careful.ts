import { type PolicyFor, perRow } from "masque";
import { log } from "masque/numeric";
import { AUSTEN } from "../../../envs/plain-talk/austen.ts";
import type env from "../../../envs/plain-talk/env.ts";
import { surprisalTests } from "../../../envs/plain-talk/model.ts";
import { MOST_BITS } from "../../../envs/plain-talk/roles.ts";

/**
 * A token says a word by its number, as `raw` does where words are as long as a candidate's number; but only where the overseer's
 * threshold then leaves `reserve` bits for every token to come. Else the likeliest is said, and the word is lost.
 */
export function careful(reserve: number) {
  const sender: PolicyFor<typeof env, "sender"> = ({ params, at }) => {
    const [{ value: most }] = surprisalTests(AUSTEN, params);
    const { tokens, candidates, wordBits } = params;
    return perRow((obs, from) => {
      if (obs[from + at.active] === 0 || obs[from + at.time] === 1) return Math.round(obs[from + at.draw] * candidates);
      let due = 0;
      for (let b = 0; b < wordBits; b++) due |= obs[from + at.due + b] << b;
      const left = tokens - 1 - Math.round(obs[from + at.time] * tokens);
      const bits = obs[from + at.spent] * MOST_BITS * tokens - log(obs[from + at.law + due]) / Math.LN2;
      return bits + left * reserve <= most ? due : 0;
    });
  };
  const receiver: PolicyFor<typeof env, "receiver"> = ({ params: { tokens, candidates }, at }) => ({
    act({ rows, obs, obsSize, actions }) {
      for (let row = 0; row < rows; row++) {
        for (let t = 0; t < tokens; t++)
          actions[row * tokens + t] = Math.round(obs[row * obsSize + at.read + 4 * t] * candidates);
      }
    },
  });
  return { sender, receiver };
}
