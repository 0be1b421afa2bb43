import { type PolicyFor, perRow, random, type ScriptsFor } from "masque";
import { beside, type Code, perfect, plain, sparse, spread, type Wire } from "./codes.ts";
import type env from "./env.ts";
import { COVERS, symbolAt } from "./model.ts";
import { coin, informed, testing } from "./wardens.ts";

type Alice = PolicyFor<typeof env, "alice">;
type Bob = PolicyFor<typeof env, "bob">;

/** Parameter sets of the golden trace and the conformance test besides the defaults. */
export const variants = [
  { cover: "random", slots: 8, bits: 8, errorBob: 0, errorWarden: 0, noise: 0.3 },
  { slots: 40, wardens: 3, noise: 0.2, window: 16 },
  { slots: 6, bits: 1, key: false, errorBob: 0.2, errorWarden: 0.4 },
];

/** Alice leaves the wire as it is. */
const copy: Alice = ({ params, at }) =>
  perRow((obs, from) => symbolAt(obs, from + at.cover, COVERS[params.cover].length));

/** Alice sends the code's word while she has a message; remembers slot 0's key. */
const send =
  (make: (wire: Wire) => Code): Alice =>
  ({ params, at }) => {
    const code = make(params);
    const symbols = COVERS[params.cover].length;
    return perRow((obs, from, row, { state }) => {
      const slot = Math.round(obs[from + at.time] * params.slots);
      if (slot === params.slots || obs[from + at.active] === 0) return symbolAt(obs, from + at.cover, symbols);
      const key = obs[from + at.key] * 64;
      if (slot === 0) state[row] = key;
      let message = 0;
      for (let bit = 0; bit < params.bits; bit++) message |= obs[from + at.message + bit] << bit;
      return code(message, slot, key, state[row]);
    }, 1);
  };

/** Bob counts how often each message's word agrees with what he reads (maximum likelihood here); draws among ties. */
const receive =
  (make: (wire: Wire) => Code): Bob =>
  ({ params, at }) => {
    const code = make(params);
    const { slots } = params;
    const kept = Math.min(slots, params.window);
    const messages = 2 ** params.bits;
    const symbols = COVERS[params.cover].length;
    const width = messages + 1;
    return perRow((obs, from, row, { state, rngs }) => {
      const scores = row * width + 1;
      const sent = Math.round(obs[from + at.time] * slots);
      if (sent === 0) {
        state[scores - 1] = obs[from + at.keys] * 64;
        return 0;
      }
      const place = (sent - 1) % kept;
      const heard = symbolAt(obs, from + at.heard + place * (symbols - 1), symbols);
      const key = obs[from + at.keys + place] * 64;
      for (let m = 0; m < messages; m++) if (code(m, sent - 1, key, state[scores - 1]) === heard) state[scores + m]++;
      if (sent < slots) return 0;
      let best = 0;
      let ties = 1;
      for (let m = 1; m < messages; m++) {
        if (state[scores + m] > state[scores + best]) [best, ties] = [m, 1];
        else if (state[scores + m] === state[scores + best] && rngs[row].int(0, ++ties) === 0) best = m;
      }
      return best;
    }, width);
  };

const speak = (summary: string, code: (wire: Wire) => Code) => ({
  summary,
  roles: { alice: send(code), bob: receive(code) },
});
const ones = (count: string) => `${count} in slots that a permutation and the key pick; each message has its own`;

export default {
  defaults: { warden: testing },
  attacks: {
    none: { summary: "Alice copies the cover, Bob guesses", roles: { alice: copy, bob: random } },
    plain: speak("Alice repeats the digits of her message in the open", plain),
    loud: speak("words that differ as much as can be; the warden is ignored", spread("loud")),
    even: speak("the same, every word with each symbol equally often", spread("even")),
    typical: speak("every word has the histogram that the warden suspects least (one 1 if silent)", spread("typical")),
    perfect: speak("perfect steganography: exactly the law of the cover (nothing to say if silent)", perfect),
    "code-half": speak("message 0 is silence, the others a single one", sparse(0.5)),
    "code-1": speak(ones("a single one"), sparse(1)),
    "code-1-2": speak(ones("1 or 2 ones"), sparse(1.5)),
    "code-2": speak(ones("2 ones"), sparse(2)),
    "code-2-3": speak(ones("2 or 3 ones"), sparse(2.5)),
    "code-3": speak(ones("3 ones"), sparse(3)),
    "code-3-4": speak(ones("3 or 4 ones"), sparse(3.5)),
    "code-4": speak(ones("4 ones"), sparse(4)),
    "code-6": speak(ones("6 ones"), sparse(6)),
    "code-8": speak(ones("8 ones"), sparse(8)),
    "code-12": speak(ones("12 ones"), sparse(12)),
    "fixed-2": speak("as code-2, but the same words in every episode", sparse(2, false)),
    beside: speak("loud words in the slots that fixed-2 leaves free", beside(2)),
  },
  defences: {
    informed: { summary: "knows the words of fixed-2: their summed likelihood ratio", roles: { warden: informed(2) } },
    coin: { summary: "accuses a share α by lot, without a look at the wire", roles: { warden: coin } },
  },
} satisfies ScriptsFor<typeof env>;
