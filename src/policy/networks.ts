import { InputError } from "../data/errors.ts";
import { exp } from "../numeric/index.ts";
import type { ActionSpace } from "../spaces/slot.ts";
import type { PolicyData } from "./data.ts";
import { chooserInTurn } from "./in-turn.ts";
import { argmaxMasked } from "./network/categorical.ts";
import { createForward, weightLengths } from "./network/forward.ts";
import { createRecurrent, type Recurrent, recurrentLengths, recurrentNames } from "./network/recurrent.ts";
import { createSampler, type Sampler } from "./network/sampler.ts";
import type { Batch, Policy, PolicyContext } from "./policy.ts";

/** Outputs of a policy network for one agent: logits, end to end, for discrete actions; means for Box. */
export function headSizes(action: ActionSpace): number[] {
  if (action.kind === "discrete") return [action.n];
  return action.kind === "multi-discrete" ? [...action.nvec] : [action.size];
}

/** Layer sizes of the perceptron that `data` describes, in an environment with so many agents and knobs. */
export function policySizes(
  data: Pick<PolicyData, "obsSize" | "hidden" | "conditioned" | "joint" | "agentIds">,
  action: ActionSpace,
  { count, knobs }: { count: number; knobs: number },
): number[] {
  const agents = data.joint ? count : 1;
  const outputs = headSizes(action).reduce((sum, size) => sum + size, 0);
  return [inputWidth(data, agents, knobs), ...data.hidden, agents * outputs];
}

/** Numbers that a network sees of so many agents. */
function inputWidth(
  { obsSize, agentIds = 0, conditioned }: Pick<PolicyData, "obsSize" | "agentIds" | "conditioned">,
  agents: number,
  knobs: number,
): number {
  return agents * obsSize + agentIds + (conditioned ? knobs : 0);
}

/** A tensor's numbers. @throws InputError where it is not there, or of another length */
export function tensor(data: PolicyData, name: string, length?: number): Float32Array {
  const found = Object.hasOwn(data.tensors, name) ? data.tensors[name] : undefined;
  if (!found || (length !== undefined && found.data.length !== length)) {
    const got = found ? `${found.data.length} numbers` : "nothing";
    throw new InputError(
      `Policy for ${data.role} of ${data.environment}: tensor "${name}" holds ${got}, expected ${length ?? "some"}; was it trained with other parameters?`,
    );
  }
  return found.data;
}

type Choose = (out: Float32Array, batch: Batch) => void;

/** Writes the actions that a network's outputs stand for, `[rows, outputs]` end to end: sampled, or the likeliest. */
function chooser(data: PolicyData, context: PolicyContext): Choose {
  const choose = rawChooser(data, context);
  return (out, batch) => {
    try {
      choose(out, batch);
    } catch (error) {
      // Finite weights overflow where they are large: the fault of whoever made them, and no failure of what plays them.
      if (!(error instanceof RangeError) || out.every(Number.isFinite)) throw error;
      throw new InputError(
        `Policy for ${data.role} of ${data.environment}: its weights are so large that outputs overflow: they stand for no action.`,
      );
    }
  };
}

function rawChooser(data: PolicyData, { action, count }: PolicyContext): Choose {
  const heads = headSizes(action);
  const outputs = heads.reduce((sum, size) => sum + size, 0);
  const agents = data.joint ? count : 1;
  const std = action.kind === "box" ? Float64Array.from(tensor(data, "logStd", outputs * agents), exp) : null;
  const start = action.kind === "discrete" ? action.start : 0;
  if ("earlier" in data.tensors) {
    const earlier = tensor(data, "earlier", (outputs * agents) ** 2);
    return chooserInTurn({ heads, agents, start, earlier, greedy: data.greedy });
  }
  let sampler: Sampler | undefined;
  return (out, { rows, alive, rngs, mask, maskSize, actions, actionSize }) => {
    if (std) {
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < outputs; i++) {
          const mean = out[row * outputs + i];
          const value = data.greedy ? mean : mean + std[(row % agents) * outputs + i] * rngs[row].normal();
          if (Number.isNaN(value)) throw new RangeError(`Box: output ${i} of row ${row} is NaN`);
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
  };
}

/** Inputs of a network, written row by row, standardised where the policy says how. @throws InputError for other widths */
function inputs(data: PolicyData, knobs: readonly number[], agents: number, width: number) {
  const mean = "mean" in data.tensors ? tensor(data, "mean", data.obsSize) : null;
  const scale = mean ? Float32Array.from(tensor(data, "std", data.obsSize), (s) => 1 / s) : null;
  return (into: Float32Array, { obs, obsSize, rows }: Batch): void => {
    if (obsSize !== data.obsSize) {
      throw new InputError(
        `Policy for ${data.role} of ${data.environment}: got observations of ${obsSize} numbers, expected ${data.obsSize}.`,
      );
    }
    writeInputs(into, obs, rows / agents, agents * obsSize, knobs, data.conditioned, data.agentIds);
    if (mean && scale) normalise(into, rows / agents, width, agents, mean, scale);
  };
}

/** What a network plays: sampled from its outputs, or the likeliest. */
export const network = (data: PolicyData, context: PolicyContext): Policy =>
  data.kind === "gru" ? recurrent(data, context) : perceptron(data, context);

/** A network with memory. Where one row of it speaks for all agents of a copy, its cells are spread over their rows. */
function recurrent(data: PolicyData, context: PolicyContext): Policy {
  const { action, count, knobs } = context;
  const agents = data.joint ? count : 1;
  const [width, ...rest] = policySizes(data, action, { count, knobs: knobs.length });
  const { hidden, activation, encoder = [] } = data;
  const cells = data.recurrent!;
  const shape = { inputs: width, encoder, cells, hidden, outputs: rest[rest.length - 1], activation };
  const lengths = recurrentLengths(shape);
  const weights = recurrentNames(shape).map((name, i) => tensor(data, name, lengths[i]));
  const write = inputs(data, knobs, agents, width);
  const choose = chooser(data, context);
  const stateSize = Math.ceil(cells / agents);
  const stride = agents * stateSize;
  let unit: Recurrent | undefined;
  let lives = new Uint8Array(0);
  return {
    stateSize,
    act(batch) {
      const { state, alive } = batch;
      const rows = batch.rows / agents;
      if (!unit || unit.maxRows < rows) {
        unit = createRecurrent({ ...shape, weights, maxRows: rows });
        lives = new Uint8Array(rows);
      }
      write(unit.input, batch);
      for (let row = 0; row < rows; row++) {
        unit.state.set(state.subarray(row * stride, row * stride + cells), row * cells);
        lives[row] = 0;
        for (let agent = row * agents; agent < (row + 1) * agents; agent++) lives[row] |= alive[agent];
      }
      const out = unit.run(rows, lives);
      for (let row = 0; row < rows; row++) state.set(unit.next.subarray(row * cells, (row + 1) * cells), row * stride);
      choose(out, batch);
    },
  };
}

function perceptron(data: PolicyData, context: PolicyContext): Policy {
  const { action, count, knobs } = context;
  const sizes = policySizes(data, action, { count, knobs: knobs.length });
  const weights = weightLengths({ sizes }).map((length, i) => tensor(data, `${i % 2 ? "b" : "w"}${i >> 1}`, length));
  const agents = data.joint ? count : 1;
  const write = inputs(data, knobs, agents, sizes[0]);
  const choose = chooser(data, context);
  let forward: ReturnType<typeof createForward> | undefined;
  return {
    act(batch) {
      const rows = batch.rows / agents;
      if (!forward || forward.maxRows < rows) {
        forward = createForward({ sizes, activation: data.activation, weights, maxRows: rows });
      }
      write(forward.input, batch);
      choose(forward.run(rows), batch);
    },
  };
}

const clamp = (value: number, box: { low: ArrayLike<number>; high: ArrayLike<number> }, i: number) =>
  Math.min(box.high[i], Math.max(box.low[i], value));

/**
 * Rows of observations, each followed by which of `agents` agents it is (the rows' agents are `first`, `first` + 1, … and
 * around again), where there is more to tell than none, and by the knobs where the network is conditioned on them.
 */
export function writeInputs(
  input: Float32Array,
  obs: Float32Array,
  rows: number,
  width: number,
  knobs: readonly number[],
  conditioned: boolean,
  agents = 0,
  first = 0,
): void {
  const tail = agents + (conditioned ? knobs.length : 0);
  if (tail === 0) {
    input.set(obs.subarray(0, rows * width));
    return;
  }
  const stride = width + tail;
  for (let row = 0; row < rows; row++) {
    const at = row * stride + width;
    input.set(obs.subarray(row * width, (row + 1) * width), row * stride);
    for (let i = 0; i < agents; i++) input[at + i] = 0;
    if (agents > 0) input[at + ((first + row) % agents)] = 1;
    for (let k = agents; k < tail; k++) input[at + k] = knobs[k - agents];
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
