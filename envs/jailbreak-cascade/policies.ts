import { constant, type PolicyFor, perRow, type ScriptsFor } from "masque";
import type env from "./env.ts";
import type { JailbreakCascade } from "./env.ts";
import { AMOUNTS, MODES, passes, TARGETS, VIRALITIES } from "./model.ts";

type Attacker = PolicyFor<typeof env, "attacker">;
type Filter = PolicyFor<typeof env, "filter">;

/** An attacker's play. */
export interface Plan {
  /** Index of the virality; `known`: what passes the knob's filter best; `seen`: what passes the last step's best, half hubs' edges. */
  readonly virality: number | "known" | "seen";
  readonly target: (typeof TARGETS)[number];
  /** Spend everything at once, or a quarter whenever prevalence is at most `below`. */
  readonly below?: number;
  /** Nothing is spent before this share of the episode is over … */
  readonly from?: number;
  /** … or while filters are at more than this share of the knob's strength. */
  readonly lull?: number;
}

/** The virality of VIRALITIES that passes a filter of this strength best. */
export function stealthiest(strength: number): number {
  let best = 0;
  VIRALITIES.forEach((v, i) => {
    if (passes(1, v, strength) >= passes(1, VIRALITIES[best], strength)) best = i;
  });
  return best;
}

export const infect =
  ({ virality, target, below, from: start = 0, lull = 1 }: Plan): Attacker =>
  ({ params, at: sees }) => {
    const known = stealthiest(params.filter);
    const whom = TARGETS.indexOf(target);
    return {
      act({ rows, obs, obsSize, actions, actionSize }) {
        for (let row = 0; row < rows; row++) {
          const from = row * obsSize;
          // Cheap seeds are no hubs: what counts for them is the strength on the other edges.
          const waits =
            obs[from + sees.time] < start || (lull < 1 && obs[from + sees.strength + 1] > lull * params.filter);
          const all = below === undefined ? AMOUNTS.length - 1 : obs[from + sees.prevalence] <= below ? 1 : 0;
          const spend = waits ? 0 : all;
          const at = row * actionSize;
          // Hubs have about half of a scale-free graph's edges.
          const met = (obs[from + sees.strength] + obs[from + sees.strength + 1]) / 2;
          actions[at] = virality === "known" ? known : virality === "seen" ? stealthiest(met) : virality;
          actions[at + 1] = obs[from + sees.budget] > 0 ? spend : 0;
          actions[at + 2] = whom;
        }
      },
    };
  };

/** No seeds; what comes from outside is as blatant as it comes. */
const idle: Attacker = () => ({
  act({ rows, actions, actionSize }) {
    actions.fill(0);
    for (let row = 0; row < rows; row++) actions[row * actionSize] = VIRALITIES.length - 1;
  },
});
/** `npm run evidence -- jailbreak-cascade search` plays 120 plans for 8 episodes of 100 steps at every level. */
const SEARCHED = 120 * 8 * 100;
const attack = (summary: string, plan: Plan, tuningSteps = SEARCHED) => ({
  summary,
  tuningSteps,
  roles: { attacker: infect(plan) },
});
const defence = (summary: string, filter: Filter) => ({ summary, roles: { filter } });
const mode = (effort: number, weight: number): number =>
  MODES.findIndex((m) => m.effort === effort && m.weight === weight);

/** Full strength while the mean of the last tests, less false positives, is above a share, and nothing below. */
const thermostat =
  (above: number): Filter =>
  ({ params, at, observation }) => {
    const count = observation.parts.tests.shape[0];
    return perRow((obs, from) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += obs[from + at.tests + i];
      return sum / count > params.falsePositive + above ? mode(1, 0) : mode(0, 0);
    });
  };

/** Strict at first, then open. */
const relaxing: Filter = ({ at }) => perRow((obs, from) => (obs[from + at.time] < 0.6 ? mode(1, 0.25) : mode(0, 0)));

/** Full strength while the latest test found anybody, and nothing else: the least effort that looks free. */
const extinguish: Filter = ({ at }) =>
  perRow((obs, from) => (obs[from + at.tests] > 0 || obs[from + at.hubs] > 0 ? mode(1, 0) : mode(0, 0)));

export default {
  defaults: { filter: constant(0) },
  attacks: {
    none: { summary: "no seeds: accidents alone, as blatant as they come", roles: { attacker: idle } },
    blast: attack(
      "naive: full virality, random seeds, all at once",
      { virality: VIRALITIES.length - 1, target: "random" },
      0,
    ),
    stealth: attack("the virality that passes the knob's filter best, many cheap seeds at once", {
      virality: "known",
      target: "leaves",
    }),
    chameleon: attack("the virality that passed the last step's filter best, by greedy influence maximisation", {
      virality: "seen",
      target: "influence",
    }),
    hubs: attack("the same as stealth, from the largest hubs it can pay", { virality: "known", target: "hubs" }),
    shells: attack("the same from the innermost shells", { virality: "known", target: "shells" }),
    influence: attack("the same by greedy influence maximisation for the price", {
      virality: "known",
      target: "influence",
    }),
    embers: attack("seeds a quarter at a time, whenever the infection has all but died out", {
      virality: "known",
      target: "leaves",
      below: 0.002,
    }),
    ambush: attack(
      "waits until filters are well below their strength, then spends all",
      { virality: "seen", target: "influence", lull: 0.7 },
      0,
    ),
    later: attack("spends all after a fifth of the episode", { virality: "seen", target: "influence", from: 0.2 }, 0),
    late: attack("spends all after two fifths of the episode", { virality: "seen", target: "influence", from: 0.4 }, 0),
    whisper: attack("five eighths of the virality: reported less, and most harmful to filters that heed reports", {
      virality: 4,
      target: "random",
    }),
  },
  defences: {
    "hub-weighted": defence(
      "moves a tenth of the others' strength to hubs' edges, at equal cost",
      constant(mode(1, 0.1)),
    ),
    "hubs-first": defence("the same with a quarter", constant(mode(1, 0.25))),
    "hubs-only": defence("all strength on hubs' edges, the rest where it exceeds 1", constant(mode(1, 1))),
    relaxed: defence("half the strength", constant(mode(0.5, 0))),
    relaxing: defence(
      "a quarter moved to hubs for three fifths of the episode, then nothing: whoever is infected late does little harm",
      relaxing,
    ),
    thermostat: defence(
      "filters only while tests say that more than two nodes in a hundred are infected",
      thermostat(0.02),
    ),
    extinguish: defence("filters only while the latest tests found anybody", extinguish),
  },
} satisfies ScriptsFor<typeof env>;

/** Parameter sets for conformance: defaults, the decentralised variant, each graph, small sizes, both ends of knobs. */
export const variants: readonly Partial<JailbreakCascade>[] = [
  {},
  { control: "local", filter: 1, nodes: 200, steps: 30 },
  { graph: "pairing", nodes: 101, steps: 30, infection: 0.8, recovery: 0.05, quarantine: 0.1 },
  { graph: "friends", nodes: 60, steps: 20, infection: 0.05, cut: "netshield", quarantine: 0.05 },
  { graph: "lattice", nodes: 16, steps: 20, filter: 0.9, hubs: 1 },
  { graph: "pairing", control: "local", nodes: 64, steps: 20, filter: 0.8 },
  { nodes: 30, links: 5, quarantine: 1, steps: 10, seeds: 0 },
  { cut: "netshield", quarantine: 0.05, nodes: 300, steps: 20 },
  { cut: "acquaintance", quarantine: 0.1, nodes: 150, links: 3, steps: 20 },
  { immunity: "lasting", nodes: 200, steps: 30, tests: 0.1, delay: 0, lag: 0, inflow: 3 },
  { nodes: 64, filter: 1, infection: 1, recovery: 1, steps: 20, seeds: 100, quarantine: 0.05 },
];
