export { pack, packTransposed, dense } from "../../../src/nn/dense.as";
