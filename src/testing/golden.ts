import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { InputError } from "../data/errors.ts";
import type { RoleBuffers } from "../env/buffers.ts";
import type { Environment } from "../env/define.ts";
import { type VectorEnv, vector } from "../env/vector.ts";
import { seat } from "../play/seat.ts";
import { random } from "../policy/policy.ts";

type Params = Readonly<Record<string, unknown>>;

/** A recording of random play: the digest tells whether the dynamics are what they were, the head what they do. */
export interface Golden {
  /** The environment's id; a digest that changes calls for a new version in it. */
  readonly id: string;
  readonly seed: number;
  /** What differs from the defaults; empty. */
  readonly params: Params;
  /** SHA-256 of everything that the episodes showed, see `digestOf`. */
  readonly digest: string;
  /** The first steps in words: some agents of each role, some numbers of each observation. */
  readonly head: readonly string[];
  /** The same for other parameter sets. */
  readonly variants: readonly { readonly params: Params; readonly digest: string }[];
}

const SEED = 1;
const EPISODES = 2;
const STEPS = 1000;

/** Records an environment with its defaults and in variants. The same on every machine and engine. */
export function golden(env: Environment, variants: readonly Params[] = []): Golden {
  return {
    id: env.id,
    seed: SEED,
    params: {},
    digest: digestOf(env, {}),
    head: headOf(env, {}),
    variants: variants.map((params) => ({ params, digest: digestOf(env, params) })),
  };
}

/**
 * Checks an environment against its recording.
 * @throws InputError that says what to do where the recording is of another id, or shows other dynamics.
 */
export function checkGolden(env: Environment, recorded: Golden, variants: readonly Params[] = []): void {
  const now = golden(env, variants);
  const again = "record it again: npm run golden";
  if (recorded.id !== env.id)
    throw new InputError(`The golden trace is of ${recorded.id}, not of ${env.id}; ${again}.`);
  const next = env.id.replace(/\d+$/, (version) => String(Number(version) + 1));
  const changed = (what: string) =>
    new InputError(
      `${env.id}${what} does not play as in its golden trace: the dynamics changed. Undo that, or name it ${next} and ${again}.`,
    );
  if (recorded.digest !== now.digest) throw changed("");
  for (const { params, digest } of now.variants) {
    const key = JSON.stringify(params);
    const match = recorded.variants.find((variant) => JSON.stringify(variant.params) === key);
    if (!match) throw new InputError(`${env.id} with ${key} is not in its golden trace; ${again}.`);
    if (match.digest !== digest) throw changed(` with ${key}`);
  }
  if (recorded.variants.length !== variants.length) {
    throw new InputError(
      `The golden trace of ${env.id} holds ${recorded.variants.length} variants, expected ${variants.length}; ${again}.`,
    );
  }
  if (recorded.head.join("\n") !== now.head.join("\n"))
    throw new InputError(`The head of the golden trace of ${env.id} differs; ${again}.`);
}

/**
 * SHA-256 over two episodes of random play (at most 1000 steps each). After each reset and step, for every role in
 * order: observations, rewards, terminations, truncations, alive flags and masks; then the global state where the
 * environment defines one, and the counters. Numbers are little-endian.
 */
function digestOf(env: Environment, params: Params): string {
  const hash = sha256.create();
  play(env, params, EPISODES, STEPS, (world) => {
    for (const { obs, rewards, terminations, truncations, alive, mask } of Object.values(world.roles)) {
      for (const array of [obs, rewards, terminations, truncations, alive, mask]) add(hash, array);
    }
    if (env.state) {
      const state = new Float32Array(world.stateSize);
      world.state(0, state);
      add(hash, state);
    }
    const counters = world.counters(0);
    add(
      hash,
      Float64Array.from(world.counterNames, (name) => counters[name]),
    );
  });
  return bytesToHex(hash.digest());
}

function headOf(env: Environment, params: Params): string[] {
  const lines: string[] = [];
  play(env, params, 1, 3, (world) => {
    for (const role of Object.values(world.roles)) {
      for (let row = 0; row < Math.min(role.count, 3); row++) lines.push(describe(role, row, world.elapsed[0]));
    }
  });
  return lines;
}

function describe(role: RoleBuffers, row: number, t: number): string {
  const { agents, obs, obsSize, actions, actionSize, rewards, terminations, truncations } = role;
  const list = (array: ArrayLike<number>, from: number, size: number) => {
    const some = Array.from({ length: Math.min(size, 12) }, (_, i) => Number(array[from + i].toPrecision(6)));
    return `[${some.join(", ")}${size > 12 ? `, … ${size}` : ""}]`;
  };
  const end = terminations[row] === 1 ? ", terminated" : truncations[row] === 1 ? ", truncated" : "";
  const did =
    t === 0 ? "" : `did ${list(actions, row * actionSize, actionSize)}, got ${Number(rewards[row].toPrecision(6))}, `;
  return `t=${t} ${agents[row]}: ${did}sees ${list(obs, row * obsSize, obsSize)}${end}`;
}

function play(
  env: Environment,
  params: Params,
  episodes: number,
  steps: number,
  show: (world: VectorEnv) => void,
): void {
  const world = vector(env, 1, params, SEED, { split: "golden", autoreset: "disabled" });
  const players = seat(env, world, Object.fromEntries(Object.keys(world.roles).map((role) => [role, random])));
  for (let episode = 0; episode < episodes; episode++) {
    world.reset(undefined, episode);
    show(world);
    for (let t = 0; t < steps && world.ended[0] === 0; t++) {
      players.act();
      world.step();
      show(world);
    }
  }
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function add(hash: ReturnType<typeof sha256.create>, array: Float32Array | Float64Array | Uint8Array): void {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const size = array.BYTES_PER_ELEMENT;
  if (LITTLE_ENDIAN || size === 1) hash.update(bytes);
  else for (let at = 0; at < bytes.length; at += size) hash.update(bytes.slice(at, at + size).reverse());
}
