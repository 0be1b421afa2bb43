import { InputError, unknownName } from "../data/errors.ts";
import type { Tensor } from "../data/safetensors.ts";
import { apart } from "./apart.ts";
import { automaton } from "./automaton.ts";
import { type PolicyData, type PolicyMeta, policySchema } from "./data.ts";
import { membersOf, mixture } from "./mixture.ts";
import { argmaxMasked, sampleCategorical } from "./network/categorical.ts";
import { network, tensor } from "./networks.ts";
import type { Batch, Policy, PolicyContext, PolicyFactory, ScriptedPolicies } from "./policy.ts";
import { leading } from "./squads.ts";
import { scriptAt } from "./tunable.ts";

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
