import { Normals, Rng } from "masque";
import type { PoisonedConsensus } from "./env.ts";
import { HONEST, kept, minorityOf, offsets, PUSHES } from "./model.ts";

/** One way for all attackers to report in a round, by action, and what comes of it. */
export interface Choice {
  readonly actions: readonly number[];
  /** Mean of the aggregate's error along u, its values at equal shares of probability, and its mean square a coordinate. */
  readonly mean: number;
  readonly values: Float64Array;
  readonly square: number;
}

export const ATOMS = 24;

/** Every multiset of `count` actions, in order. */
export function teams(count: number, from = 0): number[][] {
  if (count === 0) return [[]];
  const all: number[][] = [];
  for (let a = from; a < PUSHES.length; a++) for (const rest of teams(count - 1, a)) all.push([a, ...rest]);
  return all;
}

/**
 * Law of one round's aggregate around the target without memory, by Monte Carlo over `rounds` draws that all choices
 * share. It is told plainly, by sorting, and shares no code with the dynamics but the constants.
 */
export function laws(
  p: PoisonedConsensus,
  choices: readonly (readonly number[])[],
  rounds: number,
  seed: number,
): Choice[] {
  const { workers: m, byzantine: f, dimensions: d } = p;
  const keep = kept(m, p.discard);
  const away = offsets(p);
  const few = minorityOf(p);
  const data = new Float64Array(rounds * m * d);
  const normals = new Normals();
  normals.seed(new Rng(seed, "laws"));
  normals.fill(data, data.length);
  const size = m * d;
  // Every second round mirrors the noise of the one before: what is linear in it cancels.
  for (let n = 1; n < rounds; n += 2)
    for (let at = 0; at < size; at++) data[n * size + at] = -data[(n - 1) * size + at];
  for (let at = 0; at < data.length; at++) {
    const worker = Math.floor(at / d) % m;
    data[at] += worker >= f && worker < f + few ? away.minority : away.majority;
  }
  const reports = new Float64Array(m * d);
  const column = new Float64Array(m);
  return choices.map((actions) => {
    const means = new Float64Array(rounds);
    let square = 0;
    for (let n = 0; n < rounds; n++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < d; j++) {
          const pushes = i < f && actions[i] !== HONEST;
          reports[i * d + j] = pushes ? Number(PUSHES[actions[i]]) : data[(n * m + i) * d + j];
        }
      }
      const far = new Float64Array(m);
      for (let j = 0; j < d; j++) {
        for (let i = 0; i < m; i++) column[i] = reports[i * d + j];
        column.sort();
        const middle = (column[(m - 1) >> 1] + column[m >> 1]) / 2;
        for (let i = 0; i < m; i++) far[i] += (reports[i * d + j] - middle) ** 2;
      }
      const order = Array.from(far.keys()).sort((a, b) => far[a] - far[b] || a - b);
      for (let j = 0; j < d; j++) {
        let sum = 0;
        for (let r = 0; r < keep; r++) sum += reports[order[r] * d + j];
        means[n] += sum / (keep * d);
        square += (sum / keep) ** 2 / (d * rounds);
      }
    }
    means.sort();
    const values = Float64Array.from({ length: ATOMS }, (_, a) => {
      const cell = means.subarray(Math.floor((a * rounds) / ATOMS), Math.floor(((a + 1) * rounds) / ATOMS));
      return cell.reduce((sum, value) => sum + value, 0) / cell.length;
    });
    return { actions, mean: means.reduce((sum, value) => sum + value, 0) / rounds, values, square };
  });
}

/** Choices that are best for some weighing of mean, its square, and mean square: the others are never the best response. */
export function hull(all: readonly Choice[]): Choice[] {
  const best = new Set<Choice>();
  for (let direction = -20; direction <= 20; direction++) {
    for (const [linear, quadratic] of [
      [0.1 * direction, 0],
      [0.1 * direction, 0.5],
      [0.1 * direction, 2],
      [0.1 * direction, 8],
    ]) {
      const worth = (c: Choice) => c.square + linear * c.mean + quadratic * c.mean * c.mean;
      best.add(all.reduce((a, b) => (worth(b) > worth(a) ? b : a)));
    }
  }
  return [...best];
}
