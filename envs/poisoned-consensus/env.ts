import { box, defineEnv, discrete, layout, ratio } from "masque";
import { z } from "zod";
import { defenders } from "./learning.ts";
import { CLOCKS, clockTable, HONEST, minorityOf, PUSHES } from "./model.ts";
import { gossip } from "./ring.ts";
import { central } from "./server.ts";

const params = z
  .object({
    workers: z.int().min(3).max(100).default(20).describe("m, workers who report, attackers included"),
    byzantine: z.int().min(1).max(49).default(4).describe("f, workers that the attacker holds"),
    dimensions: z.int().min(1).max(64).default(4).describe("d, coordinates of the model"),
    rounds: z.int().min(1).max(100_000).default(200).describe("T, rounds an episode"),
    minority: z
      .number()
      .min(0)
      .max(0.5)
      .default(0.2)
      .describe("ρ, honest workers whose own optimum lies on the far side, as a share of all workers"),
    spread: z
      .number()
      .min(0)
      .max(4)
      .default(0.8)
      .describe("ζ, distance of the minority's optimum from the others', in standard deviations of data"),
    rule: z
      .enum(["distance", "trimmed"])
      .default("distance")
      .describe(
        "distance: reports are left out by their workers' scores; trimmed: at both ends, coordinate by coordinate",
      ),
    scoring: z
      .enum(["counted", "always", "frozen"])
      .default("counted")
      .describe(
        "which reports a score is made of: those that were counted, all, or those of workers not left out the round before",
      ),
    network: z
      .enum(["server", "gossip"])
      .default("server")
      .describe("one server aggregates, or (decentralised) every node on a ring its neighbours' models"),
    reach: z.int().min(1).max(8).default(2).describe("k, neighbours at each side of a node; gossip only"),
    place: z
      .enum(["spread", "cluster"])
      .default("spread")
      .describe("where attackers sit on the ring: evenly apart, or side by side; gossip only"),
    anchor: z.number().min(0).max(1).default(0.3).describe("w, weight of the server's own data in a step"),
    discard: z.number().min(0).max(0.9).default(0.2).describe("δ, share of the reports that is left out"),
    memory: z.number().min(0).max(0.99).default(0.9).describe("μ, weight of the past in a worker's score"),
  })
  .refine((p) => p.byzantine + minorityOf(p) < p.workers && 2 * p.byzantine < p.workers, {
    path: ["byzantine"],
    message: "expected less than half of the workers, and room for the minority",
  })
  .refine((p) => p.network === "server" || 2 * p.reach < p.workers, {
    path: ["reach"],
    message: "expected a node's neighbours, two a step of reach, to be fewer than the workers",
  });
export type PoisonedConsensus = z.output<typeof params>;

const LIMIT = 4; // what is shown in units of the cut, or of data's deviation, is clipped to ±4
const clip = (value: number) => Math.max(-LIMIT, Math.min(LIMIT, value));
const clock = (period: number) => box([2], -1, 1, { says: `sin and cos of 2πt/${period}` });

const sees = {
  byzantine: layout({
    score: box([1], -LIMIT, LIMIT, { says: "its own score along u over the cut (gossip: at its honest neighbours)" }),
    size: box([1], 0, LIMIT, { says: "the absolute value of that" }),
    excluded: box([1], 0, 1, { says: "1 if its last report was left out (gossip: share of honest neighbours)" }),
    push: box([1], -1, 1, { says: "its own last push over 4; 0 if it was honest" }),
    side: box([1], -LIMIT, LIMIT, { says: "mean of the attackers' scores along u over the cut" }),
    cut: box([1], 0, LIMIT, { says: "size of the score of the last that is kept, a coordinate" }),
    error: box([1], -LIMIT, LIMIT, { says: "(model − target)·u/d" }),
    aggregate: box([1], -LIMIT, LIMIT, { says: "last aggregate·u/d" }),
    time: box([1], 0, 1, { says: "share of the episode's rounds played" }),
    clock16: clock(CLOCKS[0]),
    clock24: clock(CLOCKS[1]),
    clock32: clock(CLOCKS[2]),
  }),
  server: layout({
    cut: box([1], 0, LIMIT, { says: "size of the score of the last that is kept, a coordinate" }),
    mean: box([1], 0, LIMIT, { says: "root mean square of all scores, a coordinate" }),
    step: box([1], 0, LIMIT, { says: "size of the last aggregate, a coordinate" }),
    time: box([1], 0, 1, { says: "share of the episode's rounds played" }),
  }),
};

const pushes = discrete(PUSHES.length, {
  says: "what it reports: its own data, or the target pushed along u by so many standard deviations",
  names: PUSHES.map(String),
});
const sources = discrete(2, { says: "what it learns from in this round", names: ["as dialled", "its own data only"] });

const roles = (p: PoisonedConsensus) =>
  ({
    byzantine: { side: "attacker", count: p.byzantine, observation: sees.byzantine, action: pushes },
    server: { side: "defender", count: defenders(p), observation: sees.server, action: sources },
  }) as const;

type Losses = Readonly<Record<"loss" | "alone" | "free", number>>;
/** What learning together is worth: what it takes off the loss of who learns alone. */
const worth = ({ alone, free }: Losses) => Math.max(0, alone - free);
const share = (part: number, whole: number, whenEmpty: number) =>
  Math.max(0, Math.min(1, ratio(part, whole, whenEmpty)));

export default defineEnv({
  id: "poisoned-consensus-v0",
  summary: "Some of those who learn together report to mislead; an aggregator leaves out who strays too far.",
  threat: "data poisoning",
  coordination: { attacker: "joint", defender: "factored" },
  params,
  knobs: {
    anchor: { off: 0, lockdown: 1, grid: [0, 0.3, 0.5, 0.75, 1] },
    discard: { off: 0, lockdown: 0.5, grid: [0, 0.1, 0.2, 0.3, 0.5] },
    memory: { off: 0, lockdown: 0.97, grid: [0, 0.7, 0.9, 0.95, 0.97] },
  },
  horizon: ({ rounds }) => rounds,
  roles,
  counters: ["rounds", "loss", "alone", "free", "droppedAttackers", "droppedMinority", "droppedMajority"],
  metrics: {
    utility: {
      axis: "utility",
      summary: "how much of what learning together is worth a defence leaves when nobody attacks",
      of: (c) => share(c.alone - c.loss, worth(c), 0),
    },
    security: {
      axis: "security",
      summary: "1 − loss that the attack adds, as a share of what learning together is worth",
      of: (c, { clean }) => 1 - share(c.loss - clean.loss, worth(clean), 0),
    },
  },
  // A round: everyone reports, the aggregator scores and leaves out, takes its step, and the target wanders on. Draws do
  // not depend on what anybody does: the arms of an episode share every one of them.
  create({ params: p, flat: { byzantine, server }, rng, counters, world }) {
    const learning = p.network === "server" ? central(p) : gossip(p);
    const { size: width, at } = sees.byzantine;
    const { size: wide } = sees.server;
    const f = p.byzantine;
    const guards = defenders(p);
    const clocks = clockTable(p.rounds);
    const levels = Float64Array.from(PUSHES, (push) => (push === "honest" ? Number.NaN : push));
    const pushed = new Float64Array(f);

    const show = (t: number) => {
      const { signed, excluded, cut, error, aggregate, seenCut, seenScore, seenStep } = learning;
      const time = t / p.rounds;
      let side = 0;
      for (let i = 0; i < f; i++) side += signed[i] / f;
      const { obs } = byzantine;
      const first = 2 * CLOCKS.length * t;
      for (let i = 0, to = 0; i < f; i++, to += width) {
        obs[to] = clip(signed[i]); // in the order of the layout
        obs[to + 1] = Math.min(LIMIT, Math.abs(signed[i]));
        obs[to + 2] = excluded[i];
        obs[to + 4] = clip(side);
        obs[to + 5] = Math.min(LIMIT, cut[i]);
        obs[to + 6] = clip(error[i]);
        obs[to + 7] = clip(aggregate[i]);
        obs[to + 8] = time;
        for (let c = 0; c < 2 * CLOCKS.length; c++) obs[to + 9 + c] = clocks[first + c];
      }
      for (let k = 0, to = 0; k < guards; k++, to += wide) {
        server.obs[to] = Math.min(LIMIT, seenCut[k]);
        server.obs[to + 1] = Math.min(LIMIT, seenScore[k]);
        server.obs[to + 2] = Math.min(LIMIT, seenStep[k]);
        server.obs[to + 3] = time;
      }
    };
    return {
      reset() {
        learning.reset(rng);
        show(0);
      },
      step() {
        for (let i = 0; i < f; i++) {
          const action = byzantine.actions[i];
          pushed[i] = levels[action];
          byzantine.obs[width * i + at.push] = action === HONEST ? 0 : levels[action] / 4;
        }
        learning.round(pushed, server.actions);
        const { loss, dropped } = learning;
        counters.rounds++;
        counters.loss += loss;
        counters.alone += learning.lossAlone;
        counters.free += learning.lossFree;
        counters.droppedAttackers += dropped.attackers;
        counters.droppedMinority += dropped.minority;
        counters.droppedMajority += dropped.majority;
        for (let i = 0; i < f; i++) byzantine.rewards[i] = loss;
        for (let k = 0; k < guards; k++) server.rewards[k] = -loss;
        show(world.t + 1);
      },
      // A bar for every attacker: its score over the cut, up to twice the cut; red while it is left out.
      render: () => ({
        title: "height: score over the cut, the line; red: left out",
        width: 2 * f,
        height: 11,
        labels: {
          round: world.t,
          loss: learning.loss.toFixed(3),
          alone: learning.lossAlone.toFixed(3),
          together: learning.lossFree.toFixed(3),
          cut: learning.seenCut[0].toFixed(2),
        },
        shapes: [
          { kind: "rect" as const, x: 0, y: 5, w: 2 * f, h: 0.1, tone: "neutral" as const },
          ...Array.from({ length: f }, (_, i) => {
            const h = Math.min(10, 5 * Math.abs(learning.signed[i]));
            const tone = learning.excluded[i] > 0.5 ? ("bad" as const) : ("attacker" as const);
            return { kind: "rect" as const, x: 2 * i + 0.5, y: 10 - h, w: 1, h, tone };
          }),
        ],
      }),
    };
  },
});
