import { appendFileSync, existsSync } from "node:fs";
import { basename, join } from "node:path";
import { digest, sha256 } from "../../../src/data/canonical.ts";
import { InputError } from "../../../src/data/errors.ts";
import { readLimited, readText } from "../../../src/data/files.ts";
import type { Baseline } from "../../../src/learn/baseline.ts";
import { train } from "../../../src/learn/train.ts";
import { type Backend, openBackend } from "../../../src/llm/backend.ts";
import { parseCalls } from "../../../src/llm/calls.ts";
import { chatApi } from "../../../src/llm/chat-api.ts";
import { faceOf } from "../../../src/llm/face.ts";
import { checkGame, type Game, openGame } from "../../../src/llm/game.ts";
import { armsOf, waysOf } from "../../../src/llm/results.ts";
import { CALLS_FILE, runGame } from "../../../src/llm/run.ts";
import { attackerRoles } from "../../../src/play/cast.ts";
import { type Episodes, metricsOf, sumCounters } from "../../../src/play/evaluate.ts";
import { policyFrom } from "../../../src/policy/from-data.ts";
import { cpuSeconds } from "../../speed/clock.ts";
import { type Place, SCORED, SEED } from "./place.ts";

/** Episodes that choose the best script: of a split of their own, so that the choice flatters nobody. */
export const SELECT = 256;

/** What an attacker did at one level, and what it took. */
export interface Attacker {
  readonly kind: "script" | "learned" | "model";
  readonly name: string;
  /** Scored episodes, from 0. */
  readonly episodes: Episodes;
  readonly cost: Cost;
}

/** Steps are the environment's, of one copy; `steps` before the first scored episode. */
export interface Cost {
  readonly steps: number;
  readonly seconds: number;
  /** CPU seconds of a scored episode, of this process. */
  readonly playing: number;
  readonly words?: Words;
}

/** What a language model was asked for and said. */
export interface Words {
  readonly calls: number;
  readonly tokens: readonly [prompt: number, completion: number];
  /** Decisions that were asked for, and those whose first answer was an action. */
  readonly asked: number;
  readonly valid: number;
}

/** Plays the scored episodes, after a search that took so many steps and seconds. */
function scored(
  place: Place,
  found: { kind: Attacker["kind"]; name: string; seats: ReturnType<Place["script"]>; steps: number; seconds: number },
  count: number,
): Attacker {
  const { seats, steps, seconds, ...who } = found;
  const start = cpuSeconds();
  const episodes = place.play(seats, count);
  return { ...who, episodes, cost: { steps, seconds, playing: (cpuSeconds() - start) / count } };
}

/** The script that leaves the least security on the select split, scored on others. */
export function bestScript(place: Place, count: number): Attacker {
  const { scripts, security, plugin } = place;
  const start = cpuSeconds();
  const play = (name: string) => place.play(place.script(name), SELECT, ["select", 0]);
  const clean = sumCounters(play("none"));
  let steps = 0;
  const left = Object.keys(scripts.attacks).map((name) => {
    const episodes = play(name);
    steps += episodes.steps + (scripts.attacks[name].tuningSteps ?? 0);
    return { name, security: metricsOf(plugin.env, sumCounters(episodes), clean)[security] };
  });
  const { name } = left.reduce((a, b) => (b.security < a.security ? b : a));
  const seconds = cpuSeconds() - start;
  return scored(place, { kind: "script", name, seats: place.script(name), steps, seconds }, count);
}

/** One training against this level, of `budget` steps. @throws InputError where the baseline cannot learn it */
export async function learned(place: Place, baseline: Baseline, budget: number, count: number): Promise<Attacker> {
  const { plugin, params, roles, defence, scripts } = place;
  const start = cpuSeconds();
  const { policies } = await train({
    environment: plugin.env,
    params,
    roles: Object.fromEntries(attackerRoles(roles).map((role) => [role, baseline()])),
    policies: defence,
    budget,
    seed: SEED,
  });
  const seats = Object.fromEntries(Object.entries(policies).map(([role, data]) => [role, policyFrom(data, scripts)]));
  const seconds = cpuSeconds() - start;
  return scored(place, { kind: "learned", name: baseline.id, seats, steps: budget, seconds }, count);
}

/** A model that answers, and how a game's file names it. */
export interface Speaker {
  readonly model: string;
  readonly backend: Backend;
  readonly described: NonNullable<Game["backend"]>;
}

/** @throws InputError for a file or an address that is none */
export async function openSpeaker(from: {
  backend?: string;
  url?: string;
  model: string;
}): Promise<Speaker | undefined> {
  const { backend: file, url, model } = from;
  const described = { schema: true, request: {} };
  if (file !== undefined) {
    const name = `${basename(file)} ${sha256(readLimited(file, 1 << 24)).slice(0, 12)}`;
    return { model, backend: await openBackend(file, model), described: { ...described, name, server: null } };
  }
  if (url === undefined) return undefined;
  if (!URL.canParse(url))
    throw new InputError(`--url: got "${url}", expected an address, as in http://localhost:8080/v1.`);
  const backend = chatApi({ url, key: process.env.OPENAI_API_KEY });
  return { model, backend, described: { ...described, name: "chat-api", server: new URL(url).origin } };
}

/** CPU seconds of the answers in a folder, so that a run in several goes knows what all of it took. */
const CPU_FILE = "cpu.txt";

/**
 * The model in every attacker's seat, each agent for itself, as `masque llm` plays it. Answers lie in a folder of the game's
 * own under `folder`: the same command asks for none of them again.
 */
export async function spoken(
  place: Place,
  speaker: Speaker,
  options: { count: number; folder: string; signal: AbortSignal; onProgress?(done: number, of: number): void },
): Promise<Attacker> {
  const { plugin, params, roles } = place;
  const { model, backend, described } = speaker;
  const { count, signal, onProgress } = options;
  const game = checkGame({
    environment: { id: plugin.env.id, digest: plugin.digest },
    params: { ...params },
    seed: SEED,
    split: [...SCORED],
    episodes: count,
    attack: "none",
    defence: "default",
    players: Object.fromEntries(
      attackerRoles(roles).map((role) => [
        role,
        { model, weights: backend.weights ?? null, face: faceOf(plugin.env, params, role).digest },
      ]),
    ),
    history: 0, // what must be remembered is in observations
    backend: described,
    decoding: { temperature: 0, maxTokens: 200 },
  });
  const open = await openGame(game, plugin);
  const folder = join(options.folder, `${plugin.name}-${digest(game).slice(0, 12)}`);
  const clocked = clock(backend, join(folder, CPU_FILE));
  const atOnce = backend.atOnce ?? 4;
  const { played } = await runGame(open, clocked, folder, { atOnce, resume: true, signal, onProgress });
  const lines = parseCalls(readText(join(folder, CALLS_FILE), 1 << 28), CALLS_FILE);
  const ways = Object.values(waysOf(played));
  const all = (way: "valid" | "repaired" | "invalid") => ways.reduce((sum, one) => sum + one[way], 0);
  const words = {
    calls: lines.length,
    tokens: [0, 1].map((i) => lines.reduce((sum, { tokens }) => sum + tokens[i], 0)) as [number, number],
    asked: all("valid") + all("repaired") + all("invalid"),
    valid: all("valid"),
  };
  const { attacked } = armsOf(open, played);
  const cost = { steps: 0, seconds: 0, playing: clocked.seconds() / count, words };
  return { kind: "model", name: model, episodes: attacked, cost };
}

/** The same backend with the CPU seconds of every answer in a file, a line each. */
function clock(backend: Backend, file: string): Backend & { seconds(): number } {
  let last = 0;
  return {
    ...backend,
    seconds: () =>
      existsSync(file)
        ? readText(file, 1 << 28)
            .split("\n")
            .reduce((sum, one) => sum + Number(one), 0)
        : 0,
    async complete(ask) {
      last = Math.max(last, cpuSeconds());
      const completion = await backend.complete(ask);
      // Calls side by side: each counts what was used since the last one's end.
      const now = cpuSeconds();
      appendFileSync(file, `\n${(now - last).toFixed(6)}`); // the end first: half a line stays one by itself
      last = now;
      return completion;
    },
  };
}
