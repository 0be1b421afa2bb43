import type { PolicyFor } from "masque";
import type env from "./env.ts";
import { clockPeriod, keeping, type LOUD, PING, type QUIET, seen, WAIT } from "./model.ts";
import { program } from "./program.ts";

export type Intruder = PolicyFor<typeof env, "intruder">;
export type Strike = typeof QUIET | typeof LOUD;

/** What intruders of one copy know together, before they act. */
export interface Sight {
  /** Steps taken in this episode. */
  t: number;
  /** Steps since it was last known that resource i is held; 0 where it is believed lost. */
  readonly age: Int32Array;
  /** As what they came in, where they believe to hold: 1 loudly. */
  readonly loud: Uint8Array;
  /** How many they believe to hold. */
  believed: number;
  /** Whether a loss was seen in the last step. */
  loss: boolean;
  /** `memory` floats a resource that last through the episode. */
  readonly memory: Float32Array;
  /** To be written; WAIT where it is not. */
  readonly actions: Int32Array;
}

/** Intruders led by one mind: `decide` sees what all of them know. Ages are counted beyond those in observations. */
export const led =
  (decide: (sight: Sight) => void, memory = 0): Intruder =>
  ({ params: { steps }, count, at }) => {
    const size = 1 + memory;
    const sight: Sight = {
      t: 0,
      age: new Int32Array(count),
      loud: new Uint8Array(count),
      believed: 0,
      loss: false,
      memory: new Float32Array(count * memory),
      actions: new Int32Array(count),
    };
    return {
      stateSize: size,
      act({ rows, obs, obsSize, state, actions }) {
        for (let from = 0; from < rows; from += count) {
          sight.believed = 0;
          for (let i = 0; i < count; i++) {
            const see = (from + i) * obsSize;
            const own = (from + i) * size;
            const age = obs[see + at.lost] === 1 ? 0 : obs[see + at.outcome] === 1 ? 1 : state[own] + 1;
            state[own] = age;
            sight.age[i] = age;
            sight.loud[i] = obs[see + at.loud];
            if (age > 0) sight.believed++;
            for (let m = 0; m < memory; m++) sight.memory[i * memory + m] = state[own + 1 + m];
          }
          sight.t = Math.round(obs[from * obsSize + at.time] * steps);
          sight.loss = obs[from * obsSize + at.loss] === 1;
          sight.actions.fill(WAIT);
          decide(sight);
          for (let i = 0; i < count; i++) {
            actions[from + i] = sight.actions[i];
            for (let m = 0; m < memory; m++) state[(from + i) * size + 1 + m] = sight.memory[i * memory + m];
          }
        }
      },
    };
  };

export interface Raid {
  readonly strike: Strike;
  /** Steps after which a hold is no longer taken for granted, */
  readonly period: number;
  /** but looked after by a ping, or by another strike. */
  readonly check: typeof PING | Strike;
  /** How many strike at most in a step while outside; all when omitted. */
  readonly entry?: number;
  /** Resources that they hold at most; all when omitted. */
  readonly most?: number;
  /** Steps after a loss in which nobody strikes; 0 when omitted. */
  readonly pause?: number;
  /** After a loss all others are pinged at once. */
  readonly flinch?: boolean;
}

/** Strikes what is lost, and checks what was not heard of for a period. */
export const raid = ({ strike, period, check, entry = 64, most = 64, pause = 0, flinch = false }: Raid): Intruder =>
  led(({ age, believed, loss, memory, actions }) => {
    if (loss) memory[0] = pause;
    else if (memory[0] > 0) memory[0]--;
    let strikes = memory[0] > 0 ? 0 : Math.min(most - believed, believed > 0 ? age.length : entry);
    for (let i = 0; i < age.length; i++) {
      if (age[i] === 0) {
        if (strikes-- > 0) actions[i] = strike;
      } else if (age[i] >= period) actions[i] = check;
      else if (flinch && loss && age[i] > 1) actions[i] = PING;
    }
  }, 1);

/** Believes in sweeps: a loss means that all is lost that was last known held before; one ping a period stands for all. */
export const sync = (strike: Strike, period: number, entry = 64): Intruder =>
  led(({ t, age, loss, memory, actions }) => {
    if (loss) memory[0] = t - 1; // the last step in which a loss was seen
    let youngest = -1;
    for (let i = 0; i < age.length; i++) {
      if (age[i] === 0 || t - age[i] < memory[0]) actions[i] = strike;
      else if (youngest < 0 || age[i] < age[youngest]) youngest = i;
    }
    if (youngest < 0) actions.fill(WAIT, entry);
    else if (age[youngest] >= period) {
      actions.fill(WAIT);
      actions[youngest] = PING;
    }
  }, 1);

/** Pings the resource longest unheard of, once a period; when it is lost, pings all others before anything else. */
export const sentinel = (strike: Strike, period: number): Intruder =>
  led(({ age, believed, loss, actions }) => {
    let oldest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < age.length; i++) {
      if (age[i] > age[oldest]) oldest = i;
      if (age[i] > 0) least = Math.min(least, age[i]);
    }
    if (loss) for (let i = 0; i < age.length; i++) if (age[i] > 1) actions[i] = PING;
    if (!loss && believed > 0 && least >= period) actions[oldest] = PING;
    let first = true;
    for (let i = 0; i < age.length; i++) {
      if (age[i] > 0) continue;
      if (believed > 0 ? !loss : first) actions[i] = strike;
      first = false;
    }
  });

/** Takes the warden for a clock: pings in every step until a loss shows the phase, then strikes with each reset. */
export const phase =
  (strike: Strike): Intruder =>
  (context) => {
    const period = clockPeriod(context.params.reset);
    return led(({ t, age, memory, actions }) => {
      for (let i = 0; i < age.length; i++) {
        // memory: the phase plus 1; 0 while unknown. And whether it was believed held in the last step.
        if (memory[2 * i] === 0 && memory[2 * i + 1] === 1 && age[i] === 0) memory[2 * i] = 1 + ((t - 1) % period);
        if (age[i] === 0) actions[i] = strike;
        else if (memory[2 * i] === 0) actions[i] = PING;
        else if (t % period === memory[2 * i] - 1) actions[i] = strike;
        else if (age[i] > 2 * period) actions[i] = PING;
        memory[2 * i + 1] = age[i] > 0 ? 1 : 0;
      }
    }, 2)(context);
  };

/**
 * Every intruder follows the exact programme of a single one with a foothold, loudly or quietly as that pays, to the end of
 * the episode. A hunt counts as if all others were held: then each of them evicts it by what scans see of them.
 */
export const programmed: Intruder = (context) => {
  const { params: p, count } = context;
  const hunted = p.hunt > 0 && p.wardens === "central" ? count - 1 : 0;
  const kept = (held: number) => keeping(held, p, p) * Math.max(0, 1 - hunted * p.scan * seen(held, p));
  const { plan } = program(p, count > 1, kept);
  return led(({ t, age, loud, actions }) => {
    for (let i = 0; i < count; i++) actions[i] = plan(p.steps - t, loud[i] === 1, age[i]);
  })(context);
};
