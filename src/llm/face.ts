import { canonical, digest } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import type { RoleBuffers } from "../env/buffers.ts";
import type { Environment, Metric } from "../env/define.ts";
import type { RoleSpec } from "../env/roles.ts";
import { observationMeaning, type PartMeaning } from "../spaces/index.ts";
import { partsOf } from "../spaces/layout.ts";
import { actionShape, actionText } from "./action.ts";

/** What an environment looks like in words to the agents of one role: generated, with nothing written for any one of them. */
export interface Face {
  /** What the game is, what pays, what is seen and what can be done; the same for all agents of the role in all episodes. */
  readonly rules: string;
  /** The same for models, who are told in which form to answer. */
  readonly system: string;
  /** An observation as lines, one a named part. */
  sees(obs: ArrayLike<number>, from: number): string[];
  /** SHA-256 of all that is said besides what is seen: two faces of one digest ask in the same words. */
  readonly digest: string;
}

/** Raised when wording changes: recorded prompts are then no longer those that this face makes. */
const FORM = 1;

/** Parts whose numbers are said one by one; longer ones of zeros and ones are said by the places of the ones. */
const LISTED = 8;

/** @throws InputError for a role that the environment does not have at these parameters */
export function faceOf(env: Environment, params: Readonly<Record<string, unknown>>, role: string): Face {
  const roles = env.roles(params);
  if (!Object.hasOwn(roles, role)) throw new InputError(`${env.id} has no role "${role}" at these parameters.`);
  const spec = roles[role];
  const parts = observationMeaning(spec.observation);
  const names = new Map(partsOf(spec.observation).map(([name, box]) => [name, box.names]));
  const wordsOf = parts.map((part) => partWords(part, names.get(part.name)));
  const rules = rulesOf(env, params, role, spec, parts);
  const form = `{"why": "<a few words>", "action": ${actionShape(spec.action)}}`;
  const system = `${rules}\n\nAnswer with one JSON object and nothing else: ${form}`;
  return {
    rules,
    system,
    sees: (obs, from) => parts.map((part, i) => `${part.name}: ${wordsOf[i](obs, from + part.from)}`),
    digest: digest({ form: FORM, system }),
  };
}

function rulesOf(
  env: Environment,
  params: Readonly<Record<string, unknown>>,
  role: string,
  spec: RoleSpec,
  parts: readonly PartMeaning[],
): string {
  const { side, count } = spec;
  const described = Object.entries(params).map(([name, value]) => {
    const says = (env.params.shape as Record<string, { description?: string }>)[name]?.description;
    return `- ${name} = ${canonical(value)}${says ? `: ${says}` : ""}`;
  });
  return [
    "You play a part in a small game of multi-agent security: a mathematical model, in which nothing is real.",
    "",
    `The game (${env.id}): ${env.summary}`,
    `Your part: ${role}, ${count > 1 ? `one of ${count}` : "the only one"}, on the ${side} side.`,
    whatPays(env, side),
    "",
    "Parameters of the game:",
    ...described,
    "",
    "In each step you see:",
    ...parts.map(({ name, size, low, high, says }) => {
      const range = `${round(low)} to ${round(high)}`;
      return `- ${name}${size > 1 ? ` (${size} numbers)` : ""}, ${range}${says ? `: ${says}` : ""}`;
    }),
    "",
    "You then act:",
    ...actionText(spec.action),
  ].join("\n");
}

/** One sentence: what a side wants, in the words of the metrics that it is scored by. */
function whatPays(env: Environment, side: RoleSpec["side"]): string {
  const on = (axis: "utility" | "security") =>
    Object.entries<Metric<string>>(env.metrics).find(([, metric]) => metric.axis === axis)!;
  const said = ([name, { summary }]: [string, Metric<string>]) => `"${name}" (${summary})`;
  const [utility, security] = [said(on("utility")), said(on("security"))];
  if (side === "attacker") return `You want ${security} to be as low as you can make it.`;
  if (side === "defender") return `You want ${security} to be high, at as little cost to ${utility} as possible.`;
  return `You want ${utility} to be high.`;
}

/** How the numbers of one part are said: rounded; of a one-hot, which; of long zeros and ones, where the ones are. */
function partWords({ size, low, high, says }: PartMeaning, names: readonly string[] | undefined) {
  const place = (i: number) => names?.[i] ?? String(i);
  // Where symbol 0 is all zeros, the ones' places are one off: those are said as places, like any other bits.
  const oneHot = size > 1 && low === 0 && high === 1 && /one-hot/.test(says ?? "");
  return (obs: ArrayLike<number>, from: number): string => {
    const values = Array.from({ length: size }, (_, i) => obs[from + i]);
    const binary = values.every((value) => value === 0 || value === 1);
    if (binary && (oneHot || size > LISTED)) {
      const ones = values.flatMap((value, i) => (value === 1 ? [place(i)] : []));
      if (ones.length === 0) return "none";
      return oneHot && ones.length === 1 ? ones[0] : `1 at ${ones.join(", ")}`;
    }
    return values.map(round).join(", ");
  };
}

/** Three significant digits; no −0. */
const round = (value: number): string => String(Number(value.toPrecision(3)) + 0);

/** What an agent is asked in one step. `before`: earlier steps, the latest last. */
export function turnPrompt(
  { sees }: Face,
  { agents, obs, obsSize }: Pick<RoleBuffers, "agents" | "obs" | "obsSize">,
  row: number,
  {
    step,
    horizon,
    before,
    allowed,
  }: {
    /** From 1. */
    readonly step: number;
    readonly horizon: number;
    readonly before: readonly string[];
    /** What may be done now, where that is not everything. */
    readonly allowed?: readonly string[];
  },
): string {
  return [
    `You are ${agents[row]}. Step ${step} of at most ${horizon}.`,
    ...(before.length > 0 ? ["", "Before:", ...before] : []),
    "",
    "Now you see:",
    ...sees(obs, row * obsSize).map((line) => `- ${line}`),
    ...(allowed ? ["", "Allowed now:", ...allowed] : []),
    "",
    "What do you do?",
  ].join("\n");
}

/** A step that is over, in a line of the history. */
export function pastLine(step: number, seen: readonly string[], did: string): string {
  return `- step ${step}: ${seen.join("; ")}; you did ${did}`;
}
