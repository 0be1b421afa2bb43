import { box, discrete } from "../../src/spaces/index.ts";
import { layout } from "../../src/spaces/layout.ts";
import type { LowAndSlow } from "./thresholds.ts";

/** What a leaker may add to the mean of its stream, in standard deviations: action a leaks LEAKS[a]. */
export const LEAKS = [0, 0.125, 0.25, 0.5, 1] as const;
export const roles = ({ leakers }: LowAndSlow) =>
  ({
    leaker: {
      side: "attacker",
      count: leakers,
      observation: layout({
        /** Its own reading of the last step, x/8; 0 while blocked. */
        reading: box([1], -1, 1),
        /** Its own score S over the threshold that blocks it (over that of w = 0 where w = 1 never does). */
        score: box([1], 0, 1),
        /** Share of the block still to serve; 0 when free. */
        blocked: box([1], 0, 1),
        /** Share of the leakers that are free. */
        peers: box([1], 0, 1),
        time: box([1], 0, 1),
        /** 1 if the pool's alarm rang in the last step. */
        alarm: box([1], 0, 1),
      }),
      action: discrete(LEAKS.length),
    },
    monitor: {
      side: "defender",
      count: 1,
      observation: layout({
        /** Share of the streams that are free. */
        free: box([1], 0, 1),
        /** Mean and highest S of the free streams, and the pooled C, over their thresholds; clipped. */
        mean: box([1], 0, 1),
        highest: box([1], 0, 1),
        pooled: box([1], 0, 1),
        time: box([1], 0, 1),
        alarm: box([1], 0, 1),
      }),
      // Which split of the budget holds in this step: 0 that of `pooling`, 1 all to the streams, 2 all to the pool.
      action: discrete(3),
    },
  }) as const;
export type Roles = ReturnType<typeof roles>;

export const counterNames = ["steps", "damage", "innocent", "blocked", "ownAlarms", "poolAlarms"] as const;
export type Counter = (typeof counterNames)[number];
