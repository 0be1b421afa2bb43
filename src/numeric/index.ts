/**
 * Numbers that come out alike on every engine and machine.
 * @module masque/numeric
 */

export { cos, exp, expm1, log, log1p, pow, sigmoid, sin, softplus, tanh } from "./elementary.ts";
export { erf, erfc, lgamma } from "./special.ts";
export { compileWasm, instantiateWasm, layOut, type WasmMemory, type WasmModule, wasmMemory } from "./wasm.ts";
