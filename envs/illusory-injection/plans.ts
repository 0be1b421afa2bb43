import type { PolicyFor } from "masque";
import type env from "./env.ts";
import { A, gains } from "./model.ts";
import { FAR, ILLUSION, LESS, REACH, TRUTH } from "./spaces.ts";

type Device = PolicyFor<typeof env, "device">;

const BACK = 0;
const STILL = 1;
const PUSH = 2;

/** How the taken robots lie and push together. */
export interface Plan {
  /** What they report: the truth, the twin's readings, less B, or as many less B as hide Δ best in the mean of all. */
  readonly report: "truth" | "twin" | "less" | "hide";
  /** Share of the robots that report the twin's readings all the same. */
  readonly twins?: number;
  /** `less` only where Δ is above this, */
  readonly from?: number;
  /** or where the load is by this farther than the controller thinks. */
  readonly gap?: number;
  /**
   * Push: with all their might; all of them below a Δ; as many as hold Δ there; or as many as take the load to a place,
   * by `slack` times as much farther as the window's energy is behind its mean, and by `rise` times the energy.
   */
  readonly push:
    | "none"
    | "full"
    | { readonly upTo: number }
    | { readonly hold: number }
    | { readonly aim: number; readonly slack?: number; readonly rise?: number };
  /** Steps of every `of` in which they attack, from the last hand-back on; in the others they are honest. */
  readonly rhythm?: readonly [on: number, of: number];
}

/** Windows' mean energies that an energy of 1 stands for. */
const MEANS = 4;

/** Plays a plan, for all taken robots at once. */
export const play =
  (plan: Plan): Device =>
  ({ params: p, count, at }) => {
    const { report, from = Number.NEGATIVE_INFINITY, gap = Number.NEGATIVE_INFINITY, rhythm } = plan;
    const twins = report === "twin" ? count : Math.round((plan.twins ?? 0) * count);
    const others = p.devices - twins;
    const { control, gain } = gains(p);
    const perPush = p.push > 0 ? 1 / p.push : 0;

    /** Robots that must push (back, below 0) for the load to be at `target` after this step, if all report alike. */
    function pushesTo(target: number, place: number, belief: number, less: boolean): number {
      const heard = less ? place - p.range : place;
      return Math.round((target - A * place + control * (belief + gain * (heard - belief))) * perPush);
    }
    return {
      stateSize: rhythm ? 1 : 0,
      act({ rows, obs, obsSize, state, actions }) {
        // Robots of a copy see the same but for their own readings, which no plan looks at.
        for (let row = 0; row < rows; row += count) {
          const o = row * obsSize;
          let liars = 0; // robots after the twins that report less
          let pushes = 0;
          const attacks = !rhythm || beats(rhythm, obs[o + at.manual], state, row);
          if (attacks) {
            const drift = obs[o + at.drift] * FAR;
            const place = obs[o + at.place] * REACH;
            const belief = obs[o + at.belief] * REACH;
            const less = report === "less" && drift > from && place - belief > gap;
            liars = less ? count : report === "hide" ? Math.round((others * drift) / Math.max(p.range, 1e-9)) : 0;
            if (plan.push === "full") pushes = count;
            else if (plan.push === "none") pushes = 0;
            else if ("upTo" in plan.push) pushes = drift < plan.push.upTo ? count : 0;
            else if ("hold" in plan.push) pushes = Math.round((plan.push.hold - A * drift) * perPush);
            else {
              const { aim, slack = 0, rise = 0 } = plan.push;
              const energy = obs[o + at.energy] * MEANS;
              pushes = pushesTo(aim + slack * (obs[o + at.phase] - energy) + rise * energy, place, belief, less);
            }
          }
          for (let j = 0, to = 2 * row; j < count; j++, to += 2) {
            actions[to] = !attacks || j >= twins + liars ? TRUTH : j < twins ? ILLUSION : LESS;
            actions[to + 1] = j < pushes ? PUSH : j < -pushes ? BACK : STILL;
          }
        }
      },
    };
  };

/** Counts the steps since the last hand-back; true in the first `on` of every `of`. */
function beats([on, of]: readonly [number, number], manual: number, state: Float32Array, row: number): boolean {
  const beat = state[row];
  state[row] = manual > 0 ? 0 : (beat + 1) % of;
  return beat < on;
}
