import type * as tfjs from "@tensorflow/tfjs-core";
import { compileWasm, instantiateWasm, type WasmMemory } from "../../../src/nn/wasm.ts";
import { wasm } from "./train.wasm.ts";

type Tf = typeof tfjs;

/** Masque's kernels, working on the heap of tfjs's WASM backend. Pointers are byte offsets into `memory`. */
export interface Kernels {
  readonly memory: WasmMemory;
  readonly exports: TrainKernels;
  /** Address of a tensor's values. Do not keep it: assigning to a variable changes it. */
  address(tensor: tfjs.TensorInfo): number;
  allocate(bytes: number): number;
  free(address: number): void;
}

/** What train.as.ts exports. */
export interface TrainKernels {
  pack(w: number, b: number, to: number, inputs: number, outputs: number): void;
}

/** The parts of tfjs's WASM backend that are reached into; any of them may be gone in another version. */
interface HeapBackend {
  wasm?: { asm?: { memory?: WasmMemory }; _malloc?(bytes: number): number; _free?(address: number): void };
  dataIdMap?: { get(dataId: object): { memoryOffset: number } };
}

/** Instantiates the kernels on tfjs's heap; null where the heap or SIMD is out of reach. */
export function attachKernels(tf: Tf): Kernels | null {
  const backend = tf.backend() as unknown as HeapBackend;
  const memory = backend.wasm?.asm?.memory;
  if (!memory?.buffer || !backend.wasm?._malloc || !backend.wasm._free || !backend.dataIdMap) return null;
  const { wasm: heap, dataIdMap } = backend as {
    wasm: Required<NonNullable<HeapBackend["wasm"]>>;
    dataIdMap: { get(dataId: object): { memoryOffset: number } };
  };
  let exports: TrainKernels;
  try {
    exports = instantiateWasm<TrainKernels>(compileWasm(wasm), memory);
  } catch {
    return null;
  }
  return {
    memory,
    exports,
    address: (tensor) => dataIdMap.get(tensor.dataId).memoryOffset,
    allocate: (bytes) => heap._malloc(bytes) >>> 0,
    free: (address) => heap._free(address),
  };
}
