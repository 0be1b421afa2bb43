import { beforeEach, describe, expect, it } from "vitest";
import { resolveParams } from "../../src/env/params.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { playEpisode, type Turn } from "../../src/llm/episode.ts";
import { fallbackOf } from "../../src/llm/game.ts";
import { defencePolicies, scriptedAttack } from "../../src/play/cast.ts";
import { KIND } from "../../src/serve/protocol.ts";
import { createSession, type Session } from "../../src/serve/session.ts";
import { ask, json, resetBody } from "./client.ts";

const registry = openRegistry();
let session: Session;

interface Asked {
  readonly agent: string;
  readonly system?: string;
  readonly turn?: string;
  readonly schema?: unknown;
  readonly fallback?: number[];
  readonly only?: number[];
  readonly past: string;
}

beforeEach(async () => {
  session = createSession(registry, 2 ** 28);
  await ask(session, KIND.hello, '{"protocol":1}');
});

const PARAMS = { slots: 6, bits: 1 };
/** Bytes of a step's body. */
let bytes = 0;
async function begin(more: object = {}): Promise<number> {
  const request = { environment: "covert-wire-v0", params: PARAMS, split: ["test", 0], autoreset: "disabled" };
  const made = json(await ask(session, KIND.make, JSON.stringify({ ...request, ...more })));
  bytes = made.request.bytes;
  return made.environment;
}
async function step(environment: number, action: number): Promise<void> {
  const body = Buffer.alloc(bytes);
  body.writeInt32LE(action);
  const { kind } = await ask(session, KIND.step, body, environment);
  expect(kind & 0xff).toBe(KIND.step);
}
const words = async (environment: number, before = {}): Promise<Asked[]> =>
  json(await ask(session, KIND.words, JSON.stringify({ before }), environment)).agents;

describe("words", () => {
  it("are those that a language model is asked in TypeScript, step by step, with the same fallbacks", async () => {
    const plugin = await registry.environment("covert-wire-v0");
    const { env } = plugin;
    const scripts = await plugin.policies();
    const params = resolveParams(env, PARAMS);
    const roles = env.roles(params);
    const turns: Turn[] = [];
    const policies = {
      ...defencePolicies(env, roles, scripts, "default"),
      ...scriptedAttack(env, roles, scripts, "plain"),
      alice: fallbackOf(scripts, roles, "alice"),
    };
    const play = { env, params, policies, speaking: ["alice"], history: 2, seed: 1, split: ["test", 0] };
    const spoken = await playEpisode(play, 3, (turn) => {
      turns.push(turn);
      return { way: "valid", action: [1 - turn.fallback[0]] };
    });

    const environment = await begin({ control: ["alice"], attack: "plain", defence: "default" });
    await ask(session, KIND.reset, resetBody(1, 3), environment);
    const past: string[] = [];
    for (const turn of turns) {
      const [asked] = await words(environment, { alice_0: past.slice(-2) });
      // Asked again, it says the same, and no fallback acts twice.
      expect(await words(environment, { alice_0: past.slice(-2) })).toEqual([asked]);
      const { agent, system, turn: said, schema, fallback } = asked;
      expect([system, said]).toEqual(turn.messages.map(({ content }) => content));
      expect({ agent, schema, fallback }).toEqual({ agent: "alice_0", schema: turn.schema, fallback: turn.fallback });
      const action = 1 - turn.fallback[0];
      const reply = JSON.stringify({ agent, reply: `{"why":"so","action":${action}}` });
      const read = json(await ask(session, KIND.read, reply, environment));
      expect(read.action).toEqual([action]);
      past.push(read.past);
      await step(environment, action);
    }
    const [last] = await words(environment);
    expect(last.only).toEqual([0]);
    await step(environment, 0);
    const counted = await ask(session, KIND.counters, "", environment);
    expect([...spoken.counters]).toEqual([...new Float64Array(Uint8Array.from(counted.body).buffer)]);
  });

  it("say what is wrong with an answer, and change nothing", async () => {
    const environment = await begin({ control: ["alice"] });
    const refuse = async (kind: number, body: object, at = environment) =>
      json(await ask(session, kind, JSON.stringify(body), at)).message;
    expect(await refuse(KIND.words, {})).toMatch(/words\(\) before reset/);
    await ask(session, KIND.reset, resetBody(1), environment);
    const read = json(await ask(session, KIND.read, '{"agent":"alice_0","reply":"{\\"action\\":7}"}', environment));
    expect(read).toEqual({ error: expect.stringMatching(/the action is 7, expected 0, 1/) });
    expect(await refuse(KIND.read, { agent: "bob_0", reply: "" })).toMatch(/Unknown agent.*"bob_0".*alice_0/);
    expect(await refuse(KIND.read, { agent: "alice_0" })).toMatch(/reply: it is missing/);
    expect(await refuse(KIND.words, { after: {} })).toMatch(/unknown key "after"/);
    const many = await begin({ control: ["alice"], copies: 2 });
    await ask(session, KIND.reset, resetBody(1), many);
    expect(await refuse(KIND.words, {}, many)).toMatch(/got 2 copies, expected one/);
  });
});
