import { normalSf } from "masque/stats";
import type { IllusoryInjection } from "./env.ts";
import { A, alwaysByHand, GAUGE, gains } from "./model.ts";

/** What an attack comes to in the mean of an episode. */
export interface Course {
  readonly security: number;
  /** Share of the time by hand. */
  readonly byHand: number;
}

/** Alarm probability of a window: the first after a hand-back, later ones, and that in which the attack begins. */
export interface Powers {
  readonly fresh: number;
  readonly later: number;
  begun(steps: number): number;
}

/** Moments of the load x and of the controller's prediction h of it. */
interface Moments {
  readonly mean: number;
  readonly belief: number;
  readonly xx: number;
  readonly xh: number;
  readonly hh: number;
}

/**
 * The laws of x and h step by step, all normal. `pretend`: reports are h plus noise of the honest law, whatever x is, as
 * an illusion's are; else they are x plus noise.
 */
function laws(p: IllusoryInjection) {
  const { control, prior, gain, surprise, reading } = gains(p);
  const mark = p.watermark;
  const move = (m: Moments, from: "pretend" | "honest" | "hand", push: number): Moments => {
    const K = from === "hand" ? prior / (prior + GAUGE) : gain;
    const noise = from === "pretend" ? surprise : from === "hand" ? GAUGE : reading;
    const real = from === "pretend" ? 0 : 1;
    const e = from === "hand" ? 0 : mark;
    // estimate = h + K(real·(x − h) + noise): its moments with x
    const keep = 1 - K * real;
    const belief = keep * m.belief + K * real * m.mean;
    const ee = keep * keep * m.hh + 2 * keep * K * real * m.xh + K * K * (real * m.xx + noise);
    const xe = keep * m.xh + K * real * m.xx;
    const rest = A - control;
    return {
      mean: A * m.mean - control * belief + push,
      belief: rest * belief,
      xx: A * A * m.xx - 2 * A * control * xe + control * control * ee + e + 1,
      xh: A * rest * xe - control * rest * ee + e,
      hh: rest * rest * ee + e,
    };
  };
  const settle = (from: "honest" | "hand") => {
    let m: Moments = { mean: 0, belief: 0, xx: prior, xh: 0, hh: 0 };
    for (let i = 0; i < 200; i++) m = move(m, from, 0);
    return m;
  };
  const unsafe = ({ mean, xx }: Moments) => {
    const sd = Math.sqrt(xx);
    return normalSf((p.limit - mean) / sd) + normalSf((p.limit + mean) / sd);
  };
  return { move, settle, unsafe };
}

/** Steps by hand after which the load is as it always is by hand. */
const SETTLED = 30;

/**
 * All robots push with all their might behind an illusion, whenever they are heard; windows alarm with these
 * probabilities, whatever the load does. Renewal: stretches by the robots end with a window, phases by hand after L steps.
 */
export function course(p: IllusoryInjection, powers: Powers): Course {
  const { steps, window, hold } = p;
  const { move, settle, unsafe } = laws(p);
  const [honest, hand] = [settle("honest"), settle("hand")];
  const quiet = unsafe(hand);
  if (alwaysByHand(p)) return { security: 1 - quiet, byHand: 1 };
  const push = p.push * p.taken;

  /** Unsafe steps among the first n of a stretch that begins in m, and of the `SETTLED` by hand after each window's end. */
  const stretch = (m: Moments, passed: number) => {
    const until = [0];
    const after = new Map<number, number[]>();
    for (let n = 1, now = m; n <= steps; n++) {
      now = move(now, "pretend", push);
      until.push(until[n - 1] + unsafe(now));
      if ((n + passed) % window > 0) continue;
      const sums = [0];
      for (let j = 1, then = now; j <= SETTLED; j++) {
        then = move(then, "hand", 0);
        sums.push(sums[j - 1] + unsafe(then));
      }
      after.set(n, sums);
    }
    return { until, after };
  };
  let harm = 0;
  let byHand = 0;
  const begins = new Float64Array(steps + 1); // probability that a stretch begins after t steps
  /** Plays a stretch that begins after t steps, with this probability. */
  const from = (t: number, weight: number, { until, after }: ReturnType<typeof stretch>, first: number) => {
    let alive = weight;
    let power = first;
    for (const [n, sums] of after) {
      if (t + n > steps) break;
      const rung = alive * power;
      const length = Math.min(hold, steps - t - n);
      harm += rung * (until[n] + sums[Math.min(length, SETTLED)] + Math.max(0, length - SETTLED) * quiet);
      byHand += rung * length;
      if (t + n + hold <= steps) begins[t + n + hold] += rung;
      alive -= rung;
      power = powers.later;
    }
    harm += alive * until[steps - t];
  };
  for (let passed = 0; passed < window; passed++) {
    from(0, (1 - p.falseAlarm) / window, stretch(honest, passed), powers.begun(window - passed));
  }
  for (let left = 1; left <= hold; left++) {
    const length = Math.min(left, steps);
    harm += (p.falseAlarm / hold) * length * quiet;
    byHand += (p.falseAlarm / hold) * length;
    if (left <= steps) begins[left] += p.falseAlarm / hold;
  }
  const fresh = stretch(hand, 0);
  for (let t = 0; t <= steps; t++) if (begins[t] > 0) from(t, begins[t], fresh, powers.fresh);
  return { security: 1 - harm / steps, byHand: byHand / steps };
}
