import type { Variable } from "@tensorflow/tfjs-core";
import type { RecurrentNetwork } from "../tf/gru.ts";
import type { Network } from "../tf/network.ts";

/** What the policy's outputs mean. */
export type PolicyHead =
  /**
   * Choices: one logit a choice, side by side. Discrete(n) has the sizes [n]; MultiDiscrete several. Drawn independently, or
   * in turn where `earlier` [choices, choices] is there, which is trained too (see `heedChoice`).
   */
  | { kind: "categorical"; sizes: readonly number[]; earlier?: Variable | null }
  /** Box: means of independent normals, whose deviations e^logStd [size] are trained too, the same in every state. */
  | { kind: "gaussian"; logStd: Variable };

/** What is trained. Without a critic the actor's outputs are the policy's, then the value: one shared trunk. */
export interface PpoModel {
  actor: Network | RecurrentNetwork;
  critic: Network | RecurrentNetwork | null;
  head: PolicyHead;
  /** Where networks have memory, which both have or neither: steps of the sequences that they are trained on. */
  sequence?: number;
}

/** A matrix that is not held as such: its rows are written when they are asked for. */
export interface RowSource {
  readonly rows: number;
  readonly width: number;
  /** Writes rows `rows[first … first + count)` to `out`, from `to` on. */
  gather(rows: Int32Array, first: number, count: number, out: Float32Array, to: number): void;
}

/** A rollout, flat and row-major; a row is one agent at one step. Nothing in it is changed. */
export interface PpoRollout {
  /** [rows, inputs of the actor]. */
  observations: Float32Array;
  /** [rows, inputs of the critic]; default `observations`. */
  criticObservations?: Float32Array | RowSource;
  /** [rows, heads]: choices 0 … n−1; or [rows, size] for a Gaussian head. */
  actions: Int32Array | Float32Array;
  /** As `actions`: what a teacher would have done; needed for `teacherCoefficient` only. */
  taught?: Int32Array | Float32Array;
  /** [rows]: ln of the acting policy's probability (density) of the action. */
  logProbabilities: Float32Array;
  /** [rows]. */
  advantages: Float32Array;
  /** [rows]: what the value should be. */
  returns: Float32Array;
  /** [rows]: the value when acting; needed for `valueClip` only. */
  values?: Float32Array;
  /** [rows, logits]: 0 forbids a choice. Default: all are allowed. */
  mask?: Uint8Array | null;
  /** [rows]: weights >= 0 of the rows in every mean; 0 leaves a row out (an agent that was dead). Default: all 1. */
  weights?: Float32Array | Uint8Array | null;
  /** How rows follow each other, where networks have memory: minibatches are of sequences then. */
  sequences?: Sequences;
}

/** How the rows of a rollout follow each other: row i of step t lies at t · rows + i. */
export interface Sequences {
  /** Rows that act side by side. */
  readonly rows: number;
  /** Steps of a sequence, a divisor of the rollout's. */
  readonly length: number;
  /** `[steps, rows]`: 1 where an episode begins with a step. */
  readonly begins: Uint8Array;
  /** `[steps / length, rows, cells]`: what rows remembered before the first step of each sequence. */
  readonly states: Float32Array;
  /** The same of the critic; empty if there is none. */
  readonly criticStates: Float32Array;
}

export interface PpoOptions {
  learningRate: number;
  /** ε: the probability ratio is clipped to [1 − ε, 1 + ε]. Default 0.2. */
  clip?: number;
  /** Also clip the value to within this of the old one; default: do not. */
  valueClip?: number;
  /** Default 0. */
  entropyCoefficient?: number;
  /** Of the cross-entropy against `taught`; default 0. */
  teacherCoefficient?: number;
  /** Default 0.5. */
  valueCoefficient?: number;
  /** Default 0.5. */
  maxGradNorm?: number;
  /** Shift and scale the minibatch's advantages to mean 0 and deviation 1; default true. */
  normaliseAdvantages?: boolean;
}

/** Weighted means over the minibatch, before the step. */
export interface PpoStats {
  /** −mean min(ratio · A, clip(ratio) · A). */
  policyLoss: number;
  /** mean ½ (value − return)². */
  valueLoss: number;
  /** Nats, summed over the heads; of heads drawn in turn that of each given what was drawn before it. */
  entropy: number;
  /** mean (ratio − 1 − ln ratio), after Schulman. */
  approxKl: number;
  /** Share of rows whose ratio was outside the clip range. */
  clipFraction: number;
  /** Of all gradients jointly, before clipping. */
  gradNorm: number;
  /**
   * Where there is `taught`: mean −ln probability of it; for a Gaussian head half its squared distance to the mean, in
   * deviations.
   */
  teacherLoss?: number;
  /** Sum of the rows' weights; at 0 no step was taken and the rest is 0. */
  weight: number;
}

/** What a step gives that has no row to learn from. */
export function noStep(): PpoStats {
  return { policyLoss: 0, valueLoss: 0, entropy: 0, approxKl: 0, clipFraction: 0, gradNorm: 0, weight: 0 };
}

/** Outputs of the policy: logits or means. */
export function headWidth(head: PolicyHead): number {
  return head.kind === "categorical" ? head.sizes.reduce((sum, size) => sum + size, 0) : head.logStd.size;
}

/** What the head trains besides the actor's outputs. */
export function headVariables(head: PolicyHead): Variable[] {
  const own = head.kind === "categorical" ? head.earlier : head.logStd;
  return own ? [own] : [];
}

/** Numbers an action has. */
export function actionWidth(head: PolicyHead): number {
  return head.kind === "categorical" ? head.sizes.length : head.logStd.size;
}

/** Throws a RangeError unless the networks' widths fit the head. */
export function checkModel({ actor, critic, head }: PpoModel): void {
  const width = headWidth(head);
  const outputs = actor.sizes.at(-1);
  const expected = width + (critic ? 0 : 1);
  if (outputs !== expected) {
    throw new RangeError(
      `PPO: the actor has ${outputs} outputs, expected ${expected}: ${width} for the ${head.kind} head${critic ? "" : " and the value"}`,
    );
  }
  if (head.kind === "categorical" && head.earlier && (head.earlier.size !== width * width || head.sizes.length < 2)) {
    throw new RangeError(
      `PPO: earlier has the shape [${head.earlier.shape}] for heads of [${head.sizes}], expected [${width}, ${width}] and two heads or more`,
    );
  }
  if (critic && critic.sizes.at(-1) !== 1) {
    throw new RangeError(`PPO: the critic has ${critic.sizes.at(-1)} outputs, expected 1`);
  }
}

/** Throws a RangeError unless the arrays' lengths agree and the options are numbers >= 0. */
export function checkRollout(
  { actor, critic, head }: PpoModel,
  rollout: PpoRollout,
  options: Required<PpoOptions>,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === "number" && !(value >= 0)) {
      throw new RangeError(`PPO: ${name} is ${value}, expected a number >= 0`);
    }
  }
  if (options.teacherCoefficient > 0 && !rollout.taught) {
    throw new RangeError(
      `PPO: teacherCoefficient is ${options.teacherCoefficient}, but the rollout has nothing taught; give it, or leave it out`,
    );
  }
  if (Number.isFinite(options.valueClip) && !rollout.values) {
    throw new RangeError(
      `PPO: valueClip is ${options.valueClip}, but the rollout has no values; give them, or leave it out`,
    );
  }
  const rows = rollout.logProbabilities.length;
  const expect = (name: keyof PpoRollout, width: number) => {
    const array = rollout[name];
    if (array && "gather" in array) {
      if (array.width !== width || array.rows < rows)
        throw new RangeError(
          `PPO: ${name} has ${array.rows} rows of ${array.width}, expected ${rows} (as logProbabilities) of ${width}`,
        );
    } else if (array && array.length !== rows * width) {
      throw new RangeError(
        `PPO: ${name} has ${array.length} values, expected ${rows * width} = ${rows} rows (as logProbabilities) of ${width}`,
      );
    }
  };
  expect("observations", actor.sizes[0]);
  if (critic) expect(rollout.criticObservations ? "criticObservations" : "observations", critic.sizes[0]);
  expect("actions", actionWidth(head));
  expect("taught", actionWidth(head));
  expect("advantages", 1);
  expect("returns", 1);
  expect("values", 1);
  expect("mask", headWidth(head));
  expect("weights", 1);
}

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
  const { weights, advantages, returns, logProbabilities, actions, taught, mask } = rollout;
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
      checkChoices(sizes, row, actions, mask, row * logits, "action");
      if (taught) checkChoices(sizes, row, taught, mask, row * logits, "taught action");
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

function checkChoices(
  sizes: readonly number[],
  row: number,
  actions: ArrayLike<number>,
  mask: Uint8Array | null | undefined,
  from: number,
  what: string,
): void {
  for (let h = 0, offset = from; h < sizes.length; offset += sizes[h], h++) {
    const action = actions[row * sizes.length + h];
    if (!(action >= 0 && action < sizes[h] && Number.isInteger(action)))
      throw new RangeError(
        `PPO: row ${row}, head ${h}: ${what} ${action}, expected a whole number 0 to ${sizes[h] - 1}`,
      );
    if (mask && !mask[offset + action])
      throw new RangeError(`PPO: row ${row}, head ${h}: the mask forbids ${what} ${action}, expected an allowed one`);
  }
}

/** What rollouts and minibatches are held in. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

/** Numbers from which on a row is copied by the engine's own means, which take some 30 ns to begin. */
const WIDE = 32;

/** Copies rows `rows[first … first + count)` of a row-major matrix with `width` columns to `out`, from `to` on. */
export function gatherRows(
  from: Numbers,
  width: number,
  rows: Int32Array,
  first: number,
  count: number,
  out: Numbers,
  to: number,
): void {
  for (let i = 0; i < count; i++, to += width) {
    const at = rows[first + i] * width;
    if (width < WIDE) for (let k = 0; k < width; k++) out[to + k] = from[at + k];
    else out.set(from.subarray(at, at + width), to);
  }
}
