import { type Setting, type Thresholds, thresholds } from "./model.ts";

/** Of a window that is not complete, that passed, and that alarms. */
export const GOES_ON = 0;
export const PASSED = 1;
export const ALARM = 2;
export type Verdict = typeof GOES_ON | typeof PASSED | typeof ALARM;

/** Tests of the readings against their predictions, window by window; windows do not overlap. */
export interface Detector {
  /** Steps of the window heard so far. Negative: steps to pass over before the first window begins. */
  heard: number;
  /** Of the last window that was completed, the highest of all streams: statistics over their thresholds. */
  energy: number;
  mark: number;
  spread: number;
  /** Begins a window, after `passed` more steps. */
  restart(passed: number): void;
  /**
   * Hears one step: what stream j's reading differs from its prediction by, in standard deviations, the watermark that
   * went into the prediction, and Σ(y_j − ȳ)²/R.
   */
  hear(surprises: Float64Array, watermark: number, spread: number): Verdict;
}

/** Thresholds that the statistics are shown against where the dial is off and nothing alarms. */
const SHOWN = 0.01;

export function detector(p: Setting): Detector {
  const streams = p.fusion === "separate" ? p.devices : 1;
  const { window } = p;
  const { energy: most, mark: least, spread: widest }: Thresholds = thresholds(p);
  const marked = p.watermark > 0;
  const shown = most < Number.POSITIVE_INFINITY ? thresholds(p) : thresholds(p, SHOWN);
  const per = (threshold: number) => (threshold > 0 ? 1 / threshold : 0);
  const [perEnergy, perMark, perSpread] = [per(shown.energy), per(shown.mark), per(shown.spread)];
  const squares = new Float64Array(streams); // Σz²
  const products = new Float64Array(streams); // Σzζ
  let marks = 0; // Σζ²
  let width = 0; // Σ of spreads

  return {
    heard: 0,
    energy: 0,
    mark: 0,
    spread: 0,
    restart(passed) {
      this.heard = -passed;
      squares.fill(0);
      products.fill(0);
      marks = width = 0;
    },
    hear(surprises, watermark, spread) {
      this.heard++;
      if (this.heard <= 0) return GOES_ON;
      for (let j = 0; j < streams; j++) {
        const z = surprises[j];
        squares[j] += z * z;
        products[j] += z * watermark;
      }
      marks += watermark * watermark;
      width += spread;
      if (this.heard < window) return GOES_ON;
      let verdict: Verdict = width > widest ? ALARM : PASSED;
      let high = 0;
      let low = -Number.MAX_VALUE;
      const scale = marks > 0 ? 1 / Math.sqrt(marks) : 0;
      for (let j = 0; j < streams; j++) {
        const projection = products[j] * scale;
        const energy = squares[j] - projection * projection;
        if (energy > most || (marked && -projection > least)) verdict = ALARM;
        if (energy > high) high = energy;
        if (-projection > low) low = -projection;
      }
      this.energy = high * perEnergy;
      this.mark = low * perMark;
      this.spread = width * perSpread;
      this.restart(0);
      return verdict;
    },
  };
}
