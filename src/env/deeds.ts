import { actionMeaning, type ChoiceMeaning } from "../spaces/meaning.ts";
import type { RoleBuffers } from "./buffers.ts";

/** Values of one choice, and choices of one role, that are told; the rest is "…". */
const SHOWN = 4;

/**
 * What each role did last in one copy, in the words of its action space: `{ leaker: "0.5 ×12, 0 ×4" }`. Boxes, whose numbers have
 * no names, are left out, and so are agents that no longer act.
 */
export function deedsOf(roles: readonly RoleBuffers[], copy: number): Record<string, string> {
  const said = roles.map((role): [string, string] => [role.name, deeds(role, copy)]);
  return Object.fromEntries(said.filter(([, words]) => words !== ""));
}

function deeds({ spec, count, alive, actions, actionSize }: RoleBuffers, copy: number): string {
  if (spec.action.kind === "box") return "";
  const choices = actionMeaning(spec.action);
  // Components that are called alike (a desk each, say) are told as one.
  const alike = choices.every(({ names, low, high }) => same(names, choices[0].names) && low === 0 && high < 1e6);
  const groups = alike && choices.length > 1 ? [choices.map((_, i) => i)] : choices.map((_, i) => [i]);
  const words = groups.slice(0, SHOWN).map((group) => {
    const tally = new Map<number, number>();
    for (let row = copy * count; row < (copy + 1) * count; row++) {
      if (alive[row] === 0) continue;
      for (const i of group) {
        const value = actions[row * actionSize + i];
        tally.set(value, (tally.get(value) ?? 0) + 1);
      }
    }
    const told = tellOf(tally, choices[group[0]]);
    const { says } = choices[group[0]];
    return groups.length > 1 && says !== undefined && told !== "" ? `${says}: ${told}` : told;
  });
  const more = groups.length > SHOWN ? "; …" : "";
  return words.filter((word) => word !== "").join("; ") + more;
}

function tellOf(tally: ReadonlyMap<number, number>, { names, low }: ChoiceMeaning): string {
  const sorted = [...tally].sort(([a, n], [b, m]) => m - n || a - b);
  const words = sorted.slice(0, SHOWN).map(([value, n]) => {
    const name = names?.[value - low] ?? String(value);
    return n > 1 ? `${name} ×${n}` : name;
  });
  return words.join(", ") + (sorted.length > SHOWN ? ", …" : "");
}

const same = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((name, i) => name === b[i]));
