import type * as tfjs from "@tensorflow/tfjs-core";
import type { Kernels } from "./kernels/attach.ts";

/** The module `@tensorflow/tfjs-core`. */
export type Tf = typeof tfjs;

/** Where tensors live: the WASM backend, the native library (`@tensorflow/tfjs-node`), or plain JavaScript (slow). */
export type Backend = "wasm" | "node" | "cpu";

/** tfjs on one backend, with or without Masque's own kernels. */
export interface Engine {
  readonly tf: Tf;
  readonly backend: Backend;
  /** Whether `simd` is there and used. */
  readonly kernels: boolean;
  /** Masque's SIMD kernels on the heap of the WASM backend; null: everything runs as plain tfjs operations. */
  readonly simd: Kernels | null;
  /**
   * What computes: `wasm 4.22.0 + kernels`, or without kernels where they are off; for the native library its version and
   * threads too, since its bytes depend on both: `node 4.22.0 + TensorFlow 2.12.1, 1 thread`.
   */
  readonly description: string;
}
