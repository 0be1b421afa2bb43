import type { z } from "zod";
import { InputError, nearest, show } from "../errors.ts";
import { explain } from "../spaces/index.ts";
import type { RoleBuffers } from "./buffers.ts";
import type { ActionSpace, Counts, Environment, ObservationSpace, Roles } from "./define.ts";
import type { ActionFor, Actions, AgentName, AgentRecord, Observations } from "./names.ts";
import type { Scene } from "./scene.ts";
import { vector } from "./vector.ts";

/** Extras for one agent: which actions are allowed now, where the role has masks. */
export interface Info {
  readonly actionMask?: Uint8Array;
}

/** PettingZoo's `ParallelEnv` in camelCase. Everything handed out is a copy. */
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
  actionSpace(agent: AgentName<R>): ActionSpace;
  /** Starts an episode. A seed reseeds; without one the stream of episodes goes on. */
  reset(options?: {
    seed?: number;
    options?: Readonly<Record<string, unknown>>;
  }): [Observations<R>, AgentRecord<R, Info>];
  /**
   * One step of every live agent: observations, rewards, terminations, truncations, infos by agent, for the agents that
   * acted. An agent that is done is in these records once more and then leaves `agents`.
   * @throws InputError before `reset`, after the end, for unknown or missing agents and for actions outside their space.
   */
  step(
    actions: Partial<Actions<R>>,
  ): [Observations<R>, AgentRecord<R, number>, AgentRecord<R, boolean>, AgentRecord<R, boolean>, AgentRecord<R, Info>];
  /** The record of actions for the agents that are alive. */
  actions(choose: <A extends AgentName<R>>(agent: A) => ActionFor<R, A>): Actions<R>;
  /** Global state for centralised critics. */
  state(): Float32Array;
  /** What the environment has counted in this episode. */
  counters(): Readonly<Counts<C>>;
  render(): Scene | undefined;
  close(): void;
}

interface Agent {
  readonly name: string;
  readonly role: RoleBuffers;
  readonly row: number;
  /** Names and lengths of a Dict observation's parts; none for Box. */
  readonly parts: readonly (readonly [string, number])[] | undefined;
}

const CHUNK = 1 << 16;
const NO_INFO: Info = Object.freeze({});

/**
 * An environment as people know it from PettingZoo, on top of one copy of the vector.
 * @throws InputError on bad parameters.
 */
export function parallel<P extends z.ZodObject, R extends Roles, C extends string>(
  env: Environment<P, R, C>,
  params?: z.input<P>,
): ParallelEnv<R, C> {
  const world = vector(env, 1, params, 0, { autoreset: "disabled" });
  const everyone: Agent[] = (Object.values(world.roles) as RoleBuffers[]).flatMap((role) =>
    role.agents.map((name, row) => {
      const { observation } = role.spec;
      const parts =
        observation.kind === "dict"
          ? Object.entries(observation.spaces).map(([k, s]) => [k, s.size] as const)
          : undefined;
      return { name, role, row, parts };
    }),
  );
  const byName = new Map(everyone.map((agent) => [agent.name, agent]));
  // Spreading a record that already has every key is several times faster than adding the keys one by one.
  const blank = <T>(value: T) => Object.fromEntries(everyone.map(({ name }) => [name, value])) as Record<string, T>;
  const zeros = blank(0);
  const falses = blank(false);
  const noInfos = blank(NO_INFO);
  const noObservations = blank<unknown>(null);
  const masked = everyone.some(({ role }) => role.spec.masked);
  let live: Agent[] = [];
  let names: readonly string[] = [];
  let started = false;
  let over = false;

  function find(name: string): Agent {
    const agent = byName.get(name);
    if (agent) return agent;
    const guess = nearest(name, byName.keys());
    const hint = guess === undefined ? "" : ` Did you mean "${guess}"?`;
    const some = [...byName.keys()];
    throw new InputError(
      `${env.id}: unknown agent ${show(name)}.${hint} Agents: ${some.slice(0, 8).join(", ")}${some.length > 8 ? ", …" : ""}.`,
    );
  }

  // A typed array of its own costs about a microsecond beyond 64 bytes; views of a shared chunk cost a tenth. Chunks are
  // never written twice, so what was handed out stays what it was.
  let chunk = new ArrayBuffer(0);
  let used = 0;
  function copyOf(source: Float32Array, from: number, size: number): Float32Array {
    const bytes = size * 4;
    if (used + bytes > chunk.byteLength) {
      chunk = new ArrayBuffer(Math.max(CHUNK, bytes));
      used = 0;
    }
    const out = new Float32Array(chunk, used, size);
    used += bytes;
    if (size > 24) out.set(source.subarray(from, from + size));
    else for (let i = 0; i < size; i++) out[i] = source[from + i];
    return out;
  }

  function observe({ role, row, parts }: Agent): Float32Array | Record<string, Float32Array> {
    let at = row * role.obsSize;
    if (parts === undefined) return copyOf(role.obs, at, role.obsSize);
    const record: Record<string, Float32Array> = {};
    for (const [name, size] of parts) {
      record[name] = copyOf(role.obs, at, size);
      at += size;
    }
    return record;
  }

  function infoOf({ role, row }: Agent): Info {
    if (!role.spec.masked) return NO_INFO;
    return { actionMask: role.mask.slice(row * role.maskSize, (row + 1) * role.maskSize) };
  }

  function refuse(agent: Agent, action: unknown): never {
    const { name, role, row } = agent;
    const why = explain(role.spec.action, action);
    if (why !== null) throw new InputError(`${env.id}: action of ${name}: ${why}.`);
    const mask = Array.from(role.mask.subarray(row * role.maskSize, (row + 1) * role.maskSize));
    throw new InputError(
      `${env.id}: action of ${name}: got ${show(action)}, which its action mask [${mask}] forbids now.`,
    );
  }

  function isAllowed(agent: Agent, action: unknown): boolean {
    const { role, row } = agent;
    const space = role.spec.action;
    if (space.kind === "discrete") {
      if (!(typeof action === "number" && Number.isInteger(action))) return false;
      const choice = action - space.start;
      if (!(choice >= 0 && choice < space.n)) return false;
      return !role.spec.masked || role.mask[row * role.maskSize + choice] === 1;
    }
    if (!space.contains(action)) return false;
    if (!role.spec.masked || space.kind === "box") return true;
    let at = row * role.maskSize;
    return space.nvec.every((n: number, i: number) => {
      const allowed = role.mask[at + (action as ArrayLike<number>)[i]] === 1;
      at += n;
      return allowed;
    });
  }

  function write({ role, row }: Agent, action: number | ArrayLike<number>): void {
    if (typeof action === "number") role.actions[row] = action;
    else role.actions.set(action, row * role.actionSize);
  }

  /** All actions are checked before any is written: a refused step leaves the episode as it was. */
  function accept(actions: Readonly<Record<string, unknown>>): void {
    if (typeof actions !== "object" || actions === null) {
      throw new InputError(`${env.id}: step: got ${show(actions)}, expected a record of actions by agent.`);
    }
    let given = 0;
    for (const _ in actions) given++;
    if (given !== live.length) for (const name in actions) find(name);
    for (const agent of live) {
      const action = actions[agent.name];
      if (action === undefined) {
        for (const name in actions) find(name);
        throw new InputError(
          `${env.id}: step: no action for ${agent.name}; every live agent needs one (${names.join(", ")}).`,
        );
      }
      if (!isAllowed(agent, action)) refuse(agent, action);
    }
    for (const agent of live) write(agent, actions[agent.name] as number | ArrayLike<number>);
  }

  function setLive(agents: Agent[]): void {
    live = agents;
    names = agents.map(({ name }) => name);
  }

  const view = {
    metadata: { name: env.id, isParallelizable: true as const, renderModes: ["scene", "ansi", "svg"] },
    possibleAgents: everyone.map(({ name }) => name),
    get agents() {
      return names;
    },
    observationSpace: (name: string) => find(name).role.spec.observation,
    actionSpace: (name: string) => find(name).role.spec.action,
    reset({ seed }: { seed?: number } = {}) {
      if (seed !== undefined && !Number.isSafeInteger(seed)) {
        throw new InputError(`${env.id}: reset: got seed ${show(seed)}, expected a whole number.`);
      }
      world.reset(seed);
      started = true;
      over = false;
      setLive(everyone);
      const observations = { ...noObservations };
      const infos = { ...noInfos };
      for (const agent of everyone) {
        observations[agent.name] = observe(agent);
        if (masked) infos[agent.name] = infoOf(agent);
      }
      return [observations, infos];
    },
    step(actions: Readonly<Record<string, unknown>>) {
      if (!started) throw new InputError(`${env.id}: step() before reset(); call reset() first.`);
      if (over) throw new InputError(`${env.id}: step() after the end of the episode; call reset() to begin another.`);
      accept(actions);
      world.step();
      const all = live.length === everyone.length;
      const observations: Record<string, unknown> = all ? { ...noObservations } : {};
      const rewards: Record<string, number> = all ? { ...zeros } : {};
      const terminations: Record<string, boolean> = all ? { ...falses } : {};
      const truncations: Record<string, boolean> = all ? { ...falses } : {};
      const infos: Record<string, Info> = all ? { ...noInfos } : {};
      let done = 0;
      for (let i = 0; i < live.length; i++) {
        const agent = live[i];
        const { name, role, row } = agent;
        observations[name] = observe(agent);
        rewards[name] = role.rewards[row];
        const terminated = role.terminations[row] === 1;
        const truncated = role.truncations[row] === 1;
        if (terminated || truncated) done++;
        if (terminated || !all) terminations[name] = terminated;
        if (truncated || !all) truncations[name] = truncated;
        if (masked || !all) infos[name] = infoOf(agent);
      }
      if (done > 0) setLive(live.filter(({ role, row }) => role.alive[row] === 1));
      over = live.length === 0;
      return [observations, rewards, terminations, truncations, infos];
    },
    actions(choose: (agent: string) => unknown) {
      return Object.fromEntries(names.map((name) => [name, choose(name)]));
    },
    state() {
      const out = new Float32Array(world.stateSize);
      world.state(0, out);
      return out;
    },
    counters: () => ({ ...world.counters(0) }),
    render: () => world.render(0),
    close() {
      started = false;
      setLive([]);
    },
  };
  return view as unknown as ParallelEnv<R, C>;
}
