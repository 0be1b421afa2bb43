import { constant, type PolicyFor, type ScriptsFor } from "masque";
import type env from "./env.ts";
import { A } from "./model.ts";
import { FAR, ILLUSION, LESS, TRUTH } from "./spaces.ts";

type Device = PolicyFor<typeof env, "device">;

const BACK = 0;
const STILL = 1;
const PUSH = 2;

/** How the taken robots lie and push together. */
export interface Plan {
  /** Robots that report the twin's readings; all of them when omitted. */
  readonly illusions?: number;
  /**
   * What the others report: the truth; less B, always; less B, all of them, while Δ > 1.25; or as many of them less B as
   * hide the drift best in the mean of all readings.
   */
  readonly others?: "truth" | "less" | "rough" | "hide";
  readonly from?: number;
  /** Δ that they push up to: each robot always pushes while below when `rough`, else as many as reach it. */
  readonly ceiling?: number;
  readonly rough?: boolean;
  /** Steps of every `of` in which they attack, from the last hand-back on; in the others they are honest. */
  readonly rhythm?: readonly [on: number, of: number];
}

/** Plays a plan. A robot sees what all see and knows its number. */
export const play =
  (plan: Plan): Device =>
  ({ params: p, count, at }) => {
    const { illusions = count, others = "truth", ceiling = Number.POSITIVE_INFINITY, rough = false, rhythm } = plan;
    const hidden = Math.min(count, illusions);
    const honest = p.devices - hidden; // in what they say of the twin, though perhaps biased
    return {
      stateSize: rhythm ? 1 : 0,
      act({ rows, obs, obsSize, state, actions }) {
        for (let row = 0; row < rows; row++) {
          const from = row * obsSize;
          const j = row % count;
          const drift = obs[from + at.drift] * FAR;
          let report = TRUTH;
          let push = STILL;
          if (!rhythm || beats(rhythm, obs[from + at.manual], state, row)) {
            if (j < hidden) report = ILLUSION;
            else if (others === "less" || (others === "rough" && drift > (plan.from ?? 1.25))) report = LESS;
            else if (others === "hide" && j - hidden < Math.round((honest * drift) / p.range)) report = LESS;
            if (rough) push = drift < ceiling ? PUSH : STILL;
            else {
              const pushes = Math.round((ceiling - A * drift) / p.push);
              push = j < pushes ? PUSH : j < -pushes ? BACK : STILL;
            }
          }
          actions[2 * row] = report;
          actions[2 * row + 1] = push;
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

const attack = (summary: string, plan: Plan) => ({ summary, roles: { device: play(plan) } });

/** Does as the honest do. */
const honest = play({ illusions: 0, ceiling: 0 });

export const variants = [{}] as const;

export default {
  defaults: { guard: constant(0) },
  attacks: {
    none: { summary: "does as the honest do", roles: { device: play({ illusions: 0, rhythm: [0, 1] }) } },
    push: attack("naive: pushes and reports the truth", { illusions: 0 }),
    biaspush: attack("pushes, and everyone reports less", { illusions: 0, others: "less" }),
    illusion: attack("pushes behind the twin's readings", {}),
    illus5: attack("the same up to Δ = 5", { ceiling: 5, rough: true }),
    covert25: attack("", { illusions: 0, others: "rough", ceiling: 2.5, rough: true }),
    covert32: attack("", { illusions: 0, others: "rough", ceiling: 3.2, rough: true }),
    covert4: attack("", { illusions: 0, others: "rough", ceiling: 4, rough: true }),
    covert5: attack("", { illusions: 0, others: "rough", ceiling: 5, rough: true }),
    hide35: attack("", { illusions: 0, others: "hide", ceiling: 3.5 }),
    hide4: attack("", { illusions: 0, others: "hide", ceiling: 4 }),
    hide45: attack("", { illusions: 0, others: "hide", ceiling: 4.5 }),
    hide5: attack("", { illusions: 0, others: "hide", ceiling: 5 }),
    blend14: attack("", { illusions: 1, others: "hide", ceiling: 4 }),
    blend15: attack("", { illusions: 1, others: "hide", ceiling: 5 }),
    blend24: attack("", { illusions: 2, others: "hide", ceiling: 4 }),
    blend25: attack("", { illusions: 2, others: "hide", ceiling: 5 }),
    blend26: attack("", { illusions: 2, others: "hide", ceiling: 6 }),
    blend36: attack("", { illusions: 3, others: "hide", ceiling: 6 }),
    pulse: attack("", { illusions: 0, others: "less", rhythm: [10, 32] }),
    pulseI: attack("", { rhythm: [16, 48] }),
  },
  defences: {},
} satisfies ScriptsFor<typeof env>;
