import type { Batch, Policy } from "./policy.ts";

type Numbers = { [index: number]: number };

/** Copies one agent's part of an array `[copies, count, size]` into another `[copies, size]`. */
export function takeAgent(
  from: Readonly<Numbers>,
  size: number,
  agent: number,
  count: number,
  into: Numbers & ArrayLike<number>,
): void {
  for (let at = 0, begin = agent * size; at < into.length; begin += count * size) {
    for (let i = 0; i < size; i++) into[at++] = from[begin + i];
  }
}

/** And back: an array `[copies, size]` to the agent's part of one `[copies, count, size]`. */
export function giveAgent(
  from: ArrayLike<number>,
  size: number,
  agent: number,
  count: number,
  into: Readonly<Numbers> & Numbers,
): void {
  for (let at = 0, begin = agent * size; at < from.length; begin += count * size) {
    for (let i = 0; i < size; i++) into[begin + i] = from[at++];
  }
}

/** Has every agent of a role play by a policy of its own, made for one agent: `policies[i]` plays agent i of each copy. */
export function apart(policies: readonly Policy[]): Policy {
  const count = policies.length;
  const stateSize = policies[0].stateSize ?? 0;
  let of: Batch["rngs"] | undefined;
  let held: Batch[] = [];
  return {
    stateSize,
    act(batch) {
      const { rngs, obs, obsSize, mask, maskSize, alive, state, actions, actionSize } = batch;
      if (of !== rngs || held[0].rows * count !== batch.rows) {
        of = rngs;
        held = policies.map((_, agent) => ownBatch(batch, agent, stateSize));
      }
      policies.forEach((policy, agent) => {
        const own = held[agent];
        takeAgent(obs, obsSize, agent, count, own.obs);
        takeAgent(mask, maskSize, agent, count, own.mask);
        takeAgent(alive, 1, agent, count, own.alive);
        takeAgent(state, stateSize, agent, count, own.state);
        policy.act(own);
        giveAgent(own.actions, actionSize, agent, count, actions);
        giveAgent(own.state, stateSize, agent, count, state);
      });
    },
  };
}

/** Memory for what one agent sees and does. */
function ownBatch(
  { rows, count, obsSize, maskSize, rngs, agreed, actions, actionSize }: Batch,
  agent: number,
  stateSize: number,
) {
  const copies = rows / count;
  return {
    ...{ rows: copies, count: 1, obsSize, maskSize, actionSize },
    obs: new Float32Array(copies * obsSize),
    mask: new Uint8Array(copies * maskSize),
    alive: new Uint8Array(copies),
    rngs: Array.from({ length: copies }, (_, copy) => rngs[copy * count + agent]),
    agreed,
    state: new Float32Array(copies * stateSize),
    actions: actions.slice(0, copies * actionSize),
  };
}
