import { defineEnv, discrete, ratio } from "masque";
import { log } from "masque/numeric";
import { z } from "zod";
import { identities, records } from "./identities.ts";
import { MAX_ASK, PATIENCE, SILENCE, switches, undefendedGoodput, wanted } from "./model.ts";
import { layouts, observer, picture } from "./observe.ts";

/** What a gateway's action multiplies its tolerance by; action 2 leaves it as the knob has it. */
export const LENIENCY = [0.5, 0.75, 1, 1.5, 2] as const;
const params = z.object({
  clients: z.int().min(1).max(500).default(10).describe("B, clients, each pinned to a gateway"),
  bots: z.int().min(1).max(500).default(10).describe("Y, bots; a bot picks a gateway each step"),
  gateways: z
    .int()
    .min(1)
    .max(8)
    .default(1)
    .describe("decentralised: g gateways with c/g each and scores of their own"),
  capacity: z.number().min(0.1).max(10_000).default(20).describe("c, requests served a step, by all gateways together"),
  tolerance: z.number().min(0).max(MAX_ASK).default(2).describe("θ, score above which an identity is blocked"),
  rate: z.number().min(0).max(MAX_ASK).default(MAX_ASK).describe("r, tokens that an identity earns a step"),
  burst: z.number().min(0.01).max(64).default(8).describe("b, tokens that a bucket holds"),
  turnover: z
    .number()
    .min(0)
    .max(1)
    .default(1 / 64)
    .describe("chance a step that an identity is replaced by a new one"),
  wait: z.int().min(0).max(32).default(2).describe("κ, steps in which a new identity gets nothing"),
  demand: z.enum(["bursty", "steady"]).default("bursty").describe("on–off clients, or clients as a fluid"),
  load: z.number().min(0.01).max(MAX_ASK).default(1).describe("λ, what a steady client wants a step"),
  backOff: z.boolean().default(true).describe("clients who are served badly fall silent for a while"),
  warmUp: z.int().min(0).max(1000).default(32).describe("first steps, which neither counters nor rewards count"),
  steps: z.int().min(1).max(100_000).default(128).describe("steps that count"),
});

export type Params = z.output<typeof params>;

const roles = (p: Params) => {
  const sees = layouts(p);
  return {
    client: {
      side: "benign",
      count: p.clients,
      observation: sees.client,
      action: discrete(MAX_ASK + 1, { says: "the most requests that it asks of what it wants" }),
    },
    bot: {
      side: "attacker",
      count: p.bots,
      observation: sees.bot,
      action: discrete(1 + MAX_ASK * p.gateways, { says: "0 asks nothing; n + 8k asks n requests of gateway k" }),
    },
    gateway: {
      side: "defender",
      count: p.gateways,
      observation: sees.gateway,
      action: discrete(LENIENCY.length, {
        says: "what its tolerance is multiplied by in this step",
        names: LENIENCY.map(String),
      }),
    },
  } as const;
};

export default defineEnv({
  id: "swarm-flood-v0",
  summary: "Bots crowd clients out of a shared service; gateways block identities that ask too much, clients' too.",
  threat: "coordinated swarm and sybil attacks",
  coordination: { attacker: "joint" },
  params,
  knobs: {
    tolerance: { off: MAX_ASK, lockdown: 0, grid: [8, 4.5, 3.2, 2.5, 2, 1.6, 1.2, 0.8, 0] },
    rate: { off: MAX_ASK, lockdown: 0, grid: [8, 4, 2, 1.5, 1, 0.75, 0.5, 0.25, 0] },
  },
  presets: {
    torpig: {
      summary: "a flood of ten minutes, at a step a second, by bots whose addresses change as rarely as Torpig's did",
      source:
        "more than 180 thousand bots on more than 1.2 million addresses in ten days: an address lasts 1.5 days (Stone-Gross et al. 2009, CCS, Your Botnet is My Botnet); half of all attacks end within ten minutes (Moore, Voelker and Savage 2001, USENIX Security)",
      params: { turnover: 1 / 129_600, steps: 600 },
    },
  },
  horizon: ({ warmUp, steps }) => warmUp + steps,
  roles,
  // Requests, over the counted steps: wanted by clients, served to them, and served with no defence and no attack.
  counters: ["demand", "goodput", "undefended"],
  metrics: {
    utility: {
      axis: "utility",
      summary: "share of clients' demand that is served",
      of: (c) => ratio(c.goodput, c.demand, 1),
    },
    security: {
      axis: "security",
      summary: "1 − goodput that the attack destroys / goodput with no defence and no attack",
      of: (c, { clean }) => 1 - Math.min(1, Math.max(0, ratio(clean.goodput - c.goodput, c.undefended, 0))),
    },
  },
  // A step: clients and bots ask; scores, blocks and buckets let requests through; each gateway shares its capacity in
  // proportion; clients served badly may fall silent, and draw their next demand; some identities are replaced. What is
  // drawn does not depend on what anyone does, so that the clean and the attacked arm have the same clients.
  create({ params: p, flat, rng, counters, world }) {
    const { client, bot, gateway } = flat;
    const { clients, bots, gateways, tolerance, wait, backOff, warmUp } = p;
    const capacity = p.capacity / gateways;
    const undefended = undefendedGoodput(p);
    const scale = undefended > 0 ? 1 / undefended : 0;
    const steady = p.demand === "steady" ? p.load : 0;
    const stays = p.turnover > 0 ? log(1 - p.turnover) : 0;
    const kept = records(clients, bots, gateways);
    const { all, asked, through, on, silent, wants, arrived, share } = kept;
    const { admit, renew } = identities(kept, p.rate, p.burst);
    const observe = observer(p, flat, kept);
    // Imported and exported names are looked up in every use.
    const [most, patience, silence] = [MAX_ASK, PATIENCE, SILENCE];
    /** Identities to pass over until the next that is replaced. */
    let passed = 0;

    /** What everyone asks of gateway k, and the share of what gets through that it can serve. */
    function ask(k: number): void {
      const limit = tolerance * LENIENCY[gateway.actions[k]];
      const { actions } = client;
      let load = 0;
      for (let i = k; i < clients; i += gateways) {
        load += admit(i, silent[i] > 0 ? 0 : Math.min(actions[i], wants[i]), limit);
      }
      for (let j = 0, entry = clients + k; j < bots; j++, entry += gateways) {
        const wish = bot.actions[j] - k * most;
        load += admit(entry, wish > 0 && wish <= most ? wish : 0, limit);
      }
      arrived[k] = load;
      share[k] = load > capacity ? capacity / load : 1;
    }

    /** Serves the clients of gateway k, who react and draw their next demand; returns the demand left unserved. */
    function serve(k: number, counted: boolean): number {
      const { rewards } = client;
      let goodput = 0;
      let demand = 0;
      for (let i = k; i < clients; i += gateways) {
        const served = through[i] * share[k];
        const mood = rng.float32();
        goodput += served;
        demand += wants[i];
        if (counted) rewards[i] = served / most;
        if (silent[i] > 0) silent[i]--;
        else if (backOff && served < patience * asked[i] && mood < 1 - served / asked[i]) silent[i] = silence;
        want(i);
      }
      if (counted) {
        counters.demand += demand;
        counters.goodput += goodput;
      }
      return demand - goodput;
    }
    const want = (i: number) => {
      const word = rng.word();
      if (switches(word)) on[i] = 1 - on[i];
      wants[i] = steady > 0 ? steady : wanted(on[i] === 1, word);
    };

    /** Passes over identities, a geometric number at a time, to those that are replaced. */
    function replace(): void {
      for (; passed < clients + bots; passed += 1 + gap()) {
        if (passed < clients) renew(passed, wait);
        else for (let k = 0; k < gateways; k++) renew(clients + (passed - clients) * gateways + k, wait);
      }
      passed -= clients + bots;
    }
    const gap = () => (stays === 0 ? Number.POSITIVE_INFINITY : Math.floor(log(1 - rng.float()) / stays));

    return {
      reset() {
        all.fill(0);
        for (let entry = 0; entry < asked.length; entry++) renew(entry, 0);
        for (let i = 0; i < clients; i++) {
          on[i] = rng.word() >>> 31;
          want(i);
        }
        passed = gap();
        observe(0);
      },
      step() {
        const counted = world.t >= warmUp;
        let unserved = 0;
        for (let k = 0; k < gateways; k++) ask(k);
        for (let k = 0; k < gateways; k++) unserved += serve(k, counted);
        if (counted) {
          counters.undefended += undefended;
          bot.rewards.fill(unserved * scale);
          gateway.rewards.fill(-unserved * scale);
        }
        replace();
        observe(world.t + 1);
      },
      render: () => picture(p, kept),
    };
  },
});
