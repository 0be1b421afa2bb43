import type { RoleBuffers } from "./buffers.ts";

/** Extras for one agent: which actions are allowed now, where the role has masks. */
export interface Info {
  readonly actionMask?: Uint8Array;
}

/** One agent of the record view. */
export interface Agent {
  readonly name: string;
  readonly role: RoleBuffers;
  readonly row: number;
  /** Where its observation and its mask lie in the memory of all, in bytes. */
  readonly obsFrom: number;
  readonly maskFrom: number;
  /** Names and lengths of a Dict observation's parts; none for Box. */
  readonly parts: readonly (readonly [string, number])[] | undefined;
}

/** All agents of a world with one copy, role by role. */
export function agentsOf(roles: readonly RoleBuffers[]): Agent[] {
  return roles.flatMap((role) =>
    role.agents.map((name, row) => {
      const { observation } = role.spec;
      const isDict = observation.kind === "dict";
      const parts = isDict ? Object.entries(observation.spaces).map(([k, s]) => [k, s.size] as const) : undefined;
      const obsFrom = role.obs.byteOffset + 4 * row * role.obsSize;
      const maskFrom = role.mask.byteOffset + row * role.maskSize;
      return { name, role, row, obsFrom, maskFrom, parts };
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
  readonly infos: Readonly<Record<string, Info>>;
}

const NO_INFO: Info = Object.freeze({});

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
    infos: all(NO_INFO),
  };
}
