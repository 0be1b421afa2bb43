import { Normals } from "masque";
import { fields, type Learning } from "./learning.ts";
import { DRIFT, type Game, kept, minorityOf, offsets, STEP, trimmed } from "./model.ts";
import { discard, median, trimmedMean } from "./ranking.ts";

/** Where the attackers sit: side by side, or evenly apart. */
export const seats = ({ workers, byzantine, place }: Game): number[] =>
  Array.from({ length: byzantine }, (_, i) => (place === "cluster" ? i : Math.floor((i * workers) / byzantine)));

/** Neighbours of every node on a ring, nearest first: `[m, 2·reach]`. */
export const neighbours = ({ workers: m, reach }: Game): Int32Array =>
  Int32Array.from({ length: 2 * reach * m }, (_, e) => {
    const node = Math.floor(e / (2 * reach));
    const away = 1 + ((e % (2 * reach)) >> 1);
    return (node + (e % 2 === 0 ? away : m - away)) % m;
  });

/**
 * Decentralised: every node on a ring takes a step on its own data, tells its neighbours the model, scores each of them
 * against the median of theirs and its own, leaves some out and averages the rest with its own. Attackers tell the target
 * plus their push; they keep a model of their own for rounds in which they are honest. In the frame of `central`.
 */
export function gossip(p: Game): Learning {
  const { workers: m, byzantine: f, dimensions: d, anchor, memory } = p;
  const frozen = p.scoring === "frozen";
  const lenient = p.scoring === "counted";
  const ranked = p.rule === "distance";
  const degree = 2 * p.reach;
  const keep = ranked ? kept(degree, p.discard) : degree;
  const ends = trimmed(degree + 1, p.discard);
  const few = minorityOf(p);
  const away = offsets(p);
  const near = neighbours(p);
  const seat = seats(p);
  const attacker = new Int32Array(m).fill(-1); // which one sits here
  seat.forEach((node, i) => {
    attacker[node] = i;
  });
  const honest = Int32Array.from(attacker.keys()).filter((node) => attacker[node] < 0);
  const order = new Int32Array(honest); // shuffled: the first `few` are the minority
  const listeners = seat.map((node) =>
    honest.filter((i) => near.subarray(degree * i, degree * (i + 1)).includes(node)),
  );

  const target = new Float64Array(d);
  const offset = new Float64Array(m);
  const minority = new Uint8Array(m);
  const model = new Float64Array(m * d); // [m, d], as are all that follow
  const lone = new Float64Array(m * d);
  const free = new Float64Array(m * d);
  const told = new Float64Array(m * d);
  const toldFree = new Float64Array(m * d);
  const draws = new Float64Array((m + 1) * d);
  const score = new Float64Array(m * degree * d); // [m, degree, d]: what a node holds against each neighbour
  const faded = new Float64Array(m * degree * d); // scores without the round's evidence
  const size = new Float64Array(m * degree);
  const out = new Uint8Array(m * degree);
  const cuts = new Float64Array(m);
  const moved = new Float64Array(m * d);
  const sizes = new Float64Array(degree);
  const column = new Float64Array(degree + 1);
  const normals = new Normals();

  const gather = (from: Float64Array, node: number, j: number) => {
    for (let e = 0; e < degree; e++) column[e] = from[near[degree * node + e] * d + j];
    column[degree] = from[node * d + j];
  };
  const average = (node: number, j: number) => {
    gather(told, node, j);
    if (!ranked) return trimmedMean(column, degree + 1, ends);
    let sum = column[degree];
    for (let e = 0; e < degree; e++) if (out[degree * node + e] === 0) sum += column[e];
    return sum / (keep + 1);
  };
  const rank = (node: number) => {
    sizes.fill(0);
    for (let j = 0; j < d; j++) {
      gather(told, node, j);
      const middle = median(column, degree + 1);
      for (let e = 0; e < degree; e++) {
        const edge = degree * node + e;
        const evidence = frozen && out[edge] === 1 ? 0 : told[near[edge] * d + j] - middle;
        faded[edge * d + j] = memory * score[edge * d + j];
        const g = faded[edge * d + j] + (1 - memory) * evidence;
        score[edge * d + j] = g;
        sizes[e] += g * g;
      }
    }
    for (let e = 0; e < degree; e++) size[degree * node + e] = sizes[e];
    cuts[node] = Math.sqrt(discard(sizes, degree, keep, out, degree * node, column) / d);
    if (!lenient) return;
    for (let edge = degree * node; edge < degree * (node + 1); edge++)
      if (out[edge] === 1) for (let j = 0; j < d; j++) score[edge * d + j] = faded[edge * d + j];
  };
  const plain = (node: number, j: number) => {
    gather(toldFree, node, j);
    let sum = 0;
    for (let e = 0; e <= degree; e++) sum += column[e];
    return sum / (degree + 1);
  };

  const step = (node: number, w: number) => {
    for (let j = 0; j < d; j++) {
      const at = node * d + j;
      const next = w * told[at] + (1 - w) * average(node, j);
      moved[at] = next - model[at];
      model[at] = next;
      free[at] = plain(node, j);
    }
  };

  /** What attackers and defenders see of the round. */
  const look = (learning: Learning) => {
    const { dropped } = learning;
    dropped.attackers = dropped.minority = dropped.majority = 0;
    for (let i = 0; i < f; i++) {
      let signed = 0;
      let excluded = 0;
      let cut = 0;
      let error = 0;
      let aggregate = 0;
      for (const node of listeners[i]) {
        let e = 0;
        while (near[degree * node + e] !== seat[i]) e++;
        const edge = degree * node + e;
        let sum = 0;
        for (let j = 0; j < d; j++) {
          sum += score[edge * d + j];
          error += model[node * d + j] - target[j];
          aggregate += moved[node * d + j];
        }
        if (cuts[node] > 0) signed += sum / (cuts[node] * d);
        excluded += out[edge];
        cut += cuts[node];
      }
      const count = Math.max(1, listeners[i].length);
      learning.signed[i] = signed / count;
      learning.excluded[i] = excluded / count;
      learning.cut[i] = cut / count;
      learning.error[i] = error / (count * d);
      learning.aggregate[i] = aggregate / (count * d);
      dropped.attackers += excluded / count / f;
    }
    let edgesFew = 0;
    let edgesMany = 0;
    for (let k = 0; k < honest.length; k++) {
      const node = honest[k];
      let total = 0;
      let length = 0;
      for (let e = 0; e < degree; e++) {
        const edge = degree * node + e;
        total += size[edge];
        if (attacker[near[edge]] >= 0) continue;
        if (minority[near[edge]] === 1) {
          edgesFew++;
          dropped.minority += out[edge];
        } else {
          edgesMany++;
          dropped.majority += out[edge];
        }
      }
      for (let j = 0; j < d; j++) length += moved[node * d + j] ** 2;
      learning.seenCut[k] = cuts[node];
      learning.seenScore[k] = Math.sqrt(total / (degree * d));
      learning.seenStep[k] = Math.sqrt(length / d);
    }
    dropped.minority /= Math.max(1, edgesFew);
    dropped.majority /= Math.max(1, edgesMany);
  };

  return {
    ...fields(p),
    reset(rng) {
      normals.seed(rng);
      for (let j = 0; j < d; j++) target[j] = rng.bernoulli(0.5) ? 1 : -1;
      order.set(honest);
      rng.shuffle(order);
      offset.fill(away.majority);
      minority.fill(0);
      for (let i = 0; i < few; i++) {
        offset[order[i]] = away.minority;
        minority[order[i]] = 1;
      }
      for (const array of [model, lone, free, score, out, moved, cuts, size]) array.fill(0);
      look(this);
    },
    round(pushes, alone) {
      normals.fill(draws, draws.length);
      for (let i = 0; i < m; i++) {
        const push = attacker[i] < 0 ? Number.NaN : pushes[attacker[i]];
        for (let j = 0; j < d; j++) {
          const at = i * d + j;
          const data = target[j] + offset[i] + draws[at];
          told[at] = Number.isNaN(push) ? model[at] + STEP * (data - model[at]) : target[j] + push;
          toldFree[at] = free[at] + STEP * (data - free[at]);
          lone[at] += STEP * (data - lone[at]);
        }
      }
      for (let i = 0; i < m; i++) rank(i);
      for (let k = 0; k < honest.length; k++) step(honest[k], alone[k] === 1 ? 1 : anchor);
      for (let i = 0; i < f; i++) step(seat[i], anchor);
      let loss = 0;
      let lossAlone = 0;
      let lossFree = 0;
      for (let k = 0; k < honest.length; k++) {
        for (let j = 0; j < d; j++) {
          const at = honest[k] * d + j;
          loss += (model[at] - target[j]) ** 2;
          lossAlone += (lone[at] - target[j]) ** 2;
          lossFree += (free[at] - target[j]) ** 2;
        }
      }
      const all = honest.length * d;
      this.loss = loss / all;
      this.lossAlone = lossAlone / all;
      this.lossFree = lossFree / all;
      for (let j = 0; j < d; j++) target[j] += DRIFT * draws[m * d + j];
      look(this);
    },
  };
}
