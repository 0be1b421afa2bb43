import { pause } from "../data/pause.ts";
import type { Progress, TrainTask } from "./baseline.ts";

/** A line of a training's curve, as a baseline gives it. */
export type Line = Omit<Progress, "total">;

/**
 * The loop of every baseline: runs a training, written as a generator that yields a line of its curve whenever it has one to
 * show. After each the line is reported, timers and signals have their turn, and the training stops if it is told to.
 * @param total environment steps there will be, over all levels
 * @returns the curve
 * @throws the signal's reason when it aborts, and whatever the training throws; its `finally` blocks have run then.
 */
export async function runTraining(
  { signal, onProgress }: Pick<TrainTask, "signal" | "onProgress">,
  total: number,
  training: Iterable<Line>,
): Promise<Progress[]> {
  const curve: Progress[] = [];
  signal?.throwIfAborted();
  for (const line of training) {
    const full = { ...line, total };
    curve.push(full);
    onProgress?.(full);
    await pause();
    signal?.throwIfAborted();
  }
  return curve;
}
