import { activationCode } from "masque/learn";
import type { SimdAdam } from "../tf/adam.ts";
import type { Kernels } from "../tf/kernels/attach.ts";
import type { Network } from "../tf/network.ts";
import { blameDrawn, heedDrawn } from "./in-turn.ts";
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
} from "./minibatch.ts";

/** Rows taken at once through forward pass, loss and backward pass: what they touch stays in the second-level cache. */
const BLOCK = 64;

/**
 * The PPO step on the kernels. Minibatches of any size pass in blocks of 64 rows, copied straight into the heap; only the
 * gradients are summed over all of them. So the memory needed does not grow with the minibatch.
 */
export function fusedStep(simd: Kernels, model: PpoModel, adam: SimdAdam) {
  const { head } = model;
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
  const actor = layout(model.actor, gradients, reserve);
  const critic = model.critic && layout(model.critic, gradients.slice(model.actor.variables.length), reserve);
  /** Where the critic's inputs are its own, and where it reads the actor's. */
  const own = critic?.x ?? 0;
  const [old, advantages, returns, values, shares] = Array.from({ length: 5 }, () => reserve(4 * BLOCK));
  const actions = reserve(4 * BLOCK * actionsPerRow);
  const mask = reserve(BLOCK * width);
  const sizes = reserve(4 * actionsPerRow);
  const stats = reserve(8 * 5);
  const scratch = reserve(64 * actionsPerRow);
  const base = simd.allocate(bytes);
  let batch: Minibatch | undefined;

  function step(rollout: PpoRollout, indices: Int32Array | null, options: Required<PpoOptions>): PpoStats {
    batch = selectRows(model, rollout, indices, options.normaliseAdvantages, batch);
    const { rows, count, weight, shift, scale } = batch;
    if (weight === 0) return noStep();

    const floats = new Float32Array(memory.buffer, base, bytes >> 2);
    const ints = new Int32Array(memory.buffer, base, bytes >> 2);
    const octets = new Uint8Array(memory.buffer, base, bytes);
    const sums = new Float64Array(memory.buffer, base + stats, 5);
    floats.fill(0, 0, gradientBytes >> 2);
    sums.fill(0);
    if (head.kind === "categorical") ints.set(head.sizes, sizes >> 2);
    pack(actor);
    if (critic) pack(critic);

    const { observations, criticObservations, logProbabilities, values: before, weights } = rollout;
    const actionsAt = head.kind === "categorical" ? ints : floats;
    if (critic) critic.x = criticObservations ? own : actor.x;
    for (let first = 0; first < count; first += BLOCK) {
      const n = Math.min(BLOCK, count - first);
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
          actionsAt[(actions >> 2) + h * BLOCK + i] = rollout.actions[row * actionsPerRow + h];
        }
      }
      // The kernels of the losses take four rows at once: what pads the last four counts for nothing.
      for (let i = n; i & 3; i++) {
        floats[(shares >> 2) + i] = 0;
        for (let h = 0; h < actionsPerRow; h++) ints[(actions >> 2) + h * BLOCK + i] = 0;
      }

      forward(actor, n);
      if (critic) forward(critic, n);
      loss(n, rollout.mask ? base + mask : 0, options);
      backward(actor, n);
      if (critic) backward(critic, n);
    }

    const [policyLoss, valueLoss, entropy, approxKl, clipFraction] = sums;
    const gradNorm = adam.stepAt(
      gradients.map((at) => base + at),
      options,
    );
    return { policyLoss, valueLoss, entropy, approxKl, clipFraction, gradNorm, weight };
  }

  const floatsAt = (address: number, length: number) => new Float32Array(memory.buffer, address, length);
  const takenIn = (heads: number) => new Int32Array(memory.buffer, base + actions, BLOCK * heads);

  function loss(
    n: number,
    maskAt: number,
    { clip, entropyCoefficient, valueClip, valueCoefficient }: Required<PpoOptions>,
  ) {
    const out = actor.layers[actor.layers.length - 1];
    const [z, d, stride] = [base + out.y, base + out.dy, out.stride];
    const perRow = [base + old, base + advantages, base + shares] as const;
    if (head.kind === "categorical") {
      const heads = head.sizes.length;
      const { earlier } = head;
      const drawn = earlier && { sizes: head.sizes, taken: takenIn(heads), capacity: BLOCK, rows: n };
      if (drawn) {
        const told = floatsAt(simd.address(earlier), earlier.size);
        heedDrawn(drawn, told, width, floatsAt(z, n * out.stride), out.stride);
      }
      run.categoricalLoss(
        ...([n, z, d, stride, base + sizes, heads, width, base + actions, BLOCK, maskAt] as const),
        ...perRow,
        ...([clip, entropyCoefficient, base + stats, base + scratch] as const),
      );
      if (drawn) {
        const gradient = floatsAt(base + gradients[gradients.length - 1], earlier.size);
        blameDrawn(drawn, gradient, width, floatsAt(d, n * out.stride), out.stride);
      }
    } else {
      const logStd = simd.address(head.logStd);
      const inLogStd = base + gradients[gradients.length - 1];
      run.gaussianLoss(
        ...([n, z, d, stride, width, logStd, inLogStd, base + actions, BLOCK] as const),
        ...perRow,
        ...([clip, entropyCoefficient, base + stats] as const),
      );
    }
    const value = critic ? critic.layers[critic.layers.length - 1] : out;
    const column = critic ? 0 : 4 * width;
    const [v, dv] = [base + value.y + column, base + value.dy + column];
    run.valueLoss(
      ...([n, v, dv, value.stride, base + returns, base + values, base + shares] as const),
      ...([valueClip, valueCoefficient, base + stats] as const),
    );
  }

  function pack({ network, layers }: Layout): void {
    for (let l = 0; l < layers.length; l++) {
      const { inputs, outputs, packed, transposed } = layers[l];
      const w = simd.address(network.variables[2 * l]);
      run.pack(w, simd.address(network.variables[2 * l + 1]), base + packed, inputs, outputs);
      if (l > 0) run.packTransposed(w, base + transposed, inputs, outputs);
    }
  }

  function forward({ x, inputs, layers, code }: Layout, n: number): void {
    let from = x;
    let stride = inputs;
    for (let l = 0; l < layers.length; l++) {
      const layer = layers[l];
      const activation = l === layers.length - 1 ? 0 : code;
      run.dense(
        base + from,
        stride,
        base + layer.packed,
        base + layer.y,
        layer.stride,
        n,
        layer.inputs,
        layer.outputs,
        activation,
      );
      from = layer.y;
      stride = layer.stride;
    }
  }

  function backward({ x, inputs, layers, code }: Layout, n: number): void {
    for (let l = layers.length - 1; l >= 0; l--) {
      const layer = layers[l];
      const below = l > 0 ? layers[l - 1] : null;
      const dz = base + layer.dy;
      const from = base + (below ? below.y : x);
      const stride = below ? below.stride : inputs;
      run.denseGradient(
        from,
        stride,
        dz,
        layer.stride,
        base + layer.dw,
        base + layer.db,
        n,
        layer.inputs,
        layer.outputs,
      );
      if (below) {
        run.dense(
          dz,
          layer.stride,
          base + layer.transposed,
          base + below.dy,
          below.stride,
          n,
          layer.outputs,
          layer.inputs,
          0,
        );
        run.slope(base + below.y, base + below.dy, base + below.dy, n * below.stride, code);
      }
    }
  }

  return { step, dispose: () => simd.free(base) };
}

interface Layout {
  network: Network;
  inputs: number;
  code: number;
  /** Observations of a block [rows, inputs]. */
  x: number;
  layers: Layer[];
}

/** Where a layer's parts are, in bytes from the region's start. y and dy are [rows, stride], zero beyond `outputs`. */
interface Layer {
  inputs: number;
  outputs: number;
  stride: number;
  packed: number;
  transposed: number;
  y: number;
  dy: number;
  dw: number;
  db: number;
}

function layout(network: Network, gradients: readonly number[], reserve: (bytes: number) => number): Layout {
  const { sizes } = network;
  const padded = (n: number) => 4 * Math.ceil(n / 4);
  const x = reserve(4 * BLOCK * sizes[0]);
  const layers = sizes.slice(1).map((outputs, l): Layer => {
    const inputs = sizes[l];
    const stride = padded(outputs);
    return {
      inputs,
      outputs,
      stride,
      packed: reserve(4 * (inputs + 1) * stride),
      transposed: reserve(l > 0 ? 4 * (outputs + 1) * padded(inputs) : 0),
      y: reserve(4 * BLOCK * stride),
      dy: reserve(4 * BLOCK * stride),
      dw: gradients[2 * l],
      db: gradients[2 * l + 1],
    };
  });
  return { network, inputs: sizes[0], code: activationCode[network.activation], x, layers };
}
