import type { BoxSpace, DictSpace, DiscreteSpace, MultiDiscreteSpace } from "../spaces/index.ts";
import { type LayoutSpace, partsOf } from "../spaces/layout.ts";
import { actionSize, maskSize, obsSize } from "../spaces/slot.ts";
import type { RoleSpec } from "./roles.ts";

/** What one agent's action looks like to the environment. */
export type ActionOf<A> = A extends DiscreteSpace ? number : A extends MultiDiscreteSpace ? Int32Array : Float32Array;
/** Actions lie in one array a role: whole numbers, or reals for Box. */
export type ActionArray<A> = A extends BoxSpace ? Float32Array : Int32Array;
type Parts<O> = O extends DictSpace<infer D> | LayoutSpace<infer D>
  ? { readonly [K in keyof D]: Float32Array }
  : Readonly<Record<string, never>>;

/**
 * All memory of one role, role-major: observations are one `[copies, count, obsSize]` matrix, and so on, so that a
 * policy reads one matrix without gathering.
 */
export interface RoleBuffers<R extends RoleSpec = RoleSpec> {
  readonly name: string;
  readonly spec: R;
  readonly copies: number;
  readonly count: number;
  /** Agent names, `<role>_<index>`. */
  readonly agents: readonly string[];
  /** Floats an observation; numbers an action; entries a mask (0 for Box). */
  readonly obsSize: number;
  readonly actionSize: number;
  readonly maskSize: number;
  /** `[copies, count, obsSize]`, what agents see now. */
  readonly obs: Float32Array;
  /** `[copies, count, obsSize]`, last observations of the episode that just ended; valid where `ended[copy]`. */
  readonly final: Float32Array;
  /** `[copies, count, actionSize]`, written by whoever acts. */
  readonly actions: ActionArray<R["action"]>;
  /** `[copies, count]`, rewards of the last step. */
  readonly rewards: Float64Array;
  /** `[copies, count]`, 1 where an agent ended in the last step by the environment's rules, or by the horizon. */
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  /** `[copies, count]`, 1 where the agent will act in the next step. */
  readonly alive: Uint8Array;
  /** `[copies, count, maskSize]`, 1 where an action is allowed (per component, end to end, for MultiDiscrete). */
  readonly mask: Uint8Array;
}

/** One copy's share of a role's memory: views, indexed by agent. */
export interface Flat<R extends RoleSpec = RoleSpec> {
  readonly obs: Float32Array;
  readonly actions: ActionArray<R["action"]>;
  readonly rewards: Float64Array;
  readonly alive: Uint8Array;
  readonly mask: Uint8Array;
}

/** One agent's window onto the shared buffers: what dynamics read and write. */
export interface Slot<R extends RoleSpec = RoleSpec> {
  /** Live view; keeps its values from step to step, zero at the start of an episode. */
  readonly obs: Float32Array;
  /** Named slices of `obs`, for a `layout` or a Dict of Boxes. */
  readonly parts: Parts<R["observation"]>;
  readonly action: ActionOf<R["action"]>;
  /** Zero before each step. */
  reward: number;
  /** 1 where an action is allowed; all ones at the start of an episode. Needs `masked: true` in the role. */
  readonly mask: Uint8Array;
  readonly alive: boolean;
  /** Ends this agent's part of the episode after this step; its last observation is what is in `obs` now. */
  terminate(): void;
}

/** Buffers for all roles. Observations, and behind them masks, lie side by side in one memory, to be copied at once. */
export function allBuffers(specs: Readonly<Record<string, RoleSpec>>, copies: number): RoleBuffers[] {
  const list = Object.entries(specs);
  const rows = ({ count }: RoleSpec) => copies * count;
  const floats = list.map(([, spec]) => rows(spec) * obsSize(spec.observation));
  const bits = list.map(([, spec]) => rows(spec) * maskSize(spec.action));
  const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0);
  const memory = new ArrayBuffer(4 * sum(floats) + 4 * Math.ceil(sum(bits) / 4));
  return list.map(([name, spec], r) => {
    const obs = new Float32Array(memory, 4 * sum(floats.slice(0, r)), floats[r]);
    const mask = new Uint8Array(memory, 4 * sum(floats) + sum(bits.slice(0, r)), bits[r]).fill(1);
    return roleBuffers(name, spec, copies, obs, mask);
  });
}

function roleBuffers(name: string, spec: RoleSpec, copies: number, obs: Float32Array, mask: Uint8Array): RoleBuffers {
  const { count, observation, action } = spec;
  const sizes = { obsSize: obsSize(observation), actionSize: actionSize(action), maskSize: maskSize(action) };
  const rows = copies * count;
  const numbers = rows * sizes.actionSize;
  return {
    name,
    spec,
    copies,
    count,
    agents: Array.from({ length: count }, (_, i) => `${name}_${i}`),
    ...sizes,
    obs,
    final: new Float32Array(rows * sizes.obsSize),
    actions: (action.kind === "box" ? new Float32Array(numbers) : new Int32Array(numbers)) as RoleBuffers["actions"],
    rewards: new Float64Array(rows),
    terminations: new Uint8Array(rows),
    truncations: new Uint8Array(rows),
    alive: new Uint8Array(rows),
    mask,
  };
}

export function flatView<R extends RoleSpec>(buffers: RoleBuffers<R>, copy: number): Flat<R> {
  const from = copy * buffers.count;
  const to = from + buffers.count;
  const cut = <T extends Float32Array | Float64Array | Int32Array | Uint8Array>(array: T, size: number) =>
    array.subarray(from * size, to * size) as T;
  return {
    obs: cut(buffers.obs, buffers.obsSize),
    actions: cut(buffers.actions as Int32Array, buffers.actionSize) as unknown as ActionArray<R["action"]>,
    rewards: cut(buffers.rewards, 1),
    alive: cut(buffers.alive, 1),
    mask: cut(buffers.mask, buffers.maskSize),
  };
}

/** What a slot tells its copy: that somebody died in this step. */
export interface Deaths {
  deaths: number;
}

export function makeSlot<R extends RoleSpec>(buffers: RoleBuffers<R>, row: number, copy: Deaths): Slot<R> {
  const Class = buffers.spec.action.kind === "discrete" ? DiscreteSlot : ArraySlot;
  return new Class(buffers, row, copy) as unknown as Slot<R>;
}

// A class, since slots are read and written in the innermost loops: getters on a prototype are inlined.
class BaseSlot {
  readonly obs: Float32Array;
  readonly parts: Readonly<Record<string, Float32Array>>;
  readonly mask: Uint8Array;
  protected readonly row: number;
  private readonly rewards: Float64Array;
  private readonly aliveFlags: Uint8Array;
  private readonly terminations: Uint8Array;
  private readonly copy: Deaths;

  constructor(buffers: RoleBuffers, row: number, copy: Deaths) {
    const { obsSize, maskSize, spec } = buffers;
    this.obs = buffers.obs.subarray(row * obsSize, (row + 1) * obsSize);
    this.mask = buffers.mask.subarray(row * maskSize, (row + 1) * maskSize);
    const parts: Record<string, Float32Array> = {};
    let from = 0;
    for (const [name, part] of partsOf(spec.observation)) {
      parts[name] = this.obs.subarray(from, from + part.size);
      from += part.size;
    }
    this.parts = parts;
    this.row = row;
    this.rewards = buffers.rewards;
    this.aliveFlags = buffers.alive;
    this.terminations = buffers.terminations;
    this.copy = copy;
  }
  get reward(): number {
    return this.rewards[this.row];
  }
  set reward(value: number) {
    this.rewards[this.row] = value;
  }
  get alive(): boolean {
    return this.aliveFlags[this.row] === 1;
  }
  terminate(): void {
    if (this.aliveFlags[this.row] === 0) return;
    this.aliveFlags[this.row] = 0;
    this.terminations[this.row] = 1;
    this.copy.deaths++;
  }
}

class DiscreteSlot extends BaseSlot {
  private readonly actions: Int32Array;
  constructor(buffers: RoleBuffers, row: number, copy: Deaths) {
    super(buffers, row, copy);
    this.actions = buffers.actions as Int32Array;
  }
  get action(): number {
    return this.actions[this.row];
  }
}

class ArraySlot extends BaseSlot {
  readonly action: Int32Array | Float32Array;
  constructor(buffers: RoleBuffers, row: number, copy: Deaths) {
    super(buffers, row, copy);
    const { actions, actionSize } = buffers;
    this.action = actions.subarray(row * actionSize, (row + 1) * actionSize);
  }
}
