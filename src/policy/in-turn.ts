import { argmaxMasked } from "./network/categorical.ts";
import { heedChoice } from "./network/earlier.ts";
import { createSampler, type Sampler } from "./network/sampler.ts";
import type { Batch } from "./policy.ts";

/** What draws choices in turn: sizes of an agent's heads, how many agents a row of outputs speaks for, and their `earlier`. */
export interface InTurn {
  readonly heads: readonly number[];
  readonly agents: number;
  readonly earlier: Float32Array;
  /** Added to what is chosen. */
  readonly start: number;
  /** The likeliest choice given the likeliest before it, and not a draw. */
  readonly greedy: boolean;
}

/** Writes the actions of all agents from logits `[rows / agents, choices]`, which it may change. */
export function chooserInTurn({ heads, agents, earlier, start, greedy }: InTurn) {
  const sizes = Array.from({ length: agents }, () => heads).flat();
  const width = sizes.reduce((sum, size) => sum + size, 0);
  let sampler: Sampler | undefined;
  let allowed = new Uint8Array(0);

  /** Of the dead the first choices count, as in training: what they are is heeded by those after them. */
  function readMask({ mask, maskSize, rows, alive }: Batch): void {
    if (allowed.length < rows * maskSize) allowed = new Uint8Array(rows * maskSize);
    for (let i = 0; i < rows * maskSize; i++) allowed[i] = mask[i];
    for (let row = 0; row < rows; row++) {
      if (alive[row] !== 0) continue;
      allowed.fill(0, row * maskSize, (row + 1) * maskSize);
      for (let h = 0, at = row * maskSize; h < heads.length; at += heads[h++]) allowed[at] = 1;
    }
  }

  return (logits: Float32Array, batch: Batch): void => {
    const { rows, rngs, actions } = batch;
    const controllers = rows / agents;
    readMask(batch);
    if (greedy) {
      for (let c = 0, i = 0; c < controllers; c++) {
        for (let h = 0, at = c * width; h < sizes.length; at += sizes[h++], i++) {
          const choice = argmaxMasked(logits, at, sizes[h], allowed, at);
          const first = at - c * width;
          actions[i] = start + choice;
          heedChoice(earlier, width, first + choice, first + sizes[h], logits, c * width);
        }
      }
      return;
    }
    if (!sampler || sampler.maxRows < controllers)
      sampler = createSampler({ heads: sizes, maxRows: controllers, earlier });
    for (let row = 0, i = 0; row < rows; row++) {
      for (let h = 0; h < heads.length; h++) sampler.uniforms[i++] = rngs[row].float32();
    }
    sampler.sample(logits, width, controllers, allowed);
    for (let i = 0; i < rows * heads.length; i++) actions[i] = sampler.actions[i] + start;
  };
}
