import { box, defineEnv, discrete, layout, ratio } from "masque";
import { log } from "masque/numeric";
import { z } from "zod";
import { memory } from "./memory.ts";
import { conviction, FLOOR, LOOT, probationTrades, survival, WALLET } from "./model.ts";
import { names } from "./names.ts";

const params = z
  .object({
    traders: z.int().min(2).max(1024).default(24).describe("H, honest owners of a name"),
    cheats: z.int().min(1).max(1024).default(8).describe("K, owners that the attacker holds"),
    steps: z.int().min(1).max(2000).default(200).describe("T, steps an episode: everybody is paired once a step"),
    turnover: z.number().min(0).max(1).default(0.01).describe("ν, chance a step that a trader leaves for a new one"),
    probation: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe("π, how long names stay small: full trust after D = 10π/(1−π) trades, never at 1"),
    strictness: z
      .number()
      .min(0)
      .max(1)
      .default(0.003)
      .describe("β, chance that a cooperator is complained of; a theft is with Φ(2.5 + Φ⁻¹(β))"),
    fee: z.number().min(0).max(100).default(0).describe("κ, what a new name costs, in full trades"),
    dues: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe("1 − ρ, share of the probation that a newcomer serves whom somebody vouches for"),
    backing: z.number().min(0).max(1).default(0.7).describe("chance that a new trader finds a voucher"),
    fool: z.number().min(0).max(1).default(0.3).describe("chance that a cheat without an accomplice fools a voucher"),
    wards: z.int().min(1).max(1024).default(2).describe("newcomers in probation that one name may vouch for"),
    liability: z
      .boolean()
      .default(true)
      .describe("a voucher's name is worth nothing once its ward is expelled in probation"),
    mode: z
      .enum(["registry", "gossip"])
      .default("registry")
      .describe("registry: complaints expel; gossip (decentralised): victims remember names, and tell"),
    share: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe("gossip: chance that two traders who meet tell each other names"),
  })
  .refine(({ traders, cheats }) => (traders + cheats) % 2 === 0, {
    path: ["cheats"],
    message: "expected an even number of owners: everybody is paired",
  });
export type Market = z.output<typeof params>;

const outside = box([1], 0, 1, { says: "1 while it has no name and waits to be admitted" });
const time = box([1], 0, 1, { says: "share of the episode's steps taken" });
const shut = box([1], 0, 1, { says: "1 if admissions were frozen in the last step" });
const sees = {
  trader: layout({
    trust: box([1], 0, 1, { says: "share of a full trade that its name is trusted with; 0 outside" }),
    outside,
    gained: box([1], -1, 1, { says: "what its last meeting brought, in full trades, over 1.5" }),
  }),
  cheat: layout({
    standing: box([1], 0, 1, { says: "trades of its name over the probation D, at most 1" }),
    trust: box([1], 0, 1, { says: "share of a full trade that its name is trusted with; 0 outside" }),
    wallet: box([1], 0, 1, { says: `what it owns in fees, over ${WALLET}, at most 1; 0 where names are free` }),
    refused: box([1], 0, 1, { says: "1 if its last partner knew its name and refused" }),
    outside,
    shut,
    time,
  }),
  registrar: layout({
    expelled: box([1], 0, 1, { says: "share of all owners who lost their name to complaints in the last step" }),
    entered: box([1], 0, 1, { says: "share of all owners who entered under a new name in the last step" }),
    trust: box([1], 0, 1, { says: "mean trust of the names there are" }),
    shut,
    time,
  }),
};

const [CHEAT, LEAVE, STAND] = [1, 2, 3];
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
  create({ params: p, flat: { trader, cheat, registrar }, slots, rng, counters, world }) {
    const { traders, cheats, steps, turnover, share } = p;
    const owners = traders + cheats;
    const probation = probationTrades(p.probation);
    const slope = probation > 0 && probation < Number.POSITIVE_INFINITY ? 1 / probation : 0;
    const [mistaken, caught] = [p.strictness, conviction(p.strictness)];
    const lasting = survival(p);
    const decay = lasting > 0 && lasting < 1 ? log(lasting) : 0;
    const gossip = p.mode === "gossip" ? memory(owners, traders) : undefined;
    const book = names(p, rng, gossip);
    const { trades, age, outside, wallet, willing, drop, expel, admit, trade } = book;
    const perFee = p.fee > 0 ? 1 / (WALLET * p.fee) : 0;
    // Locals: imported names are looked up in every use.
    const [floor, loot] = [FLOOR, LOOT];
    const meetings = (traders * cheats) / (owners - 1);
    const perPair = 1 / (steps * traders * ((traders - 1) / (owners - 1)));
    const perTheft = 1 / (steps * meetings);
    const perCheat = (owners - 1) / (steps * traders);
    const {
      registrar: [desk],
    } = slots;

    const order = new Int32Array(owners);
    const trusted = new Float64Array(owners);
    const gained = new Float64Array(owners);
    const ruined = new Uint8Array(owners);
    const refused = new Uint8Array(owners);
    let entered = 0;
    let open = true;

    /** Admits owner i, if the door is open and it can pay. */
    function enter(i: number): void {
      if (!open) return;
      const paid = admit(i);
      if (paid < 0) return;
      entered++;
      if (i >= traders) return;
      counters.fees += paid;
      trader.rewards[i] -= paid;
      registrar.rewards[0] -= paid * perPair;
    }
    /** What trader or cheat i does now: 1 cheats. */
    const cheating = (i: number) => (i < traders ? trader.actions[i] : cheat.actions[i - traders]) === CHEAT;

    /** The meeting of i and j. */
    function meet(i: number, j: number): void {
      const complaints = rng.word() * 2 ** -32;
      const others = rng.word() * 2 ** -32;
      const told = gossip !== undefined && rng.float32() < share;
      const [a, b] = [i < traders, j < traders];
      if (!a && !b) return;
      let stake = Math.min(trusted[i], trusted[j]);
      if (gossip) {
        const byJ = b && gossip.knows(j, i);
        const byI = a && gossip.knows(i, j);
        refused[i] = byJ ? 1 : 0;
        refused[j] = byI ? 1 : 0;
        if (byI || byJ) stake = 0;
        if (told && a && b) gossip.merge(i, j);
      }
      if (a && b) counters.pairs++;
      else counters.meetings++;
      if (stake === 0) return;
      const x = cheating(i);
      const y = cheating(j);
      const gainI = stake * (y ? (x ? loot - 1 : -1) : x ? loot : 1);
      const gainJ = stake * (x ? (y ? loot - 1 : -1) : y ? loot : 1);
      gained[i] = gainI;
      gained[j] = gainJ;
      if (a && b) {
        counters.value += gainI + gainJ;
        registrar.rewards[0] += (gainI + gainJ) * perPair;
      } else if (a ? y : x) steal(a ? j : i, stake);
      trade(i);
      trade(j);
      const badI = complaints < (x ? caught : mistaken);
      const badJ = others < (y ? caught : mistaken);
      if (gossip) {
        if (badI && b) gossip.learn(j, i);
        if (badJ && a) gossip.learn(i, j);
      } else {
        if (badI) ruined[i] = 1;
        if (badJ) ruined[j] = 1;
      }
    }
    function steal(thief: number, stake: number): void {
      counters.stolen += stake;
      counters.thefts++;
      cheat.rewards[thief - traders] = stake * perCheat;
      registrar.rewards[0] -= stake * perTheft;
    }
    const trustOf = (i: number) =>
      outside[i] === 1 ? 0 : trades[i] >= probation ? 1 : floor + (1 - floor) * trades[i] * slope;

    function observe(t: number, expelled: number): void {
      const frozen = open ? 0 : 1;
      let total = 0;
      let inside = 0;
      for (let i = 0; i < owners; i++) {
        trusted[i] = trustOf(i);
        total += trusted[i];
        inside += 1 - outside[i];
      }
      // In the order of the layouts. Numbers spelt out let V8 check bounds once.
      const { obs: eyes } = trader;
      for (let i = 0, at = 0; i < traders; i++, at += 3) {
        eyes[at] = trusted[i];
        eyes[at + 1] = outside[i];
        eyes[at + 2] = gained[i] / loot;
      }
      const { obs } = cheat;
      const taken = t / steps;
      for (let i = traders, at = 0; i < owners; i++, at += 7) {
        obs[at] = trades[i] >= probation ? 1 : trades[i] * slope;
        obs[at + 1] = trusted[i];
        obs[at + 2] = Math.min(1, wallet[i] * perFee);
        obs[at + 3] = refused[i];
        obs[at + 4] = outside[i];
        obs[at + 5] = frozen;
        obs[at + 6] = taken;
      }
      desk.parts.expelled[0] = expelled / owners;
      desk.parts.entered[0] = Math.min(1, entered / owners);
      desk.parts.trust[0] = inside > 0 ? total / inside : 0;
      desk.parts.shut[0] = frozen;
      desk.parts.time[0] = taken;
    }

    return {
      reset() {
        book.clear();
        for (let i = 0; i < owners; i++) order[i] = i;
        // At a trade P(r ≥ n) = hⁿ; turnover begins after it, so that the market is stationary from the first step.
        for (let i = 0; i < traders; i++) {
          const u = 1 - rng.float();
          trades[i] = lasting >= 1 ? steps + Math.min(probation, 1e6) : lasting <= 0 ? 0 : Math.floor(log(u) / decay);
          age[i] = Math.min(trades[i], 1e6);
        }
        gained.fill(0);
        refused.fill(0);
        entered = 0;
        open = true;
        observe(0, 0);
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
          if (outside[i] === 1) enter(i);
          trusted[i] = trustOf(i);
        }
        gained.fill(0);
        refused.fill(0);
        for (let i = owners - 1; i > 0; i--) {
          const j = Math.floor(rng.word() * 2 ** -32 * (i + 1));
          const held = order[i];
          order[i] = order[j];
          order[j] = held;
        }
        for (let n = 0; n < owners; n += 2) meet(order[n], order[n + 1]);
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
        observe(world.t + 1, expelled);
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
