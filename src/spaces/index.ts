export { type BoxSpace, box } from "./box.ts";
export { type DictSpace, dict } from "./dict.ts";
export { type DiscreteSpace, discrete } from "./discrete.ts";
export { flatdim, flatten, unflatten } from "./flatten.ts";
export { type AnySpace, fromJSON } from "./json.ts";
export { type MultiBinarySpace, multiBinary } from "./multi-binary.ts";
export { type MultiDiscreteSpace, multiDiscrete } from "./multi-discrete.ts";
export { type BoundJSON, explain, type Mask, type Member, type Sample, type Space, type SpaceJSON } from "./space.ts";
export { type TupleSpace, tuple } from "./tuple.ts";
