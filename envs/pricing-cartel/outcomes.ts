import type { Game } from "./game.ts";
import type { Session } from "./sessions.ts";

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
