import type { z } from "zod";
import { InputError, unknownName } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import { resolveParams } from "../env/params.ts";
import type { Roles } from "../env/roles.ts";
import { checkCoordination } from "../play/cast.ts";
import type { PoliciesFor } from "../play/evaluate.ts";
import type { Learning, Progress, Trained, TrainTask } from "./baseline.ts";

/** What is trained, where, against whom and for how long. */
export interface TrainOptions<
  P extends z.ZodObject = z.ZodObject,
  R extends Roles = Roles,
  K extends string = string,
  L extends string = string,
> extends Pick<TrainTask, "backend" | "kernels" | "signal" | "start" | "checkpoint" | "scripts" | "aim"> {
  readonly environment: Environment<P, R, string, string, K>;
  readonly params?: z.input<P>;
  /**
   * Knob values to train for at once: each is laid over `params`. The networks then see the knobs (`conditioned`), and
   * one training covers all levels.
   */
  readonly levels?: readonly { readonly [Knob in K]?: number }[];
  /** Who learns, and how: `{ bot: ippo() }`. Several roles learn side by side, by the same baseline. */
  readonly roles: { readonly [Role in L]: string extends Role ? Learning : Role extends keyof R ? Learning : never };
  /** How everyone else plays. */
  readonly policies?: Partial<PoliciesFor<P, R>>;
  /** Environment steps (of one copy) a level. */
  readonly budget: number;
  readonly seed?: number;
  /** Labels under the seed that name this training's streams. */
  readonly split?: readonly (string | number)[];
  /** Called after every iteration. */
  onProgress?(progress: Progress<L>): void;
}

/**
 * Trains policies for some roles of an environment while the others play as told.
 * @throws InputError for unknown roles, roles without a policy, different baselines in one training, a joint baseline on
 *   a factored side, or a budget that is not a whole number from 1.
 */
export function train<P extends z.ZodObject, R extends Roles, K extends string, L extends string>(
  options: TrainOptions<P, R, K, L>,
): Promise<Trained<L>> {
  const { environment: env, levels, roles, policies = {}, budget, seed = 0, split = ["train-attack"] } = options;
  const specs = env.roles(resolveParams(env, options.params));
  const learning = Object.entries<Learning>(roles);
  if (learning.length === 0)
    throw new InputError(`train: no role of ${env.id} learns; expected roles: { ${Object.keys(specs)[0]}: … }.`);
  for (const role of [...Object.keys(roles), ...Object.keys(policies)]) {
    if (!Object.hasOwn(specs, role)) throw unknownName(`role of ${env.id}`, role, Object.keys(specs));
  }
  const [[, { baseline, config }]] = learning;
  for (const [role, other] of learning) {
    if (other.baseline.id !== baseline.id || JSON.stringify(other.config) !== JSON.stringify(config)) {
      throw new InputError(
        `train: ${learning[0][0]} learns by ${baseline.id}, ${role} by ${other.baseline.id} or with other settings; expected one baseline a training.`,
      );
    }
    checkCoordination(env, specs[role].side, baseline);
  }
  if (!(Number.isInteger(budget) && budget >= 1))
    throw new InputError(`train: got budget ${budget}, expected a whole number of steps from 1.`);
  const points = (levels ?? [{}]).map((knobs) => ({ ...options.params, ...knobs }));
  const { backend, kernels, onProgress, signal, start, checkpoint, scripts, aim } = options;
  const task = {
    env,
    levels: points,
    conditioned: levels !== undefined,
    roles: Object.keys(roles),
    policies,
    scripts,
    aim,
    budget,
    seed,
    split,
  };
  return baseline.train({ ...task, backend, kernels, onProgress, signal, start, checkpoint }, config as never);
}
