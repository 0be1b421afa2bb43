import { describe, expect, it } from "vitest";
import ippo from "../../baselines/ippo.ts";
import jointPpo from "../../baselines/joint-ppo.ts";
import mappo from "../../baselines/mappo.ts";
import type { Trained, TrainState } from "../../src/learn/baseline.ts";
import { type TrainOptions, train } from "../../src/learn/train.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { decodePolicy, encodePolicy, policyDigest } from "../../src/policy/checkpoint.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import { copying, holding, recalling, rowing, steering } from "./games.ts";

const digests = ({ policies }: Trained) => Object.values(policies).map(policyDigest);

/** Share of right answers of the policy as it is stored. */
function accuracy({ policies: { clerk } }: Trained, params: object, copies = 16): number {
  const { json, weights } = encodePolicy(clerk);
  const policies = { clerk: policyFrom(decodePolicy(JSON.parse(json), weights, "clerk")) };
  const sums = sumCounters(evaluate(recalling, { params, policies, copies, episodes: 400, seed: 7, split: ["test"] }));
  return metricsOf(recalling, sums, sums).accuracy;
}

describe("a cue shown at the start and asked for after eight steps", () => {
  // Sequences end in the middle of episodes: what came before is in the state they start from.
  const common = { copies: 64, rolloutSteps: 36, hidden: [32], learningRate: 5e-3 };
  const memory = { ...common, memory: "gru" as const, memorySize: 16, sequence: 12 };
  const recall = (how: ReturnType<typeof ippo>, budget: number, more: Partial<TrainOptions> = {}) =>
    train({ environment: recalling, roles: { clerk: how }, budget, seed: 1, ...more } as TrainOptions);

  it.each([
    ["ippo", ippo(memory), 90_000],
    ["mappo", mappo(memory), 90_000],
    ["joint-ppo", jointPpo({ ...memory, learningRate: 1e-2 }), 200_000],
  ] as const)("is recalled by %s with memory", async (_, how, budget) => {
    const trained = await recall(how, budget);
    expect(accuracy(trained, {})).toBeGreaterThan(0.95);
    // Whoever plays along: rows remember for themselves.
    expect(accuracy(trained, {}, 1)).toBe(accuracy(trained, {}, 16));
  });

  it("is beyond networks without memory, who are right one time in four", async () => {
    expect(Math.abs(accuracy(await recall(ippo(common), 90_000), {}) - 0.25)).toBeLessThan(0.06);
  });

  it("is recalled and turned as a knob says, by a network that is told it", async () => {
    const levels = [{ turn: 0 }, { turn: 1 }];
    const trained = await recall(ippo({ ...memory, learningRate: 1e-2 }), 100_000, { levels });
    for (const params of levels) expect(accuracy(trained, params)).toBeGreaterThan(0.95);
  });
});

describe("training with memory", () => {
  const small = { copies: 16, rolloutSteps: 12, hidden: [8], minibatches: 2, memory: "gru" as const, memorySize: 6 };
  const sequence = 4;

  it("takes its first step where it acted: nothing is remembered otherwise in training than in play", async () => {
    // Probabilities of what was done are those at the time as long as nothing was learned since: KL 0. Policies are made
    // sharp first, so that wrong states would show. Episodes of one game end at any step; in the other agents die.
    const once = { ...small, sequence, epochs: 1, minibatches: 1, learningRate: 0.05, entropy: 0, decay: false };
    for (const [environment, role] of [
      [holding, "holder"],
      [copying, "clerk"],
    ] as const) {
      for (const kernels of [true, false]) {
        for (const how of environment === copying ? [ippo(once), jointPpo(once)] : [ippo(once)]) {
          const roles = { [role]: how };
          const { curve } = await train({ environment, roles, budget: 16 * 12 * 25, seed: 2, kernels } as TrainOptions);
          const entropies = curve.map(({ stats }) => stats![`${role}.entropy`]);
          expect(Math.min(...entropies)).toBeLessThan(0.5 * entropies[0]);
          for (const { stats } of curve) expect(Math.abs(stats![`${role}.approxKl`])).toBeLessThan(1e-6);
        }
      }
    }
  });

  it("goes the same way on the kernels and in plain tfjs, and the same again", async () => {
    const options = {
      ...{ environment: copying, roles: { clerk: ippo({ ...small, sequence }) }, budget: 16 * 12 * 4, seed: 3 },
    } as TrainOptions;
    const [ours, again, twin] = await Promise.all([true, true, false].map((kernels) => train({ ...options, kernels })));
    expect(digests(again)).toEqual(digests(ours));
    for (const [name, { data }] of Object.entries(ours.policies.clerk.tensors)) {
      data.forEach((value, i) => void expect(value).toBeCloseTo(twin.policies.clerk.tensors[name].data[i], 3));
    }
  });

  it("takes boxes, masks, deaths, squads, knobs, agents apart, and observations made alike", async () => {
    const alike = { ...small, normaliseObservations: true };
    const kinds: [TrainOptions["environment"], string, ReturnType<typeof ippo>, object][] = [
      [steering, "pilot", ippo(alike), {}],
      [steering, "pilot", jointPpo(small), {}],
      [copying, "clerk", mappo(alike), {}],
      [copying, "clerk", ippo({ ...small, agentIds: true }), {}],
      [copying, "clerk", ippo({ ...small, shareParameters: false }), {}],
      [rowing, "rower", jointPpo({ ...alike, squads: 2 }), {}],
      [rowing, "rower", ippo(small), { levels: [{ weight: 0 }, { weight: 1 }] }],
    ];
    for (const [environment, role, how, more] of kinds) {
      const options = { environment, roles: { [role]: how }, budget: 16 * 12 * 2, seed: 1, ...more } as TrainOptions;
      const { policies } = await train(options);
      const data = policies[role];
      expect(data).toMatchObject({ kind: "gru", recurrent: 6, encoder: [8], hidden: [] });
      const { json, weights } = encodePolicy(data);
      const stored = decodePolicy(JSON.parse(json), weights, role);
      const play = (copies: number) =>
        evaluate(environment, {
          policies: { [role]: policyFrom(stored) },
          copies,
          episodes: 6,
          seed: 1,
          split: ["test"],
        });
      expect(play(1).traces).toEqual(play(5).traces);
    }
  });

  it("ends in the same weights when resumed", async () => {
    for (const [environment, role, how] of [
      [recalling, "clerk", ippo({ ...small, sequence })],
      [rowing, "rower", jointPpo({ ...small, squads: 2 })],
    ] as const) {
      const options = { environment, roles: { [role]: how }, budget: 16 * 12 * 5, seed: 4 } as TrainOptions;
      const kept: TrainState[] = [];
      const whole = await train({ ...options, checkpoint: { every: 2, save: (state) => kept.push(state) } });
      const rest = await train({ ...options, checkpoint: { every: 2, resume: kept[0] } });
      expect(digests(rest)).toEqual(digests(whole));
      expect(kept).toHaveLength(2);
    }
  });

  it("is refused where rollouts are no whole sequences", async () => {
    const options = {
      environment: recalling,
      roles: { clerk: mappo({ ...small, sequence: 5 }) },
      budget: 1000,
      seed: 1,
    };
    await expect(train(options as TrainOptions)).rejects.toThrow(
      "mappo: got sequence: 5 and rolloutSteps: 12, expected a divisor of the latter.",
    );
  });
});
