import { type Batch, type PolicyFor, perRow, type ScriptsFor } from "masque";
import { normalIsf } from "masque/stats";
import { honestLaw, shardLevel, shardTest } from "./audit.ts";
import type env from "./env.ts";
import type { GlassHouse } from "./env.ts";
import { BIASES, MEMORY, payOf } from "./model.ts";
import { bestHug, bestSpread, type Plan, program } from "./program.ts";

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
  const law = honestLaw(params);
  const mean = law.reduce((sum, mass, y) => sum + mass * y, 0);
  const deviation = Math.sqrt(law.reduce((sum, mass, y) => sum + mass * (y - mean) ** 2, 0));
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
    program: {
      summary: "the exact best response to the audit, by dynamic programming",
      exact: "oversight",
      roles: { colluder: follow((params) => program(params).plan) },
    },
  },
  defences: {
    asleep: { summary: "never accuses", roles: { overseer: asleep } },
    lottery: { summary: "accuses at random at the audit's level", roles: { overseer: lottery } },
    ledger: { summary: "tests each agent's record over several windows", roles: { overseer: ledger } },
  },
} satisfies ScriptsFor<typeof env>;
