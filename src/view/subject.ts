import { InputError, unknownName } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import { resolveParams } from "../env/params.ts";
import type { Painter } from "../env/scene.ts";
import { completeAttack, defencePolicies, randomAttack, scriptedAttack } from "../play/cast.ts";
import type { PolicyData } from "../policy/data.ts";
import { policyFrom } from "../policy/from-data.ts";
import { type Controller, type PolicyFactory, type ScriptedPolicies, sealed } from "../policy/policy.ts";
import { type Choice, SAVED } from "./choice.ts";

type Reference = (params: never) => Readonly<Record<string, number>> | null;

/** An environment's modules as a page's worker holds them. */
export interface Subject {
  readonly env: Environment;
  readonly policies: ScriptedPolicies;
  /** `tunable.ts`: dials of its attacks, where those are not among the policies already. */
  readonly tunable?: ScriptedPolicies["tunable"];
  readonly reference?: Reference;
  readonly bestResponse?: Reference;
  /** `scene.ts`: a picture for strangers. */
  readonly painter?: (params: never) => Painter;
  /** Attacks and defences of plug-ins. */
  readonly additions?: readonly Partial<ScriptedPolicies>[];
}

/** Trained policies that a page brings along, by role. */
export type Saved = Readonly<Record<string, PolicyData>>;

/** Who plays in a choice: everyone in the clean arm, and under the attack. */
export interface Cast {
  readonly params: Readonly<Record<string, unknown>>;
  readonly clean: Readonly<Record<string, PolicyFactory>>;
  attacked(attack: string): Readonly<Record<string, PolicyFactory>>;
}

/**
 * Seats everyone as `masque eval` does.
 * @throws InputError for parameters that the environment refuses, or names that it does not know
 */
export function castOf(subject: Subject, choice: Choice, saved: Saved = {}): Cast {
  const { env } = subject;
  if (choice.environment !== env.id) throw unknownName("environment", choice.environment, [env.id]);
  const params = resolveParams(env, choice.params);
  const roles = env.roles(params);
  const policies = scriptsOf(subject);
  const trained = Object.entries(saved).map(([role, data]): [string, PolicyFactory] => [
    role,
    policyFrom(data, policies),
  ]);
  const of = (attacking: boolean) =>
    Object.fromEntries(trained.filter(([role]) => (roles[role]?.side === "attacker") === attacking));
  const others =
    choice.defence === SAVED
      ? { ...defencePolicies(env, roles, policies, "default"), ...of(false) }
      : defencePolicies(env, roles, policies, choice.defence);
  const attack = (name: string) => {
    if (name === SAVED) {
      const own = of(true);
      if (Object.keys(own).length === 0) throw new InputError(`${env.id}: this page brings no trained attack along.`);
      return completeAttack(env, roles, policies, own, "the trained attack");
    }
    const isOwn = Object.hasOwn(policies.attacks, name);
    return name === "random" && !isOwn ? randomAttack(roles) : scriptedAttack(env, roles, policies, name);
  };
  return {
    params: params as Readonly<Record<string, unknown>>,
    clean: { ...others, ...scriptedAttack(env, roles, policies, "none") },
    attacked: (name) => ({ ...others, ...attack(name) }),
  };
}

/** The scripts of an environment and of what plug-ins add to it. */
export function scriptsOf({ policies, tunable, additions = [] }: Subject): ScriptedPolicies {
  const sealAll = (roles: Readonly<Record<string, PolicyFactory>>) =>
    Object.fromEntries(Object.entries(roles).map(([role, factory]) => [role, sealed(factory)]));
  const seal = (controllers: Readonly<Record<string, Controller>> = {}) =>
    Object.fromEntries(Object.entries(controllers).map(([name, one]) => [name, { ...one, roles: sealAll(one.roles) }]));
  const sealDials = (dials: ScriptedPolicies["tunable"] = {}) =>
    Object.fromEntries(
      Object.entries(dials).map(([name, one]) => [name, { ...one, roles: (set: never) => sealAll(one.roles(set)) }]),
    );
  return {
    ...policies,
    tunable: Object.assign({}, tunable, policies.tunable, ...additions.map((one) => sealDials(one.tunable))),
    attacks: Object.assign({}, policies.attacks, ...additions.map(({ attacks }) => seal(attacks))),
    defences: Object.assign({}, policies.defences, ...additions.map(({ defences }) => seal(defences))),
  };
}
