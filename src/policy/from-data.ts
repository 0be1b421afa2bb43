import { InputError } from "../data/errors.ts";
import { exp } from "../numeric/index.ts";
import type { ActionSpace } from "../spaces/slot.ts";
import { type PolicyData, policySchema } from "./data.ts";
import { argmaxMasked, sampleCategorical } from "./network/categorical.ts";
import { createForward, weightLengths } from "./network/forward.ts";
import { createSampler, type Sampler } from "./network/sampler.ts";
import type { Batch, Policy, PolicyContext, PolicyFactory } from "./policy.ts";
import { leading } from "./squads.ts";

/** Outputs of a policy network for one agent: logits, end to end, for discrete actions; means for Box. */
export function headSizes(action: ActionSpace): number[] {
  if (action.kind === "discrete") return [action.n];
  return action.kind === "multi-discrete" ? [...action.nvec] : [action.size];
}

/** Layer sizes of the perceptron that `data` describes, in an environment with so many agents and knobs. */
export function policySizes(
  data: Pick<PolicyData, "obsSize" | "hidden" | "conditioned" | "joint">,
  action: ActionSpace,
  { count, knobs }: { count: number; knobs: number },
): number[] {
  const agents = data.joint ? count : 1;
  const outputs = headSizes(action).reduce((sum, size) => sum + size, 0);
  return [agents * data.obsSize + (data.conditioned ? knobs : 0), ...data.hidden, agents * outputs];
}

/**
 * The policy that trained weights stand for: the same bits on every machine, whatever trained them.
 * @throws InputError, when it is seated, if weights and environment do not fit each other.
 */
export function policyFrom(data: PolicyData): PolicyFactory<unknown> {
  const { tensors, ...meta } = data;
  policySchema.parse(meta);
  return (context) => {
    if (data.role !== context.role) {
      throw new InputError(
        `Policy: trained for role "${data.role}" of ${data.environment}, seated as "${context.role}".`,
      );
    }
    if (data.kind === "table") return table(data, tensors, context);
    return data.squads === undefined ? perceptron(data, tensors, context) : squadron(data, data.squads, context);
  };
}

/** To its network a squad is one agent, who sees the mean and the highest of what its members see. */
function squadron(data: PolicyData, squads: number, context: PolicyContext): Policy {
  const { obsSize, role, environment, tensors } = data;
  if (squads > context.count) {
    throw new InputError(
      `Policy for ${role} of ${environment}: trained for ${squads} squads, got ${context.count} agents.`,
    );
  }
  const inner = perceptron({ ...data, obsSize: 2 * obsSize, squads: undefined }, tensors, {
    ...context,
    count: squads,
  });
  return leading(inner, { count: context.count, squads, obsSize });
}

function tensor(data: PolicyData, name: string, length?: number): Float32Array {
  const found = Object.hasOwn(data.tensors, name) ? data.tensors[name] : undefined;
  if (!found || (length !== undefined && found.data.length !== length)) {
    const got = found ? `${found.data.length} numbers` : "nothing";
    throw new InputError(
      `Policy for ${data.role} of ${data.environment}: tensor "${name}" holds ${got}, expected ${length ?? "some"}; was it trained with other parameters?`,
    );
  }
  return found.data;
}

function perceptron(data: PolicyData, tensors: PolicyData["tensors"], context: PolicyContext): Policy {
  const { action, count, knobs } = context;
  const sizes = policySizes(data, action, { count, knobs: knobs.length });
  const heads = headSizes(action);
  const outputs = heads.reduce((sum, size) => sum + size, 0);
  const weights = weightLengths({ sizes }).map((length, i) => tensor(data, `${i % 2 ? "b" : "w"}${i >> 1}`, length));
  const std =
    action.kind === "box" ? Float64Array.from(tensor(data, "logStd", outputs * (data.joint ? count : 1)), exp) : null;
  const mean = "mean" in tensors ? tensor(data, "mean", data.obsSize) : null;
  const scale = mean ? Float32Array.from(tensor(data, "std", data.obsSize), (s) => 1 / s) : null;
  const agents = data.joint ? count : 1;
  const start = action.kind === "discrete" ? action.start : 0;
  let forward: ReturnType<typeof createForward> | undefined;
  let sampler: Sampler | undefined;

  return {
    act(batch) {
      const { rows, obsSize, obs, alive, rngs, mask, maskSize, actions, actionSize } = batch;
      if (obsSize !== data.obsSize) {
        throw new InputError(
          `Policy for ${data.role} of ${data.environment}: got observations of ${obsSize} numbers, expected ${data.obsSize}.`,
        );
      }
      if (!forward || forward.maxRows < rows / agents)
        forward = createForward({ sizes, activation: data.activation, weights, maxRows: rows / agents });
      writeInputs(forward.input, obs, rows / agents, agents * obsSize, knobs, data.conditioned);
      if (mean && scale) normalise(forward.input, rows / agents, sizes[0], agents, mean, scale);
      const out = forward.run(rows / agents);
      if (std) {
        for (let row = 0; row < rows; row++) {
          for (let i = 0; i < outputs; i++) {
            const mean = out[row * outputs + i];
            const value = data.greedy ? mean : mean + std[(row % agents) * outputs + i] * rngs[row].normal();
            actions[row * actionSize + i] = clamp(value, action as ActionSpace & { kind: "box" }, i);
          }
        }
        return;
      }
      if (data.greedy) {
        for (let row = 0; row < rows; row++) {
          if (alive[row] === 0) continue;
          let at = 0;
          for (let h = 0; h < heads.length; h++) {
            actions[row * actionSize + h] =
              start + argmaxMasked(out, row * outputs + at, heads[h], mask, row * maskSize + at);
            at += heads[h];
          }
        }
        return;
      }
      if (!sampler || sampler.maxRows < rows) sampler = createSampler({ heads, maxRows: rows });
      for (let row = 0, i = 0; row < rows; row++) {
        for (let h = 0; h < heads.length; h++) sampler.uniforms[i++] = rngs[row].float32();
      }
      sampler.sample(out, outputs, rows, mask, alive);
      for (let i = 0; i < rows * actionSize; i++) actions[i] = sampler.actions[i] + start;
    },
  };
}

const clamp = (value: number, box: { low: ArrayLike<number>; high: ArrayLike<number> }, i: number) =>
  Math.min(box.high[i], Math.max(box.low[i], value));

/** Rows of observations, each followed by the knobs where the network is conditioned on them. */
export function writeInputs(
  input: Float32Array,
  obs: Float32Array,
  rows: number,
  width: number,
  knobs: readonly number[],
  conditioned: boolean,
): void {
  if (!conditioned || knobs.length === 0) {
    input.set(obs.subarray(0, rows * width));
    return;
  }
  const stride = width + knobs.length;
  for (let row = 0; row < rows; row++) {
    input.set(obs.subarray(row * width, (row + 1) * width), row * stride);
    for (let k = 0; k < knobs.length; k++) input[row * stride + width + k] = knobs[k];
  }
}

/** (o − mean) / std in float32, cut at ±10 as is the custom. */
export function normalise(
  input: Float32Array,
  rows: number,
  stride: number,
  agents: number,
  mean: Float32Array,
  scale: Float32Array,
): void {
  const size = mean.length;
  for (let row = 0; row < rows; row++) {
    for (let agent = 0, at = row * stride; agent < agents; agent++, at += size) {
      for (let i = 0; i < size; i++) {
        input[at + i] = Math.max(-10, Math.min(10, Math.fround(Math.fround(input[at + i] - mean[i]) * scale[i])));
      }
    }
  }
}

/** An observation's key in a table: its float32 bits. */
export function tableKey(obs: Float32Array, from: number, size: number): string {
  let key = "";
  for (let i = 0; i < size; i++) key += `${obs[from + i]},`;
  return key;
}

function table(data: PolicyData, tensors: PolicyData["tensors"], { action }: PolicyContext): Policy {
  if (action.kind !== "discrete") throw new InputError(`Policy: a table needs Discrete actions, got ${action.kind}.`);
  const { n, start } = action;
  const states = tensors.q?.shape[0] ?? 0;
  const q = tensor(data, "q", states * n);
  const seen = tensor(data, "observations", states * data.obsSize);
  const index = new Map<string, number>();
  for (let s = 0; s < states; s++) index.set(tableKey(seen, s * data.obsSize, data.obsSize), s);
  const none = new Float32Array(n);
  return {
    act({ rows, obs, obsSize, alive, rngs, mask, maskSize, actions }: Batch) {
      for (let row = 0; row < rows; row++) {
        if (alive[row] === 0) continue;
        const state = index.get(tableKey(obs, row * obsSize, obsSize));
        // Greedy where the table knows the observation, uniform where it does not.
        actions[row] =
          start +
          (state === undefined
            ? sampleCategorical(none, 0, n, mask, row * maskSize, rngs[row])
            : argmaxMasked(q, state * n, n, mask, row * maskSize));
      }
    },
  };
}
