import { parseArgs } from "node:util";
import { parseExpression } from "../../src/benchmark/formula.ts";
import { unknownName } from "../../src/data/errors.ts";
import { compareRuns } from "../../src/frontier/compare.ts";
import { frontierOf } from "../../src/frontier/frontier.ts";
import { frontOf } from "../../src/frontier/hypervolume.ts";
import { cloudOf, measure } from "../../src/frontier/measure.ts";
import { Rng } from "../../src/random/rng.ts";
import type { Estimate } from "../../src/stats/estimate.ts";
import {
  additiveEpsilon,
  bootstrapErrorInterval,
  expandedPercentileInterval,
  hypervolume,
  type Interval,
  mean,
  type Points,
  percentileInterval,
  simultaneousQuantile,
  standardDeviation,
  standardError,
} from "../../src/stats/index.ts";
import {
  type Design,
  drawWorld,
  LAWS,
  type Law,
  OTHER_LAWS,
  playWorld,
  type Synthetic,
  synthetic,
} from "./synthetic.ts";

// How often nominal 95 % intervals hold the truth, through the whole pipeline from played cells to frontier.json and
// comparisons, on benchmarks whose truth is known: npm run coverage -- --runs 5 --simulations 500 [--compare]

const LEVELS = [0, 0.25, 0.5, 0.75, 1];
const GAIN = 0.15;
/** Fewer than a run's 1000: standard errors need no more. */
const RESAMPLES = 200;
const METRICS = ["utility", "security"];
const FORMULAS = ["0.5*utility + 0.5*security", "min(utility, security)"].map((text) => parseExpression(text, METRICS));

interface Truth {
  /** Utility, and the least of the attacks' mean securities, by level. */
  readonly points: number[][];
  /** Security to expect of the attack that a run's select split chooses. */
  readonly expected: number[];
}

/** What is true on average over runs. */
function truth(law: Law, design: Design, gain: number): Truth {
  const many = { ...design, runs: 20_000 };
  const rng = new Rng(1, "truth", law);
  const { security, utility } = drawWorld(rng, law, many, gain);
  const tries = design.episodes.select * 10;
  const sums = LEVELS.map(() => [0, 0]);
  const means = LEVELS.map(() => security[0].map(() => 0));
  for (let run = 0; run < many.runs; run++) {
    const coins = Float64Array.from({ length: tries }, () => rng.float()).sort();
    LEVELS.forEach((_, level) => {
      let chosen = 0;
      let most = -1;
      security[run].forEach((levels, attack) => {
        const over = below(coins, 1 - levels[level]);
        if (over > most) {
          most = over;
          chosen = attack;
        }
      });
      sums[level][0] += utility[run][level] / many.runs;
      sums[level][1] += security[run][chosen][level] / many.runs;
      security[run].forEach((levels, attack) => {
        means[level][attack] += levels[level] / many.runs;
      });
    });
  }
  return {
    points: sums.map(([utility], level) => [utility, Math.min(...means[level])]),
    expected: sums.map(([, expected]) => expected),
  };
}

/** How many of sorted numbers are below one. */
function below(sorted: Float64Array, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

const volume = (points: Points) => hypervolume(points, [0, 0]);
const gained = (points: Points) => volume(points) - volume([points[0], points[points.length - 1]]);
const utilityAt = (points: Points) => Math.max(0, ...points.map((point) => (point[1] >= 0.8 ? point[0] : 0)));
const ofFormula = (points: Points, i: number) => Math.max(...points.map((point) => FORMULAS[i].of(point)));

/** Counts how often intervals hold the truth. */
class Tally {
  readonly #counts = new Map<string, [number, number]>();

  add(what: string, { low, high }: { low: number | null; high: number | null }, value: number): void {
    const [held, all] = this.#counts.get(what) ?? [0, 0];
    const holds = low !== null && high !== null && low - 1e-12 <= value && value <= high + 1e-12;
    this.#counts.set(what, [held + (holds ? 1 : 0), all + 1]);
  }

  rows(): [string, number][] {
    return [...this.#counts].map(([what, [held, all]]) => [what, held / all]);
  }
}

async function simulate(law: Law, design: Design, simulations: number, compare: boolean) {
  const { runs } = design;
  const made = await synthetic(design);
  const apart = await synthetic(design);
  const other: Synthetic = {
    ...apart,
    benchmark: {
      ...apart.benchmark,
      config: { ...apart.benchmark.config, seeds: { ...apart.benchmark.config.seeds, root: 2 } },
    },
  };
  const { points: before, expected } = truth(law, design, 0);
  const after = compare ? truth(law, design, GAIN).points : [];
  const tally = new Tally();
  const estimates: number[] = [];
  const errors = { hierarchical: [] as number[], runsOnly: [] as number[] };
  for (let s = 0; s < simulations; s++) {
    const drawn = (gain: number, which: Synthetic, ...label: string[]) => {
      const rng = new Rng(s, "simulation", law, runs, ...label);
      const read = playWorld(drawWorld(rng, law, design, gain), which, design, rng);
      return { benchmark: which.benchmark, measured: measure(which.benchmark, which.plan, read) };
    };
    const a = drawn(0, made);
    const cloud = cloudOf(a.measured, s, RESAMPLES);
    const { points, front } = frontierOf(a.benchmark, a.measured, cloud);
    points.forEach((point, level) => {
      tally.add("point: clean utility (Student's t)", point.cleanUtility, before[level][0]);
      tally.add("point: security, least mean, bounds for all attacks", point.security, before[level][1]);
      tally.add("point: the same, lower bound alone", { ...point.security, high: 1 }, before[level][1]);
      tally.add("point: expected of a choice (Student's t)", point.expected, expected[level]);
    });
    const atOnce = (what: string, holds: boolean) => tally.add(what, { low: 0, high: holds ? 1 : -1 }, 0.5);
    atOnce(
      "band: least mean, all levels at once",
      points.every(({ band }, level) => band!.low <= before[level][1] && before[level][1] <= band!.high),
    );
    atOnce(
      "*not used:* Student's t of the worst attack, all levels",
      points.every(({ attacks, worstAttack }, level) => {
        const { low, high } = attacks[worstAttack].security;
        return low! <= before[level][1] && before[level][1] <= high!;
      }),
    );
    const worst = a.measured.declared.map(({ index }) => {
      const { attacks, worst: name, security } = a.measured.scores[index];
      return security[attacks.indexOf(name)];
    });
    const c = simultaneousQuantile(worst);
    atOnce(
      "*not used:* band by the worst attack's own ends",
      worst.every((values, level) => Math.abs(mean(values) - before[level][1]) <= c * standardError(values)),
    );
    atOnce(
      "*not used:* band by the least ends, one critical value",
      a.measured.declared.every(({ index }, level) => {
        const { security } = a.measured.scores[index];
        const end = (sign: number) =>
          Math.min(...security.map((values) => mean(values) + sign * c * standardError(values)));
        return end(-1) <= before[level][1] && before[level][1] <= end(1);
      }),
    );
    tally.add("score: hypervolume over the anchors'", front.score, gained(before));
    FORMULAS.forEach((expression, i) => {
      const { score } = frontOf(cloud, a.measured.places, { expression, axes: [0, 1] });
      tally.add(`score: greatest ${expression.text}`, score, ofFormula(before, i));
    });
    tally.add("utility at security 0.8", front.atSecurity![0], utilityAt(before));

    const [whole, ofRuns] = [cloud.samples.map(gained), cloud.ofRuns.map(gained)];
    const others: [string, Interval][] = [
      ["hypervolume, plain percentile of runs", percentileInterval(ofRuns)],
      ["hypervolume, expanded percentile of runs", expandedPercentileInterval(ofRuns, runs)],
      ["hypervolume, t with runs, then episodes resampled", bootstrapErrorInterval(front.score.mean, whole, runs)],
    ];
    for (const [name, interval] of others) tally.add(name, interval, gained(before));
    estimates.push(front.score.mean);
    errors.hierarchical.push(standardDeviation(whole) ** 2);
    errors.runsOnly.push(standardDeviation(ofRuns) ** 2);

    if (!compare) continue;
    const paired = compareRuns(a, drawn(GAIN, made), RESAMPLES);
    const unpaired = compareRuns(a, drawn(GAIN, other, "apart"), RESAMPLES);
    for (const [name, { overall, points }] of Object.entries({ paired, unpaired })) {
      const add = (what: string, estimate: Estimate, value: number) => tally.add(`${name}: ${what}`, estimate, value);
      add("security at a point", points[2].security.difference, after[2][1] - before[2][1]);
      add("hypervolume", overall.hypervolume.difference, volume(after) - volume(before));
      add("ε, A covers B", overall.epsilon.aCoversB, additiveEpsilon(before, after));
    }
  }
  const inflation = Math.sqrt(runs / (runs - 1));
  const ratio = (squares: readonly number[]) => (Math.sqrt(mean(squares)) * inflation) / standardDeviation(estimates);
  return {
    rows: tally.rows(),
    hierarchical: ratio(errors.hierarchical),
    runsOnly: ratio(errors.runsOnly),
    bias: (mean(estimates) - gained(before)) / standardDeviation(estimates),
  };
}

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    simulations: { type: "string", default: "500" },
    compare: { type: "boolean", default: false },
    law: { type: "string", default: Object.keys(LAWS).join(",") },
    attacks: { type: "string", default: "3" },
    gap: { type: "string", default: "0.02" },
  },
});
for (const runs of values.runs.split(",").map(Number)) {
  const laws = (values.law === "others" ? Object.keys(OTHER_LAWS) : values.law.split(",")) as Law[];
  const known = Object.keys({ ...LAWS, ...OTHER_LAWS });
  for (const law of laws) if (!known.includes(law)) throw unknownName("law", law, [...known, "others"]);
  const [attacks, gap] = [Number(values.attacks), Number(values.gap)];
  const design: Design = { runs, attacks, gap, levels: LEVELS, episodes: { select: 64, test: 256 } };
  const results: Awaited<ReturnType<typeof simulate>>[] = [];
  for (const law of laws) results.push(await simulate(law, design, Number(values.simulations), values.compare));
  console.log(`\n${runs} runs, ${values.simulations} simulations: % of nominal 95 % intervals that hold the truth\n`);
  console.log(`${"".padEnd(58)}${laws.map((law) => law.padStart(13)).join("")}`);
  results[0].rows.forEach(([what], i) => {
    const cells = results.map(({ rows }) => (100 * rows[i][1]).toFixed(1).padStart(13));
    console.log(`${what.padEnd(58)}${cells.join("")}`);
  });
  for (const [key, name] of [
    ["hierarchical", "standard error / true: runs, then episodes"],
    ["runsOnly", "standard error / true: runs only"],
    ["bias", "hypervolume: bias / true standard error"],
  ] as const) {
    console.log(`${name.padEnd(58)}${results.map((one) => one[key].toFixed(3).padStart(13)).join("")}`);
  }
}
