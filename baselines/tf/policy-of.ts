import type { ActionSpace, Tensor } from "masque";
import { type PolicyData, recurrentNames } from "masque/learn";
import { isRecurrent, type RecurrentNetwork } from "./gru.ts";
import { exportWeights, type Network } from "./network.ts";

/** What a trained network is, besides its weights. */
export interface PolicyOf {
  readonly environment: string;
  readonly baseline: string;
  readonly role: string;
  readonly obsSize: number;
  readonly action: ActionSpace;
  readonly conditioned: boolean;
  readonly joint?: boolean;
  readonly agentIds?: number;
  readonly greedy?: boolean;
}

/** The weights of a perceptron that is plain data, as `importWeights` takes them. */
export const weightsOf = ({ hidden, tensors }: PolicyData): Float32Array[] =>
  [...hidden, 0].flatMap((_, layer) => [tensors[`w${layer}`].data, tensors[`b${layer}`].data]);

/** A trained network as plain data; `more` are tensors beside its weights. */
export function policyOf(
  network: Network | RecurrentNetwork,
  of: PolicyOf,
  more: Readonly<Record<string, Tensor>> = {},
): PolicyData {
  const recurrent = isRecurrent(network) ? network : null;
  const names = recurrent && recurrentNames(recurrent);
  const tensors: Record<string, Tensor> = {};
  exportWeights(network).forEach((data, i) => {
    const name = names ? names[i] : `${i % 2 ? "b" : "w"}${i >> 1}`;
    tensors[name] = { shape: network.variables[i].shape, data };
  });
  const { joint = false, greedy = false, action, ...rest } = of;
  const shape = {
    format: 1 as const,
    kind: recurrent ? ("gru" as const) : ("mlp" as const),
    action: action.toJSON(),
    hidden: recurrent ? [...recurrent.hidden] : network.sizes.slice(1, -1),
    activation: network.activation === "relu" ? ("relu" as const) : ("tanh" as const),
    extra: {},
    ...(recurrent && { recurrent: recurrent.cells }),
    ...(recurrent && recurrent.encoder.length > 0 && { encoder: [...recurrent.encoder] }),
  };
  return { ...rest, ...shape, joint, greedy, tensors: { ...tensors, ...more } };
}
