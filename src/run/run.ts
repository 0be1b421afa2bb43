import type { Benchmark } from "../benchmark/resolve.ts";
import type { Plan } from "./plan.ts";
import type { Store } from "./store.ts";

/** A planned benchmark and its folder: all that computing a cell needs, in this process or another one. */
export interface Run {
  readonly benchmark: Benchmark;
  readonly plan: Plan;
  readonly store: Store;
}

export interface CellOptions {
  readonly signal?: AbortSignal;
  /** Share of the cell that is done, in [0,1]. */
  onProgress?(done: number): void;
}
