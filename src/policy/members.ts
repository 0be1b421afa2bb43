import type { Batch, Policy } from "./policy.ts";

/**
 * Plays each copy of a world by one of several policies. Members see the copies they play and no others, side by side.
 * @param memberOf which member plays a copy; asked once a step
 * @param own floats of each row's memory, the first ones, that are the caller's and not a member's
 */
export function byMember(
  members: readonly Policy[],
  memberOf: (copy: number, batch: Batch) => number,
  own = 0,
): Policy {
  const largest = members.reduce((most, { stateSize = 0 }) => Math.max(most, stateSize), 0);
  const players = members.map((member) => makePlayer(member, own));
  const playing = members.map((): number[] => []);
  return {
    stateSize: own + largest,
    act(batch) {
      for (const copies of playing) copies.length = 0;
      for (let copy = 0; copy < batch.rows / batch.count; copy++) playing[memberOf(copy, batch)].push(copy);
      for (const [m, player] of players.entries()) if (playing[m].length > 0) player(batch, playing[m]);
    },
  };
}

/** Has a member act in some copies: what it reads is gathered, what it writes is put back. */
function makePlayer(policy: Policy, own: number): (batch: Batch, copies: readonly number[]) => void {
  const stateSize = policy.stateSize ?? 0;
  let scratch: ReturnType<typeof room> | undefined;
  return (batch, copies) => {
    const { count, obsSize, maskSize, actionSize } = batch;
    if (!scratch || scratch.alive.length < batch.rows) scratch = room(batch, stateSize);
    const { obs, mask, alive, state, actions } = scratch;
    const stride = batch.state.length / batch.rows;
    const rngs: Batch["rngs"][number][] = [];
    for (const [i, copy] of copies.entries()) {
      const from = copy * count;
      const to = from + count;
      obs.set(batch.obs.subarray(from * obsSize, to * obsSize), i * count * obsSize);
      mask.set(batch.mask.subarray(from * maskSize, to * maskSize), i * count * maskSize);
      alive.set(batch.alive.subarray(from, to), i * count);
      for (let row = from, at = i * count * stateSize; row < to; row++, at += stateSize) {
        const begin = row * stride + own;
        state.set(batch.state.subarray(begin, begin + stateSize), at);
        rngs.push(batch.rngs[row]);
      }
    }
    const rows = copies.length * count;
    policy.act({
      ...batch,
      rows,
      rngs,
      agreed: (copy) => batch.agreed(copies[copy]),
      obs: obs.subarray(0, rows * obsSize),
      mask: mask.subarray(0, rows * maskSize),
      alive: alive.subarray(0, rows),
      state: state.subarray(0, rows * stateSize),
      actions: actions.subarray(0, rows * actionSize),
    });
    for (const [i, copy] of copies.entries()) {
      const from = i * count;
      const chosen = actions.subarray(from * actionSize, (from + count) * actionSize);
      batch.actions.set(chosen, copy * count * actionSize);
      for (let row = copy * count, at = from * stateSize; row < (copy + 1) * count; row++, at += stateSize) {
        batch.state.set(state.subarray(at, at + stateSize), row * stride + own);
      }
    }
  };
}

/** Memory for as many rows as a whole world has. */
const room = ({ rows, obsSize, maskSize, actionSize, actions }: Batch, stateSize: number) => ({
  obs: new Float32Array(rows * obsSize),
  mask: new Uint8Array(rows * maskSize),
  alive: new Uint8Array(rows),
  state: new Float32Array(rows * stateSize),
  actions: actions instanceof Float32Array ? new Float32Array(rows * actionSize) : new Int32Array(rows * actionSize),
});
