import { z } from "zod";
import { InputError } from "../data/errors.ts";
import { loadPolicy, policyDigest, savePolicy } from "./checkpoint.ts";
import type { PolicyData } from "./data.ts";

// What a training made, on disk: a policy of every role, and in some record beside them their digests, by which whoever reads
// them knows that they are the ones. The record is written after them.

/** A record's digests, by role. */
export const keptSchema = z.record(
  z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,99}$/),
  z.string().regex(/^[0-9a-f]{64}$/),
);

/** Where the policy of a role lies: its path without `.json`. */
export type BaseOf = (role: string) => string;

/** Writes policies; returns their digests, by role. */
export function keepPolicies(baseOf: BaseOf, policies: Readonly<Record<string, PolicyData>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(policies).map(([role, data]) => {
      savePolicy(baseOf(role), data);
      return [role, policyDigest(data)];
    }),
  );
}

/** Reads them back. @throws InputError for one that is missing, damaged, or another than was kept */
export function keptPolicies(baseOf: BaseOf, digests: Readonly<Record<string, string>>): Record<string, PolicyData> {
  return Object.fromEntries(
    Object.entries(digests).map(([role, expected]) => {
      const base = baseOf(role);
      const data = loadPolicy(base);
      if (policyDigest(data) === expected) return [role, data];
      throw new InputError(`${base}.json is not the policy that its training made.`);
    }),
  );
}
