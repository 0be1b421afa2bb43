import type { z } from "zod";
import { explainIssue, firstIssue, InputError } from "../data/errors.ts";
import type { Tensor } from "../data/safetensors.ts";
import type { Coordination, Environment } from "../env/define.ts";
import type { PolicyData } from "../policy/data.ts";
import type { PolicyFactory, ScriptedPolicies } from "../policy/policy.ts";

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
  /** The environment's scripted play, for baselines that need more of it than `policies`: what they search among. */
  readonly scripts?: ScriptedPolicies;
  /** What is to be lowered instead of what the environment pays, for baselines that are `aimed`. */
  readonly aim?: Aim;
  /** Environment steps (of one copy) per level. */
  readonly budget: number;
  readonly seed: number;
  /** Labels under the seed that name this training's streams: `["train-attack", run]`. */
  readonly split: readonly (string | number)[];
  readonly backend?: "wasm" | "node" | "cpu";
  /** False runs the stock TensorFlow.js path instead of the SIMD kernels. */
  readonly kernels?: boolean;
  /** Called after every iteration. */
  onProgress?(progress: Progress): void;
  readonly signal?: AbortSignal;
  /** Stored policies to start from, by learning role, for baselines that are `startable`; others start anew. */
  readonly start?: Readonly<Record<string, PolicyData>>;
  /** Where to go on from, and how often to say so. Baselines without it train in one go. */
  readonly checkpoint?: Checkpointing;
}

/** Attackers lower the metric `security` + `lambda` times the metric `utility`, both under their attack. */
export interface Aim {
  readonly security: string;
  readonly utility: string;
  readonly lambda: number;
}

/**
 * Stops on the way. At every one of them all copies begin new episodes, in a training that runs through as in one that
 * is taken up again: so both end in the same weights, bit for bit, and trainings with other stops in others.
 */
export interface Checkpointing {
  /** Iterations (rollout and update) between stops. */
  readonly every: number;
  readonly resume?: TrainState;
  /** Called at every stop, with what is needed to go on from there. */
  save?(state: TrainState): void;
}

/** Everything a training needs to go on: plain data. */
export interface TrainState {
  readonly baseline: string;
  readonly environment: string;
  /** Iterations done. */
  readonly iteration: number;
  /** Counters, running moments and random streams, by name. */
  readonly numbers: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** A line of the training curve. */
export interface Progress<L extends string = string> {
  /** Environment steps so far, over all levels, of how many. */
  readonly steps: number;
  readonly total: number;
  /** Mean return of an agent, by learning role, over the episodes that ended since the last line; NaN if none did. */
  readonly returns: Readonly<Record<L, number>>;
  /** Losses and the like, by name. */
  readonly stats: Readonly<Record<string, number>>;
}

/** What a training ends with. */
export interface Trained<L extends string = string> {
  /** One policy a learning role: data only, see `policyFrom`. */
  readonly policies: Readonly<Record<L, PolicyData>>;
  readonly curve: readonly Progress<L>[];
  readonly steps: number;
}

/** What can be known of a task before it begins. */
export type Asked = Pick<TrainTask, "env" | "levels" | "roles" | "scripts" | "budget">;

/** A learning algorithm. Each file in `baselines/` exports one by default. */
export interface BaselineSpec<S extends z.ZodObject = z.ZodObject> {
  readonly id: string;
  readonly summary: string;
  /** Where the algorithm is from. */
  readonly paper: string;
  /** `joint` controllers see their whole side; sides declared `factored` refuse them. */
  readonly coordination: Coordination;
  /** Whether it lowers `task.aim` itself, where there is one; others are paid for it, step by step. */
  readonly aimed?: boolean;
  /** Whether it starts from `task.start`, where there is one. */
  readonly startable?: boolean;
  readonly config: S;
  /**
   * Environment steps a level that one round of it takes, and how they come about: less is refused before anything begins.
   * Without it any budget from 1 will do.
   */
  least?(
    config: z.output<S>,
    task: Pick<TrainTask, "env" | "levels">,
  ): { readonly steps: number; readonly why: string };
  /** What the schema cannot know: settings that fit only some environments. @throws InputError before anything begins */
  check?(config: z.output<S>, task: Asked): void;
  /** Trains the roles of the task, all draws from its seed: the same task gives the same weights. */
  train(task: TrainTask, config: z.output<S>): Promise<Trained>;
}

/** A baseline with its settings checked and filled in: what `train({ roles })` takes. */
export interface Learning {
  readonly baseline: BaselineSpec;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A baseline; called with settings, it is ready to learn: `ippo({ learningRate: 3e-4 })`. */
export interface Baseline<S extends z.ZodObject = z.ZodObject> extends BaselineSpec<S> {
  /** @throws InputError for an unknown setting or one out of range. */
  (config?: z.input<S>): Learning;
}

/**
 * Declares a baseline; returns it typed and callable.
 * @throws InputError from its `train`, besides what that throws itself, for a budget below `least`, and for policies to start
 *   from where it is not `startable`
 */
export function defineBaseline<S extends z.ZodObject>(given: BaselineSpec<S>): Baseline<S> {
  const spec: BaselineSpec<S> = {
    ...given,
    async train(task, config) {
      checkTask(spec as BaselineSpec, config, task);
      if (task.start && !spec.startable)
        throw new InputError(
          `${spec.id} does not start from stored policies; train without them, or by another baseline.`,
        );
      return given.train(task, config);
    },
  };
  const choose = (given: z.input<S> = {} as z.input<S>): Learning => ({
    baseline: spec as BaselineSpec,
    config: resolveConfig(spec, given),
  });
  return Object.assign(choose, spec);
}

/** @throws InputError for a budget that is no round of a baseline with these settings, and for settings that fit no such task. */
export function checkTask(baseline: BaselineSpec, config: Readonly<Record<string, unknown>>, task: Asked): void {
  baseline.check?.(config, task);
  const least = baseline.least?.(config, task);
  if (least === undefined || task.budget >= least.steps) return;
  throw new InputError(
    `${baseline.id}: got a budget of ${task.budget} steps a level, expected at least ${least.steps} (${least.why}).`,
  );
}

/**
 * A baseline's settings with defaults filled in.
 * @throws InputError naming the baseline, the setting, what was expected, and the nearest valid name.
 */
export function resolveConfig<S extends z.ZodObject>(spec: BaselineSpec<S>, given: unknown = {}): z.output<S> {
  const parsed = spec.config.strict().safeParse(given);
  if (parsed.success) return parsed.data as z.output<S>;
  throw new InputError(
    `${spec.id}: ${explainIssue(firstIssue(parsed.error.issues), given, () => Object.keys(spec.config.shape), "setting")}`,
  );
}
