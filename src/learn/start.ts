import { canonical } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import type { PolicyData } from "../policy/data.ts";
import type { TrainTask } from "./baseline.ts";

/** What must be equal for one policy's numbers to stand where another's do. */
const SHAPE = [
  "kind",
  "obsSize",
  "action",
  "hidden",
  "activation",
  "conditioned",
  "joint",
  "squads",
  "recurrent",
  "encoder",
  "agentIds",
] as const;

/**
 * The stored policy that a role's training starts from; undefined where it starts anew.
 * @param fresh the policy that the training would end in if it learned nothing
 * @throws InputError that names what differs where the stored one has another shape
 */
export function startOf(task: TrainTask, role: string, fresh: PolicyData): PolicyData | undefined {
  const given = task.start?.[role];
  if (!given) return undefined;
  const refuse = (what: string, got: unknown, expected: unknown) =>
    new InputError(
      `${fresh.baseline}: the policy to start "${role}" from does not fit: ${what} is ${canonical(got ?? null)}, expected ` +
        `${canonical(expected ?? null)}. Change the settings, or train from the beginning.`,
    );
  for (const what of SHAPE) {
    if (canonical(given[what] ?? null) !== canonical(fresh[what] ?? null)) throw refuse(what, given[what], fresh[what]);
  }
  const shapes = ({ tensors }: PolicyData) =>
    // A table has as many rows as it has met observations.
    Object.fromEntries(
      Object.entries(tensors).map(([name, { shape }]) => [name, fresh.kind === "table" ? shape.slice(1) : shape]),
    );
  if (canonical(shapes(given)) !== canonical(shapes(fresh)))
    throw refuse("the shape of its tensors", shapes(given), shapes(fresh));
  return given;
}
