import type { RoleBuffers } from "../env/buffers.ts";
import type { VectorEnv } from "../env/vector.ts";
import { actionMeaning, observationMeaning } from "../spaces/meaning.ts";
import type { ActionSpace } from "../spaces/slot.ts";

/** One agent in the step just made. */
export interface Agent {
  readonly name: string;
  readonly side: "benign" | "attacker" | "defender";
  readonly alive: boolean;
  /** In the words of its action space; empty before the first step. */
  readonly did: string;
  /** What it earned in the step, and in the episode so far. */
  readonly reward: number;
  readonly total: number;
}

/** What an agent saw before the step, and what it then did. */
export interface Focus {
  readonly name: string;
  readonly saw: readonly {
    readonly name: string;
    readonly says: string;
    readonly values: readonly number[];
    readonly size: number;
  }[];
  readonly did: readonly { readonly says: string; readonly word: string }[];
}

/** Most numbers of one part of an observation that are told. */
const TOLD = 128;

export function agentsOf(world: VectorEnv, totals: Readonly<Record<string, Float64Array>>): Agent[] {
  const before = world.elapsed[0] === 0;
  return inOrder(Object.values(world.roles)).flatMap((role) =>
    role.agents.map((name, i) => ({
      name,
      side: role.spec.side,
      alive: role.alive[i] === 1 || world.ended[0] === 1,
      did: before
        ? ""
        : deedOf(role, i)
            .map(({ word }) => word)
            .join(", "),
      reward: role.rewards[i],
      total: totals[role.name][i],
    })),
  );
}

/** Those whom a stranger looks for first: attackers, then whom they are up against. A list that is cut cuts bystanders. */
function inOrder(roles: readonly RoleBuffers[]): RoleBuffers[] {
  const order = ["attacker", "defender", "benign"];
  return [...roles].sort((a, b) => order.indexOf(a.spec.side) - order.indexOf(b.spec.side));
}

/** Copies of all observations, by role. */
export function observationsOf(world: VectorEnv): Readonly<Record<string, Float32Array>> {
  return Object.fromEntries(Object.values(world.roles).map(({ name, obs }) => [name, obs.slice()]));
}

/** One agent, told by its spaces; null where none is called so. */
export function focusOn(world: VectorEnv, seen: Readonly<Record<string, Float32Array>>, agent: string): Focus | null {
  const role = Object.values(world.roles).find(({ agents }) => (agents as readonly string[]).includes(agent));
  if (!role) return null;
  const i = (role.agents as readonly string[]).indexOf(agent);
  const row = seen[role.name].subarray(i * role.obsSize, (i + 1) * role.obsSize);
  return {
    name: agent,
    saw: observationMeaning(role.spec.observation).map(({ name, says = "", from, size }) => ({
      name,
      says,
      values: [...row.subarray(from, from + Math.min(size, TOLD))],
      size,
    })),
    did: world.elapsed[0] === 0 ? [] : deedOf(role, i),
  };
}

function deedOf({ spec, actions, actionSize }: RoleBuffers, i: number): { says: string; word: string }[] {
  const own = actions.subarray(i * actionSize, (i + 1) * actionSize);
  const choices = actionMeaning(spec.action as ActionSpace);
  if (spec.action.kind === "box") {
    const word = Array.from(own.subarray(0, 8), (value) => String(Number(value.toPrecision(3)))).join(" ");
    return [{ says: choices[0].says ?? "", word: own.length > 8 ? `${word} …` : word }];
  }
  return choices.map(({ names, low, says = "" }, c) => ({ says, word: names?.[own[c] - low] ?? String(own[c]) }));
}
