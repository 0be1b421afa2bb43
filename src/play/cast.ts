import { InputError, unknownName } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import type { RoleSpec } from "../env/roles.ts";

import { type Controller, type PolicyFactory, random, type ScriptedPolicies } from "../policy/policy.ts";

type Roles = Readonly<Record<string, RoleSpec>>;
type Factories = Readonly<Record<string, PolicyFactory>>;

export function attackerRoles(roles: Roles): string[] {
  return Object.keys(roles).filter((role) => roles[role].side === "attacker");
}

export function defenderRoles(roles: Roles): string[] {
  return Object.keys(roles).filter((role) => roles[role].side === "defender");
}

/** All attackers play at random. */
export function randomAttack(roles: Roles): Factories {
  return Object.fromEntries(attackerRoles(roles).map((role) => [role, random]));
}

/** Names of defences: `default`, `random` where someone defends, and the environment's own. */
export function defenceNames(roles: Roles, policies: ScriptedPolicies): string[] {
  const own = Object.keys(policies.defences ?? {});
  return [...new Set(["default", ...(defenderRoles(roles).length > 0 ? ["random"] : []), ...own])];
}

/**
 * How everyone but the attackers plays under a defence.
 * @throws InputError for an unknown defence, or a role without a policy.
 */
export function defencePolicies(env: Environment, roles: Roles, policies: ScriptedPolicies, name: string): Factories {
  const others = Object.keys(roles).filter((role) => roles[role].side !== "attacker");
  const chosen = checkDefence(env, roles, policies, name);
  return Object.fromEntries(
    others.map((role) => {
      const factory = chosen[role] ?? policies.defaults[role];
      if (!factory) throw new InputError(`${env.id}: its policies have no default for role "${role}".`);
      return [role, factory];
    }),
  );
}

/** What a defence changes of the defaults. @throws InputError if there is none of the name, or it may not be played. */
export function checkDefence(env: Environment, roles: Roles, policies: ScriptedPolicies, name: string): Factories {
  if (policies.defences && Object.hasOwn(policies.defences, name)) {
    const controller = policies.defences[name];
    checkController(env, roles, controller, `defence "${name}"`);
    const attacker = Object.keys(controller.roles).find((role) => roles[role].side === "attacker");
    if (attacker) throw new InputError(`${env.id}: defence "${name}" plays the attackers' role "${attacker}".`);
    return controller.roles;
  }
  if (name === "default") return {};
  if (name === "random" && defenderRoles(roles).length > 0) {
    return Object.fromEntries(defenderRoles(roles).map((role) => [role, random]));
  }
  throw unknownName(`defence of ${env.id}`, name, defenceNames(roles, policies));
}

/**
 * A scripted attack's policies for every attacker role; roles it leaves out play `none`.
 * @throws InputError for an unknown attack, one of another side, or a joint one on a factored side.
 */
export function scriptedAttack(env: Environment, roles: Roles, policies: ScriptedPolicies, name: string): Factories {
  if (!Object.hasOwn(policies.attacks, name)) {
    throw unknownName(`attack of ${env.id}`, name, Object.keys(policies.attacks));
  }
  const controller = policies.attacks[name];
  checkController(env, roles, controller, `attack "${name}"`);
  return completeAttack(env, roles, policies, controller.roles, `attack "${name}"`);
}

/**
 * How a role plays under the script of a name: an attack for attackers, a defence for everyone else.
 * @throws InputError as `scriptedAttack` and `defencePolicies` do
 */
export function scriptedRole(
  env: Environment,
  roles: Roles,
  policies: ScriptedPolicies,
  role: string,
  name: string,
): PolicyFactory {
  const seats = roles[role].side === "attacker" ? scriptedAttack : defencePolicies;
  return seats(env, roles, policies, name)[role];
}

/** Adds `none` for the attacker roles that an attack leaves out. @throws InputError if it plays another side's role. */
export function completeAttack(
  env: Environment,
  roles: Roles,
  policies: ScriptedPolicies,
  attack: Factories,
  what: string,
): Factories {
  for (const role of Object.keys(attack)) {
    if (!Object.hasOwn(roles, role)) throw unknownName(`role of ${env.id}`, role, Object.keys(roles));
    if (roles[role].side !== "attacker") {
      throw new InputError(`${env.id}: ${what} plays role "${role}", which is on the ${roles[role].side} side.`);
    }
  }
  return Object.fromEntries(
    attackerRoles(roles).map((role) => {
      const factory = attack[role] ?? policies.attacks.none.roles[role];
      if (!factory) throw new InputError(`${env.id}: neither ${what} nor "none" plays the attackers' role "${role}".`);
      return [role, factory];
    }),
  );
}

/** @throws InputError for a role that there is not, or a joint controller on a factored side */
export function checkController(env: Environment, roles: Roles, controller: Controller, what: string): void {
  for (const role of Object.keys(controller.roles)) {
    if (!Object.hasOwn(roles, role)) throw unknownName(`role of ${env.id}`, role, Object.keys(roles));
    if (controller.joint) checkCoordination(env, roles[role].side, { id: what, coordination: "joint" });
  }
}

/** @throws InputError if a joint controller is to play a side whose agents may act on their own observations only. */
export function checkCoordination(
  env: Environment,
  side: "benign" | "attacker" | "defender",
  controller: { readonly id: string; readonly coordination: "joint" | "factored" },
): void {
  if (controller.coordination === "joint" && env.coordination?.[side] !== "joint") {
    throw new InputError(
      `${env.id}: ${controller.id} is a joint controller, but the ${side} side is factored: its agents act on their own observations only. Use a factored one, such as mappo.`,
    );
  }
}
