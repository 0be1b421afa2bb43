import type { RoleBuffers } from "./buffers.ts";
import type { Info } from "./parallel.ts";

/** One agent of the record view. */
export interface Agent {
  readonly name: string;
  readonly role: RoleBuffers;
  readonly row: number;
  /** Where its observation lies, in floats, among all. */
  readonly from: number;
  /** Names and lengths of a Dict observation's parts; none for Box. */
  readonly parts: readonly (readonly [string, number])[] | undefined;
}

/** All agents of a world with one copy, role by role. */
export function agentsOf(roles: readonly RoleBuffers[]): Agent[] {
  let floats = 0;
  return roles.flatMap((role) =>
    role.agents.map((name, row) => {
      const { observation } = role.spec;
      const isDict = observation.kind === "dict";
      const parts = isDict ? Object.entries(observation.spaces).map(([k, s]) => [k, s.size] as const) : undefined;
      const from = floats;
      floats += role.obsSize;
      return { name, role, row, from, parts };
    }),
  );
}

/** Agents that act together, and records of them. Spreading a record is several times faster than adding key by key. */
export interface Group {
  readonly agents: readonly Agent[];
  readonly names: readonly string[];
  readonly observations: Readonly<Record<string, unknown>>;
  readonly rewards: Readonly<Record<string, number>>;
  /** Frozen, and handed out where they are true: after steps in which nobody ends, and where nobody has a mask. */
  readonly falses: Readonly<Record<string, boolean>>;
  readonly noInfos: Readonly<Record<string, Info>>;
}

export const NO_INFO: Info = Object.freeze({});

export function group(agents: readonly Agent[]): Group {
  const names = agents.map(({ name }) => name);
  const all = <T>(value: T): Readonly<Record<string, T>> => ({
    ...Object.fromEntries(names.map((name) => [name, value])),
  });
  return {
    agents,
    names: Object.freeze(names),
    observations: all(null),
    rewards: all(0),
    falses: Object.freeze(all(false)),
    noInfos: Object.freeze(all(NO_INFO)),
  };
}
