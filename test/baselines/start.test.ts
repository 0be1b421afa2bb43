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
import crypto from "../../envs/simple-crypto/env.ts";
import scripts from "../../envs/simple-crypto/policies.ts";
import type { Learning, Trained } from "../../src/learn/baseline.ts";
import { type TrainOptions, train } from "../../src/learn/train.ts";
import { meeting, rowing, steering } from "./games.ts";

const both = (how: Learning) => ({ row: how, column: how });
const small = { copies: 16, rolloutSteps: 8, hidden: [8], minibatches: 2 };
const still = { learningRate: 1e-12 };

/** Trainings, and the same ones of learners that hardly move: these end where they started. */
const trainings: [string, Omit<TrainOptions, "roles">, (how: Learning) => TrainOptions["roles"], Learning, Learning][] =
  [
    ["ippo", { environment: meeting, budget: 512 }, both, ippo(small), ippo({ ...small, ...still })],
    [
      "ippo, Box",
      { environment: steering, budget: 512 },
      (pilot) => ({ pilot }),
      ippo(small),
      ippo({ ...small, ...still }),
    ],
    [
      "ippo with memory",
      { environment: meeting, budget: 512 },
      both,
      ippo({ ...small, memory: "gru" }),
      ippo({ ...small, memory: "gru", ...still }),
    ],
    ["mappo", { environment: meeting, budget: 512 }, both, mappo(small), mappo({ ...small, ...still })],
    [
      "joint-ppo",
      { environment: rowing, budget: 512 },
      (rower) => ({ rower }),
      jointPpo(small),
      jointPpo({ ...small, ...still }),
    ],
    [
      "dqn",
      { environment: meeting, budget: 640 },
      both,
      dqn({ hidden: [8], start: 50 }),
      dqn({ hidden: [8], start: 50, ...still }),
    ],
    ["q-learning", { environment: meeting, budget: 640 }, both, qLearning(), qLearning(still)],
    [
      "dial",
      { environment: crypto, policies: scripts.attacks.none.roles, budget: 1600 },
      (one) => ({ alice: one, bob: one }),
      dial({ copies: 16, hidden: [8] }),
      dial({ copies: 16, hidden: [8], ...still }),
    ],
    [
      "cem",
      { environment: meeting, budget: 900 },
      both,
      cem({ population: 8 }),
      cem({ population: 8, spread: 1e-9, noise: 0 }),
    ],
    [
      "cma-es",
      { environment: meeting, budget: 2000 },
      both,
      cmaEs({ population: 6 }),
      cmaEs({ population: 6, spread: 1e-9 }),
    ],
  ];

function distance(a: Trained, b: Trained): number {
  return Math.max(
    ...Object.entries(a.policies).flatMap(([role, { tensors }]) =>
      Object.entries(tensors).map(([name, { data }]) =>
        Math.max(...data.map((value, i) => Math.abs(value - b.policies[role].tensors[name].data[i]))),
      ),
    ),
  );
}

describe("a training that starts from stored policies", () => {
  it.each(trainings)("%s: begins with their weights, and with others without", async (_, task, roles, how, calm) => {
    const first = await train({ ...task, roles: roles(how), seed: 1 } as TrainOptions);
    const from = await train({ ...task, roles: roles(calm), seed: 2, start: first.policies } as TrainOptions);
    expect(distance(from, first)).toBeLessThan(1e-5);
    const anew = await train({ ...task, roles: roles(calm), seed: 2 } as TrainOptions);
    expect(distance(anew, first)).toBeGreaterThan(1e-3);
  });

  const task = { environment: meeting, budget: 512, seed: 1 };
  it("refuses other shapes in words, and baselines that cannot start from any", async () => {
    const { policies } = await train({ ...task, roles: both(ippo(small)) });
    const starting = (how: Learning, start = policies) => train({ ...task, roles: both(how), start });
    await expect(starting(ippo({ ...small, hidden: [9] }))).rejects.toThrow(
      /ippo: the policy to start "row" from does not fit: hidden is \[8\], expected \[9\]/,
    );
    await expect(starting(dqn({ hidden: [8] }))).rejects.toThrow(/activation is "tanh", expected "relu"/);
    await expect(starting(qLearning())).rejects.toThrow(/kind is "mlp", expected "table"/);
    await expect(starting(random())).rejects.toThrow(/random does not start from stored policies/);
    const normal = ippo({ ...small, normaliseObservations: true });
    await expect(starting(normal)).rejects.toThrow(/the shape of its tensors is .* expected .*mean/);
    const { policies: normalised } = await train({ ...task, roles: both(normal) });
    await expect(starting(normal, normalised)).rejects.toThrow(/too little is stored/);
  });

  it("refuses a table that has an observation twice: its values would be other rows'", async () => {
    const { policies } = await train({ ...task, roles: both(qLearning()) });
    const { tensors, ...row } = policies.row;
    const twice = Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      { shape: [2 * shape[0], shape[1]], data: Float32Array.from([...data, ...data]) },
    ]);
    const start = { ...policies, row: { ...row, tensors: Object.fromEntries(twice) } };
    await expect(train({ ...task, roles: both(qLearning()), start })).rejects.toThrow(
      /table of "row" has the observation of row \d+ twice/,
    );
  });

  it("lets roles that have none start anew", async () => {
    const { policies } = await train({ ...task, roles: both(ippo(small)) });
    const calm = both(ippo({ ...small, ...still }));
    const half = await train({ ...task, seed: 2, roles: calm, start: { row: policies.row } });
    const apart = (role: "row" | "column") =>
      Math.max(...half.policies[role].tensors.w0.data.map((w, i) => Math.abs(w - policies[role].tensors.w0.data[i])));
    expect(apart("row")).toBeLessThan(1e-5);
    expect(apart("column")).toBeGreaterThan(1e-3);
  });
});
