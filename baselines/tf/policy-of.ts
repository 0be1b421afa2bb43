import type { ActionSpace, Tensor } from "masque";
import type { PolicyData } from "masque/learn";
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

/** A trained network as plain data; `more` are tensors beside its weights. */
export function policyOf(network: Network, of: PolicyOf, more: Readonly<Record<string, Tensor>> = {}): PolicyData {
  const tensors: Record<string, Tensor> = {};
  exportWeights(network).forEach((data, i) => {
    tensors[`${i % 2 ? "b" : "w"}${i >> 1}`] = { shape: network.variables[i].shape, data };
  });
  const { joint = false, greedy = false, action, ...rest } = of;
  const hidden = network.sizes.slice(1, -1);
  const activation = network.activation === "relu" ? "relu" : "tanh";
  const shape = {
    format: 1 as const,
    kind: "mlp" as const,
    action: action.toJSON(),
    hidden,
    activation,
    extra: {},
  } as const;
  return { ...rest, ...shape, joint, greedy, tensors: { ...tensors, ...more } };
}
