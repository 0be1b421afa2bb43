import type { z } from "zod";
import { explainIssue, firstIssue, InputError, unknownName } from "../data/errors.ts";
import type { Environment, Knob } from "./define.ts";
import type { Roles } from "./roles.ts";

/**
 * Fills in the set of parameters that `preset` names; what is given beside it stands.
 * @throws InputError if the environment has no set of that name.
 */
export function withPreset(env: Pick<Environment, "id" | "presets">, given: unknown): unknown {
  if (typeof given !== "object" || given === null || !Object.hasOwn(given, "preset")) return given;
  const { preset: name, ...rest } = given as Record<string, unknown>;
  const presets = env.presets ?? {};
  if (typeof name !== "string" || !Object.hasOwn(presets, name)) {
    throw unknownName(`preset of ${env.id}`, String(name), Object.keys(presets));
  }
  return { ...presets[name].params, ...rest };
}

/**
 * Parameters with defaults filled in, checked against the environment's schema; `preset` stands for a named set of them.
 * Unknown keys are refused.
 * @throws InputError naming the environment, the parameter, what was expected, and the nearest valid name.
 */
export function resolveParams<P extends z.ZodObject, R extends Roles, C extends string>(
  env: Environment<P, R, C>,
  given: unknown = {},
): z.output<P> {
  const filled = withPreset(env as unknown as Environment, given);
  const parsed = env.params.strict().safeParse(filled);
  if (parsed.success) return parsed.data as z.output<P>;
  const issue = firstIssue(parsed.error.issues);
  const known = () => Object.keys(env.params.shape);
  throw new InputError(`${env.id}: ${explainIssue(issue, filled, known, "parameter")}`);
}

/** Where a knob's value lies between off (0) and lockdown (1). Infinite ends are met halfway by v/(1+v). */
export function knobScale(knob: Knob, value: number): number {
  if (value === knob.off) return 0;
  if (value === knob.lockdown) return 1;
  const bend = (v: number) => (v === Number.POSITIVE_INFINITY ? 1 : v / (1 + Math.abs(v)));
  const bounded = Number.isFinite(knob.off) && Number.isFinite(knob.lockdown);
  const [v, off, lockdown] = bounded ? [value, knob.off, knob.lockdown] : [value, knob.off, knob.lockdown].map(bend);
  return (v - off) / (lockdown - off);
}

/** All knobs of an environment at the given parameters, each scaled to [0,1], in declaration order. */
export function knobVector(env: Environment, params: Readonly<Record<string, unknown>>): number[] {
  return Object.entries(env.knobs).map(([name, knob]) => knobScale(knob, Number(params[name])));
}
