import { join } from "node:path";
import type { Benchmark } from "../../benchmark/resolve.ts";
import { pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { masque } from "../../data/package.ts";
import { episodesParquet } from "../../frontier/episodes.ts";
import type { Frontier } from "../../frontier/frontier.ts";
import { writeResults } from "../../frontier/results.ts";
import { frontierText } from "../../report/frontier-text.ts";
import { table } from "../../report/text.ts";
import { writeReport } from "../../report/write.ts";
import { missingCells } from "../../run/cells.ts";
import { execute, usefulJobs } from "../../run/execute.ts";
import { beginRun, inspectFolder } from "../../run/folder.ts";
import { estimateTime } from "../../run/forecast.ts";
import { beginSession } from "../../run/host.ts";
import { openBucket } from "../../run/objects/bucket.ts";
import { collectCells, finishRun } from "../../run/objects/collect.ts";
import { checkRun, putRun } from "../../run/objects/copy.ts";
import { probe } from "../../run/objects/probe.ts";
import { makePlan, type Plan, STAGES } from "../../run/plan.ts";
import { shown } from "../../run/queue/bullmq.ts";
import { openQueue, type QueueOfCells } from "../../run/queue/driver.ts";
import type { Run } from "../../run/run.ts";
import { refuseMixedKinds, workerName } from "../../run/work/hosts.ts";
import { removeTraces } from "../../run/work/sweep.ts";
import { DONE, INTERRUPTED, type Io } from "../io.ts";
import { duration, showProgress } from "../progress.ts";
import { openBenchmark, quote, wholeNumber } from "./open.ts";

export const MAX_JOBS = 1024;
/** Cells that are put on a queue at once: more than most have workers, so that none of these waits for the next. */
const QUEUED = 64;

interface Options {
  readonly out?: string;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly prepare?: boolean;
  readonly jobs?: string;
  readonly queue?: string;
  readonly store?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly plugins?: string[];
}

/** masque run */
export async function run(io: Io, [name, ...overrides]: readonly string[], options: Options): Promise<number> {
  const wanted = options.jobs === undefined ? undefined : wholeNumber("--jobs", options.jobs, 1, MAX_JOBS);
  const { benchmark, registry } = await openBenchmark(name, overrides, options.plugins);
  const plan = makePlan(benchmark);
  const folder = options.out ?? join("runs", `${benchmark.config.name}-${benchmark.hash.slice(0, 8)}`);
  const note = (text: string) => options.quiet || io.err(text);
  if (options.dryRun) return dryRun(io, benchmark, plan, wanted ?? usefulJobs({ plan }), options.json === true);

  const { name: called, question } = benchmark.config;
  note(
    `${called}, on ${benchmark.env.id}${question ? `: ${question}` : ""}\n${counts(plan)}, in ${folder} (what it measures: manifest.json)\n`,
  );
  const standing = inspectFolder(folder, benchmark, registry);
  const begun = standing !== "free";
  if (standing === "damaged") {
    const what = `${folder}: manifest.json or host.json is missing or damaged`;
    if (!options.resume)
      throw new InputError(`${what}. Add --resume to make it anew and keep the cells, or choose another --out.`);
    note(`${what}; it is made anew, and the cells are kept that are this benchmark's.\n`);
  }
  const bucket = options.store === undefined ? undefined : openBucket(options.store);
  if (bucket) {
    if (!options.prepare && !options.resume)
      throw new InputError("--store goes with --prepare, which puts a run there, or with --resume, which collects it.");
    await probe(bucket, workerName());
    const there = await checkRun(bucket, { hash: benchmark.hash, versions: { masque: masque().version } });
    if (!there && !options.prepare) {
      throw new InputError(
        `${bucket.place} holds no run. Put this one there by --prepare, and have workers compute it first.`,
      );
    }
  }
  const proceed = async (found: Run, queue?: QueueOfCells): Promise<number> => {
    const store = bucket ? ["--store", bucket.place] : [];
    const from = (options.plugins ?? []).flatMap((one) => ["--plugins", one]);
    const command = ["masque", "run", name, ...overrides, "--out", folder, "--resume", ...store];
    if (options.prepare) {
      if (bucket) await putRun(bucket, folder);
      const places = bucket ? "machines that reach the store" : "machines that share the folder";
      const shell = (words: readonly string[]) => words.map(quote).join(" ");
      note(
        `Prepared. Compute it with any number of these, here or on ${places}:\n  ${shell(["masque", "work", ...(bucket ? store : [folder]), ...from])}\n` +
          `and collect the results with\n  ${shell([...command, ...from])}\n`,
      );
      return DONE;
    }
    if (bucket) await collectCells(bucket, found);
    if (begun && !options.resume && missingCells(found).length > 0) {
      throw new InputError(
        `${folder} holds an unfinished run of this. Add --resume to go on with it, or choose another --out.`,
      );
    }
    const where = options.queue === undefined ? [] : ["--queue", shown(options.queue)];
    const again = [...command, ...(wanted === undefined ? [] : ["-j", String(wanted)]), ...where, ...from];
    const jobs = wanted ?? (queue === undefined ? usefulJobs(found) : QUEUED);
    const worker = ["masque", "work", folder, ...where, ...from];
    if (queue) note(`Its cells are computed by any number of these:\n  ${worker.map(quote).join(" ")}\n`);
    const finished = await compute(io, found, options, jobs, again.map(quote).join(" "), queue);
    if (finished === undefined) return INTERRUPTED;
    if (bucket) await finishRun(bucket, found);
    if (options.json) io.out(pretty(finished));
    else io.out(frontierText(finished, { columns: io.columns, paint: io.paint }));
    note(
      `\nIn ${folder}: report.html, frontier.json, frontier.csv, frontier.svg, curves.jsonl, episodes.parquet, manifest.json, cells/, policies/\n`,
    );
    return DONE;
  };
  // Before anything is written: a queue that cannot be reached leaves nothing behind.
  const queue =
    options.queue === undefined || options.prepare ? undefined : await openQueue(options.queue, benchmark.hash);
  try {
    const found = beginRun(folder, benchmark, registry);
    return await proceed(found, queue);
  } finally {
    await queue?.close();
  }
}

/** Computes what is missing and writes the results; undefined when interrupted. */
async function compute(
  io: Io,
  run: Run,
  options: Options,
  jobs: number,
  again: string,
  queue?: QueueOfCells,
): Promise<Frontier | undefined> {
  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  const progress = await showProgress(io, options.quiet === true);
  refuseMixedKinds(run);
  const session = beginSession(run, jobs);
  let cells = 0;
  try {
    const counts = await execute(run, {
      jobs,
      plugins: options.plugins,
      executor: queue?.executor,
      signal: interrupt.signal,
      onProgress(standing) {
        ({ cells } = standing);
        progress.update(standing);
      },
      onDamage: (why) => progress.note(`masque: ${why} It is computed again.\n`),
      onDeath(death) {
        session.death(death);
        progress.note(`masque: ${death.label}: its worker ${death.reason}. Another one takes over.\n`);
      },
      onSpent: session.spend,
      onOutput: (text) => progress.note(text),
    });
    progress.stop();
    const result = writeResults(run);
    run.store.file("episodes.parquet", episodesParquet(run));
    writeReport(run, result);
    session.end("finished", counts);
    removeTraces(run.store.folder);
    return result;
  } catch (error) {
    progress.stop();
    const interrupted = interrupt.signal.aborted;
    try {
      session.end(interrupted ? "interrupted" : "failed");
    } catch {
      // A full disk takes no record of itself; the error that counts is the first one.
    }
    const kept = `${cells} of ${run.plan.cells.length} cells`;
    io.err(`${interrupted ? "Stopped" : "Failed"} after ${kept}; they are kept. Go on with\n  ${again}\n`);
    if (!interrupted) throw error;
    return undefined;
  } finally {
    undo();
  }
}

async function dryRun(io: Io, benchmark: Benchmark, plan: Plan, jobs: number, json: boolean): Promise<number> {
  const estimate = await estimateTime(benchmark, plan, jobs);
  if (json) io.out(pretty({ config: benchmark.hash, resolved: benchmark.resolved, estimate, cells: plan.cells }));
  else {
    io.out(`config ${benchmark.hash}\n${counts(plan)}\n`);
    const cpu = `${duration(estimate.cpuSeconds)} of CPU time`;
    io.out(
      `about ${duration(estimate.seconds)} with -j ${jobs} (${cpu}): estimated from a second of each kind of work\n`,
    );
    io.out(`\n${cellTable(plan, io)}(--json lists every cell)\n`);
  }
  return DONE;
}

/** Cells by what they do: stage and attack, with their number and environment steps. */
function cellTable({ cells }: Plan, io: Io): string {
  const groups = new Map<string, { stage: string; attack: string; number: number; steps: number }>();
  for (const { stage, attack, steps } of cells) {
    const group = groups.get(`${stage} ${attack}`) ?? { stage, attack, number: 0, steps: 0 };
    groups.set(`${stage} ${attack}`, { ...group, number: group.number + 1, steps: group.steps + steps });
  }
  const rows = [...groups.values()].map(({ stage, attack, number, steps }) => [
    `  ${stage}`,
    attack,
    String(number),
    steps.toLocaleString("en-US"),
  ]);
  return table([["  stage", "attack or defence", "cells", "environment steps at most"], ...rows], io.paint);
}

/** "276 cells: 6 train, 90 select, 180 test" */
export function counts({ cells }: Plan): string {
  const numbers = STAGES.map((stage) => ({ stage, number: cells.filter((cell) => cell.stage === stage).length }));
  const each = numbers.flatMap(({ stage, number }) =>
    stage === "defend" && number === 0 ? [] : [`${number} ${stage}`],
  );
  return `${cells.length} cells: ${each.join(", ")}`;
}
