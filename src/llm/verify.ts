import { existsSync } from "node:fs";
import { join } from "node:path";
import { canonical, sha256 } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { readLimited } from "../data/files.ts";
import { pause } from "../data/pause.ts";
import { metricsOf, sumCounters } from "../play/evaluate.ts";
import { actionSize } from "../spaces/slot.ts";
import { type Call, callKey, parseCalls } from "./calls.ts";
import { decideBy } from "./decide.ts";
import { type Decide, type Deeds, type PlayedEpisode, playEpisode } from "./episode.ts";
import type { Arm, OpenGame } from "./game.ts";
import { recorded } from "./recorded.ts";
import { armsOf, type Played, playDigest } from "./results.ts";
import { CALLS_FILE } from "./run.ts";
import { readDeeds, spell, type Tape, tapeEpisodes } from "./tape.ts";

/** What playing a tape again found. */
export interface TapeCheck {
  /** What is not as the tape says; none where it is true. */
  readonly mismatches: readonly string[];
  readonly episodes: number;
  /** Decisions played again, and how many prompts were made again for them. */
  readonly decisions: number;
  readonly prompts: number;
  /** Answers of models that give the recorded actions; null where no transcript lies beside the tape. */
  readonly answers: number | null;
  readonly metrics: Readonly<Record<string, number>> | null;
  /** The episodes as they were played again; null where something differs. */
  readonly played: Played | null;
}

const MAX_CALLS = 1 << 30;
const MOST_TOLD = 20;

/**
 * Plays a tape again without its models: every prompt is made anew from what the agent sees and must be the one that was
 * answered, every action must be one that was allowed, every fallback the one that would have acted, and counters, traces
 * and metrics those of the tape. Where the transcript lies beside it, the answers must give the recorded actions.
 * That proves that the score follows from the actions: not that a model chose them.
 * @throws the signal's reason once it aborts, between two episodes
 */
export async function checkTape(open: OpenGame, tape: Tape, folder: string, signal?: AbortSignal): Promise<TapeCheck> {
  const mismatches: string[] = [];
  const played: Partial<Record<Arm, PlayedEpisode[]>> = {};
  let [decisions, prompts] = [0, 0];
  const expected = open.arms.filter((arm) => tape.arms[arm] === undefined);
  const extra = (["attacked", "clean"] as const).filter((arm) => tape.arms[arm] && !open.arms.includes(arm));
  if (expected.length + extra.length > 0) mismatches.push(`arms: its game has ${open.arms.join(" and ")} episodes`);
  for (const arm of mismatches.length > 0 ? [] : open.arms) {
    const play = open.plays[arm];
    const list: PlayedEpisode[] = [];
    played[arm] = list;
    for (const [e, stated] of tapeEpisodes(tape, arm).entries()) {
      const where = `${arm} episode ${e}`;
      await pause();
      signal?.throwIfAborted();
      try {
        const deeds = deedsOf(open, stated.deeds, play.speaking, where);
        const again = await playEpisode(play, e, recorded(deeds, where));
        const found = spell(again);
        list.push(again);
        for (const key of ["deeds", "counters", "trace"] as const) {
          if (canonical(found[key]) !== canonical(stated[key]))
            mismatches.push(`${where}: ${key} differ when played again`);
        }
        for (const { ways } of Object.values(again.deeds)) {
          decisions += ways.length;
          prompts += ways.filter((way) => way !== "forced").length;
        }
      } catch (error) {
        // What cannot be played was never played.
        if (!(error instanceof InputError)) throw error;
        mismatches.push(error.message);
      }
      if (mismatches.length >= MOST_TOLD) break;
    }
  }
  const bare = { episodes: tape.game.episodes, decisions, prompts };
  if (mismatches.length > 0) return { ...bare, mismatches, answers: null, metrics: null, played: null };
  const { attacked, clean } = armsOf(open, played);
  const metrics = metricsOf(open.env, sumCounters(attacked), sumCounters(clean));
  if (canonical(metrics) !== canonical(tape.metrics)) mismatches.push("metrics are not what its episodes give");
  if (playDigest(played) !== tape.trace) mismatches.push("trace: not the digest of its episodes");
  const answers =
    tape.calls !== null && existsSync(join(folder, CALLS_FILE))
      ? await checkAnswers(open, tape.calls, folder, played, mismatches, signal)
      : null;
  return { ...bare, mismatches, answers, metrics, played: mismatches.length > 0 ? null : played };
}

function deedsOf(
  { roles }: OpenGame,
  stated: Tape["arms"]["attacked"][number]["deeds"],
  speaking: readonly string[],
  where: string,
): Record<string, Deeds> {
  const named = Object.keys(stated);
  if (canonical(named.sort()) !== canonical([...speaking].sort())) {
    throw new InputError(`${where}: it records ${named.join(", ") || "nobody"}; expected ${speaking.join(", ")}.`);
  }
  const read = (role: string) => readDeeds(stated[role], actionSize(roles[role].action), `${where}, ${role}`);
  return Object.fromEntries(speaking.map((role) => [role, read(role)]));
}

/** Holds the recorded actions to the answers beside them. @returns how many decisions they gave */
async function checkAnswers(
  open: OpenGame,
  calls: NonNullable<Tape["calls"]>,
  folder: string,
  played: Played,
  mismatches: string[],
  signal?: AbortSignal,
): Promise<number> {
  const path = join(folder, CALLS_FILE);
  const bytes = readLimited(path, MAX_CALLS);
  if (bytes.length !== calls.bytes || sha256(bytes) !== calls.sha256) {
    mismatches.push(`${CALLS_FILE} is not the transcript that the tape names`);
    return 0;
  }
  const lines = parseCalls(new TextDecoder().decode(bytes), path);
  const tokens = [0, 1].map((i) => lines.reduce((sum, call) => sum + call.tokens[i], 0));
  if (lines.length !== calls.calls || canonical(tokens) !== canonical(calls.tokens)) {
    mismatches.push(`calls: the transcript holds ${lines.length}, with ${tokens.join(" and ")} tokens`);
  }
  const answers = new Map<string, Call>(lines.map((call) => [call.key, call]));
  let given = 0;
  for (const arm of open.arms) {
    for (const [e, episode] of played[arm]!.entries()) {
      await pause();
      signal?.throwIfAborted();
      const decide: Decide = (turn) =>
        decideBy(turn, async (messages) => {
          const call = answers.get(callKey(open.manners[turn.role], e, { messages, schema: turn.schema }));
          if (!call)
            throw new InputError(
              `${arm} episode ${e}: the transcript has no answer to step ${turn.step} of ${turn.role}`,
            );
          given++;
          return call.reply;
        });
      try {
        const again = await playEpisode(open.plays[arm], e, decide);
        if (canonical(spell(again).deeds) !== canonical(spell(episode).deeds)) {
          mismatches.push(`${arm} episode ${e}: the transcript's answers give other actions`);
        }
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        mismatches.push(error.message);
      }
      if (mismatches.length >= MOST_TOLD) return given;
    }
  }
  return given;
}
