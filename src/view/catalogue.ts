import { z } from "zod";
import { InputError } from "../data/errors.ts";
import { knobScale } from "../env/params.ts";
import type { EnvironmentPlugin } from "../library/plugin.ts";
import { describeEnvironment, type JsonSchema } from "../report/describe.ts";
import type { Golden } from "../testing/golden.ts";
import type { Choice, Field, Value } from "./choice.ts";
import type { Axes, Shown, ShownPoint } from "./entries.ts";

/** What a page knows of an environment before it has played anything. */
export interface Card {
  readonly name: string;
  readonly id: string;
  readonly summary: string;
  readonly threat: string;
  readonly fields: readonly Field[];
  readonly knobs: readonly { readonly name: string; readonly grid: readonly number[] }[];
  readonly metrics: Readonly<Record<string, { readonly axis: "utility" | "security"; readonly summary: string }>>;
  readonly axes: Axes;
  readonly attacks: Readonly<Record<string, string>>;
  readonly defences: Readonly<Record<string, string>>;
  /** Names of its roles. */
  readonly roles: readonly string[];
  /** Digest of its golden trace, which this browser must play, too; null where it has none. */
  readonly golden: string | null;
  /** The environment's own parameters, where they are plain values. */
  readonly defaults: Readonly<Record<string, Value>>;
  /** What its records name it by. */
  readonly digest: string;
  /** Small parameters for people who play, where it has some. */
  readonly text: Readonly<Record<string, unknown>> | null;
  /** What a page begins with. */
  readonly start: Choice;
  /** A frontier to stand beside, from the reference entry. */
  readonly shown: Shown | null;
}

/** Most episodes a page plays by itself at first, and fewest. */
const EPISODES = { most: 256, least: 16 } as const;

/**
 * All about an environment that a page shows beside what it plays. Where there is a reference entry, the page begins
 * where that was measured: with its parameters, on its axes, under the script that was the worst there.
 */
export async function cardOf(
  plugin: EnvironmentPlugin,
  golden: Golden | undefined,
  shown: Shown | null,
): Promise<Card> {
  const { env, name } = plugin;
  const { attacks, defences, roles } = await describeEnvironment(plugin);
  if (Object.keys(attacks).length === 0)
    throw new InputError(`${env.id} has no scripted attacks: nothing can be shown.`);
  const first = (axis: "utility" | "security") =>
    Object.keys(env.metrics).find((metric) => env.metrics[metric].axis === axis) ?? Object.keys(env.metrics)[0];
  const axes = shown?.axes ?? {
    ...{ utility: first("utility"), security: first("security") },
    arm: env.metrics[first("utility")].arm ?? "clean",
  };
  const defaults = Object.fromEntries(fieldsOf(env.params, {}).map((field) => [field.name, field.initial]));
  const fields = fieldsOf(env.params, shown?.params ?? {});
  const params = Object.fromEntries(fields.map((field) => [field.name, field.initial]));
  const start: Choice = {
    environment: env.id,
    params,
    attack: worstNear(shown, env, params, attacks),
    defence: "default",
    seed: 1,
    run: 0,
    episodes: Math.max(EPISODES.least, Math.min(EPISODES.most, shown?.episodes ?? EPISODES.most)),
    episode: 0,
    step: 0,
  };
  return {
    ...{ name, id: env.id, summary: env.summary, threat: env.threat, fields, axes, defaults, start, shown },
    knobs: Object.entries(env.knobs).map(([knob, { grid }]) => ({ name: knob, grid: [...grid] })),
    metrics: Object.fromEntries(
      Object.entries(env.metrics).map(([metric, { axis, summary }]) => [metric, { axis, summary }]),
    ),
    attacks: standing("random" in attacks ? attacks : { ...attacks, random: "attackers act at random: a yardstick" }),
    defences: standing(defences),
    roles: Object.keys(roles),
    golden: golden?.digest ?? null,
    digest: plugin.digest,
    text: plugin.text()?.params ?? null,
  };
}

/** Summaries that stand alone: what is "the same" as the one before it in a list begins with what that is. */
function standing(summaries: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let base = "";
  return Object.fromEntries(
    Object.entries(summaries).map(([name, text]) => {
      if (base !== "" && /^the same(?! as\b)/.test(text)) return [name, `${base}; ${text}`];
      base = text;
      return [name, text];
    }),
  );
}

/** The script that was the worst at the entry's point nearest to these dials; without an entry, the first that attacks. */
function worstNear(
  shown: Shown | null,
  { knobs }: EnvironmentPlugin["env"],
  params: Readonly<Record<string, unknown>>,
  attacks: Readonly<Record<string, string>>,
): string {
  const distance = (point: ShownPoint) =>
    Object.entries(point.knobs).reduce((sum, [name, value]) => {
      const scale = (of: number) => knobScale(knobs[name], of);
      return sum + Math.abs(scale(value) - scale(Number(params[name])));
    }, 0);
  const points = (shown?.points ?? []).filter(({ script }) => script in attacks && script !== "none");
  const [nearest] = points.sort((a, b) => distance(a) - distance(b));
  return nearest?.script ?? Object.keys(attacks).find((name) => name !== "none") ?? "none";
}

/** Parameters that a control can set: numbers, choices, flags; with what a page begins with. */
function fieldsOf(schema: z.ZodObject, given: Readonly<Record<string, unknown>>): Field[] {
  return Object.entries(schema.shape).flatMap(([name, type]): Field[] => {
    const json = z.toJSONSchema(type as z.ZodType, { io: "input", unrepresentable: "any" }) as JsonSchema;
    const parsed = (type as z.ZodType).safeParse(given[name]);
    const initial = parsed.success ? parsed.data : undefined;
    const says = json.description ?? "";
    if (typeof initial === "boolean") return [{ name, kind: "flag", initial, says }];
    if (typeof initial === "string" && json.enum)
      return [{ name, kind: "choice", choices: json.enum.map(String), initial, says }];
    if (typeof initial !== "number") return [];
    const bound = (value: number | undefined) =>
      value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;
    const [low, high] = [bound(json.minimum ?? json.exclusiveMinimum), bound(json.maximum ?? json.exclusiveMaximum)];
    const kind = json.type === "integer" ? ("whole" as const) : ("number" as const);
    return [{ name, kind, initial, says, ...(low !== undefined && { low }), ...(high !== undefined && { high }) }];
  });
}
