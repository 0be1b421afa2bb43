import { constant, type PolicyFor, perRow, type ScriptsFor } from "masque";
import type env from "./env.ts";

/** Looks with probability `vigilance`. Each row (agent) has a random stream of its own. */
const look: PolicyFor<typeof env, "guard"> = ({ params: { vigilance } }) =>
  perRow((_obs, _from, row, { rngs }) => (rngs[row].bernoulli(vigilance) ? 1 : 0));

/** Grabs every other step. */
const timid: PolicyFor<typeof env, "thief"> = ({ params: { steps }, at }) =>
  perRow((obs, from) => (Math.round(obs[from + at.time] * steps) % 2 === 0 ? 1 : 0));

export default {
  // How benign and defending roles play unless a benchmark says otherwise.
  defaults: { guard: look },
  attacks: {
    none: { summary: "the thief does nothing", roles: { thief: constant(0) } },
    grab: { summary: "the thief grabs at every step", roles: { thief: constant(1) } },
    timid: { summary: "the thief grabs at every other step", roles: { thief: timid } },
  },
  // Other ways to defend, by name: masque eval new-game-v0 --defence asleep
  defences: { asleep: { summary: "the guard never looks", roles: { guard: constant(0) } } },
} satisfies ScriptsFor<typeof env>;
