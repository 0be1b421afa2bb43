import type { Benchmark } from "../benchmark/resolve.ts";
import { computeCell } from "./cells.ts";
import { type Cell, isTraining, type Plan } from "./plan.ts";
import type { Run } from "./run.ts";
import { makeSchedule, weight } from "./schedule.ts";
import type { Store } from "./store.ts";

/** How long a benchmark takes on this machine, about. */
export interface Expectation {
  readonly cpuSeconds: number;
  readonly jobs: number;
  /** From begin to end with so many jobs, on as many idle cores. */
  readonly seconds: number;
}

/** CPU seconds spent on trying one kind of cell. */
const TRIAL_SECONDS = 1;
/** A prime: steps through all points and attacks. */
const STRIDE = 37;

/**
 * Estimates the time of a benchmark by doing a little of it: of every kind of training, and of playing.
 * Nothing is written. Starting workers and drawing up the results are not counted.
 */
export async function estimateTime(benchmark: Benchmark, plan: Plan, jobs: number): Promise<Expectation> {
  const run: Run = { benchmark, plan, store: NOWHERE };
  /** CPU seconds a step of every training, by stage and attack. */
  const rates = new Map<string, number>();
  const name = ({ stage, attack }: Cell) => `${stage} ${attack}`;
  for (const cell of plan.cells) {
    // What meets trained policies has none to meet yet.
    if (!isTraining(cell.stage) || cell.needs.length > 0 || rates.has(name(cell))) continue;
    rates.set(name(cell), await tryTraining(run, cell));
  }
  const played = await tryPlaying(run);
  const cost = (cell: Cell) => {
    const rate = rates.get(name(cell));
    return rate === undefined ? weight(cell) * played : cell.steps * rate;
  };
  const cpuSeconds = plan.cells.reduce((sum, cell) => sum + cost(cell), 0);
  return { cpuSeconds, jobs, seconds: makespan(plan.cells, cost, jobs) };
}

/** CPU seconds a step of a training, from as much of it as fits into the trial. */
async function tryTraining(run: Run, cell: Cell): Promise<number> {
  const enough = new AbortController();
  const spent = stopwatch();
  const seen: { readonly cpu: number; readonly share: number }[] = [];
  try {
    await computeCell(run, cell, {
      signal: enough.signal,
      onProgress(share) {
        seen.push({ cpu: spent(), share });
        if (spent() - seen[0].cpu > TRIAL_SECONDS) enough.abort();
      },
    });
  } catch (error) {
    if (!enough.signal.aborted) throw error;
  }
  // Loading comes before the first sign of progress, and the first half only warms up.
  const last = seen.at(-1);
  const middle = seen.find(({ cpu }) => last && cpu >= (seen[0].cpu + last.cpu) / 2);
  if (last && middle && last.share > middle.share) {
    return (last.cpu - middle.cpu) / ((last.share - middle.share) * cell.steps);
  }
  return spent() / ((last?.share || 1) * cell.steps);
}

/** CPU seconds a step of playing, from cells all over the plan; the first half only warms up. */
async function tryPlaying(run: Run): Promise<number> {
  const cells = run.plan.cells.filter(({ stage, needs }) => stage === "test" && needs.length === 0);
  const spent = stopwatch();
  const tried: { readonly cpu: number; readonly steps: number }[] = [];
  for (let i = 0; spent() < TRIAL_SECONDS || tried.length < 2; i++) {
    const cell = cells[(i * STRIDE) % cells.length];
    const before = spent();
    await computeCell(run, cell);
    tried.push({ cpu: spent() - before, steps: cell.steps });
  }
  const warm = tried.slice(tried.length >> 1);
  return warm.reduce((sum, { cpu }) => sum + cpu, 0) / warm.reduce((sum, { steps }) => sum + steps, 0);
}

/** CPU seconds of this process from now on. */
function stopwatch(): () => number {
  const begin = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1e6;
  };
}

/** Seconds until the last of the cells is done by so many lanes, if each takes what it costs. */
export function makespan(cells: readonly Cell[], cost: (cell: Cell) => number, lanes: number): number {
  const schedule = makeSchedule(cells, cost);
  const running: { readonly cell: Cell; readonly end: number }[] = [];
  let now = 0;
  for (;;) {
    while (running.length < lanes) {
      const cell = schedule.take();
      if (!cell) break;
      running.push({ cell, end: now + cost(cell) });
    }
    if (running.length === 0) return now;
    running.sort((a, b) => b.end - a.end);
    const { cell, end } = running.pop()!;
    now = end;
    schedule.finish(cell);
  }
}

/** Holds nothing and writes nothing. */
const NOWHERE: Store = {
  folder: "",
  has: () => false,
  read: () => undefined,
  write() {},
  readPolicies: () => ({}),
  writePolicies: () => ({}),
  file() {},
};
