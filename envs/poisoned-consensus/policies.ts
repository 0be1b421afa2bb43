import { constant, type PolicyFor, perRow, random, type ScriptsFor } from "masque";
import type env from "./env.ts";
import { HONEST } from "./model.ts";
import { type Plan, plan } from "./plans.ts";

type Server = PolicyFor<typeof env, "server">;

/** The search of the evidence plays 1001 plans for 4 episodes of 200 rounds, at every level. */
const searched = { tuningSteps: 1001 * 4 * 200 };

const pushes = (summary: string, one: Plan, more: { tuningSteps?: number } = {}) => ({
  summary,
  ...more,
  roles: { byzantine: plan(one) },
});

/** Rounds in which defences below learn what is usual. */
const SETTLING = 10;

/** Learns alone after aggregates twice as large as its running mean over about thirty rounds. */
const thermostat: Server = ({ at }) =>
  perRow((obs, from, row, { state }) => {
    const step = obs[from + at.step];
    const usual = state[2 * row];
    const rounds = state[2 * row + 1]++;
    const settled = rounds > SETTLING;
    // What is large moves the mean little: who pushes slowly harder is not to become usual.
    const heard = settled ? Math.min(step, 2 * usual) : step;
    state[2 * row] += (heard - usual) / Math.min(30, rounds + 1);
    return settled && step > 2 * usual ? 1 : 0;
  }, 2);

/** In peace at the default dials the cut exceeds this once in some thousand rounds. */
const ALARM = 0.34;
/** Learns alone for good once the cut has exceeded what it is in peace. */
const panic: Server = ({ at }) =>
  perRow((obs, from, row, { state }) => {
    if (obs[from + at.cut] > ALARM) state[row] = 1;
    return state[row];
  }, 1);
/** Learns alone in a third of the rounds, by lot, as long as the cut exceeds what it is in peace. */
const wary: Server = ({ at }) =>
  perRow((obs, from, row, { rngs }) => (rngs[row].bernoulli(1 / 3) && obs[from + at.cut] > ALARM ? 1 : 0));

// Plans were found by npm run evidence -- poisoned-consensus search; positive pushes go towards the minority.
export default {
  defaults: { server: constant(0) },
  attacks: {
    none: { summary: "reports as an honest worker would", roles: { byzantine: constant(HONEST) } },
    max: pushes("naive: the largest push, towards the minority", { push: 4 }),
    "max-back": pushes("the largest push, away from it", { push: -4 }),
    alie: pushes("a push that little less than everyone's noise hides, towards the minority", { push: 1.5 }, searched),
    mimic: pushes("stands a little beyond the minority", { push: 1 }, searched),
    shadow: pushes("stands in the minority's midst", { push: 0.75 }, searched),
    "mimic-back": pushes("as far from the majority as mimic, on the other side", { push: -1 }, searched),
    "shadow-back": pushes("nearer to the majority, on the other side", { push: -0.75 }, searched),
    "wave-8": pushes("the largest push, turned every 8 rounds: scores forget slowly, models do not", {
      push: 4,
      half: 8,
    }),
    "wave-12": pushes("the same every 12 rounds", { push: 4, half: 12 }, searched),
    "wave-16": pushes("the same every 16 rounds", { push: 4, half: 16 }, searched),
    sway: pushes(
      "a lopsided wave, 12 rounds towards the minority and 24 back: copied from a search, best against long memories",
      { push: 4, half: 12, back: 24 },
      searched,
    ),
    flip: pushes("the largest push, turned when the side's score reaches 95 % of the cut", { push: 4, turn: 0.95 }),
    "flip-soon": pushes("the same at 70 %", { push: 4, turn: 0.7 }),
    "flip-late": pushes("the same at 120 %: turned once it has been left out", { push: 4, turn: 1.2 }, searched),
    steer: pushes("alie's push, with the model's error: drives on whatever error there is", { push: 1.5, steer: true }),
    "steer-close": pushes("mimic's push, likewise", { push: 1, steer: true }),
    hold: pushes("stands beyond the minority, and in its midst from 70 % of the cut", {
      push: 1,
      rest: 0.75,
      ceiling: 0.7,
    }),
    launder: pushes("the largest push while counted, its opposite while left out: pulls a signed score back", {
      push: 4,
      hidden: -4,
    }),
    "launder-turns": pushes(
      "the same, every second one two rounds later: attackers take turns",
      { push: 4, hidden: -4, late: 2 },
      searched,
    ),
    "launder-deep": pushes(
      "half the opposite while left out, all of it from 1.4 cuts: the best found against scores of all reports",
      { push: 4, hidden: -2, sunk: -4, ceiling: 1.4 },
      searched,
    ),
    ride: pushes(
      "the largest push while left out: comes back with a report that frozen scores do not see",
      { push: 1.5, hidden: 4 },
      searched,
    ),
  },
  defences: {
    thermostat: { summary: "learns alone after aggregates twice as large as usual", roles: { server: thermostat } },
    wary: { summary: "learns alone in a third of the rounds while the cut is not peaceful", roles: { server: wary } },
    panic: { summary: "learns alone for good once the cut was not peaceful", roles: { server: panic } },
    lottery: { summary: "learns alone in every second round, by lot", roles: { server: random } },
  },
} satisfies ScriptsFor<typeof env>;

/** Parameter sets for conformance: each rule of scoring, both networks and places, the trimmed mean, few and many. */
export const variants = [
  {},
  { scoring: "always", discard: 0.3, rounds: 60 },
  { scoring: "frozen", memory: 0.7, rounds: 60 },
  { rule: "trimmed", discard: 0.4, spread: 0, rounds: 40 },
  { network: "gossip", discard: 0.25, rounds: 40 },
  { network: "gossip", reach: 3, place: "cluster", scoring: "always", discard: 0.5, anchor: 0, rounds: 40 },
  { network: "gossip", reach: 1, rule: "trimmed", discard: 0.7, workers: 7, byzantine: 2, rounds: 30 },
  { workers: 3, byzantine: 1, minority: 0, dimensions: 1, rounds: 20 },
  { workers: 33, byzantine: 7, dimensions: 9, discard: 0, memory: 0, anchor: 0, rounds: 20 },
  { anchor: 1, discard: 0.5, memory: 0.97, rounds: 20 },
] as const;
