import { InputError } from "../data/errors.ts";
import type { Decide, Deeds } from "./episode.ts";

/**
 * A recording decides, as data: what an agent did in a step of an episode, whoever it was. It answers to the prompts that
 * were answered, in their order, and to no others, so a recording of one episode plays no other.
 * @throws InputError, when it decides, for another prompt than was answered, an action that was not allowed, a fallback that
 *   would not have acted, and where it is at its end
 */
export function recorded(deeds: Readonly<Record<string, Deeds>>, where: string): Decide {
  // What was forced is asked of nobody: the episode finds it again by itself.
  const asked = Object.fromEntries(
    Object.entries(deeds).map(([role, { ways }]) => [role, ways.flatMap((way, i) => (way === "forced" ? [] : [i]))]),
  );
  const next: Record<string, number> = {};
  return ({ role, row, step, space, legal, prompt, fallback }) => {
    const at = `${where}, step ${step + 1}, ${role}_${row}`;
    const own = deeds[role];
    next[role] ??= 0;
    const i = asked[role]?.[next[role]++];
    if (i === undefined) throw new InputError(`${at}: the recording has no decision for it`);
    if (own.prompts[i] !== prompt) throw new InputError(`${at}: the recorded prompt is not what this agent sees`);
    const size = fallback.length;
    const action = own.actions.slice(i * size, (i + 1) * size);
    const way = own.ways[i];
    if (way === "forced") throw new InputError(`${at}: the recording says that it was forced`);
    const fits = legal === null ? space.contains(action) : legal.every((values, c) => values.includes(action[c]));
    if (!fits) throw new InputError(`${at}: the recorded action [${action}] was not allowed`);
    if (way === "invalid" && action.some((value, c) => value !== fallback[c])) {
      throw new InputError(`${at}: the recorded fallback is [${action}], and [${fallback}] would have acted`);
    }
    return { way, action };
  };
}
