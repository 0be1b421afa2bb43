import { InputError, show, unknownName } from "../data/errors.ts";
import { type Dial, declared, type Setting } from "./dials.ts";
import type { Controller, ScriptedPolicies, Tunable } from "./policy.ts";

/** Declares a tunable script: names of dials are known where they are read. */
export function tunable<D extends string, R extends object>(script: {
  readonly dials: Readonly<Record<D, Dial>>;
  /** Policies by role, at a setting of all dials. */
  roles(setting: Readonly<Record<D, number>>): R;
}): {
  readonly dials: Readonly<Record<D, Dial>>;
  /** As declared. */
  roles(setting: Setting): R;
} {
  return script as never;
}

/**
 * How an attack plays at a setting; without one as it is written.
 * @param environment its id, for errors
 * @throws InputError for scripts and dials that there are not, and for values out of a dial's range
 */
export function scriptAt(
  scripts: Pick<ScriptedPolicies, "attacks" | "tunable">,
  environment: string,
  { name, set }: { readonly name: string; readonly set: Setting },
): { readonly controller: Controller; readonly setting: Setting } {
  if (!Object.hasOwn(scripts.attacks, name))
    throw unknownName(`attack of ${environment}`, name, Object.keys(scripts.attacks));
  const controller = scripts.attacks[name];
  if (Object.keys(set).length === 0) return { controller, setting: {} };
  const found = tunableOf(scripts, environment, name);
  for (const [dial, value] of Object.entries(set)) {
    if (!Object.hasOwn(found.dials, dial))
      throw unknownName(`dial of the attack ${name} of ${environment}`, dial, Object.keys(found.dials));
    const { low, high, integer } = found.dials[dial];
    if (typeof value === "number" && value >= low && value <= high && !(integer && !Number.isInteger(value))) continue;
    throw new InputError(
      `${environment}: attack ${name}: ${dial} is ${show(value)}; expected ${integer ? "a whole number" : "a number"} from ${low} to ${high}.`,
    );
  }
  const setting = { ...declared(found), ...set };
  return { controller: { ...controller, roles: found.roles(setting) }, setting };
}

/** The dials of an attack. @throws InputError where it has none, naming those that have */
export function tunableOf(
  { tunable = {}, attacks }: Pick<ScriptedPolicies, "attacks" | "tunable">,
  environment: string,
  name: string,
): Tunable {
  if (Object.hasOwn(tunable, name)) return tunable[name];
  if (!Object.hasOwn(attacks, name)) throw unknownName(`attack of ${environment}`, name, Object.keys(attacks));
  const others = Object.keys(tunable).join(", ") || "none";
  throw new InputError(`${environment}: the attack ${name} has no dials. Those that have: ${others}.`);
}

/** A setting in a word, as the command line takes it: `hug-pulse:period=3,reach=0.7`. */
export function settingText(name: string, set: Setting): string {
  const values = Object.entries(set).map(([dial, value]) => `${dial}=${value}`);
  return values.length === 0 ? name : `${name}:${values.join(",")}`;
}
