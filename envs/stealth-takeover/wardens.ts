import type { Batch, PolicyFor } from "masque";
import type env from "./env.ts";
import type { StealthTakeover } from "./env.ts";
import { RESET, SCAN, WAIT } from "./model.ts";

export type Warden = PolicyFor<typeof env, "warden">;

/** One warden's step: what it sees of its resources lies at obs[from…], its memory at state[own…]. */
export interface Watch {
  readonly batch: Batch;
  readonly row: number;
  readonly from: number;
  readonly own: number;
  /** Resources that it has. */
  readonly watched: number;
}
/** An index into an observation that begins at `from`. */
type At = { readonly result: number; readonly scan: number; readonly reset: number; readonly time: number };

interface Guard {
  /** Floats of memory a warden. */
  readonly memory?: number;
  /** Called once a step and warden, before its resources. */
  begin?(watch: Watch, at: At): void;
  /** What to do with resource i. */
  choose(i: number, watch: Watch): number;
}

/** A warden that decides resource by resource. */
export const guard =
  (make: (params: StealthTakeover, watched: number) => Guard): Warden =>
  ({ params, at }) => {
    const watched = at.scan - at.reset;
    const { memory = 0, begin, choose } = make(params, watched);
    return {
      stateSize: memory,
      act(batch) {
        for (let row = 0; row < batch.rows; row++) {
          const watch = { batch, row, from: row * batch.obsSize, own: row * memory, watched };
          begin?.(watch, at);
          for (let i = 0; i < watched; i++) batch.actions[row * watched + i] = choose(i, watch);
        }
      },
    };
  };

/** Resets with chance `reset`, else scans with chance `scan`. */
export const draw = ({ batch, row }: Watch, reset: number, scan: number): number => {
  const u = batch.rngs[row].float32();
  return u < reset ? RESET : u < reset + (1 - reset) * scan ? SCAN : WAIT;
};

/** Every resource by itself, without memory. */
export const memoryless = guard(({ reset, scan }) => ({ choose: (_i, watch) => draw(watch, reset, scan) }));

/** Resets all at once, without memory; scans as ever. */
export const sweep = guard(({ reset, scan }) => {
  let all = false;
  return {
    begin({ batch, row }) {
      all = batch.rngs[row].bernoulli(reset);
    },
    choose: (_i, watch) => (all ? RESET : draw(watch, 0, scan)),
  };
});

/** Resets every `period` steps, at a phase drawn once an episode, for each resource or for all. */
const clock = (together: boolean) =>
  guard(({ reset, scan, steps }, watched) => {
    const period = reset > 0 ? Math.max(1, Math.round(1 / reset)) : Number.POSITIVE_INFINITY;
    let t = 0;
    return {
      memory: 1 + watched,
      begin({ batch: { obs, state, rngs }, row, from, own }, at) {
        t = Math.round(obs[from + at.time] * steps);
        if (state[own] === 1 || reset === 0) return;
        state[own] = 1;
        for (let i = 0; i < watched; i++) {
          state[own + 1 + i] = together && i > 0 ? state[own + 1] : Math.floor(rngs[row].float32() * period);
        }
      },
      choose: (i, watch) =>
        (t + watch.batch.state[watch.own + 1 + i]) % period === 0 ? RESET : draw(watch, 0, scan),
    };
  });
export const clockwork = clock(false);
export const metronome = clock(true);

/** Memoryless; after a step with an alarm it resets all. */
export const hunt = guard(({ reset, scan }) => {
  let alarmed = false;
  return {
    begin({ batch: { obs }, from, watched }, at) {
      alarmed = false;
      for (let i = 0; i < watched; i++) if (obs[from + at.result + i] === 1) alarmed = true;
    },
    choose: (_i, watch) => (alarmed ? RESET : draw(watch, reset, scan)),
  };
});
export const asleep = guard(() => ({ choose: () => WAIT }));
