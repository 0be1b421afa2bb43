import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import cem from "../../baselines/cem.ts";
import cmaEs from "../../baselines/cma-es.ts";
import dial from "../../baselines/dial.ts";
import dqn from "../../baselines/dqn.ts";
import ippo from "../../baselines/ippo.ts";
import jointPpo from "../../baselines/joint-ppo.ts";
import mappo from "../../baselines/mappo.ts";
import { agentAlone } from "../../baselines/ppo/apart.ts";
import { rowsOf } from "../../baselines/ppo/rows.ts";
import qLearning from "../../baselines/q-learning.ts";
import random from "../../baselines/random.ts";
import { loadEngine } from "../../baselines/tf/engine.ts";
import crypto from "../../envs/simple-crypto/env.ts";
import scripts from "../../envs/simple-crypto/policies.ts";
import swarmFlood from "../../envs/swarm-flood/env.ts";
import swarm from "../../envs/swarm-flood/policies.ts";
import type { Environment } from "../../src/env/define.ts";
import type { Baseline, Learning, Trained, TrainState } from "../../src/learn/baseline.ts";
import { makeLevels } from "../../src/learn/levels.ts";
import { loadTrainState, saveTrainState } from "../../src/learn/state.ts";
import { type TrainOptions, train } from "../../src/learn/train.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { encodePolicy, loadPolicy, policyDigest, savePolicy } from "../../src/policy/checkpoint.ts";
import type { PolicyData } from "../../src/policy/data.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import { discrete } from "../../src/spaces/index.ts";
import { copying, holding, meeting, rowing, seating, steering, whispering } from "./games.ts";

function play(environment: Environment, { policies }: Trained, params = {}, others = {}) {
  const learned = Object.fromEntries(Object.entries(policies).map(([role, data]) => [role, policyFrom(data)]));
  const episodes = evaluate(environment, {
    params,
    policies: { ...others, ...learned },
    episodes: 200,
    seed: 7,
    split: ["test"],
  });
  const sums = sumCounters(episodes);
  return { metrics: metricsOf(environment, sums, sums), sums };
}
const both = (how: Learning) => ({ row: how, column: how });
const digests = ({ policies }: Trained) => Object.values(policies).map(policyDigest);
const small = { copies: 16, rolloutSteps: 8, hidden: [16], minibatches: 2 };

describe("baselines reach the known optimum of a matrix game", () => {
  const ways: [string, Learning, number][] = [
    ["ippo", ippo({ ...small, entropy: 0.05, learningRate: 5e-3 }), 6000],
    ["mappo", mappo({ ...small, entropy: 0.05, learningRate: 5e-3 }), 6000],
    ["cem", cem({ episodes: 4, population: 24 }), 8000],
    ["cma-es", cmaEs({ episodes: 4 }), 8000],
    ["dqn", dqn({ hidden: [16], start: 200, memory: 5000 }), 5000],
    ["q-learning", qLearning({ initial: 1 }), 8000],
  ];
  it.each(ways)("%s", async (_, how, budget) => {
    const trained = await train({ environment: meeting, roles: both(how), budget, seed: 3 });
    expect(play(meeting, trained).metrics.meetings).toBeGreaterThan(0.95);
    expect(trained.steps).toBeLessThanOrEqual(budget);
  });
  it("dqn learns in small budgets too: settings for longer trainings are scaled down", async () => {
    const how = dqn({ hidden: [16], start: 100_000, target: 100_000, every: 1 });
    const trained = await train({ environment: meeting, roles: both(how), budget: 5000, seed: 3 });
    expect(play(meeting, trained).metrics.meetings).toBeGreaterThan(0.95);
    const little = await train({ environment: meeting, roles: both(dqn({ hidden: [8] })), budget: 160 });
    expect(little.curve.at(-1)!.stats).toHaveProperty("row.loss");
  });
  it("normalised observations are those of every step, of whoever is alive", async () => {
    // Rollouts as long as episodes: their last observation is always the first of an episode, all zeros for Eve.
    const how = ippo({ ...small, rolloutSteps: 25, normaliseObservations: true });
    const others = { alice: scripts.defaults.alice, bob: scripts.defaults.bob };
    const { policies } = await train({ environment: crypto, roles: { eve: how }, policies: others, budget: 4000 });
    const [mean, std] = [policies.eve.tensors.mean.data, policies.eve.tensors.std.data];
    expect(mean.reduce((sum, m) => sum + m, 0)).toBeCloseTo(24 / 25, 4); // a one in every observation but the first
    expect(Math.max(...std)).toBeGreaterThan(0.3);
    const rowers = { rower: ippo({ ...small, normaliseObservations: true }) };
    const boat = await train({ environment: rowing, roles: rowers, budget: 2560 });
    // Rower 8 leaves; the rows of zeros that it leaves behind would pull all means up: −1 but for one 1 in 36 numbers.
    const means = boat.policies.rower.tensors.mean.data.reduce((sum, m) => sum + m / 4, 0);
    expect(means).toBeLessThan(-0.9);
  });
  it("random play meets at the best place one time in nine", async () => {
    const trained = await train({ environment: meeting, roles: both(random()), budget: 1 });
    const { met, rounds } = play(meeting, trained).sums;
    expect(Math.abs(met - rounds / 9)).toBeLessThan(4 * Math.sqrt((rounds * 8) / 81));
  });
});

describe("simple-crypto", () => {
  it("ippo's Eve learns to read what is said openly, as well as the script that repeats it", async () => {
    const others = { ...scripts.defences.plain.roles };
    const trained = await train({
      environment: crypto,
      roles: { eve: ippo({ ...small, learningRate: 3e-3 }) },
      policies: others,
      budget: 20000,
    });
    const { eveRight, steps } = play(crypto, trained, {}, others).sums;
    const script = evaluate(crypto, {
      policies: { ...others, ...scripts.attacks.listen.roles },
      episodes: 200,
      seed: 7,
      split: ["test"],
    });
    expect(eveRight / steps).toBeGreaterThan(sumCounters(script).eveRight / steps - 0.02);
  });
  it("nobody learns to read what is encrypted with a key of its own", async () => {
    const trained = await train({
      environment: crypto,
      roles: { eve: ippo(small) },
      policies: scripts.defaults,
      budget: 12000,
    });
    const { eveRight, steps } = play(crypto, trained, {}, scripts.defaults).sums;
    // Goals are the same for a whole episode: 200 independent coin tosses.
    expect(Math.abs(eveRight / steps - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / 200));
  });
});

describe("dial", () => {
  const how = (gamma: number) => dial({ gamma, learningRate: 5e-3 });
  it("teaches Alice and Bob a code: optimal is 0.98, since the first answer is a guess", async () => {
    const roles = { alice: how(0), bob: how(0) };
    const trained = await train({ environment: crypto, roles, policies: scripts.attacks.none.roles, budget: 80000 });
    const { bobRight, steps } = play(crypto, trained, {}, scripts.attacks.none.roles).sums;
    expect(bobRight / steps).toBeGreaterThan(0.95);
    expect(bobRight / steps).toBeLessThan(0.98 + 4 * Math.sqrt(0.0004 / 200));
  });
  it("needs a channel between the roles that learn", async () => {
    const roles = { eve: how(0), bob: how(0) };
    await expect(train({ environment: crypto, roles, policies: scripts.defaults, budget: 9999 })).rejects.toThrow(
      /alice → bob/,
    );
  });
});

describe("the PPO family takes every kind of action", () => {
  it.each([
    ["ippo", ippo({ ...small, copies: 32, hidden: [32], learningRate: 5e-3 })],
    ["joint-ppo", jointPpo({ ...small, copies: 32, hidden: [32], learningRate: 5e-3 })],
    ["mappo", mappo({ ...small, copies: 32, hidden: [32], learningRate: 5e-3 })],
  ])("%s: MultiDiscrete under masks, with agents that die", async (_, how) => {
    const trained = await train({ environment: copying, roles: { clerk: how }, budget: 40000, seed: 1 });
    expect(play(copying, trained).metrics.accuracy).toBeGreaterThan(0.9);
  });
  it.each([
    ["ippo", ippo({ ...small, hidden: [32], learningRate: 5e-3, entropy: 0 })],
    ["joint-ppo", jointPpo({ ...small, hidden: [32], learningRate: 5e-3, entropy: 0 })],
  ])("%s: Box", async (_, how) => {
    const trained = await train({ environment: steering, roles: { pilot: how }, budget: 30000, seed: 1 });
    // Standing still is 0.87 near in the mean, random play 0.71.
    expect(play(steering, trained).metrics.nearness).toBeGreaterThan(0.91);
  });
});

describe("greedy", () => {
  const cases: [string, Environment, string, Baseline, object][] = [
    ["ippo, choices", copying, "clerk", ippo, {}],
    ["mappo, a network an agent", copying, "clerk", mappo, { shareParameters: false }],
    ["joint-ppo, in turn, with memory", copying, "clerk", jointPpo, { heads: "autoregressive", memory: "gru" }],
    ["ippo, Box", steering, "pilot", ippo, {}],
  ];
  it.each(cases)("%s: learns as without it, and plays what is likeliest", async (_, environment, role, how, more) => {
    const [drawn, greedy] = await Promise.all(
      [undefined, true].map((greedy) => {
        const learning = how({ ...small, ...more, learningRate: 5e-3, entropy: 0.3, greedy });
        return train({ environment, roles: { [role]: learning }, budget: 6000, seed: 1 } as TrainOptions);
      }),
    );
    expect(greedy.policies[role].tensors).toEqual(drawn.policies[role].tensors);
    const [metric] = Object.keys(environment.metrics);
    const found = [drawn, greedy].map((trained) => play(environment, trained).metrics[metric]);
    expect(found[1]).toBeGreaterThan(found[0] + 0.02);
  });
});

describe("levels of very different worth", () => {
  const found = async (more: object, quiet = 1) => {
    const how = ippo({ ...small, copies: 32, learningRate: 5e-3, entropy: 0.02, ...more });
    const levels = [{ quiet: 0 }, { quiet: 1 }];
    const options = { environment: whispering, roles: { hand: how }, levels, seed: 1 };
    return play(whispering, await train({ ...options, budget: 10000 }), { quiet }).metrics.found;
  };
  it("are all learned where each is normalised by itself; together, the loud one drowns the other", async () => {
    expect(await found({})).toBeLessThan(0.6);
    expect(await found({ normaliseBy: "level" })).toBeGreaterThan(0.9);
    expect(await found({ normaliseBy: "level" }, 0)).toBeGreaterThan(0.9);
  });
  it("keep their own scales over stops", async () => {
    const how = ippo({ ...small, normaliseBy: "level" });
    const options = { environment: whispering, roles: { hand: how }, levels: [{ quiet: 0 }, { quiet: 1 }], seed: 1 };
    const kept: TrainState[] = [];
    const save = (state: TrainState) => kept.push(state);
    const whole = await train({ ...options, budget: 640, checkpoint: { every: 2, save } });
    const rest = await train({ ...options, budget: 640, checkpoint: { every: 2, resume: kept[1] } });
    expect(digests(rest)).toEqual(digests(whole));
    expect(digests(whole)).not.toEqual(
      digests(await train({ ...options, budget: 640, checkpoint: { every: 2 }, roles: { hand: ippo(small) } })),
    );
  });
});

describe("agents of one role who must act differently", () => {
  // Four who draw seats by the same law take at most 1 − (3/4)⁴ = 0.684 of them in the mean, whatever the law.
  const seated = async (options: Partial<TrainOptions> & Pick<TrainOptions, "roles">, params = {}) => {
    const trained = await train({ environment: seating, budget: 8000, seed: 1, ...options });
    return { trained, share: play(seating, trained, params).metrics.seated };
  };
  const how = { ...small, learningRate: 1e-2, entropy: 0.02 };
  it.each([
    ["ippo", ippo],
    ["mappo", mappo],
  ])("%s: cannot when they share a network, and do once it is told which of them it plays", async (_, baseline) => {
    const alike = await seated({ roles: { guest: baseline(how) } });
    expect(alike.share).toBeLessThan(0.72);
    const told = await seated({ roles: { guest: baseline({ ...how, agentIds: true }) } });
    expect(told.share).toBeGreaterThan(0.95);
    expect(told.trained.policies.guest).toMatchObject({ agentIds: 4, obsSize: 2 });
    expect(told.trained.policies.guest.tensors.w0.shape).toEqual([6, 16]);
  });
  it("beside knobs and on the plain path too", async () => {
    const roles = { guest: ippo({ ...how, agentIds: true }) };
    const told = await seated({ roles, levels: [{ fine: 0 }, { fine: 1 }] }, { fine: 1 });
    expect(told.trained.policies.guest.tensors.w0.shape).toEqual([7, 16]);
    expect(told.share).toBeGreaterThan(0.95);
    expect((await seated({ roles, kernels: false })).share).toBeGreaterThan(0.95);
  });
  it("in what their critic reads, also where an episode was cut off", () => {
    const task = { env: seating, levels: [{}, { fine: 1 }], conditioned: true, roles: ["guest"] };
    const levels = makeLevels({ ...task, policies: {}, seed: 1, split: ["train-attack"] } as never, 4);
    const how = { joint: false, critic: "own", normaliseObservations: false, agentIds: true, steps: 1 } as const;
    const rows = rowsOf(levels, "guest", how);
    const [seen, cut] = [new Float32Array(16 * 7), new Float32Array(16 * 7)];
    for (const { world } of levels) {
      world.reset();
      for (let step = 0; step < 4; step++) world.step();
    }
    rows.readInputs(seen, new Float32Array(16 * 7));
    expect([...rows.readCut(cut)]).toEqual([...Array(16).keys()]);
    for (const inputs of [seen, cut]) {
      for (let row = 0; row < 16; row++) {
        const one = [0, 1, 2, 3].map((i) => (i === row % 4 ? 1 : 0));
        expect([...inputs.subarray(row * 7, row * 7 + 7)]).toEqual([0, 0, ...one, row < 8 ? 0 : 1]);
      }
    }
  });
  it.each([
    ["ippo", ippo],
    ["mappo", mappo],
  ])("%s: and once every one has a network of its own", async (_, baseline) => {
    const { share, trained } = await seated({ roles: { guest: baseline({ ...how, shareParameters: false }) } });
    expect(share).toBeGreaterThan(0.95);
    expect(trained.policies.guest).toMatchObject({ networks: 4, obsSize: 2 });
    expect(trained.policies.guest.tensors.w0.shape).toEqual([4, 2, 16]);
    expect(trained.curve[0].stats).toHaveProperty("guest_3.entropy");
  });
  it("networks of their own take masks, deaths, boxes, knobs and stops", async () => {
    const own = { ...small, hidden: [32], learningRate: 5e-3, shareParameters: false };
    const clerks = await train({ environment: copying, roles: { clerk: ippo(own) }, budget: 40000, seed: 1 });
    expect(play(copying, clerks).metrics.accuracy).toBeGreaterThan(0.85);
    const pilots = await train({
      environment: steering,
      roles: { pilot: ippo({ ...own, entropy: 0 }) },
      budget: 30000,
      seed: 1,
    });
    expect(play(steering, pilots).metrics.nearness).toBeGreaterThan(0.91);
    const options = {
      environment: seating,
      roles: { guest: mappo({ ...own, normaliseObservations: true }) },
      levels: [{ fine: 0 }, { fine: 1 }],
      budget: 640,
      seed: 2,
    };
    const kept: TrainState[] = [];
    const whole = await train({ ...options, checkpoint: { every: 2, save: (state) => kept.push(state) } });
    const rest = await train({ ...options, checkpoint: { every: 2, resume: kept[0] } });
    expect(digests(rest)).toEqual(digests(whole));
    const { guest } = whole.policies;
    const folder = mkdtempSync(join(tmpdir(), "masque-apart-"));
    savePolicy(join(folder, "guest"), guest);
    expect(loadPolicy(join(folder, "guest"))).toEqual(guest);
    rmSync(folder, { recursive: true });
    expect(() => encodePolicy({ ...guest, networks: 3 })).toThrow(/"w0" has shape \[4,3,32\], expected \[3, ≥ 2, 32\]/);
    expect(() => encodePolicy({ ...guest, agentIds: 4 })).toThrow(/who need no `agentIds`/);
  });
  it("see what they themselves saw last where an episode was cut off", () => {
    const task = {
      env: steering,
      levels: [{}],
      conditioned: false,
      roles: ["pilot"],
      policies: {},
      seed: 1,
      split: ["t"],
    };
    const levels = makeLevels(task as never, 3);
    const { look, heed, levels: alone } = agentAlone(levels, "pilot", 1);
    const { world } = levels[0];
    world.reset();
    look();
    for (let step = 0; step < 4; step++) world.step();
    heed();
    const [whole, own] = [world.roles.pilot, alone[0].world.roles.pilot];
    for (let copy = 0; copy < 3; copy++) {
      expect(own.truncations[copy]).toBe(1);
      expect(own.final.subarray(2 * copy, 2 * copy + 2)).toEqual(whole.final.subarray(4 * copy + 2, 4 * copy + 4));
      expect(own.rewards[copy]).toBe(whole.rewards[2 * copy + 1]);
    }
    expect(own.final.some((x) => x !== 0)).toBe(true);
  });
  it("are too many to have networks of their own beyond 64", async () => {
    const roles = { bot: ippo({ ...small, shareParameters: false }) };
    const crowd = train({
      environment: swarmFlood,
      params: { bots: 65 },
      roles,
      policies: swarm.defaults,
      budget: 999,
    });
    await expect(crowd).rejects.toThrow(/65 agents of role "bot" of swarm-flood-v0, expected at most 64; .*agentIds/);
  });
  it("means nothing to a role of one agent: the same weights", async () => {
    const options = { environment: meeting, budget: 256, seed: 1 };
    const plain = digests(await train({ ...options, roles: both(ippo(small)) }));
    for (const more of [{ agentIds: true }, { shareParameters: false }])
      expect(digests(await train({ ...options, roles: both(ippo({ ...small, ...more })) }))).toEqual(plain);
  });
  it("are stored with how many they are, resumed, and refused where there are others", async () => {
    const roles = { guest: mappo({ ...how, agentIds: true, normaliseObservations: true }) };
    const options = { environment: seating, roles, levels: [{ fine: 0 }, { fine: 1 }], budget: 640, seed: 2 };
    const kept: TrainState[] = [];
    const whole = await train({ ...options, checkpoint: { every: 2, save: (state) => kept.push(state) } });
    const rest = await train({ ...options, checkpoint: { every: 2, resume: kept[0] } });
    expect(digests(rest)).toEqual(digests(whole));
    const folder = mkdtempSync(join(tmpdir(), "masque-ids-"));
    const { guest } = whole.policies;
    savePolicy(join(folder, "guest"), guest);
    expect(loadPolicy(join(folder, "guest"))).toEqual(guest);
    rmSync(folder, { recursive: true });
    const seat = (data: PolicyData, count: number) => () =>
      policyFrom(data)({ role: "guest", count, action: discrete(4), knobs: [0] } as never);
    expect(seat(guest, 5)).toThrow(/tells 4 agents apart, got 5/);
    expect(() => encodePolicy({ ...guest, agentIds: 6 })).toThrow(/"w0" has shape \[7,16\], expected \[≥ 8, 16\]/);
    expect(() => encodePolicy({ ...guest, joint: true })).toThrow(
      /`agentIds` belongs to networks of agents on their own/,
    );
  });
});

describe("joint-ppo in squads", () => {
  const lead = (squads?: number) => jointPpo({ ...small, copies: 32, normaliseObservations: true, squads });
  const speed = async (squads?: number) => {
    const trained = await train({ environment: rowing, roles: { rower: lead(squads) }, budget: 20000, seed: 1 });
    expect(trained.policies.rower.squads).toBe(squads === 0 ? undefined : 1);
    return play(rowing, trained).metrics.speed;
  };
  it("finds what pays only if all do it at once; agents who explore one by one do not", async () => {
    expect(await speed()).toBeGreaterThan(0.95);
    expect(await speed(0)).toBeLessThan(0.2);
  });
  it("ends in the same weights when resumed, and its policies are saved as they are", async () => {
    const levels = [{ weight: 0 }, { weight: 1 }];
    const options = { environment: rowing, roles: { rower: lead(2) }, levels, budget: 640, seed: 2 };
    const kept: TrainState[] = [];
    const whole = await train({ ...options, checkpoint: { every: 2, save: (state) => kept.push(state) } });
    const rest = await train({ ...options, checkpoint: { every: 2, resume: kept[0] } });
    expect(digests(rest)).toEqual(digests(whole));
    const folder = mkdtempSync(join(tmpdir(), "masque-squads-"));
    savePolicy(join(folder, "rower"), whole.policies.rower);
    expect(loadPolicy(join(folder, "rower"))).toEqual(whole.policies.rower);
    const wrong = { ...whole.policies.rower, squads: 3 };
    expect(() => savePolicy(join(folder, "rower"), wrong)).toThrow(/has shape \[17,16\], expected \[≥ 24, 16\]/);
  });
  it("is refused where agents have masks", async () => {
    const task = { environment: copying, roles: { clerk: jointPpo({ ...small, squads: 1 }) }, budget: 999 };
    await expect(train(task)).rejects.toThrow(/masks, which squads cannot heed/);
  });
});

describe("reproducibility", () => {
  const options = (how: Learning): TrainOptions => ({
    environment: meeting,
    roles: both(how),
    levels: [{ bonus: 0 }, { bonus: 1 }],
    budget: 768,
    seed: 5,
  });

  it("cem keeps to its budget: fewer episodes a candidate, thirty generations where they fit; none is refused", async () => {
    const steps = 4; // an episode
    const search = (budget: number) =>
      train({ environment: meeting, params: { steps }, roles: both(cem({ episodes: 8, population: 10 })), budget });
    const [ample, scarce] = [await search(30 * 10 * 8 * steps), await search(30 * 10 * 2 * steps)];
    expect([ample.steps, ample.curve.length]).toEqual([30 * 10 * 8 * steps, 30]);
    expect([scarce.steps, scarce.curve.length]).toEqual([30 * 10 * 2 * steps, 30]);
    expect((await search(3 * 10 * steps)).curve).toHaveLength(3);
    // Episodes that grow as it learns: a generation is begun only if it fits at its longest.
    const grown = train({
      environment: holding,
      roles: { holder: cem({ population: 10, episodes: 2 }) },
      budget: 3000,
    });
    const { steps: taken, curve } = await grown;
    const generations = curve.map((line, i) => line.steps - (curve[i - 1]?.steps ?? 0));
    expect(Math.max(...generations)).toBeGreaterThan(2 * generations[0]);
    expect(taken).toBeLessThanOrEqual(3000);
    await expect(search(10 * steps - 1)).rejects.toThrow(/39 steps a level, expected at least 40 .*generation of 10/);
  });

  it.each([
    [
      "mappo",
      mappo({ ...small, normaliseObservations: true }),
      mappo({ ...small, normaliseObservations: true, gamma: 0.9 }),
    ],
    ["cem", cem({ episodes: 2, population: 8 }), cem({ episodes: 2, population: 9 })],
    ["cma-es", cmaEs({ episodes: 2, population: 8 }), cmaEs({ episodes: 2, population: 9 })],
    ["dqn", dqn({ hidden: [8], start: 50, memory: 500 }), dqn({ hidden: [8], start: 50, memory: 501 })],
  ])("%s: the same seed gives the same weights, another seed or setting others", async (_, how, other) => {
    const first = digests(await train(options(how)));
    expect(digests(await train(options(how)))).toEqual(first);
    expect(digests(await train({ ...options(how), seed: 6 }))).not.toEqual(first);
    if (other.baseline.id !== "dqn") expect(digests(await train(options(other)))).not.toEqual(first);
  });

  it("cem goes on from a checkpoint on disk, and ends in the weights of a search that never stopped", async () => {
    const folder = mkdtempSync(join(tmpdir(), "masque-cem-"));
    const how = cem({ episodes: 2, population: 8, hidden: [3] });
    const plain = await train(options(how));
    const kept: TrainState[] = [];
    const whole = await train({ ...options(how), checkpoint: { every: 2, save: (state) => kept.push(state) } });
    expect(kept.map(({ iteration }) => iteration).slice(0, 3)).toEqual([2, 4, 6]);
    // Its generations begin their own episodes: a stop changes nothing.
    expect(digests(whole)).toEqual(digests(plain));
    saveTrainState(folder, kept[1], "task");
    const resume = loadTrainState(folder, "task");
    const rest = await train({ ...options(how), checkpoint: { every: 2, resume } });
    expect(digests(rest)).toEqual(digests(plain));
    expect(rest.curve).toEqual(plain.curve.slice(4));
    expect(rest.steps).toBe(plain.steps);
    const wider = cem({ episodes: 2, population: 8, hidden: [4] });
    await expect(train({ ...options(wider), checkpoint: { every: 2, resume } })).rejects.toThrow(
      /cem: the checkpoint is of cem in .* weights; this training has \d+/,
    );
    rmSync(folder, { recursive: true });
  });

  it("a training that is taken up from its checkpoint on disk ends in the same weights", async () => {
    const folder = mkdtempSync(join(tmpdir(), "masque-state-"));
    const how = mappo({ ...small, normaliseObservations: true });
    const kept: TrainState[] = [];
    const whole = await train({ ...options(how), checkpoint: { every: 3, save: (state) => kept.push(state) } });
    expect(kept.map(({ iteration }) => iteration)).toEqual([3, 6, 9]);
    saveTrainState(folder, kept[0], "task");
    saveTrainState(folder, kept[1], "task");
    const resume = loadTrainState(folder, "task");
    const rest = await train({ ...options(how), checkpoint: { every: 3, resume } });
    expect(digests(rest)).toEqual(digests(whole));
    expect(rest.curve.map(({ returns }) => returns)).toEqual(whole.curve.slice(6).map(({ returns }) => returns));

    expect(() => loadTrainState(folder, "other")).toThrow(/other settings/);
    const wider = mappo({ ...small, hidden: [17], normaliseObservations: true });
    await expect(train({ ...options(wider), checkpoint: { every: 3, resume } })).rejects.toThrow(/expected \[/);
    const weights = join(folder, "state-6.safetensors");
    const bytes = readFileSync(weights);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(weights, bytes);
    expect(() => loadTrainState(folder, "task")).toThrow(/not the file/);
  });
});

describe("a training that cannot be", () => {
  const how = ippo(small);
  it.each([
    ["roles that do not exist", { environment: meeting, roles: { rom: how }, budget: 999 }, /Did you mean "row"/],
    [
      "roles that nobody plays",
      { environment: meeting, roles: { row: how }, budget: 999 },
      /"column" neither learns nor has a policy/,
    ],
    [
      "joint controllers on factored sides",
      { environment: meeting, roles: both(jointPpo(small)), budget: 999 },
      /factored/,
    ],
    [
      "budgets below a rollout",
      { environment: meeting, roles: both(how), budget: 100 },
      /expected at least .* rolloutSteps/,
    ],
    [
      "budgets below a step of dqn",
      { environment: meeting, roles: both(dqn()), budget: 15 },
      /15 steps a level, expected at least 16/,
    ],
    [
      "budgets below a step of q-learning",
      { environment: meeting, roles: both(qLearning()), budget: 15 },
      /15 steps a level, expected at least 16/,
    ],
    ["no whole budget", { environment: meeting, roles: both(how), budget: Number.NaN }, /whole number/],
    ["continuous actions for dqn", { environment: steering, roles: { pilot: dqn() }, budget: 999 }, /Discrete/],
    [
      "conditioned tables",
      { environment: meeting, roles: both(qLearning()), levels: [{ bonus: 1 }], budget: 999 },
      /conditioned/,
    ],
  ])("%s", async (_, options: TrainOptions, message) => {
    await expect((async () => train(options))()).rejects.toThrow(message);
  });
  it("settings that do not exist", () => {
    expect(() => ippo({ learningrate: 1 } as never)).toThrow(/Did you mean "learningRate"/);
  });
  it("rewards that are not finite end it with a message that names agent and step", async () => {
    const broken = {
      ...meeting,
      create: (context: never) => {
        const dynamics = meeting.create(context);
        const { slots } = context as { slots: { row: [{ reward: number }] } };
        return {
          ...dynamics,
          step() {
            dynamics.step();
            slots.row[0].reward = Number.NaN;
          },
        };
      },
    } as Environment;
    await expect(train({ environment: broken, roles: both(how), budget: 999 })).rejects.toThrow(
      /meeting-v0: the reward of row_0 is NaN after step 1 of episode 0/,
    );
  });
});

it("a training leaves no tensors behind", async () => {
  const { tf } = await loadEngine();
  await train({ environment: meeting, roles: both(mappo(small)), budget: 256 });
  const before = tf.memory().numTensors;
  await train({ environment: meeting, roles: both(mappo(small)), budget: 2560 });
  await train({ environment: meeting, roles: both(dqn({ hidden: [8], start: 50 })), budget: 640 });
  expect(tf.memory().numTensors).toBe(before);
});
