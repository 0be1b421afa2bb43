import { InputError } from "../data/errors.ts";
import { masque } from "../data/package.ts";
import type { Registry } from "../library/registry.ts";
import { isTraining } from "../run/plan.ts";
import { ChangedCodeError } from "../run/run.ts";
import type { RunStanding } from "../run/work/standing.ts";
import { checkEntry } from "./check.ts";
import type { Mismatch } from "./compare.ts";
import type { OpenEntry } from "./open.ts";
import { replay } from "./replay.ts";
import { retrain, sampleTrainings } from "./retrain.ts";
import type { Standing, VerificationStatement } from "./schema.ts";
import { type Game, playTrack, rootOf } from "./standing.ts";

export interface VerifyOptions {
  readonly registry: Registry;
  readonly plugins?: readonly string[];
  readonly jobs?: number;
  /** Trainings to repeat: so many, one of each attack and defence that learned, or all. */
  readonly retrain: number | "each" | "all";
  /** Only holds the entry to its own evidence: nothing is executed. */
  readonly quick?: boolean;
  /** The track to play it on; without one only the author's own figures are verified. */
  readonly game?: Game;
  /** Draws the sample of trainings and the seed of the track, together with the entry's id. */
  readonly nonce: string;
  /** The entry's id before it was restated (default: the one it has): numbers that were drawn for it then give the same seed. */
  readonly origin?: string;
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
  /** The author's evaluation cells executed again, of how many. */
  readonly cells: readonly [number, number];
  /** The author's trainings repeated, of how many. */
  readonly trainings: readonly [number, number];
  readonly nonce: string;
  readonly mismatches: readonly Mismatch[];
  /** Why it may not enter its track. */
  readonly breaches: readonly string[];
  /** Where its defence stands on its track; null where that was not played. */
  readonly standing: Standing | null;
}

/** Environment steps beyond which an author's own cells are not executed again: what ranks is played anyway. */
export const MOST_STEPS = 4e9;

/**
 * Verifies an entry: recomputes its aggregates, executes all evaluation cells again, repeats a sample of its trainings, and
 * plays its track on the verifier's own seed. Later steps are skipped once an earlier one found something false.
 * @throws InputError for damaged files; the signal's reason when it aborts
 */
export async function verify(entry: OpenEntry, options: VerifyOptions): Promise<Verification> {
  const { plan, benchmark, file } = entry;
  const { nonce, note = () => {}, game, origin = file.id } = options;
  const plays = plan.cells.filter(({ stage }) => !isTraining(stage));
  const trains = plan.cells.filter(({ stage }) => isTraining(stage));
  const { mismatches, policies, numbers } = checkEntry(entry);
  const found = [...mismatches];
  const result = (executed: number, repeated: number, more: Partial<Verification> = {}): Verification => ({
    entry: file.id,
    name: file.claim.name,
    ok: found.length === 0,
    numbers,
    cells: [executed, plays.length],
    trainings: [repeated, trains.length],
    nonce,
    mismatches: found,
    breaches: [],
    standing: null,
    ...more,
  });
  if (found.length > 0) return result(0, 0);
  note(`aggregates: ${numbers} numbers recomputed from the raw episodes, all equal`);
  if (options.quick) return result(0, 0);

  const working = (phase: string) => ({
    ...options,
    onProgress: (standing: RunStanding) => options.onProgress?.(phase, standing),
  });
  const steps = plan.cells.reduce((sum, cell) => sum + cell.steps, 0);
  let [executed, repeated] = [0, 0];
  if (steps > MOST_STEPS) {
    note(`the author's ${plan.cells.length} cells take ${steps.toExponential(1)} steps: too expensive, unverified`);
  } else {
    try {
      found.push(...(await replay(entry, plays, policies, working("evaluation"))));
    } catch (error) {
      // Policies or parameters that cannot be played were never played. Code that was edited meanwhile is no fault of theirs.
      if (!(error instanceof InputError) || error instanceof ChangedCodeError) throw error;
      found.push({ what: "evaluation", where: "cells", expected: "episodes", found: error.message });
    }
    executed = plays.length;
    if (found.length > 0) return result(executed, 0);
    note(`evaluation: ${executed} of ${executed} cells executed again, all traces and counters equal`);
    if (benchmark.config.backend !== "wasm" && trains.length > 0) {
      note(`trainings: made by the backend ${benchmark.config.backend}, whose bytes differ by machine; not repeated`);
    } else {
      const count = options.retrain === "all" ? trains.length : options.retrain;
      const sample = sampleTrainings(entry, origin, nonce, count);
      if (sample.length > 0) found.push(...(await retrain(entry, sample, policies, working("training"))));
      repeated = sample.length;
      if (found.length > 0) return result(executed, repeated);
      if (repeated > 0) note(`trainings: ${repeated} of ${trains.length} repeated, all weights equal, byte for byte`);
    }
  }
  if (!game) return result(executed, repeated);
  const played = await playTrack(entry, game, rootOf(origin, nonce), working("track"));
  const { standing, breaches } = played;
  if (standing) {
    const { mean, low, high } = standing.score;
    const bounds = low === null || high === null ? "" : ` [${low.toFixed(3)}, ${high.toFixed(3)}]`;
    note(`track ${game.track.name}: ${standing.cells} cells on a fresh seed, score ${mean.toFixed(3)}${bounds}`);
  } else note(`track ${game.track.name}: not entered: ${breaches.join("; ")}`);
  return result(executed, repeated, { standing, breaches });
}

/** What of a verification a board keeps. */
export function statementOf(
  verification: Verification,
  { by, number, track }: Pick<VerificationStatement, "by" | "number" | "track">,
): VerificationStatement {
  const { entry, cells, trainings, nonce, mismatches, breaches, standing } = verification;
  return {
    kind: "verification",
    number,
    by,
    entry,
    masque: masque().version,
    machine: `${process.platform} ${process.arch}, node ${process.version}`,
    track,
    nonce,
    cells: [...cells],
    trainings: [...trainings],
    mismatches: mismatches.slice(0, 20).map((one) => explain(one).slice(0, 2000)),
    breaches: breaches.slice(0, 20).map((one) => one.slice(0, 2000)),
    standing,
  };
}

/** One line on something false. */
export function explain({ what, where, expected, found }: Mismatch): string {
  return `${what}: ${where}: the entry states ${found}, verifying gave ${expected}`;
}
