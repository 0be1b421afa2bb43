// What acting needs; compiled to acting.wasm.ts by `npm run build:kernels`.
export { dense, pack } from "./dense.as";
export { gruGates } from "./gru.as";
export { sample } from "./sample.as";
