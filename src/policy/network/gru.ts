import { sigmoid, tanh } from "../../numeric/index.ts";

export interface GruWeights {
  readonly inputs: number;
  readonly cells: number;
  /** `[inputs, 3·cells]`, `[cells, 3·cells]`, `[3·cells]` each: gates reset, update, new, end to end. */
  readonly wi: Float32Array;
  readonly wh: Float32Array;
  readonly bi: Float32Array;
  readonly bh: Float32Array;
}

/**
 * One step of a gated recurrent unit (Cho et al. 2014, arXiv:1406.1078) as PyTorch has it, on one row: h ← (1 − z)·n + z·h with
 * n = tanh(Wx + b + r·(Uh + c)). Sums in float64, states in float32: the same bits on every machine.
 * @returns a function of inputs from `from` on and the state from `at` on, which it changes
 */
export function gru({ inputs, cells, wi, wh, bi, bh }: GruWeights) {
  const wide = 3 * cells;
  const x = new Float64Array(wide);
  const h = new Float64Array(wide);
  return (seen: Float32Array, from: number, state: Float32Array, at: number): void => {
    x.set(bi);
    h.set(bh);
    for (let i = 0; i < inputs; i++) {
      const value = seen[from + i];
      if (value === 0) continue;
      for (let j = 0, w = i * wide; j < wide; j++, w++) x[j] += value * wi[w];
    }
    for (let i = 0; i < cells; i++) {
      const value = state[at + i];
      if (value === 0) continue;
      for (let j = 0, w = i * wide; j < wide; j++, w++) h[j] += value * wh[w];
    }
    for (let c = 0; c < cells; c++) {
      const reset = sigmoid(x[c] + h[c]);
      const update = sigmoid(x[cells + c] + h[cells + c]);
      const fresh = tanh(x[2 * cells + c] + reset * h[2 * cells + c]);
      state[at + c] = (1 - update) * fresh + update * state[at + c];
    }
  };
}
