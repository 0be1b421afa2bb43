import { describe, expect, it } from "vitest";
import { z } from "zod";
import ippo from "../../baselines/ippo.ts";
import jointPpo from "../../baselines/joint-ppo.ts";
import mappo from "../../baselines/mappo.ts";
import { defineEnv, type Environment, ratio } from "../../src/env/define.ts";
import type { Learning, TrainState } from "../../src/learn/baseline.ts";
import { type TrainOptions, train } from "../../src/learn/train.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { decodePolicy, encodePolicy, policyDigest } from "../../src/policy/checkpoint.ts";
import type { PolicyData } from "../../src/policy/data.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import { mixtureData } from "../../src/policy/mixture.ts";
import type { PolicyFactory, ScriptedPolicies } from "../../src/policy/policy.ts";
import { box, multiDiscrete } from "../../src/spaces/index.ts";

// Settings are tested one by one elsewhere; here they meet, in a game that has all that one of them must heed: several
// agents, choices of several parts, deaths, episodes that end at any time, levels, and masks or none.

const errands = (masked: boolean) =>
  defineEnv({
    id: `errands-${masked ? "masked" : "free"}-v0`,
    summary: "Fetch what is asked for; porter 2 leaves early, and so may all.",
    threat: "none",
    coordination: { attacker: "joint" },
    params: z.object({ steps: z.int().min(1).default(6), fee: z.number().min(0).max(1).default(0) }),
    knobs: { fee: { off: 0, lockdown: 1, grid: [0, 1] } },
    horizon: ({ steps }) => steps,
    roles: () => ({
      porter: { side: "attacker", count: 3, observation: box([3], 0, 1), action: multiDiscrete([3, 2]), masked },
    }),
    counters: ["right", "asked"],
    metrics: { fetched: { axis: "utility", summary: "share of errands", of: (c) => ratio(c.right, c.asked, 0) } },
    create({ slots: { porter }, params: { fee }, rng, counters, world }) {
      let asked = 0;
      const show = () => {
        asked = rng.int(0, 3);
        for (const [i, one] of porter.entries()) {
          one.obs.fill(0);
          one.obs[(asked + i) % 3] = 1;
          if (masked) one.mask.fill(1);
          if (masked) one.mask[(asked + 1) % 3] = 0;
        }
      };
      return {
        reset: show,
        step() {
          for (const one of porter) {
            if (!one.alive) continue;
            const right = one.action[0] === asked ? 1 : 0;
            one.reward = right - fee * one.action[1] * 0.5;
            counters.right += right;
            counters.asked++;
          }
          show();
          if (world.t === 1) porter[2].terminate();
          if (world.t > 1 && rng.bernoulli(0.2)) world.terminate();
        },
      };
    },
  });

const [masked, free] = [errands(true), errands(false)];
const common = { copies: 8, rolloutSteps: 8, hidden: [6], minibatches: 2, epochs: 2, learningRate: 0.02 };
const memory = { ...common, memory: "gru", memorySize: 5, sequence: 4 } as const;
const inTurn = { heads: "autoregressive" } as const;
const alike = { normaliseObservations: true } as const;
const levels = [{ fee: 0 }, { fee: 1 }];

/** A porter who fetches what is asked for and rings in every other step, which it counts. */
const fetch: PolicyFactory = () => ({
  stateSize: 1,
  act({ rows, count, obs, obsSize, actions, state }) {
    for (let row = 0; row < rows; row++) {
      const cue = obs.subarray(row * obsSize, (row + 1) * obsSize).indexOf(1);
      actions[2 * row] = (Math.max(0, cue) - (row % count) + 3) % 3;
      actions[2 * row + 1] = state[row]++ % 2;
    }
  },
});
const scripts: ScriptedPolicies = {
  defaults: {},
  attacks: { none: { roles: { porter: fetch } }, fetch: { roles: { porter: fetch } } },
};
/** It leads the first of five rounds, and counts in the first four. */
const taught = { teacher: "fetch", teacherLeads: 0.2, teacherUntil: 0.9 } as const;

interface Case {
  readonly name: string;
  readonly how: Learning;
  readonly env?: Environment;
  readonly levels?: typeof levels;
  /** Why a stored policy of it is nothing to start from. */
  readonly anew?: RegExp;
}
const cases: readonly Case[] = [
  { name: "memory, in turn", how: ippo({ ...memory, ...inTurn }) },
  { name: "memory, in turn, one controller", how: jointPpo({ ...memory, ...inTurn, popArt: 0.1 }) },
  {
    name: "memory, in turn, ids, levels",
    how: mappo({ ...memory, ...inTurn, agentIds: true, valueClip: 0.2 }),
    levels,
  },
  {
    name: "memory, in turn, networks apart, alike, PopArt",
    how: mappo({ ...memory, ...inTurn, ...alike, shareParameters: false, popArt: 0.1 }),
    anew: /every agent learns for itself/,
  },
  {
    name: "memory, networks apart, each level by itself",
    how: ippo({ ...memory, shareParameters: false, normaliseBy: "level" }),
    levels,
    anew: /every agent learns for itself/,
  },
  {
    name: "memory, ids, each level by itself",
    how: mappo({ ...memory, agentIds: true, normaliseBy: "level" }),
    levels,
  },
  {
    name: "memory, in turn, squads, alike, levels",
    how: jointPpo({ ...memory, ...inTurn, ...alike, squads: 2 }),
    env: free,
    levels,
    anew: /normalised observations/,
  },
  {
    name: "no memory, in turn, ids, PopArt, levels",
    how: ippo({ ...common, ...inTurn, agentIds: true, popArt: 0.1 }),
    levels,
  },
  { name: "a teacher, memory, in turn, one controller", how: jointPpo({ ...memory, ...inTurn, ...taught }) },
  {
    name: "a teacher, networks apart, levels",
    how: mappo({ ...common, ...taught, shareParameters: false }),
    levels,
    anew: /every agent learns for itself/,
  },
  {
    name: "a teacher, memory, in turn, squads, levels",
    how: jointPpo({ ...memory, ...inTurn, ...taught, squads: 2 }),
    env: free,
    levels,
  },
];

const stored = (data: PolicyData) => {
  const { json, weights } = encodePolicy(data);
  return decodePolicy(JSON.parse(json), weights, "porter");
};
const tracesOf = (env: Environment, data: PolicyData, copies: number, fee: number, forgets = false) =>
  evaluate(env, {
    params: { fee },
    policies: { porter: forgets ? forgetting(policyFrom(data)) : policyFrom(data) },
    copies,
    episodes: 24,
    seed: 1,
    split: ["test"],
  }).traces;
/** The same policy, whose memory is wiped before every step. */
const forgetting =
  (factory: PolicyFactory): PolicyFactory =>
  (context) => {
    const policy = factory(context);
    return { ...policy, act: (batch) => policy.act({ ...batch, state: batch.state.fill(0) }) };
  };
const distance = (a: PolicyData, b: PolicyData) =>
  Math.max(
    ...Object.entries(a.tensors).map(([name, { data }]) =>
      data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.tensors[name].data[i])), 0),
    ),
  );

describe("settings together", () => {
  const trained = new Map<string, PolicyData>();

  it.each(cases)("$name: trained, resumed, stored and played as each alone", async (one) => {
    const { how, env = masked, levels } = one;
    const round = common.copies * common.rolloutSteps;
    const run = (more: Partial<TrainOptions> = {}) =>
      train({
        environment: env,
        roles: { porter: how },
        scripts,
        levels,
        budget: 5 * round,
        seed: 3,
        ...more,
      } as TrainOptions);
    const kept: TrainState[] = [];
    const whole = await run({ checkpoint: { every: 2, save: (state) => kept.push(state) } });
    const again = await run({ checkpoint: { every: 2, save: () => {} } });
    const rest = await run({ checkpoint: { every: 2, resume: kept[0] } });
    const data = whole.policies.porter;
    trained.set(one.name, data);
    for (const other of [again, rest]) expect(policyDigest(other.policies.porter)).toBe(policyDigest(data));

    const [fused, plain] = [await run({ budget: round }), await run({ budget: round, kernels: false })];
    expect(distance(fused.policies.porter, plain.policies.porter)).toBeLessThan(2e-4);
    expect(distance(fused.policies.porter, data)).toBeGreaterThan(1e-2);

    const start = { porter: stored(data) };
    const calm = { baseline: how.baseline, config: { ...(how.config as object), learningRate: 1e-12 } } as Learning;
    const from = () => run({ roles: { porter: calm }, seed: 4, start });
    if (one.anew) await expect(from()).rejects.toThrow(one.anew);
    else expect(distance((await from()).policies.porter, data)).toBeLessThan(1e-5);

    for (const fee of [0, 1]) expect(tracesOf(env, start.porter, 5, fee)).toEqual(tracesOf(env, data, 1, fee));
    const remembers = JSON.stringify(tracesOf(env, data, 5, 0, true)) !== JSON.stringify(tracesOf(env, data, 5, 0));
    expect(remembers).toBe(data.kind === "gru");
  });

  it("play with three equal networks as with the one that they all are", () => {
    const data = trained.get("memory, in turn")!;
    const tensors = Object.entries(data.tensors).map(([name, { shape, data }]) => [
      name,
      { shape: [3, ...shape], data: Float32Array.from([data, data, data].flatMap((one) => [...one])) },
    ]);
    const three = stored({ ...data, networks: 3, tensors: Object.fromEntries(tensors) });
    expect(tracesOf(masked, three, 5, 0)).toEqual(tracesOf(masked, data, 5, 0));
  });

  it("play in a mixture as by themselves, from files as from memory, whoever plays side by side", () => {
    const members = cases.map(({ name }) => ({ ...trained.get(name)!, environment: free.id }));
    for (const data of members) {
      const only = stored(mixtureData([{ weight: 1, data }], "test"));
      expect(tracesOf(free, only, 5, 1)).toEqual(tracesOf(free, data, 5, 1));
    }
    const all = mixtureData(
      members.map((data) => ({ weight: 1 / members.length, data })),
      "test",
    );
    const alone = members.map((data) => tracesOf(free, data, 5, 1));
    const [one, many] = [tracesOf(free, all, 1, 1), tracesOf(free, stored(all), 7, 1)];
    expect(many).toEqual(one);
    // Every episode is one that some member plays by itself.
    const same = (own: Int32Array, at: number) => own[at] === one[at] && own[at + 1] === one[at + 1];
    const lone = (episode: number) => alone.findIndex((own) => same(own, 2 * episode));
    const drawn = Array.from({ length: one.length / 2 }, (_, episode) => lone(episode));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(new Set(drawn).size).toBeGreaterThan(2);
  });
});
