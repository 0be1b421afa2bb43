/** Files of a new environment, by name: a whole small game whose every part is to be replaced. */
export function environmentTemplate(name: string, library: string): Record<string, string> {
  const fill = (text: string) => text.trimStart().replaceAll("NAME", name).replaceAll("LIBRARY", library);
  return { "env.ts": fill(ENV), "policies.ts": fill(POLICIES), "theory.ts": fill(THEORY), "page.md": fill(PAGE) };
}

const ENV = `
import { z } from "zod";
import { box, defineEnv, discrete, ratio } from "LIBRARY";

// A thief takes what it can, until a guard who looks now and then sees it. Looking disturbs the work.
export default defineEnv({
  id: "NAME-v0", // -vN goes up whenever the rules change: old results stay comparable among themselves
  summary: "A thief takes what it can until a guard, who looks now and then and disturbs work by it, sees it.",
  threat: "theft between random checks",
  // factored: agents act on what they see themselves. joint: one controller may see its whole side.
  coordination: { attacker: "factored", defender: "factored" },
  params: z.object({
    steps: z.int().min(1).max(10_000).default(50).describe("steps an episode"),
    vigilance: z.number().min(0).max(1).default(0.1).describe("chance that the guard looks, each step"),
  }),
  // Parameters that are a defence's dial, from doing nothing to stopping everything.
  knobs: { vigilance: { off: 0, lockdown: 1, grid: [0, 0.02, 0.05, 0.1, 0.2, 0.5, 1] } },
  horizon: ({ steps }) => steps,
  roles: () => ({
    thief: { side: "attacker", count: 1, observation: box([1], 0, 1, { names: ["time"] }), action: discrete(2) },
    guard: { side: "defender", count: 1, observation: box([1], 0, 1, { names: ["time"] }), action: discrete(2) },
  }),
  // Added up during an episode; metrics are functions of their sums, in [0,1].
  counters: ["steps", "looks", "taken"],
  metrics: {
    utility: {
      axis: "utility",
      summary: "share of steps in which nobody disturbs the work",
      of: (c) => 1 - ratio(c.looks, c.steps, 0),
    },
    security: {
      axis: "security",
      summary: "1 − share of steps in which something is taken",
      of: (c) => 1 - ratio(c.taken, c.steps, 0),
    },
  },
  // Everything one copy remembers lies in here. Randomness: only the \`rng\` that create() is also handed.
  create({ params, slots: { thief: [thief], guard: [guard] }, counters, world }) {
    return {
      reset() {}, // observations are zero already
      step() {
        const looks = guard.action === 1;
        const grabs = thief.alive && thief.action === 1;
        counters.steps++;
        if (looks) counters.looks++;
        if (looks && grabs) thief.terminate(); // seen: out for the rest of the episode
        if (grabs && !looks) {
          counters.taken++;
          thief.reward = 1; // an attacker is paid for what lowers security, or it learns something else
          guard.reward = -1;
        }
        thief.obs[0] = guard.obs[0] = (world.t + 1) / params.steps;
      },
      render: () => ({
        title: thief.alive ? "at large" : "seen",
        width: 10,
        height: 4,
        labels: { taken: counters.taken, looks: counters.looks },
        shapes: [
          { kind: "circle", x: 3, y: 2, r: 1, tone: thief.alive ? "attacker" : "neutral", label: "thief" },
          { kind: "circle", x: 7, y: 2, r: 1, tone: guard.action === 1 ? "good" : "defender", label: "guard" },
        ],
      }),
    };
  },
});
`;

const POLICIES = `
import type { z } from "zod";
import { constant, perRow, type PolicyFactory, type ScriptedPolicies } from "LIBRARY";
import type env from "./env.ts";

type Params = z.output<(typeof env)["params"]>;

/** Looks with probability \`vigilance\`. Each row (agent) has a random stream of its own. */
const look: PolicyFactory<Params> = ({ params: { vigilance } }) =>
  perRow((_obs, _from, row, { rngs }) => (rngs[row].bernoulli(vigilance) ? 1 : 0));

/** Grabs every other step; \`obs[from]\` is the row's first number, the time. */
const timid: PolicyFactory<Params> = ({ params: { steps } }) =>
  perRow((obs, from) => (Math.round(obs[from] * steps) % 2 === 0 ? 1 : 0));

export default {
  // How benign and defending roles play unless a benchmark says otherwise.
  defaults: { guard: look },
  attacks: {
    none: { summary: "the thief does nothing", roles: { thief: constant(0) } },
    grab: { summary: "the thief grabs at every step", roles: { thief: constant(1) } },
    timid: { summary: "the thief grabs at every other step", roles: { thief: timid } },
  },
  // Other ways to defend, by name: masque eval NAME-v0 --defence asleep
  defences: { asleep: { summary: "the guard never looks", roles: { guard: constant(0) } } },
} satisfies ScriptedPolicies<Params>;
`;

const THEORY = `
/**
 * What the environment is checked against, by metric; drawn beside measured frontiers. The best thief grabs at every
 * step: it still takes something at step t with probability (1 − v)^t, v being the vigilance.
 */
export function reference({ steps, vigilance }: { steps: number; vigilance: number }) {
  let free = 1;
  let taken = 0;
  for (let t = 1; t <= steps; t++) {
    free *= 1 - vigilance;
    taken += free;
  }
  return { utility: 1 - vigilance, security: 1 - taken / steps };
}
`;

const PAGE = `
Someone steals from a shop while nobody looks. Looking costs work, so nobody looks all the time.

## Rules

Every step the thief grabs or waits, and the guard looks or does not. What is grabbed unseen is taken; a thief who is
seen grabbing is out for the rest of the episode.

## What is known

The best thief grabs at every step and takes (1 − v)^t at step t in the mean, where v is the vigilance. A little
vigilance is worth much in a long episode: it needs to see the thief only once.

## What the model leaves out

The thief cannot see the guard coming, and nothing that was taken is ever brought back.
`;
