import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createPpo } from "../../baselines/ppo/ppo.ts";
import { loadEngine } from "../../baselines/tf/engine.ts";
import { createNetwork } from "../../baselines/tf/network.ts";
import type { Backend } from "../../baselines/tf/tf.ts";
import { InputError } from "../../src/data/errors.ts";
import { Rng } from "../../src/random/rng.ts";
import { rate } from "./clock.ts";

/** A step of PPO: 32 inputs, two hidden layers of so many, 8 logits and the value; so many samples. */
const CASES = [64, 256].flatMap((width) => [256, 4096].map((batch) => ({ width, batch })));

export interface BackendFigure {
  readonly width: number;
  readonly batch: number;
  /** Samples a CPU second through a training step by Masque's kernels, and by TensorFlow's library on one thread. */
  readonly wasm: number;
  readonly node: number;
  /** node / wasm: the median over rounds in which they took turns. */
  readonly ratio: number;
}

/** One backend a process: tfjs has no more. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const engine = await loadEngine({ backend: process.argv[2] as Backend });
  const rates = CASES.map(({ width, batch }) => {
    const rng = new Rng(1, "bench", "backends");
    const actor = createNetwork(engine, { sizes: [32, width, width, 9], activation: "tanh", rng });
    const ppo = createPpo(engine, { actor, critic: null, head: { kind: "categorical", sizes: [8] } });
    const normals = (length: number) => Float32Array.from({ length }, () => rng.normal());
    const rollout = {
      observations: normals(batch * 32),
      actions: Int32Array.from({ length: batch }, () => rng.int(0, 8)),
      logProbabilities: new Float32Array(batch).fill(-Math.log(8)),
      advantages: normals(batch),
      returns: normals(batch),
    };
    const step = () => void ppo.update(rollout, null, { learningRate: 3e-4 });
    return batch * rate(step, { seconds: 0.5, rounds: 2 });
  });
  console.log(JSON.stringify({ description: engine.description, rates }));
}

/** @throws InputError where the native library is not installed */
export function measureBackends({ rounds = 3 } = {}): { readonly native: string; readonly figures: BackendFigure[] } {
  const turn = (backend: Backend) => {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), backend];
    try {
      return JSON.parse(
        execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
      ) as {
        description: string;
        rates: number[];
      };
    } catch (error) {
      const [why] = /Backend: .*/.exec(String((error as { stderr?: unknown }).stderr)) ?? [];
      throw why === undefined ? error : new InputError(why);
    }
  };
  const turns = Array.from({ length: rounds }, () => ({ wasm: turn("wasm"), node: turn("node") }));
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];
  const figures = CASES.map((one, i) => ({
    ...one,
    wasm: median(turns.map(({ wasm }) => wasm.rates[i])),
    node: median(turns.map(({ node }) => node.rates[i])),
    ratio: median(turns.map(({ wasm, node }) => node.rates[i] / wasm.rates[i])),
  }));
  return { native: turns[0].node.description, figures };
}
