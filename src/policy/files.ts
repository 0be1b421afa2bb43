/**
 * Policies on disk, which only Node has.
 * @module masque/files
 */

export { loadPolicies, loadPolicy, policyDigest, savePolicy } from "./checkpoint.ts";
