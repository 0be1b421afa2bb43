import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import { gae } from "masque/learn";
import { type Adam, type AdamOptions, createAdam, type SimdAdam } from "../tf/adam.ts";
import { lastPart } from "../tf/gru.ts";
import type { Engine } from "../tf/tf.ts";
import { fusedStep } from "./fused/step.ts";
import type { Learner } from "./learner.ts";
import {
  actionWidth,
  checkModel,
  checkRollout,
  gatherRows,
  headVariables,
  headWidth,
  type Numbers,
  noStep,
  type PpoModel,
  type PpoOptions,
  type PpoRollout,
  type PpoStats,
  type RowSource,
  selectRows,
} from "./minibatch.ts";
import { rescale, standardise } from "./scale.ts";
import { beginSequences, checkSequences, outputsOf, selectSequences } from "./sequences.ts";
import type { Lesson, Teacher } from "./teacher.ts";

// Proximal policy optimisation (Schulman et al. 2017, arXiv:1707.06347), in the order it happens: act and observe for the
// steps of a rollout, then estimate advantages and update. `train.ts` calls these; `learner.ts` is what they work on.

/** A learner with what takes a step of its networks. */
export interface Trainee extends Learner {
  readonly ppo: Ppo;
}

/** Before a step: remembers what is seen, what it is thought to be worth and what a teacher would do; draws actions. */
export function act(learner: Learner, t: number, teacher: Teacher | undefined, { leads }: Lesson): void {
  const { rows, every, seen, acting, judging, head, rollout, streams, sizes, outputs: width, numbers } = learner;
  const { count, inputs, central } = rows;
  seen.look();
  rows.readInputs(acting.input, judging.input);
  rows.note();
  rollout.observations.set(acting.input.subarray(0, count * inputs), t * count * inputs);
  central?.note(t);
  const alive = rollout.weights.subarray(t * count, (t + 1) * count);
  const mask = rollout.mask?.subarray(t * count * width, (t + 1) * count * width) ?? null;
  rows.readAlive(alive, mask, sizes);
  const taught = rollout.taught?.subarray(t * count * numbers, (t + 1) * count * numbers);
  if (teacher) {
    const all = teacher.actions.map((actions, level) => seen.taught(level, actions, t));
    rows.readTaught(all, taught!);
  }
  if (rollout.sequences) beginSequences(rollout.sequences, t, rows, acting, judging);
  valuesInto(learner, every, central?.at(t), rollout.values, t * count, alive);
  const outputs = acting.run(every, alive);
  if (!leads) head.draw(outputs, mask, alive, streams.act);
  const actions = leads ? taught! : head.actions;
  rollout.actions.set(actions, t * count * numbers);
  // A leader's actions have no advantage (see `update`): any probability will do that keeps the ratio finite, such as 1.
  if (leads) rollout.logProbabilities.fill(0, t * count, (t + 1) * count);
  else rollout.logProbabilities.set(head.logProbabilities, t * count);
  rows.writeActions(actions);
  seen.lead();
}

/** After it: remembers what it brought. What the horizon cut off is worth what its last observation promises. */
export function observe(learner: Learner, t: number): void {
  const { rows, seen, judging, transitions } = learner;
  seen.heed();
  rows.readOutcome(transitions, t);
  const cut = rows.readCut(judging.input);
  if (cut.length === 0) return;
  const values = new Float32Array(cut.length);
  valuesInto(learner, cut, rows.central?.ended, values);
  for (const [i, row] of cut.entries()) transitions.cutValues[t * rows.count + row] = values[i];
}

/**
 * After a rollout: advantages, then several epochs of minibatch steps.
 * @param left share of the learning rate and the entropy bonus, falling from 1 to 0 over the training
 * @returns means over the steps
 */
export function update(learner: Trainee, left: number, lesson: Lesson): Record<string, number> {
  const { rows, seen, acting, judging, rollout, transitions, scale, config, streams, total } = learner;
  seen.look();
  rows.readInputs(acting.input, judging.input);
  rows.central?.note(config.rolloutSteps);
  valuesInto(learner, learner.every, rows.central?.at(config.rolloutSteps), transitions.nextValues);
  gae(transitions, config.gamma, config.lambda, rollout.advantages, rollout.returns);
  if (scale)
    rescale(scale, rollout, learner.engine, config.popArt === undefined ? null : lastPart(learner.model.critic!));
  // A minibatch has few rows of a level: what is normalised by level is so over the whole rollout.
  const byLevel = config.normaliseAdvantages && config.normaliseBy === "level";
  if (byLevel) standardise(rollout.advantages, rollout.weights, rows.levelOf);
  const options = {
    ...config,
    learningRate: config.learningRate * left,
    entropyCoefficient: config.entropy * left,
    teacherCoefficient: lesson.weight,
    normaliseAdvantages: config.normaliseAdvantages && !byLevel && !lesson.leads,
  };
  // What the teacher did itself is no choice of the learner's, to be made more or less often.
  if (lesson.leads) rollout.advantages.fill(0);
  const learned = lesson.weight > 0 ? rollout : { ...rollout, taught: undefined };
  const units = total / (rollout.sequences?.length ?? 1);
  const order = Int32Array.from({ length: units }, (_, i) => i);
  const size = Math.ceil(units / config.minibatches);
  const sums: Record<string, number> = {};
  let updates = 0;
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    streams.shuffle.shuffle(order);
    for (let from = 0; from < units; from += size, updates++) {
      const stats = learner.ppo.update(learned, order.subarray(from, from + size), options);
      for (const [name, value] of Object.entries(stats)) sums[name] = (sums[name] ?? 0) + value;
    }
  }
  rows.settle();
  learner.refresh();
  const told = Object.entries(sums).filter(([name]) => !(lesson.leads && OF_RATIOS.has(name)));
  return Object.fromEntries(told.map(([name, sum]) => [name, sum / updates]));
}

/** What says nothing where the teacher acts. */
const OF_RATIOS = new Set(["approxKl", "clipFraction"]);

/**
 * Values of rows of a step, in units of the reward; a critic's inputs come from `source`, or are there. With `lives` `[count]`
 * rows that do remember what was seen.
 */
function valuesInto(
  { judging, scale }: Learner,
  rows: Int32Array,
  source: RowSource | undefined,
  out: Float32Array,
  at = 0,
  lives?: Float32Array,
): void {
  for (let first = 0; first < rows.length; first += judging.maxRows) {
    const n = Math.min(judging.maxRows, rows.length - first);
    source?.gather(rows, first, n, judging.input, 0);
    const values = judging.run(rows.subarray(first, first + n), lives);
    for (let i = 0; i < n; i++) {
      const row = rows[first + i];
      out[at + first + i] = scale ? values[i] * scale.unit(row) + scale.zero(row) : values[i];
    }
  }
}

/** Proximal policy optimisation, the update (Schulman et al. 2017, arXiv:1707.06347, equations 7 and 9). */
export interface Ppo {
  readonly adam: Adam;
  /**
   * One gradient step on the minibatch of `rows` (indices into the rollout, of its sequences if it has them; null: all).
   * @throws RangeError for arrays of wrong length, a row or action out of range, a forbidden action; Error if the loss or
   * its gradient is not finite. Nothing is changed then.
   */
  update(rollout: PpoRollout, rows: Int32Array | null, options: PpoOptions): PpoStats;
  dispose(): void;
}

export function createPpo(engine: Engine, model: PpoModel, adamOptions: AdamOptions = {}): Ppo {
  const { actor, critic, head } = model;
  const variables = [...actor.variables, ...(critic?.variables ?? []), ...headVariables(head)];
  checkModel(model);
  const adam = createAdam(engine, variables, adamOptions);
  const { step, dispose } = engine.simd
    ? fusedStep(engine.simd, model, adam as SimdAdam)
    : plainStep(engine, model, adam);
  return {
    adam,
    update(rollout, rows, options) {
      const full = { ...defaults, ...options };
      checkRollout(model, rollout, full);
      checkSequences(model, rollout);
      return step(rollout, rows, full);
    },
    dispose() {
      dispose();
      adam.dispose();
    },
  };
}

const defaults = {
  clip: 0.2,
  valueClip: Number.POSITIVE_INFINITY,
  entropyCoefficient: 0,
  teacherCoefficient: 0,
  valueCoefficient: 0.5,
  maxGradNorm: 0.5,
  normaliseAdvantages: true,
};

const LN_2PI = 1.8378770664093453;
const FORBIDDEN = -1e9;

/** The PPO step written in tfjs operations and its autodiff: the twin of the fused kernels, for every backend. */
function plainStep(engine: Engine, model: PpoModel, adam: Adam) {
  const { tf } = engine;
  const { actor, critic, head } = model;
  const width = headWidth(head);

  /** ln probability of the actions, and entropy: [rows] each. */
  function policy(outputs: Tensor2D, actions: Tensor2D, mask: Tensor2D | null): { logp: Tensor; entropy: Tensor } {
    if (head.kind === "gaussian") {
      const z = tf.mul(tf.sub(actions, outputs), tf.exp(tf.neg(head.logStd)));
      const logp = tf.sum(tf.sub(tf.mul(tf.square(z), -0.5), tf.add(head.logStd, LN_2PI / 2)), 1);
      const entropy = tf.add(tf.zerosLike(logp), tf.sum(tf.add(head.logStd, LN_2PI / 2 + 0.5)));
      return { logp, entropy };
    }
    const logps: Tensor[] = [];
    const entropies: Tensor[] = [];
    let given = outputs;
    let offset = 0;
    head.sizes.forEach((size, h) => {
      let logits: Tensor2D = tf.slice(given, [0, offset], [-1, size]);
      if (mask) {
        const allowed = tf.slice(mask, [0, offset], [-1, size]);
        logits = tf.add(tf.mul(logits, allowed), tf.mul(tf.sub(1, allowed), FORBIDDEN));
      }
      const all = tf.logSoftmax(logits, 1);
      const taken: Tensor2D = tf.cast(tf.equal(tf.slice(actions, [0, h], [-1, 1]), tf.range(0, size)), "float32");
      logps.push(tf.sum(tf.mul(all, taken), 1));
      entropies.push(tf.neg(tf.sum(tf.mul(tf.exp(all), all), 1)));
      offset += size;
      if (head.earlier && offset < width) {
        const later: Tensor2D = tf.slice(
          head.earlier as Variable & Tensor2D,
          [offset - size, offset],
          [size, width - offset],
        );
        given = tf.add(
          given,
          tf.pad(tf.matMul(taken, later), [
            [0, 0],
            [offset, 0],
          ]),
        );
      }
    });
    return { logp: tf.addN(logps), entropy: tf.addN(entropies) };
  }

  /** What following a teacher loses: [rows]. Deviations of normals are held, as the kernels do. */
  function teaching(outputs: Tensor2D, taught: Tensor2D, mask: Tensor2D | null): Tensor {
    if (head.kind !== "gaussian") return tf.neg(policy(outputs, taught, mask).logp);
    const held = tf.tensor(head.logStd.dataSync());
    return tf.sum(tf.mul(tf.square(tf.mul(tf.sub(taught, outputs), tf.exp(tf.neg(held)))), 0.5), 1);
  }

  function step(rollout: PpoRollout, indices: Int32Array | null, options: Required<PpoOptions>): PpoStats {
    const { sequences } = rollout;
    const batch = sequences
      ? selectSequences(model, rollout, sequences, indices, options.normaliseAdvantages, Number.POSITIVE_INFINITY)
      : selectRows(model, rollout, indices, options.normaliseAdvantages);
    const { rows, count, weight } = batch;
    if (weight === 0) return noStep();
    const matrix = (from: Numbers, columns: number): Tensor2D => {
      const out = new Float32Array(count * columns);
      gatherRows(from, columns, rows, 0, count, out, 0);
      return tf.tensor2d(out, [count, columns]);
    };
    const inputs = (from: Float32Array | RowSource, columns: number): Tensor2D => {
      if (from instanceof Float32Array) return matrix(from, columns);
      const out = new Float32Array(count * columns);
      from.gather(rows, 0, count, out, 0);
      return tf.tensor2d(out, [count, columns]);
    };
    const column = (from: Numbers): Tensor1D => tf.reshape(matrix(from, 1), [-1]) as Tensor1D;

    return tf.tidy(() => {
      const observations = matrix(rollout.observations, actor.sizes[0]);
      const criticObservations =
        critic && rollout.criticObservations ? inputs(rollout.criticObservations, critic.sizes[0]) : observations;
      const actions = matrix(rollout.actions, actionWidth(head));
      const taught = rollout.taught && matrix(rollout.taught, actionWidth(head));
      const mask: Tensor2D | null = rollout.mask
        ? tf.cast(tf.notEqual(matrix(rollout.mask, width), 0), "float32")
        : null;
      const share = rollout.weights ? tf.div(column(rollout.weights), weight) : tf.fill([count], 1 / weight);
      const advantages = tf.mul(tf.sub(column(rollout.advantages), batch.shift), batch.scale);
      const returns = column(rollout.returns);
      const oldLogp = column(rollout.logProbabilities);
      const mean = (x: Tensor): Scalar => tf.sum(tf.mul(x, share));
      let parts: Tensor[] = [];

      const loss = (): Scalar => {
        const outputs = outputsOf(engine, actor, observations, rollout, rows, "states");
        const value = critic
          ? outputsOf(engine, critic, criticObservations, rollout, rows, "criticStates")
          : tf.slice(outputs, [0, width], [-1, 1]);
        const v = tf.reshape(value, [-1]);
        const own: Tensor2D = tf.slice(outputs, [0, 0], [-1, width]);
        const { logp, entropy } = policy(own, actions, mask);
        const logRatio = tf.sub(logp, oldLogp);
        const ratio = tf.exp(logRatio);
        const clipped = tf.clipByValue(ratio, 1 - options.clip, 1 + options.clip);
        const policyLoss = mean(tf.neg(tf.minimum(tf.mul(ratio, advantages), tf.mul(clipped, advantages))));
        let errors = tf.square(tf.sub(v, returns));
        if (Number.isFinite(options.valueClip)) {
          const old = column(rollout.values!);
          const near = tf.add(old, tf.clipByValue(tf.sub(v, old), -options.valueClip, options.valueClip));
          errors = tf.maximum(errors, tf.square(tf.sub(near, returns)));
        }
        const valueLoss = tf.mul(mean(errors), 0.5);
        const meanEntropy = mean(entropy);
        const kl = mean(tf.sub(tf.sub(ratio, 1), logRatio));
        const outside = mean(tf.cast(tf.greater(tf.abs(tf.sub(ratio, 1)), options.clip), "float32"));
        const lesson = taught ? [mean(teaching(own, taught, mask))] : [];
        parts = [policyLoss, valueLoss, meanEntropy, kl, outside, ...lesson].map((part) => tf.keep(tf.clone(part)));
        const ppoLoss: Scalar = tf.sub(
          tf.add(policyLoss, tf.mul(valueLoss, options.valueCoefficient)),
          tf.mul(meanEntropy, options.entropyCoefficient),
        );
        return lesson.reduce((sum, loss): Scalar => tf.add(sum, tf.mul(loss, options.teacherCoefficient)), ppoLoss);
      };

      const { grads } = tf.variableGrads(loss, [...adam.variables]);
      const [policyLoss, valueLoss, entropy, approxKl, clipFraction, teacherLoss] = parts.map(
        (part) => part.dataSync()[0],
      );
      tf.dispose(parts);
      const gradNorm = adam.step(
        adam.variables.map((variable) => grads[variable.name]),
        options,
      );
      const stats = { policyLoss, valueLoss, entropy, approxKl, clipFraction, gradNorm, weight };
      return taught ? { ...stats, teacherLoss } : stats;
    });
  }

  return { step, dispose: () => {} };
}
