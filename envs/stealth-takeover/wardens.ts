import type { Batch, PolicyFor } from "masque";
import type env from "./env.ts";
import type { StealthTakeover } from "./env.ts";
import { clockPeriod, type Dials, RESET, SCAN, WAIT } from "./model.ts";

export type Warden = PolicyFor<typeof env, "warden">;

/** One warden's step. Reused from step to step. */
interface Watch {
  batch: Batch;
  row: number;
  /** Steps taken in this episode. */
  t: number;
  /** Its memory lies at `batch.state[own…]`. */
  own: number;
  /** The scan of resource i in the last step lies at `batch.obs[results + i]`: 1 an alarm. */
  results: number;
}

interface Guard {
  /** Floats of memory a warden. */
  readonly memory?: number;
  /** Called once a step and warden, before its resources. */
  begin?(watch: Watch): void;
  /** What to do with resource i. */
  choose(i: number, watch: Watch): number;
}

/** Whether resource i rang in the last step. */
export const rang = ({ batch, results }: Watch, i: number): boolean => batch.obs[results + i] === 1;

/**
 * A warden that decides resource by resource; `watched` is how many it has. Whatever it decides, after an alarm it hunts as
 * the dial `hunt` says: it evicts the others, so many a step, those first that were longest not reset.
 */
export const guard =
  (make: (params: StealthTakeover, watched: number) => Guard): Warden =>
  ({ params, at }) => {
    const watched = at.scan - at.reset;
    const { memory = 0, begin, choose } = make(params, watched);
    const pace = Math.ceil(params.hunt * (watched - 1) - 1e-9);
    const watch = { row: 0, t: 0, own: 0, results: 0 } as Watch;
    return {
      stateSize: memory + 1,
      act(batch) {
        const { rows, obs, obsSize, state, actions } = batch;
        watch.batch = batch;
        for (let row = 0; row < rows; row++) {
          const from = row * obsSize;
          const acts = row * watched;
          const quarry = row * (memory + 1); // how many are still to be evicted
          watch.row = row;
          watch.t = Math.round(obs[from + at.time] * params.steps);
          watch.own = quarry + 1;
          watch.results = from + at.result;
          begin?.(watch);
          for (let i = 0; i < watched; i++) {
            actions[acts + i] = choose(i, watch);
            if (pace > 0 && rang(watch, i)) state[quarry] = watched - 1;
          }
          for (let n = Math.min(pace, state[quarry]); n > 0; n--) {
            let next = -1;
            for (let i = 0; i < watched; i++) {
              if (actions[acts + i] === RESET) continue;
              if (next < 0 || obs[from + at.reset + i] > obs[from + at.reset + next]) next = i;
            }
            if (next >= 0) actions[acts + next] = RESET;
            state[quarry]--;
          }
        }
      },
    };
  };

/** Resets with chance `reset`, else scans with chance `scan`. */
export const roam = ({ batch, row }: Watch, { reset, scan }: Dials): number => {
  const u = batch.rngs[row].float32();
  return u < reset ? RESET : u < reset + (1 - reset) * scan ? SCAN : WAIT;
};
const scanOnly = ({ scan }: Dials): Dials => ({ reset: 0, scan });

/** Every resource by itself, without memory. */
export const memoryless = guard((dials) => ({ choose: (_i, watch) => roam(watch, dials) }));

/** Resets all at once, without memory. */
export const sweep = guard((dials) => {
  const between = scanOnly(dials);
  let all = false;
  return {
    begin({ batch, row }) {
      all = batch.rngs[row].bernoulli(dials.reset);
    },
    choose: (_i, watch) => (all ? RESET : roam(watch, between)),
  };
});

/** Resets every `period` steps, at a phase drawn once an episode, for each resource or for all together. */
const clock = (together: boolean) =>
  guard((dials, watched) => {
    const period = clockPeriod(dials.reset);
    const between = scanOnly(dials);
    return {
      memory: 1 + watched,
      begin({ batch: { state, rngs }, row, own }) {
        if (state[own] === 1 || dials.reset === 0) return;
        state[own] = 1;
        for (let i = 0; i < watched; i++) {
          state[own + 1 + i] = together && i > 0 ? state[own + 1] : Math.floor(rngs[row].float32() * period);
        }
      },
      choose: (i, watch) =>
        dials.reset > 0 && (watch.t + watch.batch.state[watch.own + 1 + i]) % period === 0
          ? RESET
          : roam(watch, between),
    };
  });
export const clockwork = clock(false);
export const metronome = clock(true);

export const asleep = guard(() => ({ choose: () => WAIT }));
