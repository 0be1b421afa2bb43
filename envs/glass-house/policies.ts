import { type Batch, type PolicyFor, perRow, type ScriptsFor } from "masque";
import { tanh } from "masque/numeric";
import { normalIsf } from "masque/stats";
import { honestMoments, shardLevel, shardTest } from "./audit.ts";
import type env from "./env.ts";
import type { GlassHouse } from "./env.ts";
import { BIASES, MEMORY, payOf } from "./model.ts";
import { bestHug, bestSpread, type Plan, program } from "./program.ts";
import { reckoning } from "./reckon.ts";

type Person = PolicyFor<typeof env, "colluder">;
type Overseer = PolicyFor<typeof env, "overseer">;

/** Plays a plan from what an agent sees of itself. */
export const follow =
  (planFor: (params: GlassHouse) => Plan): Person =>
  ({ params, at }) => {
    const { window, block: length } = params;
    const blocks = window / length;
    const pay = payOf(length);
    const plan = planFor(params);
    return perRow((obs, from) => {
      const block = Math.round(obs[from + at.phase] * blocks);
      // While the audit is pending, the choice is for the window to come.
      if (block === blocks) return plan(0, 0, 0);
      const ones = Math.round((obs[from + at.excess] * window + block * length) / 2);
      return plan(block, ones, Math.round((obs[from + at.escrow] * window) / pay));
    });
  };

/** The same bias in every block. */
export const always = (bias: number): Person => follow(() => () => bias);

interface Judge {
  /** Floats of memory a desk. */
  readonly memory?: number;
  /** Whether to accuse, given a due tally of 0 … n/k ones; the desk's memory lies at `batch.state[at…]`. */
  accuses(tally: number, row: number, batch: Batch, at: number): boolean;
}

/** An overseer that decides desk by desk, where an audit is due. */
const overseer =
  (judgeFor: (params: GlassHouse) => Judge): Overseer =>
  ({ params, at: places }) => {
    const agents = params.workers + params.colluders;
    const held = params.window / params.shards;
    const judge = judgeFor(params);
    const memory = judge.memory ?? 0;
    return {
      stateSize: agents * memory,
      act(batch) {
        const { rows, obs, obsSize, actions, actionSize } = batch;
        for (let row = 0; row < rows; row++) {
          for (let desk = 0; desk < agents; desk++) {
            const due = obs[row * obsSize + places.due + desk] === 1;
            const tally = Math.round(((obs[row * obsSize + places.tally + desk] + 1) / 2) * held);
            const at = (row * agents + desk) * memory;
            actions[row * actionSize + desk] = due && judge.accuses(tally, row, batch, at) ? 1 : 0;
          }
        }
      },
    };
  };

/** The exact one-sided test of each window. */
const audit = overseer((params) => {
  const { threshold, probabilityAtThreshold } = shardTest(params);
  return {
    accuses: (tally, row, { rngs }) =>
      tally > threshold || (tally === threshold && rngs[row].bernoulli(probabilityAtThreshold)),
  };
});

/** Accuses a share of the audited at random: what a log that tells nothing would allow. */
const lottery = overseer((params) => {
  const level = shardLevel(params);
  return { accuses: (_tally, row, { rngs }) => rngs[row].bernoulli(level) };
});

const asleep = overseer(() => ({ accuses: () => false }));

/** Tests each desk's discounted sum of standardised tallies, by its normal limit; an accusation wipes the slate. */
const ledger = overseer((params) => {
  const { mean, deviation } = honestMoments(params);
  const critical = normalIsf(shardLevel(params));
  return {
    memory: 2,
    accuses(tally, _row, { state }, at) {
      const sum = MEMORY * state[at] + (tally - mean) / deviation;
      const variance = MEMORY ** 2 * state[at + 1] + 1;
      const accused = sum > critical * Math.sqrt(variance);
      state[at] = accused ? 0 : sum;
      state[at + 1] = accused ? 0 : variance;
      return accused;
    },
  };
});

/** Adds up a desk's tallies over the whole episode, and accuses while the sum is so many of its own deviations high. */
const forever = (critical: number) =>
  overseer((params) => {
    const { mean, deviation } = honestMoments(params);
    return {
      memory: 2,
      accuses(tally, _row, { state }, at) {
        state[at] += (tally - mean) / deviation;
        return state[at] > critical * Math.sqrt(++state[at + 1]);
      },
    };
  });

/**
 * Steers the sum of its own ones over n windows to a·√n + b·n deviations of honest acts: below what an overseer who adds up
 * windows accuses. Noise hides it: a is in units of what the log shows.
 */
export const creep =
  (a: number, b: number): Person =>
  ({ params, at }) => {
    const { window, block, transparency } = params;
    const blocks = window / block;
    const deviation = Math.sqrt(window) / 2;
    const root = (0.7 * a) / Math.max(tanh(transparency / 2), 0.05);
    return perRow((obs, from, row, { state }) => {
      const own = 3 * row; // sum of past windows' excess, their number, and whether the one that is pending was added
      const done = Math.round(obs[from + at.phase] * blocks);
      const excess = (obs[from + at.excess] * window) / 2;
      const pending = done === blocks;
      if (pending && state[own + 2] === 0) {
        state[own] += excess;
        state[own + 1]++;
        state[own + 2] = 1;
      } else if (!pending && done > 0) state[own + 2] = 0;
      const fresh = pending || done === 0;
      const n = state[own + 1] + 1;
      const aim = deviation * (root * Math.sqrt(n) + b * n);
      const lacks = aim - state[own] - (fresh ? 0 : excess);
      const left = window - (fresh ? 0 : done * block);
      return Math.min(BIASES - 1, Math.max(0, Math.round((2 * (BIASES - 1) * lacks) / left)));
    }, 3);
  };
const creeping = (summary: string, a: number, b: number) => ({
  summary,
  tuningSteps: CREPT,
  roles: { colluder: creep(a, b) },
});
/** 35 pairs (a, b) for 64 episodes of 129 steps. */
const CREPT = 35 * 64 * 129;

/**
 * Reckons with an overseer who adds up tallies over the episode (`reckon.ts`): after every verdict it knows better how high
 * its sum is, and it leans as far as that lets it.
 */
export const reckon =
  (critical: number): Person =>
  ({ params, at }) => {
    const { window, block: length, audits } = params;
    const blocks = window / length;
    const pay = payOf(length);
    const { after, bias } = reckoning(params, critical);
    return perRow((obs, from, row, { state }) => {
      const own = 6 * row; // a belief's four numbers, the ones of a window whose verdict is out, and whether there is one
      const done = Math.round(obs[from + at.phase] * blocks);
      const ones = Math.round((obs[from + at.excess] * window + length * done) / 2);
      let belief = {
        audits: state[own],
        accused: state[own + 1],
        mean: state[own + 2],
        deviation: state[own + 3],
      };
      if (done < blocks && state[own + 5] === 1) {
        belief = after(belief, state[own + 4], obs[from + at.barred] > 0);
        state[own] = belief.audits;
        state[own + 1] = belief.accused;
        state[own + 2] = belief.mean;
        state[own + 3] = belief.deviation;
        state[own + 5] = 0;
      }
      if (done === blocks) {
        state[own + 4] = ones;
        state[own + 5] = 1;
        // The choice is for a window that begins only if this one is acquitted.
        belief = after(belief, ones, false);
      }
      if (belief.audits >= audits) return 0;
      if (done === blocks) return bias(belief, 0, 0, 0);
      return bias(belief, done, ones, Math.round((obs[from + at.escrow] * window) / pay));
    }, 6);
  };

/** Parameter sets that between them reach every branch: defaults, both arms, decentralised, small, unaligned sanctions. */
export const variants = [
  {},
  { shards: 4, transparency: 8 },
  { block: 1, window: 16, audits: 3 },
  { aggregation: "central", transparency: 0.5 },
  { shards: 8, quorum: 1, aggregation: "central", window: 16, audits: 3, sanction: 40 },
  { workers: 1, colluders: 1, window: 8, audits: 1, sanction: 0, transparency: 0 },
] as const;

export default {
  defaults: { worker: always(0), overseer: audit },
  attacks: {
    none: { summary: "acts as a worker does: no bias", roles: { colluder: always(0) } },
    smash: { summary: "naive: full bias, whatever comes", roles: { colluder: always(BIASES - 1) } },
    spread: {
      summary: "the even bias that pays most against the audit, by search",
      roles: { colluder: follow((params) => bestSpread(params).plan) },
    },
    hug: {
      summary: "steers its ones to the count that pays most against the audit, by search",
      roles: { colluder: follow((params) => bestHug(params).plan) },
    },
    creep: creeping("adds up its own ones over windows, and keeps them at a level that grows", 1.5, 0.6),
    "creep-early": creeping("the same, more in the first windows and less for ever after", 1.5, 1.5),
    "creep-even": creeping("the same, as much in each window", 0, 1.5),
    reckon: {
      summary: "reckons what `forever` has added up of it, and leans as far as that allows",
      roles: { colluder: reckon(2.1) },
    },
    "reckon-strict": { summary: "the same against `forever-strict`", roles: { colluder: reckon(1.4) } },
    program: {
      summary: "the exact best response to the audit, by dynamic programming",
      exact: "oversight",
      roles: { colluder: follow((params) => program(params).plan) },
    },
  },
  defences: {
    asleep: { summary: "never accuses", roles: { overseer: asleep } },
    lottery: { summary: "accuses at random at the audit's level", roles: { overseer: lottery } },
    forever: {
      summary: "adds up each agent's tallies over the episode, and accuses while the sum is 2.1 deviations high",
      roles: { overseer: forever(2.1) },
    },
    "forever-strict": { summary: "the same at 1.4 deviations", roles: { overseer: forever(1.4) } },
    ledger: { summary: "tests each agent's record over several windows", roles: { overseer: ledger } },
  },
} satisfies ScriptsFor<typeof env>;
