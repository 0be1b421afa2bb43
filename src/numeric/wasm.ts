// The few parts of the WebAssembly interface that Masque uses (TypeScript declares them only with the browser's types).

/** The memory of a WebAssembly module, as views. */
export interface WasmMemory {
  /** Replaced when the memory grows: look it up afresh rather than keep it. */
  readonly buffer: ArrayBuffer;
}

/** A WebAssembly module on a memory of ours. */
export interface WasmModule {
  readonly compiled: unique symbol;
}

interface WebAssemblyInterface {
  Module: new (bytes: Uint8Array) => WasmModule;
  Memory: new (options: { initial: number }) => WasmMemory;
  Instance: new (module: WasmModule, imports: { env: { memory: WasmMemory } }) => { exports: unknown };
}

const { Module, Memory, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyInterface }).WebAssembly;

/** Compiles a module from base64. */
export function compileWasm(base64: string): WasmModule {
  return new Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}

/** A memory of at least `bytes` bytes, filled with zeros. */
export function wasmMemory(bytes: number): WasmMemory {
  return new Memory({ initial: Math.max(1, Math.ceil(bytes / 65536)) });
}

/** The exported functions of a module working on `memory`; `T` must list what the module exports. */
export function instantiateWasm<T>(module: WasmModule, memory: WasmMemory): T {
  return new Instance(module, { env: { memory } }).exports as T;
}

/** Lays regions out one after another, each from a multiple of 16 bytes on. */
export function layOut(): {
  /** The offset of a new region of so many bytes. */
  reserve(bytes: number): number;
  /** Reserved so far. */
  readonly bytes: number;
} {
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
