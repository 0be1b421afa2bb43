import type { ActionSpace, ObservationSpace } from "../spaces/slot.ts";

/** On whose side a role plays: attackers are learned against, defenders are what is measured, the benign are whom it is for. */
export type Side = "benign" | "attacker" | "defender";

/** A group of interchangeable agents with the same spaces and the same side. */
export interface RoleSpec {
  readonly side: Side;
  /** Agents of this role, fixed for an episode; named `<role>_0` … `<role>_<count-1>`. */
  readonly count: number;
  readonly observation: ObservationSpace;
  readonly action: ActionSpace;
  /** True when the environment writes action masks; otherwise every action is always allowed. */
  readonly masked?: boolean;
}

/** Roles by name. */
export type Roles = Record<string, RoleSpec>;
