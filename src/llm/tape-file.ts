import { join } from "node:path";
import { canonical, sha256 } from "../data/canonical.ts";
import { readLimited, readText, writeAtomic } from "../data/files.ts";
import { masque } from "../data/package.ts";
import type { OpenGame } from "./game.ts";
import type { Played } from "./results.ts";
import { CALLS_FILE } from "./run.ts";
import { makeTape, parseTape, type Tape } from "./tape.ts";

export const TAPE_FILE = "tape.json";
const MAX_TAPE = 1 << 26;
const MAX_CALLS = 1 << 30;

/** Writes the tape of a finished game into its folder, where the transcript lies. */
export function writeTape(open: OpenGame, played: Played, folder: string, authors: readonly string[]): Tape {
  const text = readLimited(join(folder, CALLS_FILE), MAX_CALLS);
  const lines = new TextDecoder().decode(text).split("\n").slice(0, -1);
  const tokens = lines.map((line) => (JSON.parse(line) as { tokens: [number, number] }).tokens);
  const sum = (i: 0 | 1) => tokens.reduce((all, one) => all + one[i], 0);
  const calls = {
    calls: lines.length,
    tokens: [sum(0), sum(1)] as [number, number],
    bytes: text.length,
    sha256: sha256(text),
  };
  const tape = makeTape(open, played, { version: masque().version, authors, calls });
  writeAtomic(join(folder, TAPE_FILE), canonical(tape));
  return tape;
}

/** Reads a tape. @throws InputError for anything but a whole tape in its one spelling */
export const readTape = (file: string): Tape => parseTape(readText(file, MAX_TAPE), file);
