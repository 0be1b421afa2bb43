import { gcd, thresholdOf } from "./ledger.ts";
import { above, accountsPerScore, BAR, drift, flipOf, GRAIN, publishedLaw, refusalThreshold, SIZES } from "./model.ts";
import type { SplitTask } from "./params.ts";

/** P(a log entry says 1 | a request of that load was refused), and accepted; averaged over providers. */
function entriesOf(p: SplitTask): { refused: number[]; accepted: number[] } {
  const theta = refusalThreshold(p.refusal);
  const flip = flipOf(p);
  const chance = (load: number, wasAccepted: boolean): number => {
    let ones = 0;
    let all = 0;
    for (const sign of [-1, 1]) {
      const limit = theta + sign * p.laxness;
      const refused = above(limit, load);
      const high = above(Math.max(BAR, limit), load); // refused, and above the bar
      ones += wasAccepted ? above(BAR, load) - high : high;
      all += wasAccepted ? 1 - refused : refused;
    }
    const bit = all > 1e-12 ? Math.min(1, Math.max(0, ones / all)) : 1;
    return flip + (1 - 2 * flip) * bit;
  };
  return {
    refused: SIZES.map((load) => chance(load, false)),
    accepted: SIZES.map((load) => chance(load, true)),
  };
}

/** What a tenant knows of its score from what it sent, what of it was refused, and that it is not banned. */
export interface Belief {
  /** Floats that a belief takes. */
  readonly size: number;
  /** Writes the belief of a score of 0 to `state[at…]`. */
  begin(state: Float32Array, at: number): void;
  /** Takes note that one account sent that load. */
  hear(load: number, accepted: boolean): void;
  /** Moves the belief on by what was heard since it last moved. */
  move(state: Float32Array, at: number): void;
  /** Spreads it over scores that are `lattice` sixteenths apart, under the lower threshold and the upper: `[2 · scores]`. */
  spread(state: Float32Array, at: number, lattice: number, out: Float64Array): void;
}

export function beliefOf(p: SplitTask): Belief {
  const { low, upper } = thresholdOf(p);
  const most = accountsPerScore(p);
  const falls = Array.from({ length: most + 1 }, (_, sent) => drift(p, sent));
  const grain = falls.reduce(gcd, GRAIN);
  const top = Math.round(low / grain); // the lower threshold
  const size = top + 1; // a score there is below the upper one
  const { refused, accepted } = entriesOf(p);
  const noises = falls.map((_, sent) =>
    p.oversight === "sum" ? Array.from({ length: sent + 1 }, (_, said) => publishedLaw(said, sent, p.sharing)) : null,
  );
  let law = new Float64Array(most + 1);
  let spare = new Float64Array(most + 1);
  const next = new Float64Array(size);
  let sent = 0;
  const forget = () => {
    sent = 0;
    law.fill(0);
    law[0] = 1;
  };
  forget();
  return {
    size,
    begin(state, at) {
      state.fill(0, at, at + size);
      state[at] = 1;
      forget();
    },
    hear(load, wasAccepted) {
      const chance = wasAccepted ? accepted[load] : refused[load];
      for (let said = ++sent; said > 0; said--) law[said] = law[said] * (1 - chance) + law[said - 1] * chance;
      law[0] *= 1 - chance;
    },
    move(state, at) {
      if (sent === 0) return;
      const noise = noises[sent];
      if (noise) {
        spare.fill(0);
        for (let said = 0; said <= sent; said++) {
          for (let entry = 0; entry <= sent; entry++) spare[entry] += law[said] * noise[said][entry];
        }
        [law, spare] = [spare, law];
      }
      next.fill(0);
      let sum = 0;
      for (let score = 0; score < size; score++) {
        const mass = state[at + score];
        if (mass < 1e-9) continue;
        for (let entry = 0; entry <= sent; entry++) {
          const to = Math.max(0, score + (entry * GRAIN - falls[sent]) / grain);
          if (to > top) break;
          const kept = mass * law[entry] * (to < top ? 1 : upper);
          next[to] += kept;
          sum += kept;
        }
      }
      for (let score = 0; score < size && sum > 0; score++) state[at + score] = next[score] / sum;
      forget();
    },
    spread(state, at, lattice, out) {
      const scores = out.length / 2;
      out.fill(0);
      const place = (score: number, mass: number) => {
        // The threshold in force is not known; a score at the lower one is below it only if it is the upper.
        if (score < scores - 1) out[score] += mass * (1 - upper);
        out[scores + score] += score < scores - 1 ? mass * upper : mass;
      };
      for (let score = 0; score < size; score++) {
        const exact = (score * grain) / lattice;
        const whole = Math.min(scores - 1, Math.floor(exact));
        const rest = whole < scores - 1 ? exact - whole : 0;
        place(whole, state[at + score] * (1 - rest));
        if (rest > 0) place(whole + 1, state[at + score] * rest);
      }
    },
  };
}
