import { box, defineEnv, discrete, layout, multiDiscrete, poisson, ratio, type Scene } from "masque";
import { z } from "zod";
import { epidemic } from "./epidemic.ts";
import { drawer, type Nodes } from "./graph.ts";
import { AMOUNTS, allot, CUTS, detects, MODES, passes, TARGETS, VIRALITIES } from "./model.ts";
import { adjacency, influence, shells } from "./orders.ts";
import { STATE } from "./spread.ts";

const params = z
  .object({
    nodes: z.int().min(16).max(1_000_000).default(1000).describe("N, agents of the network"),
    graph: z
      .enum(["scale-free", "pairing", "lattice", "friends"])
      .default("scale-free")
      .describe(
        "Barabási–Albert; ordered pairs drawn anew in every step; a ring lattice of degree 4 like a torus; or links at random by the degrees of a measured network of friends",
      ),
    links: z.int().min(1).max(8).default(2).describe("m, links that a new node of the scale-free graph makes"),
    steps: z.int().min(1).max(100_000).default(100).describe("T, steps an episode"),
    infection: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe("β, probability that a link passes an unfiltered message"),
    recovery: z.number().min(0).max(1).default(0.2).describe("γ, probability that an infected node recovers in a step"),
    seeds: z
      .number()
      .min(0)
      .max(10_000)
      .default(10)
      .describe("the attacker's budget, in nodes of mean degree: a node costs its degree"),
    filter: z.number().min(0).max(1).default(0.5).describe("φ, strength: a message of virality v passes with (1−φ)^v"),
    quarantine: z.number().min(0).max(1).default(0).describe("share of the nodes that is cut off"),
    cut: z
      .enum(CUTS)
      .default("degree")
      .describe("whom quarantine cuts off: the highest degrees, acquaintances of random nodes, or by NetShield"),
    hubs: z.number().min(0).max(1).default(0.05).describe("share of the nodes, of highest degree, that count as hubs"),
    inflow: z
      .number()
      .min(0)
      .max(100)
      .default(0.05)
      .describe("agents turned from outside in a step, in the mean, whoever attacks: innocent accidents"),
    immunity: z
      .enum(["none", "lasting"])
      .default("none")
      .describe("none: who recovers can be turned again (SIS); lasting: never again (SIR)"),
    tests: z
      .number()
      .min(0)
      .max(1)
      .default(0.02)
      .describe("share of the nodes that the defender tests in a step, half of them among hubs"),
    falsePositive: z.number().min(0).max(1).default(0.02).describe("probability that a healthy node tests positive"),
    missed: z.number().min(0).max(1).default(0.1).describe("probability that an infected node tests negative"),
    delay: z.int().min(0).max(50).default(2).describe("steps until tests are read"),
    lag: z.int().min(0).max(50).default(5).describe("steps until a chosen mode of filtering is in force"),
    control: z
      .enum(["central", "local"])
      .default("central")
      .describe("local: decentralised, nodes filter only while there are reports around them"),
    reports: z.int().min(1).max(100).default(2).describe("k, reports around a node in one step that make it filter"),
    hold: z.int().min(1).max(1000).default(5).describe("steps for which a node then filters"),
  })
  .refine(({ nodes, links }) => nodes > 2 * links, {
    path: ["links"],
    message: "expected fewer links than half the nodes",
  });

export type JailbreakCascade = z.output<typeof params>;

/** Steps of prevalence that both sides remember. */
const HISTORY = 8;
const strengths = box([2], 0, 1, {
  says: "strength φ on hubs' edges and on others in the last step (under local control: of nodes that filter)",
});
const roles = () =>
  ({
    attacker: {
      side: "attacker",
      count: 1,
      observation: layout({
        time: box([1], 0, 1, { says: "share of the episode's steps taken" }),
        budget: box([1], 0, 1, { says: "share of its budget that is left" }),
        prevalence: box([HISTORY], 0, 1, {
          says: "share of nodes infected, now and in the steps before, latest first",
        }),
        hubs: box([1], 0, 1, { says: "share of the hubs infected" }),
        strength: strengths,
        filtered: box([1], 0, 1, { says: "share of links' ends that filtered by themselves in the last step" }),
      }),
      action: multiDiscrete([VIRALITIES.length, AMOUNTS.length, TARGETS.length], {
        components: [
          { says: "virality of the message", names: VIRALITIES.map(String) },
          { says: "share of the first budget to spend on seeds now", names: AMOUNTS.map(String) },
          { says: "whom it is spent on", names: TARGETS },
        ],
      }),
    },
    filter: {
      side: "defender",
      count: 1,
      observation: layout({
        time: box([1], 0, 1, { says: "share of the episode's steps taken" }),
        tests: box([HISTORY], 0, 1, {
          says: "share of tests that were positive, in the latest step that is read and in those before",
        }),
        hubs: box([1], 0, 1, { says: "the same of the tests of hubs, latest step only" }),
        mode: box([1], 0, 1, { says: "the mode in force, by its place among all from 0 to 1: chosen `lag` steps ago" }),
        service: box([1], 0, 1, { says: "useful traffic that passed in the last step" }),
        filtered: box([1], 0, 1, { says: "share of links' ends that filtered by themselves in the last step" }),
      }),
      action: discrete(MODES.length, {
        says: "how to spend the strength, from `lag` steps on",
        names: MODES.map(({ effort, weight }) =>
          effort === 0
            ? "not at all"
            : `${effort === 1 ? "whole" : "half"}, ${weight === 0 ? "evenly" : `${weight} to hubs`}`,
        ),
      }),
    },
  }) as const;

const known = Float64Array.from(VIRALITIES, detects);
/** Nodes tried for one random seed before the attacker gives up for this step. */
const TRIES = 32;

export default defineEnv({
  id: "jailbreak-cascade-v2",
  summary: "An adversarial message passes from agent to agent of a network; filters stop it, and what is useful too.",
  threat: "cascades on networks",
  coordination: { attacker: "joint", defender: "joint" },
  params,
  knobs: {
    filter: { off: 0, lockdown: 1, grid: [0, 0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 1] },
    quarantine: { off: 0, lockdown: 1, grid: [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1] },
  },
  presets: {
    friends: {
      summary: "800 agents linked like students on Facebook, who pass on a message to as many in the mean as ever",
      source: "Copenhagen Networks Study (Sapiezynski et al. 2019, Scientific Data 6:315; data under the MIT licence)",
      params: { graph: "friends", nodes: 800, infection: 0.05 },
    },
  },
  horizon: ({ steps }) => steps,
  roles,
  counters: ["steps", "infected", "service", "seeded", "spent", "reports"],
  metrics: {
    utility: {
      axis: "utility",
      arm: "attacked",
      summary: "mean over steps and edges of 1 − φ², nothing for edges with a quarantined end; attacked episodes",
      of: (c) => ratio(c.service, c.steps, 1),
    },
    security: {
      axis: "security",
      summary: "1 − mean share of nodes infected",
      perEpisode: true,
      of: (c) => 1 - ratio(c.infected, c.steps, 0),
    },
  },
  create({ params: p, flat: { attacker, filter }, rng, counters, world }) {
    const { nodes, steps } = p;
    const { attacker: mine, filter: theirs } = roles();
    const { at: sees } = mine.observation;
    const { at: reads } = theirs.observation;
    const drawn = drawer(p);
    const { graph } = drawn;
    const { order, degree } = graph;
    const plague = epidemic(p, graph, rng);
    const hubs = Math.floor(p.hubs * nodes);
    // By mode: φ and the service; by mode, virality and class of edge: what passes, NaN until it is needed. Hubs' share
    // of the edges differs by graph.
    const strengths = new Float64Array(2 * MODES.length);
    const services = new Float64Array(MODES.length);
    const pass = new Float64Array(2 * MODES.length * VIRALITIES.length);
    let open = 1;
    let budget = 0;
    let left = 0;
    // Modes that were chosen and are not yet in force, and tests that were made and are not yet read: rings.
    const chosen = new Uint8Array(p.lag + 1);
    const positive = new Float64Array(2 * (p.delay + 1));
    const tested = Math.round((p.tests * nodes) / 2);

    /** Share of positive results among so many tests, where a share is infected. */
    const test = (count: number, infected: number): number => {
      if (count === 0) return 0;
      const chance = infected * (1 - p.missed) + (1 - infected) * p.falsePositive;
      let found = 0;
      for (let i = 0; i < count; i++) if (rng.float32() < chance) found++;
      return found / count;
    };
    /** Turns agents from outside, whoever attacks. */
    const accidents = () => {
      for (let n = poisson(rng, p.inflow); n > 0; n--) plague.seed(Math.floor(rng.float32() * nodes));
    };

    let neighbours: ReturnType<typeof adjacency> | undefined;
    let innermost: Nodes | undefined;
    /** The nodes of a graph in the order of a target; what links pass decides who is influential. */
    const wanted = (target: number, plain: number, guarded: number): Nodes => {
      const name = TARGETS[target];
      if (p.graph === "pairing" || (name !== "shells" && name !== "influence")) return order;
      neighbours ??= adjacency(graph);
      if (name === "influence")
        return influence(graph, neighbours, { state: plague.state, plain, guarded, recovery: p.recovery });
      innermost ??= shells(graph, neighbours);
      return innermost;
    };
    /** Buys seeds for at most `allowance`, from the best node of the target's order that it can pay. */
    const seed = (allowance: number, target: number, plain: number, guarded: number) => {
      let rest = Math.min(allowance, left) + 1e-9;
      const cheapest = degree[order[nodes - 1]];
      if (rest < cheapest) return;
      const isRandom = TARGETS[target] === "random";
      const nodesBy = wanted(target, plain, guarded);
      for (let i = 0, tries = 0; rest >= cheapest && i < nodes && tries < TRIES; i++) {
        const place = isRandom ? Math.floor(rng.float32() * nodes) : TARGETS[target] === "leaves" ? nodes - 1 - i : i;
        const u = nodesBy[place];
        if (isRandom) tries++;
        if (degree[u] > rest || !plague.seed(u)) continue;
        tries = 0;
        rest -= degree[u];
        left -= degree[u];
        counters.seeded++;
        counters.spent += degree[u];
      }
    };
    const show = (time: number, mode: number, filtered: number, service: number) => {
      const { obs } = attacker;
      const seen = filter.obs;
      for (let i = HISTORY - 1; i > 0; i--) {
        obs[sees.prevalence + i] = obs[sees.prevalence + i - 1];
        seen[reads.tests + i] = seen[reads.tests + i - 1];
      }
      const ofHubs = hubs > 0 ? plague.hubs / hubs : 0;
      const slot = 2 * (world.t % (p.delay + 1));
      positive[slot] = test(tested, plague.infected / nodes);
      positive[slot + 1] = test(tested, ofHubs);
      const due = 2 * ((world.t + 1) % (p.delay + 1));
      seen[reads.tests] = positive[due];
      seen[reads.hubs] = positive[due + 1];
      obs[sees.prevalence] = plague.infected / nodes;
      obs[sees.time] = seen[reads.time] = time;
      obs[sees.budget] = budget > 0 ? Math.max(0, left / budget) : 0;
      obs[sees.hubs] = ofHubs;
      obs[sees.strength] = strengths[2 * mode + 1];
      obs[sees.strength + 1] = strengths[2 * mode];
      obs[sees.filtered] = seen[reads.filtered] = filtered;
      seen[reads.mode] = mode / (MODES.length - 1);
      seen[reads.service] = service;
    };
    return {
      reset() {
        drawn.draw(rng);
        neighbours = innermost = undefined;
        plague.reset();
        const edges = plague.openEdges();
        open = edges.open;
        for (let m = 0; m < MODES.length; m++) {
          const { plain, guarded, cost } = allot(p, MODES[m], edges.hubs);
          strengths[2 * m] = plain;
          strengths[2 * m + 1] = guarded;
          services[m] = open * (1 - cost);
        }
        pass.fill(Number.NaN);
        budget = (p.seeds * graph.ends) / nodes;
        left = budget;
        positive.fill(0);
        show(0, 0, 0, services[0]);
      },
      step() {
        const { actions } = attacker;
        const virality = actions[0];
        // What is chosen first was in force before the episode began.
        if (world.t === 0) chosen.fill(filter.actions[0]);
        chosen[world.t % (p.lag + 1)] = filter.actions[0];
        const mode = chosen[(world.t + 1) % (p.lag + 1)];
        const at = 2 * (mode * VIRALITIES.length + virality);
        if (Number.isNaN(pass[at])) {
          const unguarded = p.control === "local" ? 0 : strengths[2 * mode];
          pass[at] = passes(p.infection, VIRALITIES[virality], unguarded);
          pass[at + 1] = passes(p.infection, VIRALITIES[virality], strengths[2 * mode + 1]);
        }
        if (p.inflow > 0) accidents();
        // Under local control no seed meets a filter yet.
        if (actions[1] > 0)
          seed(AMOUNTS[actions[1]] * budget, actions[2], pass[at], pass[p.control === "local" ? at : at + 1]);
        const { filtered } = plague;
        plague.step(pass[at], pass[at + 1], known[virality]);
        const service = p.control === "local" ? open * (1 - filtered * strengths[2 * mode + 1] ** 2) : services[mode];
        const prevalence = plague.infected / nodes;
        counters.steps++;
        counters.infected += prevalence;
        counters.service += service;
        counters.reports += plague.reports;
        attacker.rewards[0] = prevalence;
        filter.rewards[0] = service - 1 - prevalence;
        show((world.t + 1) / steps, mode, filtered, service);
      },
      render: () => picture(nodes, order, plague, world.t, left),
    };
  },
});

const TONES = ["benign", "attacker", "neutral"] as const;

/** Up to 1024 nodes by degree, the highest first. */
function picture(
  nodes: number,
  order: Nodes,
  { state, special, infected }: ReturnType<typeof epidemic>,
  step: number,
  budget: number,
): Scene {
  const shown = Math.min(nodes, 1024);
  const columns = Math.ceil(Math.sqrt(shown));
  return {
    title: "nodes by degree, highest first; grey: quarantined",
    width: columns,
    height: Math.ceil(shown / columns),
    labels: { step, infected, budget: budget.toFixed(0) },
    shapes: Array.from({ length: shown }, (_, i) => {
      const byte = state[order[i]];
      const tone = TONES[byte & STATE];
      const guarded = tone === "benign" && (byte & special) !== 0;
      return {
        kind: "rect" as const,
        x: i % columns,
        y: Math.floor(i / columns),
        w: 0.85,
        h: 0.85,
        tone: guarded ? ("defender" as const) : tone,
      };
    }),
  };
}
