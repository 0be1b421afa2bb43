import { headWidth, type PpoModel, type PpoRollout } from "./model.ts";

/** Which rows of a rollout take part in a step, and the numbers that concern all of them. */
export interface Minibatch {
  /** Indices of the rows with a positive weight, in order; `count` of them. */
  readonly rows: Int32Array;
  count: number;
  /** Sum of their weights. */
  weight: number;
  /** Advantages enter as (A − shift) · scale. */
  shift: number;
  scale: number;
}

/**
 * Selects the rows that take part, leaving out those of weight 0, and checks their actions. `held` is reused if it is long
 * enough. @throws RangeError for a row, weight or action out of range, or an action that the mask forbids.
 */
export function selectRows(
  { head }: PpoModel,
  rollout: PpoRollout,
  rows: Int32Array | null,
  normalise: boolean,
  held?: Minibatch,
): Minibatch {
  const { weights, advantages, returns, logProbabilities, actions, mask } = rollout;
  const total = logProbabilities.length;
  const length = rows ? rows.length : total;
  const batch: Minibatch =
    held && held.rows.length >= length
      ? held
      : { rows: new Int32Array(length), count: 0, weight: 0, shift: 0, scale: 1 };
  const sizes = head.kind === "categorical" ? head.sizes : null;
  const logits = headWidth(head);
  let count = 0;
  let weight = 0;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const row = rows ? rows[i] : i;
    if (!(row >= 0 && row < total)) throw new RangeError(`PPO: rows[${i}] is ${row}, expected 0 to ${total - 1}`);
    const w = weights ? weights[row] : 1;
    if (w === 0) continue;
    if (!(w > 0 && w < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`PPO: weights[${row}] is ${w}, expected a finite number >= 0`);
    }
    const finite = returns[row] + advantages[row] + logProbabilities[row];
    if (!Number.isFinite(finite)) {
      throw new RangeError(
        `PPO: row ${row}: return ${returns[row]}, advantage ${advantages[row]} and ln probability ${logProbabilities[row]}, expected finite numbers`,
      );
    }
    if (sizes) {
      for (let h = 0, offset = row * logits; h < sizes.length; offset += sizes[h], h++) {
        const action = actions[row * sizes.length + h];
        if (!(action >= 0 && action < sizes[h] && Number.isInteger(action))) {
          throw new RangeError(
            `PPO: row ${row}, head ${h}: action ${action}, expected a whole number 0 to ${sizes[h] - 1}`,
          );
        }
        if (mask && !mask[offset + action]) {
          throw new RangeError(
            `PPO: row ${row}, head ${h}: the mask forbids action ${action}, expected an allowed one`,
          );
        }
      }
    }
    batch.rows[count++] = row;
    weight += w;
    sum += w * advantages[row];
  }
  batch.count = count;
  batch.weight = weight;
  batch.shift = 0;
  batch.scale = 1;
  if (normalise && weight > 0) {
    batch.shift = sum / weight;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      const row = batch.rows[i];
      squares += (weights ? weights[row] : 1) * (advantages[row] - batch.shift) ** 2;
    }
    batch.scale = 1 / (Math.sqrt(squares / weight) + 1e-8);
  }
  return batch;
}

/** Copies rows `rows[first … first + count)` of a row-major matrix with `width` columns to `out`, from `to` on. */
export function gatherRows(
  from: ArrayLike<number>,
  width: number,
  rows: Int32Array,
  first: number,
  count: number,
  out: { [index: number]: number },
  to: number,
): void {
  for (let i = 0; i < count; i++) {
    for (let at = rows[first + i] * width, end = at + width; at < end; at++, to++) out[to] = from[at];
  }
}
