import { actionText } from "../llm/action.ts";
import type { Turn } from "../llm/episode.ts";
import { actionMeaning } from "../spaces/index.ts";
import { isNumbered } from "./typed.ts";

/** One choice of a decision, as a person is offered it. */
export interface Offer {
  readonly says: string;
  /** Everything there is to choose, and what may be chosen now. */
  readonly options: readonly {
    readonly value: number;
    readonly word: string;
    readonly spelt: string | number;
    readonly allowed: boolean;
  }[];
  /** Whether words can be typed as numbers too. */
  readonly numbered: boolean;
}

/** What a person may choose from; none of a box, whose numbers are typed. Marks around code are left out. */
export function offersOf({ space, legal }: Pick<Turn, "space" | "legal">): Offer[] {
  if (space.kind === "box" || legal === null) return [];
  return actionMeaning(space).map(({ low, high, names, says = "" }, i) => ({
    says: plain(says),
    options: Array.from({ length: high - low + 1 }, (_, k) => ({
      value: low + k,
      word: plain(names?.[k] ?? String(low + k)),
      spelt: names?.[k] ?? low + k,
      allowed: legal[i].includes(low + k),
    })),
    numbered: names !== undefined && isNumbered({ names }),
  }));
}

/** The same as lines; choices that offer the same share one. */
export function offerLines(turn: Pick<Turn, "space" | "legal">): string[] {
  const offers = offersOf(turn);
  if (offers.length === 0) return actionText(turn.space);
  const texts = offers.map(({ options, numbered }) =>
    options
      .filter(({ allowed }) => allowed)
      .map(({ value, word }) => (numbered ? `${value} ${word}` : word))
      .join(" | "),
  );
  if (offers.length === 1) return [`${offers[0].says || "the action"}:`, texts[0]];
  if (texts.every((text) => text === texts[0]))
    return [`${offers.length} choices (${offers.map(({ says }) => says).join("; ")}), each:`, texts[0]];
  return offers.map(({ says }, i) => `${i + 1}. ${says}: ${texts[i]}`);
}

/** Earlier steps that passed without a question since an agent was last asked, in step `last` (−1: never). */
export function passedSince({ step, before }: Pick<Turn, "step" | "before">, last: number): readonly string[] {
  const count = Math.min(before.length, step - last - 1);
  return count > 0 ? before.slice(-count).map((line) => line.replace(/^- /, "")) : [];
}

const plain = (text: string) => text.replaceAll("`", "");
