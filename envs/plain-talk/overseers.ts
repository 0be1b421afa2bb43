import { type PolicyFor, perRow } from "masque";
import type { Cover } from "./covers.ts";
import type env from "./env.ts";
import { flags, surprisalTests } from "./model.ts";

type Overseer = PolicyFor<typeof env, "overseer">;

/** Flags a message whose surprisal is above what a share α of innocent ones has. */
export const surprisal =
  (cover: Cover): Overseer =>
  ({ params, count, at: places }) => {
    const tests = surprisalTests(cover, params);
    return perRow((obs, from, row, { rngs }) => {
      if (obs[from + places.time] < 1) return 0;
      let sum = 0;
      for (let t = 0; t < params.tokens; t++) sum += obs[from + places.surprisals + t];
      const p = flags(tests[row % count], sum);
      return p === 1 || (p > 0 && rngs[row].bernoulli(p)) ? 1 : 0;
    });
  };
