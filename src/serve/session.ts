import { toJson } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { masque } from "../data/package.ts";
import type { EnvironmentPlugin } from "../library/plugin.ts";
import type { Registry } from "../library/registry.ts";
import { describeEnvironment } from "../report/describe.ts";
import { actionMeaning, observationMeaning } from "../spaces/index.ts";
import { type Opened, open, readParams } from "./open.ts";
import { picture } from "./picture.ts";
import { BODY_LIMIT, BrokenStream, encode, KIND, type Message, PROTOCOL } from "./protocol.ts";
import { parseRequest } from "./requests.ts";
import { openWords, type Words } from "./words.ts";

/** One client's environments. */
export interface Session {
  /** Longest body that a message may have now. */
  limit(): number;
  /**
   * Answers a message, at once where nothing is to be loaded. What the client did wrong is answered with an error; other
   * environments, and this one, stay as they were. The reply to a step is good until the next message.
   */
  answer(message: Message): Buffer | Promise<Buffer>;
}

const encodeJson = (kind: number, environment: number, tag: number, value: unknown) =>
  encode(kind, environment, tag, JSON.stringify(toJson(value)));

/** The reply for what went wrong: "input" is the client's doing, and says what to do; "internal" is ours. */
export function errorReply({ environment, tag }: Pick<Message, "environment" | "tag">, error: unknown): Buffer {
  const wrong = error instanceof InputError;
  const kind = error instanceof BrokenStream ? "protocol" : wrong ? "input" : "internal";
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const detail = kind === "internal" ? { message, stack } : { message };
  return encodeJson(KIND.error, environment, tag, { kind, ...detail });
}

/** @param memory most bytes that all environments' buffers may take together */
export function createSession(registry: Registry, memory: number): Session {
  const opened = new Map<number, Opened>();
  const spoken = new WeakMap<Opened, Promise<Words>>();
  let greeted = false;
  let last = 0;

  function find({ environment }: Message): Opened {
    const found = opened.get(environment);
    if (found) return found;
    throw new InputError(`There is no environment ${environment} here: never made, or closed. Make one first.`);
  }

  const used = () => [...opened.values()].reduce((sum, one) => sum + one.memory, 0);
  const plugin = (id: string): Promise<EnvironmentPlugin> =>
    /-v\d+$/.test(id) ? registry.environment(id) : registry.environmentNamed(id);

  async function load(message: Message): Promise<Buffer> {
    const { kind, environment, tag } = message;
    if (kind === KIND.hello) {
      const { protocol } = parseRequest("hello", message.body);
      const { version } = masque();
      if (protocol !== PROTOCOL) {
        throw new InputError(
          `The client speaks protocol ${protocol}, Masque ${version} speaks ${PROTOCOL}: install a client and a Masque of the same version.`,
        );
      }
      const ids = (await registry.environments()).map(({ env }) => env.id);
      greeted = true;
      return encodeJson(kind, environment, tag, { protocol, masque: version, environments: ids });
    }
    if (!greeted) throw new InputError("Expected a handshake (hello) before everything else.");
    if (kind === KIND.describe) {
      const request = parseRequest("describe", message.body);
      const found = await plugin(request.environment);
      const params = readParams(found.env, request.params);
      const roles = describeRoles(found.env.roles(params));
      const description = await describeEnvironment(found);
      return encodeJson(kind, environment, tag, { ...description, ...specOf(found.env, params), roles });
    }
    const request = parseRequest("make", message.body);
    const found = await plugin(request.environment);
    const made = await open(last + 1, found, request, memory - used());
    opened.set(++last, made);
    return encodeJson(kind, last, tag, { environment: last, ...describeWorld(found, made) });
  }

  function answer(message: Message): Buffer | Promise<Buffer> {
    const { kind, environment, tag, body } = message;
    switch (kind) {
      case KIND.step:
        return find(message).world.step(tag, body);
      case KIND.reset: {
        const { world } = find(message);
        if (body.length !== 24) throw new InputError(`reset: got ${body.length} bytes, expected 24.`);
        const flags = body.readUInt32LE(0);
        const seed = flags & 1 ? body.readDoubleLE(8) : undefined;
        return world.reset(tag, seed, flags & 2 ? body.readDoubleLE(16) : undefined);
      }
      case KIND.state: {
        const { vector } = find(message).world;
        mustHaveBegun(vector, "state");
        const states = new Float32Array(vector.copies * vector.stateSize);
        for (let copy = 0; copy < vector.copies; copy++)
          vector.state(copy, states.subarray(copy * vector.stateSize, (copy + 1) * vector.stateSize));
        return encode(kind, environment, tag, new Uint8Array(states.buffer));
      }
      case KIND.counters: {
        const { vector } = find(message).world;
        const rows = Array.from({ length: vector.copies }, (_, copy) => {
          const counts = vector.counters(copy);
          return vector.counterNames.map((name) => counts[name]);
        });
        return encode(kind, environment, tag, new Uint8Array(Float64Array.from(rows.flat()).buffer));
      }
      case KIND.metrics: {
        const { world } = find(message);
        const width = world.vector.counterNames.length;
        if (body.length !== 8 * width && body.length !== 16 * width) {
          throw new InputError(`metrics: got ${body.length} bytes, expected ${width} counters, or twice as many.`);
        }
        const sums = Float64Array.from({ length: body.length / 8 }, (_, i) => body.readDoubleLE(8 * i));
        const clean = sums.length > width ? sums.subarray(width) : undefined;
        const values = world.metrics(sums.subarray(0, width), clean);
        return encode(kind, environment, tag, new Uint8Array(values.buffer));
      }
      case KIND.render: {
        const request = parseRequest("render", body);
        const { vector } = find(message).world;
        mustHaveBegun(vector, "render");
        return picture(vector, request).then((bytes) => encode(kind, environment, tag, bytes));
      }
      case KIND.words:
      case KIND.read: {
        const found = find(message);
        mustHaveBegun(found.world.vector, kind === KIND.words ? "words" : "read");
        const asked = kind === KIND.words ? parseRequest("words", body) : undefined;
        const read = asked ? undefined : parseRequest("read", body);
        const words = spoken.get(found) ?? openWords(found);
        spoken.set(found, words);
        return words.then((one) => encodeJson(kind, environment, tag, asked ? one.ask(asked) : one.read(read!)));
      }
      case KIND.close:
        find(message);
        opened.delete(environment);
        return encode(kind, environment, tag, "");
      case KIND.hello:
      case KIND.describe:
      case KIND.make:
        return load(message);
      default:
        throw new InputError(`Got a message of kind ${kind}, expected one from ${KIND.hello} to ${KIND.read}.`);
    }
  }

  return {
    limit: () => [...opened.values()].reduce((most, { world }) => Math.max(most, world.actions.bytes), BODY_LIMIT),
    answer(message) {
      const { environment, tag } = message;
      try {
        const reply = answer(message);
        return reply instanceof Promise ? reply.catch((error) => errorReply({ environment, tag }, error)) : reply;
      } catch (error) {
        return errorReply({ environment, tag }, error);
      }
    },
  };
}

function mustHaveBegun({ environment, begun }: Opened["world"]["vector"], what: string): void {
  if (begun[0] === 0) throw new InputError(`${environment}: ${what}() before reset(); call reset() first.`);
}

function specOf(env: EnvironmentPlugin["env"], params: Record<string, unknown>) {
  const { coordination } = env;
  return { resolved: params, horizon: env.horizon(params), coordination, state: env.state?.(params).toJSON() ?? null };
}

function describeWorld({ env }: EnvironmentPlugin, { world, roles }: Opened) {
  const { vector, controlled, actions, always, atEnd } = world;
  return {
    ...specOf(env, vector.params),
    id: env.id,
    roles: describeRoles(roles, controlled),
    horizon: vector.horizon,
    stateSize: vector.stateSize,
    counters: vector.counterNames,
    metrics: Object.keys(env.metrics),
    request: actions,
    reply: { always, atEnd },
  };
}

function describeRoles(roles: Opened["roles"], controlled: readonly string[] = Object.keys(roles)) {
  return Object.fromEntries(
    Object.entries(roles).map(([name, { side, count, observation, action, masked = false }]) => {
      const meaning = { observation: observationMeaning(observation), action: actionMeaning(action) };
      const spaces = { observation: observation.toJSON(), action: action.toJSON(), meaning };
      return [name, { side, count, ...spaces, masked, controlled: controlled.includes(name) }];
    }),
  );
}
