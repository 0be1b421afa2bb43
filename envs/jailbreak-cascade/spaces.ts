import { box, discrete, multiDiscrete } from "../../src/spaces/index.ts";
import { layout } from "../../src/spaces/layout.ts";
import { AMOUNTS, MODES, TARGETS, VIRALITIES } from "./params.ts";

/** Steps of prevalence that both sides remember. */
export const HISTORY = 8;
export const roles = () =>
  ({
    attacker: {
      side: "attacker",
      count: 1,
      observation: layout({
        time: box([1], 0, 1),
        /** Share of its budget that is left. */
        budget: box([1], 0, 1),
        /** Share of nodes infected now and in the steps before, latest first; zeros before the start. */
        prevalence: box([HISTORY], 0, 1),
        /** Share of the hubs infected. */
        hubs: box([1], 0, 1),
        /** Strengths φ on hubs' edges and on others in the last step (under local control: of nodes that filter). */
        strength: box([2], 0, 1),
        /** Share of links' ends that filtered by themselves in the last step. */
        filtered: box([1], 0, 1),
      }),
      // [virality, amount to spend on seeds, target]
      action: multiDiscrete([VIRALITIES.length, AMOUNTS.length, TARGETS.length]),
    },
    filter: {
      side: "defender",
      count: 1,
      observation: layout({
        time: box([1], 0, 1),
        prevalence: box([HISTORY], 0, 1),
        hubs: box([1], 0, 1),
        /** What the last step's service was, 0 … 1. */
        service: box([1], 0, 1),
        filtered: box([1], 0, 1),
      }),
      action: discrete(MODES.length),
    },
  }) as const;
