import { InputError, show } from "../errors.ts";
import type { RoleBuffers } from "./buffers.ts";

/** Whether an agent may take an action now: inside its space, and allowed by its mask where the role has masks. */
export function isAllowed(role: RoleBuffers, row: number, action: unknown): boolean {
  const { action: space, masked } = role.spec;
  if (space.kind === "discrete") {
    if (!(typeof action === "number" && Number.isInteger(action))) return false;
    const choice = action - space.start;
    if (!(choice >= 0 && choice < space.n)) return false;
    return !masked || role.mask[row * role.maskSize + choice] === 1;
  }
  if (!space.contains(action)) return false;
  return !masked || space.kind === "box" || fitsMask(role, row, space.nvec, action as ArrayLike<number>, 0);
}

/** What is wrong with an action that `isAllowed` refuses. */
export function refusal(
  environment: string,
  agent: string,
  role: RoleBuffers,
  row: number,
  action: unknown,
): InputError {
  const why = role.spec.action.explain(action);
  if (why !== null) return new InputError(`${environment}: action of ${agent}: ${why}.`);
  const mask = Array.from(role.mask.subarray(row * role.maskSize, (row + 1) * role.maskSize));
  return new InputError(
    `${environment}: action of ${agent}: got ${show(action)}, which its action mask [${mask}] forbids now.`,
  );
}

/**
 * Checks what a policy wrote into the buffers, for every agent that is alive.
 * @throws InputError that names the first agent whose action its space or its mask forbids.
 */
export function checkActions(environment: string, role: RoleBuffers): void {
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
      if (fitsSizes(actions, from, space.nvec) && (!masked || fitsMask(role, row, space.nvec, actions, from))) continue;
    }
    const size = role.actionSize;
    const given = space.kind === "discrete" ? actions[row] : actions.slice(row * size, (row + 1) * size);
    const copy = Math.floor(row / role.count);
    throw refusal(environment, `${role.agents[row % role.count]} (by its policy, copy ${copy})`, role, row, given);
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
  { mask, maskSize }: RoleBuffers,
  row: number,
  nvec: readonly number[],
  actions: ArrayLike<number>,
  from: number,
): boolean {
  let at = row * maskSize;
  for (let i = 0; i < nvec.length; i++) {
    if (mask[at + actions[from + i]] !== 1) return false;
    at += nvec[i];
  }
  return true;
}
