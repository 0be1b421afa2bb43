import { type PolicyFor, perRow, type TunableFor, tunable } from "masque";
import { tanh } from "masque/numeric";
import type env from "./env.ts";
import { BIASES } from "./model.ts";

// `creep` of policies.ts once more, whose numbers lie in closures there: a test holds both to the same play.
const creep =
  (a: number, b: number): PolicyFor<typeof env, "colluder"> =>
  ({ params, at }) => {
    const { window, block, transparency } = params;
    const blocks = window / block;
    const deviation = Math.sqrt(window) / 2;
    const root = (0.7 * a) / Math.max(tanh(transparency / 2), 0.05);
    return perRow((obs, from, row, { state }) => {
      const own = 3 * row; // sum of past windows' excess, their number, and whether the one that is pending was added
      const done = Math.round(obs[from + at.phase] * blocks);
      const excess = (obs[from + at.excess] * window) / 2;
      const pending = done === blocks;
      if (pending && state[own + 2] === 0) {
        state[own] += excess;
        state[own + 1]++;
        state[own + 2] = 1;
      } else if (!pending && done > 0) state[own + 2] = 0;
      const fresh = pending || done === 0;
      const n = state[own + 1] + 1;
      const aim = deviation * (root * Math.sqrt(n) + b * n);
      const lacks = aim - state[own] - (fresh ? 0 : excess);
      const left = window - (fresh ? 0 : done * block);
      return Math.min(BIASES - 1, Math.max(0, Math.round((2 * (BIASES - 1) * lacks) / left)));
    }, 3);
  };

const creeping = (a: number, b: number) =>
  tunable({
    dials: {
      root: {
        low: 0,
        high: 6,
        at: a,
        natural: "low",
        says: "deviations of the sum of its ones, times the root of the windows",
      },
      slope: { low: 0, high: 6, at: b, natural: "low", says: "the same, times their number" },
    },
    roles: ({ root, slope }) => ({ colluder: creep(root, slope) }),
  });

export default {
  creep: creeping(1.5, 0.6),
  "creep-early": creeping(1.5, 1.5),
  "creep-even": creeping(0, 1.5),
} satisfies TunableFor<typeof env>;
