import { constant, type PolicyFor, perRow, type ScriptsFor } from "masque";
import type env from "./env.ts";
import { LENIENCY, type Params } from "./env.ts";
import { MAX_ASK, PENALTY, SMOOTHING } from "./model.ts";

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
  /** Steps of an episode before the first visit: scores stay clean, and it sets the phase that a gateway's clock meets. */
  readonly start?: number;
}

/** The largest ask that keeps the score at or below `limit`, 0 … MAX_ASK; the margin covers float32 observations. */
const hug = (limit: number, score: number): number =>
  Math.max(0, Math.min(MAX_ASK, Math.floor((limit - (1 - SMOOTHING) * score) / SMOOTHING - 1e-4)));

/**
 * Bots that ask, at each visit, as much as their score allows. A new identity is scored while it waits, for nothing: one
 * whose score is gone waits as well, and then has all of it to spend.
 */
export const swarm =
  (shape: (p: Params) => Swarm): Bot =>
  ({ params: p, at }) => {
    const { period, stagger, rotate, reach = 1, start = 0 } = shape(p);
    return perRow((obs, from, row, { count, state }) => {
      const own = 2 * row; // steps taken; then what is left of the wait, or −1 once its identity has asked
      const j = row % count;
      const t = state[own]++ - start;
      let known = false;
      for (let k = 0; k < p.gateways; k++) known ||= obs[from + at.score + k] > 0;
      if (state[own + 1] < 0 && !known) state[own + 1] = p.wait;
      if (state[own + 1] > 0) {
        state[own + 1]--;
        return 0;
      }
      const slot = (t + j * stagger) % period;
      if (t < 0 || slot >= (rotate ? p.gateways : 1)) return 0;
      const k = rotate ? slot : j % p.gateways;
      const ask = hug(reach * p.tolerance, obs[from + at.score + k] * p.tolerance);
      if (ask === 0) return 0;
      state[own + 1] = -1;
      return ask + MAX_ASK * k;
    }, 2);
  };

/**
 * Bots that find out what tolerance is in force, for gateways that change it: all believe in the laxest until one of them is
 * blocked, and then in the strictest that would not have blocked it; of those at a gateway one at a time tries the next laxer
 * one when nobody was blocked for `patience` steps, and if it comes through all follow. They ask every `period` steps.
 */
export const probe =
  (period: number, patience: number): Bot =>
  ({ params: p, at }) => ({
    stateSize: 3, // of a gateway's first bot: steps, the place of what it believes in, and steps without a block
    act({ rows, count, obs, obsSize, state, actions }) {
      const last = LENIENCY.length - 1;
      for (let first = 0; first < rows; first += count) {
        for (let k = 0; k < Math.min(p.gateways, count); k++) {
          const own = 3 * (first + k);
          const t = state[own]++;
          if (t === 0) state[own + 1] = last;
          let [blocked, free] = [Number.POSITIVE_INFINITY, 0];
          for (let j = k; j < count; j += p.gateways) {
            const from = (first + j) * obsSize + k;
            if (obs[from + at.countdown] > NEWLY) blocked = Math.min(blocked, obs[from + at.score]);
            else if (obs[from + at.countdown] === 0) free = Math.max(free, obs[from + at.score]);
          }
          let level = state[own + 1];
          if (blocked <= LENIENCY[level] + SLACK) {
            while (level > 0 && LENIENCY[level] >= blocked - SLACK) level--;
            state[own + 2] = 0;
          } else if (free > LENIENCY[level] + SLACK && level < last) level++;
          state[own + 1] = level;
          const scout = state[own + 2]++ >= patience && level < last ? t : -1;
          if (scout >= 0) state[own + 2] = 0;
          for (let j = k; j < count; j += p.gateways) {
            const from = (first + j) * obsSize + k;
            const chosen = scout >= 0 && Math.floor(j / p.gateways) === scout % Math.ceil(count / p.gateways);
            const reach = LENIENCY[chosen ? level + 1 : level];
            const ask = chosen || t % period === 0 ? hug(reach * p.tolerance, obs[from + at.score] * p.tolerance) : 0;
            actions[first + j] = ask === 0 ? 0 : ask + MAX_ASK * k;
          }
        }
      }
    },
  });
/** A share of the countdown that only the step of a block shows, and what float32 may be off. */
const NEWLY = (PENALTY - 1.5) / PENALTY;
const SLACK = 1e-3;

const flood: Bot = ({ params: { gateways } }) =>
  perRow((_obs, _from, row, { count }) => MAX_ASK * (1 + ((row % count) % gateways)));

const TIGHT = LENIENCY.indexOf(0.5);
const AS_IS = LENIENCY.indexOf(1);

/** Halves the tolerance for the step after one in which requests exceeded capacity by half (congestion above ½ is overload). */
const surge: Gateway = ({ at }) => perRow((obs, from) => (obs[from + at.congestion] > 0.6 ? TIGHT : AS_IS));
/** Halves the tolerance for sixteen steps after overload. */
const latch: Gateway = ({ at }) =>
  perRow((obs, from, row, { state }) => {
    if (obs[from + at.congestion] > 0.55) state[row] = PENALTY;
    else if (state[row] > 0) state[row]--;
    return state[row] > 0 ? TIGHT : AS_IS;
  }, 1);
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
/** An odd step about where the warm-up ends: what is asked before does no harm that counts, and scores remember it. */
const late = ({ warmUp }: Params): number => (warmUp - 1) | 1;

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
      "every fourth step once the warm-up ends, up to little over half the tolerance, in case that it is halved",
      swarm((p) => ({ period: 4, reach: 0.555, start: late(p), ...stay })),
      searched,
    ),
    "wary-hug-pulse": bots(
      "the same every other step",
      swarm((p) => ({ period: 2, reach: 0.555, start: late(p), ...stay })),
      searched,
    ),
    "half-pulse": bots(
      "every other step once the warm-up ends, up to half the tolerance, for gateways that halve it and keep it so",
      swarm((p) => ({ period: 2, reach: 0.5, start: late(p), ...stay })),
      searched,
    ),
    "half-slow-pulse": bots(
      "the same every fourth step",
      swarm((p) => ({ period: 4, reach: 0.5, start: late(p), ...stay })),
      searched,
    ),
    "odd-pulse": bots(
      "every odd step once the warm-up ends, for gateways whose clock makes them strict in even ones",
      swarm((p) => ({ period: 2, reach: 0.83, start: late(p), ...stay })),
      searched,
    ),
    probe: bots(
      "every fourth step, up to the tolerance that blocks have shown to be in force",
      probe(4, 160),
      searched,
    ),
    scouts: bots(
      "every other step, and one of them at a time tries whether the tolerance was raised",
      probe(2, 12),
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
    latch: { summary: "halves the tolerance for sixteen steps after overload", roles: { gateway: latch } },
    crackdown: { summary: "halves the tolerance in one step of ten, at random", roles: { gateway: crackdown } },
  },
} satisfies ScriptsFor<typeof env>;
