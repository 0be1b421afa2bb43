import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { InputError, StorageError, unknownName } from "../../data/errors.ts";
import { list } from "../../data/files.ts";
import { masque } from "../../data/package.ts";
import {
  ATTACK_FILE,
  addKeeper,
  addRecord,
  boardOf,
  keeperOf,
  nextNumber,
  openBoard,
  readAttack,
  saidOf,
} from "../../leaderboard/board.ts";
import { ENTRY_FILE, saveEntry } from "../../leaderboard/claim.ts";
import { makeKey, readKey } from "../../leaderboard/keys.ts";
import { openEntry, readEntryFile } from "../../leaderboard/open.ts";
import { restated } from "../../leaderboard/restate.ts";
import { makePages, readStandings, writeSite } from "../../leaderboard/site.ts";
import { openRegistry } from "../../library/registry.ts";
import { readTape, TAPE_FILE } from "../../llm/tape-file.ts";
import { DONE, type Io, MISMATCH } from "../io.ts";
import { confined, isConfined } from "./confined.ts";
import { mayConfine, verifyApart, verifyEntry } from "./verify.ts";

const ACTIONS = ["build", "verify", "keeper", "restate", "retract"];

interface Options {
  readonly out: string;
  readonly key?: string;
  readonly name?: string;
  readonly reason?: string;
  readonly all?: boolean;
  readonly runCode?: boolean;
  readonly jobs?: string;
  readonly quiet?: boolean;
  readonly plugins?: string[];
}

/** masque leaderboard */
export async function run(io: Io, [action, folder]: readonly string[], options: Options): Promise<number> {
  if (!ACTIONS.includes(action)) throw unknownName("action", action, ACTIONS);
  if (folder === undefined) throw new InputError(`leaderboard ${action}: which folder of entries? Give its path.`);
  if (action === "keeper") return keeper(io, folder, options);
  if (action === "retract") return retract(io, folder, options);
  if (action === "restate") return restateAll(io, folder, options);
  return action === "verify" ? verifyAll(io, folder, options) : build(io, folder, options);
}

/** Ranks and draws what keepers verified. What cannot be shown is listed, and stops nothing. */
async function build(io: Io, folder: string, options: Options): Promise<number> {
  const standings = await readStandings(folder, openRegistry(options.plugins));
  writeSite(options.out, makePages(standings));
  for (const { folder, why } of standings.problems) io.err(`${folder}: not shown: ${why}\n`);
  const stale = standings.tracks.flatMap(({ entries }) => entries).filter((one) => one.stale).length;
  if (stale > 0) io.err(`${stale} to be verified by a keeper: masque leaderboard verify ${folder} --key …\n`);
  io.out(`${join(options.out, "index.html")}\n`);
  return DONE;
}

/** Verifies all entries that no keeper has, or that have not met what the board accepted since. */
async function verifyAll(io: Io, folder: string, options: Options): Promise<number> {
  const key = isConfined ? undefined : needed(options.key, "--key", "the file of a keeper's key");
  if (options.runCode && mayConfine()) return verifyAllApart(io, folder, { ...options, key });
  const registry = openRegistry(options.plugins);
  const { tracks, problems } = await readStandings(folder, registry);
  for (const { folder, why } of problems) io.err(`${folder}: not verified: ${why}\n`);
  const all = tracks.flatMap(({ entries }) => entries).filter((one) => options.all || one.stale);
  if (isConfined) {
    for (const { entry } of all) io.out(`${basename(entry.folder)}\n`);
    return DONE;
  }
  let worst = DONE;
  for (const { entry } of all) {
    try {
      const code = await verifyEntry(io, entry, registry, { retrain: "each", ...options, key });
      if (code !== DONE && code !== MISMATCH) return code;
      worst = Math.max(worst, code);
    } catch (error) {
      // One entry that cannot be verified must not keep the others from it.
      if (error instanceof StorageError) throw error;
      io.err(`${entry.folder}: not verified: ${(error as Error).message}\n`);
      worst = MISMATCH;
    }
  }
  if (all.length === 0) io.out("Nothing is to be verified.\n");
  return worst;
}

/** The same where authors' code is executed: one confined process says which entries there are to do, then one does each. */
async function verifyAllApart(io: Io, folder: string, options: Options): Promise<number> {
  const { plugins, all, jobs: _, ...more } = options;
  const names: string[] = [];
  const onLine = (line: string) => names.push(line);
  const args = ["leaderboard", "verify", resolve(folder), "--run-code", ...(all ? ["--all"] : [])];
  const code = await confined(args, { board: folder, plugins, onLine });
  if (code !== DONE) return code;
  let worst = DONE;
  for (const name of list(folder).filter((name) => names.includes(name))) {
    try {
      const code = await verifyApart(io, join(folder, name), { retrain: "each", ...more, plugins });
      if (code !== DONE && code !== MISMATCH) io.err(`${join(folder, name)}: not verified.\n`);
      worst = code === DONE ? worst : MISMATCH;
    } catch (error) {
      if (error instanceof StorageError) throw error;
      io.err(`${join(folder, name)}: not verified: ${(error as Error).message}\n`);
      worst = MISMATCH;
    }
  }
  if (names.length === 0) io.out("Nothing is to be verified.\n");
  return worst;
}

/** Makes a key where there is none, and names it as a keeper's. */
function keeper(io: Io, folder: string, options: Options): number {
  const path = needed(options.key, "--key", "where the private key lies, or is to lie");
  const name = needed(options.name, "--name", "what the keeper is called");
  const made = !existsSync(path);
  const key = made ? makeKey(path) : readKey(path);
  addKeeper(folder, name, key);
  io.out(`${join(folder, "keepers.json")}: ${name} ${key.public}\n`);
  if (made)
    io.err(`${path} holds the private key: whoever has it speaks for this board. It belongs into no repository.\n`);
  return DONE;
}

/**
 * Writes anew what verified entries state where this Masque reckons otherwise from their episodes, and signs that nothing else
 * of them changed: what was verified of them stands. Entries of authors' own code are left alone: it would run beside the key.
 */
async function restateAll(io: Io, folder: string, options: Options): Promise<number> {
  const key = readKey(needed(options.key, "--key", "the file of a keeper's key"));
  const registry = openRegistry();
  const board = openBoard(folder);
  const by = keeperOf(board, key);
  const names = list(folder).filter((name) => list(join(folder, name)).includes(ENTRY_FILE));
  if (names.length === 0) throw new InputError(`${folder} holds no entries: expected folders with an ${ENTRY_FILE}.`);
  let [restatements, worst] = [0, DONE];
  for (const name of names) {
    const at = join(folder, name);
    try {
      const { file } = readEntryFile(at);
      const { latest, restatedTo } = saidOf(at, file, board);
      const why =
        latest === null
          ? "no keeper of this board has verified it"
          : latest.mismatches.length > 0
            ? "a verification failed"
            : file.claim.code.length > 0 &&
              "it needs its author's code, which would run beside the key: its author has to submit it again";
      if (why) {
        io.err(`${at}: left as it is: ${why}.\n`);
        continue;
      }
      // What was restated by a Masque that reckoned otherwise than this one is told as it was again.
      const back = restatedTo === null ? null : { file, changed: [`as it was before ${restatedTo.slice(0, 12)}`] };
      const made = restated(await openEntry(at, registry)) ?? back;
      if (made === null) continue;
      const [entry, of] = [made.file.id, made === back ? restatedTo! : file.id];
      const changed = made.changed.slice(0, 200);
      // Signed first: should the entry not be written after it, it is restated the next time.
      const statement = { kind: "restatement", by, entry, of, masque: masque().version, changed } as const;
      addRecord(at, { ...statement, number: nextNumber(board) }, key, board.keepers);
      saveEntry(at, made.file);
      restatements++;
      io.out(`${name}: ${entry.slice(0, 12)}, was ${of.slice(0, 12)}: ${changed.join(", ")}\n`);
    } catch (error) {
      // One entry that cannot be restated must not keep the others from it.
      if (error instanceof StorageError) throw error;
      io.err(`${at}: not restated: ${(error as Error).message}\n`);
      worst = MISMATCH;
    }
  }
  if (restatements === 0 && worst === DONE) io.out("Nothing is to be restated.\n");
  return worst;
}

/** Withdraws an entry, an accepted attack or a recording, for good and with a reason. */
function retract(io: Io, folder: string, options: Options): number {
  const key = readKey(needed(options.key, "--key", "the file of a keeper's key"));
  const reason = needed(options.reason, "--reason", "why, in a sentence");
  const isAttack = existsSync(join(folder, ATTACK_FILE));
  const isTape = existsSync(join(folder, TAPE_FILE));
  const board = isAttack || isTape ? openBoard(dirname(dirname(folder))) : boardOf(folder);
  const of = isAttack
    ? readAttack(folder).file.id
    : isTape
      ? readTape(join(folder, TAPE_FILE)).id
      : readEntryFile(folder).file.id;
  const by = keeperOf(board, key);
  addRecord(folder, { kind: "retraction", number: nextNumber(board), by, of, reason }, key, board.keepers);
  io.out(`${folder} is withdrawn.\n`);
  return DONE;
}

function needed(value: string | undefined, option: string, what: string): string {
  if (value === undefined) throw new InputError(`${option}: expected ${what}.`);
  return value;
}
