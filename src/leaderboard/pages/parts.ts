import { type Content, html, type Markup } from "../../report/html/html.ts";
import { badge } from "../../report/html/parts.ts";
import { number } from "../../report/text.ts";
import { damage } from "../external.ts";
import type { EntryFile } from "../schema.ts";

const MEANING = {
  claimed: ["warn", "nobody else has verified it yet"],
  reproduced: ["good", "somebody else verified it: every evaluation executed again, nothing differed"],
  disputed: ["bad", "a verification failed, or an attack beat what it claims"],
} as const;

/** An entry's state, with what it means. */
export function stateOf({ status }: EntryFile): Markup {
  const [tone, meaning] = MEANING[status];
  return badge(tone, status, meaning);
}

/** How many external attacks there were, and how many points they beat. */
export function challenges(file: EntryFile): Content {
  if (!file.external) return null;
  const { beaten, points } = damage(file);
  const { length } = file.external.attacks;
  return `${length} external ${length === 1 ? "attack" : "attacks"}, ${beaten} of ${points} points beaten`;
}

/** "attack x took 0.08 off the score and beat 3 of 5 points" */
export function lowering(file: EntryFile): Content {
  if (!file.external) return null;
  const { beaten, points, before, after } = damage(file);
  const names = file.external.attacks.map(({ name }) => name).join(", ");
  return html`${names}: score ${number(before, 3)} → ${number(after, 3)}, ${beaten} of ${points} points beaten`;
}

export const authorsOf = ({ claim }: EntryFile): string => claim.authors.join(", ") || "anonymous";
