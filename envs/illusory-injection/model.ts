import { expm1, log1p } from "masque/numeric";
import { chiSquareSf, normalIsf } from "masque/stats";

/** The load drifts as x' = A·x + u + push + w, w ~ N(0, 1). */
export const A = 0.95;
/** Price of control in the cost x² + EFFORT·u². */
export const EFFORT = 0.5;
/** Variance of the hand's own gauge, which devices do not touch. */
export const GAUGE = 0.25;
/** Steps that every episode plays before the first that counts; at least a window. */
export const WARM_UP = 20;

export interface Setting {
  readonly devices: number;
  readonly taken: number;
  readonly noise: number;
  readonly window: number;
  readonly hold: number;
  readonly watermark: number;
  readonly falseAlarm: number;
  readonly fusion: "joint" | "fused" | "separate";
  readonly leak: boolean;
}

/** The positive root of x² + bx = c. */
const root = (b: number, c: number): number => (Math.sqrt(b * b + 4 * c) - b) / 2;

/** Variance of a scalar Kalman filter's prediction, in the long run, for readings of variance V and drift of variance W. */
const predicted = (V: number, W: number): number => root((1 - A * A) * V - W, W * V);

/** Gains of the control loop and of the filters, all in closed form: every Riccati equation here is scalar. */
export function gains({ devices, taken, noise, watermark, leak }: Setting) {
  // S = 1 + A²S − (AS)²/(S + EFFORT)
  const value = root(EFFORT - 1 - A * A * EFFORT, EFFORT);
  const control = (A * value) / (value + EFFORT);
  const reading = noise / devices;
  const prior = predicted(reading, 1);
  const own = noise / taken;
  const unknown = predicted(own, leak ? 1 : 1 + watermark);
  return {
    /** S, what a unit of squared displacement costs from here on. */
    value,
    /** k: the controller asks for u = −k·x̂. */
    control,
    /** V, variance of the fused reading. */
    reading,
    /** P, variance of the controller's prediction while devices are heard. */
    prior,
    /** Σ = P + V, variance of what the fused reading differs from its prediction. */
    surprise: prior + reading,
    /** K, what the controller's estimate takes of that. */
    gain: prior / (prior + reading),
    /** The same of the attackers' filter, which hears the devices they hold and does not know the watermark unless it leaks. */
    spyGain: unknown / (unknown + own),
  };
}

/** J: what an automatic step costs in the mean (linear-quadratic-Gaussian control, and a watermark of variance σ²). */
export function cost(setting: Setting, watermark = setting.watermark): number {
  const { value, control, prior, gain } = gains(setting);
  return value + (1 - gain) * prior * control * control * (value + EFFORT) + watermark * (value + EFFORT);
}

/** Whether false alarms may take so much of the time that all of it is by hand: L/(w+L) is what alarms in every window take. */
export const alwaysByHand = ({ falseAlarm, hold, window }: Setting): boolean => falseAlarm >= hold / (window + hold);

/** p: alarm probability of a window under honest play at which a share α of all time is by hand, α = pL/(w + pL). */
export const alarmRate = ({ falseAlarm, hold, window }: Setting): number =>
  Math.min(1, (falseAlarm * window) / (hold * (1 - falseAlarm)));

/** Thresholds at which one window of one tested stream of readings alarms; ∞ where there is no such test. */
export interface Thresholds {
  /** Σz² less what the watermark explains of it, χ² with w−1 degrees; or Σz² whole, χ² with w, without a watermark. */
  readonly energy: number;
  /** −Σzζ/√Σζ², N(0,1): large where readings lack the watermark. */
  readonly mark: number;
  /** Σ(y_j − ȳ)²/R over steps and robots, χ² with w(m−1) degrees: large where robots tell different stories. */
  readonly spread: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Thresholds at alarm probability `p` a window. Energy, mark and spread are independent under honest play, and so (nearly)
 * are the robots of `separate`: the level is shared among them so that p is what comes of all.
 */
export function thresholds(setting: Setting, p = alarmRate(setting)): Thresholds {
  const { fusion, devices, window, watermark } = setting;
  if (p <= 0) return { energy: NEVER, mark: NEVER, spread: NEVER };
  const marked = watermark > 0;
  const compared = fusion === "joint" && devices > 1;
  const tests = (fusion === "separate" ? devices : 1) * (marked ? 2 : 1) + (compared ? 1 : 0);
  const level = p >= 1 ? 1 : -expm1(log1p(-p) / tests);
  return {
    energy: chiSquareIsf(level, marked ? window - 1 : window),
    mark: marked ? (level >= 1 ? Number.NEGATIVE_INFINITY : normalIsf(level)) : NEVER,
    spread: compared ? chiSquareIsf(level, window * (devices - 1)) : NEVER,
  };
}

/** The value that a χ² variable exceeds with probability p, by bisection. */
export function chiSquareIsf(p: number, degrees: number): number {
  if (p >= 1) return 0;
  let low = 0;
  let high = degrees + 1;
  while (chiSquareSf(high, degrees) > p) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (chiSquareSf(middle, degrees) > p) low = middle;
    else high = middle;
  }
  return high;
}
