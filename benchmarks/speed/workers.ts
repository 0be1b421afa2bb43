import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRegistry } from "../../src/library/registry.ts";
import { execute } from "../../src/run/execute.ts";
import { openRun } from "../../src/run/folder.ts";

/** A thousand cells as most are: about 50 ms each, no trainings. */
const QUESTION = [
  "covert-wire-small",
  "portfolio=[none, random, { scripted: [plain, code-1-2, code-2-3] }]",
  "effort=[]",
  "seeds.runs=15",
  "episodes={ select: 8192, test: 8192 }",
];
const MASQUE = fileURLToPath(new URL("../../bin/masque.mjs", import.meta.url));

export interface WorkersFigure {
  readonly cells: number;
  /** Of `masque work` twice on one folder: seconds by the clock and of CPU time, everything that was started included. */
  readonly workers: Spent;
  /** Of what `masque run -j 2` does on the same folder before it draws up results. */
  readonly run: Spent;
  /** workers / run: medians over rounds in which they took turns. */
  readonly wall: number;
  readonly cpu: number;
}

interface Spent {
  readonly wall: number;
  readonly cpu: number;
}

/** The one run, in a process of its own as the workers are. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await execute(await openRun(process.argv[2], openRegistry()), { jobs: 2 });
}

const shell = (text: string): string =>
  execFileSync("bash", ["-c", text], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 26 });
const command = (...args: readonly string[]) =>
  [process.execPath, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");

/** Seconds that a command takes, and whatever it starts. */
function spent(command: string): Spent {
  const said = shell(`TIMEFORMAT='%R %U %S'; { time { ${command} ; } >/dev/null 2>&1 ; } 2>&1`)
    .trim()
    .split("\n")
    .at(-1)!;
  const [wall, user, system] = said.split(" ").map(Number);
  return { wall, cpu: user + system };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/**
 * What leases cost: two workers that know of each other by a shared folder alone, beside one run that hands cells to two
 * processes.
 */
export function measureWorkers({ rounds = 3 } = {}): WorkersFigure {
  const scratch = mkdtempSync(join(tmpdir(), "masque-workers-"));
  try {
    const prepared = join(scratch, "prepared");
    shell(command(MASQUE, "run", ...QUESTION, "--out", prepared, "--quiet", "--prepare"));
    let cells = 0;
    const ratios: Spent[] = [];
    const turns: { readonly workers: Spent; readonly run: Spent }[] = [];
    for (let round = 0; round < rounds; round++) {
      const [shared, alone] = [join(scratch, `workers-${round}`), join(scratch, `run-${round}`)];
      for (const folder of [shared, alone]) cpSync(prepared, folder, { recursive: true });
      const work = command(MASQUE, "work", shared, "--quiet");
      const all = () => spent(command(...process.execArgv, fileURLToPath(import.meta.url), alone));
      const two = () => spent(`${work} & ${work} & wait`);
      // Who begins takes turns too: a machine gets warm.
      const [first, second] = round % 2 === 0 ? [two(), all()] : [all(), two()].reverse();
      turns.push({ workers: first, run: second });
      ratios.push({ wall: first.wall / second.wall, cpu: first.cpu / second.cpu });
      cells = readdirSync(join(shared, "cells")).length;
      for (const folder of [shared, alone]) rmSync(folder, { recursive: true });
    }
    const of = (what: "workers" | "run"): Spent => ({
      wall: median(turns.map((turn) => turn[what].wall)),
      cpu: median(turns.map((turn) => turn[what].cpu)),
    });
    return {
      cells,
      workers: of("workers"),
      run: of("run"),
      wall: median(ratios.map(({ wall }) => wall)),
      cpu: median(ratios.map(({ cpu }) => cpu)),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
