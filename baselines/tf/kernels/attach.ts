import type * as tfjs from "@tensorflow/tfjs-core";
import type { DenseKernels, GruKernels } from "masque/learn";
import { compileWasm, instantiateWasm, type WasmMemory } from "masque/numeric";
import { wasm } from "./train.wasm.ts";

/**
 * Masque's kernels, working on the heap of tfjs's WASM backend. Pointers are byte offsets into `memory`; they stay valid
 * when it grows, but views of `memory.buffer` do not: make them afresh after anything that may allocate.
 */
export interface Kernels {
  readonly memory: WasmMemory;
  readonly run: TrainKernels;
  /** Address of a tensor's values. Do not keep it: assigning to a variable changes it. */
  address(tensor: tfjs.TensorInfo): number;
  /** A region filled with zeros, in multiples of 16 bytes, of the heap; belongs to the caller until `free`. */
  allocate(bytes: number): number;
  free(address: number): void;
  /** A region for the duration of one operation; the next call may return the same one. Its contents are arbitrary. */
  scratch(bytes: number): number;
}

/** What train.as.ts exports; each is described where it is written. */
export interface TrainKernels extends DenseKernels, GruKernels {
  packTransposed(w: number, to: number, inputs: number, outputs: number): void;
  slope(y: number, dy: number, dz: number, count: number, activation: number): void;
  denseGradient(
    x: number,
    xStride: number,
    dz: number,
    dzStride: number,
    dw: number,
    db: number,
    rows: number,
    inputs: number,
    outputs: number,
  ): void;
  denseBackward(
    x: number,
    y: number,
    dy: number,
    packed: number,
    dx: number,
    dw: number,
    db: number,
    scratch: number,
    rows: number,
    inputs: number,
    outputs: number,
    activation: number,
  ): void;
  gruGradient(
    x: number,
    u: number,
    dx: number,
    du: number,
    xStride: number,
    h: number,
    dh: number,
    direct: number,
    through: number,
    hStride: number,
    begins: number,
    lives: number,
    rows: number,
    cells: number,
  ): void;
  sumOfSquares(g: number, count: number): number;
  adam(
    p: number,
    g: number,
    m: number,
    v: number,
    count: number,
    scale: number,
    rate: number,
    boost: number,
    beta1: number,
    alpha1: number,
    beta2: number,
    alpha2: number,
    epsilon: number,
  ): void;
  categoricalLoss(
    rows: number,
    logits: number,
    d: number,
    stride: number,
    sizes: number,
    heads: number,
    width: number,
    actions: number,
    capacity: number,
    mask: number,
    old: number,
    advantages: number,
    shares: number,
    clip: number,
    entropyCoefficient: number,
    stats: number,
    scratch: number,
  ): void;
  gaussianLoss(
    rows: number,
    means: number,
    d: number,
    stride: number,
    size: number,
    logStd: number,
    dLogStd: number,
    actions: number,
    capacity: number,
    old: number,
    advantages: number,
    shares: number,
    clip: number,
    entropyCoefficient: number,
    stats: number,
  ): void;
  categoricalTeaching(
    rows: number,
    logits: number,
    d: number,
    stride: number,
    sizes: number,
    heads: number,
    width: number,
    taught: number,
    capacity: number,
    mask: number,
    shares: number,
    coefficient: number,
    stats: number,
  ): void;
  gaussianTeaching(
    rows: number,
    means: number,
    d: number,
    stride: number,
    size: number,
    logStd: number,
    taught: number,
    capacity: number,
    shares: number,
    coefficient: number,
    stats: number,
  ): void;
  valueLoss(
    rows: number,
    values: number,
    d: number,
    stride: number,
    returns: number,
    old: number,
    shares: number,
    clip: number,
    coefficient: number,
    stats: number,
  ): void;
}

/** The parts of tfjs's WASM backend that are reached into. They are not public: any may be gone in another version. */
interface HeapBackend {
  wasm?: { asm?: { memory?: WasmMemory }; _malloc?(bytes: number): number; _free?(address: number): void };
  dataIdMap?: { get(dataId: object): { memoryOffset: number } | undefined };
}

/** Instantiates the kernels on tfjs's heap; null where the heap or SIMD is out of reach. */
export function attachKernels(tf: typeof tfjs): Kernels | null {
  const { wasm: heap, dataIdMap } = tf.backend() as unknown as HeapBackend;
  const memory = heap?.asm?.memory;
  if (!memory?.buffer || !heap?._malloc || !heap._free || !dataIdMap) return null;
  const { _malloc: malloc, _free: free } = heap;
  let run: TrainKernels;
  try {
    run = instantiateWasm<TrainKernels>(compileWasm(wasm), memory);
  } catch {
    return null;
  }
  let held = { address: 0, bytes: 0 };
  function allocate(bytes: number): number {
    // One vector more: edges of matrices are read, though not used, by whole vectors.
    const size = 16 * Math.ceil(bytes / 16) + 16;
    const address = malloc!(size) >>> 0;
    if (address === 0) throw new Error(`Kernels: no memory for ${size} bytes on the WASM backend's heap`);
    new Uint8Array(memory!.buffer, address, size).fill(0);
    return address;
  }
  return {
    memory,
    run,
    allocate,
    scratch(bytes) {
      if (bytes > held.bytes) {
        free(held.address);
        held = { address: 0, bytes: 0 };
        held = { address: allocate(bytes), bytes };
      }
      return held.address;
    },
    address(tensor) {
      const data = dataIdMap.get(tensor.dataId);
      if (!data)
        throw new Error(`Kernels: a tensor of shape [${tensor.shape}] is not on the WASM backend, or was disposed of`);
      return data.memoryOffset;
    },
    free: (address) => free(address),
  };
}
