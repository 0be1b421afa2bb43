import type { ActionSpace, Tensor } from "masque";
import { type PolicyData, recurrentNames } from "masque/learn";
import { isRecurrent, type RecurrentNetwork } from "./gru.ts";
import { exportWeights, type Network } from "./network.ts";
import type { Engine } from "./tf.ts";

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

/** What a network's variables are called among a policy's tensors. */
const namesOf = (network: Network | RecurrentNetwork): readonly string[] =>
  isRecurrent(network) ? recurrentNames(network) : network.variables.map((_, i) => `${i % 2 ? "b" : "w"}${i >> 1}`);

/** Puts a stored policy's weights into a network of the same shape: see `startOf`. */
export function startNetwork({ tf }: Engine, network: Network | RecurrentNetwork, from: PolicyData): void {
  const names = namesOf(network);
  tf.tidy(() => {
    network.variables.forEach((variable, i) => {
      variable.assign(tf.tensor(from.tensors[names[i]].data.slice(), variable.shape, "float32"));
    });
  });
}

/** A trained network as plain data; `more` are tensors beside its weights. */
export function policyOf(
  network: Network | RecurrentNetwork,
  of: PolicyOf,
  more: Readonly<Record<string, Tensor>> = {},
): PolicyData {
  const recurrent = isRecurrent(network) ? network : null;
  const names = namesOf(network);
  const tensors: Record<string, Tensor> = {};
  exportWeights(network).forEach((data, i) => {
    tensors[names[i]] = { shape: network.variables[i].shape, data };
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
