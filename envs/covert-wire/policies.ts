import { type Controller, type PolicyFactory, random, type ScriptedPolicies } from "../../src/policy/policy.ts";
import { type Code, perfect, plain, sparse, spread, type Wire } from "./codes.ts";
import type { WireParams } from "./params.ts";
import { copy, receive, send } from "./talk.ts";
import { coin, informed, testing } from "./wardens.ts";

/** Parameter sets of the golden trace and the conformance test besides the defaults. */
export const variants = [
  { cover: "random", slots: 8, bits: 8, errorBob: 0, errorWarden: 0, noise: 0.3 },
  { slots: 40, wardens: 3, noise: 0.2, window: 16 },
  { slots: 6, bits: 1, key: false, errorBob: 0.2, errorWarden: 0.4 },
];

const speak = (summary: string, code: (wire: Wire) => Code): Controller<WireParams> => ({
  summary,
  roles: { alice: send(code), bob: receive(code) },
});
const ones = (count: string) => `${count} in slots that a permutation and the key pick; each message has its own`;
const bobGuesses: PolicyFactory<WireParams> = (context) => random(context);

export default {
  defaults: { warden: testing },
  attacks: {
    none: { summary: "Alice copies the cover, Bob guesses", roles: { alice: copy, bob: bobGuesses } },
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
    "code-4": speak(ones("4 ones"), sparse(4)),
    "code-6": speak(ones("6 ones"), sparse(6)),
    "code-8": speak(ones("8 ones"), sparse(8)),
    "code-12": speak(ones("12 ones"), sparse(12)),
    "fixed-2": speak("as code-2, but the same words in every episode", sparse(2, false)),
  },
  defences: {
    informed: { summary: "knows the words of fixed-2: their summed likelihood ratio", roles: { warden: informed(2) } },
    coin: { summary: "accuses a share α by lot, without a look at the wire", roles: { warden: coin } },
  },
} satisfies ScriptedPolicies<WireParams>;
