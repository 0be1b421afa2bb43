import { createForward, createRecurrent } from "masque/learn";
import { isRecurrent, type RecurrentNetwork } from "../tf/gru.ts";
import { exportWeights } from "../tf/network.ts";
import type { PpoModel } from "./minibatch.ts";

/** A network as rows of a step act or are judged by it, `maxRows` at a time. */
export interface Player {
  readonly maxRows: number;
  /** `[maxRows, inputs]`: write before `run`. */
  readonly input: Float32Array;
  /** `[all rows, cells]`: what each remembers; nothing without memory. */
  readonly state: Float32Array;
  /**
   * Outputs of these rows, whose inputs lie in front in this order; overwritten by the next call. With `lives` `[all rows]`
   * those that live remember what they saw, without nothing is remembered.
   */
  run(rows: Int32Array, lives?: ArrayLike<number>): Float32Array;
  /** Goes on with the network's weights as they are now. */
  refresh(): void;
}

/** @param count all rows */
export function playerOf(network: PpoModel["actor"], count: number, most = count): Player {
  const maxRows = Math.min(count, most);
  if (isRecurrent(network)) return rememberingPlayer(network, count, maxRows);
  const forward = createForward({ ...network, weights: exportWeights(network), maxRows });
  return {
    maxRows,
    input: forward.input,
    state: new Float32Array(0),
    run: (rows) => forward.run(rows.length),
    refresh: () => forward.setWeights(exportWeights(network)),
  };
}

function rememberingPlayer(network: RecurrentNetwork, count: number, maxRows: number): Player {
  const { cells } = network;
  const recurrent = createRecurrent({ ...network, weights: exportWeights(network), maxRows });
  const state = new Float32Array(count * cells);
  const living = new Uint8Array(maxRows);
  return {
    maxRows,
    input: recurrent.input,
    state,
    run(rows, lives) {
      for (let i = 0; i < rows.length; i++) {
        const from = rows[i] * cells;
        for (let c = 0; c < cells; c++) recurrent.state[i * cells + c] = state[from + c];
        living[i] = !lives || lives[rows[i]] ? 1 : 0;
      }
      const out = recurrent.run(rows.length, living);
      for (let i = 0; i < rows.length && lives; i++) {
        const to = rows[i] * cells;
        for (let c = 0; c < cells; c++) state[to + c] = recurrent.next[i * cells + c];
      }
      return out;
    },
    refresh: () => recurrent.setWeights(exportWeights(network)),
  };
}
