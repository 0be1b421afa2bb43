export * from "./env/conformance/index.ts";
export { checkGolden, type Golden, golden } from "./env/golden.ts";
