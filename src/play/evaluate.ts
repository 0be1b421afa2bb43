import type { z } from "zod";
import { InputError } from "../data/errors.ts";
import { pause } from "../data/pause.ts";
import type { Counts, Environment, Metric } from "../env/define.ts";
import { checkFinite } from "../env/finite.ts";
import type { Roles } from "../env/roles.ts";
import { vector } from "../env/vector.ts";
import type { PolicyFactory } from "../policy/policy.ts";
import { seat } from "./seat.ts";
import { createTracer } from "./trace.ts";

/** A policy for every role of an environment; of one whose roles the compiler does not know, by any names. */
export type PoliciesFor<P extends z.ZodObject, R extends Roles> = string extends keyof R
  ? Readonly<Record<string, PolicyFactory>>
  : { readonly [Role in keyof R & string]: PolicyFactory<z.output<P>, R[Role]["observation"]> };
/** A record whose keys are computed, so that the compiler knows none of them: checked when it is used. */
export type Computed<T> = string extends keyof T ? unknown : never;

/** Which episodes to play, and who plays in them. */
export interface Evaluation<P = Readonly<Record<string, unknown>>, F = Readonly<Record<string, PolicyFactory>>> {
  readonly params?: P;
  /** A policy for every role. */
  readonly policies: F;
  /** Exactly the episodes 0 … episodes−1 of (seed, split) are scored. */
  readonly episodes: number;
  readonly seed: number;
  readonly split: readonly (string | number)[];
  /** Copies stepped side by side; results do not depend on it. */
  readonly copies?: number;
}

/** What was counted and earned, episode by episode. */
export interface Episodes<C extends string = string> {
  readonly names: readonly C[];
  /** `[episodes, counters]`, row e is episode e. */
  readonly counters: Float64Array;
  /** `[episodes, roles]`: an agent's mean return in the role, by role in declaration order. */
  readonly returns: Float64Array;
  readonly roles: readonly string[];
  readonly steps: number;
  /** `[episodes, 2]`: a rolling hash of every action and reward of the episode. Equal play has equal traces. */
  readonly traces: Int32Array;
}

/**
 * Plays numbered episodes and returns what each of them counted. The same arguments give the same bits everywhere.
 * @throws InputError where a role has no policy, or parameters are bad.
 */
export function evaluate<
  P extends z.ZodObject,
  R extends Roles,
  C extends string,
  F extends Readonly<Record<string, PolicyFactory>>,
>(env: Environment<P, R, C>, options: Evaluation<z.input<P>, F & Computed<F>>): Episodes<C>;
export function evaluate<P extends z.ZodObject, R extends Roles, C extends string>(
  env: Environment<P, R, C>,
  options: Evaluation<z.input<P>, PoliciesFor<P, R>>,
): Episodes<C>;
export function evaluate<C extends string>(env: Environment<z.ZodObject, Roles, C>, options: Evaluation): Episodes<C> {
  const playing = play<C>(env, options, Number.POSITIVE_INFINITY);
  for (;;) {
    const { done, value } = playing.next();
    if (done) return value;
  }
}

/** The same, letting timers and signals have their turn every few thousand steps. @throws the signal's reason. */
export async function evaluateAsync<C extends string>(
  env: Environment<z.ZodObject, Roles, C>,
  options: Evaluation & { readonly signal?: AbortSignal; onProgress?(episodes: number): void },
): Promise<Episodes<C>> {
  const playing = play<C>(env, options, 20_000);
  for (;;) {
    options.signal?.throwIfAborted();
    const { done, value } = playing.next();
    if (done) return value;
    options.onProgress?.(value);
    await pause();
  }
}

/** Yields the number of episodes done, every so many steps of a copy. */
function* play<C extends string>(
  env: Environment<z.ZodObject, Roles, C>,
  options: Evaluation,
  every: number,
): Generator<number, Episodes<C>, undefined> {
  const { params, policies, episodes, seed, split } = options;
  if (!(Number.isInteger(episodes) && episodes >= 1))
    throw new InputError(`evaluate: got ${episodes} episodes, expected a whole number from 1.`);
  const copies = Math.min(options.copies ?? 64, episodes);
  const world = vector(env, copies, params ?? {}, seed, { split });
  const roles = Object.values(world.roles);
  for (const { name } of roles) {
    if (!policies[name])
      throw new InputError(
        `evaluate: ${env.id} needs a policy for role "${name}"; got ${Object.keys(policies).join(", ") || "none"}.`,
      );
  }
  const players = seat(env, world, policies);
  const width = env.counters.length;
  const counters = new Float64Array(episodes * width);
  const returns = new Float64Array(episodes * roles.length);
  const traces = new Int32Array(episodes * 2);
  const tracer = createTracer(roles, copies);
  const running = new Float64Array(copies * roles.length);
  let left = episodes;
  let steps = 0;
  let pause = every;
  world.reset();
  while (left > 0) {
    players.act();
    tracer.actions();
    world.step();
    tracer.rewards();
    // Observations of the first steps, and of some later ones; rewards add up, and are looked at below.
    if (steps % (CHECKED * copies) < 2 * copies) checkFinite(world);
    steps += copies;
    for (let r = 0; r < roles.length; r++) {
      const { rewards, count } = roles[r];
      for (let row = 0; row < rewards.length; row++)
        running[Math.floor(row / count) * roles.length + r] += rewards[row] / count;
    }
    for (let i = 0; i < running.length; i++) if (running[i] - running[i] !== 0) checkFinite(world);
    for (let copy = 0; copy < copies; copy++) {
      if (world.ended[copy] === 0) continue;
      const episode = world.finalEpisode[copy];
      const sums = running.subarray(copy * roles.length, (copy + 1) * roles.length);
      if (episode < episodes) {
        left--;
        checkCounted(env, world.finalCounters, copy * width, episode);
        counters.set(world.finalCounters.subarray(copy * width, (copy + 1) * width), episode * width);
        returns.set(sums, episode * roles.length);
        traces.set(tracer.lanes.subarray(2 * copy, 2 * copy + 2), 2 * episode);
      }
      sums.fill(0);
      tracer.restart(copy);
    }
    if (steps >= pause) {
      pause = steps + every;
      yield episodes - left;
    }
  }
  const played = roles.map(({ name }) => name);
  return { names: env.counters, counters, returns, roles: played, steps, traces };
}

/** Steps between two looks at observations. */
const CHECKED = 128;

/** @throws InputError that names a counter which is no finite number at an episode's end */
function checkCounted(
  env: Pick<Environment, "id" | "counters">,
  counted: Float64Array,
  from: number,
  episode: number,
): void {
  for (const [c, name] of env.counters.entries()) {
    if (Number.isFinite(counted[from + c])) continue;
    throw new InputError(
      `${env.id}: its counter ${name} is ${counted[from + c]} at the end of episode ${episode}; expected a finite number.`,
    );
  }
}

/** Counters summed over episodes, by name. */
export function sumCounters<C extends string>({ names, counters }: Pick<Episodes<C>, "names" | "counters">): Counts<C> {
  const sums = new Float64Array(names.length);
  for (let i = 0; i < counters.length; i++) sums[i % names.length] += counters[i];
  return Object.fromEntries(names.map((name, i) => [name, sums[i]])) as Counts<C>;
}

/** Every metric of an environment, from the summed counters of the attacked and of the clean arm. */
export function metricsOf<C extends string, M extends string>(
  env: Pick<Environment<z.ZodObject, Roles, C, M>, "metrics">,
  attacked: Readonly<Counts<C>>,
  clean: Readonly<Counts<C>>,
): Record<M, number> {
  const metrics = Object.entries(env.metrics) as [M, Metric<C>][];
  return Object.fromEntries(metrics.map(([name, metric]) => [name, metric.of(attacked, { clean })])) as Record<
    M,
    number
  >;
}
