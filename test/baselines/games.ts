import { z } from "zod";
import { defineEnv, ratio } from "../../src/env/define.ts";
import { box, discrete, multiDiscrete } from "../../src/spaces/index.ts";

/** Two players meet if both choose 2 of three places; meeting at 0 pays less: the climbing game's shape, made kind. */
export const meeting = defineEnv({
  id: "meeting-v0",
  summary: "A matrix game with a best and a good equilibrium.",
  threat: "none",
  coordination: { attacker: "factored" },
  params: z.object({ steps: z.int().min(1).default(4), bonus: z.number().min(0).max(1).default(0) }),
  knobs: { bonus: { off: 0, lockdown: 1, grid: [0, 1] } },
  horizon: ({ steps }) => steps,
  roles: () => ({
    row: { side: "attacker", count: 1, observation: box([2], 0, 1), action: discrete(3) },
    column: { side: "attacker", count: 1, observation: box([2], 0, 1), action: discrete(3) },
  }),
  counters: ["met", "rounds"],
  metrics: { meetings: { axis: "utility", summary: "share of best meetings", of: (c) => ratio(c.met, c.rounds, 0) } },
  create({
    slots: {
      row: [row],
      column: [column],
    },
    params,
    counters,
    world,
  }) {
    const show = (t: number) => {
      for (const one of [row, column]) one.obs[0] = t / params.steps;
    };
    return {
      reset: () => show(0),
      step() {
        const same = row.action === column.action;
        const best = same && row.action === 2 ? 1 : 0;
        row.reward = column.reward = best || (same && row.action === 0 ? 0.5 : 0);
        counters.met += best;
        counters.rounds++;
        show(world.t + 1);
      },
    };
  },
});

/** Four agents who see the same want a seat each; the level says how much a seat taken twice costs. */
export const seating = defineEnv({
  id: "seating-v0",
  summary: "Take a seat that nobody else takes.",
  threat: "none",
  coordination: { attacker: "factored" },
  params: z.object({ steps: z.int().min(1).default(4), fine: z.number().min(0).max(1).default(0) }),
  knobs: { fine: { off: 0, lockdown: 1, grid: [0, 1] } },
  horizon: ({ steps }) => steps,
  roles: () => ({ guest: { side: "attacker", count: 4, observation: box([2], 0, 1), action: discrete(4) } }),
  counters: ["seats", "steps"],
  metrics: {
    seated: { axis: "utility", summary: "share of seats taken", of: (c) => ratio(c.seats, c.steps * 4, 0) },
  },
  create({ slots: { guest }, params, counters }) {
    return {
      reset: () => {},
      step() {
        const taken = new Set(guest.map(({ action }) => action)).size;
        for (const one of guest) one.reward = taken / 4 - (params.fine * (4 - taken)) / 4;
        counters.seats += taken;
        counters.steps++;
      },
    };
  },
});

/**
 * A button to find, another at each level: where it is loud it pays 1 and so does luck, a little; where it is quiet, a
 * hundredth of that.
 */
export const whispering = defineEnv({
  id: "whispering-v0",
  summary: "Press 2 where it is loud, 1 where it is quiet.",
  threat: "none",
  coordination: { attacker: "factored" },
  params: z.object({ steps: z.int().min(1).default(4), quiet: z.number().min(0).max(1).default(0) }),
  knobs: { quiet: { off: 0, lockdown: 1, grid: [0, 1] } },
  horizon: ({ steps }) => steps,
  roles: () => ({ hand: { side: "attacker", count: 1, observation: box([1], 0, 1), action: discrete(3) } }),
  counters: ["found", "steps"],
  metrics: { found: { axis: "utility", summary: "share of right presses", of: (c) => ratio(c.found, c.steps, 0) } },
  create({
    slots: {
      hand: [hand],
    },
    params: { quiet },
    rng,
    counters,
  }) {
    return {
      reset: () => {},
      step() {
        const found = hand.action === (quiet === 1 ? 1 : 2) ? 1 : 0;
        hand.reward = (found + rng.normal()) * (quiet === 1 ? 0.01 : 1);
        counters.found += found;
        counters.steps++;
      },
    };
  },
});

/** Three agents each copy two shown digits (MultiDiscrete), under a mask; one dies after its first answer. */
export const copying = defineEnv({
  id: "copying-v0",
  summary: "Copy what is shown; agent 2 leaves after one step.",
  threat: "none",
  coordination: { attacker: "joint" },
  params: z.object({ steps: z.int().min(1).default(8) }),
  knobs: {},
  horizon: ({ steps }) => steps,
  roles: () => ({
    clerk: { side: "attacker", count: 3, observation: box([5], 0, 1), action: multiDiscrete([3, 2]), masked: true },
  }),
  counters: ["right", "asked"],
  metrics: { accuracy: { axis: "utility", summary: "share of right answers", of: (c) => ratio(c.right, c.asked, 0) } },
  create({ slots: { clerk }, rng, counters, world }) {
    const shown = clerk.map(() => [0, 0]);
    const show = () => {
      clerk.forEach((one, i) => {
        shown[i] = [rng.int(0, 3), rng.int(0, 2)];
        one.obs.fill(0);
        one.obs[shown[i][0]] = 1;
        one.obs[3 + shown[i][1]] = 1;
        // One wrong first digit is forbidden: a learner that ignores masks would be refused.
        one.mask.fill(1);
        one.mask[(shown[i][0] + 1) % 3] = 0;
      });
    };
    return {
      reset: show,
      step() {
        clerk.forEach((one, i) => {
          if (!one.alive) return;
          if (one.mask[one.action[0]] === 0) throw new Error(`agent ${i} took a forbidden action`);
          const right = (one.action[0] === shown[i][0] ? 0.5 : 0) + (one.action[1] === shown[i][1] ? 0.5 : 0);
          one.reward = right;
          counters.right += right;
          counters.asked++;
        });
        show();
        if (world.t === 0) clerk[2].terminate();
      },
    };
  },
});

/** Two agents steer to a point in the unit square (Box actions). */
export const steering = defineEnv({
  id: "steering-v0",
  summary: "Choose a point near the one that is shown.",
  threat: "none",
  coordination: { attacker: "joint" },
  params: z.object({ steps: z.int().min(1).default(4) }),
  knobs: {},
  horizon: ({ steps }) => steps,
  roles: () => ({
    pilot: { side: "attacker", count: 2, observation: box([2], -1, 1), action: box([2], -1, 1) },
  }),
  counters: ["distance", "rounds"],
  metrics: {
    nearness: { axis: "utility", summary: "1 − mean distance / 3", of: (c) => 1 - ratio(c.distance, c.rounds * 3, 0) },
  },
  create({ slots: { pilot }, rng, counters }) {
    const show = () => {
      for (const one of pilot) for (let i = 0; i < 2; i++) one.obs[i] = rng.float() - 0.5;
    };
    return {
      reset: show,
      step() {
        for (const one of pilot) {
          const x = one.action[0] - one.obs[0];
          const y = one.action[1] - one.obs[1];
          const distance = Math.sqrt(x * x + y * y);
          one.reward = -distance;
          counters.distance += distance;
          counters.rounds++;
        }
        show();
      },
    };
  },
});

/**
 * Two choices, of one agent or of one each of two, must differ; a guard then stops that way of differing which it saw more
 * often in this episode. Whoever decides once for all is stopped; independent draws differ half of the time and are stopped
 * half of that, so ¼ is all they get; draws that always differ, either way equally often, get ½.
 */
export const splitting = defineEnv({
  id: "splitting-v0",
  summary: "Take different sides, and not always the same ones.",
  threat: "none",
  coordination: { attacker: "joint" },
  params: z.object({ steps: z.int().min(1).default(16), agents: z.int().min(1).max(2).default(1) }),
  knobs: {},
  horizon: ({ steps }) => steps,
  roles: ({ agents }) => ({
    pair: {
      side: "attacker",
      count: agents,
      observation: box([1], 0, 1),
      action: multiDiscrete(new Array<number>(2 / agents).fill(2)),
    },
  }),
  counters: ["passed", "steps"],
  metrics: {
    passes: { axis: "utility", summary: "share of steps that passed", of: (c) => ratio(c.passed, c.steps, 0) },
  },
  create({ slots: { pair }, rng, counters }) {
    let lead = 0; // how much oftener the first side was taken first
    return {
      reset() {
        lead = 0;
        for (const one of pair) one.obs[0] = 1;
      },
      step() {
        const [first, second] = pair.flatMap(({ action }) => [...action]);
        const guarded = lead > 0 || (lead === 0 && rng.bernoulli(0.5)) ? 0 : 1;
        const passed = first !== second && first !== guarded ? 1 : 0;
        if (first !== second) lead += first === 0 ? 1 : -1;
        for (const one of pair) one.reward = passed;
        counters.passed += passed;
        counters.steps++;
      },
    };
  },
});

/** Whoever holds on lives for the next step, and earns by it: episodes grow as it is learned. */
export const holding = defineEnv({
  id: "holding-v0",
  summary: "Hold on.",
  threat: "none",
  coordination: { attacker: "factored" },
  params: z.object({ steps: z.int().min(1).default(50) }),
  knobs: {},
  horizon: ({ steps }) => steps,
  roles: () => ({ holder: { side: "attacker", count: 1, observation: box([2], 0, 1), action: discrete(3) } }),
  counters: ["held"],
  metrics: { grip: { axis: "utility", summary: "1 if it was held", of: (c) => Math.min(1, c.held) } },
  create({
    slots: {
      holder: [holder],
    },
    counters,
    world,
  }) {
    return {
      reset: () => holder.obs.fill(1),
      step() {
        holder.obs[0] = 0;
        if (holder.action !== 1) return world.terminate();
        holder.reward = 1;
        counters.held++;
      },
    };
  },
});

/** Nine rowers of whom one, another each time, sees how hard to pull: the boat moves only if all living ones do. */
export const rowing = defineEnv({
  id: "rowing-v0",
  summary: "Pull together as one of you is told; rower 8 leaves after one step.",
  threat: "none",
  coordination: { attacker: "joint" },
  params: z.object({ steps: z.int().min(1).default(8), weight: z.number().min(0).max(1).default(0) }),
  knobs: { weight: { off: 0, lockdown: 1, grid: [0, 1] } },
  horizon: ({ steps }) => steps,
  roles: () => ({ rower: { side: "attacker", count: 9, observation: box([4], -1, 1), action: discrete(4) } }),
  counters: ["moved", "steps"],
  metrics: { speed: { axis: "utility", summary: "share of steps that moved", of: (c) => ratio(c.moved, c.steps, 0) } },
  create({ slots: { rower }, rng, counters, world }) {
    let told = 0;
    const show = () => {
      told = rng.int(0, 4);
      for (const one of rower) if (one.alive) one.obs.fill(-1);
      rower[rng.int(0, 8)].obs[told] = 1;
    };
    return {
      reset: show,
      step() {
        const moved = rower.every(({ alive, action }) => !alive || action === told);
        if (moved) for (const one of rower) one.reward = one.alive ? 1 : 0;
        counters.moved += moved ? 1 : 0;
        counters.steps++;
        show();
        if (world.t === 0) rower[8].terminate();
      },
    };
  },
});

/**
 * Two agents are shown one of four cues each, at the start only; after `delay` steps each is paid for naming its own, or with
 * `turn` the one across from it.
 */
export const recalling = defineEnv({
  id: "recalling-v0",
  summary: "Remember a cue: who cannot is right one time in four.",
  threat: "none",
  coordination: { attacker: "joint" },
  params: z.object({ delay: z.int().min(1).default(8), turn: z.int().min(0).max(1).default(0) }),
  knobs: { turn: { off: 0, lockdown: 1, grid: [0, 1] } },
  horizon: ({ delay }) => delay + 1,
  roles: () => ({
    clerk: { side: "attacker", count: 2, observation: box([5], 0, 1), action: discrete(4) },
  }),
  counters: ["right", "asked"],
  metrics: { accuracy: { axis: "utility", summary: "share of right answers", of: (c) => ratio(c.right, c.asked, 0) } },
  create({ slots: { clerk }, params: { delay, turn }, rng, counters, world }) {
    const cues = clerk.map(() => 0);
    return {
      reset() {
        clerk.forEach((one, i) => {
          cues[i] = rng.int(0, 4);
          one.obs.fill(0);
          one.obs[cues[i]] = 1;
        });
      },
      step() {
        clerk.forEach((one, i) => {
          one.obs.fill(0);
          one.obs[4] = world.t + 1 === delay ? 1 : 0;
          one.reward = world.t === delay && one.action === (turn ? 3 - cues[i] : cues[i]) ? 1 : 0;
          counters.right += one.reward;
          counters.asked += world.t === delay ? 1 : 0;
        });
      },
    };
  },
});

/**
 * The two-step game of the QMIX paper (Rashid et al. 2018, §5): the first agent's choice picks one of two matrix games for
 * the second step, of 7 whatever they choose, or of 0, 1, 1 and 8. Sums of values of each agent's own cannot tell the latter.
 */
export const twoStep = defineEnv({
  id: "two-step-v0",
  summary: "Choose the game, then play it.",
  threat: "none",
  coordination: { attacker: "factored" },
  params: z.object({}),
  knobs: {},
  horizon: () => 2,
  roles: () => ({ player: { side: "attacker", count: 2, observation: box([3], 0, 1), action: discrete(2) } }),
  counters: ["paid", "most"],
  metrics: { share: { axis: "utility", summary: "share of the most there is", of: (c) => ratio(c.paid, c.most, 0) } },
  create({ slots: { player }, counters, world }) {
    const show = (state: number) => {
      for (const one of player) one.obs.fill(0).fill(1, state, state + 1);
    };
    let second = 1;
    return {
      reset: () => show(0),
      step() {
        const [a, b] = player.map(({ action }) => action);
        if (world.t === 0) {
          second = 1 + a;
          return show(second);
        }
        const paid = second === 1 ? 7 : [0, 1, 8][a + b];
        for (const one of player) one.reward = paid;
        counters.paid += paid;
        counters.most += 8;
        world.terminate();
      },
    };
  },
});
