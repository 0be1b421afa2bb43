import { type Dials, HELD_LOUDLY, HELD_QUIETLY, keeping, type Laws, LOUD, PING, QUIET, taking, WAIT } from "./model.ts";

/** What to do with one resource: by steps left (this one included), as what it is held, and age since known; age 0 is lost. */
export type Plan = (left: number, loud: boolean, age: number) => number;

export interface Program {
  readonly plan: Plan;
  /** What the resource gains over the episode, from the start, when it is lost. */
  readonly gain: number;
}

/** Longest age told apart: what was not heard of for longer counts as lost. */
const OLDEST = 256;
/** Steps left told apart: further from the end, play does not depend on it. */
const FURTHEST = 512;

/**
 * The best response of one intruder to a memoryless warden, exactly, by backward induction over the steps left: what it
 * knows is as what it came in and how long ago that was confirmed, so the hold has survived with chance ρ^age. `inside`:
 * whether the other intruders hold something, which is exact where nobody depends on it (one resource, or foothold 1).
 */
export function program(
  laws: Laws & Dials & { readonly steps: number },
  inside: boolean,
  kept: (held: number) => number = (held) => keeping(held, laws, laws),
): Program {
  const { steps, strikeCost, pingCost } = laws;
  const told = Math.min(steps, FURTHEST);
  const ages = Math.min(told, OLDEST);
  const states = 1 + 2 * ages; // lost; quiet at ages 1 …; loud at ages 1 …
  const held = [QUIET, LOUD].map((_, mode) => 1 + mode * ages);
  // Whether it is still held once the warden has moved, by state.
  const alive = new Float64Array(states);
  [HELD_QUIETLY, HELD_LOUDLY].forEach((as, mode) => {
    const rho = kept(as);
    for (let age = 1, chance = rho; age <= ages; age++, chance *= rho) alive[held[mode] + age - 1] = chance;
  });
  const take = [QUIET, LOUD].map((strike) => taking(strike, inside, laws));
  const choice = new Uint8Array(told * states);
  let value = new Float64Array(states); // with `left` − 1 steps left
  for (let left = 1; left <= steps; left++) {
    const next = new Float64Array(states);
    for (let state = 0; state < states; state++) {
      const mode = state >= held[1] ? 1 : 0;
      const age = state === 0 ? 0 : state - held[mode] + 1;
      const still = alive[state];
      const older = state === 0 || age === ages ? 0 : state + 1;
      const confirmed = 1 + value[state === 0 ? 0 : held[mode]];
      let best = still + value[older];
      let action: number = WAIT;
      const ping = still * confirmed + (1 - still) * value[0] - pingCost;
      if (ping > best + 1e-12) {
        best = ping;
        action = PING;
      }
      for (let m = 0; m < 2; m++) {
        const struck = take[m] * (1 + value[held[m]]) + (1 - take[m]) * value[0];
        const strike = still * confirmed + (1 - still) * struck - strikeCost;
        if (strike > best + 1e-12) {
          best = strike;
          action = m === 0 ? QUIET : LOUD;
        }
      }
      next[state] = best;
      if (left <= told) choice[(left - 1) * states + state] = action;
    }
    value = next;
  }
  return {
    gain: value[0],
    plan: (left, loud, age) => {
      const state = age === 0 || age > ages ? 0 : held[loud ? 1 : 0] + age - 1;
      return choice[(Math.min(left, told) - 1) * states + state];
    },
  };
}
