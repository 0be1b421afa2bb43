import { box, discrete, multiDiscrete } from "../../src/spaces/index.ts";
import { layout } from "../../src/spaces/layout.ts";
import { BIASES, type GlassHouse } from "./params.ts";

/** What an agent sees of itself: bounded, and all that the best response to the audit needs. */
const person = layout({
  /** Share of the window done; 1 while the audit is pending. */
  phase: box([1], 0, 1),
  /** (ones − zeros)/n of its own acts in the window. */
  excess: box([1], -1, 1),
  /** Σ 2a over the window's rounds, divided by n: what is paid if the audit passes. */
  escrow: box([1], 0, 1),
  /** Share of the sanction still to serve. */
  barred: box([1], 0, 1),
  /** Running mean of `excess` over audits passed since the last sanction, the past weighted .7: for defences that remember. */
  record: box([1], -1, 1),
});

export const roles = ({ workers, colluders, shards }: GlassHouse) => {
  const agents = workers + colluders;
  return {
    worker: { side: "benign", count: workers, observation: person, action: discrete(BIASES) },
    colluder: { side: "attacker", count: colluders, observation: person, action: discrete(BIASES) },
    overseer: {
      side: "defender",
      count: shards,
      // By desk: agents are seated anew every episode, so that a place says nothing about its owner.
      observation: layout({ due: box([agents], 0, 1), tally: box([agents], -1, 1) }),
      action: multiDiscrete(new Array<number>(agents).fill(2)),
    },
  } as const;
};
