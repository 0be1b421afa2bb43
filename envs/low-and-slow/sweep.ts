import type { Rng } from "../../src/random/rng.ts";
import type { LowAndSlow } from "./thresholds.ts";

/**
 * What the pool's alarm does: blocks those of the `free` streams that have the highest score, equal scores in a random
 * order, and returns how many.
 */
export function sweeper(
  { streams, sweep, block }: LowAndSlow,
  score: Float64Array,
  serving: Int32Array,
  rng: Rng,
): (free: number) => number {
  const worst = new Int32Array(Math.min(sweep, streams));
  return (free) => {
    const most = Math.min(sweep, free);
    const offset = rng.int(0, streams);
    let held = 0;
    for (let j = 0; j < streams; j++) {
      const i = j + offset < streams ? j + offset : j + offset - streams;
      if (serving[i] > 0 || (held === most && score[i] <= score[worst[held - 1]])) continue;
      let at = held < most ? held++ : held - 1; // insert: `worst` stays sorted, the highest first
      for (; at > 0 && score[worst[at - 1]] < score[i]; at--) worst[at] = worst[at - 1];
      worst[at] = i;
    }
    for (let n = 0; n < held; n++) {
      serving[worst[n]] = block;
      score[worst[n]] = 0;
    }
    return held;
  };
}
