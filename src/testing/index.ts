/**
 * What every environment is held to: the conformance kit, and golden traces.
 * @module masque/testing
 */

export * from "./conformance/index.ts";
export { checkGolden, type Golden, golden } from "./golden.ts";
