import { InputError, unknownName } from "../data/errors.ts";
import type { Tensor } from "../data/safetensors.ts";
import { exp } from "../numeric/index.ts";
import type { ActionSpace } from "../spaces/slot.ts";
import { apart } from "./apart.ts";
import { automaton } from "./automaton.ts";
import { type PolicyData, type PolicyMeta, policySchema } from "./data.ts";
import { chooserInTurn } from "./in-turn.ts";
import { membersOf, mixture } from "./mixture.ts";
import { argmaxMasked, sampleCategorical } from "./network/categorical.ts";
import { createForward, weightLengths } from "./network/forward.ts";
import { createRecurrent, type Recurrent, recurrentLengths, recurrentNames } from "./network/recurrent.ts";
import { createSampler, type Sampler } from "./network/sampler.ts";
import type { Batch, Policy, PolicyContext, PolicyFactory, ScriptedPolicies } from "./policy.ts";
import { leading } from "./squads.ts";
import { scriptAt } from "./tunable.ts";

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

/**
 * The policy that trained weights stand for: the same bits on every machine, whatever trained them.
 * @param scripts the environment's, which policies of kind `script` are settings of
 * @throws InputError, when it is seated, if weights and environment do not fit each other.
 */
export function policyFrom(data: PolicyData, scripts?: ScriptedPolicies): PolicyFactory<unknown> {
  const { tensors, ...meta } = data;
  const parsed = policySchema.parse(meta);
  const play = parsed.mixture
    ? mixture(
        parsed.mixture.map(({ weight }) => weight),
        membersOf({ ...parsed, tensors }).map((member) => policyFrom(member, scripts) as PolicyFactory),
      )
    : null;
  return (context) => {
    if (data.role !== context.role) {
      throw new InputError(
        `Policy: trained for role "${data.role}" of ${data.environment}, seated as "${context.role}".`,
      );
    }
    if (play) return play(context as never);
    const agents = data.agentIds ?? data.networks ?? context.count;
    if (agents !== context.count) {
      throw new InputError(
        `Policy for ${data.role} of ${data.environment}: tells ${agents} agents apart, got ${context.count}; was it trained with other parameters?`,
      );
    }
    if (data.networks !== undefined) return individuals(data, data.networks, context);
    if (data.kind === "table") return table(data, tensors, context);
    if (data.kind === "automaton") return automaton(parsed.automaton!, context);
    if (data.kind === "script") return scripted(parsed, scripts)(context as never);
    return data.squads === undefined ? network(data, context) : squadron(data, data.squads, context);
  };
}

/** The part that a setting of a script has for one role. */
function scripted({ environment, role, script }: PolicyMeta, scripts: ScriptedPolicies | undefined): PolicyFactory {
  if (!scripts || !script) {
    const lacks = script ? "whoever plays it hands policyFrom the environment's scripts" : "expected `script`";
    throw new InputError(`Policy for ${role} of ${environment}: is a setting of a script; ${lacks}.`);
  }
  // Defaults may name attackers' roles too; no attack names another side's.
  const attacks = Object.values(scripts.attacks).some(({ roles }) => Object.hasOwn(roles, role));
  if (!attacks) return defended(scripts, environment, role, script);
  const { controller } = scriptAt(scripts, environment, script);
  if (Object.hasOwn(controller.roles, role)) return controller.roles[role];
  throw new InputError(`Policy for ${role} of ${environment}: the script ${script.name} does not play that role.`);
}

/** A scripted defence's part for a role that is no attacker's. @throws InputError for unknown ones, and for dials */
function defended(
  { defaults, defences = {} }: ScriptedPolicies,
  environment: string,
  role: string,
  { name, set }: NonNullable<PolicyMeta["script"]>,
): PolicyFactory {
  const own = Object.hasOwn(defences, name) ? defences[name].roles : {};
  if (name !== "default" && !Object.hasOwn(defences, name))
    throw unknownName(`defence of ${environment}`, name, ["default", ...Object.keys(defences)]);
  if (Object.keys(set).length > 0)
    throw new InputError(
      `Policy for ${role} of ${environment}: the defence ${name} has no dials; expected no \`set\`.`,
    );
  return Object.hasOwn(own, role) ? own[role] : defaults[role];
}

/** Every agent has a network of its own: part i of each tensor is agent i's. */
function individuals(data: PolicyData, networks: number, context: PolicyContext): Policy {
  const part = ({ shape, data: all }: Tensor, agent: number): Tensor => {
    const size = all.length / networks;
    return { shape: shape.slice(1), data: all.subarray(agent * size, (agent + 1) * size) };
  };
  return apart(
    Array.from({ length: networks }, (_, agent) => {
      const own = Object.entries(data.tensors).map(([name, tensor]) => [name, part(tensor, agent)]);
      const alone = { ...data, networks: undefined, tensors: Object.fromEntries(own) };
      return policyFrom(alone)({ ...context, count: 1 } as never);
    }),
  );
}

/** To its network a squad is one agent, who sees the mean and the highest of what its members see. */
function squadron(data: PolicyData, squads: number, context: PolicyContext): Policy {
  const { obsSize, role, environment } = data;
  if (squads > context.count) {
    throw new InputError(
      `Policy for ${role} of ${environment}: trained for ${squads} squads, got ${context.count} agents.`,
    );
  }
  const inner = network(
    { ...data, obsSize: 2 * obsSize, squads: undefined },
    {
      ...context,
      count: squads,
    },
  );
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

const network = (data: PolicyData, context: PolicyContext): Policy =>
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
