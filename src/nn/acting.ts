import { wasm } from "./acting.wasm.ts";
import { compileWasm, instantiateWasm, type WasmMemory, type WasmModule } from "./wasm.ts";

/** What dense.as.ts exports; pointers are byte offsets, strides count floats. */
export interface DenseKernels {
  pack(w: number, b: number, to: number, inputs: number, outputs: number): void;
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

/** What acting.as.ts exports. */
export interface ActingKernels extends DenseKernels {
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

/** Lays regions out one after another, each from a multiple of 16 bytes on. */
export function layOut(): { reserve(bytes: number): number; readonly bytes: number } {
  let bytes = 0;
  return {
    reserve(size) {
      const at = bytes;
      bytes += 16 * Math.ceil(size / 16);
      return at;
    },
    get bytes() {
      return bytes;
    },
  };
}
