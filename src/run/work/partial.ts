import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { list, makeFolder, readJson, writeAtomic } from "../../data/files.ts";
import type { Progress, Trained, TrainState, TrainTask } from "../../learn/baseline.ts";
import { loadTrainState, removeTrainState, saveTrainState } from "../../learn/state.ts";
import type { PolicyData } from "../../policy/data.ts";
import { keepPolicies, keptPolicies, keptSchema } from "../../policy/kept.ts";
import { withNulls } from "../cell-result.ts";
import type { Memory } from "../defence-training.ts";
import type { Cell } from "../plan.ts";
import type { Run } from "../run.ts";

// Checkpoints of a training on the way, in `partial/<cell>/`, where the benchmark says how often: `checkpoint`. A killed
// training goes on from the last one, and ends in the same bytes as an undisturbed one, which makes the same stops. A cell
// of several trainings has a folder for each of them, where a finished one stays until the cell is written.

const measured = z.record(z.string(), z.number().nullable());
const lines = z.array(z.strictObject({ steps: z.int(), total: z.int(), returns: measured, stats: measured }));
/** What a checkpoint keeps: the training's own numbers, and the curve so far, whose lines no one computes again. */
const keptNumbers = z.strictObject({ own: z.record(z.string(), z.unknown()), memory: z.unknown(), curve: lines });

/**
 * Trains a cell by `train`, from the last checkpoint where there is one that can be used.
 * @param part which of the cell's trainings it is, where there are several
 * @param memory of the environment that is trained in
 */
export async function trainOn(
  { benchmark, store }: Run,
  cell: Cell,
  task: TrainTask,
  train: (task: TrainTask) => Promise<Trained>,
  { part, memory }: { readonly part?: string; readonly memory?: Memory } = {},
): Promise<Trained> {
  const every = benchmark.config.checkpoint;
  if (every === undefined) return train(task);
  // Nothing is kept of trainings that are only tried, for a forecast.
  const place = store.folder === "" ? undefined : join(placeOf(store.folder, cell.hash), part ?? "");
  const before = place && part !== undefined ? loadTrained(place, cell.hash, task) : undefined;
  if (before) return before;
  const untouched = memory?.state();
  let reached = 0;
  const attempt = async (from: Kept | undefined): Promise<Trained> => {
    const curve: Progress[] = [...(from?.curve ?? [])];
    memory?.restore(from ? from.memory : untouched);
    reached = from?.state.iteration ?? 0;
    const trained = await train({
      ...task,
      checkpoint: {
        every,
        resume: from?.state,
        save(state) {
          if (!place) return;
          makeFolder(place);
          const numbers = { own: state.numbers, memory: memory?.state() ?? null, curve: curve.map(known) };
          saveTrainState(place, { ...state, numbers }, cell.hash);
          reached = state.iteration;
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
  let trained: Trained;
  try {
    trained = await attempt(from);
  } catch (error) {
    // One that cannot be gone on from is no reason to fail: the training begins anew.
    if (!from || task.signal?.aborted || !(error instanceof InputError || error instanceof RangeError)) throw error;
    trained = await attempt(undefined);
  }
  if (place && part !== undefined) keepTrained(place, cell.hash, trained, reached + 1);
  return trained;
}

/** Removes a cell's checkpoints, once it is written. */
export function removePartial(folder: string, cell: string): void {
  if (folder !== "") rmSync(placeOf(folder, cell), { recursive: true, force: true });
}

/** Iterations that a cell's checkpoints hold, those of its finished parts and one for each of them included; 0 without any. */
export function reached(folder: string, cell: string): number {
  const place = placeOf(folder, cell);
  const files = list(place).flatMap((name) => (/^(state|part)\.json$/.test(name) ? [name] : filesOf(name)));
  return files.reduce((sum, name) => {
    const found = tolerant(() => stated.safeParse(readJson(join(place, name), 1 << 24)).data);
    return sum + (found?.iteration ?? 0);
  }, 0);
}

const stated = z.looseObject({ iteration: z.int().min(0) });
const filesOf = (part: string) => ["state.json", "part.json"].map((name) => join(part, name));
const placeOf = (folder: string, cell: string) => join(folder, partialFolder(cell));

/** The folder of a cell's checkpoints, in that of the run. */
export const partialFolder = (cell: string): string => `partial/${cell}`;

/** What there may be in it: a training's state and, where the cell has several, a folder each with what they came to. */
export const PARTIAL_FILE =
  /^(\d{1,9}-(attacker|defender)\/)?(state(-\d{1,15}\.safetensors|\.json)|part\.json|policy-[A-Za-z][\w-]{0,99}\.(json|safetensors))$/;
/** Those that say that the others are there, and are written after them. */
export const SAYS_SO = /(^|\/)(state|part)\.json$/;

interface Kept {
  readonly state: TrainState;
  readonly memory: unknown;
  readonly curve: readonly Progress[];
}

/** Undefined where there is no checkpoint, or a damaged one. */
const load = (place: string, cell: string): Kept | undefined =>
  tolerant(() => {
    const state = loadTrainState(place, cell);
    const kept = keptNumbers.safeParse(state.numbers);
    if (!kept.success) return undefined;
    const { own, memory, curve } = kept.data;
    return { state: { ...state, numbers: own }, memory, curve: curve.map(asMeasured) };
  });

const finishedPart = z.strictObject({
  cell: z.string(),
  iteration: z.int().min(1),
  steps: z.int().min(0),
  policies: keptSchema,
  curve: lines,
});
const policyBase = (place: string) => (role: string) => join(place, `policy-${role}`);

/** Keeps what a part came to; `part.json` last, since it says that all is there. */
function keepTrained(place: string, cell: string, { policies, steps, curve }: Trained, iteration: number): void {
  makeFolder(place);
  const digests = keepPolicies(policyBase(place), policies);
  const part = { cell, iteration, steps, policies: digests, curve: curve.map(known) };
  writeAtomic(join(place, "part.json"), pretty(part));
  removeTrainState(place);
}

/** Undefined where the part is not finished, or damaged. */
const loadTrained = (place: string, cell: string, { roles, env }: TrainTask): Trained | undefined =>
  tolerant(() => {
    const part = finishedPart.safeParse(readJson(join(place, "part.json"), 1 << 24)).data;
    if (part?.cell !== cell) return undefined;
    const policies = keptPolicies(policyBase(place), part.policies);
    const isTrue = ([role, data]: [string, PolicyData]) => data.environment === env.id && data.role === role;
    if (!Object.entries(policies).every(isTrue) || !roles.every((role) => policies[role])) return undefined;
    return { policies, steps: part.steps, curve: part.curve.map(asMeasured) };
  });

/** What is missing or damaged is made again. */
function tolerant<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

const known = ({ returns, stats, ...line }: Progress) => ({
  ...line,
  returns: withNulls(returns),
  stats: withNulls(stats),
});

const asMeasured = (line: z.output<typeof lines>[number]): Progress => ({
  ...line,
  returns: back(line.returns),
  stats: back(line.stats),
});
const back = (values: Readonly<Record<string, number | null>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? Number.NaN]));
