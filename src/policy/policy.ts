import { type Draws, Sealed } from "../random/draws.ts";
import type { Offsets } from "../spaces/layout.ts";
import type { ActionSpace, ObservationSpace } from "../spaces/slot.ts";
import type { HasDials, Setting } from "./dials.ts";

/**
 * All rows of one role, agents of a copy side by side: row = copy · count + index. Arrays are live buffers; do not keep
 * them, and write only `actions` and `state`.
 */
export interface Batch {
  readonly rows: number;
  /** Agents of this role in one copy. */
  readonly count: number;
  /** `[rows, obsSize]` */
  readonly obs: Float32Array;
  readonly obsSize: number;
  /** `[rows, maskSize]`, 1 where allowed. */
  readonly mask: Uint8Array;
  readonly maskSize: number;
  /** `[rows]`, 0 where the agent is dead: its action is ignored. */
  readonly alive: Uint8Array;
  /** One sampling stream a row, named by (seed, split, episode, role, index). */
  readonly rngs: readonly Draws[];
  /**
   * A number in [0, 1) for a copy's episode that all roles of a side are given alike: what a side can have agreed on
   * before it began, such as which of several ways to play. It tells nothing of the world.
   */
  agreed(copy: number): number;
  /** `[rows, policy.stateSize]`, zero at the start of a row's episode. */
  readonly state: Float32Array;
  /** `[rows, actionSize]`, to be written. */
  readonly actions: Int32Array | Float32Array;
  readonly actionSize: number;
}

/** Maps a batch of observations of one role to actions. */
export interface Policy {
  /** Floats of memory a row that last through an episode; 0 when omitted. */
  readonly stateSize?: number;
  /** Writes `batch.actions` for every row. */
  act(batch: Batch): void;
}

/** What a policy's factory is told. Knobs are scaled to [0,1], for policies that are conditioned on them. */
export interface PolicyContext<P = unknown, O extends ObservationSpace = ObservationSpace> {
  readonly params: P;
  readonly role: string;
  readonly count: number;
  readonly observation: O;
  /** Where each named part of an observation begins: `obs[from + at.score]`. */
  readonly at: Offsets<O>;
  readonly action: ActionSpace;
  readonly knobs: readonly number[];
}

/**
 * Makes the policy of a role at given parameters. Without P: a factory for some environment, as whoever seats it holds it;
 * `PolicyFor` gives the type for a role of a known one.
 */
export type PolicyFactory<P = never, O extends ObservationSpace = [P] extends [never] ? never : ObservationSpace> = (
  context: PolicyContext<P, O>,
) => Policy;

/** The policies of one whole side, by role. `joint` when a policy looks at more than its own row. */
export interface Controller<P = never> {
  readonly summary?: string;
  readonly joint?: boolean;
  /** Environment steps a level of knobs that the search for it took; 0 where it was written down, not searched for. */
  readonly tuningSteps?: number;
  /** The security metric that this attack minimises exactly, of all attacks there are, under the default defence. */
  readonly exact?: string;
  readonly roles: Readonly<Record<string, PolicyFactory<P>>>;
}

/** A script with dials: how the attacker side plays at any setting of them. At the declared values it is the script itself. */
export interface Tunable<P = never> extends HasDials {
  /** Policies of the roles that the script plays. */
  roles(setting: Setting): Readonly<Record<string, PolicyFactory<P>>>;
}

/** What `envs/<name>/policies.ts` exports by default: scripted play for every role. */
export interface ScriptedPolicies<P = never> {
  /** How benign and defending roles play unless a benchmark says otherwise. */
  readonly defaults: Readonly<Record<string, PolicyFactory<P>>>;
  /** The attacker side's scripts; `none` (attackers do as an innocent would) is always among them. */
  readonly attacks: Readonly<Record<string, Controller<P>>> & { readonly none: Controller<P> };
  /** Other ways for the defender side to play. */
  readonly defences?: Readonly<Record<string, Controller<P>>>;
  /** Attacks among those above whose numbers may be tuned: what `envs/<name>/tunable.ts` exports by default. */
  readonly tunable?: Readonly<Record<string, Tunable<P>>>;
}

/** A policy that decides row by row: `choose(obs, from, row, batch)` reads its observation at `obs[from…]`. */
export function perRow(
  choose: (obs: Float32Array, from: number, row: number, batch: Batch) => number,
  stateSize = 0,
): Policy {
  return {
    stateSize,
    act(batch) {
      const { rows, obs, obsSize, alive, actions } = batch;
      for (let row = 0; row < rows; row++) if (alive[row] === 1) actions[row] = choose(obs, row * obsSize, row, batch);
    },
  };
}

/** Plays the same Discrete action always. */
export const constant =
  (action: number): PolicyFactory<unknown> =>
  () => ({ act: ({ actions }) => void actions.fill(action) });

/** Uniform over the allowed actions; uniform over the box where it is bounded. */
export const random: PolicyFactory<unknown> = ({ action }) => ({
  act({ rows, rngs, mask, maskSize, actions, actionSize }) {
    for (let row = 0; row < rows; row++) {
      const rng = rngs[row];
      if (action.kind === "box") actions.set(action.sample(rng), row * actionSize);
      else {
        let from = row * maskSize;
        const sizes = action.kind === "discrete" ? [action.n] : action.nvec;
        for (let i = 0; i < actionSize; i++) {
          const choice = uniformAllowed(rng, mask, from, sizes[i]);
          actions[row * actionSize + i] = choice + (action.kind === "discrete" ? action.start : 0);
          from += sizes[i];
        }
      }
    }
  },
});

function uniformAllowed(rng: Draws, mask: Uint8Array, from: number, n: number): number {
  let allowed = 0;
  for (let i = 0; i < n; i++) allowed += mask[from + i];
  if (allowed === 0) return 0;
  let skip = rng.int(0, allowed);
  for (let i = 0; i < n; i++) if (mask[from + i] === 1 && skip-- === 0) return i;
  return 0;
}

/** A policy of a stranger's code: it draws from streams that tell nothing of the world's. */
export function sealed(factory: PolicyFactory): PolicyFactory {
  return (context) => {
    const policy = factory(context);
    const seals: Sealed[] = [];
    const rngs: Draws[] = [];
    return {
      ...policy,
      act(batch) {
        while (seals.length < batch.rows) {
          const seal = new Sealed();
          seals.push(seal);
          rngs.push(seal.draws);
        }
        for (let row = 0; row < batch.rows; row++) seals[row].renew(batch.rngs[row]);
        policy.act({ ...batch, rngs });
      },
    };
  };
}
