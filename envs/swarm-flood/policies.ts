import { constant, type PolicyFor, perRow, type ScriptsFor } from "masque";
import type env from "./env.ts";
import { LENIENCY, type Params } from "./env.ts";
import { MAX_ASK, SMOOTHING } from "./model.ts";

type Bot = PolicyFor<typeof env, "bot">;
type Gateway = PolicyFor<typeof env, "gateway">;

/** How a swarm keeps below the tolerance. */
export interface Swarm {
  /** Steps between a bot's visits to one gateway. */
  readonly period: number;
  /** How many steps bot j runs ahead of bot j−1: 0 is in step, 1 spreads the swarm evenly over the period. */
  readonly stagger: 0 | 1;
  /** Whether bots go round all gateways within the period, instead of staying with gateway j mod g. */
  readonly rotate: boolean;
  /** The share of the tolerance up to which a bot lets its score rise. */
  readonly reach?: number;
}

/** The largest ask that keeps the score at or below `limit`, 0 … MAX_ASK; the margin covers float32 observations. */
const hug = (limit: number, score: number): number =>
  Math.max(0, Math.min(MAX_ASK, Math.floor((limit - (1 - SMOOTHING) * score) / SMOOTHING - 1e-4)));

/** Bots that ask, at each visit, as much as their score allows. A row's state counts steps. */
export const swarm =
  (shape: (p: Params) => Swarm): Bot =>
  ({ params: p, at }) => {
    const { period, stagger, rotate, reach = 1 } = shape(p);
    return perRow((obs, from, row, { count, state }) => {
      const j = row % count;
      const slot = (state[row]++ + j * stagger) % period;
      if (slot >= (rotate ? p.gateways : 1)) return 0;
      const k = rotate ? slot : j % p.gateways;
      const ask = hug(reach * p.tolerance, obs[from + at.score + k] * p.tolerance);
      return ask === 0 ? 0 : ask + MAX_ASK * k;
    }, 1);
  };

const flood: Bot = ({ params: { gateways } }) =>
  perRow((_obs, _from, row, { count }) => MAX_ASK * (1 + ((row % count) % gateways)));

const TIGHT = LENIENCY.indexOf(0.5);
const AS_IS = LENIENCY.indexOf(1);

/** Halves the tolerance for the step after one in which requests exceeded capacity by half (congestion above ½ is overload). */
const surge: Gateway = ({ at }) => perRow((obs, from) => (obs[from + at.congestion] > 0.6 ? TIGHT : AS_IS));
/** Halves the tolerance in one step of ten, at random, so that hugging it does not pay. */
const crackdown: Gateway = () => perRow((_obs, _from, row, { rngs }) => (rngs[row].bernoulli(0.1) ? TIGHT : AS_IS));

export const variants: readonly Partial<Params>[] = [
  {},
  { clients: 3, bots: 2, steps: 20, warmUp: 4 },
  { gateways: 4, clients: 6, bots: 5, steps: 20, warmUp: 0 },
  { gateways: 3, clients: 2, bots: 1, tolerance: 0, rate: 0, turnover: 0.5, steps: 20 },
  { demand: "steady", backOff: false, turnover: 0, tolerance: 8, rate: 0.75, burst: 0.75, bots: 30, steps: 20 },
];

const bots = (summary: string, bot: Bot, more: { tuningSteps?: number } = {}) => ({
  summary,
  ...more,
  roles: { bot },
});
/** At a lone gateway the search of the evidence plays 64 shapes for 32 episodes of 160 steps. */
const searched = { tuningSteps: 64 * 32 * 160 };
const stay = { stagger: 0, rotate: false } as const;
/** Every gateway is visited once a round; a lone gateway every other step, as by `hug-pulse`. */
const round = ({ gateways }: Params): number => Math.max(2, gateways);

// Periods and reaches were found by npm run evidence -- swarm-flood search.
export default {
  defaults: { client: constant(MAX_ASK), gateway: constant(AS_IS) },
  attacks: {
    none: { summary: "bots ask nothing", roles: { bot: constant(0) } },
    flood: bots("bots ask all they can, always", flood),
    hug: bots(
      "bots ask as much as keeps their scores at the tolerance",
      swarm(() => ({ period: 1, ...stay })),
    ),
    "hug-pulse": bots(
      "the same in pulses, every other step: clients served badly stay away in between",
      swarm(() => ({ period: 2, ...stay })),
      searched,
    ),
    "slow-pulse": bots(
      "the same every fourth step: larger pulses for low tolerances",
      swarm(() => ({ period: 4, ...stay })),
      searched,
    ),
    "wary-pulse": bots(
      "every fourth step and up to little over half the tolerance, in case that it is halved",
      swarm(() => ({ period: 4, reach: 0.55, ...stay })),
      searched,
    ),
    spread: bots(
      "bots go round the gateways, evenly spread, and hug the tolerance at each",
      swarm((p) => ({ period: round(p), stagger: 1, rotate: true })),
      searched,
    ),
    focus: bots(
      "bots go round the gateways together, and hug the tolerance at each",
      swarm((p) => ({ period: round(p), stagger: 0, rotate: true })),
      searched,
    ),
  },
  defences: {
    surge: { summary: "halves the tolerance after steps of overload", roles: { gateway: surge } },
    crackdown: { summary: "halves the tolerance in one step of ten, at random", roles: { gateway: crackdown } },
  },
} satisfies ScriptsFor<typeof env>;
