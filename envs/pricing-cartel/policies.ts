import { type PolicyFor, perRow, Rng, type ScriptsFor } from "masque";
import { bestPlan, type Plan } from "./dodge.ts";
import type env from "./env.ts";
import type { PricingCartel } from "./env.ts";
import { efficient } from "./mixture.ts";
import {
  ALARM,
  auditChance,
  cartelPrice,
  finedGame,
  honestPrice,
  monopolyPrice,
  pricingGame,
  RAID,
  REGIMES,
  REST,
  SHORTFALL_PRICE,
  WATCH,
} from "./model.ts";
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

const plans = new Map<string, Plan>();

function planFor(params: PricingCartel): Plan {
  const name = JSON.stringify(params);
  const found = plans.get(name) ?? bestPlan(params);
  plans.set(name, found);
  return found;
}

/** One common price while watched, a lower one while raided, and the monopoly's once raids come too late. */
const dodge: Seller = ({ params, at }) => {
  const { watched, raided, parting } = planFor(params);
  const price = monopolyPrice(params);
  return perRow((obs, from, row, { state }) => {
    if (state[row]++ + parting >= params.periods) return price;
    return obs[from + at.regime] === 1 ? raided : watched;
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
  const sessions = library(params);
  return perRow((obs, from, row, { state, count }) => {
    const seat = row % count;
    const joint = jointPrice(obs, from + at.prices, seat, params);
    if (state[row] === FRESH) state[row] = 1 + (joint % sessions.length);
    return sessions[state[row] - 1].strategies[seat][joint];
  }, 1);
};

/** The joint price last asked, Σ_j a_j m^j over seats j, as the seller of a seat sees it. */
function jointPrice(obs: Float32Array, from: number, seat: number, { sellers, prices }: PricingCartel): number {
  let joint = 0;
  for (let j = sellers - 1; j >= 0; j--) {
    joint = joint * prices + Math.round(obs[from + ((j - seat + sellers) % sellers)] * (prices - 1));
  }
  return joint;
}

/** How far a debt of one period's gain of monopoly over Nash moves the price λ of what is kept. */
const CAUTION = 0.1;
/** Memory of `mix` a row: account, periods, regime last in force, and how often each regime followed each. */
const [ACCOUNT, TIME, LAST, FOLLOWED] = [0, 1, 2, 3];
const MIX_MEMORY = FOLLOWED + REGIMES * REGIMES;

/**
 * The worst cartel: as harmful as may be among those that keep what honest sellers keep. All see the same prices and
 * regimes, and so keep one account of what they earned beyond honest sellers. In each period they ask the joint price that is
 * worth most while what is kept has a price λ: it starts where the linear programme has it under `watch`, rises in debt and
 * falls in surplus. Which regime follows which is counted as it is seen, beginning from none ever changing: what a
 * regulator leaves free while it rests is taken, and spent when it watches. Seats rotate, so that nobody carries the others.
 */
const mix: Seller = ({ params, at }) => {
  const { sellers, auditRate } = params;
  const { asks, until, lambda, surplus } = efficient(params);
  const chances = Array.from({ length: REGIMES }, (_, regime) => auditChance(auditRate, regime));
  return perRow((obs, from, row, { state, count }) => {
    const own = row * MIX_MEMORY;
    const seat = row % count;
    let regime = WATCH;
    if (state[own + TIME] > 0) {
      regime = Math.round(obs[from + at.regime] * (REGIMES - 1));
      state[own + ACCOUNT] += surplus(jointPrice(obs, from + at.prices, seat, params), chances[regime]);
      if (state[own + TIME] > 1) state[own + FOLLOWED + state[own + LAST] * REGIMES + regime]++;
    }
    state[own + LAST] = regime;
    const followed = own + FOLLOWED + regime * REGIMES;
    let seen = 1;
    let chance = chances[regime];
    for (let r = 0; r < REGIMES; r++) {
      seen += state[followed + r];
      chance += state[followed + r] * chances[r];
    }
    const price = Math.min(SHORTFALL_PRICE, Math.max(0, lambda - CAUTION * state[own + ACCOUNT]));
    const mu = (price * chance) / (seen * (1 + price));
    let vertex = 0;
    while (mu > until[vertex]) vertex++;
    return asks[vertex][(seat + state[own + TIME]++) % sellers];
  }, MIX_MEMORY);
};

/** Honest while anybody watches; the monopoly's price after a period of rest. */
const sleeper: Seller = ({ params, at }) => {
  const honest = honestPrice(finedGame(params));
  const price = monopolyPrice(params);
  return perRow((obs, from, row, { state }) => {
    const rests = state[row] !== FRESH && obs[from + at.regime] === REST;
    state[row] = LOYAL;
    return rests ? price : honest;
  }, 1);
};

/** Keeps a little above honest sellers until so much of the session is over, then asks the monopoly's price until it sees a raid. */
export const finale =
  (after: number, steps: { readonly before: number; readonly raided: number }): Seller =>
  ({ params, at }) => {
    const { periods, prices } = params;
    const honest = honestPrice(finedGame(params));
    const [before, raided] = [steps.before, steps.raided].map((more) => Math.min(prices - 1, honest + more));
    const price = monopolyPrice(params);
    return perRow((obs, from, row, { state }) => {
      const own = 2 * row; // periods, and whether there was a raid
      const t = state[own]++;
      if (t > 0 && Math.round(obs[from + at.regime] * (REGIMES - 1)) === RAID) state[own + 1] = 1;
      return state[own + 1] === 1 ? raided : t >= after * periods ? price : before;
    }, 2);
  };

/**
 * As `finale`, by sellers who count their own fines, since a regulator who adds readings up has added those: each asks
 * `less` steps less after every fine, and begins the end early, as it has little to lose any more, once it has `fines` of
 * them. Who sees a rival begin follows.
 */
export const hush =
  (after: number, dials: Readonly<Record<"before" | "less" | "fines" | "raided", number>>): Seller =>
  ({ params, at }) => {
    const { periods, prices, sellers } = params;
    const honest = honestPrice(finedGame(params));
    const price = monopolyPrice(params);
    const raided = Math.min(price, honest + dials.raided);
    const begun = (price - 0.5) / (prices - 1);
    return perRow((obs, from, row, { state }) => {
      const own = 3 * row; // periods, fines, and whether the end has begun (1), or a raid was seen (2)
      const t = state[own]++;
      if (t > 0) {
        if (obs[from + at.fined] === 1) state[own + 1]++;
        for (let k = 1; k < sellers; k++) if (obs[from + at.prices + k] > begun) state[own + 2] ||= 1;
        if (Math.round(obs[from + at.regime] * (REGIMES - 1)) === RAID) state[own + 2] = 2;
      }
      if (state[own + 2] === 2) return raided;
      if (t >= after * periods || state[own + 1] >= dials.fines) state[own + 2] = 1;
      if (state[own + 2] === 1) return price;
      return Math.min(prices - 1, Math.max(0, honest + dials.before - dials.less * state[own + 1]));
    }, 3);
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

/**
 * Rests, but for one period in ten in which it watches; adds up by how much readings exceed the honest price and one
 * step of the grid (CUSUM, a seller each), and once a sum passes the limit raids in every other period for ever.
 */
const patrol: Regulator = ({ params, at }) => {
  const { oversight, sellers, prices } = params;
  const places = oversight === "central" ? sellers : 1;
  const expected = honestPrice(finedGame(params)) + PATROL.slack;
  return perRow((obs, from, row, { state, rngs }) => {
    const own = row * places;
    for (let i = 0; i < places; i++) {
      if (state[own] === ROUSED || obs[from + at.read + i] !== 1) continue;
      const above = obs[from + at.reading + i] * (prices - 1) - expected;
      state[own + i] = Math.max(0, state[own + i] + above);
      if (state[own + i] > PATROL.limit) state[own] = ROUSED;
    }
    if (state[own] === ROUSED) return rngs[row].bernoulli(PATROL.raids) ? RAID : REST;
    return rngs[row].bernoulli(PATROL.watches) ? WATCH : REST;
  }, places);
};
const PATROL = { watches: 0.1, raids: 0.5, slack: 1, limit: 8 };
const ROUSED = -1;

/** 240 plans for 16 sessions of 100 periods. */
const SEARCHED = 240 * 16 * 100;
/** 700 plans by CMA-ES for 200 sessions, and a grid of 90 for 2048. */
const HUSHED = (700 * 200 + 90 * 2048) * 100;

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
    nearly: {
      summary: "one step of the grid below it: nearly as harmful, and where fines bite it still pays",
      roles: { seller: asks((params) => Math.max(0, monopolyPrice(params) - 1)) },
    },
    grim: {
      summary: "grim trigger at the most harmful price that patience sustains under the fines",
      roles: { seller: grimTrigger("harm") },
    },
    shade: {
      summary: "grim trigger at the sustainable price that pays most after fines",
      roles: { seller: grimTrigger("net") },
    },
    mix: {
      summary: "the worst that still pays, by linear programme: a mixture of joint prices, and of regimes it is shown",
      exact: "competition",
      roles: { seller: mix },
    },
    sleeper: { summary: "honest while watched, monopoly while the regulator rests", roles: { seller: sleeper } },
    dodge: {
      summary:
        "one price while watched, another while raided, monopoly at the end: the worst such plan against `escalate`, by simulation",
      roles: { seller: dodge },
    },
    finale: {
      summary:
        "three steps above honest sellers for seven tenths of the session, then monopoly until a raid: against `patrol`",
      roles: { seller: finale(0.7, { before: 3, raided: 2 }) },
      tuningSteps: SEARCHED,
    },
    encore: {
      summary: "the same with one step for half of it, and three after a raid",
      roles: { seller: finale(0.5, { before: 1, raided: 3 }) },
      tuningSteps: SEARCHED,
    },
    hush: {
      summary:
        "as `finale`, a step lower after a fine; monopoly for good from two fines, a rival's beginning, or .65 of the session on",
      roles: { seller: hush(0.65, { before: 3, less: 1, fines: 2, raided: 14 }) },
      tuningSteps: HUSHED,
    },
    learners: {
      summary: "limit strategies of independent tabular Q-learners, trained in the same game",
      roles: { seller: learners },
    },
  },
  defences: {
    asleep: { summary: "never audits", roles: { regulator: regime(REST) } },
    raid: { summary: "audits at twice the rate, always", roles: { regulator: regime(RAID) } },
    patrol: {
      summary: "watches one period in ten, and once readings add up raids every other period for ever",
      roles: { regulator: patrol },
    },
    escalate: { summary: "watches, and raids while readings have been high", roles: { regulator: escalate } },
  },
} satisfies ScriptsFor<typeof env>;
