import { box, discrete } from "../../src/spaces/index.ts";
import { layout } from "../../src/spaces/layout.ts";
import { type PricingCartel, REGIMES } from "./params.ts";

export function roles(p: PricingCartel) {
  const regulators = p.oversight === "regional" ? p.sellers : 1;
  const read = p.oversight === "central" ? p.sellers : 1;
  return {
    seller: {
      side: "attacker",
      count: p.sellers,
      observation: layout({
        /** Last prices over the grid, 0 lowest and 1 highest: the own one, then the rivals' by rising seat, cyclically. */
        prices: box([p.sellers], 0, 1),
        /** 1 if fined in the last period. */
        fined: box([1], 0, 1),
        /** The regime that the own regulator had in force, 0 rest, ½ watch, 1 raid. */
        regime: box([1], 0, 1),
      }),
      action: discrete(p.prices),
    },
    regulator: {
      side: "defender",
      count: regulators,
      observation: layout({
        /** 1 where a price was read in the last period, */
        read: box([read], 0, 1),
        /** its reading over the grid (0 lowest, 1 highest, noise beyond is cut at −1 and 2), 0 if none, */
        reading: box([read], -1, 2),
        /** and the running share of readings above the limit, the past weighted .8. */
        alarm: box([read], 0, 1),
        regime: box([1], 0, 1),
      }),
      action: discrete(REGIMES),
    },
  } as const;
}
