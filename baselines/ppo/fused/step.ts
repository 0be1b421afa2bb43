import type { SimdAdam } from "../../tf/adam.ts";
import { isRecurrent } from "../../tf/gru.ts";
import type { Kernels } from "../../tf/kernels/attach.ts";
import {
  actionWidth,
  gatherRows,
  headWidth,
  type Minibatch,
  noStep,
  type PpoModel,
  type PpoOptions,
  type PpoRollout,
  type PpoStats,
  selectRows,
} from "../minibatch.ts";
import { selectSequences, sequencesABlock, startsOf } from "../sequences.ts";
import { blameDrawn, heedDrawn } from "./in-turn.ts";
import { memoryStack } from "./memory-stack.ts";
import { stackOf } from "./stack.ts";

/**
 * The PPO step on the kernels. Minibatches of any size pass in blocks of rows, copied straight into the heap; only the
 * gradients are summed over all of them. So the memory needed does not grow with the minibatch. A block has 64 rows, which
 * stay in the second-level cache; or a few sequences, where networks have memory.
 */
export function fusedStep(simd: Kernels, model: PpoModel, adam: SimdAdam) {
  const { head, sequence } = model;
  const block = sequence === undefined ? 64 : sequencesABlock(sequence) * sequence;
  const width = headWidth(head);
  const actionsPerRow = actionWidth(head);
  const { run, memory } = simd;

  // One region of the heap; addresses below are offsets into it until it is allocated.
  let bytes = 0;
  const reserve = (size: number) => {
    const at = bytes;
    bytes += 16 * Math.ceil(size / 16);
    return at;
  };
  const gradients = adam.variables.map((variable) => reserve(4 * variable.size));
  const gradientBytes = bytes;
  const flags = { begins: reserve(block), lives: reserve(block) };
  const stack = (network: PpoModel["actor"], from: number) =>
    isRecurrent(network)
      ? memoryStack(simd, network, gradients.slice(from), reserve, { rows: block, steps: sequence!, ...flags })
      : { ...stackOf(simd, network, gradients.slice(from), reserve, block), remember: null };
  const actor = stack(model.actor, 0);
  const critic = model.critic && stack(model.critic, model.actor.variables.length);
  /** Where the critic's inputs are its own, and where it reads the actor's. */
  const own = critic?.x ?? 0;
  const [old, advantages, returns, values, shares] = Array.from({ length: 5 }, () => reserve(4 * block));
  const [actions, taught] = [0, 0].map(() => reserve(4 * block * actionsPerRow));
  const mask = reserve(block * width);
  const sizes = reserve(4 * actionsPerRow);
  const stats = reserve(8 * 6);
  const scratch = reserve(64 * actionsPerRow);
  // Heads in turn heed the teacher's choices where they are taught, and their own elsewhere: logits of their own.
  const inTurn = head.kind === "categorical" && head.earlier;
  const [lesson, dLesson] = [0, 0].map(() => (inTurn ? reserve(4 * block * actor.out.stride) : 0));
  const base = simd.allocate(bytes);
  let batch: Minibatch | undefined;

  function step(rollout: PpoRollout, indices: Int32Array | null, options: Required<PpoOptions>): PpoStats {
    batch = rollout.sequences
      ? selectSequences(model, rollout, rollout.sequences, indices, options.normaliseAdvantages)
      : selectRows(model, rollout, indices, options.normaliseAdvantages, batch);
    const { rows, count, weight, shift, scale } = batch;
    if (weight === 0) return noStep();

    const floats = new Float32Array(memory.buffer, base, bytes >> 2);
    const ints = new Int32Array(memory.buffer, base, bytes >> 2);
    const octets = new Uint8Array(memory.buffer, base, bytes);
    const sums = new Float64Array(memory.buffer, base + stats, 6);
    floats.fill(0, 0, gradientBytes >> 2);
    sums.fill(0);
    if (head.kind === "categorical") ints.set(head.sizes, sizes >> 2);
    actor.pack(base);
    critic?.pack(base);

    const { observations, criticObservations, logProbabilities, values: before, weights, sequences } = rollout;
    const actionsAt = head.kind === "categorical" ? ints : floats;
    if (critic) critic.x = criticObservations ? own : actor.x;
    for (let first = 0; first < count; first += block) {
      const n = Math.min(block, count - first);
      gatherRows(observations, actor.inputs, rows, first, n, floats, actor.x >> 2);
      if (critic && criticObservations) {
        const to = critic.x >> 2;
        if (criticObservations instanceof Float32Array)
          gatherRows(criticObservations, critic.inputs, rows, first, n, floats, to);
        else criticObservations.gather(rows, first, n, floats, to);
      }
      if (rollout.mask) gatherRows(rollout.mask, width, rows, first, n, octets, mask);
      for (let i = 0; i < n; i++) {
        const row = rows[first + i];
        floats[(old >> 2) + i] = logProbabilities[row];
        floats[(advantages >> 2) + i] = (rollout.advantages[row] - shift) * scale;
        floats[(returns >> 2) + i] = rollout.returns[row];
        if (before) floats[(values >> 2) + i] = before[row];
        floats[(shares >> 2) + i] = (weights ? weights[row] : 1) / weight;
        for (let h = 0; h < actionsPerRow; h++) {
          actionsAt[(actions >> 2) + h * block + i] = rollout.actions[row * actionsPerRow + h];
          if (rollout.taught) actionsAt[(taught >> 2) + h * block + i] = rollout.taught[row * actionsPerRow + h];
        }
      }
      // The kernels of the losses take four rows at once: what pads the last four counts for nothing.
      for (let i = n; i & 3; i++) {
        floats[(shares >> 2) + i] = 0;
        for (let h = 0; h < actionsPerRow; h++)
          ints[(actions >> 2) + h * block + i] = ints[(taught >> 2) + h * block + i] = 0;
      }

      if (sequences) {
        for (let i = 0; i < n; i++) {
          const row = rows[first + i];
          octets[flags.begins + i] = sequences.begins[row];
          octets[flags.lives + i] = weights && weights[row] === 0 ? 0 : 1;
        }
        const beginnings = startsOf(sequences, rows.subarray(first, first + n));
        actor.remember?.(base, sequences.states, beginnings);
        critic?.remember?.(base, sequences.criticStates, beginnings);
      }

      actor.forward(base, n);
      critic?.forward(base, n);
      loss(n, rollout.mask ? base + mask : 0, options, rollout.taught !== undefined);
      actor.backward(base, n);
      critic?.backward(base, n);
    }

    const [policyLoss, valueLoss, entropy, approxKl, clipFraction, teacherLoss] = sums;
    const gradNorm = adam.stepAt(
      gradients.map((at) => base + at),
      options,
    );
    const found = { policyLoss, valueLoss, entropy, approxKl, clipFraction, gradNorm, weight };
    return rollout.taught ? { ...found, teacherLoss } : found;
  }

  const floatsAt = (address: number, length: number) => new Float32Array(memory.buffer, address, length);
  const takenIn = (at: number) => new Int32Array(memory.buffer, base + at, block * actionsPerRow);

  function loss(
    n: number,
    maskAt: number,
    { clip, entropyCoefficient, teacherCoefficient, valueClip, valueCoefficient }: Required<PpoOptions>,
    isTaught: boolean,
  ) {
    const { out } = actor;
    const [z, d, stride] = [base + out.y, base + out.dy, out.stride];
    const perRow = [base + old, base + advantages, base + shares] as const;
    if (head.kind === "categorical") {
      const heads = head.sizes.length;
      const { earlier } = head;
      const told = earlier && floatsAt(simd.address(earlier), earlier.size);
      const drawn = { sizes: head.sizes, taken: takenIn(actions), capacity: block, rows: n };
      const follow = (z: number, d: number) =>
        run.categoricalTeaching(
          ...([n, z, d, stride, base + sizes, heads, width, base + taught, block, maskAt, base + shares] as const),
          ...([teacherCoefficient, base + stats] as const),
        );
      const length = n * out.stride;
      if (told && isTaught) floatsAt(base + lesson, length).set(floatsAt(z, length));
      if (told) heedDrawn(drawn, told, width, floatsAt(z, length), out.stride);
      run.categoricalLoss(
        ...([n, z, d, stride, base + sizes, heads, width, base + actions, block, maskAt] as const),
        ...perRow,
        ...([clip, entropyCoefficient, base + stats, base + scratch] as const),
      );
      if (!told) {
        if (isTaught) follow(z, d);
      } else {
        const gradient = floatsAt(base + gradients[gradients.length - 1], told.length);
        blameDrawn(drawn, gradient, width, floatsAt(d, length), out.stride);
        if (isTaught) {
          const said = { ...drawn, taken: takenIn(taught) };
          const [own, more] = [floatsAt(d, length), floatsAt(base + dLesson, length).fill(0)];
          heedDrawn(said, told, width, floatsAt(base + lesson, length), out.stride);
          follow(base + lesson, base + dLesson);
          blameDrawn(said, gradient, width, more, out.stride);
          for (let i = 0; i < length; i++) own[i] += more[i];
        }
      }
    } else {
      const logStd = simd.address(head.logStd);
      const inLogStd = base + gradients[gradients.length - 1];
      run.gaussianLoss(
        ...([n, z, d, stride, width, logStd, inLogStd, base + actions, block] as const),
        ...perRow,
        ...([clip, entropyCoefficient, base + stats] as const),
      );
      if (isTaught)
        run.gaussianTeaching(
          ...([n, z, d, stride, width, logStd, base + taught, block, base + shares] as const),
          ...([teacherCoefficient, base + stats] as const),
        );
    }
    const value = critic ? critic.out : out;
    const column = critic ? 0 : 4 * width;
    const [v, dv] = [base + value.y + column, base + value.dy + column];
    run.valueLoss(
      ...([n, v, dv, value.stride, base + returns, base + values, base + shares] as const),
      ...([valueClip, valueCoefficient, base + stats] as const),
    );
  }

  return { step, dispose: () => simd.free(base) };
}
