import { Normals, type Rng } from "masque";
import { type Detector, detector, GOES_ON, type Verdict } from "./detector.ts";
import { type Mirror, mirror } from "./mirror.ts";
import { A, alwaysByHand, EFFORT, GAUGE, gains, type Setting, WARM_UP } from "./model.ts";
import { ILLUSION, LESS, MORE } from "./spaces.ts";

interface Strength extends Setting {
  readonly range: number;
  readonly push: number;
}

/** The load, whoever carries it, and what is known and pretended about it. */
export interface Plant {
  readonly tests: Detector;
  readonly spy: Mirror;
  /** Readings of the taken robots. */
  readonly own: Float64Array;
  /** The load's place, and where the controller expects it. */
  x: number;
  expected: number;
  /** Steps by hand still to come; raise it to take over. */
  left: number;
  /** Steps since the last hand-back. */
  since: number;
  /** Of the last step: whether it was by hand, what its window came to, x² + EFFORT·u². */
  byHand: boolean;
  verdict: Verdict;
  cost: number;
  /** What the fused reading differed from its prediction by, in deviations; and the watermark that the next one hides. */
  surprise: number;
  watermark: number;
  /** How far the gauge found the load from where it was expected at the last take-over. */
  found: number;
  /** In the long run a share α of innocent time is by hand, and windows are at any of their steps: so it begins. */
  begin(rng: Rng): void;
  /** A step; without actions everyone is honest. Noise does not depend on what anyone does. */
  advance(actions: Int32Array | null): void;
}

/**
 * A step by the robots: they read, report and push; the mean of their reports corrects the estimate, windows are tested.
 * A step by hand: its own gauge is heard, and nothing that robots do counts. Then the command, with a watermark if robots
 * carry it out, and the load moves.
 */
export function plant(p: Strength & { readonly falseAlarm: number }): Plant {
  const { devices, taken, range, push, hold, window } = p;
  const { control, reading, prior } = gains(p);
  const never = alwaysByHand(p);
  const separate = p.fusion === "separate";
  const warmUp = Math.max(WARM_UP, window);
  const error = Math.sqrt(p.noise);
  const perNoise = 1 / p.noise;
  const gaugeError = Math.sqrt(GAUGE);
  const mark = Math.sqrt(p.watermark);
  // Imported names are looked up in every use.
  const [a, effort, gauge] = [A, EFFORT, GAUGE];
  const [less, more, illusion] = [LESS, MORE, ILLUSION];

  const normals = new Normals();
  const noise = new Float64Array(devices + 3); // of the robots' gauges, the load, the watermark, the hand's gauge
  const own = new Float64Array(taken);
  const surprises = new Float64Array(devices); // of the streams that are tested
  const tests = detector(p);
  const spy = mirror(p);
  let variance = prior; // of the controller's prediction
  let estimate = 0; // what it makes of the readings

  return {
    tests,
    spy,
    own,
    x: 0,
    expected: 0,
    left: 0,
    since: 0,
    byHand: false,
    verdict: GOES_ON,
    cost: 0,
    surprise: 0,
    watermark: 0,
    found: 0,
    begin(rng) {
      normals.seed(rng);
      spy.begin(rng);
      this.x = this.expected = this.watermark = this.found = this.left = this.since = 0;
      this.byHand = false;
      this.verdict = GOES_ON;
      variance = prior;
      tests.energy = tests.mark = tests.spread = 0;
      tests.restart(warmUp - rng.int(0, window));
      if (!never && rng.float() < p.falseAlarm) this.left = warmUp + 1 + rng.int(0, hold);
      for (let t = 0; t < warmUp; t++) this.advance(null);
    },
    advance(actions) {
      normals.fill(noise, devices + 3);
      const { x, expected } = this;
      const manual = never || this.left > 0;
      const next = manual ? 0 : mark * noise[devices + 1];
      let pushed = 0;
      let mine = 0;
      for (let j = 0; j < taken; j++) {
        own[j] = x + error * noise[j];
        mine += own[j];
      }
      if (manual) {
        const gain = variance / (variance + gauge);
        const difference = x + gaugeError * noise[devices + 2] - expected;
        if (!this.byHand) this.found = Math.abs(difference);
        this.surprise = 0;
        this.verdict = GOES_ON;
        estimate = expected + gain * difference;
        variance = a * a * (1 - gain) * variance + 1;
        spy.rest(mine / taken);
      } else {
        const scale = separate ? 1 / Math.sqrt(variance + error * error) : 0;
        let sum = 0;
        let squares = 0;
        let lied = false;
        if (actions) for (let j = 0; j < taken; j++) if (actions[2 * j] === illusion) lied = true;
        if (lied) spy.conjure();
        else spy.twin = false;
        for (let j = 0; j < taken; j++) {
          let report = own[j];
          if (actions) {
            const way = actions[2 * j];
            if (way === less) report -= range;
            else if (way === more) report += range;
            else if (way === illusion) report = spy.read();
            pushed += actions[2 * j + 1] - 1;
          }
          sum += report;
          squares += report * report;
          if (separate) surprises[j] = (report - expected) * scale;
        }
        const sent = sum;
        for (let j = taken; j < devices; j++) {
          const report = x + error * noise[j];
          sum += report;
          squares += report * report;
          if (separate) surprises[j] = (report - expected) * scale;
        }
        const total = variance + reading;
        const gain = variance / total;
        const difference = sum / devices - expected;
        this.surprise = difference / Math.sqrt(total);
        if (!separate) surprises[0] = this.surprise;
        this.verdict = tests.hear(surprises, this.watermark, (squares - (sum * sum) / devices) * perNoise);
        estimate = expected + gain * difference;
        variance = a * a * (1 - gain) * variance + 1;
        pushed *= push;
        spy.follow(mine / taken, sent, pushed, next);
        if (this.verdict !== GOES_ON) spy.turn();
      }
      const command = next - control * estimate;
      this.cost = x * x + effort * command * command;
      this.x = a * x + command + pushed + noise[devices];
      this.expected = a * estimate + command;
      this.watermark = next;
      this.byHand = manual;
      if (!manual) this.since++;
      else if (this.left > 0 && --this.left === 0) {
        tests.restart(0);
        spy.meet(this.expected);
        this.since = 0;
      }
    },
  };
}
