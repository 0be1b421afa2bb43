import { existsSync } from "node:fs";
import { join } from "node:path";
import { canonical, pretty } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { list, makeFolder, readJson, writeAtomic } from "../data/files.ts";
import type { Backend } from "./backend.ts";
import { openCalls } from "./calls.ts";
import { byModel } from "./decide.ts";
import { type PlayedEpisode, playEpisode } from "./episode.ts";
import { type Arm, gameSchema, type OpenGame } from "./game.ts";
import type { Played } from "./results.ts";

export const GAME_FILE = "game.json";
export const CALLS_FILE = "calls.jsonl";
const MAX_GAME = 1 << 20;

export interface Running {
  /** Calls under way at once, at most. */
  readonly atOnce: number;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  onProgress?(episodes: number, of: number): void;
}

/** What a run came to, and how many calls it made now and found answered. */
export interface RunResult {
  readonly played: Played;
  readonly calls: number;
  readonly found: number;
}

/**
 * Plays a game, every answer going to `calls.jsonl` in the folder as it comes. Where the run stops, whatever stopped it,
 * the same call with `resume` goes on: answers that are there are not asked for again, and what comes out is the same.
 * @throws InputError for a folder of another game, or one in use without `resume`; what the backend throws; the signal's reason
 */
export async function runGame(open: OpenGame, backend: Backend, folder: string, running: Running): Promise<RunResult> {
  claimFolder(open, folder, running.resume);
  const { game, arms, plays, manners } = open;
  const stop = new AbortController();
  const signal = AbortSignal.any([running.signal, stop.signal]);
  const caller = openCalls(join(folder, CALLS_FILE), backend, running.atOnce);
  const jobs = arms.flatMap((arm) => Array.from({ length: game.episodes }, (_, episode) => ({ arm, episode })));
  const played: Partial<Record<Arm, PlayedEpisode[]>> = Object.fromEntries(arms.map((arm) => [arm, []]));
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < jobs.length) {
      signal.throwIfAborted();
      const { arm, episode } = jobs[next++];
      played[arm]![episode] = await playEpisode(plays[arm], episode, byModel(caller, manners, episode, signal));
      running.onProgress?.(++done, jobs.length);
    }
  };
  // As many episodes as calls: an episode waits for one answer at least. One that fails stops the others.
  const workers = Array.from({ length: Math.min(running.atOnce, jobs.length) }, work);
  const outcomes = await Promise.allSettled(
    workers.map((worker) =>
      worker.catch((error: unknown) => {
        stop.abort(error);
        throw error;
      }),
    ),
  );
  running.signal.throwIfAborted();
  if (stop.signal.aborted) throw stop.signal.reason;
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return { played, calls: caller.made.calls, found: caller.made.found };
}

/** Writes what is played into a folder, or finds it there. */
function claimFolder({ game }: OpenGame, folder: string, resume: boolean): void {
  const file = join(folder, GAME_FILE);
  if (existsSync(file)) {
    if (!resume) throw new InputError(`${folder} holds a game. Go on with it by --resume, or choose another --out.`);
    const found = gameSchema.safeParse(readJson(file, MAX_GAME));
    if (found.success && canonical(found.data) === canonical(game)) return;
    const keys = found.success
      ? Object.keys(game).filter((key) => canonical(game[key as "seed"]) !== canonical(found.data[key as "seed"]))
      : ["the whole"];
    throw new InputError(`${file} is another game: it differs in ${keys.join(", ")}. Choose another --out.`);
  }
  if (list(folder).length > 0) throw new InputError(`${folder} is not empty, and holds no game. Choose another --out.`);
  makeFolder(folder);
  writeAtomic(file, pretty(game));
}
