import type { Rng } from "masque";
import { createSampler, normalLogDensity } from "masque/learn";
import { exp } from "masque/numeric";

/** Draws actions for all rows at once. What it holds is overwritten by the next `draw`. */
export interface Head {
  /** `[rows, numbers an action has]` */
  readonly actions: Int32Array | Float32Array;
  /** `[rows]`, ln probability (density) of each row's action. */
  readonly logProbabilities: Float32Array;
  /** From the network's outputs `[rows, width]`; `mask` `[rows, width]` and `alive` `[rows]` say who may do what. */
  draw(outputs: Float32Array, mask: Uint8Array | null, alive: Float32Array, rng: Rng): void;
}

/** Choices, one softmax a head: drawn independently, or in turn where `earlier` says what choices tell of later ones. */
export function categorical(heads: readonly number[], rows: number, earlier?: Float32Array): Head {
  const sampler = createSampler({ heads, maxRows: rows, earlier });
  const width = heads.reduce((sum, size) => sum + size, 0);
  const { uniforms, actions, logProbabilities } = sampler;
  return {
    actions,
    logProbabilities,
    draw(logits, mask, alive, rng) {
      for (let i = 0; i < uniforms.length; i++) uniforms[i] = rng.float32();
      sampler.sample(logits, width, rows, mask, alive);
    },
  };
}

/** Independent normals around the network's outputs; `logStd` gives ln of their deviations, the same in every state. */
export function gaussian(logStd: () => Float32Array, size: number, rows: number): Head {
  const actions = new Float32Array(rows * size);
  const logProbabilities = new Float32Array(rows);
  return {
    actions,
    logProbabilities,
    draw(means, _mask, _alive, rng) {
      const logs = logStd();
      const deviations = Float64Array.from(logs, exp);
      for (let row = 0, at = 0; row < rows; row++, at += size) {
        for (let i = 0; i < size; i++) actions[at + i] = means[at + i] + deviations[i] * rng.normal();
        logProbabilities[row] = normalLogDensity(means, at, logs, size, actions, at);
      }
    },
  };
}
