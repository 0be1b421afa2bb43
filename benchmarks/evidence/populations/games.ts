import {
  box,
  constant,
  defineEnv,
  discrete,
  type Environment,
  type PolicyFactory,
  Rng,
  ratio,
  type ScriptedPolicies,
} from "masque";
import { z } from "zod";

// Small games whose equilibria are known, as environments. What the first player gets is its security, moved into [0, 1].

/** A game as its plug-in would hold it. */
export interface SmallGame {
  readonly env: Environment;
  readonly scripts: ScriptedPolicies;
}

/** Payoffs to rows (who defend) and how they are moved into [0, 1]. */
const scaled = (payoffs: readonly (readonly number[])[]) => {
  const all = payoffs.flat();
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return payoffs.map((row) => row.map((payoff) => (payoff - low) / (high - low)));
};

/** One move each, at once: `payoffs[row][column]` to the row. */
export function matrixGame(id: string, payoffs: readonly (readonly number[])[]): SmallGame {
  const table = scaled(payoffs);
  const env = defineEnv({
    id,
    summary: "One move each, at once.",
    threat: "none",
    coordination: { attacker: "factored", defender: "factored" },
    params: z.object({}),
    knobs: {},
    horizon: () => 1,
    roles: () => ({
      row: { side: "defender", count: 1, observation: box([1], 0, 1), action: discrete(table.length) },
      column: { side: "attacker", count: 1, observation: box([1], 0, 1), action: discrete(table[0].length) },
    }),
    counters: ["kept", "played"],
    metrics: {
      peace: { axis: "utility", summary: "1: nothing but the game counts", of: () => 1 },
      kept: { axis: "security", summary: "mean payoff of rows, from 0 to 1", of: (c) => ratio(c.kept, c.played, 1) },
    },
    create({ slots: { row, column }, counters }) {
      return {
        reset() {
          row[0].obs[0] = column[0].obs[0] = 1;
        },
        step() {
          const payoff = table[row[0].action][column[0].action];
          row[0].reward = payoff;
          column[0].reward = -payoff;
          counters.kept += payoff;
          counters.played++;
        },
      };
    },
  });
  const moves = (role: "row" | "column", count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, move) => [`move-${move}`, { roles: { [role]: constant(move) } }]),
    );
  return {
    env: env as unknown as Environment,
    scripts: {
      defaults: { row: constant(0) as PolicyFactory },
      attacks: { none: { roles: { column: constant(0) } }, ...moves("column", table[0].length) },
      defences: moves("row", table.length),
    } as ScriptedPolicies,
  };
}

export const ROCK_PAPER_SCISSORS = [
  [0, -1, 1],
  [1, 0, -1],
  [-1, 1, 0],
];

/** Payoffs drawn evenly from [−1, 1]. */
export const randomPayoffs = (size: number, seed: number): number[][] => {
  const rng = new Rng(seed, "payoffs");
  return Array.from({ length: size }, () => Array.from({ length: size }, () => 2 * rng.float() - 1));
};

/** Colonel Blotto (Borel 1921): both spread troops over fields; who has more on more of them wins. */
export function blotto(troops: number, fields: number): number[][] {
  const spread = (left: number, over: number): number[][] =>
    over === 1
      ? [[left]]
      : Array.from({ length: left + 1 }, (_, here) =>
          spread(left - here, over - 1).map((rest) => [here, ...rest]),
        ).flat();
  const all = spread(troops, fields);
  return all.map((mine) =>
    all.map((theirs) => Math.sign(mine.reduce((sum, here, f) => sum + Math.sign(here - theirs[f]), 0))),
  );
}

/** The value of Kuhn poker to the first player (Kuhn 1950): −1/18; payoffs go from −2 to 2. */
export const KUHN_VALUE = -1 / 18;

/**
 * Kuhn poker with three cards: an ante of 1 each; the first player bets 1 or checks, the second answers, and after a check and
 * a bet the first calls or folds. Action 1 bets or calls.
 */
export const kuhn: SmallGame = (() => {
  const env = defineEnv({
    id: "kuhn-v0",
    summary: "Kuhn poker.",
    threat: "none",
    coordination: { attacker: "factored", defender: "factored" },
    params: z.object({}),
    knobs: {},
    horizon: () => 3,
    roles: () => {
      const player = { count: 1, observation: box([7], 0, 1), action: discrete(2) };
      return { first: { side: "defender", ...player }, second: { side: "attacker", ...player } };
    },
    counters: ["kept", "played"],
    metrics: {
      peace: { axis: "utility", summary: "1: nothing but the game counts", of: () => 1 },
      kept: {
        axis: "security",
        summary: "mean payoff of the first, from 0 to 1",
        of: (c) => ratio(c.kept, c.played, 1),
      },
    },
    create({ slots: { first, second }, rng, counters, world }) {
      const cards = [0, 1, 2];
      let opening = 0;
      /** Stages: nothing said, a check, a bet, a check and a bet. */
      const show = (stage: number) => {
        for (const [i, player] of [first[0], second[0]].entries()) {
          player.obs.fill(0);
          player.obs[cards[i]] = 1;
          player.obs[3 + stage] = 1;
        }
      };
      const finish = (payoff: number) => {
        first[0].reward = payoff;
        second[0].reward = -payoff;
        counters.kept += (payoff + 2) / 4;
        counters.played++;
        world.terminate();
      };
      return {
        reset() {
          rng.shuffle(cards);
          show(0);
        },
        step() {
          const wins = cards[0] > cards[1] ? 1 : -1;
          if (world.t === 0) {
            opening = first[0].action;
            return show(1 + opening);
          }
          if (world.t === 1) {
            if (opening === 1) return finish(second[0].action === 1 ? 2 * wins : 1);
            return second[0].action === 1 ? show(3) : finish(wins);
          }
          finish(first[0].action === 1 ? 2 * wins : -1);
        },
      };
    },
  });
  return {
    env: env as unknown as Environment,
    scripts: {
      defaults: { first: constant(0) as PolicyFactory },
      attacks: { none: { roles: { second: constant(0) } }, bets: { roles: { second: constant(1) } } },
    } as ScriptedPolicies,
  };
})();

/** How often a player of Kuhn poker bets or calls: with a card, in the earlier of its decisions (0) or the later (1). */
export type Bets = (card: number, later: number) => number;

/** The first opens, or answers a bet after its check; the second answers a check, or a bet. */
export const KUHN_STAGES = { defender: [0, 3], attacker: [1, 2] } as const;

/** All pure strategies: bit 2 · card + later. */
export const KUHN_STRATEGIES: readonly Bets[] = Array.from(
  { length: 64 },
  (_, bits) => (card, later) => (bits >> (2 * card + later)) & 1,
);

/** What the first player gets, over all six deals. */
export function kuhnPayoff(first: Bets, second: Bets): number {
  let sum = 0;
  for (let mine = 0; mine < 3; mine++) {
    for (let theirs = 0; theirs < 3; theirs++) {
      if (mine === theirs) continue;
      const wins = mine > theirs ? 1 : -1;
      const [opens, calls] = [first(mine, 0), first(mine, 1)];
      const [bets, answers] = [second(theirs, 0), second(theirs, 1)];
      const opened = answers * 2 * wins + (1 - answers);
      const checked = (1 - bets) * wins + bets * (calls * 2 * wins - (1 - calls));
      sum += opens * opened + (1 - opens) * checked;
    }
  }
  return sum / 6;
}
