import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { pretty } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { readJson } from "../data/files.ts";
import { type Cell, STAGES } from "./plan.ts";
import type { Run } from "./run.ts";
import type { Store } from "./store.ts";

// Of a session, whatever it was that wrote it, only the CPU seconds are read again.
const hostSchema = z.object({ sources: z.string(), sessions: z.array(z.record(z.string(), z.unknown())) });

/** `host.json`: everything that may differ between equal runs. */
export type Host = z.output<typeof hostSchema>;

const MAX_HOST = 1 << 24;

/** @throws InputError where it is missing or damaged */
export function readHost(folder: string): Host {
  const path = join(folder, "host.json");
  const parsed = hostSchema.safeParse(existsSync(path) ? readJson(path, MAX_HOST) : undefined);
  if (parsed.success) return parsed.data;
  throw new InputError(`${path} is missing or damaged: without it, nothing tells which code made the cells beside it.`);
}

export function writeHost(store: Store, host: Host): void {
  store.file("host.json", pretty(host));
}

export type Ending = "finished" | "interrupted" | "failed";

/** A worker that died on a cell. */
export interface Death {
  readonly cell: string;
  readonly label: string;
  /** 1 for the first worker that died on this cell; 0 for one that had not begun with it yet. */
  readonly attempt: number;
  readonly reason: string;
}

/** One process's work on a run, kept in `host.json` as it goes on: what a kill leaves there is true. */
export interface Session {
  /** Writes the record before there is anything to say. */
  begin(): void;
  /** CPU seconds on a cell, or on starting a worker. */
  spend(cpuSeconds: number, cell?: Cell): void;
  /** Keeps why a worker died. */
  death(death: Death): void;
  end(outcome: Ending, counts?: { readonly computed: number; readonly reused: number }): void;
}

const MILLISECONDS_BETWEEN_WRITES = 5000;

export function beginSession({ store }: Run, jobs: number): Session {
  const before = readHost(store.folder);
  return recordSession(jobs, (session) =>
    writeHost(store, { ...before, sessions: [...before.sessions, { ...session }] }),
  );
}

/** Keeps a session as it goes on; `write` is handed all of it, now and then and at the end. */
export function recordSession(jobs: number, write: (session: Readonly<Record<string, unknown>>) => void): Session {
  const machine = thisMachine();
  const started = new Date().toISOString();
  // By stage, then by attack.
  const cpuSeconds: Record<string, Record<string, number>> = Object.fromEntries(STAGES.map((stage) => [stage, {}]));
  let startSeconds = 0;
  const deaths: Death[] = [];
  let written = 0;
  const keep = (end: Readonly<Record<string, unknown>>) => {
    written = Date.now();
    write({ started, ...end, jobs, cpuSeconds, startSeconds, deaths, ...machine });
  };
  const running = () => keep({ ended: null, outcome: "running" });
  return {
    begin: running,
    spend(seconds, cell) {
      if (cell) {
        const stage = cpuSeconds[cell.stage];
        stage[cell.attack] = (stage[cell.attack] ?? 0) + seconds;
      } else startSeconds += seconds;
      if (Date.now() - written > MILLISECONDS_BETWEEN_WRITES) running();
    },
    death(death) {
      deaths.push(death);
      running();
    },
    end: (outcome, counts) => keep({ ended: new Date().toISOString(), outcome, ...counts }),
  };
}

/** This machine as sessions name it. */
export function thisMachine() {
  const { version, platform, arch } = process;
  const [cpu] = cpus();
  return { node: version, platform, arch, cpu: cpu?.model ?? "unknown", cores: cpus().length };
}
