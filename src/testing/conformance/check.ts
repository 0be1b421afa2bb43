import { InputError, show } from "../../data/errors.ts";
import type { RoleBuffers } from "../../env/buffers.ts";
import type { Environment } from "../../env/define.ts";
import { type VectorEnv, type VectorOptions, vector } from "../../env/vector.ts";
import { type Players, seat } from "../../play/seat.ts";
import { type PolicyFactory, random, type ScriptedPolicies } from "../../policy/policy.ts";

/** Parameters of an environment, by name. */
export type Params = Readonly<Record<string, unknown>>;

/** What a check is run on. */
export interface Subject {
  readonly env: Environment;
  readonly params: Params;
  /** The environment's scripts, where it has some: checks then play them too. */
  readonly policies?: ScriptedPolicies;
  /** What its `text.json` holds, where it has one. */
  readonly text?: { readonly params: Params };
  readonly seed: number;
  /** Most steps that a check plays of one episode. */
  readonly steps: number;
}

/** One property that every environment must have. `run` returns if it has, and throws an Error that says what is wrong. */
export interface Check {
  readonly name: string;
  /** Returns if the environment has the property. @throws Error that says what is wrong. */
  run(subject: Subject): void;
}

/** Throws the message as an Error unless the condition holds. */
export function demand(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new Error(message());
}

/** Runs what must be refused. @throws Error unless it throws an InputError. */
export function mustRefuse(what: string, run: () => unknown): void {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    demand(error instanceof InputError, () => `${what} leads to ${error}; expected an InputError`);
    return;
  }
  throw new Error(`${what} is accepted (${show(result)}); expected an InputError`);
}

export function makeWorld({ env, params, seed }: Subject, copies: number, options: VectorOptions = {}): VectorEnv {
  return vector(env, copies, params, seed, { split: "conformance", ...options });
}

/** Seats policies; roles that have none play at random. */
export function sit(
  { env }: Subject,
  world: VectorEnv,
  policies: Readonly<Record<string, PolicyFactory>> = {},
): Players {
  return seat(env, world, Object.fromEntries(rolesOf(world).map(({ name }) => [name, policies[name] ?? random])));
}

export const rolesOf = (world: VectorEnv): RoleBuffers[] => Object.values(world.roles);

const ROW_ARRAYS = ["obs", "rewards", "terminations", "truncations", "alive", "mask"] as const;

/** @throws Error that names the first number in which two copies differ. */
export function mustEqual(a: VectorEnv, copyA: number, b: VectorEnv, copyB: number, claim: string): void {
  for (const left of rolesOf(a)) {
    const right = b.roles[left.name];
    for (const kind of ROW_ARRAYS) {
      const size = left[kind].length / left.copies;
      for (let i = 0; i < size; i++) {
        const [x, y] = [left[kind][copyA * size + i], right[kind][copyB * size + i]];
        if (Object.is(x, y)) continue;
        const width = size / left.count;
        const agent = left.agents[Math.floor(i / width)];
        throw new Error(
          `${claim}, but after step ${a.elapsed[copyA]} ${kind} of ${agent} differs at index ${i % width}: ${x} and ${y}`,
        );
      }
    }
  }
  for (const name of a.counterNames) {
    const [x, y] = [a.counters(copyA)[name], b.counters(copyB)[name]];
    demand(Object.is(x, y), () => `${claim}, but after step ${a.elapsed[copyA]} counter ${name} is ${x} and ${y}`);
  }
}
