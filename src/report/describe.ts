import { z } from "zod";
import { toJson } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import { resolveParams } from "../env/params.ts";
import type { RoleSpec } from "../env/roles.ts";
import type { Baseline } from "../learn/baseline.ts";
import type { EnvironmentPlugin } from "../library/plugin.ts";
import { defenceNames } from "../play/cast.ts";
import { actionMeaning, observationMeaning } from "../spaces/index.ts";
import { partsOf } from "../spaces/layout.ts";
import type { ActionSpace, ObservationSpace } from "../spaces/slot.ts";

/** Roles at given parameters (default: the defaults), or none where parameters have no defaults. */
export function rolesOf(env: Environment, params: unknown = {}): Readonly<Record<string, RoleSpec>> {
  try {
    return env.roles(resolveParams(env, params));
  } catch (error) {
    if (error instanceof InputError) return {};
    throw error;
  }
}

/** An environment as JSON: what scripts choose by. Infinite knob ends are strings. */
export function environmentJson(env: Environment) {
  return {
    id: env.id,
    summary: env.summary,
    threat: env.threat,
    roles: mapValues(rolesOf(env), ({ side, count, observation, action }) => ({
      side,
      count,
      controller: env.coordination?.[side] ?? "factored",
      observation: spaceText(observation),
      action: spaceText(action),
      meaning: { observation: observationMeaning(observation), action: actionMeaning(action) },
    })),
    params: parameterTable(env.params),
    knobs: env.knobs,
    ...(env.presets && { presets: env.presets }),
    counters: env.counters,
    metrics: mapValues(env.metrics, ({ axis, summary }) => ({ axis, summary })),
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

export function baselineJson({ id, summary, paper, coordination, config }: Baseline) {
  return { id, summary, paper, coordination, config: parameterTable(config) };
}

export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly default: string;
  readonly description: string;
}

/** Parameters of a zod object: type and range in words, default, description. */
export function parameterTable(schema: z.ZodObject): Parameter[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const json = z.toJSONSchema(field as z.ZodType, { io: "input", unrepresentable: "any" }) as JsonSchema;
    const absent = (field as z.ZodType).safeParse(undefined);
    const fallback = absent.success && absent.data !== undefined ? JSON.stringify(toJson(absent.data)) : "";
    const description = json.description ?? "";
    return { name, type: typeText(json), default: fallback.replace(/^"(.*)"$/, "$1"), description };
  });
}

export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

export function typeText(json: JsonSchema): string {
  if (json.anyOf) return json.anyOf.map(typeText).join(" or ");
  if (json.enum) return json.enum.join(" | ");
  if (json.const !== undefined) return String(json.const);
  if (json.type === "array") return `list of ${json.items ? typeText(json.items) : "values"}`;
  if (json.type !== "number" && json.type !== "integer") return json.type ?? "number";
  const bound = (value: number | undefined) =>
    value === undefined || Math.abs(value) >= 2 ** 53 - 1 ? undefined : value;
  const low = bound(json.minimum) ?? bound(json.exclusiveMinimum);
  const high = bound(json.maximum) ?? bound(json.exclusiveMaximum);
  const word = json.type === "integer" ? "whole" : "number";
  const above = bound(json.minimum) === undefined && low !== undefined;
  if (low === undefined && high === undefined) return word;
  return `${word} ${above ? "> " : ""}${low ?? "−∞"} … ${high ?? "∞"}`;
}

/** A space in a few words: "Box[12] (time 1, heard 8)", "Discrete(5)". */
export function spaceText(space: ObservationSpace | ActionSpace): string {
  if (space.kind === "discrete") return `Discrete(${space.n}${space.start ? ` from ${space.start}` : ""})`;
  if (space.kind === "multi-discrete") return `MultiDiscrete(${space.nvec.join(", ")})`;
  const parts = partsOf(space as ObservationSpace);
  const names = parts.length > 0 ? ` (${parts.map(([name, { size }]) => `${name} ${size}`).join(", ")})` : "";
  if (space.kind === "dict") return `Dict${names}`;
  return `Box[${space.shape.join("×")}]${names}`;
}

/** What `masque list` says of an environment, and its scripted play. */
export async function describeEnvironment(plugin: EnvironmentPlugin) {
  const { env } = plugin;
  const policies = await plugin.policies().catch(() => undefined);
  const summaries = (of: Readonly<Record<string, { summary?: string }>>) =>
    mapValues(of, ({ summary }) => summary ?? "");
  const roles = rolesOf(env);
  return {
    ...environmentJson(env),
    text: plugin.text()?.params ?? null,
    horizon: Object.keys(roles).length > 0 ? env.horizon(env.params.parse({})) : null,
    attacks: summaries(policies?.attacks ?? {}),
    defences: policies
      ? Object.fromEntries(
          defenceNames(roles, policies).map((name) => [
            name,
            policies.defences?.[name]?.summary ?? DEFENCES[name] ?? "",
          ]),
        )
      : {},
  };
}

const DEFENCES: Readonly<Record<string, string>> = {
  default: "how benign and defending roles play unless told otherwise",
  random: "defenders act at random: a yardstick",
};
