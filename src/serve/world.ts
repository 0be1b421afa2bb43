import { InputError } from "../data/errors.ts";
import { checkActions } from "../env/actions.ts";
import type { RoleBuffers } from "../env/buffers.ts";
import type { Counts, Environment } from "../env/define.ts";
import type { RoleSpec } from "../env/roles.ts";
import { type VectorEnv, type VectorOptions, vector } from "../env/vector.ts";
import { type Players, seat } from "../play/seat.ts";
import type { PolicyFactory } from "../policy/policy.ts";
import { actionSize, maskSize, obsSize } from "../spaces/slot.ts";
import { type ArrayPlace, type Layout, layOut, viewOf } from "./layout.ts";
import { ENDED, HEADER, KIND, writeHeader } from "./protocol.ts";

export interface WorldOptions {
  readonly env: Environment;
  readonly params: Readonly<Record<string, unknown>>;
  readonly copies: number;
  readonly seed: number;
  readonly split: readonly (string | number)[];
  readonly autoreset: NonNullable<VectorOptions["autoreset"]>;
  /** Everyone still alive is truncated after so many steps, if the environment has not done so before. */
  readonly maxCycles?: number;
  /** Who plays the roles that the client does not. */
  readonly policies: Readonly<Record<string, PolicyFactory>>;
  /** Whose metrics compare with the clean arm: its counters of an episode. None: such metrics are NaN. */
  readonly clean?: (seed: number, episode: number) => Readonly<Counts<string>>;
}

/** An environment on the other end of the line. */
export interface World {
  readonly vector: VectorEnv;
  /** Roles whose actions a step brings. */
  readonly controlled: readonly string[];
  /** Of the body of a step's request, and of the reply: `always`, and `atEnd` behind it when some episode ended. */
  readonly actions: Layout;
  readonly always: Layout;
  readonly atEnd: Layout;
  reset(tag: number, seed: number | undefined, episode: number | undefined): Buffer;
  /** @throws InputError, having changed nothing, for actions of the wrong length, or outside their space or mask. */
  step(tag: number, body: Buffer): Buffer;
  /** Metrics of summed counters; NaN where one compares with the clean arm and that is not given. */
  metrics(counters: Float64Array, clean: Float64Array | undefined): Float64Array;
}

/** Bytes that a world takes besides its buffers, and a copy besides its rows: measured over all environments, rounded up. */
const WORLD_BYTES = 2 ** 19;
const COPY_BYTES = 2 ** 13;

/** Bytes that so many copies take, about: known before they are made. */
export function memoryOf(roles: Readonly<Record<string, RoleSpec>>, copies: number): number {
  const row = ({ observation, action }: RoleSpec) =>
    16 * obsSize(observation) + 8 * actionSize(action) + 2 * maskSize(action) + 64;
  const rows = Object.values(roles).reduce((sum, spec) => sum + copies * spec.count * row(spec), 0);
  return WORLD_BYTES + copies * COPY_BYTES + rows;
}

export function openWorld(id: number, options: WorldOptions): World {
  const { env: given, params, copies, seed, split, autoreset, maxCycles, policies, clean } = options;
  const env =
    maxCycles === undefined
      ? given
      : { ...given, horizon: (p: never) => Math.min(maxCycles, given.horizon(p as never)) };
  const world = vector(env as Environment, copies, params as never, seed, { split, autoreset }) as VectorEnv;
  const roles = Object.values(world.roles) as RoleBuffers[];
  const players: Players = seat(given, world, policies);
  const controlled = roles.filter(({ name }) => !Object.hasOwn(policies, name));
  const metrics = Object.values(given.metrics);
  const names = world.counterNames;
  let root = seed;

  const numbers = ({ spec }: RoleBuffers) => (spec.action.kind === "box" ? "f32" : "i32");
  const actionsOf = (role: RoleBuffers) =>
    ({ name: "actions", role: role.name, type: numbers(role), shape: [copies, role.count, role.actionSize] }) as const;
  const actions = layOut(controlled.map(actionsOf));
  const each = (name: string, type: "f64" | "u8") =>
    roles.map((role) => ({ name, role: role.name, type, shape: [copies, role.count] }) as const);
  const observations = (name: string) =>
    roles.map((role) => ({ name, role: role.name, type: "f32", shape: [copies, role.count, role.obsSize] }) as const);
  const always = layOut([
    ...each("rewards", "f64"),
    ...observations("observations"),
    ...roles.filter((role) => !controlled.includes(role)).map(actionsOf),
    ...each("terminations", "u8"),
    ...each("truncations", "u8"),
    ...each("alive", "u8"),
    ...roles
      .filter(({ spec }) => spec.masked)
      .map((r) => ({ name: "masks", role: r.name, type: "u8", shape: [copies, r.count, r.maskSize] }) as const),
    { name: "ended", type: "u8", shape: [copies] },
  ]);
  const atEnd = layOut(
    [
      { name: "episodes", type: "f64", shape: [copies] },
      { name: "counters", type: "f64", shape: [copies, names.length] },
      { name: "metrics", type: "f64", shape: [copies, metrics.length] },
      // Without autoreset the last observations are where all are.
      ...(autoreset === "disabled" ? [] : observations("final")),
    ],
    always.bytes,
  );

  const reply = Buffer.from(new ArrayBuffer(HEADER + atEnd.bytes));
  const source = (place: ArrayPlace): ArrayLike<number> => {
    if (place.role === undefined) {
      const whole: Record<string, ArrayLike<number>> = {
        ended: world.ended,
        episodes: world.finalEpisode,
        counters: world.finalCounters,
        metrics: finalMetrics,
      };
      return whole[place.name];
    }
    const role = world.roles[place.role] as RoleBuffers;
    const own: Record<string, ArrayLike<number>> = { ...role, observations: role.obs, masks: role.mask } as never;
    return own[place.name];
  };
  const finalMetrics = new Float64Array(copies * metrics.length);
  const copying = (places: readonly ArrayPlace[]) =>
    places.map((place) => {
      const view = viewOf(reply.buffer as ArrayBuffer, place);
      const from = source(place);
      return () => view.set(from);
    });
  const [fillAlways, fillAtEnd] = [copying(always.places), copying(atEnd.places)];
  const taking = actions.places.map(({ role: name, offset }) => {
    const role = world.roles[name!] as RoleBuffers;
    const { buffer, byteOffset, byteLength } = role.actions;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    return { role, bytes, before: new Uint8Array(byteLength), offset };
  });

  function send(kind: number, tag: number): Buffer {
    for (const fill of fillAlways) fill();
    const ended = world.ended.includes(1);
    if (ended) {
      for (let copy = 0; copy < copies; copy++) if (world.ended[copy] === 1) measure(copy);
      for (const fill of fillAtEnd) fill();
    }
    const bytes = ended ? atEnd.bytes : always.bytes;
    writeHeader(reply, bytes, (kind | (ended ? ENDED : 0)) >>> 0, id, tag);
    return reply.subarray(0, HEADER + bytes);
  }

  function measure(copy: number): void {
    const counted = world.finalCounters.subarray(copy * names.length, (copy + 1) * names.length);
    const other = clean?.(root, world.finalEpisode[copy]);
    const values = metricsOf(counted, other);
    finalMetrics.set(values, copy * metrics.length);
  }

  function metricsOf(counters: Float64Array, clean: Readonly<Counts<string>> | undefined): Float64Array {
    const counts = Object.fromEntries(names.map((name, c) => [name, counters[c]]));
    let asked = false;
    const without = new Proxy(counts, {
      get: (_, name) => {
        asked = true;
        return counts[name as string];
      },
    });
    return Float64Array.from(metrics, (metric) => {
      asked = false;
      const value = metric.of(counts, { clean: clean ?? without });
      return asked ? Number.NaN : value;
    });
  }

  return {
    vector: world,
    controlled: controlled.map(({ name }) => name),
    actions,
    always,
    atEnd,
    reset(tag, newSeed, episode) {
      world.reset(newSeed, episode);
      if (newSeed !== undefined) root = newSeed;
      return send(KIND.reset, tag);
    },
    step(tag, body) {
      if (body.length !== actions.bytes) {
        throw new InputError(`${given.id}: step: got ${body.length} bytes of actions, expected ${actions.bytes}.`);
      }
      for (const { bytes, before } of taking) before.set(bytes);
      try {
        for (const { bytes, offset } of taking) bytes.set(body.subarray(offset, offset + bytes.length));
        for (const { role } of taking) checkActions(given.id, role, whose(role));
      } catch (error) {
        for (const { bytes, before } of taking) bytes.set(before);
        throw error;
      }
      if (world.begun[0] > 0) players.act();
      world.step();
      return send(KIND.step, tag);
    },
    metrics: (counters, clean) =>
      metricsOf(counters, clean && Object.fromEntries(names.map((name, c) => [name, clean[c]]))),
  };

  function whose({ agents, count }: RoleBuffers): (row: number) => string {
    return (row) => (copies === 1 ? agents[row] : `${agents[row % count]} in copy ${Math.floor(row / count)}`);
  }
}
