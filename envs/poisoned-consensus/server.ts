import { Normals } from "masque";
import { fields, type Learning } from "./learning.ts";
import { DRIFT, type Game, kept, minorityOf, OWN_NOISE, offsets, STEP, trimmed } from "./model.ts";
import { discard, median, trimmedMean } from "./ranking.ts";

/**
 * One server aggregates the reports of all workers: Byzantine ones first, then the minority, then the others. Coordinates
 * are told along u: only signs relative to it matter, to anyone, so that u is all ones here and θ₀ has signs of its own.
 */
export function central(p: Game): Learning {
  const { workers: m, byzantine: f, dimensions: d, anchor, memory } = p;
  const frozen = p.scoring === "frozen";
  const lenient = p.scoring === "counted";
  const ranked = p.rule === "distance";
  const keep = ranked ? kept(m, p.discard) : m;
  const ends = trimmed(m, p.discard);
  const minority = minorityOf(p);
  const { minority: few, majority: many } = offsets(p);
  const offset = Float64Array.from({ length: m }, (_, i) => (i >= f && i < f + minority ? few : many));

  const target = new Float64Array(d);
  const model = new Float64Array(d);
  const lone = new Float64Array(d);
  const free = new Float64Array(d);
  const draws = new Float64Array((m + 2) * d); // workers' data, the server's own, the target's drift
  const reports = new Float64Array(m * d); // [d, m], as are scores
  const score = new Float64Array(m * d);
  const middles = new Float64Array(d);
  const column = new Float64Array(m);
  const size = new Float64Array(m); // ‖G_i‖²
  const out = new Uint8Array(m);
  const mute = new Uint8Array(m); // 1 where a report is no evidence
  const normals = new Normals();

  return {
    ...fields(p),
    reset(rng) {
      normals.seed(rng);
      for (let j = 0; j < d; j++) target[j] = rng.bernoulli(0.5) ? 1 : -1;
      for (const array of [model, lone, free, score, out]) array.fill(0);
      for (const array of [this.signed, this.excluded, this.cut, this.aggregate]) array.fill(0);
      let error = 0;
      for (let j = 0; j < d; j++) error -= target[j] / d;
      this.error.fill(error);
      this.seenCut[0] = this.seenScore[0] = this.seenStep[0] = 0;
    },
    round(pushes, alone) {
      normals.fill(draws, draws.length);
      const w = alone[0] === 1 ? 1 : anchor;
      const past = memory; // locals: what closures hold is looked up in every use
      const fresh = 1 - memory;
      const n = m;
      const all = reports;
      const scores = score;
      const silent = mute;
      const sizes = size;
      const left = out;
      const noise = draws;
      const places = offset;
      const values = column;
      const others = f;
      sizes.fill(0);
      for (let i = 0; i < n; i++) silent[i] = frozen ? left[i] : 0;
      for (let j = 0; j < d; j++) {
        const from = j * n;
        const goal = target[j];
        const here = model[j];
        let data = 0;
        for (let i = 0; i < n; i++) {
          const r = goal + places[i] + noise[from + i];
          data += r;
          const v = (i < others && !Number.isNaN(pushes[i]) ? goal + pushes[i] : r) - here;
          all[from + i] = v;
          values[i] = v;
        }
        free[j] += STEP * (data / n - free[j]);
        const middle = median(values, n);
        middles[j] = middle;
        for (let i = 0; i < n; i++) {
          const evidence = silent[i] === 1 ? 0 : all[from + i] - middle;
          const g = past * scores[from + i] + fresh * evidence;
          sizes[i] += g * g;
        }
      }
      const cut = Math.sqrt(discard(sizes, n, keep, left, 0, values) / d);
      if (lenient) for (let i = 0; i < n; i++) silent[i] = left[i];

      let length = 0;
      let along = 0;
      let error = 0;
      let loss = 0;
      let lossAlone = 0;
      let lossFree = 0;
      for (let j = 0; j < d; j++) {
        const goal = target[j];
        const from = j * n;
        const middle = middles[j];
        for (let i = 0; i < n; i++) {
          const evidence = silent[i] === 1 ? 0 : all[from + i] - middle;
          scores[from + i] = past * scores[from + i] + fresh * evidence;
        }
        const own = goal + OWN_NOISE * noise[n * d + j];
        let step = 0;
        if (ranked) {
          for (let i = 0; i < n; i++) step += left[i] === 0 ? all[from + i] : 0;
          step /= keep;
        } else {
          for (let i = 0; i < n; i++) values[i] = all[from + i];
          step = trimmedMean(values, n, ends);
        }
        length += step * step;
        along += step;
        model[j] += STEP * ((1 - w) * step + w * (own - model[j]));
        lone[j] += STEP * (own - lone[j]);
        loss += (model[j] - goal) ** 2;
        lossAlone += (lone[j] - goal) ** 2;
        lossFree += (free[j] - goal) ** 2;
        target[j] += DRIFT * noise[(n + 1) * d + j];
        error += model[j] - target[j];
      }
      this.loss = loss / d;
      this.lossAlone = lossAlone / d;
      this.lossFree = lossFree / d;

      let total = 0;
      let few = 0;
      let many = 0;
      for (let i = 0; i < n; i++) {
        total += sizes[i];
        if (i < f) continue;
        if (i < f + minority) few += left[i];
        else many += left[i];
      }
      let caught = 0;
      const scale = cut > 0 ? 1 / (cut * d) : 0;
      for (let i = 0; i < f; i++) {
        let sum = 0;
        for (let j = 0; j < d; j++) sum += scores[j * n + i];
        this.signed[i] = sum * scale;
        this.excluded[i] = left[i];
        this.cut[i] = cut;
        this.error[i] = error / d;
        this.aggregate[i] = along / d;
        caught += left[i];
      }
      const { dropped } = this;
      dropped.attackers = caught / f;
      dropped.minority = minority > 0 ? few / minority : 0;
      dropped.majority = many / Math.max(1, n - f - minority);
      this.seenCut[0] = cut;
      this.seenScore[0] = Math.sqrt(total / (n * d));
      this.seenStep[0] = Math.sqrt(length / d);
    },
  };
}
