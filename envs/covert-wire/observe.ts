import { partsOf } from "../../src/spaces/layout.ts";
import type { ObservationSpace } from "../../src/spaces/slot.ts";

/** Where an observation's named parts begin. */
export function offsets(space: ObservationSpace): Readonly<Record<string, number>> {
  const parts: Record<string, number> = {};
  let at = 0;
  for (const [name, { size }] of partsOf(space)) {
    parts[name] = at;
    at += size;
  }
  return parts;
}

/** The symbol of a one-hot without symbol 0. */
export function symbolAt(obs: Float32Array, from: number, symbols: number): number {
  for (let s = 1; s < symbols; s++) if (obs[from + s - 1] === 1) return s;
  return 0;
}
