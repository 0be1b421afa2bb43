import type { Rng } from "masque";
import { exp } from "masque/numeric";
import type { Game } from "./model.ts";

// Independent tabular Q-learning in the repeated pricing game (Calvano, Calzolari, Denicolò and Pastorello 2020,
// section II): every seller updates its own table, ε-greedy with ε = e^(−βt), on the prices of the last period.

export interface Learning {
  /** α, β and δ. */
  readonly rate: number;
  readonly decay: number;
  readonly patience: number;
  /** 1: the last prices are seen. 0: nothing is, so that no price can be answered. */
  readonly memory: 0 | 1;
  /** Stops after so many periods in which no seller's greedy policy changed … */
  readonly unchanged: number;
  /** … or at the latest after so many in all. */
  readonly limit: number;
  /** Learners are paid profits less expected fines, or less fines drawn one by one. */
  readonly fines: "expected" | "drawn";
}

/** Parameters of Calvano et al.'s representative experiment. */
export const CALVANO: Learning = {
  rate: 0.15,
  decay: 4e-6,
  patience: 0.95,
  memory: 1,
  unchanged: 100_000,
  limit: 20_000_000,
  fines: "expected",
};

/** Ten times the decay and a quarter of the rest: a seventh of the time, and Δ ≈ .74 instead of .85. */
export const HASTY: Learning = { ...CALVANO, decay: 4e-5, unchanged: 25_000, limit: 400_000 };

/** Limit strategies, as learned. */
export interface Session {
  /** `[sellers][states]`, the greedy price of every state (joint last price; one state without memory). */
  readonly strategies: readonly Uint8Array[];
  /** The last joint price of training. */
  readonly last: number;
  readonly periods: number;
  /** False where `limit` came first. */
  readonly converged: boolean;
}

/** Discounted payoff of each price for ever against rivals who price uniformly: where every state's values start. */
function firstValues({ sellers, prices, joint, profits, fines }: Game, patience: number): Float64Array {
  const values = new Float64Array(prices);
  // Sellers are alike: seller 0's price is the lowest digit.
  for (let s = 0; s < joint; s++) values[s % prices] += profits[s * sellers] - fines[s * sellers];
  return values.map((sum) => sum / (joint / prices) / (1 - patience));
}

/** The greatest of m values from `at`, `except` left out; `start` wins ties. */
function top(q: Float64Array, at: number, m: number, start: number, except = -1): number {
  let best = start;
  for (let a = 0; a < m; a++) if (a !== except && q[at + a] > q[at + best]) best = a;
  return best;
}

/** One session: trains until greedy policies rest. `fine` is F, needed where fines are drawn. */
export function learn(game: Game, settings: Learning, rng: Rng, fine = 1): Session {
  const { sellers: n, prices: m, joint, profits, fines } = game;
  const { rate, patience, memory, unchanged, limit } = settings;
  const states = memory === 0 ? 1 : joint;
  const first = firstValues(game, patience);
  const q = new Float64Array(n * states * m);
  for (let at = 0; at < q.length; at += m) q.set(first, at);
  const greedy = new Uint8Array(n * states).fill(top(first, 0, m, 0));
  // No less than any value of a state but the greedy one's: while that is above, nothing need be searched.
  const second = new Float64Array(n * states).fill(Number.POSITIVE_INFINITY);
  const payoffs = profits.map((profit, at) => profit - (settings.fines === "expected" ? fines[at] : 0));
  const drawn = settings.fines === "drawn";
  const place = Int32Array.from({ length: n }, (_, i) => m ** i);
  const choice = new Int32Array(n);
  const fade = exp(-settings.decay);
  let epsilon = 1;
  let played = rng.int(0, joint);
  let state = memory * played;
  let calm = 0;
  let t = 0;
  while (calm < unchanged && t < limit) {
    played = 0;
    for (let i = 0; i < n; i++) {
      const a = rng.float32() < epsilon ? Math.floor(rng.float32() * m) : greedy[i * states + state];
      choice[i] = a;
      played += a * place[i];
    }
    const next = memory * played;
    calm++;
    for (let i = 0; i < n; i++) {
      const row = i * states + state;
      const after = i * states + next;
      const at = row * m + choice[i];
      let payoff = payoffs[played * n + i];
      if (drawn && rng.float32() * fine < fines[played * n + i]) payoff -= fine;
      const old = q[at];
      const value = old + rate * (payoff + patience * q[after * m + greedy[after]] - old);
      q[at] = value;
      const best = greedy[row];
      if (choice[i] !== best) {
        if (value > second[row]) second[row] = value;
        if (value <= q[row * m + best]) continue;
        greedy[row] = choice[i];
        calm = 0;
      } else if (value < second[row]) {
        const now = top(q, row * m, m, best);
        second[row] = q[row * m + top(q, row * m, m, now === 0 ? 1 : 0, now)];
        if (now === best) continue;
        greedy[row] = now;
        calm = 0;
      }
    }
    state = next;
    epsilon *= fade;
    t++;
  }
  const strategies = Array.from({ length: n }, (_, i) => greedy.slice(i * states, (i + 1) * states));
  return { strategies, last: played, periods: t, converged: calm >= unchanged };
}

/** The joint price that follows `last` under a session's strategies. */
export function follow({ sellers, prices }: Game, { strategies }: Session, last: number): number {
  let next = 0;
  for (let i = sellers - 1; i >= 0; i--) {
    const table = strategies[i];
    next = next * prices + table[table.length === 1 ? 0 : last];
  }
  return next;
}

/** Joint prices of the cycle that strategies end in, in order. */
export function limitCycle(game: Game, session: Session): number[] {
  const seen = new Map<number, number>();
  const path: number[] = [];
  let s = session.last;
  for (;;) {
    const before = seen.get(s);
    if (before !== undefined) return path.slice(before);
    seen.set(s, path.length);
    path.push(s);
    s = follow(game, session, s);
  }
}

/** Means over a session's limit cycle, a seller and period. */
export function outcome(game: Game, session: Session): { readonly profit: number; readonly fine: number } {
  const cycle = limitCycle(game, session);
  let profit = 0;
  let fine = 0;
  for (const s of cycle) {
    for (let i = 0; i < game.sellers; i++) {
      profit += game.profits[s * game.sellers + i];
      fine += game.fines[s * game.sellers + i];
    }
  }
  const terms = cycle.length * game.sellers;
  return { profit: profit / terms, fine: fine / terms };
}

export interface Deviation {
  /** `[periods]`, prices of seller 0 and mean price of its rivals; index 0 is the period before the deviation. */
  readonly deviator: Float64Array;
  readonly rivals: Float64Array;
  /** The same had nobody deviated. */
  readonly calmDeviator: Float64Array;
  readonly calmRivals: Float64Array;
  /** Seller 0's discounted net payoff from the deviation on, less what it would have had. */
  readonly gain: number;
}

/** Seller 0 once plays its static best response to what its rivals are about to ask; then all follow their strategies. */
export function deviate(game: Game, session: Session, patience: number, periods: number): Deviation {
  const {
    sellers: n,
    prices: m,
    market: { grid },
    profits,
    fines,
  } = game;
  const net = (s: number) => profits[s * n] - fines[s * n];
  const rivalsOf = (s: number) => {
    let sum = 0;
    for (let i = 1, rest = Math.floor(s / m); i < n; i++, rest = Math.floor(rest / m)) sum += grid[rest % m];
    return sum / (n - 1);
  };
  const cycle = limitCycle(game, session);
  let calm = cycle[0];
  let s = calm;
  let gain = 0;
  let weight = 1;
  const path = Array.from({ length: 4 }, () => new Float64Array(periods));
  const horizon = Math.max(periods, 500);
  for (let t = 0; t < horizon; t++) {
    if (t > 0) {
      calm = follow(game, session, calm);
      s = follow(game, session, s);
      if (t === 1) {
        const others = s - (s % m);
        for (let a = 0; a < m; a++) if (net(others + a) > net(s)) s = others + a;
      }
      gain += weight * (net(s) - net(calm));
      weight *= patience;
    }
    if (t < periods) {
      path[0][t] = grid[s % m];
      path[1][t] = rivalsOf(s);
      path[2][t] = grid[calm % m];
      path[3][t] = rivalsOf(calm);
    }
  }
  const [deviator, rivals, calmDeviator, calmRivals] = path;
  return { deviator, rivals, calmDeviator, calmRivals, gain };
}
