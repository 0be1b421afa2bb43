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
  /** For manifests: backend, version of tfjs and whether the kernels are on, as in `wasm 4.22.0 + kernels`. */
  readonly description: string;
}
