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

/** How everyone but the attackers plays in a cell: by script, or as the defence that was trained and frozen for it. */
export function defenceSeats(run: Run, cell: Cell): Seats {
  const { env, roles, policies, points, frozen, stored } = run.benchmark;
  const point = points[cell.points[0]];
  const saved = frozen.get(point.defence);
  if (saved) {
    const others = defencePolicies(env, roles, policies, "default");
    return { policies: { ...others, ...seatsOf(stored.get(saved.name)!, policies) }, digests: saved.policies };
  }
  if (!point.defender) return { policies: defencePolicies(env, roles, policies, point.defence), digests: {} };
  const { data, digests } = trained(run, cell.defending);
  return { policies: { ...defencePolicies(env, roles, policies, "default"), ...seatsOf(data, policies) }, digests };
}

/** How the attackers play in a cell at stage `select` or `test`. */
export function attackSeats(run: Run, cell: Cell): Seats {
  const { env, roles, policies, stored } = run.benchmark;
  const attack = findAttack(run.benchmark, cell.attack)!;
  if (attack.kind === "random") return { policies: randomAttack(roles), digests: {} };
  if (attack.kind === "scripted") return { policies: scriptedAttack(env, roles, policies, attack.name), digests: {} };
  const { data, digests } =
    attack.kind === "stored"
      ? { data: stored.get(attack.name)!, digests: attack.policies }
      : trained(run, cell.training);
  const seats = completeAttack(env, roles, policies, seatsOf(data, policies), `attack "${attack.name}"`);
  return { policies: seats, digests };
}

/** What a training made. @throws InputError if it has not been computed. */
function trained({ store }: Run, hash: string | undefined) {
  const result = hash === undefined ? undefined : store.read(hash);
  if (result?.kind !== "train") throw new InputError("its training has not been computed.");
  return { data: store.readPolicies(hash!, result), digests: result.policies };
}
