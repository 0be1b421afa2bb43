import type { RoleBuffers } from "../env/buffers.ts";

/** What was done by those who are no policy: people, or language models. */
export interface Recorded {
  /** Which arm is watched. */
  readonly arm: "attacked" | "clean";
  /** Numbers of the actions by arm and role, end to end: step after step, row after row, the dead left out. */
  readonly deeds: Readonly<Partial<Record<"attacked" | "clean", Readonly<Record<string, Deed>>>>>;
  /** Who played, in words. */
  readonly who: string;
}

export interface Deed {
  readonly actions: readonly number[];
  /** The only row whose actions these are. */
  readonly agent?: number;
}

/** Writes, step by step, what was done into the places of what policies chose. */
export function retrace(
  roles: Readonly<Record<string, RoleBuffers>>,
  deeds: Readonly<Record<string, Deed>>,
): () => void {
  const own = Object.entries(deeds).map(([role, deed]) => ({ ...deed, buffers: roles[role], at: 0 }));
  return () => {
    for (const one of own) {
      const { alive, actions, actionSize, count } = one.buffers;
      for (let row = 0; row < count; row++) {
        if (alive[row] === 0 || (one.agent !== undefined && row !== one.agent)) continue;
        for (let i = 0; i < actionSize; i++) actions[row * actionSize + i] = one.actions[one.at++];
      }
    }
  };
}
