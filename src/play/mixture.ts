import { InputError } from "../data/errors.ts";
import { byMember } from "../policy/members.ts";
import type { PolicyFactory } from "../policy/policy.ts";

/** Who attacks in one copy. */
export interface Opponent {
  /** Which member of the mixture plays the copy's episode. */
  arm: number;
}

/**
 * Plays each copy of a world by the member that the copy's opponent names.
 * @param opponents those of a world's copies in order, found by its parameters' object
 */
export function mixture(
  members: readonly PolicyFactory[],
  opponents: (params: object) => readonly Opponent[] | undefined,
): PolicyFactory {
  return (context) => {
    const { params, role } = context as { params: object; role: string };
    const all = opponents(params);
    if (!all) throw new InputError(`A mixture of attacks was seated as ${role} in a world that does not draw them.`);
    return byMember(
      members.map((member) => member(context)),
      (copy) => all[copy].arm,
    );
  };
}
