import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../../data/errors.ts";
import { list } from "../../data/files.ts";
import { printable } from "../../data/markup.ts";
import { openRegistry } from "../../library/registry.ts";
import { openRun } from "../../run/folder.ts";
import type { Death } from "../../run/host.ts";
import { openBucket } from "../../run/objects/bucket.ts";
import { removeAll } from "../../run/objects/collect.ts";
import { announce, bringHosts, bringRun, take } from "../../run/objects/copy.ts";
import { probe } from "../../run/objects/probe.ts";
import { shareBucket } from "../../run/objects/share.ts";
import type { Cell } from "../../run/plan.ts";
import { workQueue } from "../../run/queue/work.ts";
import { openFailures } from "../../run/work/failures.ts";
import { beginWork, workerName } from "../../run/work/hosts.ts";
import { work as workOn } from "../../run/work/work.ts";
import { DONE, FAILED, INTERRUPTED, type Io } from "../io.ts";
import { showProgress } from "../progress.ts";
import { quote, wholeNumber } from "./open.ts";
import { counts, MAX_JOBS } from "./run.ts";

interface Options {
  readonly jobs: string;
  readonly lease: string;
  readonly queue?: string;
  readonly store?: string;
  readonly maxSeconds?: string;
  readonly retry?: boolean;
  readonly quiet?: boolean;
  readonly plugins?: string[];
}

const DAY = 86_400;

/** masque work: in a folder, or in one of its own that goes with it, where the run is in a store. */
export async function run(io: Io, [named]: readonly (string | undefined)[], options: Options): Promise<number> {
  if (named !== undefined) return work(io, named, [named], options);
  if (options.store === undefined)
    throw new InputError("Which run? Got no folder, expected one, as in masque work runs/ten, or --store ADDRESS.");
  const folder = temporaryFolder();
  try {
    const code = await work(io, folder, [], options);
    rmSync(folder, { recursive: true, force: true });
    return code;
  } catch (error) {
    if (list(join(folder, "cells")).length === 0) rmSync(folder, { recursive: true, force: true });
    else io.err(`What was computed is in ${folder}: masque work ${quote(folder)} --store … goes on with it.\n`);
    throw error;
  }
}

/** That nobody else can write. @throws InputError where none can be made */
function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "masque-work-"));
  } catch (error) {
    throw new InputError(
      `Cannot make a folder to work in (${(error as Error).message}). Name one, or set TMPDIR to where there is room.`,
    );
  }
}

/** @param again the folder as somebody would give it another time, where there can be one */
async function work(io: Io, folder: string, again: readonly string[], options: Options): Promise<number> {
  const jobs = wholeNumber("--jobs", options.jobs, 1, MAX_JOBS);
  const lease = wholeNumber("--lease", options.lease, 1, DAY);
  const seconds =
    options.maxSeconds === undefined ? undefined : wholeNumber("--max-seconds", options.maxSeconds, 1, 20 * DAY);
  const stop = new AbortController();
  // Walltime counts from here: opening a large run is a part of it.
  const timer = seconds && setTimeout(() => stop.abort("time"), seconds * 1000);
  const undo = io.onInterrupt((signal) => stop.abort(signal ?? "SIGINT"));
  try {
    const worker = workerName();
    const bucket = options.store === undefined ? undefined : openBucket(options.store);
    if (bucket) {
      await probe(bucket, worker);
      await bringRun(bucket, folder);
      await bringHosts(bucket, folder);
    }
    const found = await openRun(folder, openRegistry(options.plugins));
    const session = beginWork(found, worker, jobs);
    if (bucket) await announce(bucket, found, worker);
    const progress = await showProgress(io, options.quiet === true);
    const say = (text: string) => options.quiet || io.err(text);
    say(`${worker}: at work on ${bucket?.place ?? folder}, ${counts(found.plan)}\n`);
    if (options.retry) {
      openFailures(folder).clear();
      if (bucket) await removeAll(bucket, "failures/");
    }
    const recorded = async () => bucket && (await take(bucket, folder, `hosts/${worker}.json`));
    const store = bucket ? ["--store", bucket.place] : [];
    let computed = 0;
    try {
      const listening = {
        jobs,
        lease,
        plugins: options.plugins,
        signal: stop.signal,
        onDeath(death: Death) {
          session.death(death);
          progress.note(`masque: ${death.label}: ${death.reason} (${death.attempt} so far).\n`);
        },
        onSpent(cpuSeconds: number, cell?: Cell) {
          if (cell) computed++;
          session.spend(cpuSeconds, cell);
        },
        onOutput: (text: string) => progress.note(text),
      };
      const done =
        options.queue === undefined
          ? await workOn(found, {
              ...listening,
              worker,
              ...(bucket && { open: shareBucket(bucket) }),
              onProgress: progress.update,
              onDamage: (why) => progress.note(`masque: ${why} It is computed again.\n`),
            })
          : await workQueue(found, { ...listening, address: options.queue });
      progress.stop();
      session.end(done.givenUp.length > 0 ? "failed" : "finished", { computed, reused: 0 });
      await recorded();
      if (done.givenUp.length === 0) {
        say(
          `${worker}: computed ${computed} cells; all are there. masque run BENCHMARK --out ${[bucket ? "FOLDER" : folder, "--resume", ...store].map(quote).join(" ")} collects.\n`,
        );
        return DONE;
      }
      for (const { label, reason } of done.givenUp) io.err(printable(`masque: ${label} is given up: ${reason}\n`));
      io.err(
        `${done.blocked} more cells wait for these. Mend the cause, then: masque work ${[...again, "--retry", ...store].map(quote).join(" ")}\n`,
      );
      return FAILED;
    } catch (error) {
      progress.stop();
      const told = stop.signal.aborted;
      try {
        session.end(told ? "interrupted" : "failed", { computed, reused: 0 });
        await recorded();
      } catch {
        // A full disk, or a store that is away, takes no record of itself; the error that counts is the first one.
      }
      if (!told) throw error;
      say(`${worker}: stopped after ${computed} cells, leases released; others, or the same command, go on.\n`);
      return stop.signal.reason === "SIGINT" ? INTERRUPTED : DONE;
    }
  } finally {
    clearTimeout(timer);
    undo();
  }
}
