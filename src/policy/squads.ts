import { InputError } from "../data/errors.ts";
import type { Batch, Policy } from "./policy.ts";

/** How many agents a copy has, in how many squads, and the width of an agent's observation. */
export interface Squads {
  readonly count: number;
  readonly squads: number;
  readonly obsSize: number;
}

/** First agent of a squad (of the one past the last: `count`): consecutive agents, in sizes that differ by at most one. */
export const firstOf = (squad: number, { count, squads }: Squads): number => Math.ceil((squad * count) / squads);

/**
 * What squads see, from observations `[copies, count, obsSize]`: the mean over living members and then the highest,
 * column by column, `[copies, squads, 2 · obsSize]`; zeros if none lives. `living` `[copies, squads]` says if one does.
 */
export function pool(
  shape: Squads,
  obs: Float32Array,
  alive: ArrayLike<number>,
  into: Float32Array,
  living: Uint8Array,
): void {
  const { count, squads, obsSize } = shape;
  into.fill(0);
  for (let row = 0, to = 0; row < living.length; row++, to += 2 * obsSize) {
    const base = Math.floor(row / squads) * count;
    const end = base + firstOf((row % squads) + 1, shape);
    let members = 0;
    for (let agent = base + firstOf(row % squads, shape); agent < end; agent++) {
      if (alive[agent] === 0) continue;
      const first = members++ === 0;
      for (let i = 0; i < obsSize; i++) {
        const value = obs[agent * obsSize + i];
        into[to + i] += value;
        if (first || value > into[to + obsSize + i]) into[to + obsSize + i] = value;
      }
    }
    living[row] = members > 0 ? 1 : 0;
    for (let i = 0; i < obsSize && members > 1; i++) into[to + i] /= members;
  }
}

/** Copies each squad's action `[copies, squads, actionSize]` to all of its members `[copies, count, actionSize]`. */
export function lead(
  shape: Squads,
  actionSize: number,
  chosen: Int32Array | Float32Array,
  actions: Int32Array | Float32Array,
): void {
  const { count, squads } = shape;
  for (let row = 0; row * actionSize < chosen.length; row++) {
    const base = Math.floor(row / squads) * count;
    const end = base + firstOf((row % squads) + 1, shape);
    for (let agent = base + firstOf(row % squads, shape); agent < end; agent++) {
      for (let i = 0; i < actionSize; i++) actions[agent * actionSize + i] = chosen[row * actionSize + i];
    }
  }
}

/**
 * Has a policy for squads play all agents: it sees them pooled, draws from the stream of a squad's first member, and
 * what it chooses the whole squad does.
 */
export function leading(policy: Policy, shape: Squads): Policy {
  const { count, squads, obsSize } = shape;
  // Squads' memory, copy by copy at the front of their agents'.
  const own = squads * (policy.stateSize ?? 0);
  const stateSize = Math.ceil(own / count);
  let held: Batch | undefined;
  let streams: Batch["rngs"] | undefined;
  return {
    stateSize,
    act(batch) {
      const { rows, obs, alive, mask, actionSize, actions, state } = batch;
      const copies = rows / count;
      if (mask.includes(0)) throw new InputError("Policy: squads cannot heed masks.");
      // In a mixture other copies may be its to play in every step.
      if (held?.rows !== copies * squads || streams !== batch.rngs) {
        held = room(batch, copies);
        streams = batch.rngs;
      }
      pool(shape, obs, alive, held.obs, held.alive as Uint8Array);
      const from = (copy: number) => copy * count * stateSize;
      for (let copy = 0; copy < copies && own > 0; copy++)
        held.state.set(state.subarray(from(copy), from(copy) + own), copy * own);
      policy.act(held);
      for (let copy = 0; copy < copies && own > 0; copy++)
        state.set(held.state.subarray(copy * own, (copy + 1) * own), from(copy));
      lead(shape, actionSize, held.actions, actions);
    },
  };

  /** Rows of squads for as many copies. */
  function room({ maskSize, actions, actionSize, rngs, agreed }: Batch, copies: number): Batch {
    return {
      rows: copies * squads,
      count: squads,
      obs: new Float32Array(copies * squads * 2 * obsSize),
      obsSize: 2 * obsSize,
      mask: new Uint8Array(copies * squads * maskSize).fill(1),
      maskSize,
      alive: new Uint8Array(copies * squads),
      rngs: Array.from({ length: copies * squads }, (_, row) => {
        return rngs[Math.floor(row / squads) * count + firstOf(row % squads, shape)];
      }),
      agreed,
      state: new Float32Array(copies * own),
      actions: actions.slice(0, copies * squads * actionSize),
      actionSize,
    };
  }
}
