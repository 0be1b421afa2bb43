import { InputError } from "../data/errors.ts";
import { masque } from "../data/package.ts";
import type { Registry } from "../library/registry.ts";
import type { RunStanding } from "../run/execute.ts";
import { isTraining } from "../run/plan.ts";
import { checkEntry } from "./check.ts";
import type { Mismatch } from "./compare.ts";
import type { OpenEntry } from "./open.ts";
import { replay } from "./replay.ts";
import { retrain, sameKind, sampleTrainings } from "./retrain.ts";
import type { VerificationRecord } from "./schema.ts";

export interface VerifyOptions {
  readonly registry: Registry;
  readonly plugins?: readonly string[];
  readonly jobs?: number;
  /** Trainings to repeat: so many, one of each attack and defence that learned, or all. */
  readonly retrain: number | "each" | "all";
  /** Only holds the entry to its own evidence: nothing is executed. */
  readonly quick?: boolean;
  /** Draws the sample of trainings, together with the entry's id. */
  readonly nonce: string;
  readonly signal?: AbortSignal;
  onProgress?(phase: string, standing: RunStanding): void;
  /** A line on what was found so far. */
  note?(text: string): void;
}

export interface Verification {
  readonly entry: string;
  readonly name: string;
  readonly ok: boolean;
  /** Numbers of the results that were recomputed from raw episodes. */
  readonly numbers: number;
  /** Evaluation cells executed again, of how many. */
  readonly cells: readonly [number, number];
  /** Trainings repeated, of how many; and how many of them gave other weights. */
  readonly trainings: readonly [number, number];
  readonly otherWeights: number;
  readonly nonce: string;
  readonly mismatches: readonly Mismatch[];
}

/**
 * Verifies an entry: recomputes its aggregates, executes all evaluation cells again, repeats a sample of its trainings.
 * Later steps are skipped once an earlier one found something false.
 * @throws InputError for damaged files; the signal's reason when it aborts
 */
export async function verify(entry: OpenEntry, options: VerifyOptions): Promise<Verification> {
  const { nonce, note = () => {} } = options;
  const whole = entry.external ?? entry;
  const plays = whole.plan.cells.filter(({ stage }) => !isTraining(stage));
  const trains = entry.plan.cells.filter(({ stage }) => isTraining(stage));
  const { mismatches, policies, numbers } = checkEntry(entry);
  const found = [...mismatches];
  const result = (executed: number, repeated: number, otherWeights = 0): Verification => ({
    entry: entry.file.id,
    name: entry.file.claim.name,
    ok: found.length === 0,
    numbers,
    cells: [executed, plays.length],
    trainings: [repeated, trains.length],
    otherWeights,
    nonce,
    mismatches: found,
  });
  if (found.length > 0) return result(0, 0);
  note(`aggregates: ${numbers} numbers recomputed from the raw episodes, all equal`);
  if (options.quick) return result(0, 0);

  const replaying = (phase: string) => ({
    ...options,
    onProgress: (standing: RunStanding) => options.onProgress?.(phase, standing),
  });
  try {
    found.push(...(await replay(whole, plays, policies, replaying("evaluation"))));
  } catch (error) {
    // Policies or parameters that cannot be played were never played.
    if (!(error instanceof InputError)) throw error;
    found.push({ what: "evaluation", where: "cells", expected: "episodes", found: error.message });
  }
  if (found.length > 0) return result(plays.length, 0);
  note(`evaluation: ${plays.length} of ${plays.length} cells executed again, all traces and counters equal`);

  const count = options.retrain === "all" ? trains.length : options.retrain;
  const sample = sampleTrainings(entry, entry.file.id, nonce, count);
  if (sample.length === 0) return result(plays.length, 0);
  const exact = sameKind(entry.file.claim.made);
  const again = await retrain(entry, sample, policies, exact, replaying("training"));
  found.push(...again.mismatches);
  if (found.length === 0) {
    const how = again.agreement
      ? `${again.differing} with other weights (another kind of machine), which agree (p ${again.agreement.p.toPrecision(2)})`
      : "all weights equal, byte for byte";
    note(`trainings: ${sample.length} of ${trains.length} repeated, ${how}`);
  }
  return result(plays.length, sample.length, again.differing);
}

/** What of a verification an entry keeps. */
export function recordOf(verification: Verification, by: string): VerificationRecord {
  const { cells, trainings, nonce, mismatches, ok } = verification;
  return {
    by,
    outcome: ok ? "reproduced" : "disputed",
    masque: masque().version,
    machine: `${process.platform} ${process.arch}, node ${process.version}`,
    cells: [...cells],
    trainings: [...trainings],
    nonce,
    mismatches: mismatches.slice(0, 20).map((one) => explain(one).slice(0, 2000)),
  };
}

/** One line on something false. */
export function explain({ what, where, expected, found }: Mismatch): string {
  return `${what}: ${where}: the entry states ${found}, verifying gave ${expected}`;
}
