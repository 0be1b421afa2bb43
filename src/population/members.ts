import type { Environment } from "../env/define.ts";
import type { RoleSpec } from "../env/roles.ts";
import { attackerRoles, defencePolicies, defenderRoles } from "../play/cast.ts";
import { scriptPolicy } from "../play/script-data.ts";
import { policyDigest } from "../policy/checkpoint.ts";
import type { PolicyData } from "../policy/data.ts";
import { policyFrom } from "../policy/from-data.ts";
import { mixtureData } from "../policy/mixture.ts";
import type { PolicyFactory, ScriptedPolicies } from "../policy/policy.ts";
import type { Share, Side } from "./psro.ts";

/** A pure strategy of a side: one policy for each of its roles, as data. */
export interface Member {
  readonly side: Side;
  /** What tables call it: a script's name, or `cem-3`. */
  readonly title: string;
  readonly policies: Readonly<Record<string, PolicyData>>;
}

/** An environment whose sides have populations, at fixed parameters. */
export interface Place {
  readonly env: Environment;
  readonly params: Readonly<Record<string, unknown>>;
  readonly roles: Readonly<Record<string, RoleSpec>>;
  readonly scripts: ScriptedPolicies;
}

export const rolesOf = ({ roles }: Place, side: Side): string[] =>
  side === "attacker" ? attackerRoles(roles) : defenderRoles(roles);

const names = new WeakMap<Member["policies"], string>();

/** Two members that play by the same data are one. */
export function nameOf({ policies }: Member): string {
  const known = names.get(policies);
  if (known !== undefined) return known;
  const digests = Object.entries(policies).map(([role, data]) => `${role} ${policyDigest(data)}`);
  const name = digests.sort().join();
  names.set(policies, name);
  return name;
}

/** A scripted attack or defence by name; roles that it leaves out play `none`, or their default. */
export function scriptedMember(place: Place, side: Side, name: string): Member {
  const { env, roles, scripts } = place;
  const controller = side === "attacker" ? scripts.attacks[name] : scripts.defences?.[name];
  const rest = side === "attacker" ? "none" : "default";
  const policies = rolesOf(place, side).map((role): [string, PolicyData] => {
    const plays = controller !== undefined && Object.hasOwn(controller.roles, role);
    const script = { name: plays ? name : rest, set: {} };
    return [role, scriptPolicy(env, role, roles[role], { script, joint: controller?.joint ?? false, made: "script" })];
  });
  return { side, title: name, policies: Object.fromEntries(policies) };
}

/** Scripts that a side may play: all attacks, or the defences that leave other sides' roles alone. */
export function scriptNames({ scripts, roles }: Place, side: Side): string[] {
  if (side === "attacker") return Object.keys(scripts.attacks);
  const own = Object.entries(scripts.defences ?? {}).filter(([, controller]) =>
    Object.keys(controller.roles).every((role) => roles[role]?.side === "defender"),
  );
  return [...new Set(["default", ...own.map(([name]) => name)])];
}

/** Members in their shares as one policy a role, which draws one of them for an episode. */
export function mixtureOf(place: Place, side: Side, shares: readonly Share<Member>[]): Record<string, PolicyData> {
  return Object.fromEntries(
    rolesOf(place, side).map((role) => [
      role,
      mixtureData(
        shares.map(({ member, share }) => ({ weight: share, data: member.policies[role] })),
        "psro",
      ),
    ]),
  );
}

/** What plays a side's roles. */
export const seatsOf = (
  { scripts }: Place,
  policies: Readonly<Record<string, PolicyData>>,
): Record<string, PolicyFactory> =>
  Object.fromEntries(Object.entries(policies).map(([role, data]) => [role, policyFrom(data, scripts)]));

/** How everyone but attackers plays where a defender plays its roles. */
export const defenceOf = (place: Place, policies: Readonly<Record<string, PolicyData>>) => ({
  ...defencePolicies(place.env, place.roles, place.scripts, "default"),
  ...seatsOf(place, policies),
});
