import type { Rng } from "../../src/random/rng.ts";
import { Normals } from "../../src/random/ziggurat.ts";

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
