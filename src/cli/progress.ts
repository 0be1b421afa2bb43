import type { MultiBar, SingleBar } from "cli-progress";
import type { Io } from "./io.ts";

/** How far some work is. */
export interface Standing {
  /** Units done, of how many: cells of a run, steps of a training. */
  readonly cells: number;
  readonly ofCells: number;
  /** Units that were done before this began. */
  readonly reused?: number;
  /** Share of the work that is done, and the part of it that was done before, in [0,1]. */
  readonly done: number;
  readonly doneBefore?: number;
  /** What is being done now. */
  readonly running: readonly { readonly label: string; readonly share?: number }[];
}

export interface Progress {
  update(standing: Standing): void;
  /** A line above the bar. */
  note(text: string): void;
  stop(): void;
}

const SECONDS_BETWEEN_LINES = 10;

/** Bars where messages go to a terminal, a plain line now and then where they do not, nothing when quiet. */
export async function showProgress(io: Io, quiet: boolean, unit = "cells"): Promise<Progress> {
  if (quiet) return { update() {}, note() {}, stop() {} };
  return io.errTerminal ? bars(io, unit) : lines(io, unit);
}

function lines(io: Io, unit: string): Progress {
  const begun = Date.now();
  let last = 0;
  return {
    update(standing) {
      const { cells, ofCells, running } = standing;
      const seconds = (Date.now() - begun) / 1000;
      if (last > 0 && seconds - last < SECONDS_BETWEEN_LINES && cells < ofCells) return;
      last = seconds || 1e-9;
      const now = running.map(describe).join(", ");
      const parts = cells < ofCells ? [...pace(seconds, standing, unit), now] : [duration(seconds)];
      io.err(`${cells} of ${ofCells} ${unit}, ${parts.filter(Boolean).join("; ")}\n`);
    },
    note: (text) => io.err(text),
    stop() {},
  };
}

/** A bar for the whole, and under it one for everything that is running. */
async function bars(io: Io, unit: string): Promise<Progress> {
  const { default: progress } = await import("cli-progress");
  const begun = Date.now();
  const all: MultiBar = new progress.MultiBar({
    format: "{bar} {percent}%  {text}",
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    emptyOnZero: true,
    // Ctrl-C is ours: it stops between two cells.
    gracefulExit: false,
  });
  const whole: SingleBar = all.create(1000, 0, { text: "" });
  const parts: SingleBar[] = [];
  return {
    update(standing) {
      const { cells, ofCells, done, running } = standing;
      const seconds = (Date.now() - begun) / 1000;
      const text = [`${cells}/${ofCells} ${unit}`, ...pace(seconds, standing, unit)].join("  ");
      whole.update(Math.floor(done * 1000), { text: text.slice(0, io.columns - 34) });
      while (parts.length < running.length) parts.push(all.create(1000, 0, { text: "" }));
      while (parts.length > running.length) all.remove(parts.pop()!);
      for (const [i, { label, share = 0 }] of running.entries()) {
        parts[i].update(Math.floor(share * 1000), { text: label.slice(0, io.columns - 34) });
      }
    },
    note: (text) => all.log(text.endsWith("\n") ? text : `${text}\n`),
    stop: () => all.stop(),
  };
}

function describe({ label, share }: Standing["running"][number]): string {
  return share === undefined || share === 0 ? label : `${label} (${Math.floor(share * 100)} %)`;
}

/** "3.1 cells/s", "about 2 min 10 s left", once there is something to go by. */
function pace(seconds: number, { cells, reused = 0, done, doneBefore = 0 }: Standing, unit: string): string[] {
  const [now, all] = [done - doneBefore, 1 - doneBefore];
  if (seconds < 2 || now <= 0.01 * all) return [];
  const rate = (cells - reused) / seconds;
  const left = `about ${duration((seconds / now) * (all - now))} left`;
  if (rate === 0) return [left];
  const [number, per] = rate >= 1 ? [rate, "s"] : [rate * 60, "min"];
  return [`${number >= 10 ? Math.round(number) : number.toPrecision(2)} ${unit}/${per}`, left];
}

/** "1 h 5 min", "2 min 10 s", "8 s" */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
