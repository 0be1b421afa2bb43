import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { canonical, pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { inLine } from "../../data/markup.ts";
import { masque } from "../../data/package.ts";
import { addRecord, keeperOf, nextNumber, openBoard, RECORDED } from "../../leaderboard/board.ts";
import { ENTRY_FILE } from "../../leaderboard/claim.ts";
import { readKey } from "../../leaderboard/keys.ts";
import { openRegistry, type Registry } from "../../library/registry.ts";
import { openBackend } from "../../llm/backend.ts";
import { byPeople, type OpenGame, openGame } from "../../llm/game.ts";
import { runGame } from "../../llm/run.ts";
import { spell, type Tape, tapeEpisodes } from "../../llm/tape.ts";
import { readTape, TAPE_FILE } from "../../llm/tape-file.ts";
import { checkTape, type TapeCheck } from "../../llm/verify.ts";
import { checkSeat } from "../../people/seat.ts";
import { number } from "../../report/text.ts";
import { DONE, INTERRUPTED, type Io, MISMATCH } from "../io.ts";

/** The file of a tape, where a path names one: a folder that holds it, a file beside it, or a file that is no entry's. */
export function tapeFile(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (found.isFile() && path.endsWith(".json")) return basename(path) === ENTRY_FILE ? undefined : path;
  const inside = join(found.isDirectory() ? path : dirname(path), TAPE_FILE);
  return existsSync(inside) ? inside : undefined;
}

/** `reproduced` where a model of the tape's weights did the same again; `recorded` where only the tape was played. */
export type Label = "recorded" | "reproduced";

export interface TapeVerdict extends TapeCheck {
  readonly tape: Tape;
  readonly label: Label;
}

/** Plays a tape again; and, where a model is at hand, lets that play too. */
export async function judgeTape(
  file: string,
  registry: Registry,
  options: { readonly backend?: string; readonly model?: string; readonly signal: AbortSignal },
): Promise<TapeVerdict> {
  const tape = readTape(file);
  const open = await openGame(tape.game, await registry.environment(tape.game.environment.id));
  checkSeat(open);
  const check = await checkTape(open, tape, dirname(file), options.signal);
  if (options.backend === undefined || check.mismatches.length > 0) return { ...check, tape, label: "recorded" };
  const mismatches = await reproduce(open, tape, { ...options, backend: options.backend });
  return { ...check, tape, mismatches, label: mismatches.length > 0 ? "recorded" : "reproduced" };
}

/** Plays the whole game with a model on this machine. @throws InputError unless its weights are those that the tape names */
async function reproduce(
  open: OpenGame,
  tape: Tape,
  { backend: path, model, signal }: { readonly backend: string; readonly model?: string; readonly signal: AbortSignal },
): Promise<string[]> {
  if (byPeople(tape.game)) throw new InputError("people played this; no backend can do the same again.");
  const [player, ...more] = Object.values(tape.game.players);
  if (more.some(({ weights }) => weights !== player.weights)) {
    throw new InputError("the tape was played by several models; one backend cannot reproduce it.");
  }
  if (player.weights === null) {
    throw new InputError("the tape names no weights: what a server played cannot be reproduced, only recorded.");
  }
  const backend = await openBackend(path, model ?? player.model);
  const folder = mkdtempSync(join(tmpdir(), "masque-tape-"));
  try {
    if (backend.weights !== player.weights) {
      return [
        `weights: the tape names ${player.weights}, the model here has ${backend.weights ?? "none that are known"}`,
      ];
    }
    const { played } = await runGame(open, backend, join(folder, "game"), { atOnce: 1, resume: false, signal });
    return open.arms.flatMap((arm) =>
      tapeEpisodes(tape, arm).flatMap((stated, e) =>
        canonical(spell(played[arm]![e]).deeds) === canonical(stated.deeds)
          ? []
          : [`${arm} episode ${e}: the model does something else`],
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await backend.close?.();
  }
}

/** masque verify, of a tape */
export async function verifyTape(
  io: Io,
  file: string,
  options: { key?: string; backend?: string; model?: string; json?: boolean; plugins?: string[] },
): Promise<number> {
  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  try {
    const verdict = await judgeTape(file, openRegistry(options.plugins), { ...options, signal: interrupt.signal });
    const { tape: _, played: __, ...rest } = verdict;
    const by = options.key === undefined ? undefined : sign(dirname(file), verdict, options.key);
    io.out(options.json ? pretty({ tape: verdict.tape.id, ...rest }) : account(file, verdict));
    if (by !== undefined && !options.json) io.out(`Signed by ${by}.\n`);
    return verdict.mismatches.length === 0 ? DONE : MISMATCH;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    io.err("Stopped; nothing was verified and nothing was written.\n");
    return INTERRUPTED;
  } finally {
    undo();
  }
}

/** States what was found, beside the tape. @returns the keeper's name @throws InputError unless it lies in a board */
function sign(folder: string, { tape, label, metrics, mismatches }: TapeVerdict, path: string): string {
  const parent = dirname(resolve(folder));
  if (basename(parent) !== RECORDED) {
    throw new InputError(`--key: expected a tape in a board, as in entries/${RECORDED}/NAME; got ${folder}.`);
  }
  const board = openBoard(dirname(parent));
  const key = readKey(path);
  const by = keeperOf(board, key);
  const found = mismatches.slice(0, 20).map((one) => one.slice(0, 2000));
  const machine = `${process.platform} ${process.arch}, node ${process.version}`;
  const said = { tape: tape.id, masque: masque().version, machine, label, metrics: { ...metrics }, mismatches: found };
  addRecord(folder, { kind: "recording", number: nextNumber(board), by, ...said }, key, board.keepers);
  return by;
}

function account(file: string, verdict: TapeVerdict): string {
  const { tape, mismatches, label, episodes, decisions, prompts, answers, metrics } = verdict;
  const players = Object.entries(tape.game.players).map(([role, { model }]) => `${role} by ${model}`);
  const head = `tape ${tape.id.slice(0, 12)}: ${tape.game.environment.id}, ${inLine(players.join(", "))}\n`;
  if (mismatches.length > 0) {
    return `${head}${basename(file) === TAPE_FILE ? dirname(file) : file} is NOT verified.\n${mismatches.map((one) => `  ${inLine(one)}\n`).join("")}`;
  }
  const people = byPeople(tape.game);
  const transcript =
    answers === null
      ? "; no transcript lies beside it"
      : `; ${answers} answers of the transcript give the recorded actions`;
  const said = people ? "" : transcript;
  const proves =
    label === "reproduced"
      ? "reproduced: a model of these weights did the same again."
      : `recorded: the score follows from the actions; that ${people ? "a person" : "the model"} chose them is its author's word.`;
  const values = Object.entries(metrics!).map(([name, value]) => `${name} ${number(value)}`);
  return (
    `${head}${episodes} episodes played again, nothing differs: ${decisions} decisions, ${prompts} prompts made again${said}.\n` +
    `${values.join(", ")}\n${proves}\n`
  );
}
