import { compileWasm, instantiateWasm, type WasmMemory, type WasmModule } from "../../numeric/wasm.ts";
import { wasm } from "./acting.wasm.ts";

/** What dense.as.ts exports; pointers are byte offsets, strides count floats. */
export interface DenseKernels {
  /** Lays weights and biases out for `dense`. */
  pack(w: number, b: number, to: number, inputs: number, outputs: number): void;
  /** One layer: outputs of all rows, in the packed layout. */
  dense(
    x: number,
    xStride: number,
    packed: number,
    y: number,
    yStride: number,
    rows: number,
    inputs: number,
    outputs: number,
    activation: number,
  ): void;
}

/** What gru.as.ts exports, for acting; strides and pointers likewise. */
export interface GruKernels {
  /** The state after a step, from what the gates take from the input and from the state. */
  gruGates(
    x: number,
    u: number,
    xStride: number,
    h: number,
    next: number,
    hStride: number,
    lives: number,
    rows: number,
    cells: number,
  ): void;
}

/** What acting.as.ts exports. */
export interface ActingKernels extends DenseKernels, GruKernels {
  sample(
    rows: number,
    logits: number,
    stride: number,
    sizes: number,
    heads: number,
    width: number,
    mask: number,
    uniforms: number,
    actions: number,
    logp: number,
    scratch: number,
  ): void;
}

let compiled: WasmModule | undefined;

/** The acting kernels on a memory of their own. */
export function acting(memory: WasmMemory): ActingKernels {
  compiled ??= compileWasm(wasm);
  return instantiateWasm<ActingKernels>(compiled, memory);
}
