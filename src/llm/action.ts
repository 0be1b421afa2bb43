import { show } from "../data/errors.ts";
import { actionMeaning, type ChoiceMeaning } from "../spaces/index.ts";
import type { ActionSpace } from "../spaces/slot.ts";

// Actions in words and back. A choice is said by its name where it has one, else by its number; a list of choices is a
// list, a box a list of numbers. What a model answers is data of a stranger: it is looked at, never executed.

/** What an agent may do now: the allowed values of each choice, in order; null for a box, which has no masks. */
export type Legal = readonly (readonly number[])[] | null;

/** JSON Schema, as far as servers that hold models to one know it. */
export type Schema = Readonly<Record<string, unknown>>;

/** Values that an `enum` lists; beyond, bounds must do. */
const MOST_LISTED = 256;
/** Characters of a reply that are looked at. */
const MOST_READ = 20_000;

const nameOf = ({ names, low }: ChoiceMeaning, value: number): string | number => names?.[value - low] ?? value;

/** What is allowed by a mask that starts at `from`; everything where none is given. */
export function legalNow(space: ActionSpace, mask?: ArrayLike<number>, from = 0): Legal {
  if (space.kind === "box") return null;
  let at = from;
  return actionMeaning(space).map(({ low, high }) => {
    const all = Array.from({ length: high - low + 1 }, (_, i) => low + i);
    const allowed = mask ? all.filter((value) => mask[at + value - low] === 1) : all;
    at += all.length;
    return allowed;
  });
}

/** The only action there is, where there is only one: nobody need be asked. */
export function onlyAction(legal: Legal): number[] | undefined {
  return legal?.every((values) => values.length === 1) ? legal.map(([value]) => value) : undefined;
}

/** What there is to choose, a line a choice; of several that are called alike, one line. */
export function actionText(space: ActionSpace): string[] {
  if (space.kind === "box") {
    const [{ says, low, high }] = actionMeaning(space);
    return [`- ${space.size} ${space.size === 1 ? "number" : "numbers"}, ${low} to ${high}${says ? `: ${says}` : ""}`];
  }
  const choices = actionMeaning(space);
  return choices.map((choice, i) => {
    const head = choices.length > 1 ? `- choice ${i + 1},` : "-";
    return `${head}${choice.says ? ` ${choice.says}` : ""}: ${valuesText(choice, all(choice))}`;
  });
}

const all = ({ low, high }: ChoiceMeaning) => Array.from({ length: high - low + 1 }, (_, i) => low + i);

function valuesText(choice: ChoiceMeaning, values: readonly number[]): string {
  const [first, last] = [values[0], values[values.length - 1]];
  if (!choice.names && values.length > 2 && last - first === values.length - 1) return `${first} to ${last}`;
  const words = values.slice(0, MOST_LISTED).map((value) => JSON.stringify(nameOf(choice, value)));
  return words.join(", ") + (values.length > MOST_LISTED ? ", …" : "");
}

/** The form that an answer's action has. */
export function actionShape(space: ActionSpace): string {
  if (space.kind === "box") return `[${space.size === 1 ? "a number" : `${space.size} numbers`}]`;
  const choices = actionMeaning(space);
  if (space.kind === "multi-discrete") return `[${choices.map((_, i) => `<choice ${i + 1}>`).join(", ")}]`;
  return choices[0].names ? '"<one of these names>"' : "<one of these numbers>";
}

/** What is allowed now, in words, where that is less than everything. */
export function allowedText(space: ActionSpace, legal: Legal): string[] | undefined {
  if (legal === null) return undefined;
  const choices = actionMeaning(space);
  if (choices.every((choice, i) => legal[i].length === choice.high - choice.low + 1)) return undefined;
  return choices.map(
    (choice, i) => `- ${choices.length > 1 ? `choice ${i + 1}: ` : ""}${valuesText(choice, legal[i])}`,
  );
}

/**
 * The schema that an answer must have: `why`, a few words, comes before `action`, so that a model that is held to the
 * schema token by token has thought before it acts. Choices that differ share one list of values: servers know no other form.
 */
export function replySchema(space: ActionSpace, legal: Legal): Schema {
  return {
    type: "object",
    properties: { why: { type: "string", maxLength: 120 }, action: actionSchema(space, legal) },
    required: ["why", "action"],
    additionalProperties: false,
  };
}

function actionSchema(space: ActionSpace, legal: Legal): Schema {
  const list = (items: Schema, n: number) => ({ type: "array", items, minItems: n, maxItems: n });
  if (space.kind === "box" || legal === null) {
    const [{ low, high }] = actionMeaning(space);
    const bounded = Number.isFinite(low) && Number.isFinite(high);
    return list({ type: "number", ...(bounded && { minimum: low, maximum: high }) }, (space as { size: number }).size);
  }
  const choices = actionMeaning(space);
  const values = [...new Set(choices.flatMap((choice, i) => legal[i].map((value) => nameOf(choice, value))))];
  const numeric = values.every((value) => typeof value === "number");
  const one =
    values.length <= MOST_LISTED
      ? { ...(numeric ? { type: "integer" } : {}), enum: values }
      : { type: "integer", minimum: Math.min(...(values as number[])), maximum: Math.max(...(values as number[])) };
  return space.kind === "discrete" ? one : list(one, choices.length);
}

/** An action as its numbers, or what is wrong with an answer. */
export type Read = { readonly action: number[] } | { readonly error: string };

/** Reads an answer: the JSON object in it, and the action in that. Numbers of a box are clipped to its bounds. */
export function readReply(space: ActionSpace, legal: Legal, reply: string): Read {
  const text = reply.slice(0, MOST_READ);
  const [from, to] = [text.indexOf("{"), text.lastIndexOf("}")];
  let value: unknown;
  try {
    value = JSON.parse(text.slice(from, to + 1));
  } catch {
    return { error: "it is no JSON object" };
  }
  if (from < 0 || typeof value !== "object" || value === null || !Object.hasOwn(value, "action")) {
    return { error: 'the JSON object has no key "action"' };
  }
  return readAction(space, legal, (value as { action: unknown }).action);
}

/** Reads an action, as JSON spells it: names or numbers of choices, numbers of a box. */
export function readAction(space: ActionSpace, legal: Legal, given: unknown): Read {
  if (space.kind === "box" || legal === null) return readBox(space as ActionSpace & { kind: "box" }, given);
  const choices = actionMeaning(space);
  const list = space.kind === "discrete" ? [given] : given;
  if (!Array.isArray(list) || list.length !== choices.length) {
    return { error: `the action is ${show(given)}, expected a list of ${choices.length} choices` };
  }
  const action: number[] = [];
  for (const [i, choice] of choices.entries()) {
    const value = legal[i].find((value) => means(nameOf(choice, value), list[i]));
    if (value === undefined) {
      const what = choices.length > 1 ? `choice ${i + 1}` : "the action";
      return { error: `${what} is ${show(list[i])}, expected ${valuesText(choice, legal[i])}` };
    }
    action.push(value);
  }
  return { action };
}

/** Whether an answer is a name or number: names that are numbers may be given as such, and the other way round. */
function means(name: string | number, given: unknown): boolean {
  if (given === name) return true;
  if (typeof given !== "string" && typeof given !== "number") return false;
  return String(given).trim() === String(name);
}

function readBox({ size, low, high }: ActionSpace & { kind: "box" }, given: unknown): Read {
  const list = Array.isArray(given) ? (given as unknown[]) : [given];
  if (list.length !== size || !list.every((value) => typeof value === "number" && Number.isFinite(value))) {
    return { error: `the action is ${show(given)}, expected ${size} ${size === 1 ? "number" : "numbers"}` };
  }
  // No −0: a tape has no spelling for it, and a trace tells it from 0.
  const clip = (value: number, i: number) => Math.fround(Math.min(high[i], Math.max(low[i], value))) + 0;
  return { action: (list as number[]).map(clip) };
}

/** An action in words. */
export function tellAction(space: ActionSpace, action: ArrayLike<number>): string {
  if (space.kind === "box") return `[${Array.from(action, (value) => Number(value.toPrecision(3))).join(", ")}]`;
  const words = actionMeaning(space).map((choice, i) => JSON.stringify(nameOf(choice, action[i])));
  return space.kind === "discrete" ? words[0] : `[${words.join(", ")}]`;
}
