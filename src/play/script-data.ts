import type { Environment } from "../env/define.ts";
import type { RoleSpec } from "../env/roles.ts";
import type { PolicyData } from "../policy/data.ts";
import type { Setting } from "../policy/dials.ts";
import type { ScriptedPolicies } from "../policy/policy.ts";
import { scriptAt } from "../policy/tunable.ts";
import { obsSize } from "../spaces/slot.ts";
import { checkController } from "./cast.ts";

/**
 * A setting of a scripted attack as saved policies: data that stand wherever a trained policy may, one a role it plays.
 * @param made what they are said to come from
 * @throws InputError for scripts, dials and values that there are not, and for scripts that may not be played here
 */
export function scriptData(
  env: Environment,
  roles: Readonly<Record<string, RoleSpec>>,
  scripts: Pick<ScriptedPolicies, "attacks" | "tunable">,
  { name, set, made = "script" }: { readonly name: string; readonly set: Setting; readonly made?: string },
): Record<string, PolicyData> {
  const { controller } = scriptAt(scripts, env.id, { name, set });
  checkController(env, roles, controller, `attack "${name}"`);
  const { joint = false } = controller;
  return Object.fromEntries(
    Object.keys(controller.roles).map((role) => [
      role,
      scriptPolicy(env, role, roles[role], { script: { name, set: { ...set } }, joint, made }),
    ]),
  );
}

/** One role's part of a script as data. */
export function scriptPolicy(
  env: Pick<Environment, "id">,
  role: string,
  { observation, action }: RoleSpec,
  {
    script,
    joint,
    made,
  }: { readonly script: NonNullable<PolicyData["script"]>; readonly joint: boolean; readonly made: string },
): PolicyData {
  return {
    format: 1,
    kind: "script",
    environment: env.id,
    role,
    baseline: made,
    obsSize: obsSize(observation),
    action: action.toJSON(),
    hidden: [],
    activation: "tanh",
    conditioned: false,
    joint,
    script,
    greedy: false,
    extra: {},
    tensors: {},
  };
}
