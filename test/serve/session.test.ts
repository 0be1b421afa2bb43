import { beforeEach, describe, expect, it } from "vitest";
import type { RoleBuffers } from "../../src/env/buffers.ts";
import type { Environment } from "../../src/env/define.ts";
import { parallel } from "../../src/env/parallel.ts";
import { vector } from "../../src/env/vector.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { defencePolicies, scriptedAttack } from "../../src/play/cast.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import type { ArrayPlace, Layout } from "../../src/serve/layout.ts";
import { ENDED, KIND } from "../../src/serve/protocol.ts";
import { createSession, type Session } from "../../src/serve/session.ts";
import { ask, json, type Reply, resetBody } from "./client.ts";

const registry = openRegistry();
let session: Session;

interface Made {
  readonly environment: number;
  readonly request: Layout;
  readonly reply: { readonly always: Layout; readonly atEnd: Layout };
  readonly counters: readonly string[];
  readonly metrics: readonly string[];
}

beforeEach(async () => {
  session = createSession(registry, 2 ** 28);
  expect(json(await ask(session, KIND.hello, '{"protocol":1}')).environments).toContain("swarm-flood-v0");
});

async function make(request: Record<string, unknown>): Promise<Made> {
  const reply = await ask(session, KIND.make, JSON.stringify(request));
  expect(reply.kind, reply.body.toString()).toBe(KIND.make);
  return json(reply);
}

async function refusal(kind: number, body: Uint8Array | string, environment = 0): Promise<string> {
  const reply = await ask(session, kind, body, environment);
  expect(reply.kind).toBe(KIND.error);
  expect(json(reply).kind).toBe("input");
  return json(reply).message;
}

function read(reply: Reply, layout: Layout, name: string, role?: string): ArrayLike<number> {
  const place = layout.places.find((one) => one.name === name && one.role === role) as ArrayPlace;
  const size = place.shape.reduce((a, b) => a * b, 1);
  const bytes = Uint8Array.from(reply.body).buffer.slice(place.offset);
  const Class = { f64: Float64Array, f32: Float32Array, i32: Int32Array, u8: Uint8Array }[place.type];
  return new Class(bytes, 0, size);
}

describe("a session", () => {
  it("plays what the vector plays, ends and first observations of the next episodes included", async () => {
    const { env } = await registry.environment("simple-crypto-v3");
    const made = await make({ environment: env.id, params: { steps: 4 }, copies: 3, seed: 5, split: ["a", 1] });
    const world = vector(env, 3, { steps: 4 }, 5, { split: ["a", 1] });
    const body = Buffer.alloc(made.request.bytes);
    const same = (reply: Reply) => {
      for (const role of Object.values(world.roles) as RoleBuffers[]) {
        for (const [name, array] of [
          ["observations", role.obs],
          ["rewards", role.rewards],
          ["truncations", role.truncations],
          ["alive", role.alive],
        ] as const) {
          expect(read(reply, made.reply.always, name, role.name), `${role.name} ${name}`).toEqual(array);
        }
        if (reply.kind & ENDED) expect(read(reply, made.reply.atEnd, "final", role.name)).toEqual(role.final);
      }
      expect(reply.kind >>> 31).toBe(world.ended[0]);
      if (reply.kind >>> 31) {
        expect(read(reply, made.reply.atEnd, "episodes")).toEqual(world.finalEpisode);
        expect(read(reply, made.reply.atEnd, "counters")).toEqual(world.finalCounters);
      }
    };
    world.reset(9, 2);
    same(await ask(session, KIND.reset, resetBody(9, 2), made.environment));
    for (let t = 0; t < 9; t++) {
      for (const place of made.request.places) {
        const role = world.roles[place.role!] as RoleBuffers;
        for (let row = 0; row < 3; row++) {
          const action = (t + row + place.offset) % 4;
          role.actions[row] = action;
          body.writeInt32LE(action, place.offset + 4 * row);
        }
      }
      world.step();
      same(await ask(session, KIND.step, body, made.environment));
    }
  });

  it("plays the other roles as masque eval does, and measures against the clean arm", async () => {
    const plugin = await registry.environment("swarm-flood-v0");
    const { env } = plugin;
    const scripts = await plugin.policies();
    const params = env.params.parse({});
    const roles = env.roles(params);
    const [attack] = Object.keys(scripts.attacks).filter((name) => name !== "none");
    const options = { episodes: 2, seed: 3, split: ["test", 0], copies: 2 };
    const others = defencePolicies(env, roles, scripts, "default");
    const play = (name: string) =>
      evaluate(env, { ...options, policies: { ...others, ...scriptedAttack(env, roles, scripts, name) } });
    const [attacked, clean] = [play(attack), play("none")];
    const made = await make({
      environment: env.id,
      copies: 2,
      seed: 3,
      split: ["test", 0],
      control: [],
      attack,
      clean: true,
      autoreset: "disabled",
    });
    expect(made.request.bytes).toBe(0);
    let reply = await ask(session, KIND.reset, resetBody(), made.environment);
    while (reply.kind >>> 31 === 0) reply = await ask(session, KIND.step, "", made.environment);
    expect(read(reply, made.reply.atEnd, "counters")).toEqual(attacked.counters);
    const of = (counters: Float64Array, e: number) =>
      Object.fromEntries(env.counters.map((name, c) => [name, counters[e * env.counters.length + c]]));
    const expected = [0, 1].flatMap((e) =>
      Object.values(env.metrics).map((metric) => metric.of(of(attacked.counters, e), { clean: of(clean.counters, e) })),
    );
    expect(Array.from(read(reply, made.reply.atEnd, "metrics"))).toEqual(expected);
    const sums = Buffer.from(
      new Uint8Array(Float64Array.of(...attacked.counters.slice(0, env.counters.length)).buffer),
    );
    const alone = await ask(session, KIND.metrics, sums, made.environment);
    const values = new Float64Array(
      alone.body.buffer.slice(alone.body.byteOffset, alone.body.byteOffset + alone.body.length),
    );
    // Swarm-flood's security compares goodput with the clean arm's.
    expect(Array.from(values, Number.isNaN)).toContain(true);
  });

  it("refuses what the record view refuses, in the same words, and plays on", async () => {
    const { env } = await registry.environment("covert-wire-v0");
    const made = await make({ environment: env.id });
    const view = parallel(env as Environment);
    const said = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return (error as Error).message;
      }
      return "nothing";
    };
    expect(await refusal(KIND.step, Buffer.alloc(made.request.bytes), made.environment)).toBe(
      said(() => view.step({} as never)),
    );
    for (const [kind, name] of [
      [KIND.state, "state"],
      [KIND.render, "render"],
    ] as const) {
      expect(await refusal(kind, '{"mode":"text"}', made.environment)).toBe(said(() => view[name]()));
    }
    await ask(session, KIND.reset, resetBody(1), made.environment);
    const infos = view.reset({ seed: 1 })[1] as Record<string, { actionMask: Uint8Array }>;
    const legal = Object.fromEntries(view.agents.map((agent) => [agent, infos[agent].actionMask.indexOf(1)]));
    for (const [agent, action] of [
      ["alice_0", 99],
      ["bob_0", -1],
      ["warden_0", infos.warden_0.actionMask.indexOf(0)],
    ] as const) {
      const actions: Record<string, number> = { ...legal, [agent]: action };
      const body = Buffer.alloc(made.request.bytes);
      for (const { role, offset } of made.request.places) body.writeInt32LE(actions[`${role}_0`], offset);
      const message = await refusal(KIND.step, body, made.environment);
      expect(message).toBe(said(() => view.step(actions as never)));
      expect(message).toContain(`action of ${agent}`);
    }
    const body = Buffer.alloc(made.request.bytes);
    for (const { role, offset } of made.request.places) body.writeInt32LE(legal[`${role}_0`], offset);
    const reply = await ask(session, KIND.step, body, made.environment);
    const [observations] = view.step(legal as never);
    expect(read(reply, made.reply.always, "observations", "bob")).toEqual(observations.bob_0);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ["an unknown environment", { environment: "swarm-flod-v0" }, /Did you mean "swarm-flood-v0"\?/],
    ["an unknown parameter", { environment: "swarm-flood-v0", params: { bot: 3 } }, /unknown parameter "bot"/],
    ["an unknown role", { environment: "swarm-flood-v0", control: ["bots"] }, /Unknown role.*Did you mean "bot"/],
    ["an unknown attack", { environment: "swarm-flood-v0", attack: "fload" }, /attack of swarm-flood-v0/],
    ["an unknown wish", { environment: "swarm-flood-v0", copys: 3 }, /unknown key "copys". Did you mean "copies"/],
    ["too many copies", { environment: "swarm-flood-v0", copies: 65537 }, /copies/],
    [
      "too much memory",
      { environment: "swarm-flood-v0", copies: 65536 },
      /65536 copies take about .* MB, and 256 MB are left/,
    ],
    ["a clean arm of one's own", { environment: "swarm-flood-v0", clean: true }, /clean arm needs scripts/],
  ])("refuses %s, and says what to do", async (_, request, message) => {
    expect(await refusal(KIND.make, JSON.stringify(request))).toMatch(message);
  });

  it("wants a handshake of its own version first, and knows what is open", async () => {
    const fresh = createSession(registry, 1e9);
    expect(json(await ask(fresh, KIND.make, '{"environment":"swarm-flood-v0"}')).message).toMatch(/handshake/);
    expect(json(await ask(fresh, KIND.hello, '{"protocol":2}')).message).toMatch(/protocol 2, Masque .* speaks 1/);
    const made = await make({ environment: "simple-crypto-v3" });
    expect((await ask(session, KIND.close, "", made.environment)).kind).toBe(KIND.close);
    expect(await refusal(KIND.step, "", made.environment)).toMatch(/no environment 1 here/);
    expect(await refusal(77, "")).toMatch(/kind 77/);
  });
});
