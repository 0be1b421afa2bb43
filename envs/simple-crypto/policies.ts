import { constant, type PolicyFor, perRow, random, type ScriptsFor } from "masque";
import type env from "./env.ts";

type Alice = PolicyFor<typeof env, "alice">;
type Bob = PolicyFor<typeof env, "bob">;
type Eve = PolicyFor<typeof env, "eve">;

/** Which of the first two symbols a one-hot part of an observation holds, as a bit; 0 where it is neither. */
const bit = (obs: Float32Array, part: number) => (obs[part + 1] === 1 ? 1 : 0);

/** Alice sends goal XOR key, which tells Eve nothing; Bob undoes it. */
const encrypt: Alice = ({ at }) => perRow((obs, from) => bit(obs, from + at.goal) ^ bit(obs, from + at.key));
const decrypt: Bob = ({ at }) => perRow((obs, from) => bit(obs, from + at.message) ^ bit(obs, from + at.key));
/** Alice says the goal aloud. */
const plain: Alice = ({ at }) => perRow((obs, from) => bit(obs, from + at.goal));
/** Bob and Eve repeat what they heard last. */
const repeat = ({ at }: Parameters<Bob | Eve>[0]) => perRow((obs, from) => bit(obs, from + at.message));

export default {
  defaults: { alice: encrypt, bob: decrypt },
  attacks: {
    none: { summary: "Eve answers 2, which is never the goal", roles: { eve: constant(2) } },
    guess: { summary: "Eve answers at random", roles: { eve: random } },
    listen: { summary: "Eve repeats the message", roles: { eve: repeat } },
  },
  defences: {
    plain: { summary: "Alice speaks openly, Bob repeats", roles: { alice: plain, bob: repeat } },
  },
} satisfies ScriptsFor<typeof env>;
