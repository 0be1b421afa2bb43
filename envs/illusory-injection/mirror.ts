import { Normals, type Rng } from "masque";
import { A, gains, type Setting } from "./model.ts";

/**
 * What the attackers know and pretend: a filter of where the load is, what the controller must believe, and the twin, a
 * load that nobody pushes, under the same commands as far as attackers know them. Readings of the twin are the illusion:
 * where all devices are taken and there is no watermark they have exactly the law of honest ones, whatever the push.
 */
export interface Mirror {
  /** Where the load will be in the next step, by the readings of the taken devices. */
  place: number;
  /** Where the controller thinks that it will be. */
  belief: number;
  /** Whether the twin runs, and where its load is. */
  twin: boolean;
  ghost: number;
  /** Open-loop effect of the pushes since the last hand-back: Δ' = A·Δ + push. */
  drift: number;
  /** What the window's energy must be so far: their own reports against `belief`. */
  energy: number;
  begin(rng: Rng): void;
  /** Starts the twin where the controller thinks the load is, as uncertain as the controller is, unless it runs. */
  conjure(): void;
  /** A reading of the twin. */
  read(): number;
  /** A window is done. */
  turn(): void;
  /** A step by the robots: `own` is the mean of the taken devices' readings, `sent` the sum of what they reported. */
  follow(own: number, sent: number, push: number, watermark: number): void;
  /** A step by hand: nothing that devices do matters, and the twin is gone. */
  rest(own: number): void;
  /** Control goes back to the robots, who are told where the load is expected to be. */
  meet(expected: number): void;
}

export function mirror(p: Setting): Mirror {
  const { control, prior, gain, spyGain, surprise } = gains(p);
  const perSurprise = 1 / surprise;
  const others = p.devices - p.taken;
  const perDevice = 1 / p.devices;
  const spread = Math.sqrt(prior);
  const error = Math.sqrt(p.noise);
  const { leak } = p;
  const normals = new Normals();
  const drawn = new Float64Array(p.taken + 2);
  let next = drawn.length;
  const draw = () => {
    if (next === drawn.length) {
      normals.fill(drawn, drawn.length);
      next = 0;
    }
    return drawn[next++];
  };
  return {
    place: 0,
    belief: 0,
    twin: false,
    ghost: 0,
    drift: 0,
    energy: 0,
    begin(rng) {
      normals.seed(rng);
      next = drawn.length;
      this.place = this.belief = this.ghost = this.drift = this.energy = 0;
      this.twin = false;
    },
    conjure() {
      if (this.twin) return;
      this.twin = true;
      this.ghost = this.belief + spread * draw();
    },
    read() {
      return this.ghost + error * draw();
    },
    turn() {
      this.energy = 0;
    },
    follow(own, sent, push, watermark) {
      const place = this.place + spyGain * (own - this.place);
      const heard = (sent + others * place) * perDevice;
      const difference = heard - this.belief;
      const estimate = this.belief + gain * difference;
      this.energy += difference * difference * perSurprise;
      const command = leak ? watermark - control * estimate : -control * estimate;
      this.place = A * place + command + push;
      this.belief = A * estimate + command;
      this.drift = A * this.drift + push;
      if (this.twin) this.ghost = A * this.ghost + command + draw();
    },
    rest(own) {
      const place = this.place + spyGain * (own - this.place);
      this.place = this.belief = (A - control) * place;
      this.drift = 0;
      this.twin = false;
      this.energy = 0;
    },
    meet(expected) {
      this.belief = this.place = expected;
    },
  };
}
