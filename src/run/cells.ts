import { InputError, StorageError } from "../data/errors.ts";
import { type Episodes, evaluateAsync } from "../play/evaluate.ts";
import { traceDigest } from "../play/trace.ts";
import type { CellResult, PlayResult } from "./cell-result.ts";
import type { Cell } from "./plan.ts";
import type { CellOptions, Run } from "./run.ts";
import { attackSeats, defenceSeats } from "./seats.ts";
import { defendCell, trainCell } from "./training.ts";
import { removePartial } from "./work/partial.ts";

/**
 * The result of a cell that has been computed and may be used.
 * @param reject told why a file that is there cannot be used
 */
export function finished(run: Run, cell: Cell, reject?: (why: string) => void): CellResult | undefined {
  const { store } = run;
  try {
    const result = store.read(cell.hash);
    if (!result) return undefined;
    if (result.kind === "train") {
      store.readPolicies(cell.hash, result);
      checkPolicies(run, cell, result.against ?? {});
      return result;
    }
    checkPlay(run, cell, result);
    checkPolicies(run, cell, result.policies);
    return result;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    reject?.(error.message);
    return undefined;
  }
}

/** A played cell has the counters this environment counts. */
function checkPlay({ benchmark }: Run, cell: Cell, result: PlayResult): void {
  const names = benchmark.env.counters;
  const complete = names.every((name) => result.counters[name]?.length === result.episodes);
  if (!complete || result.episodes !== cell.spec.episodes) {
    throw new InputError(`Cell ${cell.hash} does not hold ${cell.spec.episodes} episodes of every counter.`);
  }
}

/** A cell met the policies that are there now. @throws InputError when a training it needs came out otherwise since. */
function checkPolicies({ store }: Run, cell: Cell, met: Readonly<Record<string, string>>): void {
  for (const hash of cell.needs) {
    const training = store.read(hash);
    const made = training?.kind === "train" ? training.policies : {};
    for (const [role, digest] of Object.entries(made)) {
      if (met[role] === digest) continue;
      throw new InputError(`Cell ${cell.hash} was played by other policies than its training made.`);
    }
  }
}

/**
 * Computes a cell and writes it. Doing it again does no harm.
 * @throws the signal's reason when it aborts; Error when training or playing fails, naming the cell
 */
export async function computeCell(run: Run, cell: Cell, options: CellOptions = {}): Promise<CellResult> {
  try {
    if (!cell.needs.every(run.store.has))
      throw new InputError("a cell it needs has not been computed; compute it first.");
    const result = await computers[cell.stage](run, cell, options);
    run.store.write(cell.hash, cell.label, cell.spec, result);
    if (run.benchmark.config.checkpoint !== undefined) removePartial(run.store.folder, cell.hash);
    return result;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    if (error instanceof StorageError) throw error;
    if (error instanceof InputError) throw new InputError(`${cell.label}: ${error.message}`);
    throw new Error(`${cell.label}: ${(error as Error).message}`, { cause: error });
  }
}

const computers = { defend: defendCell, train: trainCell, select: playCell, test: playCell };

async function playCell(run: Run, cell: Cell, options: CellOptions): Promise<PlayResult> {
  const { env, points, config } = run.benchmark;
  const point = points[cell.points[0]];
  const defence = defenceSeats(run, cell);
  const attack = attackSeats(run, cell);
  const total = config.episodes[cell.stage as "select" | "test"];
  const episodes = await evaluateAsync(env, {
    params: point.params,
    policies: { ...defence.policies, ...attack.policies },
    episodes: total,
    seed: config.seeds.root,
    split: [cell.stage, cell.run],
    signal: options.signal,
    onProgress: (done) => options.onProgress?.(done / total),
  });
  return playResult(episodes, { ...defence.digests, ...attack.digests });
}

/**
 * Episodes as a cell keeps them; `policies` are the digests of the trained policies that played, by role.
 * @throws Error if a counter or a return is not finite, naming the episode
 */
export function playResult(
  { names, counters, returns, roles, steps, traces }: Episodes,
  policies: Readonly<Record<string, string>>,
): PlayResult {
  const episodes = counters.length / names.length;
  const columns = names.map((name, c) => {
    const column = Array.from({ length: episodes }, (_, e) => counters[e * names.length + c]);
    const bad = column.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new Error(`counter "${name}" is ${column[bad]} in episode ${bad}; the environment has a mistake`);
    return [name, column];
  });
  const means = roles.map((role, r) => {
    let sum = 0;
    for (let e = 0; e < episodes; e++) sum += returns[e * roles.length + r];
    if (!Number.isFinite(sum))
      throw new Error(`rewards of role "${role}" are not finite; the environment has a mistake`);
    return [role, sum / episodes];
  });
  return {
    kind: "play",
    episodes,
    counters: Object.fromEntries(columns),
    returns: Object.fromEntries(means),
    steps,
    policies: { ...policies },
    trace: traceDigest(traces, policies),
  };
}

/** Cells without a usable result. */
export function missingCells(run: Run): Cell[] {
  return run.plan.cells.filter((cell) => !finished(run, cell));
}

/** Reads played cells. It throws an Error for one that is missing. */
export function playReader({ store }: Run): (cell: Cell) => PlayResult {
  return (cell) => {
    const result: CellResult | undefined = store.read(cell.hash);
    if (result?.kind !== "play") throw new Error(`cell ${cell.hash} (${cell.label}) is missing`);
    return result;
  };
}
