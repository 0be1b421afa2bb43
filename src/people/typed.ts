import { type Legal, type Read, readAction } from "../llm/action.ts";
import { actionMeaning, type ChoiceMeaning } from "../spaces/index.ts";
import type { ActionSpace } from "../spaces/slot.ts";

/**
 * An action from what somebody typed. A choice is its name, the beginning of one that no other has, or its number;
 * several are parted by commas or spaces, and `all WORD` is one word for every choice. A box takes numbers.
 */
export function readTyped(space: ActionSpace, legal: Legal, line: string): Read {
  const text = line.trim();
  if (space.kind === "box") return readAction(space, legal, text.split(/[\s,]+/).map(Number));
  const choices = actionMeaning(space);
  if (choices.length === 1) {
    const value = meant(choices[0], legal![0], text);
    return readAction(space, legal, space.kind === "discrete" ? value : [value]);
  }
  const [, one] = /^all\s+(.+)$/i.exec(text) ?? [];
  const words = one === undefined ? text.split(text.includes(",") ? "," : /\s+/) : choices.map(() => one);
  return readAction(
    space,
    legal,
    words.map((word, i) => (i < choices.length ? meant(choices[i], legal![i], word.trim()) : word)),
  );
}

/** Whether choices can be named by their numbers too: not where a name is a number itself. */
export const isNumbered = ({ names }: Pick<ChoiceMeaning, "names">): boolean =>
  !names?.some((name) => name.trim() !== "" && Number.isFinite(Number(name)));

/** A typed word as the name or number that it stands for; itself where it stands for none, which the error then shows. */
function meant(choice: ChoiceMeaning, legal: readonly number[], word: string): string | number {
  const { names, low } = choice;
  if (!names || names.includes(word)) return word;
  // Where names are numbers, "0" is no beginning of 0.5, and no place in a list.
  if (!isNumbered(choice)) return word;
  if (/^-?\d+$/.test(word)) return names[Number(word) - low] ?? word;
  const allowed = legal.map((value) => names[value - low]);
  const begun = allowed.filter((name) => word !== "" && name.toLowerCase().startsWith(word.toLowerCase()));
  return begun.length === 1 ? begun[0] : word;
}
