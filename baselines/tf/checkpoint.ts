import { InputError, type Tensor } from "masque";
import type { Adam } from "./adam.ts";
import { exportWeights, importWeights, type Network } from "./network.ts";
import type { Engine } from "./tf.ts";

/** What learns: networks by name, and the Adam that moves some of them. */
export interface Learnt {
  readonly networks: Readonly<Record<string, Network>>;
  readonly adam: Adam;
}

/** Weights and Adam's moments as named tensors, and the steps it has taken. */
export function packLearnt({ networks, adam }: Learnt): { adamSteps: number; tensors: Record<string, Tensor> } {
  const { steps, moments } = adam.state();
  const arrays = [
    ...Object.entries(networks).flatMap(([name, network]) =>
      exportWeights(network).map((data, i) => [`${name}.${i}`, data.slice()] as const),
    ),
    ...moments.map((data, i) => [`adam.${i}`, data] as const),
  ];
  return {
    adamSteps: steps,
    tensors: Object.fromEntries(arrays.map(([name, data]) => [name, { shape: [data.length], data }])),
  };
}

/** And back. @throws InputError or RangeError where tensors are missing or of other shapes */
export function unpackLearnt(
  engine: Engine,
  { networks, adam }: Learnt,
  adamSteps: number,
  tensors: Readonly<Record<string, Tensor>>,
): void {
  for (const [name, network] of Object.entries(networks)) {
    importWeights(
      engine,
      network,
      network.variables.map((_, i) => dataOf(tensors, `${name}.${i}`)),
    );
  }
  const moments = Array.from({ length: 2 * adam.variables.length }, (_, i) => dataOf(tensors, `adam.${i}`));
  adam.restore({ steps: adamSteps, moments });
}

/** @throws InputError where there is none */
export function dataOf(tensors: Readonly<Record<string, Tensor>>, name: string): Float32Array {
  const found = tensors[name];
  if (found) return found.data;
  throw new InputError(`The checkpoint has no tensor ${name}.`);
}

/** Tensors under a name, and those that lie under it. */
export const under = (name: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([own, tensor]) => [`${name}.${own}`, tensor]));
export const below = (name: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([own, tensor]) =>
      own.startsWith(`${name}.`) ? [[own.slice(name.length + 1), tensor]] : [],
    ),
  );
