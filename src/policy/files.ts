// `masque/files`: policies on disk, which only Node has.

export { loadPolicies, loadPolicy, policyDigest, savePolicy } from "./checkpoint.ts";
