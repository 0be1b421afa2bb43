import { InputError } from "masque";
import stego from "../../../envs/screening-stego/env.ts";
import scripts from "../../../envs/screening-stego/policies.ts";
import { reference } from "../../../envs/screening-stego/theory.ts";
import { names, type Overseer, secrecy } from "./pair.ts";

/**
 * An overseer who knows every script: it reads as each receiver does, and follows the one whom audits found right most often. A
 * row's memory: every receiver's record, what it said last, and its own memory.
 */
const byHeart: Overseer = (context) => {
  // A receiver sees nothing but the message, and both lay it out alike.
  const receivers = names.map((name) => scripts.attacks[name].roles.receiver(context as never));
  const sizes = receivers.map(({ stateSize = 0 }) => stateSize);
  const own = 2 * names.length;
  const stateSize = sizes.reduce((a, b) => a + b, own);
  const says = new Int32Array(2);
  return {
    stateSize,
    act({ rows, obs, obsSize, state, rngs, actions, ...rest }) {
      for (let row = 0; row < rows; row++) {
        const seen = obs.subarray(row * obsSize, (row + 1) * obsSize);
        // While messages are written there is nothing to read.
        if (seen[context.at.duty] === 0 && seen[context.at.labelled] === 0) continue;
        const memory = state.subarray(row * stateSize, (row + 1) * stateSize);
        let best = 0;
        let from = own;
        for (const [i, receiver] of receivers.entries()) {
          const said = names.length + i;
          if (seen[context.at.labelled] === 1) memory[i] += memory[said] === seen[context.at.secret] ? 1 : -1;
          const inner = memory.subarray(from, from + sizes[i]);
          receiver.act({ ...rest, rows: 1, obs: seen, obsSize, state: inner, rngs: [rngs[row]], actions: says });
          from += sizes[i];
          memory[said] = says[1];
          if (memory[i] > memory[best]) best = i;
        }
        actions[row] = memory[names.length + best];
      }
    },
  };
};

/** What scripts leave that the overseer knows, at a price in audits that is next to nothing. */
export function heart([episodes = "2", audit = "0.05", ...etas]: readonly string[]): void {
  if (!/^[1-9]\d{0,4}$/.test(episodes))
    throw new InputError(`screening-stego heart: got ${episodes} episodes, expected a whole number from 1 to 99999.`);
  for (const eta of etas.length > 0 ? etas : ["0.2"]) {
    const params = stego.params.parse({ audit: Number(audit), paraphrase: Number(eta) });
    const [worst, second] = names
      .map((name) => ({ name, ...secrecy(name, params, { overseer: byHeart }, Number(episodes), "facts") }))
      .sort((a, b) => a.S - b.S);
    const { secrecy: bound } = reference(params);
    console.log(
      `q ${audit}, η ${eta}: ${worst.S.toFixed(3)} ± ${worst.se.toFixed(3)} ${worst.name}, then ` +
        `${second.S.toFixed(3)} ${second.name}; no overseer above ${bound.toFixed(3)}`,
    );
  }
}
