import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../data/errors.ts";
import { makeFolder, readJson } from "../../data/files.ts";
import type { Progress, Trained, TrainState, TrainTask } from "../../learn/baseline.ts";
import { loadTrainState, saveTrainState } from "../../learn/state.ts";
import type { Cell } from "../plan.ts";
import type { Run } from "../run.ts";

// Checkpoints of a training on the way, in `partial/<cell>/`, where the benchmark says how often: `checkpoint`. A killed
// training goes on from the last one, and ends in the same bytes as an undisturbed one, which makes the same stops.

const measured = z.record(z.string(), z.number().nullable());
/** What a checkpoint keeps: the training's own numbers, and the curve so far, whose lines no one computes again. */
const keptNumbers = z.strictObject({
  own: z.record(z.string(), z.unknown()),
  curve: z.array(z.strictObject({ steps: z.int(), total: z.int(), returns: measured, stats: measured })),
});

/** Trains a cell by `train`, from the last checkpoint where there is one that can be used. */
export async function trainOn(
  { benchmark, store }: Run,
  cell: Cell,
  task: TrainTask,
  train: (task: TrainTask) => Promise<Trained>,
): Promise<Trained> {
  const every = benchmark.config.checkpoint;
  if (every === undefined) return train(task);
  // Nothing is kept of trainings that are only tried, for a forecast.
  const place = store.folder === "" ? undefined : placeOf(store.folder, cell.hash);
  const attempt = async (from: Kept | undefined): Promise<Trained> => {
    const curve: Progress[] = [...(from?.curve ?? [])];
    const trained = await train({
      ...task,
      checkpoint: {
        every,
        resume: from?.state,
        save(state) {
          if (!place) return;
          makeFolder(place);
          saveTrainState(place, { ...state, numbers: { own: state.numbers, curve: curve.map(known) } }, cell.hash);
        },
      },
      onProgress(line) {
        curve.push(line);
        task.onProgress?.(line);
      },
    });
    return { ...trained, curve };
  };
  const from = place === undefined ? undefined : load(place, cell.hash);
  try {
    return await attempt(from);
  } catch (error) {
    // One that cannot be gone on from is no reason to fail: the training begins anew.
    if (!from || task.signal?.aborted || !(error instanceof InputError || error instanceof RangeError)) throw error;
    return attempt(undefined);
  }
}

/** Removes a cell's checkpoints, once it is written. */
export function removePartial(folder: string, cell: string): void {
  if (folder !== "") rmSync(placeOf(folder, cell), { recursive: true, force: true });
}

/** Iterations that a cell's last checkpoint holds; 0 without one. */
export function reached(folder: string, cell: string): number {
  try {
    const found = stated.safeParse(readJson(join(placeOf(folder, cell), "state.json"), 1 << 24));
    return found.success ? found.data.iteration : 0;
  } catch (error) {
    if (error instanceof InputError) return 0;
    throw error;
  }
}

const stated = z.looseObject({ iteration: z.int().min(0) });
const placeOf = (folder: string, cell: string) => join(folder, "partial", cell);

interface Kept {
  readonly state: TrainState;
  readonly curve: readonly Progress[];
}

/** Undefined where there is no checkpoint, or a damaged one. */
function load(place: string, cell: string): Kept | undefined {
  try {
    const state = loadTrainState(place, cell);
    const kept = keptNumbers.safeParse(state.numbers);
    if (!kept.success) return undefined;
    const curve = kept.data.curve.map((line) => ({ ...line, returns: back(line.returns), stats: back(line.stats) }));
    return { state: { ...state, numbers: kept.data.own }, curve };
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** What was not measured (NaN) is null in files. */
function known({ returns, stats, ...line }: Progress) {
  const written = (values: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]));
  return { ...line, returns: written(returns), stats: written(stats) };
}

const back = (values: Readonly<Record<string, number | null>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? Number.NaN]));
