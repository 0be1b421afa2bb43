import { cpSync, rmSync } from "node:fs";
import { frontier } from "../../src/frontier/frontier.ts";
import { policiesIn, sweep, writeEvidence } from "../../src/leaderboard/bundle.ts";
import { controlsOf, plainResult, saveEntry } from "../../src/leaderboard/claim.ts";
import { type OpenEntry, openEntry } from "../../src/leaderboard/open.ts";
import { compute, inScratchRun, place } from "../../src/leaderboard/replay.ts";
import { type Claim, claimDigest } from "../../src/leaderboard/schema.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { policyDigest } from "../../src/policy/checkpoint.ts";
import type { PolicyData } from "../../src/policy/data.ts";
import type { CellResult, PlayResult } from "../../src/run/cell-result.ts";
import { PLUGINS } from "../cli/command.ts";

export const registry = openRegistry([PLUGINS[1]]);

/** What a forger may change. Whatever he does, every digest and id is made right again afterwards. */
export interface Forgery {
  readonly entry: OpenEntry;
  readonly claim: Claim;
  readonly results: Map<string, CellResult>;
  readonly policies: Map<string, PolicyData>;
  /** Makes every aggregate what the changed raw episodes give. */
  recompute(): void;
  /** Exchanges a policy everywhere: in the training that made it and in every cell it played. */
  exchange(digest: string, data: PolicyData): void;
  /** Plays all evaluation cells anew, with the policies as they are now. */
  replay(): Promise<void>;
}

/** Copies an entry, changes it, and makes all digests fit again. */
export async function forge(
  from: string,
  to: string,
  change: (forgery: Forgery) => void | Promise<void>,
): Promise<string> {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  const entry = await openEntry(to, registry);
  const claim = structuredClone(entry.file.claim);
  const results = new Map([...entry.results].map(([hash, result]) => [hash, structuredClone(result)]));
  const read = policiesIn(to, [claim.evidence]);
  const policies = new Map(claim.evidence.policies.map((digest) => [digest, read(digest)]));
  await change({
    entry,
    claim,
    results,
    policies,
    recompute() {
      const result = frontier(entry.benchmark, entry.plan, (cell) => results.get(cell.hash) as PlayResult);
      claim.result = plainResult(result);
      claim.controls = controlsOf(result);
    },
    exchange(digest, data) {
      const other = policyDigest(data);
      policies.delete(digest);
      policies.set(other, data);
      for (const result of results.values()) {
        for (const [role, of] of Object.entries(result.policies)) if (of === digest) result.policies[role] = other;
      }
    },
    async replay() {
      const changed = { ...entry, results };
      const plays = entry.plan.cells.filter(({ stage }) => stage !== "train");
      const trains = entry.plan.cells.filter(({ stage }) => stage === "train");
      await inScratchRun(changed, registry, async (run) => {
        place(run, trains, results, policies);
        for (const [hash, result] of await compute(run, plays, { registry })) results.set(hash, result);
      });
    },
  });
  claim.evidence = writeEvidence(to, results, policies);
  const file = { ...entry.file, claim, id: claimDigest(claim) };
  saveEntry(to, file);
  sweep(to, file);
  return to;
}
