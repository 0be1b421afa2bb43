import type { PoisonedConsensus } from "./env.ts";
import { ATOMS, type Choice, hull, laws, teams } from "./laws.ts";
import { DRIFT, HONEST, OWN_NOISE, STEP } from "./model.ts";

/** The best response to a server without memory: losses a round, and actions by round and error along u. */
export interface Program {
  readonly attacked: number;
  /** Loss when all attackers are honest, from the same laws. */
  readonly peace: number;
  /** Attackers' actions in round t, the model being `error` off the target along u. */
  actions(t: number, error: number): readonly number[];
}

/** Whether the programme knows this game: a server without memory, reports left out by distance, few attackers. */
export const isKnown = (p: PoisonedConsensus): boolean =>
  p.memory === 0 && p.network === "server" && p.rule === "distance" && p.scoring !== "frozen" && p.byzantine <= 4;

const LIMIT = 4; // the grid of s̄
const CELLS = 160;
const points = Float64Array.from({ length: CELLS + 1 }, (_, i) => -LIMIT + (2 * LIMIT * i) / CELLS);
/** Linear between points. */
function read(g: Float64Array, s: number): number {
  const x = Math.max(0, Math.min(CELLS - 1e-9, ((s + LIMIT) * CELLS) / (2 * LIMIT)));
  const i = Math.floor(x);
  return g[i] + (x - i) * (g[i + 1] - g[i]);
}

/** Loss a round of the best play among `choices`, and which choice is played: `[round][point]`. */
function induct({ dimensions: d, anchor: w, rounds }: PoisonedConsensus, choices: readonly Choice[]) {
  const rest = 1 - STEP;
  const gain = STEP * (1 - w);
  const own = (STEP * w * OWN_NOISE) ** 2;
  const shake = Math.sqrt((3 * (own + DRIFT ** 2)) / d);
  const plays: Uint16Array[] = [];
  let alpha = 0;
  let g = new Float64Array(CELLS + 1);
  for (let t = rounds - 1; t >= 0; t--) {
    // Own data and the drift shake s̄ a little and g is smooth: Gauss–Hermite with three nodes.
    const smooth = points.map((s) => (read(g, s - shake) + 4 * read(g, s) + read(g, s + shake)) / 6);
    const next = new Float64Array(CELLS + 1).fill(Number.NEGATIVE_INFINITY);
    const play = new Uint16Array(CELLS + 1);
    for (let i = 0; i <= CELLS; i++) {
      const s = points[i];
      for (let k = 0; k < choices.length; k++) {
        const { mean, values, square } = choices[k];
        let later = 0;
        for (let a = 0; a < ATOMS; a++) later += read(smooth, rest * s + gain * values[a]);
        const worth = (1 + alpha) * (2 * rest * gain * mean * s + gain * gain * square + own) + later / ATOMS;
        if (worth <= next[i]) continue;
        next[i] = worth;
        play[i] = k;
      }
      next[i] += alpha * DRIFT ** 2;
    }
    plays[t] = play;
    g = next;
    alpha = rest * rest * (1 + alpha);
  }
  // x₀ = 0 and θ₀ = ±1 a coordinate: ‖s‖²/d is 1, and s̄ a mean of d signs.
  let loss = alpha;
  let ways = 1 / 2 ** d;
  for (let k = 0; k <= d; k++) {
    loss += ways * read(g, (2 * k - d) / d);
    ways *= (d - k) / (k + 1);
  }
  return { loss: loss / rounds, plays };
}

/**
 * Without memory (μ = 0) a round's aggregate is the model's error, cancelled, plus noise whose law the attackers choose
 * and nothing else moves: Z(a). Expected loss then depends on the past through two numbers, the mean square error and the
 * mean error along u: V_t = α_t‖s‖²/d + g_t(s̄), α_t = (1−η)²(1 + α_{t+1}), and g is a dynamic program over s̄. Exact up
 * to the grid and the Monte Carlo of Z's laws, which moves securities by some .005; about three seconds.
 */
export function program(p: PoisonedConsensus, options: Partial<Draws> = {}): Program {
  if (!isKnown(p)) throw new RangeError("program: expected at most 4 attackers and a server without memory");
  const choices = choicesOf(p, { screen: 250, rounds: 30_000, seed: 1, ...options });
  const best = induct(p, choices);
  return {
    attacked: best.loss,
    peace: induct(p, choices.slice(0, 1)).loss,
    actions(t, error) {
      const i = Math.round(((Math.max(-LIMIT, Math.min(LIMIT, error)) + LIMIT) * CELLS) / (2 * LIMIT));
      return choices[best.plays[t][i]].actions;
    },
  };
}

/** Monte Carlo of the laws: draws a team when most are sorted out, draws a choice that is left, and their seed. */
interface Draws {
  readonly screen: number;
  readonly rounds: number;
  readonly seed: number;
}

const known = new Map<string, readonly Choice[]>();

/** Nearly all of the time goes here, and levels of the anchor share it: it does not move the laws, nor does the horizon. */
function choicesOf(p: PoisonedConsensus, draws: Draws): readonly Choice[] {
  const key = JSON.stringify([{ ...p, anchor: 0, rounds: 0 }, draws]);
  const found = known.get(key);
  if (found) return found;
  const { screen, rounds, seed } = draws;
  const better = (actions: readonly (readonly number[])[], count: number, label: number) =>
    hull(laws(p, actions, count, seed + label)).map(({ actions }) => actions);
  const screened = better(better(teams(p.byzantine), screen, 0), 10 * screen, 1);
  const honest = new Array<number>(p.byzantine).fill(HONEST);
  const choices = laws(p, [honest, ...screened], rounds, seed + 2);
  known.set(key, choices);
  return choices;
}
