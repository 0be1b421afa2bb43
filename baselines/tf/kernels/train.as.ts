// What training needs on the heap of tfjs's WASM backend; compiled to train.wasm.ts by `npm run build:kernels`.
export { dense, pack, packTransposed } from "../../../src/policy/network/dense.as";
export { gruGates } from "../../../src/policy/network/gru.as";
export { denseBackward, denseGradient, slope } from "./gradient.as";
export { gruGradient } from "./gru.as";
export { adam, sumOfSquares } from "./adam.as";
export { categoricalLoss, categoricalTeaching, gaussianLoss, gaussianTeaching, valueLoss } from "./ppo.as";
