import type { BoxSpace } from "./box.ts";
import type { Meaning } from "./discrete.ts";
import { partsOf } from "./layout.ts";
import type { ActionSpace, ObservationSpace } from "./slot.ts";

/** A part of an observation, as one would explain it. */
export interface PartMeaning {
  readonly name: string;
  /** Where it begins in the observation, and how many numbers it has. */
  readonly from: number;
  readonly size: number;
  /** Least and greatest value of any of them. */
  readonly low: number;
  readonly high: number;
  readonly says?: string;
}

/** What each part of an observation means; of a plain box, the one part `observation`. */
export function observationMeaning(space: ObservationSpace): PartMeaning[] {
  const parts = partsOf(space);
  const all: [string, BoxSpace][] = parts.length > 0 ? parts : [["observation", space as BoxSpace]];
  let from = 0;
  return all.map(([name, { size, low, high, says }]) => {
    const part = {
      name,
      from,
      size,
      low: Math.min(...low),
      high: Math.max(...high),
      ...(says !== undefined && { says }),
    };
    from += size;
    return part;
  });
}

/** A choice that an action makes, as one would explain it. */
export interface ChoiceMeaning extends Meaning {
  /** Least and greatest value. */
  readonly low: number;
  readonly high: number;
}

/** What each choice of an action means; of a box, its numbers together. */
export function actionMeaning(space: ActionSpace): ChoiceMeaning[] {
  if (space.kind === "discrete") {
    const { n, start, says, names } = space;
    return [{ low: start, high: start + n - 1, ...(says !== undefined && { says }), ...(names && { names }) }];
  }
  if (space.kind === "multi-discrete") {
    return space.nvec.map((n, i) => ({ low: 0, high: n - 1, ...space.components?.[i] }));
  }
  const { low, high, says } = space;
  return [{ low: Math.min(...low), high: Math.max(...high), ...(says !== undefined && { says }) }];
}
