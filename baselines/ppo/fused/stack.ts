import { activationCode } from "masque/learn";
import type { Kernels } from "../../tf/kernels/attach.ts";
import type { Network } from "../../tf/network.ts";

/** Says where in a region a part of so many bytes will lie. */
export type Reserve = (bytes: number) => number;

/** Floats that n floats take in whole vectors. */
export const padded = (n: number): number => 4 * Math.ceil(n / 4);

/**
 * A network whose layers lie in a region of the kernels' heap, for blocks of rows. Addresses are bytes from the region's
 * `base`, which is known once all of it is reserved.
 */
export interface Stack {
  /** Observations of a block [rows, inputs]. */
  x: number;
  readonly inputs: number;
  readonly out: Layer;
  /** Takes the variables' values in. */
  pack(base: number): void;
  /** Of the first n rows. */
  forward(base: number, n: number): void;
  /** From `out.dy` of the first n rows, adds up the variables' gradients. */
  backward(base: number, n: number): void;
}

/** Where a layer's parts are, in bytes from the region's start. y and dy are [rows, stride], zero beyond `outputs`. */
export interface Layer {
  inputs: number;
  outputs: number;
  stride: number;
  packed: number;
  /** Null where its input has no gradient. */
  transposed: number | null;
  y: number;
  dy: number;
  dw: number;
  db: number;
}

/**
 * Floats from row to row. Rows a multiple of 1,024 bytes apart fall on the same few lines of the first-level cache: a
 * column of 64 rows is then evicted as it is read (gradients at 256 wide took a fifth longer).
 */
const apart = (columns: number) => padded(columns) + (padded(columns) % 256 === 0 ? 4 : 0);

export function layerOf(
  reserve: Reserve,
  rows: number,
  [inputs, outputs]: readonly [number, number],
  [dw, db]: readonly number[],
  /** Whether its input has a gradient. */
  inward: boolean,
): Layer {
  const stride = apart(outputs);
  return {
    inputs,
    outputs,
    stride,
    packed: reserve(4 * (inputs + 1) * padded(outputs)),
    transposed: inward ? reserve(4 * (outputs + 1) * padded(inputs)) : null,
    y: reserve(4 * rows * stride),
    dy: reserve(4 * rows * stride),
    dw,
    db,
  };
}

/** Where a stack's input comes from, if not from a matrix of its own: [rows, stride], and its gradient. */
export interface Below {
  x: number;
  dx: number;
  stride: number;
}

/** @param gradients where those of the variables lie, in their order */
export function stackOf(
  simd: Kernels,
  network: Network,
  gradients: readonly number[],
  reserve: Reserve,
  rows: number,
  below?: Below,
): Stack {
  const { run } = simd;
  const { sizes, variables } = network;
  const inputs = sizes[0];
  const code = activationCode[network.activation];
  const x = below?.x ?? reserve(4 * rows * inputs);
  const xStride = below?.stride ?? inputs;
  const layers = sizes
    .slice(1)
    .map((outputs, l) =>
      layerOf(reserve, rows, [sizes[l], outputs], gradients.slice(2 * l), l > 0 || below !== undefined),
    );
  return {
    x,
    inputs,
    out: layers[layers.length - 1],
    pack(base) {
      for (let l = 0; l < layers.length; l++) packLayer(simd, base, layers[l], variables.slice(2 * l, 2 * l + 2));
    },
    forward(base, n) {
      let from = this.x;
      let stride = xStride;
      for (let l = 0; l < layers.length; l++) {
        const { packed, y, stride: wide, inputs, outputs } = layers[l];
        const activation = l === layers.length - 1 ? 0 : code;
        run.dense(base + from, stride, base + packed, base + y, wide, n, inputs, outputs, activation);
        from = y;
        stride = wide;
      }
    },
    backward(base, n) {
      for (let l = layers.length - 1; l >= 0; l--) {
        const { dw, db, dy, stride: wide, transposed, inputs, outputs } = layers[l];
        const under = l > 0 ? layers[l - 1] : null;
        const [from, stride] = under ? [under.y, under.stride] : [this.x, xStride];
        run.denseGradient(base + from, stride, base + dy, wide, base + dw, base + db, n, inputs, outputs);
        const to = under ? under.dy : below?.dx;
        if (to === undefined || transposed === null) continue;
        run.dense(base + dy, wide, base + transposed, base + to, stride, n, outputs, inputs, 0);
        if (under) run.slope(base + under.y, base + to, base + to, n * stride, code);
      }
    },
  };
}

/** Takes a layer's W and b in, for both directions. */
export function packLayer(simd: Kernels, base: number, layer: Layer, [weights, bias]: Network["variables"]): void {
  const { packed, transposed, inputs, outputs } = layer;
  const w = simd.address(weights);
  simd.run.pack(w, simd.address(bias), base + packed, inputs, outputs);
  if (transposed !== null) simd.run.packTransposed(w, base + transposed, inputs, outputs);
}
