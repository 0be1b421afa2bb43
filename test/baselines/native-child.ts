import { readdirSync } from "node:fs";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { loadEngine } from "../../baselines/tf/engine.ts";
import { createNetwork, forward } from "../../baselines/tf/network.ts";
import type { Backend } from "../../baselines/tf/tf.ts";
import crypto from "../../envs/simple-crypto/env.ts";
import scripts from "../../envs/simple-crypto/policies.ts";
import swarmFlood from "../../envs/swarm-flood/env.ts";
import swarmScripts from "../../envs/swarm-flood/policies.ts";
import tunable from "../../envs/swarm-flood/tunable.ts";
import type { Baseline } from "../../src/learn/baseline.ts";
import { type TrainOptions, train } from "../../src/learn/train.ts";
import { policyDigest } from "../../src/policy/checkpoint.ts";
import { Rng } from "../../src/random/rng.ts";
import { meeting, rowing } from "./games.ts";

// A process of its own with one backend, as tfjs has no more: prints what native.test.ts compares. With a second argument
// it also trains by every baseline there is, twice where that is asked for by a third one.

const [backend, trains] = process.argv.slice(2) as [Backend, string?];
const engine = await loadEngine({ backend });

function gradients(): number[][] {
  const { tf } = engine;
  return (["tanh", "relu"] as const).flatMap((activation) => {
    const network = createNetwork(engine, { sizes: [8, 33, 16, 5], activation, rng: new Rng(4) });
    const rng = new Rng(5);
    return tf.tidy(() => {
      const x = tf.tensor(
        Float32Array.from({ length: 8 * 37 }, () => rng.normal()),
        [37, 8],
      ) as Tensor2D;
      const { grads } = tf.variableGrads(
        () => tf.mean(tf.square(forward(engine, network, x))) as Scalar,
        [...network.variables],
      );
      return network.variables.map(({ name }) => [...grads[name].dataSync()]);
    });
  });
}

/** A few rounds of every baseline: where the smallest game will not do, of one that suits it. */
async function weights(): Promise<Record<string, string[]>> {
  const small = { copies: 16, rolloutSteps: 8, hidden: [8], minibatches: 2 };
  const settings: Record<string, object> = {
    ippo: small,
    mappo: small,
    "joint-ppo": small,
    dqn: { hidden: [8], start: 50 },
    dial: { copies: 16, hidden: [8] },
    cem: { population: 8, episodes: 2 },
    "cma-es": { population: 6, episodes: 2 },
    "script-search": { script: "hug-pulse" },
  };
  const places: Record<string, Omit<TrainOptions, "roles"> & { readonly learn: readonly string[] }> = {
    "joint-ppo": { environment: rowing, learn: ["rower"], budget: 512 },
    dial: { environment: crypto, policies: scripts.attacks.none.roles, learn: ["alice", "bob"], budget: 2000 },
    "script-search": {
      environment: swarmFlood,
      params: { steps: 16, warmUp: 4 },
      policies: swarmScripts.defaults,
      scripts: { ...swarmScripts, tunable },
      learn: ["bot"],
      budget: 6000,
    },
  };
  const trained: Record<string, string[]> = {};
  const names = readdirSync(new URL("../../baselines", import.meta.url)).filter((name) => name.endsWith(".ts"));
  for (const name of names) {
    const { default: baseline } = (await import(`../../baselines/${name}`)) as { default: Baseline };
    const place = places[baseline.id] ?? { environment: meeting, learn: ["row", "column"], budget: 1024 };
    const { learn, ...task } = place;
    const how = baseline((settings[baseline.id] ?? {}) as never);
    const roles = Object.fromEntries(learn.map((role) => [role, how]));
    const { policies } = await train({ ...task, roles, seed: 3, backend } as TrainOptions);
    trained[baseline.id] = Object.values(policies).map(policyDigest);
  }
  return trained;
}

const { description } = engine;
const found = { description, gradients: gradients(), trained: trains ? await weights() : {}, tensors: [0, 0] };
if (trains) {
  found.tensors[0] = engine.tf.memory().numTensors;
  await weights();
  found.tensors[1] = engine.tf.memory().numTensors;
}
process.stdout.write(JSON.stringify(found));
