import { defineEnv, ratio } from "../../src/env/define.ts";
import { channel, hypergeometric } from "./channel.ts";
import { BLOCK, MEMORY, params, votesToConvict } from "./params.ts";
import { roles } from "./roles.ts";

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
  horizon: ({ audits, window }) => (audits * window) / BLOCK + 1,
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
    const { workers, colluders, window, shards, sanction } = p;
    const agents = workers + colluders;
    const blocks = window / BLOCK;
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
    const escrow = new Int32Array(agents); // Σ of actions a·8, each worth 2 rounds' pay
    const barred = new Int32Array(agents); // rounds still to sit out
    const record = new Float64Array(agents);
    let stolen = 0;

    /** Hands the window to the shards: which rounds go where is secret and uniform. */
    const publish = (i: number) => {
      let left = ones[i];
      for (let s = 0; s < shards; s++) {
        const share = s === shards - 1 ? left : deal[s](left);
        left -= share;
        log.record(share);
        const at = s * 2 * agents + desk[i];
        overseer.obs[at] = 1;
        overseer.obs[at + agents] = (2 * log.tally - held) / held;
        if (i >= workers) continue;
        counters.bits += held;
        if (s === stolen) counters.leaked += 2 * log.right - held;
      }
    };
    const judge = (i: number) => {
      let votes = 0;
      for (let s = 0; s < shards; s++) {
        const at = s * agents + desk[i];
        votes += overseer.actions[at];
        overseer.obs[at + s * agents] = overseer.obs[at + (s + 1) * agents] = 0;
      }
      const lost = votes >= convicting ? sanction : 0;
      const paid = votes >= convicting ? 0 : 2 * escrow[i];
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
      if (barred[i] > 0) barred[i] -= BLOCK;
      else if (phase[i] > 0 || world.t <= lastStart) {
        // Eight rounds in eight fields of a word. A field's upper three bits are uniform on 0…7; adding 4 − 8a carries
        // out unless they are below 4 + 8a, which has probability ½ + a.
        const carried = ((rng.word() >>> 1) & 0x77777777) + Math.imul(4 - action, 0x11111111);
        ones[i] += Math.imul((~carried >>> 3) & 0x11111111, 0x11111111) >>> 28; // the top field adds up all
        escrow[i] += action;
        if (++phase[i] === blocks) publish(i);
        worked = 1;
      }
      obs[at] = phase[i] * perBlock;
      obs[at + 1] = (2 * ones[i] - BLOCK * phase[i]) * perRound;
      obs[at + 2] = 2 * escrow[i] * perRound;
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
        for (let i = 0; i < workers; i++) worker.rewards[i] = advance(i, worker.actions[i], worker.obs, 5 * i);
        for (let j = 0; j < colluders; j++) advance(workers + j, colluder.actions[j], colluder.obs, 5 * j);
      },
      render: () => ({
        title: "height: share of the window done; red: barred",
        width: 2 * agents,
        height: 10,
        labels: { step: world.t, escrow: escrow.reduce((sum, units) => sum + 2 * units, 0), paid: counters.paid },
        shapes: Array.from({ length: agents }, (_, i) => {
          const h = barred[i] > 0 ? 9 : (9 * phase[i]) / blocks;
          const tone = barred[i] > 0 ? "bad" : i < workers ? "benign" : "attacker";
          return { kind: "rect" as const, x: 2 * i, y: 9 - h, w: 1, h, tone: tone as "bad" | "benign" | "attacker" };
        }),
      }),
    };
  },
});
