export { assertOutOfBounds, clipOutOfBounds } from "./bounds.ts";
export { frameStack } from "./frame-stack.ts";
export { orderEnforcing } from "./order.ts";
export { transformObservation, transformReward } from "./transform.ts";
export type { WithObservation } from "./wrap.ts";
