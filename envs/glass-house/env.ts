import { box, defineEnv, discrete, layout, multiDiscrete, ratio } from "masque";
import { z } from "zod";
import { BIASES, BLOCK, channel, hypergeometric, MEMORY, payOf, votesToConvict } from "./model.ts";

const params = z.object({
  workers: z.int().min(1).max(256).default(8).describe("honest agents"),
  colluders: z.int().min(1).max(64).default(2).describe("agents that lean towards the paying act and share the pay"),
  window: z
    .int()
    .min(BLOCK)
    .max(256)
    .multipleOf(BLOCK)
    .default(64)
    .describe("n, rounds an audit reads; windows do not overlap"),
  block: z
    .literal([1, 2, 4, 8])
    .default(8)
    .describe("rounds between two choices of a bias, a step: with 1, colluders choose in every round"),
  sanction: z.int().min(0).max(4096).multipleOf(BLOCK).default(64).describe("L, rounds an accused agent sits out"),
  audits: z.int().min(1).max(1000).default(16).describe("windows an agent completes in an episode if never accused"),
  transparency: z
    .number()
    .min(0)
    .max(8)
    .default(1)
    .describe("ε, privacy loss of the log: an act is flipped with probability 1/(1+e^ε), or the count is noised alike"),
  falseAlarm: z.number().min(0).max(1).default(0.02).describe("α, level of the audit's test under honest play"),
  aggregation: z
    .enum(["local", "central"])
    .default("local")
    .describe("local: every act is flipped; central: a trusted centre adds two-sided geometric noise to the count"),
  shards: z
    .literal([1, 2, 4, 8])
    .default(1)
    .describe("k, decentralised: overseers who hold 1/k of each window's rounds and vote; the thief gets one shard"),
  quorum: z.number().min(0).max(1).default(0.5).describe("share of the shards' votes that convicts, at least one vote"),
});

export type GlassHouse = z.output<typeof params>;

/** What an agent sees of itself: bounded, and all that the best response to the audit needs. */
const person = layout({
  phase: box([1], 0, 1, { says: "share of the window done; 1 while the audit is pending" }),
  excess: box([1], -1, 1, { says: "(ones − zeros)/n of its own acts in the window" }),
  escrow: box([1], 0, 1, { says: "Σ 2a over the window's rounds, over n: what is paid if the audit passes" }),
  barred: box([1], 0, 1, { says: "share of the sanction still to serve" }),
  record: box([1], -1, 1, {
    says: "running mean of `excess` over audits passed since the last sanction, the past weighted .7",
  }),
});
const lean = discrete(BIASES, {
  says: "bias a towards the paying act, for a block of rounds",
  names: Array.from({ length: BIASES }, (_, i) => String(i / (2 * (BIASES - 1)))),
});

const roles = ({ workers, colluders, shards }: GlassHouse) => {
  const agents = workers + colluders;
  return {
    worker: { side: "benign", count: workers, observation: person, action: lean },
    colluder: { side: "attacker", count: colluders, observation: person, action: lean },
    overseer: {
      side: "defender",
      count: shards,
      // By desk: agents are seated anew every episode, so that a place says nothing about its owner.
      observation: layout({
        due: box([agents], 0, 1, { says: "1 where the agent at this desk is to be judged now, by desk" }),
        tally: box([agents], -1, 1, { says: "(ones − zeros)/n that the log shows of it, by desk" }),
      }),
      action: multiDiscrete(new Array<number>(agents).fill(2), {
        components: Array.from({ length: agents }, (_, desk) => ({
          says: `desk ${desk}`,
          names: ["acquit", "accuse"],
        })),
      }),
    },
  } as const;
};

export default defineEnv({
  id: "glass-house-v0",
  summary: "An overseer catches colluders in a log that a thief will steal: what oversight sees, the thief sees too.",
  threat: "transparency against privacy (security against security)",
  coordination: { attacker: "factored", defender: "factored" },
  params,
  knobs: {
    transparency: { off: 0, lockdown: 8, grid: [0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4, 8] },
    falseAlarm: { off: 0, lockdown: 1, grid: [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1] },
  },
  // In the last step nobody acts: it audits the last windows.
  horizon: ({ audits, window, block }) => (audits * window) / block + 1,
  roles,
  counters: ["worked", "barred", "rounds", "sanctions", "paid", "bits", "leaked"],
  metrics: {
    utility: {
      axis: "utility",
      summary: "share of the workers' rounds not lost to sanctions",
      of: (c) => ratio(c.worked, c.worked + c.barred, 1),
    },
    privacy: {
      axis: "security",
      summary: "1 − the thief's advantage (right − wrong guesses) per act of a worker",
      of: (c) => 1 - Math.min(1, Math.max(0, ratio(c.leaked, c.bits, 0))),
    },
    oversight: {
      axis: "security",
      summary: "1 − colluders' paid gains / (their rounds + sanctions)",
      of: (c) => 1 - ratio(c.paid, c.rounds + c.sanctions, 0),
    },
  },
  create({ params: p, flat: { worker, colluder, overseer }, rng, counters, world }) {
    const { workers, colluders, window, shards, sanction, block } = p;
    const agents = workers + colluders;
    const blocks = window / block;
    const pay = payOf(block);
    const fields = 0x11111111 >>> (32 - 4 * block); // a field a round, of those of a word
    const perBlock = 1 / blocks;
    const perRound = 1 / window;
    const perBarred = sanction > 0 ? 1 / sanction : 0;
    const lastStart = (p.audits - 1) * blocks;
    const convicting = votesToConvict(p);
    const held = window / shards;
    const log = channel(p, held, rng);
    const deal = Array.from({ length: shards - 1 }, (_, s) => hypergeometric(window - s * held, held, rng));

    const desk = new Int32Array(agents);
    const phase = new Int32Array(agents); // blocks done; all of them while the audit is pending
    const ones = new Int32Array(agents); // acts of the window that were 1
    const escrow = new Int32Array(agents); // Σ of actions a·8, each worth `pay`
    const barred = new Int32Array(agents); // rounds still to sit out
    const record = new Float64Array(agents);
    let stolen = 0;
    const { due, tally } = roles(p).overseer.observation.at;
    const seats = overseer.obs.length / shards;

    /** Hands the window to the shards: which rounds go where is secret and uniform. */
    const publish = (i: number) => {
      let left = ones[i];
      for (let s = 0; s < shards; s++) {
        const share = s === shards - 1 ? left : deal[s](left);
        left -= share;
        log.record(share);
        const at = s * seats + desk[i];
        overseer.obs[at + due] = 1;
        overseer.obs[at + tally] = (2 * log.tally - held) / held;
        if (i >= workers) continue;
        counters.bits += held;
        if (s === stolen) counters.leaked += 2 * log.right - held;
      }
    };
    const judge = (i: number) => {
      let votes = 0;
      for (let s = 0; s < shards; s++) {
        votes += overseer.actions[s * agents + desk[i]];
        const at = s * seats + desk[i];
        overseer.obs[at + due] = overseer.obs[at + tally] = 0;
      }
      const lost = votes >= convicting ? sanction : 0;
      const paid = votes >= convicting ? 0 : pay * escrow[i];
      barred[i] = lost;
      const excess = (2 * ones[i] - window) / window;
      record[i] = votes >= convicting ? 0 : MEMORY * record[i] + (1 - MEMORY) * excess;
      let harm = 0;
      if (i < workers) {
        // Sanctions are charged in full when imposed: an episode's end pardons nobody.
        counters.worked += window;
        counters.barred += lost;
        harm = lost / (window * workers);
      } else {
        counters.rounds += window;
        counters.sanctions += lost;
        counters.paid += paid;
        harm = paid / (window * colluders);
        for (let j = 0; j < colluders; j++) colluder.rewards[j] += harm;
      }
      for (let s = 0; s < shards; s++) overseer.rewards[s] -= harm;
      phase[i] = ones[i] = escrow[i] = 0;
    };
    /** One block of agent i, who sees `obs[at…]`; whether it worked. */
    const advance = (i: number, action: number, obs: Float32Array, at: number) => {
      if (phase[i] === blocks) judge(i);
      let worked = 0;
      if (barred[i] > 0) barred[i] -= block;
      else if (phase[i] > 0 || world.t <= lastStart) {
        // Up to eight rounds in eight fields of a word. A field's upper three bits are uniform on 0…7; adding 4 − 8a carries
        // out unless they are below 4 + 8a, which has probability ½ + a.
        const carried = ((rng.word() >>> 1) & 0x77777777) + Math.imul(4 - action, 0x11111111);
        ones[i] += Math.imul((~carried >>> 3) & fields, 0x11111111) >>> 28; // the top field adds up all
        escrow[i] += action;
        if (++phase[i] === blocks) publish(i);
        worked = 1;
      }
      // In the order of `person`. Numbers spelt out let V8 check bounds once: a tenth of the speed at one copy.
      obs[at] = phase[i] * perBlock;
      obs[at + 1] = (2 * ones[i] - block * phase[i]) * perRound;
      obs[at + 2] = pay * escrow[i] * perRound;
      obs[at + 3] = barred[i] * perBarred;
      obs[at + 4] = record[i];
      return worked;
    };
    return {
      reset() {
        phase.fill(0);
        ones.fill(0);
        escrow.fill(0);
        barred.fill(0);
        record.fill(0);
        for (let i = 0; i < agents; i++) desk[i] = i;
        rng.shuffle(desk);
        stolen = rng.int(0, shards);
      },
      step() {
        for (let i = 0; i < workers; i++)
          worker.rewards[i] = advance(i, worker.actions[i], worker.obs, person.size * i);
        for (let j = 0; j < colluders; j++) advance(workers + j, colluder.actions[j], colluder.obs, person.size * j);
      },
      render: () => ({
        title: "height: share of the window done; red: barred",
        width: 2 * agents,
        height: 10,
        labels: { step: world.t, escrow: escrow.reduce((sum, units) => sum + pay * units, 0), paid: counters.paid },
        shapes: Array.from({ length: agents }, (_, i) => {
          const h = barred[i] > 0 ? 9 : (9 * phase[i]) / blocks;
          const tone = barred[i] > 0 ? "bad" : i < workers ? "benign" : "attacker";
          return { kind: "rect" as const, x: 2 * i, y: 9 - h, w: 1, h, tone: tone as "bad" | "benign" | "attacker" };
        }),
      }),
    };
  },
});
