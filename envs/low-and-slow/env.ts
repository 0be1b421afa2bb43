import { box, defineEnv, discrete, layout, Normals, ratio } from "masque";
import { z } from "zod";
import { LEAKS, SHIFT, thresholds } from "./model.ts";
import { deviation, draw, gainOf, POOLS, poolOf, poolThreshold, sweeper } from "./pools.ts";

const params = z
  .object({
    streams: z.int().min(2).max(4096).default(64).describe("N, streams that are watched"),
    leakers: z.int().min(1).max(1024).default(16).describe("K, streams that the attacker holds"),
    steps: z.int().min(1).max(100_000).default(400).describe("T, steps an episode"),
    cap: z.number().min(0.125).max(1024).default(4).describe("R, damage that a step can take at most"),
    block: z.int().min(1).max(10_000).default(50).describe("steps for which an alarm blocks a stream"),
    sweep: z
      .int()
      .min(1)
      .max(4096)
      .default(16)
      .describe("free streams, of the highest score, that a pooled alarm blocks"),
    budget: z.number().min(0).max(1).default(0.05).describe("β, share of innocent stream-time that alarms may block"),
    pooling: z.number().min(0).max(1).default(0.5).describe("w, share of the budget that the pooled detector spends"),
    pool: z
      .enum(POOLS)
      .default("sum")
      .describe(
        "what the pooled detector is: CUSUM or Shiryaev–Roberts of the sum, the highest √N scores summed, higher criticism, or a mixture",
      ),
    messages: z
      .enum(["values", "bits"])
      .default("values")
      .describe("what streams tell the centre: x, or (decentralised) the bit 1{x>0}; their own scores stay local"),
    shock: z
      .number()
      .min(0)
      .max(0.99)
      .default(0)
      .describe(
        "ρ, correlation of all streams' noise: a common shock in every step, which the pool knows and allows for",
      ),
  })
  .refine(({ shock, messages }) => shock === 0 || messages === "values", {
    path: ["shock"],
    message: "expected messages: values, whose sum has a known law under a common shock",
  })
  .refine(({ pool, messages }) => messages === "values" || pool === "sum" || pool === "shiryaev", {
    path: ["pool"],
    message: "expected sum or shiryaev with messages: bits, where scores stay local",
  })
  .refine(({ streams, leakers }) => leakers < streams, {
    path: ["leakers"],
    message: "expected fewer leakers than streams: somebody must be innocent",
  });
export type LowAndSlow = z.output<typeof params>;

const sees = {
  leaker: layout({
    reading: box([1], -1, 1, {
      says: "its own reading of the last step in standard deviations, over 8; 0 while blocked",
    }),
    score: box([1], 0, 1, {
      says: "its own CUSUM score over the threshold that blocks it (over that of w = 0 where w = 1 never does)",
    }),
    blocked: box([1], 0, 1, { says: "share of its block still to serve; 0 when free" }),
    peers: box([1], 0, 1, { says: "share of the leakers that are free" }),
    time: box([1], 0, 1, { says: "share of the episode's steps taken" }),
    alarm: box([1], 0, 1, { says: "1 if the pooled alarm rang in the last step" }),
  }),
  monitor: layout({
    free: box([1], 0, 1, { says: "share of the streams that are free" }),
    mean: box([1], 0, 1, { says: "mean score of the free streams over the streams' threshold" }),
    highest: box([1], 0, 1, { says: "highest score of the free streams over it" }),
    pooled: box([1], 0, 1, { says: "the pooled detector's statistic over its threshold" }),
    time: box([1], 0, 1, { says: "share of the episode's steps taken" }),
    alarm: box([1], 0, 1, { says: "1 if the pooled alarm rang in the last step" }),
  }),
};

const leaks = discrete(LEAKS.length, {
  says: "what it adds to its stream's mean, in standard deviations",
  names: LEAKS.map(String),
});
// Which split of the budget holds in a step.
const splits = discrete(3, {
  says: "who may ring in this step",
  names: ["as `pooling` says", "the streams alone", "the pool alone"],
});

const roles = ({ leakers }: LowAndSlow) =>
  ({
    leaker: { side: "attacker", count: leakers, observation: sees.leaker, action: leaks },
    monitor: { side: "defender", count: 1, observation: sees.monitor, action: splits },
  }) as const;

/** Readings are shown as x/8, clipped to [−1,1]. */
const READING = 8;

export default defineEnv({
  id: "low-and-slow-v0",
  summary: "Leakers share a theft among streams so that no one stream looks odd; a monitor splits its false alarms.",
  threat: "dispersion below per-agent thresholds",
  coordination: { attacker: "joint", defender: "joint" },
  params,
  knobs: {
    budget: { off: 0, lockdown: 1, grid: [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1] },
    pooling: { off: 0, lockdown: 1, grid: [0, 0.25, 0.5, 0.75, 1] },
  },
  presets: {
    cert: {
      summary:
        "a firm of 1000 people, of whom 70 are insiders, over 502 days of a step each; the pool is tuned as ever",
      source:
        "CERT insider threat test dataset r4.2 (Glasser and Lindauer 2013, doi:10.1109/SPW.2013.37; doi:10.1184/R1/12841247)",
      params: { streams: 1000, leakers: 70, steps: 502, cap: 16, sweep: 250 },
    },
  },
  horizon: ({ steps }) => steps,
  roles,
  counters: ["steps", "damage", "innocent", "blocked", "ownAlarms", "poolAlarms"],
  metrics: {
    utility: {
      axis: "utility",
      arm: "attacked",
      summary: "share of innocent stream-time not blocked, over the clean and the attacked episodes",
      of: (c, { clean }) => 1 - ratio(c.blocked + clean.blocked, c.innocent + clean.innocent, 0),
    },
    security: {
      axis: "security",
      summary: "1 − damage / (cap × steps)",
      of: (c) => 1 - ratio(c.damage, c.steps, 0),
    },
  },
  // A step: every free stream is read and scored, its own detector and the pooled one ring or do not, and streams that
  // are blocked serve a step. Leakers come first; nothing but their readings depends on that.
  create({ params: p, flat, slots, rng, counters, world }) {
    const { leaker, monitor } = flat;
    const watch = slots.monitor[0].parts;
    const { streams, leakers, steps, cap, block } = p;
    const bits = p.messages === "bits";
    const shift = SHIFT; // locals: imported names are looked up in every use
    const split = [p.pooling, 0, 1].map((pooling) => ({
      own: thresholds(p, pooling).own,
      pooled: poolThreshold(p, pooling),
    }));
    // Scores are shown against the thresholds of `pooling`, or of the whole budget where it gives a detector nothing.
    const shown = (h: number, whole: number) => (h < Number.POSITIVE_INFINITY ? Math.max(h, 0.01) : whole);
    const ownScale = 1 / shown(split[0].own, split[1].own);
    const poolScale = 1 / shown(split[0].pooled, split[2].pooled);
    const reading = 1 / READING;
    const drift = (shift * shift) / 2;
    const leaks = Float64Array.from(LEAKS);
    const { size: width, at } = sees.leaker; // floats an observation
    const innocents = streams - leakers;

    const score = new Float64Array(streams);
    const serving = new Int32Array(streams); // steps of its block that a stream has still to serve; 0 when free
    const noise = new Float64Array(streams);
    const ringing = new Int32Array(streams);
    const normals = new Normals();
    const sweepUp = sweeper(p, score, serving, rng);
    const pool = poolOf(p, gainOf(p));
    let free = streams;
    let pooled = 0;

    return {
      reset() {
        normals.seed(rng);
        score.fill(0);
        serving.fill(0);
        free = streams;
        pooled = 0;
        pool.restart();
        for (let i = 0; i < leakers; i++) leaker.obs[i * width + at.peers] = 1;
        watch.free[0] = 1;
      },
      step() {
        const { actions, obs, rewards } = leaker;
        const scores = score;
        const left = serving;
        const xs = noise;
        const rings = ringing;
        const thieves = leakers;
        const all = streams;
        const delta = shift;
        const fall = drift;
        const signs = bits;
        const limits = split[monitor.actions[0]];
        const limit = limits.own;
        const watching = free;
        draw(normals, noise, watching, p.shock);
        let drawn = 0;
        let leaked = 0;
        let sum = 0;
        let blocked = 0;
        let total = 0;
        let highest = 0;
        let alarms = 0;
        let freed = 0;
        for (let i = 0; i < thieves; i++) {
          if (left[i] > 0) {
            if (--left[i] === 0) freed++;
            obs[i * width] = 0;
            continue;
          }
          const leak = leaks[actions[i]];
          const x = xs[drawn++] + leak;
          leaked += leak;
          obs[i * width] = Math.max(-1, Math.min(1, x * reading));
          sum += signs ? (x > 0 ? 1 : -1) : x;
          const s = Math.max(0, scores[i] + delta * x - fall);
          scores[i] = s;
          total += s;
          highest = Math.max(highest, s);
          if (s >= limit) rings[alarms++] = i;
        }
        // The same for the innocent, who cannot leak and see nothing: most streams, so the loop that counts.
        for (let i = thieves; i < all; i++) {
          if (left[i] > 0) {
            if (--left[i] === 0) freed++;
            blocked++;
            continue;
          }
          const x = xs[drawn++];
          sum += signs ? (x > 0 ? 1 : -1) : x;
          const s = Math.max(0, scores[i] + delta * x - fall);
          scores[i] = s;
          total += s;
          highest = Math.max(highest, s);
          if (s >= limit) rings[alarms++] = i;
        }
        free += freed - alarms;
        for (let n = 0; n < alarms; n++) {
          left[rings[n]] = block;
          scores[rings[n]] = 0;
        }
        if (watching > 0) pooled = pool.hear(sum / deviation(watching, p.shock), scores, left, free);
        const rang = pooled >= limits.pooled ? 1 : 0;
        if (rang === 1) {
          free -= sweepUp(free);
          pool.restart();
          pooled = 0;
        }

        const damage = Math.min(cap, leaked) / cap;
        counters.steps++;
        counters.damage += damage;
        counters.innocent += innocents;
        counters.blocked += blocked;
        counters.ownAlarms += alarms;
        counters.poolAlarms += rang;

        let peers = 0;
        for (let i = 0; i < thieves; i++) if (left[i] === 0) peers++;
        const time = (world.t + 1) / steps;
        const peerShare = peers / thieves;
        const scale = ownScale;
        const served = 1 / block;
        for (let i = 0, at = 0; i < thieves; i++, at += width) {
          // In the order of the layout; numbers spelt out let V8 check bounds once. The reading is written above.
          obs[at + 1] = Math.min(1, scores[i] * scale);
          obs[at + 2] = left[i] * served;
          obs[at + 3] = peerShare;
          obs[at + 4] = time;
          obs[at + 5] = rang;
          rewards[i] = damage;
        }
        watch.free[0] = free / streams;
        watch.mean[0] = Math.min(1, (total * ownScale) / Math.max(1, watching));
        watch.highest[0] = Math.min(1, highest * ownScale);
        watch.pooled[0] = Math.min(1, pooled * poolScale);
        watch.time[0] = time;
        watch.alarm[0] = rang;
        monitor.rewards[0] = -damage - blocked / innocents;
      },
      // A bar for every stream: its score over the threshold that blocks it, or full while it is blocked.
      render: () => ({
        title: "height: score over threshold; red: blocked",
        width: streams,
        height: 11,
        labels: { step: world.t, free, pooled: (pooled * poolScale).toFixed(2), damage: counters.damage.toFixed(1) },
        shapes: Array.from({ length: streams }, (_, i) => {
          const h = serving[i] > 0 ? 10 : Math.min(10, 10 * score[i] * ownScale);
          const tone = serving[i] > 0 ? ("bad" as const) : i < leakers ? ("attacker" as const) : ("benign" as const);
          return { kind: "rect" as const, x: i, y: 10 - h, w: 0.8, h, tone };
        }),
      }),
    };
  },
});
