import { InputError, show } from "../data/errors.ts";
import type { ActionSpace } from "../spaces/slot.ts";
import { maskSize } from "../spaces/slot.ts";
import type { RoleBuffers } from "./buffers.ts";

/**
 * Whether an action is inside a space, and allowed by a mask that starts at `from`, where there is one: an entry for
 * each choice of a Discrete, component after component for a MultiDiscrete.
 */
export function isAllowed(space: ActionSpace, action: unknown, mask?: Uint8Array, from = 0): boolean {
  if (space.kind === "discrete") {
    if (!(typeof action === "number" && Number.isInteger(action))) return false;
    const choice = action - space.start;
    if (!(choice >= 0 && choice < space.n)) return false;
    return mask === undefined || mask[from + choice] === 1;
  }
  if (!space.contains(action)) return false;
  return mask === undefined || space.kind === "box" || fitsMask(space.nvec, action as ArrayLike<number>, 0, mask, from);
}

/** What is wrong with an action that `isAllowed` refuses. */
export function refusal(who: string, space: ActionSpace, action: unknown, mask?: Uint8Array, from = 0): InputError {
  const why = space.explain(action);
  if (why !== null) return new InputError(`${who}: ${why}.`);
  const allowed = Array.from(mask?.subarray(from, from + maskSize(space)) ?? []);
  return new InputError(`${who}: got ${show(action)}, which its action mask [${allowed}] forbids now.`);
}

/**
 * Checks what a policy, or whoever `who` names by row, wrote into the buffers, for every agent that is alive.
 * @throws InputError that names the first agent whose action its space or its mask forbids.
 */
export function checkActions(environment: string, role: RoleBuffers, who?: (row: number) => string): void {
  const { alive, actions, mask } = role;
  const { action: space, masked } = role.spec;
  for (let row = 0; row < alive.length; row++) {
    if (alive[row] === 0) continue;
    if (space.kind === "discrete") {
      const choice = actions[row] - space.start;
      if (choice >= 0 && choice < space.n && (!masked || mask[row * space.n + choice] === 1)) continue;
    } else if (space.kind === "box") {
      if (fitsBox(actions, row * space.size, space.low, space.high)) continue;
    } else {
      const from = row * space.nvec.length;
      if (
        fitsSizes(actions, from, space.nvec) &&
        (!masked || fitsMask(space.nvec, actions, from, mask, row * role.maskSize))
      )
        continue;
    }
    const size = role.actionSize;
    const given = space.kind === "discrete" ? actions[row] : actions.slice(row * size, (row + 1) * size);
    const agent =
      who?.(row) ?? `${role.agents[row % role.count]} (by its policy, copy ${Math.floor(row / role.count)})`;
    throw refusal(`${environment}: action of ${agent}`, space, given, mask, row * role.maskSize);
  }
}

function fitsBox(actions: ArrayLike<number>, from: number, low: readonly number[], high: readonly number[]): boolean {
  for (let i = 0; i < low.length; i++) {
    const value = actions[from + i];
    if (!(value >= low[i] && value <= high[i] && value - value === 0)) return false;
  }
  return true;
}

function fitsSizes(actions: ArrayLike<number>, from: number, nvec: readonly number[]): boolean {
  for (let i = 0; i < nvec.length; i++) if (!(actions[from + i] >= 0 && actions[from + i] < nvec[i])) return false;
  return true;
}

function fitsMask(
  nvec: readonly number[],
  actions: ArrayLike<number>,
  at: number,
  mask: Uint8Array,
  from: number,
): boolean {
  let base = from;
  for (let i = 0; i < nvec.length; i++) {
    if (mask[base + actions[at + i]] !== 1) return false;
    base += nvec[i];
  }
  return true;
}
