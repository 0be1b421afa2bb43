import { defineEnv, discrete, ratio } from "masque";
import { log } from "masque/numeric";
import { expected, meetings } from "./meetings.ts";
import { memory } from "./memory.ts";
import { LEAVE, probationTrades, STAND, survival } from "./model.ts";
import { names } from "./names.ts";
import { observer, sees } from "./observe.ts";
import { type Market, params } from "./params.ts";

const roles = ({ traders, cheats }: Market) =>
  ({
    trader: {
      side: "benign",
      count: traders,
      observation: sees.trader,
      action: discrete(2, { says: "what it does in its meeting", names: ["cooperate", "cheat"] }),
    },
    cheat: {
      side: "attacker",
      count: cheats,
      observation: sees.cheat,
      action: discrete(4, {
        says: "what it does in its meeting, or before it",
        names: ["cooperate", "cheat", "leave for a new name, then cooperate", "cooperate, and vouch for other cheats"],
      }),
    },
    registrar: {
      side: "defender",
      count: 1,
      observation: sees.registrar,
      action: discrete(2, { says: "the door, in this step", names: ["admit", "freeze admissions"] }),
    },
  }) as const;

export default defineEnv({
  id: "whitewash-market-v0",
  summary: "A market of strangers where a ruined name costs what a new one costs: dues, expulsions, fees and vouchers.",
  threat: "identity abuse: whitewashing, sybils and burnt reputations",
  coordination: { attacker: "joint", defender: "factored" },
  params,
  knobs: {
    probation: { off: 0, lockdown: 1, grid: [0, 0.1, 0.3, 0.5, 0.7, 0.8, 1] },
    strictness: { off: 0, lockdown: 1, grid: [0, 0.001, 0.003, 0.01, 0.03, 0.1, 1] },
    fee: { off: 0, lockdown: 10, grid: [0, 1, 2, 4, 6, 10] },
    dues: { off: 0, lockdown: 1, grid: [0, 0.25, 0.5, 0.75, 1] },
  },
  horizon: ({ steps }) => steps,
  roles,
  // Full trades: between traders, theirs in fees, stolen. Pairs of traders, meetings of a cheat with a trader; thefts,
  // expulsions of traders and of cheats, and steps that cheats wait outside.
  counters: ["value", "pairs", "fees", "stolen", "meetings", "thefts", "expelled", "caught", "waiting"],
  metrics: {
    utility: {
      axis: "utility",
      arm: "attacked",
      summary: "what traders make of each other, fees paid, over full trades in all their meetings; under attack",
      of: (c) => Math.max(0, ratio(c.value - c.fees, 2 * c.pairs, 1)),
    },
    security: {
      axis: "security",
      summary: "1 − stakes stolen / meetings of a cheat with a trader",
      of: (c) => 1 - ratio(c.stolen, c.meetings, 0),
    },
    peace: {
      axis: "utility",
      summary: "the same utility where nobody attacks",
      of: (_, { clean }) => Math.max(0, ratio(clean.value - clean.fees, 2 * clean.pairs, 1)),
    },
  },
  // A step: cheats leave and enter, traders turn over; all are paired; they trade; complaints take effect, and whoever
  // has lost its name enters anew. What is drawn does not depend on what anyone does, but for vouchers.
  create({ params: p, flat: { trader, cheat, registrar }, rng, counters, world }) {
    const { traders, cheats, steps, turnover, patience } = p;
    const owners = traders + cheats;
    const probation = probationTrades(p.probation);
    const lasting = survival(p);
    const decay = lasting > 0 && lasting < 1 ? log(lasting) : 0;
    const gossip = p.mode === "gossip" ? memory(owners, traders) : undefined;
    const book = names(p, rng, gossip);
    const { trades, age, outside, wallet, willing, drop, expel, admit } = book;
    const met = meetings(p, { trader, cheat, registrar }, counters, rng, book, gossip);
    const { trusted, gained, ruined } = met;
    const { trustOf, observe } = observer(p, { trader, cheat, registrar }, book, met);
    const perPair = expected(p).perPair;
    const waited = new Int32Array(owners);
    let entered = 0;
    let open = true;

    /** Admits owner i, if the door is open or i has waited long enough, and it can pay. */
    function enter(i: number): void {
      if (!open && waited[i] <= patience) return;
      const paid = admit(i);
      if (paid < 0) return;
      entered++;
      waited[i] = 0;
      if (i >= traders) return;
      counters.fees += paid;
      trader.rewards[i] -= paid;
      registrar.rewards[0] -= paid * perPair;
    }
    return {
      reset() {
        book.clear();
        // At a trade P(r ≥ n) = hⁿ; turnover begins after it, so that the market is stationary from the first step.
        for (let i = 0; i < traders; i++) {
          const u = 1 - rng.float();
          trades[i] = lasting >= 1 ? steps + Math.min(probation, 1e6) : lasting <= 0 ? 0 : Math.floor(log(u) / decay);
          age[i] = Math.min(trades[i], 1e6);
        }
        met.clear();
        waited.fill(0);
        entered = 0;
        open = true;
        observe(0, 0, 0, true);
      },
      step() {
        open = registrar.actions[0] === 0;
        entered = 0;
        for (let i = traders; i < owners; i++) {
          const action = cheat.actions[i - traders];
          willing[i] = action === STAND ? 1 : 0;
          if (action === LEAVE && outside[i] === 0) drop(i);
        }
        for (let i = 0; i < traders; i++) if (rng.float32() < turnover && world.t > 0 && outside[i] === 0) drop(i);
        for (let i = 0; i < owners; i++) {
          if (outside[i] === 1) {
            waited[i]++;
            enter(i);
          }
          trusted[i] = trustOf(i);
        }
        met.all();
        // Complaints take effect together, after all have traded.
        let expelled = 0;
        for (let i = 0; i < owners; i++) {
          if (i >= traders) wallet[i] = Math.max(0, wallet[i] + gained[i]);
          if (gossip ? i >= traders || 2 * gossip.known[i] <= traders : ruined[i] === 0) continue;
          ruined[i] = 0;
          expelled++;
          if (i < traders) counters.expelled++;
          else counters.caught++;
          expel(i);
        }
        for (let i = 0; i < owners; i++) {
          if (i < traders) trader.rewards[i] += gained[i];
          if (outside[i] === 0) continue;
          enter(i);
          if (i >= traders) counters.waiting += outside[i];
        }
        observe(world.t + 1, expelled, entered, open);
      },
      // A bar for every owner: the trust in its name, or nothing while it is outside.
      render: () => ({
        title: "height: trust in a name; owners without one have none",
        width: owners,
        height: 11,
        labels: { step: world.t, door: open ? "open" : "shut", stolen: counters.stolen.toFixed(1) },
        shapes: Array.from({ length: owners }, (_, i) => {
          const h = 10 * trustOf(i);
          const tone = i < traders ? ("benign" as const) : ("attacker" as const);
          return { kind: "rect" as const, x: i, y: 10 - h, w: 0.8, h, tone };
        }),
      }),
    };
  },
});
