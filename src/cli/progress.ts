import type { SingleBar } from "cli-progress";
import type { Standing } from "../run/execute.ts";
import type { Io } from "./io.ts";

export interface Progress {
  update(standing: Standing): void;
  /** A line above the bar. */
  note(text: string): void;
  stop(): void;
}

const SECONDS_BETWEEN_LINES = 10;

/** A bar where messages go to a terminal, a plain line now and then where they do not, nothing when quiet. */
export async function showProgress(io: Io, quiet: boolean): Promise<Progress> {
  if (quiet) return { update() {}, note() {}, stop() {} };
  return io.errTerminal ? bar(io) : lines(io);
}

function lines(io: Io): Progress {
  const begun = Date.now();
  let last = 0;
  return {
    update({ cells, ofCells, done, label }) {
      const seconds = (Date.now() - begun) / 1000;
      if (last > 0 && seconds - last < SECONDS_BETWEEN_LINES && cells < ofCells) return;
      last = seconds || 1e-9;
      const left = cells < ofCells ? `, ${label}${timeLeft(seconds, done)}` : `, ${duration(seconds)}`;
      io.err(`${cells} of ${ofCells} cells${left}\n`);
    },
    note: (text) => io.err(text),
    stop() {},
  };
}

async function bar(io: Io): Promise<Progress> {
  const { default: progress } = await import("cli-progress");
  const begun = Date.now();
  const one: SingleBar = new progress.SingleBar({
    format: "{bar} {percent}%  {cells}  {left}  {label}",
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    // Ctrl-C is ours: it stops between two cells.
    gracefulExit: false,
  });
  one.start(1000, 0, { cells: "", left: "", label: "" });
  let latest: Standing | undefined;
  return {
    update(standing) {
      latest = standing;
      const { cells, ofCells, done, label } = standing;
      const seconds = (Date.now() - begun) / 1000;
      const left = timeLeft(seconds, done).replace(", ", "");
      one.update(Math.floor(done * 1000), { cells: `${cells}/${ofCells} cells`, left, label });
    },
    note(text) {
      one.stop();
      io.err(text);
      one.start(1000, Math.floor((latest?.done ?? 0) * 1000), { cells: "", left: "", label: "" });
    },
    stop: () => one.stop(),
  };
}

function timeLeft(seconds: number, done: number): string {
  if (seconds < 2 || done <= 0.01) return "";
  return `, about ${duration((seconds / done) * (1 - done))} left`;
}

/** "1 h 5 min", "2 min 10 s", "8 s" */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
