import { InputError } from "../data/errors.ts";
import type { PlayResult } from "../run/cell-result.ts";
import type { Cell } from "../run/plan.ts";
import type { Seating } from "../run/seats.ts";
import { policiesIn } from "./bundle.ts";
import type { OpenEntry } from "./open.ts";

/** Who plays in an entry's cells, from the policies that lie in it. */
export function seatingOf({ benchmark, results, folder, file }: OpenEntry): Seating {
  const policy = policiesIn(folder, [file.claim.evidence]);
  return {
    benchmark,
    store: {
      read: (hash) => results.get(hash),
      readPolicies: (_, { policies }) =>
        Object.fromEntries(Object.entries(policies).map(([role, digest]) => [role, policy(digest)])),
    },
  };
}

/** Reads an entry's played cells. @throws InputError for one that it does not hold */
export const entryReader =
  (results: OpenEntry["results"]) =>
  (cell: Cell): PlayResult => {
    const result = results.get(cell.hash);
    if (result?.kind === "play") return result;
    throw new InputError(`the cell ${cell.label} is missing`);
  };
