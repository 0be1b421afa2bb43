import { InputError } from "../data/errors.ts";
import type { Batch, Policy, PolicyFactory } from "../policy/policy.ts";

/** Who attacks in one copy. */
export interface Opponent {
  /** Which member of the mixture plays the copy's episode. */
  arm: number;
  /** Episodes begun so far. */
  begun: number;
}

/**
 * Plays each copy of a world by the member that the copy's opponent names. Members see the copies they play and no
 * others, side by side.
 * @param opponents those of a world's copies in order, found by its parameters' object
 */
export function mixture(
  members: readonly PolicyFactory[],
  opponents: (params: object) => readonly Opponent[] | undefined,
): PolicyFactory {
  return (context) => {
    const { params, role } = context as { params: object; role: string };
    const all = opponents(params);
    if (!all) throw new InputError(`A mixture of attacks was seated as ${role} in a world that does not draw them.`);
    const players = members.map((member) => makePlayer(member(context)));
    const playing = new Int32Array(all.length).fill(-1);
    return {
      act(batch) {
        for (const [arm, player] of players.entries()) player.act(batch, copiesOf(all, arm), playing, all);
        for (const [copy, { begun }] of all.entries()) playing[copy] = begun;
      },
    };
  };
}

function copiesOf(all: readonly Opponent[], arm: number): number[] {
  const copies: number[] = [];
  for (let copy = 0; copy < all.length; copy++) if (all[copy].arm === arm) copies.push(copy);
  return copies;
}

/** A member with memory of its own, copy by copy. */
function makePlayer(policy: Policy) {
  const stateSize = policy.stateSize ?? 0;
  let kept = new Float32Array(0);
  let scratch: Batch | undefined;
  return {
    act(batch: Batch, copies: readonly number[], playing: Int32Array, all: readonly Opponent[]): void {
      if (copies.length === 0) return;
      const { count, obsSize, maskSize, actionSize } = batch;
      scratch ??= room(batch, stateSize);
      if (kept.length !== batch.rows * stateSize) kept = new Float32Array(batch.rows * stateSize);
      const rngs: Batch["rngs"][number][] = [];
      for (const [i, copy] of copies.entries()) {
        const from = copy * count;
        const to = from + count;
        if (playing[copy] !== all[copy].begun) kept.fill(0, from * stateSize, to * stateSize);
        scratch.obs.set(batch.obs.subarray(from * obsSize, to * obsSize), i * count * obsSize);
        scratch.mask.set(batch.mask.subarray(from * maskSize, to * maskSize), i * count * maskSize);
        scratch.alive.set(batch.alive.subarray(from, to), i * count);
        scratch.state.set(kept.subarray(from * stateSize, to * stateSize), i * count * stateSize);
        for (let row = from; row < to; row++) rngs.push(batch.rngs[row]);
      }
      const rows = copies.length * count;
      const { obs, mask, alive, state, actions } = scratch;
      const cut = <T extends Float32Array | Int32Array | Uint8Array>(array: T, size: number) =>
        array.subarray(0, rows * size) as T;
      policy.act({
        ...batch,
        rows,
        rngs,
        obs: cut(obs, obsSize),
        mask: cut(mask, maskSize),
        alive: cut(alive, 1),
        state: cut(state, stateSize),
        actions: cut(actions as Int32Array, actionSize) as Batch["actions"],
      });
      for (const [i, copy] of copies.entries()) {
        const from = i * count;
        const own = actions.subarray(from * actionSize, (from + count) * actionSize);
        batch.actions.set(own, copy * count * actionSize);
        kept.set(state.subarray(from * stateSize, (from + count) * stateSize), copy * count * stateSize);
      }
    },
  };
}

/** Memory for as many rows as a whole world has. */
function room({ rows, count, obsSize, maskSize, actionSize, actions, rngs }: Batch, stateSize: number): Batch {
  const numbers = rows * actionSize;
  return {
    rows,
    count,
    obs: new Float32Array(rows * obsSize),
    obsSize,
    mask: new Uint8Array(rows * maskSize),
    maskSize,
    alive: new Uint8Array(rows),
    rngs,
    state: new Float32Array(rows * stateSize),
    actions: actions instanceof Float32Array ? new Float32Array(numbers) : new Int32Array(numbers),
    actionSize,
  };
}
