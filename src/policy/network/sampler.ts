import { layOut, wasmMemory } from "../../numeric/wasm.ts";
import { acting } from "./acting.ts";
import type { ChoiceMask } from "./categorical.ts";
import { heedChoice } from "./earlier.ts";

/** Draws choices for many rows at once. What it holds is overwritten by the next `sample`. */
export interface Sampler {
  /** Sizes of the heads. */
  readonly heads: readonly number[];
  readonly maxRows: number;
  /** `[maxRows, heads]`: fill with numbers in [0, 1) before `sample`, each row's from that row's own stream. */
  readonly uniforms: Float32Array;
  /** `[maxRows, heads]`: the choices, 0 … size − 1. */
  readonly actions: Int32Array;
  /** `[maxRows]`: ln probability of the row's choices, summed over the heads. */
  readonly logProbabilities: Float32Array;
  /**
   * Draws for the first `rows` rows of `logits` [rows, stride], whose first columns hold the heads side by side. `mask`
   * `[rows, choices of all heads]`: 0 forbids. Rows that `alive` says are dead get choices 0 and ln probability 0.
   * @throws RangeError for more than `maxRows` rows, or a living row whose mask allows nothing or whose logits are NaN.
   */
  sample(logits: Float32Array, stride: number, rows: number, mask: ChoiceMask, alive?: ChoiceMask): void;
}

/**
 * Makes a sampler from softmax distributions, `sampleCategorical` for whole batches: several times as fast. It works in
 * float32, in one order of operations (`sample.as.ts`): the same draws on every machine.
 * @param earlier `[choices, choices]`: heads are drawn in turn, each given those before it (see `heedChoice`); read anew at every
 *   `sample`. Default: independently.
 */
export function createSampler({
  heads,
  maxRows,
  earlier,
}: {
  heads: readonly number[];
  maxRows: number;
  earlier?: Float32Array;
}): Sampler {
  const whole = (n: number) => Number.isInteger(n) && n >= 1;
  if (!(heads.length >= 1 && heads.every(whole) && whole(maxRows))) {
    throw new RangeError(`createSampler: got heads [${heads}] and maxRows ${maxRows}, expected whole numbers >= 1`);
  }
  const count = heads.length;
  const width = heads.reduce((sum, size) => sum + size, 0);
  if (earlier && earlier.length !== width * width) {
    throw new RangeError(
      `createSampler: got ${earlier.length} numbers in earlier, expected ${width}² for ${width} choices`,
    );
  }
  const padded = 4 * Math.ceil(maxRows / 4);
  const region = layOut();
  const { reserve } = region;
  const sizesAt = reserve(4 * count);
  const scratch = reserve(16 * Math.max(...heads));
  const logitsAt = reserve(4 * padded * width);
  const maskAt = reserve(padded * width);
  const uniformsAt = reserve(4 * padded * count);
  const actionsAt = reserve(4 * padded * count);
  const logpAt = reserve(4 * padded);
  const [oneUniform, oneAction, oneLogp] = [reserve(4 * padded), reserve(4 * padded), reserve(4 * padded)];
  const memory = wasmMemory(region.bytes);
  const run = acting(memory).sample;
  new Int32Array(memory.buffer, sizesAt, count).set(heads);
  const held = new Float32Array(memory.buffer, logitsAt, maxRows * width);
  const allowed = new Uint8Array(memory.buffer, maskAt, maxRows * width);
  const actions = new Int32Array(memory.buffer, actionsAt, maxRows * count);
  const logProbabilities = new Float32Array(memory.buffer, logpAt, maxRows);
  const uniforms = new Float32Array(memory.buffer, uniformsAt, maxRows * count);

  /** Head by head: the kernel draws one for all rows, then what was drawn shifts the logits of the others. */
  function inTurn(rows: number, masked: boolean, given: Float32Array): void {
    const uniform = new Float32Array(memory.buffer, oneUniform, rows);
    const action = new Int32Array(memory.buffer, oneAction, rows);
    const logp = new Float32Array(memory.buffer, oneLogp, rows);
    logProbabilities.fill(0, 0, rows);
    for (let h = 0, first = 0; h < count; first += heads[h++]) {
      for (let row = 0; row < rows; row++) uniform[row] = uniforms[row * count + h];
      const logits = logitsAt + 4 * first;
      const maskOf = masked ? maskAt + first : 0;
      run(rows, logits, width, sizesAt + 4 * h, 1, width, maskOf, oneUniform, oneAction, oneLogp, scratch);
      for (let row = 0; row < rows; row++) {
        actions[row * count + h] = action[row];
        logProbabilities[row] += logp[row];
        heedChoice(given, width, first + action[row], first + heads[h], held, row * width);
      }
    }
  }

  return {
    heads: [...heads],
    maxRows,
    uniforms,
    actions,
    logProbabilities,
    sample(logits, stride, rows, mask, alive = null) {
      if (
        !(rows >= 0 && rows <= maxRows && Number.isInteger(rows) && stride >= width && logits.length >= rows * stride)
      ) {
        throw new RangeError(
          `Sampler: got ${rows} rows of stride ${stride} in ${logits.length} logits, expected at most ${maxRows} rows of ${width} or more`,
        );
      }
      for (let row = 0, to = 0; row < rows; row++) {
        for (let at = row * stride, end = at + width; at < end; at++, to++) held[to] = logits[at];
      }
      if (mask) for (let i = 0; i < rows * width; i++) allowed[i] = mask[i];
      if (earlier) inTurn(rows, mask !== null, earlier);
      else run(rows, logitsAt, width, sizesAt, count, width, mask ? maskAt : 0, uniformsAt, actionsAt, logpAt, scratch);
      for (let row = 0; row < rows; row++) {
        if (alive && !alive[row]) {
          logProbabilities[row] = 0;
          actions.fill(0, row * count, row * count + count);
        } else if (Number.isNaN(logProbabilities[row])) {
          throw new RangeError(`Sampler: row ${row}: the mask allows nothing in some head, or a logit is NaN`);
        }
      }
    },
  };
}
