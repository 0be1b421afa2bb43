import type { z } from "zod";
import type { Coordination, Environment } from "./env/define.ts";
import type { PolicyFactory } from "./policy.ts";
import type { PolicyData } from "./policy-data.ts";

/** What a learning algorithm is asked to do: plain data and policies, so that any process can do it again. */
export interface TrainTask {
  readonly env: Environment;
  /** One parameter set, or several that differ in knobs only: one training then covers all of them. */
  readonly levels: readonly Readonly<Record<string, unknown>>[];
  /** Whether networks see the knobs, scaled to [0,1], behind their observation. Needed with several levels. */
  readonly conditioned: boolean;
  /** Roles that learn; all others play `policies`. */
  readonly roles: readonly string[];
  readonly policies: Readonly<Record<string, PolicyFactory>>;
  /** Environment steps (of one copy) per level. */
  readonly budget: number;
  readonly seed: number;
  /** Labels under the seed that name this training's streams: `["train-attack", run]`. */
  readonly split: readonly (string | number)[];
  readonly backend?: "wasm" | "node" | "cpu";
  /** False runs the stock TensorFlow.js path instead of the SIMD kernels. */
  readonly kernels?: boolean;
  onProgress?(progress: Progress): void;
  readonly signal?: AbortSignal;
}

/** A line of the training curve. */
export interface Progress {
  /** Environment steps so far, over all levels, of how many. */
  readonly steps: number;
  readonly total: number;
  /** Mean return of an agent, by learning role, over the episodes that ended since the last line; NaN if none did. */
  readonly returns: Readonly<Record<string, number>>;
  /** Losses and the like, by name. */
  readonly stats: Readonly<Record<string, number>>;
}

export interface Trained {
  /** One policy a learning role: data only, see `policyFrom`. */
  readonly policies: Readonly<Record<string, PolicyData>>;
  readonly curve: readonly Progress[];
  readonly steps: number;
}

/** A learning algorithm. Each file in `baselines/` exports one by default. */
export interface Baseline<S extends z.ZodObject = z.ZodObject> {
  readonly id: string;
  readonly summary: string;
  /** Where the algorithm is from. */
  readonly paper: string;
  /** `joint` controllers see their whole side; sides declared `factored` refuse them. */
  readonly coordination: Coordination;
  readonly config: S;
  train(task: TrainTask, config: z.output<S>): Promise<Trained>;
}

/** Declares a baseline; returns it typed. */
export function defineBaseline<S extends z.ZodObject>(baseline: Baseline<S>): Baseline<S> {
  return baseline;
}
