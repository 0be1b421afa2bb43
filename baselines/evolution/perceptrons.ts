import type { ActionSpace, Tensor, VectorEnv } from "masque";
import { type PolicyData, policySizes, startOf, type TrainTask, weightLengths } from "masque/learn";

/** What one role's part of a candidate stands for: a greedy perceptron. */
export interface Shape {
  readonly role: string;
  readonly meta: Omit<PolicyData, "tensors">;
  readonly shapes: readonly (readonly number[])[];
}

/** Weights of a unit are drawn alike whatever its number of inputs, so wide layers are scaled down. */
const scaleOf = (shape: readonly number[]) => (shape.length === 2 ? 1 / Math.sqrt(shape[0]) : 1);

/** The perceptrons that consecutive numbers of a candidate stand for, by role. */
export function policiesOf(candidate: Float64Array, shapes: readonly Shape[]): Record<string, PolicyData> {
  let from = 0;
  return Object.fromEntries(
    shapes.map(({ role, meta, shapes }) => {
      const tensors: Record<string, Tensor> = {};
      shapes.forEach((shape, i) => {
        const size = shape.reduce((product, n) => product * n, 1);
        const scale = scaleOf(shape);
        const data = Float32Array.from(candidate.subarray(from, from + size), (w) => w * scale);
        tensors[`${i % 2 ? "b" : "w"}${i >> 1}`] = { shape, data };
        from += size;
      });
      if (meta.action && (meta.action as { kind?: string }).kind === "box") {
        const outputs = shapes[shapes.length - 1][0];
        tensors.logStd = { shape: [outputs], data: new Float32Array(outputs) };
      }
      return [role, { ...meta, tensors }];
    }),
  );
}

/** And back: the numbers that stand for perceptrons to start from, and those of `others` where a role starts anew. */
export function startingAt(task: TrainTask, shapes: readonly Shape[], others: Float64Array): Float64Array {
  const out = Float64Array.from(others);
  const fresh = policiesOf(others, shapes);
  let at = 0;
  for (const { role, shapes: own } of shapes) {
    const from = startOf(task, role, fresh[role]);
    own.forEach((shape, i) => {
      const size = shape.reduce((product, n) => product * n, 1);
      const scale = scaleOf(shape);
      const data = from?.tensors[`${i % 2 ? "b" : "w"}${i >> 1}`].data;
      if (data) for (let j = 0; j < size; j++) out[at + j] = data[j] / scale;
      at += size;
    });
  }
  return out;
}

/** The perceptrons of a task's learning roles; with `knobs` inputs of the scaled knobs where it is conditioned. */
export function shapesOf(
  task: TrainTask,
  world: VectorEnv,
  knobs: number,
  { baseline, hidden }: { readonly baseline: string; readonly hidden: readonly number[] },
): Shape[] {
  return task.roles.map((role): Shape => {
    const { spec, obsSize, count } = world.roles[role];
    const action: ActionSpace = spec.action;
    const meta = {
      format: 1 as const,
      kind: "mlp" as const,
      environment: task.env.id,
      role,
      baseline,
      obsSize,
      action: action.toJSON(),
      hidden: [...hidden],
      activation: "tanh" as const,
      conditioned: task.conditioned,
      joint: false,
      greedy: true,
      extra: {},
    };
    const sizes = policySizes(meta, action, { count, knobs });
    const shapes = weightLengths({ sizes }).map((length, i) =>
      i % 2 ? [length] : [sizes[i >> 1], sizes[(i >> 1) + 1]],
    );
    return { role, meta, shapes };
  });
}

/** Numbers of a candidate. */
export const widthOf = (shapes: readonly Shape[]): number =>
  shapes.flatMap(({ shapes }) => shapes).reduce((sum, shape) => sum + shape.reduce((p, n) => p * n, 1), 0);
