import type { z } from "zod";
import { InputError, show } from "../data/errors.ts";
import { Rng } from "../random/rng.ts";
import { type Deaths, flatView, makeSlot, type RoleBuffers } from "./buffers.ts";
import type { Context, Counts, Dynamics, Environment } from "./define.ts";
import type { Roles } from "./roles.ts";

/** One copy: an author's dynamics, and what they are told. */
export interface Copy<C extends string> extends Deaths {
  readonly dynamics: Dynamics;
  readonly rng: Rng;
  readonly counters: Counts<C>;
  readonly world: { t: number; over: boolean; terminate(): void };
}

/** @throws InputError where a count is no whole number, or nobody is left to play. */
export function checkCounts(id: string, specs: Roles): void {
  for (const [name, { count }] of Object.entries(specs)) {
    if (!(Number.isInteger(count) && count >= 0)) {
      throw new InputError(`${id}: role "${name}" has count ${show(count)}, expected a whole number from 0.`);
    }
  }
  if (!Object.values(specs).some(({ count }) => count > 0)) throw new InputError(`${id}: no role has any agent.`);
}

/** Makes copy `index` over its share of the buffers. */
export function makeCopy<P extends z.ZodObject, R extends Roles, C extends string>(
  env: Environment<P, R, C>,
  params: z.output<P>,
  list: readonly RoleBuffers[],
  index: number,
): Copy<C> {
  // Sealed: adding to a counter that was not declared throws instead of vanishing.
  const counters = Object.seal(Object.fromEntries(env.counters.map((name) => [name, 0]))) as Counts<C>;
  const world = {
    t: 0,
    over: false,
    terminate() {
      world.over = true;
    },
  };
  const rng = new Rng(0);
  const deaths: Deaths = { deaths: 0 };
  const slots: Record<string, unknown> = {};
  const flat: Record<string, unknown> = {};
  for (const role of list) {
    slots[role.name] = role.agents.map((_, i) => makeSlot(role, index * role.count + i, deaths));
    flat[role.name] = flatView(role, index);
  }
  const context = { params, slots, flat, rng, counters, world } as unknown as Context<z.output<P>, R, C>;
  const dynamics = env.create(context);
  if ((dynamics.state === undefined) !== (env.state === undefined)) {
    throw new InputError(
      `${env.id}: a global state needs both its space in the definition and state() in the dynamics.`,
    );
  }
  return Object.assign(deaths, { dynamics, rng, counters, world });
}

/** Agents that died in an earlier step observe and earn nothing, whatever the dynamics wrote. */
export function silenceDead(list: readonly RoleBuffers[], copy: number): void {
  for (const role of list) {
    const { count, obsSize } = role;
    for (let row = copy * count; row < (copy + 1) * count; row++) {
      if (role.alive[row] === 1 || role.terminations[row] === 1) continue;
      role.rewards[row] = 0;
      role.obs.fill(0, row * obsSize, (row + 1) * obsSize);
    }
  }
}
