export * from "./conformance/index.ts";
export { checkGolden, type Golden, golden } from "./golden.ts";
