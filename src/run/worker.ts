import { openRegistry } from "../library/registry.ts";
import { computeCell } from "./cells.ts";
import { openRun } from "./folder.ts";
import type { Cell } from "./plan.ts";
import type { Run } from "./run.ts";
import type { Order, Report } from "./worker-messages.ts";

const MILLISECONDS_BETWEEN_REPORTS = 200;

const [folder, ...plugins] = process.argv.slice(2);
const parent = process.ppid;
let heard = 0;

function tell(report: Report): void {
  // Nobody listens to a worker without a parent: the run goes on elsewhere, or not at all.
  if (!process.connected || process.ppid !== parent) process.exit();
  process.send!(report);
}

function fail(error: unknown): void {
  const { name, message, stack } = error as Error;
  tell({ kind: "failed", name, message, stack });
}

/** CPU seconds of this process since a reading. */
function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

async function compute(run: Run, cell: Cell | undefined): Promise<void> {
  const start = process.cpuUsage();
  if (!cell) throw new Error(`${folder} has no such cell`);
  await computeCell(run, cell, {
    onProgress(done) {
      const now = Date.now();
      if (now - heard < MILLISECONDS_BETWEEN_REPORTS) return;
      heard = now;
      tell({ kind: "progress", done });
    },
  });
  tell({ kind: "done", cpuSeconds: cpuSince(start) });
}

// One that was stopped, or hangs, must not look like one that works on a long cell.
setInterval(() => tell({ kind: "alive" }), 1000).unref();

// Ctrl-C reaches every process of a terminal, and a scheduler's SIGTERM every process of a job; the parent decides what
// becomes of its workers.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit());
try {
  const run = await openRun(folder, openRegistry(plugins));
  const cells = new Map(run.plan.cells.map((cell) => [cell.hash, cell]));
  process.on("message", ({ hash }: Order) => void compute(run, cells.get(hash)).catch(fail));
  tell({ kind: "ready", cpuSeconds: cpuSince({ user: 0, system: 0 }) });
} catch (error) {
  fail(error);
}
