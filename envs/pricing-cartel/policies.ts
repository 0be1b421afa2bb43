import { type PolicyFor, perRow, Rng, type ScriptsFor } from "masque";
import type env from "./env.ts";
import type { PricingCartel } from "./env.ts";
import { market } from "./market.ts";
import { cartelPrice, finedGame, honestPrice, pricingGame, RAID, REST, WATCH } from "./model.ts";
import { HASTY, learn, type Session } from "./sessions.ts";

type Seller = PolicyFor<typeof env, "seller">;
type Regulator = PolicyFor<typeof env, "regulator">;

/** Always the same price, found from the parameters. */
const asks =
  (priceFor: (params: PricingCartel) => number): Seller =>
  ({ params }) => {
    const price = priceFor(params);
    return { act: ({ actions }) => void actions.fill(price) };
  };

const honest = asks((params) => honestPrice(finedGame(params)));

/** The grid price nearest to joint monopoly. */
function monopolyPrice({ sellers, prices }: PricingCartel): number {
  const { grid, monopolyPrice: price } = market(sellers, prices);
  let nearest = 0;
  for (let k = 1; k < prices; k++) if (Math.abs(grid[k] - price) < Math.abs(grid[nearest] - price)) nearest = k;
  return nearest;
}

const FRESH = 0;
const LOYAL = 1;
const GRIM = 2;

/** Keeps to a common price until anybody asks less, then asks the honest price for ever (Friedman 1971). */
const grimTrigger =
  (aim: "harm" | "net"): Seller =>
  ({ params, at }) => {
    const { sellers, prices } = params;
    const price = cartelPrice(params, aim);
    const punishment = honestPrice(finedGame(params));
    const least = (price - 0.5) / (prices - 1);
    return perRow((obs, from, row, { state }) => {
      if (state[row] === FRESH) state[row] = LOYAL;
      else for (let k = 0; k < sellers; k++) if (obs[from + at.prices + k] < least) state[row] = GRIM;
      return state[row] === GRIM ? punishment : price;
    }, 1);
  };

/** Sessions of learners a parameter set. */
const LIBRARY = 4;
const libraries = new Map<string, readonly Session[]>();

function library(params: PricingCartel): readonly Session[] {
  const { sellers, prices, patience, auditRate, strictness, fine, noise, oversight } = params;
  const fines = auditRate * fine === 0 ? [] : [auditRate, strictness, fine, noise, oversight === "pooled"];
  const name = JSON.stringify([sellers, prices, patience, fines]);
  let found = libraries.get(name);
  if (!found) {
    const game = pricingGame(params);
    const settings = { ...HASTY, patience };
    found = Array.from({ length: LIBRARY }, (_, i) => learn(game, settings, new Rng(1, "library", i)));
    libraries.set(name, found);
  }
  return found;
}

/**
 * Limit strategies of sellers that learned by independent tabular Q-learning, in this very game, before the session.
 * Who met whom is read off the first prices, which everyone sees: sellers of a market come from one training.
 */
const learners: Seller = ({ params, at }) => {
  const { sellers, prices } = params;
  const sessions = library(params);
  return perRow((obs, from, row, { state, count }) => {
    const seat = row % count;
    let joint = 0;
    let sum = 0;
    for (let j = sellers - 1; j >= 0; j--) {
      const price = Math.round(obs[from + at.prices + ((j - seat + sellers) % sellers)] * (prices - 1));
      joint = joint * prices + price;
      sum = sum * 7 + price;
    }
    if (state[row] === FRESH) state[row] = 1 + (sum % sessions.length);
    return sessions[state[row] - 1].strategies[seat][joint];
  }, 1);
};

const regime =
  (level: number): Regulator =>
  () => ({ act: ({ actions }) => void actions.fill(level) });

/** Raids while the running share of readings above the limit is high, watches otherwise. */
const escalate: Regulator = ({ params: { oversight, sellers }, at }) => {
  const places = oversight === "central" ? sellers : 1;
  return perRow((obs, from) => {
    for (let k = 0; k < places; k++) if (obs[from + at.alarm + k] > ALARM) return RAID;
    return WATCH;
  });
};
/** Of an honest seller's readings a share of about Φ(−z) is above the limit: .16 at z = 1. */
const ALARM = 0.45;

/** Parameter sets that between them reach every branch: defaults, decentralised, pooled, more sellers, small, no fines. */
export const variants = [
  {},
  { oversight: "regional" },
  { oversight: "pooled", auditRate: 0.5 },
  { sellers: 3, prices: 9, oversight: "regional", auditRate: 1, strictness: 0 },
  { sellers: 4, prices: 5, periods: 10, noise: 0.02 },
  { prices: 5, periods: 1, auditRate: 0, strictness: 8 },
] as const;

export default {
  defaults: { seller: honest, regulator: regime(WATCH) },
  attacks: {
    none: { summary: "asks the lowest Nash price of the one-shot game with its fines", roles: { seller: honest } },
    monopoly: { summary: "naive: the joint-monopoly price, whatever comes", roles: { seller: asks(monopolyPrice) } },
    grim: {
      summary: "grim trigger at the most harmful price that patience sustains under the fines",
      roles: { seller: grimTrigger("harm") },
    },
    shade: {
      summary: "grim trigger at the sustainable price that pays most after fines",
      roles: { seller: grimTrigger("net") },
    },
    learners: {
      summary: "limit strategies of independent tabular Q-learners, trained in the same game",
      roles: { seller: learners },
    },
  },
  defences: {
    asleep: { summary: "never audits", roles: { regulator: regime(REST) } },
    raid: { summary: "audits at twice the rate, always", roles: { regulator: regime(RAID) } },
    escalate: { summary: "watches, and raids while readings have been high", roles: { regulator: escalate } },
  },
} satisfies ScriptsFor<typeof env>;
