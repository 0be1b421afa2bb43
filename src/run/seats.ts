import { findAttack } from "../benchmark/probes.ts";
import { InputError } from "../data/errors.ts";
import { completeAttack, defencePolicies, randomAttack, scriptedAttack } from "../play/cast.ts";
import type { PolicyData } from "../policy/data.ts";
import { policyFrom } from "../policy/from-data.ts";
import type { PolicyFactory, ScriptedPolicies } from "../policy/policy.ts";
import type { Cell } from "./plan.ts";
import type { Run } from "./run.ts";

/** Policies by role, and digests of those among them that were trained. */
export interface Seats {
  readonly policies: Readonly<Record<string, PolicyFactory>>;
  readonly digests: Readonly<Record<string, string>>;
}

export const seatsOf = (
  data: Readonly<Record<string, PolicyData>>,
  scripts: ScriptedPolicies,
): Record<string, PolicyFactory> =>
  Object.fromEntries(Object.entries(data).map(([role, policy]) => [role, policyFrom(policy, scripts)]));

/** Who plays a side of a cell, as data: a script, and saved policies in the place of some of its roles. */
export interface Players {
  readonly script: string;
  readonly saved: Readonly<Record<string, PolicyData>>;
  /** Of saved policies that count as trained. */
  readonly digests: Readonly<Record<string, string>>;
}

/** A run as far as it says who plays: an entry says it too. */
export type Seating = Pick<Run, "benchmark"> & { readonly store: Pick<Run["store"], "read" | "readPolicies"> };

/** Everyone but the attackers in a cell: a script, or the defence that was trained and frozen for it. */
export function defendersOf(run: Seating, cell: Cell): Players {
  const { points, frozen, stored } = run.benchmark;
  const point = points[cell.points[0]];
  const brought = frozen.get(point.defence);
  if (brought) return { script: "default", saved: stored.get(brought.name)!, digests: brought.policies };
  if (!point.defender) return { script: point.defence, saved: {}, digests: {} };
  return { script: "default", ...trained(run, cell.defending) };
}

/** The attackers in a cell at stage `select` or `test`. */
export function attackersOf(run: Seating, cell: Cell): Players {
  const attack = findAttack(run.benchmark, cell.attack)!;
  if (attack.kind === "learned") return { script: "none", ...trained(run, cell.training) };
  if (attack.kind !== "stored") return { script: attack.name, saved: {}, digests: {} };
  return { script: "none", saved: run.benchmark.stored.get(attack.name)!, digests: attack.policies };
}

/** How everyone but the attackers plays in a cell. */
export function defenceSeats(run: Seating, cell: Cell): Seats {
  const { env, roles, policies } = run.benchmark;
  const { script, saved, digests } = defendersOf(run, cell);
  return { policies: { ...defencePolicies(env, roles, policies, script), ...seatsOf(saved, policies) }, digests };
}

/** How the attackers play in a cell at stage `select` or `test`. */
export function attackSeats(run: Seating, cell: Cell): Seats {
  const { env, roles, policies } = run.benchmark;
  const attack = findAttack(run.benchmark, cell.attack)!;
  if (attack.kind === "random") return { policies: randomAttack(roles), digests: {} };
  if (attack.kind === "scripted") return { policies: scriptedAttack(env, roles, policies, attack.name), digests: {} };
  const { saved, digests } = attackersOf(run, cell);
  const seats = completeAttack(env, roles, policies, seatsOf(saved, policies), `attack "${attack.name}"`);
  return { policies: seats, digests };
}

/** What a training made. @throws InputError if it has not been computed. */
function trained({ store }: Seating, hash: string | undefined) {
  const result = hash === undefined ? undefined : store.read(hash);
  if (result?.kind !== "train") throw new InputError("its training has not been computed.");
  return { saved: store.readPolicies(hash!, result), digests: result.policies };
}
