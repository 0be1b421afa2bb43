import type { z } from "zod";
import { InputError, nearest, show, unknownName } from "../data/errors.ts";
import type { ActionSpace, ObservationSpace } from "../spaces/slot.ts";
import { isAllowed, refusal } from "./actions.ts";
import type { Info } from "./agents.ts";
import { type Agent, agentsOf, group } from "./agents.ts";
import type { RoleBuffers } from "./buffers.ts";
import type { Counts, Environment } from "./define.ts";
import type { ActionFor, Actions, AgentName, AgentRecord, Observations } from "./names.ts";
import type { Roles } from "./roles.ts";
import type { Scene } from "./scene.ts";
import { snapshots } from "./snapshots.ts";
import { vector } from "./vector.ts";

/**
 * PettingZoo's `ParallelEnv` in camelCase. Everything handed out is a copy, or frozen where nothing happened.
 * Observations of about 64 kB are views of one buffer: whoever sends one to a worker sends `observation.slice()`.
 */
export interface ParallelEnv<R extends Roles = Roles, C extends string = string> {
  readonly metadata: {
    readonly name: string;
    readonly isParallelizable: true;
    readonly renderModes: readonly string[];
  };
  readonly possibleAgents: readonly AgentName<R>[];
  /** Agents that act in the next step; empty before `reset` and after the episode. */
  readonly agents: readonly AgentName<R>[];
  /** Always the same object for the same agent. Throws an InputError for an unknown one. */
  observationSpace(agent: AgentName<R>): ObservationSpace;
  /** As `observationSpace`. */
  actionSpace(agent: AgentName<R>): ActionSpace;
  /**
   * Starts an episode. A seed reseeds and begins with its episode 0; without one the stream of episodes goes on. The one
   * option is the number of the episode to play.
   * @throws InputError, and changes nothing, for other options and for numbers that are not whole and from 0.
   */
  reset(options?: {
    readonly seed?: number;
    readonly options?: { readonly episode?: number };
  }): [Observations<R>, AgentRecord<R, Info>];
  /**
   * One step of every live agent: observations, rewards, terminations, truncations, infos by agent, for the agents that
   * acted. An agent that is done is in these records once more and then leaves `agents`. Agents that have left need no
   * action, and one given is ignored: `actions()` makes the record for the others.
   * @throws InputError before `reset`, after the end, for unknown or missing agents and for actions outside their space.
   */
  step(
    actions: Actions<R>,
  ): [Observations<R>, AgentRecord<R, number>, AgentRecord<R, boolean>, AgentRecord<R, boolean>, AgentRecord<R, Info>];
  /** The record of actions for the agents that are alive. */
  actions(choose: <A extends AgentName<R>>(agent: A) => ActionFor<R, A>): Actions<R>;
  /** Global state for centralised critics. Throws an InputError before `reset`, as `render` does. */
  state(): Float32Array;
  /** What the environment has counted in this episode. */
  counters(): Readonly<Counts<C>>;
  /** What can be drawn of the world now; undefined where the environment draws nothing. */
  render(): Scene | undefined;
  /** Ends the episode; `reset` begins another. */
  close(): void;
}

/**
 * An environment as people know it from PettingZoo, on top of one copy of the vector.
 * @throws InputError on bad parameters.
 */
export function parallel<P extends z.ZodObject, R extends Roles, C extends string>(
  env: Environment<P, R, C>,
  params?: z.input<P>,
): ParallelEnv<R, C> {
  const world = vector(env, 1, params, 0, { autoreset: "disabled" });
  const roles = Object.values(world.roles) as RoleBuffers[];
  const snapshot = snapshots(roles[0].obs.buffer);
  const agents = agentsOf(roles);
  const byName = new Map(agents.map((agent) => [agent.name, agent]));
  const everyone = group(agents);
  const nobody = group([]);
  const masked = roles.some(({ spec }) => spec.masked);
  const chosen: (number | ArrayLike<number>)[] = [];
  let live = nobody;
  let started = false;

  function find(name: string): Agent {
    const agent = byName.get(name);
    if (agent) return agent;
    const guess = nearest(name, byName.keys());
    const hint = guess === undefined ? "" : ` Did you mean "${guess}"?`;
    const more = agents.length > 8 ? ", …" : "";
    const known = everyone.names.slice(0, 8).join(", ") + more;
    throw new InputError(`${env.id}: unknown agent ${show(name)}.${hint} Agents: ${known}.`);
  }

  function mustHaveStarted(what: string): void {
    if (!started) throw new InputError(`${env.id}: ${what}() before reset(); call reset() first.`);
  }

  function observe({ role, obsFrom, parts }: Agent): Float32Array | Record<string, Float32Array> {
    if (parts === undefined) return snapshot.floats(obsFrom, role.obsSize);
    let at = obsFrom;
    const record: Record<string, Float32Array> = {};
    for (const [name, size] of parts) {
      record[name] = snapshot.floats(at, size);
      at += 4 * size;
    }
    return record;
  }

  function infos(): Readonly<Record<string, Info>> {
    if (!masked) return live.noInfos;
    const infos: Record<string, Info> = { ...live.infos };
    for (let i = 0; i < live.agents.length; i++) {
      const { name, role, maskFrom } = live.agents[i];
      if (role.spec.masked) infos[name] = { actionMask: snapshot.bytes(maskFrom, role.maskSize) };
    }
    return infos;
  }

  function ofLive<T>(value: (agent: Agent) => T): Record<string, T> {
    return Object.fromEntries(live.agents.map((agent) => [agent.name, value(agent)]));
  }

  /** All actions are checked before any is written: a refused step leaves the episode as it was. */
  function accept(actions: Readonly<Record<string, unknown>>): void {
    if (typeof actions !== "object" || actions === null) {
      throw new InputError(`${env.id}: step: got ${show(actions)}, expected a record of actions by agent.`);
    }
    let given = 0;
    for (const _ in actions) given++;
    if (given !== live.names.length) for (const name in actions) find(name);
    for (let i = 0; i < live.agents.length; i++) {
      const { name, role, row } = live.agents[i];
      const action = actions[name];
      if (action === undefined) {
        for (const other in actions) find(other);
        throw new InputError(
          `${env.id}: step: no action for ${name}; every live agent needs one (${live.names.join(", ")}).`,
        );
      }
      const mask = role.spec.masked ? role.mask : undefined;
      if (!isAllowed(role.spec.action, action, mask, row * role.maskSize)) {
        throw refusal(`${env.id}: action of ${name}`, role.spec.action, action, mask, row * role.maskSize);
      }
      chosen[i] = action as number | ArrayLike<number>;
    }
    for (let i = 0; i < live.agents.length; i++) {
      const { role, row } = live.agents[i];
      const action = chosen[i];
      if (typeof action === "number") role.actions[row] = action;
      else role.actions.set(action, row * role.actionSize);
    }
  }

  const view = {
    metadata: { name: env.id, isParallelizable: true as const, renderModes: ["scene"] },
    possibleAgents: everyone.names,
    get agents() {
      return live.names;
    },
    observationSpace: (name: string) => find(name).role.spec.observation,
    actionSpace: (name: string) => find(name).role.spec.action,
    reset({ seed, options = {} }: { seed?: number; options?: { episode?: number } } = {}) {
      for (const name in options) {
        if (name !== "episode") throw unknownName(`option of reset() in ${env.id}`, name, ["episode"]);
      }
      world.reset(seed, options.episode);
      started = true;
      live = everyone;
      snapshot.take();
      const observations = { ...live.observations };
      for (const agent of agents) observations[agent.name] = observe(agent);
      return [observations, infos()];
    },
    step(actions: Readonly<Record<string, unknown>>) {
      mustHaveStarted("step");
      if (live === nobody) {
        throw new InputError(`${env.id}: step() after the end of the episode; call reset() to begin another.`);
      }
      accept(actions);
      world.step();
      snapshot.take();
      const observations: Record<string, unknown> = { ...live.observations };
      const rewards: Record<string, number> = { ...live.rewards };
      let done = 0;
      for (let i = 0; i < live.agents.length; i++) {
        const agent = live.agents[i];
        const { name, role, row } = agent;
        observations[name] = observe(agent);
        rewards[name] = role.rewards[row];
        if (role.alive[row] === 0) done++;
      }
      const extras = infos();
      if (done === 0) return [observations, rewards, live.falses, live.falses, extras];
      const terminations = ofLive(({ role, row }) => role.terminations[row] === 1);
      const truncations = ofLive(({ role, row }) => role.truncations[row] === 1);
      const left = live.agents.filter(({ role, row }) => role.alive[row] === 1);
      live = left.length === 0 ? nobody : group(left);
      return [observations, rewards, terminations, truncations, extras];
    },
    actions: (choose: (agent: string) => unknown) => ofLive(({ name }) => choose(name)),
    state() {
      mustHaveStarted("state");
      const out = new Float32Array(world.stateSize);
      world.state(0, out);
      return out;
    },
    counters: () => ({ ...world.counters(0) }),
    render() {
      mustHaveStarted("render");
      return world.render(0);
    },
    close() {
      started = false;
      live = nobody;
    },
  };
  return view as unknown as ParallelEnv<R, C>;
}
