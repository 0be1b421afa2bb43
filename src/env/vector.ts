import type { z } from "zod";
import { InputError, show } from "../data/errors.ts";
import { Rng } from "../random/rng.ts";
import { allBuffers, type RoleBuffers } from "./buffers.ts";
import { checkCounts, makeCopy, silenceDead } from "./copies.ts";
import { deedsOf } from "./deeds.ts";
import type { Counts, Environment } from "./define.ts";
import { crash } from "./finite.ts";
import { resolveParams } from "./params.ts";
import type { Roles } from "./roles.ts";
import type { Scene } from "./scene.ts";

/** How `vector` plays; everything has a default. */
export interface VectorOptions {
  /**
   * What follows the end of an episode, as Gymnasium names it. `same-step` (default): the copy starts anew at once, the
   * last observation is kept in `final`. `next-step`: the last observation stays in `obs`, and the next step only
   * resets. `disabled`: the copy stands still until `reset`.
   */
  readonly autoreset?: "same-step" | "next-step" | "disabled";
  /** One label or several that name the episodes' seeds: `train-attack`, `select`, `test`, … */
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
  /** `[copies]`, how many episodes each copy has begun: changes at every start, even of an episode of the same number. */
  readonly begun: Float64Array;
  /** Where `ended`: the number of the episode that ended, and `[copies, counters]` what it counted. */
  readonly finalEpisode: Float64Array;
  readonly finalCounters: Float64Array;
  readonly counterNames: readonly C[];
  readonly stateSize: number;
  /** `[copies, stateSize]`, valid where `ended`; empty unless asked for. */
  readonly finalStates: Float32Array;
  /** The stream that all of this vector's episodes derive from; policies fork their sampling from it. */
  readonly seeds: Rng;
  /**
   * Starts every copy: copy i plays episode `firstEpisode + i`. A seed reseeds and counts from 0; without one, episodes
   * go on counting. Throws an InputError, and changes nothing, unless both are whole numbers from 0.
   */
  reset(seed?: number, firstEpisode?: number): void;
  /** One step of every copy, with the actions that lie in `roles[…].actions`. Throws an InputError before `reset`, and for actions outside their space. */
  step(): void;
  /** Writes one copy's global state, `[stateSize]`. */
  state(copy: number, out: Float32Array): void;
  /** One copy's live counters. */
  counters(copy: number): Readonly<Counts<C>>;
  /**
   * What can be drawn of one copy, and in its labels what each role did in the last step; undefined where the environment
   * draws nothing.
   */
  render(copy: number): Scene | undefined;
}

/**
 * Makes `copies` copies of an environment over shared memory: horizon, autoreset, final observations, per-episode
 * seeds, alive flags and counters are handled here, once.
 * @throws InputError on bad parameters, a number of copies below 1, a seed that is no whole number from 0, or an empty
 *   split.
 */
export function vector<P extends z.ZodObject, R extends Roles, C extends string>(
  env: Environment<P, R, C>,
  copies: number,
  params?: z.input<P>,
  seed = 0,
  options: VectorOptions = {},
): VectorEnv<z.output<P>, R, C> {
  if (!(Number.isInteger(copies) && copies >= 1)) {
    throw new InputError(`vector: got ${show(copies)} copies of ${env.id}, expected a whole number from 1.`);
  }
  const resolved = resolveParams(env, params ?? {});
  const horizon = env.horizon(resolved);
  if (!(Number.isInteger(horizon) && horizon >= 1))
    throw new InputError(`${env.id}: horizon ${horizon} is not a whole number from 1.`);
  const specs = env.roles(resolved);
  checkCounts(env.id, specs);
  const list = allBuffers(specs, copies);
  const roles = Object.fromEntries(list.map((role) => [role.name, role])) as { [K in keyof R]: RoleBuffers<R[K]> };
  const agents = list.reduce((sum, role) => sum + role.count, 0);
  const counterNames = env.counters;
  const { autoreset = "same-step", split = "default" } = options;
  const labels = typeof split === "string" ? [split] : split;
  if (labels.length === 0) throw new InputError(`${env.id}: got an empty split, expected at least one label.`);

  const ended = new Uint8Array(copies);
  const episode = new Float64Array(copies);
  const elapsed = new Int32Array(copies);
  const begun = new Float64Array(copies);
  const finalEpisode = new Float64Array(copies);
  const finalCounters = new Float64Array(copies * counterNames.length);
  const stateSize = env.state ? env.state(resolved).size : list.reduce((sum, r) => sum + r.count * r.obsSize, 0);
  const finalStates = new Float32Array(options.finalStates ? copies * stateSize : 0);
  checkWhole("seed", seed);
  const seeds = new Rng(seed, ...labels);
  const all = Array.from({ length: copies }, (_, copy) => makeCopy(env, resolved, list, copy));
  // A copy's rows of observations, by role: making views at every end of an episode would take longer than a short one.
  const rows = list.map(({ obs, count, obsSize }) =>
    Array.from({ length: copies }, (_, copy) => obs.subarray(copy * count * obsSize, (copy + 1) * count * obsSize)),
  );
  const waiting = new Uint8Array(copies); // has ended and was not started anew
  let nextEpisode = 0;
  let started = false;
  let flagged = false; // some termination, truncation or `ended` is set

  function checkWhole(what: string, value: number): void {
    if (!(Number.isSafeInteger(value) && value >= 0)) {
      throw new InputError(`${env.id}: got ${what} ${show(value)}, expected a whole number from 0.`);
    }
  }

  function begin(copy: number): void {
    const self = all[copy];
    episode[copy] = nextEpisode++;
    elapsed[copy] = 0;
    begun[copy]++;
    waiting[copy] = 0;
    self.rng.become(seeds, episode[copy], "world");
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
    try {
      self.dynamics.reset();
    } catch (error) {
      throw crash(env.id, "its reset() failed", error);
    }
    if (self.deaths > 0 || self.world.over) {
      throw new InputError(
        `${env.id}: its reset() terminated somebody; everyone lives at the start, end them in step().`,
      );
    }
  }

  function finish(copy: number): void {
    const self = all[copy];
    ended[copy] = waiting[copy] = 1;
    flagged = true;
    finalEpisode[copy] = episode[copy];
    for (let c = 0; c < counterNames.length; c++) {
      finalCounters[copy * counterNames.length + c] = self.counters[counterNames[c]];
    }
    // Before anybody is declared done: the state that a truncated episode is bootstrapped from has them alive.
    if (options.finalStates) writeState(copy, finalStates.subarray(copy * stateSize, (copy + 1) * stateSize));
    for (let r = 0; r < list.length; r++) {
      const role = list[r];
      const flags = self.world.over ? role.terminations : role.truncations;
      const from = copy * role.count;
      for (let row = from; row < from + role.count; row++) {
        if (role.alive[row] === 0) continue;
        role.alive[row] = 0;
        flags[row] = 1;
      }
      role.final.set(rows[r][copy], from * role.obsSize);
    }
    if (autoreset === "same-step") begin(copy);
  }

  function writeState(copy: number, out: Float32Array): void {
    const { dynamics } = all[copy];
    if (dynamics.state) {
      dynamics.state(out);
      return;
    }
    let at = 0;
    for (const own of rows) {
      out.set(own[copy], at);
      at += own[copy].length;
    }
  }

  function clearFlags(): void {
    for (let r = 0; r < list.length; r++) {
      list[r].terminations.fill(0);
      list[r].truncations.fill(0);
    }
    ended.fill(0);
    flagged = false;
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
    begun,
    finalEpisode,
    finalCounters,
    counterNames,
    stateSize,
    finalStates,
    seeds,
    reset(newSeed, firstEpisode) {
      if (newSeed !== undefined) checkWhole("seed", newSeed);
      if (firstEpisode !== undefined) checkWhole("first episode", firstEpisode);
      if (newSeed !== undefined) {
        seeds.become(new Rng(newSeed, ...labels.slice(0, -1)), labels[labels.length - 1]);
        nextEpisode = 0;
      }
      if (firstEpisode !== undefined) nextEpisode = firstEpisode;
      for (const role of list) role.rewards.fill(0);
      clearFlags();
      for (let copy = 0; copy < copies; copy++) begin(copy);
      started = true;
    },
    step() {
      if (!started) throw new InputError(`${env.id}: step() before reset(); call reset() first.`);
      for (let r = 0; r < list.length; r++) list[r].rewards.fill(0);
      if (flagged) clearFlags();
      for (let copy = 0; copy < copies; copy++) {
        if (waiting[copy] === 1) {
          if (autoreset === "next-step") begin(copy);
          continue;
        }
        const self = all[copy];
        const deaths = self.deaths;
        try {
          self.dynamics.step();
        } catch (error) {
          throw crash(env.id, `its step() failed in step ${elapsed[copy] + 1} of episode ${episode[copy]}`, error);
        }
        const t = ++elapsed[copy];
        self.world.t = t;
        if (self.deaths > 0) {
          if (self.deaths > deaths) flagged = true;
          if (deaths > 0) silenceDead(list, copy);
        }
        if (self.world.over || t >= horizon || self.deaths === agents) finish(copy);
      }
    },
    state: writeState,
    counters: (copy) => all[copy].counters,
    render(copy) {
      const scene = all[copy].dynamics.render?.();
      if (scene === undefined || elapsed[copy] === 0) return scene;
      return { ...scene, labels: { ...scene.labels, ...deedsOf(list, copy) } };
    },
  };
}
