import type { z } from "zod";
import { InputError } from "../errors.ts";
import { Rng } from "../rng.ts";
import { type Deaths, flatView, makeSlot, type RoleBuffers, roleBuffers } from "./buffers.ts";
import type { Context, Counts, Dynamics, Environment, Roles } from "./define.ts";
import { resolveParams } from "./params.ts";
import type { Scene } from "./scene.ts";

export interface VectorOptions {
  /**
   * What follows the end of an episode, as Gymnasium names it. `same-step` (default): the copy starts anew at once, the
   * last observation is kept in `final`. `next-step`: the last observation stays in `obs`, and the next step only
   * resets. `disabled`: the copy stands still until `reset`.
   */
  readonly autoreset?: "same-step" | "next-step" | "disabled";
  /** Label of the episodes' seeds: `train-attack`, `select`, `test`, … */
  readonly split?: string | readonly (string | number)[];
  /** Keep the global state that each ended episode ended in (`finalStates`): a central critic's bootstrap needs it. */
  readonly finalStates?: boolean;
}

/** Many copies of one environment in shared, role-major memory. Whoever acts writes `roles[…].actions`, then `step()`. */
export interface VectorEnv<P = Record<string, unknown>, R extends Roles = Roles, C extends string = string> {
  readonly environment: string;
  readonly params: P;
  readonly copies: number;
  readonly horizon: number;
  readonly roles: { readonly [K in keyof R]: RoleBuffers<R[K]> };
  /** `[copies]`, 1 where an episode ended in the last step. */
  readonly ended: Uint8Array;
  /** `[copies]`, number of the episode each copy is playing; with the seed and split it names the episode's streams. */
  readonly episode: Float64Array;
  /** `[copies]`, steps taken in it. */
  readonly elapsed: Int32Array;
  /** Where `ended`: the number of the episode that ended, and `[copies, counters]` what it counted. */
  readonly finalEpisode: Float64Array;
  readonly finalCounters: Float64Array;
  readonly counterNames: readonly C[];
  readonly stateSize: number;
  /** `[copies, stateSize]`, valid where `ended`; empty unless asked for. */
  readonly finalStates: Float32Array;
  /** The stream that all of this vector's episodes derive from; policies fork their sampling from it. */
  readonly seeds: Rng;
  /** Starts every copy: copy i plays episode `firstEpisode + i`. A seed reseeds; without one, episodes go on counting. */
  reset(seed?: number, firstEpisode?: number): void;
  step(): void;
  /** Writes one copy's global state, `[stateSize]`. */
  state(copy: number, out: Float32Array): void;
  /** One copy's live counters. */
  counters(copy: number): Readonly<Counts<C>>;
  render(copy: number): Scene | undefined;
}

interface Copy<C extends string> extends Deaths {
  dynamics: Dynamics;
  rng: Rng;
  counters: Counts<C>;
  world: { t: number; over: boolean; terminate(): void };
}

/**
 * Makes `copies` copies of an environment over shared memory: horizon, autoreset, final observations, per-episode
 * seeds, alive flags and counters are handled here, once.
 * @throws InputError on bad parameters or a number of copies below 1.
 */
export function vector<P extends z.ZodObject, R extends Roles, C extends string>(
  env: Environment<P, R, C>,
  copies: number,
  params?: z.input<P>,
  seed = 0,
  options: VectorOptions = {},
): VectorEnv<z.output<P>, R, C> {
  if (!(Number.isInteger(copies) && copies >= 1)) {
    throw new InputError(`vector: got ${copies} copies of ${env.id}, expected a whole number from 1.`);
  }
  const resolved = resolveParams(env, params ?? {});
  const specs = env.roles(resolved);
  const horizon = env.horizon(resolved);
  if (!(Number.isInteger(horizon) && horizon >= 1))
    throw new InputError(`${env.id}: horizon ${horizon} is not a whole number from 1.`);
  const names = Object.keys(specs) as (keyof R & string)[];
  const list = names.map((name) => roleBuffers(name, specs[name], copies));
  const roles = Object.fromEntries(list.map((role) => [role.name, role])) as { [K in keyof R]: RoleBuffers<R[K]> };
  const agents = list.reduce((sum, role) => sum + role.count, 0);
  const counterNames = env.counters;
  const { autoreset = "same-step", split = "default" } = options;
  const labels = typeof split === "string" ? [split] : split;

  const ended = new Uint8Array(copies);
  const episode = new Float64Array(copies);
  const elapsed = new Int32Array(copies);
  const finalEpisode = new Float64Array(copies);
  const finalCounters = new Float64Array(copies * counterNames.length);
  const stateSize = env.state ? env.state(resolved).size : list.reduce((sum, r) => sum + r.count * r.obsSize, 0);
  const finalStates = new Float32Array(options.finalStates ? copies * stateSize : 0);
  const seeds = new Rng(seed, ...labels);
  let nextEpisode = 0;
  let started = false;
  let flagged = false; // some termination or truncation is set

  const all: Copy<C>[] = Array.from({ length: copies }, (_, copy) => {
    const counters = Object.fromEntries(counterNames.map((name) => [name, 0])) as Counts<C>;
    const world = {
      t: 0,
      over: false,
      terminate() {
        this.over = true;
      },
    };
    const self = { deaths: 0, rng: new Rng(0), counters, world } as unknown as Copy<C>;
    const slots: Record<string, unknown> = {};
    const flat: Record<string, unknown> = {};
    for (const role of list) {
      slots[role.name] = role.agents.map((_, i) => makeSlot(role, copy * role.count + i, self));
      flat[role.name] = flatView(role, copy);
    }
    const context = { params: resolved, slots, flat, rng: self.rng, counters, world };
    self.dynamics = env.create(context as unknown as Context<z.output<P>, R, C>);
    return self;
  });

  function begin(copy: number, number: number): void {
    const self = all[copy];
    episode[copy] = number;
    elapsed[copy] = 0;
    self.rng.become(seeds, number, "world");
    self.deaths = 0;
    self.world.t = 0;
    self.world.over = false;
    for (let c = 0; c < counterNames.length; c++) self.counters[counterNames[c]] = 0 as Counts<C>[C];
    for (const role of list) {
      const { count, obsSize, maskSize } = role;
      role.obs.fill(0, copy * count * obsSize, (copy + 1) * count * obsSize);
      role.alive.fill(1, copy * count, (copy + 1) * count);
      if (role.spec.masked) role.mask.fill(1, copy * count * maskSize, (copy + 1) * count * maskSize);
    }
    self.dynamics.reset();
  }

  function finish(copy: number): void {
    const self = all[copy];
    ended[copy] = 1;
    flagged = true;
    finalEpisode[copy] = episode[copy];
    for (let c = 0; c < counterNames.length; c++) {
      finalCounters[copy * counterNames.length + c] = self.counters[counterNames[c]];
    }
    for (const role of list) {
      const flags = self.world.over ? role.terminations : role.truncations;
      const from = copy * role.count;
      for (let row = from; row < from + role.count; row++) {
        if (role.alive[row] === 0) continue;
        role.alive[row] = 0;
        flags[row] = 1;
      }
      const { obsSize } = role;
      role.final.set(role.obs.subarray(from * obsSize, (from + role.count) * obsSize), from * obsSize);
    }
    if (options.finalStates) writeState(copy, finalStates.subarray(copy * stateSize, (copy + 1) * stateSize));
    if (autoreset === "same-step") begin(copy, nextEpisode++);
  }

  /** Agents that died in an earlier step observe and earn nothing, whatever the dynamics wrote. */
  function silenceDead(copy: number): void {
    for (const role of list) {
      const { count, obsSize } = role;
      for (let row = copy * count; row < (copy + 1) * count; row++) {
        if (role.alive[row] === 1 || role.terminations[row] === 1) continue;
        role.rewards[row] = 0;
        role.obs.fill(0, row * obsSize, (row + 1) * obsSize);
      }
    }
  }

  function writeState(copy: number, out: Float32Array): void {
    const { dynamics } = all[copy];
    if (dynamics.state) return dynamics.state(out);
    let at = 0;
    for (const role of list) {
      const size = role.count * role.obsSize;
      out.set(role.obs.subarray(copy * size, (copy + 1) * size), at);
      at += size;
    }
  }

  return {
    environment: env.id,
    params: resolved,
    copies,
    horizon,
    roles,
    ended,
    episode,
    elapsed,
    finalEpisode,
    finalCounters,
    counterNames,
    stateSize,
    finalStates,
    seeds,
    reset(newSeed, firstEpisode) {
      if (newSeed !== undefined) {
        seeds.become(new Rng(newSeed, ...labels.slice(0, -1)), labels[labels.length - 1]);
        nextEpisode = 0;
      }
      if (firstEpisode !== undefined) nextEpisode = firstEpisode;
      for (const role of list) {
        role.rewards.fill(0);
        role.terminations.fill(0);
        role.truncations.fill(0);
      }
      ended.fill(0);
      flagged = false;
      for (let copy = 0; copy < copies; copy++) begin(copy, nextEpisode++);
      started = true;
    },
    step() {
      if (!started) throw new InputError(`${env.id}: step() before reset(); call reset() first.`);
      for (let r = 0; r < list.length; r++) list[r].rewards.fill(0);
      const resumes = flagged && autoreset !== "same-step";
      if (flagged) {
        for (let r = 0; r < list.length; r++) {
          list[r].terminations.fill(0);
          list[r].truncations.fill(0);
        }
        flagged = false;
      }
      for (let copy = 0; copy < copies; copy++) {
        if (ended[copy] === 1) {
          if (autoreset === "disabled") continue;
          ended[copy] = 0;
          if (autoreset === "next-step" && resumes) {
            begin(copy, nextEpisode++);
            continue;
          }
        }
        const self = all[copy];
        const deaths = self.deaths;
        self.dynamics.step();
        const t = ++elapsed[copy];
        self.world.t = t;
        if (self.deaths > 0) {
          if (self.deaths > deaths) flagged = true;
          if (deaths > 0) silenceDead(copy);
        }
        if (self.world.over || t >= horizon || self.deaths === agents) finish(copy);
      }
    },
    state: writeState,
    counters: (copy) => all[copy].counters,
    render: (copy) => all[copy].dynamics.render?.(),
  };
}
