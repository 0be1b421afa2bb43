import type { Benchmark } from "../benchmark/resolve.ts";
import { InputError } from "../data/errors.ts";
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

/** The code here is not what the run was begun with: that says nothing about the run. */
export class ChangedCodeError extends InputError {
  override name = "ChangedCodeError";
}
