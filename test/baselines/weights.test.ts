import { describe, expect, it } from "vitest";
import cem from "../../baselines/cem.ts";
import cmaEs from "../../baselines/cma-es.ts";
import dial from "../../baselines/dial.ts";
import dqn from "../../baselines/dqn.ts";
import ippo from "../../baselines/ippo.ts";
import jointPpo from "../../baselines/joint-ppo.ts";
import mappo from "../../baselines/mappo.ts";
import qLearning from "../../baselines/q-learning.ts";
import random from "../../baselines/random.ts";
import scriptSearch from "../../baselines/script-search.ts";
import covertWire from "../../envs/covert-wire/env.ts";
import scripts from "../../envs/covert-wire/policies.ts";
import swarmFlood from "../../envs/swarm-flood/env.ts";
import swarmScripts from "../../envs/swarm-flood/policies.ts";
import tunable from "../../envs/swarm-flood/tunable.ts";
import { type TrainOptions, train } from "../../src/learn/train.ts";
import { policyDigest } from "../../src/policy/checkpoint.ts";
import { copying, meeting, rowing, seating, splitting, steering, whispering } from "./games.ts";

// Weights are part of what Masque promises to repeat: whoever changes how a baseline trains says so by recording these
// digests anew (npx vitest run test/baselines/weights.test.ts -u), and in CHANGELOG.

const small = { copies: 16, rolloutSteps: 8, hidden: [8], minibatches: 2 };
const wire = {
  environment: covertWire,
  params: { cover: "silent", slots: 4, bits: 1 },
  policies: { warden: scripts.defaults.warden },
  budget: 1024,
} as const;

const separable = { population: 6, episodes: 2, covariance: "separable" } as const;

const trainings: Record<string, Omit<TrainOptions, "seed">> = {
  "ippo discrete": { environment: meeting, roles: { row: ippo(small), column: ippo(small) }, budget: 256 },
  "ippo masked, normalised": {
    environment: copying,
    roles: { clerk: ippo({ ...small, normaliseObservations: true }) },
    budget: 256,
  },
  "ippo box": { environment: steering, roles: { pilot: ippo(small) }, budget: 256 },
  "ippo in plain tfjs": { environment: copying, roles: { clerk: ippo(small) }, budget: 256, kernels: false },
  "ippo in turn": {
    environment: copying,
    roles: { clerk: ippo({ ...small, heads: "autoregressive" }) },
    budget: 256,
  },
  "joint-ppo in turn": {
    environment: splitting,
    params: { agents: 2 },
    roles: { pair: jointPpo({ ...small, heads: "autoregressive" }) },
    budget: 256,
  },
  "ippo conditioned, with stops": {
    environment: meeting,
    levels: [{ bonus: 0 }, { bonus: 1 }],
    roles: { row: ippo(small), column: ippo(small) },
    budget: 256,
    checkpoint: { every: 2 },
  },
  "mappo masked": { environment: copying, roles: { clerk: mappo(small) }, budget: 256 },
  "mappo conditioned": {
    ...wire,
    levels: [{ falseAlarm: 0 }, { falseAlarm: 0.1 }],
    roles: { alice: mappo(small), bob: mappo(small) },
  },
  "ippo told who it is": {
    environment: seating,
    levels: [{ fine: 0 }, { fine: 1 }],
    roles: { guest: ippo({ ...small, agentIds: true }) },
    budget: 256,
  },
  "mappo, a network an agent": {
    environment: copying,
    roles: { clerk: mappo({ ...small, shareParameters: false }) },
    budget: 256,
  },
  "ippo, levels by themselves": {
    environment: whispering,
    levels: [{ quiet: 0 }, { quiet: 1 }],
    roles: { hand: ippo({ ...small, normaliseBy: "level" }) },
    budget: 256,
  },
  "joint-ppo agent by agent": { environment: copying, roles: { clerk: jointPpo(small) }, budget: 256 },
  "joint-ppo in squads": { environment: rowing, roles: { rower: jointPpo({ ...small, squads: 2 }) }, budget: 256 },
  "ippo with memory, taught": {
    environment: swarmFlood,
    params: { steps: 16, warmUp: 4, bots: 3 },
    roles: { bot: ippo({ ...small, memory: "gru", memorySize: 6, teacher: "hug-pulse" }) },
    policies: swarmScripts.defaults,
    scripts: swarmScripts,
    budget: 512,
  },
  "joint-ppo in squads, taught, conditioned": {
    environment: swarmFlood,
    params: { steps: 16, warmUp: 4 },
    levels: [{ tolerance: 2 }, { tolerance: 0.8 }],
    roles: { bot: jointPpo({ ...small, teacher: "slow-pulse", teacherWeight: 2 }) },
    policies: swarmScripts.defaults,
    scripts: swarmScripts,
    budget: 512,
  },
  "ippo with memory, masked": {
    environment: copying,
    roles: { clerk: ippo({ ...small, memory: "gru", memorySize: 6, sequence: 4 }) },
    budget: 256,
  },
  "mappo with memory in plain tfjs": {
    environment: steering,
    roles: { pilot: mappo({ ...small, memory: "gru", memorySize: 6 }) },
    budget: 256,
    kernels: false,
  },
  "joint-ppo in squads with memory, conditioned": {
    environment: rowing,
    levels: [{ weight: 0 }, { weight: 1 }],
    roles: { rower: jointPpo({ ...small, squads: 2, memory: "gru", memorySize: 6 }) },
    budget: 256,
  },
  dqn: { environment: meeting, roles: { row: dqn({ hidden: [8] }), column: dqn({ hidden: [8] }) }, budget: 512 },
  "dqn by replay ratio": {
    environment: seating,
    roles: { guest: dqn({ hidden: [8], replayRatio: 0.1 }) },
    budget: 512,
  },
  dial: { ...wire, roles: { alice: dial({ copies: 16, hidden: [8] }), bob: dial({ copies: 16, hidden: [8] }) } },
  cem: { environment: steering, roles: { pilot: cem({ population: 8, episodes: 2 }) }, budget: 512 },
  "q-learning": { environment: meeting, roles: { row: qLearning(), column: qLearning() }, budget: 512 },
  "cma-es": { environment: steering, roles: { pilot: cmaEs({ population: 8, episodes: 2 }) }, budget: 1024 },
  "cma-es conditioned, aimed, separable": {
    ...wire,
    levels: [{ falseAlarm: 0 }, { falseAlarm: 0.1 }],
    roles: { alice: cmaEs(separable), bob: cmaEs(separable) },
    scripts,
    aim: { security: "secrecy", utility: "utility", lambda: 1 },
  },
  "script-search": {
    environment: swarmFlood,
    params: { steps: 16, warmUp: 4 },
    roles: { bot: scriptSearch({ script: "hug-pulse" }) },
    policies: swarmScripts.defaults,
    scripts: { ...swarmScripts, tunable },
    budget: 6000,
  },
  random: { environment: meeting, roles: { row: random(), column: random() }, budget: 1 },
};

describe("weights", () => {
  it("are those recorded, for two seeds of every baseline", async () => {
    const digests: Record<string, string[]> = {};
    for (const [name, options] of Object.entries(trainings)) {
      digests[name] = [];
      for (const seed of [1, 2]) {
        const { policies } = await train({ ...options, seed });
        digests[name].push(
          Object.values(policies)
            .map((data) => policyDigest(data).slice(0, 16))
            .join(" "),
        );
      }
    }
    expect(new Set(Object.values(digests).flat()).size).toBe(2 * Object.keys(trainings).length - 1); // random has no seed
    const lines = Object.entries(digests).map(([name, [first, second]]) => `${name}: ${first} | ${second}\n`);
    await expect(lines.join("")).toMatchFileSnapshot("weights.txt");
  });
});
