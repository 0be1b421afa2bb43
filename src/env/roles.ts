import type { ActionSpace, ObservationSpace } from "../spaces/slot.ts";

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

export type Roles = Record<string, RoleSpec>;
