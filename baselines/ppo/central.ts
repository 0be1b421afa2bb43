import type { Level } from "masque/learn";
import type { RowSource } from "./minibatch.ts";

/**
 * What a critic reads who sees the global state, which of a role's agents it judges, and the knobs. The state is held once a
 * copy: as rows, those of 500 agents of one copy would be 500 times as large.
 */
export interface Central {
  readonly width: number;
  /** Takes in the state of every copy as step t of the rollout; t = steps is what follows the last. */
  note(t: number): void;
  /** The rows from step t on. */
  at(t: number): RowSource;
  /** Rows of one step whose episodes ended in the last one, with the states that they ended in. */
  readonly ended: RowSource;
}

/** @param perCopy rows of a copy; copies of all levels follow each other */
export function centralInputs(levels: readonly Level[], perCopy: number, steps: number): Central {
  const { stateSize } = levels[0].world;
  const identity = perCopy > 1 ? perCopy : 0;
  const width = stateSize + identity + levels[0].knobs.length;
  const places = levels.flatMap(({ world, knobs }) =>
    Array.from({ length: world.copies }, (_, copy) => ({ world, knobs, copy })),
  );
  const states = new Float32Array((steps + 1) * places.length * stateSize);
  const state = new Float32Array(stateSize);

  const source = (from: (copy: number) => Float32Array, start: (copy: number) => number, first: number): RowSource => ({
    width,
    rows: (steps + 1) * places.length * perCopy - first,
    gather(rows, begin, count, out, to) {
      for (let i = begin; i < begin + count; i++) {
        const row = first + rows[i];
        const copy = Math.floor(row / perCopy);
        const at = start(copy);
        // By the engine's own means: four times as fast as a loop for 256 numbers, and as fast for some 24.
        out.set(from(copy).subarray(at, at + stateSize), to);
        to += stateSize;
        for (let agent = 0; agent < identity; agent++) out[to++] = agent === row % perCopy ? 1 : 0;
        for (const knob of places[copy % places.length].knobs) out[to++] = knob;
      }
    },
  });
  const held = (copy: number) => copy * stateSize;
  return {
    width,
    note(t) {
      places.forEach(({ world, copy }, i) => {
        world.state(copy, state);
        states.set(state, held(t * places.length + i));
      });
    },
    at: (t) => source(() => states, held, t * places.length * perCopy),
    ended: source(
      (copy) => places[copy].world.finalStates,
      (copy) => held(places[copy].copy),
      0,
    ),
  };
}
