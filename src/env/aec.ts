import { InputError, show } from "../data/errors.ts";
import type { ActionSpace, ObservationSpace } from "../spaces/slot.ts";
import { isAllowed, refusal } from "./actions.ts";
import type { Info } from "./agents.ts";
import type { ActionFor, AgentName, ObservationFor } from "./names.ts";
import type { ParallelEnv } from "./parallel.ts";
import type { Roles } from "./roles.ts";
import type { Scene } from "./scene.ts";

/** PettingZoo's agent-environment cycle (arXiv:2009.14471) in camelCase: agents act one after the other. */
export interface AecEnv<R extends Roles = Roles> {
  readonly metadata: {
    readonly name: string;
    readonly isParallelizable: true;
    readonly renderModes: readonly string[];
  };
  readonly possibleAgents: readonly AgentName<R>[];
  /** Who is in the game: a done agent stays until it has taken its last, empty step. */
  readonly agents: readonly AgentName<R>[];
  /** Whose turn it is; undefined before `reset` and when nobody is left. */
  readonly agentSelection: AgentName<R> | undefined;
  /** By agent, what the last `step` brought; zero unless it ended a cycle. */
  readonly rewards: Readonly<Record<string, number>>;
  readonly terminations: Readonly<Record<string, boolean>>;
  readonly truncations: Readonly<Record<string, boolean>>;
  readonly infos: Readonly<Record<string, Info>>;
  /** Always the same object for the same agent. Throws an InputError for an unknown one. */
  observationSpace(agent: AgentName<R>): ObservationSpace;
  /** As `observationSpace`. */
  actionSpace(agent: AgentName<R>): ActionSpace;
  /** Starts an episode, with a seed or without: as `ParallelEnv.reset`, but what is seen comes from `observe` and `last`. */
  reset(options?: Parameters<ParallelEnv<R>["reset"]>[0]): void;
  /** What an agent saw at the end of the last cycle. Throws an InputError for one that is not in the game. */
  observe<A extends AgentName<R>>(agent: A): ObservationFor<R, A>;
  /** For the agent whose turn it is: observation (null unless asked for), reward since it last acted, ends, info. */
  last(observe?: boolean): [ObservationFor<R, AgentName<R>> | null, number, boolean, boolean, Info];
  /**
   * Takes the selected agent's turn: an action, or null if it is done.
   * @throws InputError, and changes nothing, for anything else, before `reset` and when nobody is left.
   */
  step(action: ActionFor<R, AgentName<R>> | null): void;
  /** Whose turn it is, until nobody is left or after `most` turns. Call `step` in the loop. */
  agentIter(most?: number): Iterable<AgentName<R>>;
  /** Global state for centralised critics. Throws an InputError before `reset`, as `render` does. */
  state(): Float32Array;
  /** What can be drawn of the world now; undefined where the environment draws nothing. */
  render(): Scene | undefined;
  /** Ends the episode; `reset` begins another. */
  close(): void;
}

/**
 * Turns for a record view. All act on the observations of the cycle's start; the environment steps when the last live
 * agent has acted, then agents that are done take their empty steps first, as in PettingZoo's `parallel_to_aec`.
 */
export function aec<R extends Roles, C extends string>(env: ParallelEnv<R, C>): AecEnv<R> {
  type Name = AgentName<R>;
  let agents: Name[] = [];
  /** Turns still to be taken in this cycle. */
  let queue: Name[] = [];
  let observations: Record<string, unknown> = {};
  let rewards: Record<string, number> = {};
  let cumulative: Record<string, number> = {};
  let terminations: Record<string, boolean> = {};
  let truncations: Record<string, boolean> = {};
  let infos: Record<string, Info> = {};
  let chosen: Record<string, unknown> = {};

  const id = env.metadata.name;
  const all = <T>(value: T): Record<string, T> => Object.fromEntries(agents.map((agent) => [agent, value]));
  const isDone = (agent: Name) => terminations[agent] || truncations[agent];

  function selected(what: string): Name {
    if (queue.length === 0) throw new InputError(`${id}: ${what}() with nobody to act; call reset() first.`);
    return queue[0];
  }

  function leave(agent: Name): void {
    agents = agents.filter((other) => other !== agent);
    for (const record of [observations, rewards, cumulative, terminations, truncations, infos]) delete record[agent];
    queue.shift();
    if (queue.length === 0) queue = [...env.agents];
  }

  function endCycle(): void {
    const acted = env.agents;
    const result = env.step(chosen as Parameters<typeof env.step>[0]);
    chosen = {};
    [observations, terminations, truncations, infos] = [
      { ...result[0] },
      { ...result[2] },
      { ...result[3] },
      { ...result[4] },
    ];
    rewards = { ...result[1] };
    for (const agent of acted) cumulative[agent] += rewards[agent];
    queue = acted.filter(isDone);
    if (queue.length === 0) queue = [...env.agents];
  }

  return {
    metadata: env.metadata,
    possibleAgents: env.possibleAgents,
    get agents() {
      return agents;
    },
    get agentSelection() {
      return queue[0];
    },
    get rewards() {
      return rewards;
    },
    get terminations() {
      return terminations;
    },
    get truncations() {
      return truncations;
    },
    get infos() {
      return infos;
    },
    observationSpace: (agent) => env.observationSpace(agent),
    actionSpace: (agent) => env.actionSpace(agent),
    reset(options) {
      const [first, extras] = env.reset(options);
      agents = [...env.agents];
      queue = [...agents];
      [observations, infos, chosen] = [{ ...first }, { ...extras }, {}];
      [rewards, cumulative, terminations, truncations] = [all(0), all(0), all(false), all(false)];
    },
    observe<A extends Name>(agent: A) {
      if (!Object.hasOwn(observations, agent)) {
        throw new InputError(
          `${id}: observe: ${show(agent)} is not in the game; in it: ${agents.join(", ") || "nobody"}.`,
        );
      }
      return observations[agent] as ObservationFor<R, A>;
    },
    last(observe = true) {
      const agent = selected("last");
      const observation = observe ? (observations[agent] as ObservationFor<R, Name>) : null;
      return [observation, cumulative[agent], terminations[agent], truncations[agent], infos[agent]];
    },
    step(action) {
      const agent = selected("step");
      if (isDone(agent)) {
        if (action !== null) throw new InputError(`${id}: ${agent} is done: got ${show(action)}, expected null.`);
        leave(agent);
        rewards = all(0);
        return;
      }
      const space = env.actionSpace(agent);
      const mask = infos[agent].actionMask;
      if (!isAllowed(space, action, mask)) throw refusal(`${id}: action of ${agent}`, space, action, mask);
      chosen[agent] = action;
      cumulative[agent] = 0;
      rewards = all(0);
      queue.shift();
      if (queue.length === 0) endCycle();
    },
    *agentIter(most = Number.POSITIVE_INFINITY) {
      for (let turn = 0; turn < most && queue.length > 0; turn++) yield queue[0];
    },
    state: () => env.state(),
    render: () => env.render(),
    close() {
      env.close();
      agents = [];
      queue = [];
    },
  };
}
