import type { Point } from "../benchmark/points.ts";
import type { Benchmark } from "../benchmark/resolve.ts";
import type { Counts } from "../env/define.ts";
import type { PlayResult } from "../run/cell-result.ts";
import type { Cell, Plan } from "../run/plan.ts";

/** An episode of a run's test split. */
export interface Moment {
  readonly run: number;
  readonly episode: number;
}

/** Points in the order of their letters: declared ones, then the yardsticks beside them. */
export const lettered = (points: readonly Point[]): Point[] => [
  ...points.filter(({ declared }) => declared),
  ...points.filter(({ declared }) => !declared),
];

/** What to watch of an attack at a point. */
export interface Moments {
  readonly typical: Moment;
  readonly worst: Moment;
}

/**
 * A typical and the worst episode of an attack at a point. Metrics are functions of sums, so an episode counts by what it
 * changes: the security of its run without it, less that with it (the jackknife's influence, Efron 1982, The
 * Jackknife, the Bootstrap and Other Resampling Plans). The worst lowers security most, the typical one has the median
 * influence; of equals the first. Of all runs, or of one.
 */
export function momentsOf(
  { env, axes, config }: Pick<Benchmark, "env" | "axes" | "config">,
  plan: Plan,
  read: (cell: Cell) => PlayResult,
  { point, attack, run: only }: { readonly point: number; readonly attack: string; readonly run?: number },
): Moments {
  const { of } = env.metrics[axes.security];
  const runs = only === undefined ? Array.from({ length: config.seeds.runs }, (_, run) => run) : [only];
  const all = runs
    .flatMap((run) => {
      const [played, clean] = [attack, "none"].map((name) => read(plan.play("test", point, name, run)));
      const [without, peace] = [played, clean].map((result) => leftOut(env.counters, result));
      const whole = of(sums(env.counters, played), { clean: sums(env.counters, clean) });
      return Array.from({ length: played.episodes }, (_, episode) => ({
        ...{ run, episode },
        influence: of(without(episode), { clean: peace(episode) }) - whole,
      }));
    })
    .map((one) => (Number.isFinite(one.influence) ? one : { ...one, influence: 0 }));
  const worst = all.reduce((a, b) => (b.influence > a.influence ? b : a));
  const median = all.map(({ influence }) => influence).sort((a, b) => a - b)[Math.floor((all.length - 1) / 2)];
  const off = ({ influence }: (typeof all)[number]) => Math.abs(influence - median);
  const typical = all.reduce((a, b) => (off(b) < off(a) ? b : a));
  const place = ({ run, episode }: Moment): Moment => ({ run, episode });
  return { typical: place(typical), worst: place(worst) };
}

/** The same of every attack at every point, `place` counting points in the order of their letters. */
export function toWatch(
  benchmark: Benchmark,
  plan: Plan,
  read: (cell: Cell) => PlayResult,
): (Moments & { readonly place: number; readonly attack: string })[] {
  return lettered(benchmark.points).flatMap(({ index }, place) =>
    benchmark.attacks.map(({ name }) => ({
      ...{ place, attack: name },
      ...momentsOf(benchmark, plan, read, { point: index, attack: name }),
    })),
  );
}

const sums = (names: readonly string[], { counters }: PlayResult): Counts<string> =>
  Object.fromEntries(names.map((name) => [name, counters[name].reduce((sum, one) => sum + one, 0)]));

/**
 * Counters without an episode, added up from both ends: subtracting would leave rests where nothing is left. Every call
 * answers in the same object: there are as many calls as episodes on a board.
 */
function leftOut(names: readonly string[], { counters, episodes }: PlayResult): (episode: number) => Counts<string> {
  const columns = names.map((name) => {
    const column = counters[name];
    const [before, after] = [new Float64Array(episodes + 1), new Float64Array(episodes + 1)];
    for (let e = 0; e < episodes; e++) before[e + 1] = before[e] + column[e];
    for (let e = episodes - 1; e >= 0; e--) after[e] = after[e + 1] + column[e];
    return { name, before, after };
  });
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  return (e) => {
    for (const { name, before, after } of columns) counts[name] = before[e] + after[e + 1];
    return counts;
  };
}
