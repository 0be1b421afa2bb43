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
  readonly greedy?: boolean;
}

/** The weights of a perceptron that is plain data, as `importWeights` takes them. */
export const weightsOf = ({ hidden, tensors }: PolicyData): Float32Array[] =>
  [...hidden, 0].flatMap((_, layer) => [tensors[`w${layer}`].data, tensors[`b${layer}`].data]);

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
