import { performance } from "node:perf_hooks";
import { frontierOf } from "../../src/frontier/frontier.ts";
import { cloudOf, measure } from "../../src/frontier/measure.ts";
import { metricOf, type Split } from "../../src/frontier/scores.ts";
import { Rng } from "../../src/random/rng.ts";
import { addCounters, hierarchicalBootstrap, type Statistic } from "../../src/stats/index.ts";
import { type Design, drawWorld, playWorld, synthetic } from "./synthetic.ts";

// How long a run takes to aggregate, and how much the resampling gains over adding up every table by itself:
// npm run bench:statistics

const RESAMPLES_PLAIN = 100;
const seconds = (action: () => void): number => {
  const start = performance.now();
  action();
  return (performance.now() - start) / 1000;
};

console.log("levels x attacks x runs   tables s   resampling s   frontier s   plain / resampling");
for (const [levels, attacks, runs] of [
  [9, 17, 5],
  [20, 17, 10],
]) {
  const design: Design = {
    runs,
    attacks: attacks - 1,
    gap: 0.02,
    levels: Array.from({ length: levels }, (_, i) => i / (levels - 1)),
    episodes: { select: 64, test: 256 },
  };
  const made = await synthetic(design);
  const rng = new Rng(1, "speed");
  const read = playWorld(drawWorld(rng, "normal", design), made, design, rng);
  let measured = measure(made.benchmark, made.plan, read);
  const reading = seconds(() => {
    measured = measure(made.benchmark, made.plan, read);
  });
  let cloud = cloudOf(measured, 1);
  const resampling = seconds(() => {
    cloud = cloudOf(measured, 1);
  });
  const rest = seconds(() => frontierOf(made.benchmark, measured, cloud));
  const { env, points, security, axes } = measured.subject;
  /** Counters of both splits, added up table by table. */
  const summed = () => {
    const [select, test] = [new Float64Array(env.counters.length), new Float64Array(env.counters.length)];
    const counts: Record<string, number> = {};
    return (p: number, attack: number, sample: Parameters<Statistic<Split>>[0], slot: number) => {
      addCounters(points[p].select[attack], sample, "select", slot, select);
      addCounters(points[p].test[attack], sample, "test", slot, test);
      env.counters.forEach((name, c) => {
        counts[name] = select[c] + test[c];
      });
      return counts;
    };
  };
  const [sumClean, sumAttacked] = [summed(), summed()];
  const plain: Statistic<Split> = (sample, out) => {
    out.fill(0);
    points.forEach((tables, p) => {
      const left = new Float64Array(tables.attacks.length);
      for (let slot = 0; slot < runs; slot++) {
        const clean = sumClean(p, 0, sample, slot);
        left.forEach((_, a) => {
          left[a] += metricOf(env, security, sumAttacked(p, a, sample, slot), clean);
        });
        out[2 * p] += metricOf(env, axes[0].metric, clean, clean) / runs;
      }
      out[2 * p + 1] = Math.min(...left) / runs;
    });
  };
  let slow = new Float64Array();
  const plainly = seconds(() => {
    slow = hierarchicalBootstrap(measured.shape, plain, {
      resamples: RESAMPLES_PLAIN,
      outputs: 2 * points.length,
      rng: new Rng(1, "bootstrap"),
    }) as Float64Array<ArrayBuffer>;
  });
  slow.forEach((value, i) => {
    const [b, p, axis] = [Math.floor(i / (2 * points.length)), Math.floor(i / 2) % points.length, i % 2];
    if (cloud.samples[b][p][axis] !== value) throw new Error(`resample ${b} differs at point ${p}`);
  });
  const ratio = (plainly * cloud.samples.length) / RESAMPLES_PLAIN / resampling;
  const cells = [reading, resampling, rest].map((time) => time.toFixed(2).padStart(11));
  console.log(`${`${levels} x ${attacks} x ${runs}`.padEnd(24)}${cells.join("")}${ratio.toFixed(1).padStart(14)}`);
}
