import type { PolicyFor } from "masque";
import type env from "./env.ts";
import { actionFor, HONEST, type PUSHES } from "./model.ts";

export type Byzantine = PolicyFor<typeof env, "byzantine">;
/** A push among those that actions have. */
export type Push = (typeof PUSHES)[number];

/** How an attacker pushes, round by round. */
export interface Plan {
  /** What it reports by default; all scores below are along this push. */
  readonly push: Push;
  /** What it reports instead once its score has passed `ceiling` cuts, */
  readonly rest?: Push;
  readonly ceiling?: number;
  /** until the score has fallen to so many cuts; the ceiling itself when omitted. */
  readonly resume?: number;
  /** What it reports while it is left out; as ever when omitted. */
  readonly hidden?: Push;
  /** What it reports while it is left out and rests; as `hidden` when omitted. */
  readonly sunk?: Push;
  /** Rounds for which every second attacker is honest at first, so that attackers take turns. */
  readonly late?: number;
  /** Rounds after which all pushes change sign, again and again. */
  readonly half?: number;
  /** Rounds for which they stay turned; `half` when omitted. */
  readonly back?: number;
  /** Pushes go with the model's error: turned while it is on the other side. */
  readonly steer?: boolean;
  /** All pushes change sign whenever the side's mean score along them passes so many cuts. */
  readonly turn?: number;
}

/** Plays a plan. Attackers look at nothing but what they see themselves. */
export const plan =
  ({
    push,
    rest,
    ceiling = 1,
    resume = ceiling,
    hidden,
    sunk = hidden,
    late = 0,
    half = 0,
    back = half,
    steer = false,
    turn,
  }: Plan): Byzantine =>
  ({ at }) => {
    const way = push !== "honest" && push < 0 ? -1 : 1;
    const act = (value: Push, sign: number) => (value === "honest" ? HONEST : actionFor(value * sign));
    // By sign: [as it stands, turned].
    const actions = { push: [act(push, 1), act(push, -1)] };
    const resting = rest === undefined ? actions.push : [act(rest, 1), act(rest, -1)];
    const unseen = hidden === undefined ? actions.push : [act(hidden, 1), act(hidden, -1)];
    const deep = sunk === undefined ? resting : [act(sunk, 1), act(sunk, -1)];
    return {
      stateSize: 3, // rounds played; 1 while pushes are turned; 1 while it rests
      act({ rows, count, obs, obsSize, state, actions: out }) {
        for (let row = 0; row < rows; row++) {
          const from = row * obsSize;
          const t = state[3 * row]++;
          const phase = t % (half + back);
          if (half > 0 && t > 0 && (phase === 0 || phase === half)) state[3 * row + 1] = 1 - state[3 * row + 1];
          if (steer) state[3 * row + 1] = way * obs[from + at.error] < 0 ? 1 : 0;
          const before = state[3 * row + 1] === 1 ? -way : way;
          if (turn !== undefined && before * obs[from + at.side] > turn) state[3 * row + 1] = 1 - state[3 * row + 1];
          const turned = state[3 * row + 1];
          const score = (turned === 1 ? -way : way) * obs[from + at.score];
          if (score > ceiling) state[3 * row + 2] = 1;
          else if (score <= resume) state[3 * row + 2] = 0;
          if (t < late && (row % count) % 2 === 0) out[row] = HONEST;
          else {
            const rests = state[3 * row + 2] === 1;
            if (obs[from + at.excluded] > 0.5) out[row] = (rests ? deep : unseen)[turned];
            else out[row] = (rests ? resting : actions.push)[turned];
          }
        }
      },
    };
  };
