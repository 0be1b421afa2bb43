import { canonical, sha256 } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { checkActions } from "../env/actions.ts";
import type { RoleBuffers } from "../env/buffers.ts";
import type { Environment } from "../env/define.ts";
import { checkFinite } from "../env/finite.ts";
import { vector } from "../env/vector.ts";
import { seat } from "../play/seat.ts";
import { createTracer } from "../play/trace.ts";
import type { PolicyFactory } from "../policy/policy.ts";
import type { ActionSpace } from "../spaces/slot.ts";
import { allowedText, type Legal, legalNow, onlyAction, replySchema, type Schema, tellAction } from "./action.ts";
import type { Message } from "./backend.ts";
import { type Face, faceOf, pastLine, turnPrompt } from "./face.ts";

/** How an action came about: there was no other; the first answer; the second, after an error; neither, so a fallback acted. */
export const WAYS = ["forced", "valid", "repaired", "invalid"] as const;
export type Way = (typeof WAYS)[number];

/** One decision that somebody is asked for. */
export interface Turn {
  readonly role: string;
  readonly row: number;
  /** From 0, of at most `horizon`. */
  readonly step: number;
  readonly horizon: number;
  /** What the agent sees, a line a part of its observation. */
  readonly seen: readonly string[];
  /** Earlier steps that it is reminded of, a line each, the latest last. */
  readonly before: readonly string[];
  readonly space: ActionSpace;
  readonly legal: Legal;
  readonly messages: readonly Message[];
  readonly schema: Schema;
  /** SHA-256 of the episode's number and the messages, cut to 32 digits: a recording of one episode fits no other. */
  readonly prompt: string;
  /** What is played where no answer is an action: never anything that could pass for skill. */
  readonly fallback: readonly number[];
}

export interface Decision {
  readonly way: Exclude<Way, "forced">;
  readonly action: readonly number[];
}

/** Who decides: a model, a person, or a recording. */
export type Decide = (turn: Turn) => Decision | Promise<Decision>;

/** What is played, whoever decides. */
export interface Play {
  readonly env: Environment;
  readonly params: Readonly<Record<string, unknown>>;
  /** A policy for every role; those of `speaking` roles are their fallbacks. */
  readonly policies: Readonly<Record<string, PolicyFactory>>;
  /** Roles that are asked, and how many steps each is reminded of. */
  readonly speaking: readonly string[];
  /** Of speaking roles whose agents are not all asked: the one that is; the others play as the policy does. */
  readonly only?: Readonly<Record<string, number>>;
  readonly history: number;
  readonly seed: number;
  readonly split: readonly (string | number)[];
}

/** What one role did in an episode: all rows' decisions, step after step, the dead left out. */
export interface Deeds {
  /** Numbers of the actions, end to end. */
  readonly actions: number[];
  readonly ways: Way[];
  /** Of decisions that were asked for, "" for others. */
  readonly prompts: string[];
}

export interface PlayedEpisode {
  readonly counters: Float64Array;
  /** An agent's mean return in the role, by role in declaration order. */
  readonly returns: Float64Array;
  readonly trace: readonly [number, number];
  readonly deeds: Readonly<Record<string, Deeds>>;
}

const promptDigest = (episode: number, messages: readonly Message[]): string =>
  sha256(canonical({ episode, messages })).slice(0, 32);

/**
 * Plays one numbered episode, asking for the decisions of `speaking` roles: those of one step side by side, since agents act
 * at once. All else is as in `evaluate`, and the same actions give the same counters, returns and trace to the bit.
 */
export async function playEpisode(play: Play, episode: number, decide: Decide): Promise<PlayedEpisode> {
  const { env, params, policies, speaking, only = {}, history, seed, split } = play;
  const world = vector(env, 1, params, seed, { split, autoreset: "disabled" });
  const roles = Object.values(world.roles);
  const speakers = speaking.map((name) => speaker(env, params, world.roles[name], history, only[name]));
  const players = seat(env, world, policies);
  const tracer = createTracer(roles, 1);
  const returns = new Float64Array(roles.length);
  world.reset(undefined, episode);
  while (world.ended[0] === 0) {
    players.act();
    const step = world.elapsed[0];
    await Promise.all(speakers.map((one) => one.act(episode, step, world.horizon, decide)));
    for (const { role } of speakers) checkActions(env.id, role);
    tracer.actions();
    world.step();
    tracer.rewards();
    checkFinite(world);
    for (const [r, { rewards, count }] of roles.entries()) for (const reward of rewards) returns[r] += reward / count;
  }
  return {
    counters: world.finalCounters.slice(),
    returns,
    trace: [tracer.lanes[0], tracer.lanes[1]],
    deeds: Object.fromEntries(speakers.map(({ role, deeds }) => [role.name, deeds])),
  };
}

/** Asks for the actions of one role, of all its agents or of one, and keeps what they saw and did. */
function speaker(
  env: Environment,
  params: Readonly<Record<string, unknown>>,
  role: RoleBuffers,
  history: number,
  only: number | undefined,
) {
  if (!role) throw new InputError(`${env.id}: a role that it does not have is to speak.`);
  const face = faceOf(env, params, role.name);
  const deeds: Deeds = { actions: [], ways: [], prompts: [] };
  const past: string[][] = Array.from({ length: role.count }, () => []);
  const { alive, actions, actionSize, mask, maskSize, obs, obsSize } = role;
  const { action: space, masked } = role.spec;
  const asked = Array.from({ length: role.count }, (_, row) => row).filter((row) => only === undefined || row === only);

  async function decideRow(row: number, episode: number, step: number, horizon: number, decide: Decide) {
    const legal = legalNow(space, masked ? mask : undefined, row * maskSize);
    const only = onlyAction(legal);
    const seen = face.sees(obs, row * obsSize);
    if (only) return { row, seen, way: "forced" as const, prompt: "", action: only };
    const fallback = Array.from(actions.subarray(row * actionSize, (row + 1) * actionSize));
    const messages = messagesOf(face, role, row, { step, horizon, before: past[row], space, legal });
    const prompt = promptDigest(episode, messages);
    const schema = replySchema(space, legal);
    const before = [...past[row]];
    const told = { role: role.name, row, step, horizon, seen, before };
    const turn: Turn = { ...told, space, legal, messages, schema, prompt, fallback };
    const { way, action } = await decide(turn);
    return { row, seen, way, prompt, action };
  }

  return {
    role,
    deeds,
    async act(episode: number, step: number, horizon: number, decide: Decide): Promise<void> {
      const rows = asked.filter((row) => alive[row] === 1);
      const decided = await Promise.all(rows.map((row) => decideRow(row, episode, step, horizon, decide)));
      for (const { row, seen, way, prompt, action } of decided) {
        actions.set(action, row * actionSize);
        deeds.actions.push(...action);
        deeds.ways.push(way);
        deeds.prompts.push(prompt);
        if (history === 0) continue;
        past[row].push(pastLine(step + 1, seen, tellAction(space, action)));
        if (past[row].length > history) past[row].shift();
      }
    },
  };
}

function messagesOf(
  face: Face,
  role: RoleBuffers,
  row: number,
  asked: { step: number; horizon: number; before: readonly string[]; space: ActionSpace; legal: Legal },
): Message[] {
  const { step, horizon, before, space, legal } = asked;
  const allowed = allowedText(space, legal);
  const content = turnPrompt(face, role, row, { step: step + 1, horizon, before, allowed });
  return [
    { role: "system", content: face.system },
    { role: "user", content },
  ];
}
