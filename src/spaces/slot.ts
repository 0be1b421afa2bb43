import type { BoxSpace } from "./box.ts";
import type { DictSpace } from "./dict.ts";
import type { DiscreteSpace } from "./discrete.ts";
import type { MultiDiscreteSpace } from "./multi-discrete.ts";

/** What slots may carry: a Box (a `layout` names its slices), or a Dict of Boxes, end to end in declaration order … */
export type ObservationSpace = BoxSpace | DictSpace<Record<string, BoxSpace>>;
/** … and Discrete, MultiDiscrete or Box actions. */
export type ActionSpace = DiscreteSpace | MultiDiscreteSpace | BoxSpace;

/** Numbers an action has. */
export function actionSize(space: ActionSpace): number {
  return space.kind === "discrete" ? 1 : space.kind === "multi-discrete" ? space.nvec.length : space.size;
}

/** Entries of an action mask: n for Discrete, Σ nvec for MultiDiscrete, none for Box. */
export function maskSize(space: ActionSpace): number {
  if (space.kind === "discrete") return space.n;
  return space.kind === "multi-discrete" ? space.nvec.reduce((sum: number, n: number) => sum + n, 0) : 0;
}

/** Floats an observation has. */
export function obsSize(space: ObservationSpace): number {
  if (space.kind === "box") return space.size;
  return Object.values(space.spaces).reduce((sum, part) => sum + part.size, 0);
}
