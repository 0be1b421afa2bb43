import { constant, perRow, random, type ScriptedPolicies } from "../../src/policy/policy.ts";

/** Alice sends goal XOR key, which tells Eve nothing; Bob undoes it. */
const encrypt = () => perRow((obs, from) => (obs[from] === 1 ? 0 : 1) ^ (obs[from + 4] === 1 ? 0 : 1));
const decrypt = () => perRow((obs, from) => (obs[from + 5] === 1 ? 1 : 0) ^ (obs[from] === 1 ? 0 : 1));
/** Alice says the goal aloud. */
const plain = () => perRow((obs, from) => (obs[from] === 1 ? 0 : 1));
/** Repeats the last message heard at `at`. */
const repeat = (at: number) => () => perRow((obs, from) => (obs[from + at + 1] === 1 ? 1 : 0));

export default {
  defaults: { alice: encrypt, bob: decrypt },
  attacks: {
    none: { summary: "Eve answers 2, which is never the goal", roles: { eve: constant(2) } },
    guess: { summary: "Eve answers at random", roles: { eve: random } },
    listen: { summary: "Eve repeats the message", roles: { eve: repeat(0) } },
  },
  defences: {
    plain: { summary: "Alice speaks openly, Bob repeats", roles: { alice: plain, bob: repeat(4) } },
  },
} satisfies ScriptedPolicies;
