import { constant, type PolicyFor, perRow, random, type ScriptsFor } from "masque";
import type env from "./env.ts";
import { CHEAT, COOPERATE, LEAVE, probationTrades, STAND, WALLET } from "./model.ts";
import { program } from "./program.ts";

type Cheat = PolicyFor<typeof env, "cheat">;
type Registrar = PolicyFor<typeof env, "registrar">;

/** When cheats burn their names. */
export interface Burn {
  /** Share of the probation that a name has served before it cheats, */
  readonly from: number;
  /** and what its wallet must hold besides the fee; anything when omitted. */
  readonly spare?: number;
  /** How often a name is refused before it is left for a new one; for ever when omitted. */
  readonly refusals?: number;
  /** How many of the first cheats stand as vouchers for the others. */
  readonly standing?: number;
  /** Whether names that begin below `from` are left until somebody vouches for one. */
  readonly shops?: boolean;
}

/** Shares of a probation are compared with room for float32. */
const ROUNDING = 1e-6;

/** Cooperates until its name is worth burning, and cheats until it is expelled. */
export const burn =
  ({ from: share, spare = Number.NEGATIVE_INFINITY, refusals = Number.POSITIVE_INFINITY, ...more }: Burn): Cheat =>
  ({ params: { fee }, at }) => {
    const { standing = 0, shops = false } = more;
    const solvent = fee > 0 ? Math.min(1, (fee + spare) / (WALLET * fee)) - ROUNDING : Number.NEGATIVE_INFINITY;
    return perRow((obs, from, row, { count, state }) => {
      if (row % count < standing) return STAND;
      state[row] += obs[from + at.refused];
      const worth = obs[from + at.standing] >= share - ROUNDING;
      if (state[row] >= refusals || (shops && !worth)) {
        state[row] = 0;
        return LEAVE;
      }
      return worth && obs[from + at.wallet] >= solvent ? CHEAT : COOPERATE;
    }, 1);
  };

const guild = (standing: number): Cheat => burn({ from: 0.25, shops: true, standing });

/** The exact best response to a registry; where gossip refuses a name, it takes a new one. */
const best: Cheat = ({ params, at }) => {
  const { plan } = program(params);
  const { steps, fee } = params;
  const probation = probationTrades(params.probation);
  const scale = Number.isFinite(probation) ? Math.ceil(probation) : 0;
  return perRow((obs, from) => {
    if (obs[from + at.refused] === 1) return LEAVE;
    const standing = obs[from + at.standing];
    const trades = standing === 1 ? scale : standing * (scale > 0 ? probation : 0);
    return plan(Math.round(obs[from + at.time] * steps), trades, obs[from + at.wallet] * WALLET * fee)
      ? CHEAT
      : COOPERATE;
  });
};

/** Freezes admissions while the running share of owners expelled is `times` what mistakes make it; `grim`: ever after. */
const panic =
  (times: number, grim = false): Registrar =>
  ({ params: { strictness }, at }) =>
    perRow((obs, from, row, { state }) => {
      if (grim && state[row] > times * strictness) return 1;
      state[row] = 0.95 * state[row] + 0.05 * obs[from + at.expelled];
      return state[row] > times * strictness ? 1 : 0;
    }, 1);

/** Opens the door in one step of `period`. */
const batch =
  (period: number): Registrar =>
  () =>
    perRow((_obs, _from, row, { state }) => (state[row]++ % period === 0 ? 0 : 1), 1);

const cheats = (summary: string, cheat: Cheat) => ({ summary, roles: { cheat } });
const door = (summary: string, registrar: Registrar) => ({ summary, roles: { registrar } });

export default {
  defaults: { trader: constant(COOPERATE), registrar: constant(0) },
  attacks: {
    none: cheats("cooperates, as a trader does", constant(COOPERATE)),
    smash: cheats("naive: cheats in every trade", constant(CHEAT)),
    burn25: cheats("serves a quarter of the probation, then cheats until expelled", burn({ from: 0.25 })),
    burn50: cheats("serves half of it first", burn({ from: 0.5 })),
    burn75: cheats("serves three quarters first", burn({ from: 0.75 })),
    burn100: cheats("serves all of it first", burn({ from: 1 })),
    solvent2: cheats("burn50, while its wallet holds a new name and two trades", burn({ from: 0.5, spare: 2 })),
    solvent4: cheats("burn50, while its wallet holds a new name and four trades", burn({ from: 0.5, spare: 4 })),
    dodge50: cheats("burn50, and leaves for a new name once somebody refuses it", burn({ from: 0.5, refusals: 1 })),
    linger2: cheats("burn50, and leaves once refused twice", burn({ from: 0.5, refusals: 2 })),
    linger3: cheats("burn25, and leaves once refused three times", burn({ from: 0.25, refusals: 3 })),
    linger6: cheats("burn25, and leaves once refused six times", burn({ from: 0.25, refusals: 6 })),
    ring: cheats("two stand as vouchers, the others burn100 again and again", burn({ from: 1, standing: 2 })),
    shop: cheats("leaves a name that nobody vouches for, and burns any other", burn({ from: 0.02, shops: true })),
    guild1: cheats("one stands as voucher, the others leave until vouched for, then burn", guild(1)),
    guild2: cheats("two stand as vouchers, the others leave until vouched for, then burn", guild(2)),
    program: {
      ...cheats("the exact best response to a registry, by dynamic programming", best),
      exact: "security",
    },
  },
  defences: {
    closed: door("freezes admissions, always", constant(1)),
    panic: door("freezes admissions while four times as many are expelled as mistakes explain", panic(4)),
    grim: door("freezes admissions for good once it has happened", panic(4, true)),
    batch: door("admits in one step of four", batch(4)),
    random: door("tosses a coin for every step", random),
  },
} satisfies ScriptsFor<typeof env>;

/** Parameter sets that between them reach every branch: short, gossip, fees, vouchers, both ends, few owners. */
export const variants = [
  { steps: 40 },
  { mode: "gossip", share: 0.5, strictness: 0.1, probation: 0.2 },
  { fee: 4, probation: 0.3, strictness: 0.01 },
  { dues: 0.5, probation: 0.3, strictness: 0.03, fool: 0.5 },
  { dues: 0, mode: "gossip", probation: 0.2, strictness: 0.1, steps: 30, traders: 60, cheats: 10 },
  { probation: 0, strictness: 1, fee: 1, steps: 20, traders: 2, cheats: 2 },
  { probation: 1, strictness: 0, turnover: 0, steps: 20, traders: 3, cheats: 1 },
] as const;
