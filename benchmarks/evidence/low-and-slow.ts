import { writeFileSync } from "node:fs";
import { type Environment, Normals, type Play, Rng, score } from "masque";
import env, { type LowAndSlow } from "../../envs/low-and-slow/env.ts";
import scripts, { leak, type Plan } from "../../envs/low-and-slow/policies.ts";
import { POOLS } from "../../envs/low-and-slow/pools.ts";
import { exactThreshold, meanFirst, runLaw } from "../../envs/low-and-slow/runs-theory.ts";
import { dispersion, withoutCap } from "../../envs/low-and-slow/theory.ts";
import { type Evidence, printPreset } from "./evidence.ts";
import { printAttacked } from "./low-and-slow/attacked.ts";
import { printMonitors } from "./low-and-slow/monitors.ts";

type Attack = keyof typeof scripts.attacks | "random" | Play<typeof env.params, ReturnType<typeof env.roles>>;

const against = (params: Partial<LowAndSlow>, attack: Attack, episodes = 32): number =>
  score(env, { scripts, params, attack, episodes, split: ["search"] }).attacked.security;

/**
 * What is searched. Ends of these grids that are ends of what can be done: the whole cap, all that a leaker can leak, a
 * ceiling at the threshold, no bell. The other ends are not, and no winner may lie there: a test looks.
 */
export const plans: readonly Plan[] = (["coolest", "first", "hottest"] as const).flatMap((order) =>
  (["even", 0.25, 0.5, 1] as const).flatMap((level) =>
    [0.25, 0.5, 0.75, 1].flatMap((total) =>
      [0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 1].flatMap((ceiling) =>
        [1, 0.5].map((share) => ({ order, level, total, ceiling, resume: share * ceiling })),
      ),
    ),
  ),
);

function printScripts(): void {
  for (const pooling of [0, 0.25, 0.5, 1]) {
    const params = { leakers: 8, budget: 0.02, pooling };
    const attacks = ["random", ...Object.keys(scripts.attacks)] as const;
    const row = attacks.map(
      (attack) => `${attack} ${against(params, attack as keyof typeof scripts.attacks).toFixed(3)}`,
    );
    console.log(`w ${pooling}: ${row.join("  ")}`);
  }
}

function printAlone(): void {
  for (const budget of [0.02, 0.05, 0.1, 0.2, 0.4]) {
    for (const pooling of [0, 0.25, 0.5, 1]) {
      const params = { leakers: 8, budget, pooling };
      const own = ["alone", "alone-swept"] as const;
      const others = Object.keys(scripts.attacks).filter((name) => !own.includes(name as (typeof own)[number]));
      const secure = (name: string) => against(params, name as keyof typeof scripts.attacks);
      const best = others
        .map((name) => ({ name, security: secure(name) }))
        .reduce((a, b) => (b.security < a.security ? b : a));
      const bound = withoutCap(env.params.parse(params));
      console.log(
        `β ${budget}, w ${pooling}: ${own.map((name) => `${name} ${secure(name).toFixed(3)}`).join(", ")}; best of the others ` +
          `${best.name} ${best.security.toFixed(3)}${bound === null ? "" : `; without the cap ${bound.toFixed(3)}`}`,
      );
    }
  }
}

function printSearch(): void {
  const levels = [0, 0.5, 1].flatMap((pooling) => [
    { leakers: 8, budget: 0.02, pooling },
    { leakers: 16, budget: 0.05, pooling },
    { leakers: 8, budget: 0.4, pooling },
  ]);
  for (const params of levels) {
    const tried = plans
      .map((plan) => ({ plan, security: against(params, { leaker: leak(plan) }, 8) }))
      .sort((a, b) => a.security - b.security);
    console.log(JSON.stringify(params));
    const scripted = Object.keys(scripts.attacks).map((name) => ({
      name,
      security: against(params, name as keyof typeof scripts.attacks),
    }));
    const worst = scripted.reduce((a, b) => (b.security < a.security ? b : a));
    console.log(`  S ${worst.security.toFixed(3)}  ${worst.name}`);
    // The best of many are met again, on as many episodes as the scripts: their luck goes.
    for (const { plan } of tried.slice(0, 3))
      console.log(`  S ${against(params, { leaker: leak(plan) }).toFixed(3)}  ${JSON.stringify(plan)}`);
  }
}

function printShock(): void {
  const names = Object.keys(scripts.attacks) as (keyof typeof scripts.attacks)[];
  for (const shock of [0, 0.02, 0.05, 0.2]) {
    const cells = [0, 0.25, 0.5, 1].map((pooling) => {
      const params = { leakers: 8, budget: 0.05, pooling, shock };
      const left = names.map((name) => ({ name, security: against(params, name) }));
      const worst = left.reduce((a, b) => (b.security < a.security ? b : a));
      const clean = score(env, { scripts, params, attack: "none", episodes: 32, split: ["search"] }).clean.utility;
      return `w ${pooling}: S ${worst.security.toFixed(3)} ${worst.name}, clean U ${clean.toFixed(3)}`;
    });
    console.log(`ρ ${shock}: ${cells.join("; ")}`);
  }
}

/** The least security that the scripts and the five best of all plans leave on 32 episodes, and who leaves it. */
function worstOf(params: Partial<LowAndSlow>) {
  const tried = plans
    .map((plan) => ({ plan, security: against(params, { leaker: leak(plan) }, 8) }))
    .sort((a, b) => a.security - b.security)
    .slice(0, 5)
    .map(({ plan }) => ({ name: JSON.stringify(plan), security: against(params, { leaker: leak(plan) }) }));
  const scripted = Object.keys(scripts.attacks).map((name) => ({
    name,
    security: against(params, name as keyof typeof scripts.attacks),
  }));
  const least = (all: typeof tried) => all.reduce((a, b) => (b.security < a.security ? b : a));
  return { script: least(scripted), plan: least(tried) };
}

function printDetectors(): void {
  for (const { leakers, pooling, shock } of [
    ...[2, 4, 8, 16].flatMap((leakers) => [0.5, 1].map((pooling) => ({ leakers, pooling, shock: 0 }))),
    ...[0.5, 1].map((pooling) => ({ leakers: 8, pooling, shock: 0.05 })),
  ]) {
    console.log(`K ${leakers}, w ${pooling}, ρ ${shock}`);
    for (const pool of POOLS) {
      const params = { leakers, pooling, shock, budget: 0.05, pool };
      const { script, plan } = worstOf(params);
      const { clean } = score(env, { scripts, params, attack: "none", episodes: 256, split: ["search"] });
      const least = Math.min(script.security, plan.security);
      console.log(
        `  ${pool.padEnd(17)} clean U ${clean.utility.toFixed(3)}  S ${least.toFixed(3)}  ` +
          `${script.name} ${script.security.toFixed(3)}, searched ${plan.security.toFixed(3)} ${plan.name}`,
      );
    }
  }
}

export interface Measured {
  readonly mean: number;
  readonly error: number;
}

/** First alarms of `count` detectors of threshold h tuned to `shift`, fed N(mean, 1): the earliest and the average. */
export function simulate(
  rng: Rng,
  { h, shift, mean, count, runs }: { h: number; shift: number; mean: number; count: number; runs: number },
): { first: Measured; each: Measured } {
  const normals = new Normals();
  normals.seed(rng);
  const x = new Float64Array(count);
  const score = new Float64Array(count);
  const first = new Float64Array(runs);
  const each = new Float64Array(runs);
  for (let run = 0; run < runs; run++) {
    score.fill(0);
    let earliest = 0;
    let total = 0;
    let waiting = count;
    for (let t = 1; waiting > 0; t++) {
      normals.fill(x, count);
      for (let i = 0; i < count; i++) {
        if (score[i] < 0) continue; // has rung
        score[i] = Math.max(0, score[i] + shift * (x[i] + mean - shift / 2));
        if (score[i] < h) continue;
        if (earliest === 0) earliest = t;
        total += t;
        waiting--;
        score[i] = -1;
      }
      // Innocent fleets are run to their first alarm only: their mean run takes 64 times as long.
      if (mean === 0 && earliest > 0) break;
    }
    first[run] = earliest;
    each[run] = total / count;
  }
  return { first: measured(first), each: measured(each) };
}

function measured(values: Float64Array): Measured {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}

const STREAMS = 64;
const CAP = 4;
const FLEET_RUN = 3000;

export interface Row {
  readonly leakers: number;
  readonly falseRun: Measured;
  readonly first: Measured;
  readonly each: Measured;
  readonly theory: { readonly first: number; readonly each: number };
}

/** The figure's data: the pooled detector, and detectors a stream that are tuned to the leak R/K of each. */
export function figure(ks: readonly number[], { runs = 400, fleets = 200, seed = 1 } = {}) {
  const rng = new Rng(seed, "low-and-slow", "figure");
  const { pooledShift } = dispersion({ streams: STREAMS, cap: CAP, fleetRun: FLEET_RUN });
  const h = exactThreshold(FLEET_RUN, pooledShift);
  const pooled = {
    // A pool of N streams is one detector: Σx/√N is N(0, 1), or N(R/√N, 1) under the leak, whatever K is.
    falseRun: simulate(rng.fork("pool", 0), { h, shift: pooledShift, mean: 0, count: 1, runs: fleets }).first,
    delay: simulate(rng.fork("pool", 1), { h, shift: pooledShift, mean: pooledShift, count: 1, runs: runs * 4 }).first,
    theory: meanFirst(runLaw(h, pooledShift, pooledShift)),
  };
  const rows = ks.map((leakers): Row => {
    const shift = CAP / leakers;
    const own = exactThreshold(FLEET_RUN * STREAMS, shift);
    const innocent = { h: own, shift, mean: 0, count: STREAMS, runs: fleets };
    const law = runLaw(own, shift, shift);
    return {
      leakers,
      falseRun: simulate(rng.fork("innocent", leakers), innocent).first,
      ...simulate(rng.fork("leak", leakers), { h: own, shift, mean: shift, count: leakers, runs }),
      theory: { first: meanFirst(law, leakers), each: meanFirst(law) },
    };
  });
  return { pooled, rows };
}

/** K at which a row's delay passes the pooled one, by straight lines between rows; NaN where it never does. */
export function crossing(rows: readonly Row[], what: "first" | "each", pooled: number): number {
  for (let i = 1; i < rows.length; i++) {
    const [a, b] = [rows[i - 1], rows[i]];
    if (a[what].mean < pooled && b[what].mean >= pooled) {
      return a.leakers + ((pooled - a[what].mean) / (b[what].mean - a[what].mean)) * (b.leakers - a.leakers);
    }
  }
  return Number.NaN;
}

/** Delays on a logarithmic axis from 8 to 300 steps, K from 3 to 16. */
function picture({ pooled, rows }: ReturnType<typeof figure>): string {
  const at = (leakers: number, steps: number) =>
    `${(60 + ((leakers - 3) / 13) * 480).toFixed(1)},${(300 - (Math.log(steps / 8) / Math.log(300 / 8)) * 280).toFixed(1)}`;
  const line = (colour: string, points: string[]) =>
    `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.join(" ")}"/>`;
  const text = (place: string, words: string) => {
    const [x, y] = place.split(",");
    return `<text x="${x}" y="${y}">${words}</text>`;
  };
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 340" font-family="sans-serif" font-size="12">',
    "<title>Delay against the number of leakers at a fleet false alarm in 3000 steps</title>",
    '<rect width="660" height="340" fill="#fff"/>',
    ...[10, 20, 50, 100, 200].map((steps) => text(at(2, steps), `${steps}`)),
    ...[4, 6, 8, 10, 12, 14, 16].map((leakers) => text(at(leakers, 7), `${leakers}`)),
    text("60,15", "steps to the alarm"),
    text("250,335", "leakers K that share a leak of 4"),
    line("#0072b2", [at(3, pooled.delay.mean), at(16, pooled.delay.mean)]),
    line(
      "#d55e00",
      rows.map((row) => at(row.leakers, row.each.mean)),
    ),
    line(
      "#009e73",
      rows.map((row) => at(row.leakers, row.first.mean)),
    ),
    text(at(16.2, pooled.delay.mean), "pooled"),
    text(at(16.2, rows[rows.length - 1].each.mean), "per stream, mean"),
    text(at(16.2, rows[rows.length - 1].first.mean), "per stream, first"),
    "</svg>\n",
  ].join("\n");
}

function printFigure(): void {
  const data = figure([3, 4, 5, 6, 7, 8, 9, 10, 12, 16]);
  const { pooled, rows } = data;
  const show = ({ mean, error }: Measured) => `${mean.toFixed(1)} ± ${error.toFixed(1)}`.padStart(15);
  console.log(
    `pool: false alarm every${show(pooled.falseRun)} steps, delay${show(pooled.delay)} (${pooled.theory.toFixed(1)})`,
  );
  console.log(" K   fleet's false alarm every   first alarm (exact)       mean of K (exact)");
  for (const { leakers, falseRun, first, each, theory } of rows) {
    const exact = (value: number) => `(${value.toFixed(1)})`.padStart(8);
    console.log(
      `${`${leakers}`.padStart(2)} ${show(falseRun)}     ${show(first)}${exact(theory.first)} ${show(each)}${exact(theory.each)}`,
    );
  }
  const found = (what: "first" | "each") => crossing(rows, what, pooled.delay.mean).toFixed(1);
  console.log(`crossovers: first alarm at K = ${found("first")}, mean delay (damage) at K = ${found("each")}`);
  writeFileSync(new URL("../../envs/low-and-slow/figure.svg", import.meta.url), picture(data));
}

export default {
  figure: { summary: "delays against the number of leakers, and the page's figure", print: printFigure },
  scripts: { summary: "security against each script, by the share that is pooled", print: printScripts },
  alone: {
    summary: "leakers by dynamic programming beside the other scripts, and the bound without a cap",
    print: printAlone,
  },
  shock: {
    summary: "the worst script where all streams share a shock, by the share that is pooled",
    print: printShock,
  },
  cert: {
    summary: "the frontier of the preset cert beside that of the defaults with eight leakers",
    print: () =>
      printPreset(
        env as unknown as Environment,
        scripts,
        "cert",
        [0.02, 0.05, 0.1, 0.2, 0.4].flatMap((budget) => [0, 0.5, 1].map((pooling) => ({ budget, pooling }))),
        { settings: { leakers: 8 }, episodes: 16 },
      ),
  },
  detectors: {
    summary: "what else could listen to the fleet: each pooled detector against scripts and all plans (ten minutes)",
    print: printDetectors,
  },
  attacked: {
    summary:
      "what leakers who remember the pool gain over the worst script, level by level (about a minute each; takes steps a search and places)",
    print: printAttacked,
  },
  monitors: {
    summary: "what odd dials and monitors who switch get beyond the frontier, against the worst script (a minute)",
    print: printMonitors,
  },
  search: { summary: "the grid search behind the scripted attacks (two minutes)", print: printSearch },
} satisfies Evidence;
