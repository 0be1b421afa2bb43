import type { PolicyData } from "./data.ts";
import { byMember } from "./members.ts";
import type { PolicyFactory } from "./policy.ts";

/** The prefix of a member's tensors among those of its mixture. */
export const prefixOf = (member: number): string => `m${member}.`;

/** The policies that a mixture is of, each as data by itself. */
export function membersOf({ mixture = [], tensors, ...shared }: PolicyData): PolicyData[] {
  const { format, environment, role, obsSize, action } = shared;
  return mixture.map(({ weight: _, ...member }, m) => {
    const own = Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefixOf(m)) ? [[name.slice(prefixOf(m).length), tensor] as const] : [],
    );
    return { format, environment, role, obsSize, action, ...member, tensors: Object.fromEntries(own) };
  });
}

/**
 * A mixture of policies of one role as data. Members of weight 0 are left out; of a mixture among them, the members are taken.
 * @param members all of the same environment, role and spaces
 * @param made what it is said to come from
 */
export function mixtureData(members: readonly Weighted[], made: string): PolicyData {
  const kept = members.flatMap(flat).filter(({ weight }) => weight > 0);
  const [{ data }] = kept;
  const { format, environment, role, obsSize, action } = data;
  return {
    format,
    kind: "mixture",
    environment,
    role,
    baseline: made,
    obsSize,
    action,
    hidden: [],
    activation: "tanh",
    conditioned: false,
    joint: kept.some((member) => member.data.joint),
    greedy: false,
    extra: {},
    mixture: kept.map(({ weight, data }) => {
      const { format: _, environment: __, role: ___, obsSize: ____, action: _____, tensors, mixture, ...own } = data;
      return { weight, ...own, kind: own.kind as Exclude<PolicyData["kind"], "mixture"> };
    }),
    tensors: Object.fromEntries(
      kept.flatMap(({ data }, m) =>
        Object.entries(data.tensors).map(([name, tensor]) => [`${prefixOf(m)}${name}`, tensor]),
      ),
    ),
  };
}

interface Weighted {
  readonly weight: number;
  readonly data: PolicyData;
}

function flat({ weight, data }: Weighted): Weighted[] {
  if (!data.mixture) return [{ weight, data }];
  const weights = data.mixture.map((member) => member.weight);
  const total = weights.reduce((sum, one) => sum + one, 0);
  return membersOf(data).map((member, m) => ({ weight: (weight * weights[m]) / total, data: member }));
}

/**
 * Draws a member at the beginning of every episode, copy by copy, and plays the episode by it. Roles of a side whose
 * mixtures have the same weights draw alike, since they draw by what the side has agreed on: see `Batch.agreed`.
 */
export function mixture(weights: readonly number[], members: readonly PolicyFactory[]): PolicyFactory {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const draw = (u: number): number => {
    let left = u * total;
    for (let m = 0; m < weights.length; m++) {
      left -= weights[m];
      if (left < 0) return m;
    }
    return weights.length - 1;
  };
  return (context) =>
    byMember(
      members.map((member) => member(context)),
      (copy, { count, state, rows, agreed }) => {
        // In the memory of a copy's first row: 1 + the member that was drawn; 0 as an episode begins.
        const at = (copy * count * state.length) / rows;
        if (state[at] === 0) state[at] = 1 + draw(agreed(copy));
        return state[at] - 1;
      },
      1,
    );
}
