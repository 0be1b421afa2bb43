import type { MultiBar, SingleBar } from "cli-progress";
import type { Work } from "../run/work/standing.ts";
import type { Io } from "./io.ts";

/** How far some work is. */
export interface Standing {
  /** What is being gone through, where it is several things one after the other: time is reckoned for each anew. */
  readonly phase?: string;
  /** Units done, of how many: cells of a run, steps of a training. */
  readonly cells: number;
  readonly ofCells: number;
  /** Units that were done before this began. */
  readonly reused?: number;
  /** Share of the work that is done, and the part of it that was done before, in [0,1]. */
  readonly done: number;
  readonly doneBefore?: number;
  /** What is being done now. */
  readonly running: readonly { readonly label: string; readonly share?: number; readonly kind?: string }[];
  /** Work by kind, where it is of several. */
  readonly work?: Readonly<Record<string, Work>>;
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
  const clock = makeClock();
  let last = 0;
  return {
    update(standing) {
      const { cells, ofCells, running } = standing;
      const { seconds, left, isNew } = clock(Date.now() / 1000, standing);
      if (isNew) last = 0;
      if (last > 0 && seconds - last < SECONDS_BETWEEN_LINES && cells < ofCells) return;
      last = seconds || 1e-9;
      const now = running.map(describe).join(", ");
      const parts = cells < ofCells ? [...pace(seconds, standing, unit, left), now] : [duration(seconds)];
      io.err(`${cells} of ${ofCells} ${unit}, ${parts.filter(Boolean).join("; ")}\n`);
    },
    note: (text) => io.err(text),
    stop() {},
  };
}

/** A bar for the whole, and under it one for everything that is running. */
async function bars(io: Io, unit: string): Promise<Progress> {
  const { default: progress } = await import("cli-progress");
  const clock = makeClock();
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
      const { seconds, left } = clock(Date.now() / 1000, standing);
      const text = [`${cells}/${ofCells} ${unit}`, ...pace(seconds, standing, unit, left)].join("  ");
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

interface Left {
  readonly seconds: number;
  readonly atLeast: boolean;
}

/** Seconds since a phase began, and how many are left of it. */
export function makeClock() {
  let [phase, begun, forecast]: [string | undefined, number | undefined, ReturnType<typeof makeForecast>] = [
    undefined,
    undefined,
    makeForecast(),
  ];
  return (now: number, standing: Standing): { seconds: number; left: Left | undefined; isNew: boolean } => {
    const isNew = begun === undefined || standing.phase !== phase;
    if (isNew) [phase, begun, forecast] = [standing.phase, now, makeForecast()];
    forecast.see(now, standing);
    return { seconds: now - begun!, left: forecast.left(standing), isNew };
  };
}

/** Seconds that are left, kind by kind: each is extrapolated from what its own work took. */
export function makeForecast() {
  const spent = new Map<string, number>();
  let [last, lanes, previous]: [number, number, Standing["running"]] = [Number.NaN, 1, []];
  return {
    /** Takes in how things stand at a time in seconds. */
    see(now: number, { running }: Standing): void {
      for (const { kind } of previous) if (kind) spent.set(kind, (spent.get(kind) ?? 0) + now - last);
      [last, lanes, previous] = [now, Math.max(lanes, running.length), running];
    },
    /** `atLeast` where some kind of work has not begun; undefined without anything to go by. */
    left({ work, running }: Standing): Left | undefined {
      if (!work) return undefined;
      let [seconds, atLeast] = [0, false];
      for (const [kind, { all, before, done }] of Object.entries(work)) {
        if (all - done <= 0) continue;
        const took = spent.get(kind) ?? 0;
        // The first moments of a kind are start-up.
        if (done - before < 0.002 * all || took < 1) atLeast = true;
        else seconds += ((all - done) * took) / (done - before);
      }
      return seconds === 0 ? undefined : { seconds: seconds / Math.max(lanes, running.length), atLeast };
    },
  };
}

/** "3.1 cells/s", "about 2 min 10 s left", once there is something to go by. */
function pace(
  seconds: number,
  { cells, reused = 0, done, doneBefore = 0, work }: Standing,
  unit: string,
  left: Left | undefined,
): string[] {
  const [now, all] = [done - doneBefore, 1 - doneBefore];
  const said: string[] = [];
  const rate = (cells - reused) / seconds;
  if (seconds < 2) return said;
  if (rate > 0) {
    const [number, per] = rate >= 1 ? [rate, "s"] : [rate * 60, "min"];
    said.push(`${number >= 10 ? Math.round(number) : number.toPrecision(2)} ${unit}/${per}`);
  }
  if (left) said.push(`${left.atLeast ? "at least" : "about"} ${duration(left.seconds)} left`);
  else if (!work && now > 0.01 * all) said.push(`about ${duration((seconds / now) * (all - now))} left`);
  return said;
}

/** "1 h 5 min", "2 min 10 s", "8 s" */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
