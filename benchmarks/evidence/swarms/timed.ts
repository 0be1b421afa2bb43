import type { PolicyFor } from "masque";
import type env from "../../../envs/swarm-flood/env.ts";
import { swarm } from "../../../envs/swarm-flood/policies.ts";

export interface Timed {
  /** Steps between a bot's visits to its gateway. */
  readonly period: number;
  /** The share of the tolerance up to which a bot lets its score rise. */
  readonly reach: number;
  /** Steps of an episode before the first visit: scores stay clean, and it sets the phase that a gateway's clock meets. */
  readonly start: number;
}

/**
 * Bots that pulse in step, as those of the scripts do, from a step on, and ask nothing while a new identity waits: it would
 * be scored for that, and not served.
 */
export const timed =
  ({ period, reach, start }: Timed): PolicyFor<typeof env, "bot"> =>
  (context) => {
    const { params: p, at } = context;
    const hug = swarm(() => ({ period: 1, reach, stagger: 0, rotate: false }))(context);
    return {
      stateSize: 2, // a bot's steps; then what is left of its wait, or −1 once its identity has asked
      act(batch) {
        const { rows, count, obs, obsSize, state, actions } = batch;
        hug.act({ ...batch, state: new Float32Array(rows) }); // at a period of 1 it need not remember how many steps it took
        for (let row = 0; row < rows; row++) {
          const [steps, wait] = [2 * row, 2 * row + 1];
          const t = state[steps]++ - start;
          const score = obs[row * obsSize + at.score + ((row % count) % p.gateways)];
          // Scores shrink and never vanish: one that is gone after an ask was the old identity's.
          if (state[wait] < 0 && score === 0) state[wait] = p.wait;
          const waits = state[wait] > 0;
          if (waits) state[wait]--;
          if (waits || t < 0 || t % period !== 0) actions[row] = 0;
          else if (actions[row] > 0) state[wait] = -1;
        }
      },
    };
  };
