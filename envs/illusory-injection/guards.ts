import { type PolicyFor, perRow } from "masque";
import { exp } from "masque/numeric";
import type env from "./env.ts";
import { alwaysByHand, gains } from "./model.ts";
import { FORCE, HEED, REACH, WAIVE } from "./spaces.ts";

type Guard = PolicyFor<typeof env, "guard">;

/** Takes over at random, as often as false alarms may, and hears no alarm. */
export const blind: Guard = ({ params: p, at }) => {
  const chance = alwaysByHand(p) ? 1 : Math.min(1, p.falseAlarm / (p.hold * (1 - p.falseAlarm)));
  return perRow((obs, from, row, { rngs }) =>
    obs[from + at.manual] === 0 && rngs[row].bernoulli(chance) ? FORCE : WAIVE,
  );
};

/** Forces for ever from the first time on that `proof` is given; a row's memory is whether it was. */
const forEver =
  (proof: (obs: Float32Array, alarm: number, record: number) => boolean): Guard =>
  ({ at }) =>
    perRow((obs, from, row, { state }) => {
      if (proof(obs, from + at.alarm, from + at.record)) state[row] = 1;
      return state[row] === 1 ? FORCE : HEED;
    }, 1);

export const latch = forEver((obs, alarm) => obs[alarm] === 1);
export const inspect = forEver((obs, _alarm, record) => obs[record] * REACH > 5);

/** Mean run length to a false alarm of a CUSUM of log-likelihood ratios of size s a step (Siegmund 1985, eq. 2.57). */
function runLength(h: number, s: number): number {
  const b = h + 1.166 * s;
  return (exp(b) - b - 1) / ((s * s) / 2);
}

/**
 * Adds up the log-likelihood ratio that reports lack the watermark, z + ζ ~ N(0, 1) against z ~ N(0, 1), ζ = e/√Σ, from
 * step to step; takes over when it is so high that innocents cause as many steps by hand as α allows, window tests aside.
 */
export const cusum: Guard = ({ params: p, at }) => {
  const scale = Math.sqrt(p.watermark / gains(p).surprise) * REACH;
  const run = p.falseAlarm > 0 ? (p.hold * (1 - p.falseAlarm)) / p.falseAlarm : Number.POSITIVE_INFINITY;
  let threshold = Number.POSITIVE_INFINITY;
  if (scale > 0 && run < Number.POSITIVE_INFINITY) {
    for (let low = 0, high = 100, i = 0; i < 60; i++) {
      threshold = (low + high) / 2;
      if (runLength(threshold, scale / REACH) < run) low = threshold;
      else high = threshold;
    }
  }
  return perRow((obs, from, row, { state }) => {
    if (obs[from + at.manual] > 0) {
      state[row] = 0;
      return HEED;
    }
    const z = obs[from + at.surprise] * REACH;
    const mark = obs[from + at.watermark] * scale;
    state[row] = Math.max(0, state[row] - z * mark - (mark * mark) / 2);
    return state[row] > threshold ? FORCE : HEED;
  }, 1);
};
