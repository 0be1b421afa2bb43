import { resolve } from "node:path";
import { pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { parseJson } from "../../data/json.ts";
import { masque } from "../../data/package.ts";
import { addRecord, type Board, boardOf, keeperOf, nextNumber, type Said, saidOf } from "../../leaderboard/board.ts";
import { drawNumber, readKey } from "../../leaderboard/keys.ts";
import { type OpenEntry, openEntry, readEntryFile } from "../../leaderboard/open.ts";
import { type EntryFile, type VerificationStatement, verificationSchema } from "../../leaderboard/schema.ts";
import { gameOf } from "../../leaderboard/standing.ts";
import { statementOf, type Verification, verify } from "../../leaderboard/verify.ts";
import { openRegistry, type Registry } from "../../library/registry.ts";
import { DONE, INTERRUPTED, type Io, MISMATCH } from "../io.ts";
import { showProgress } from "../progress.ts";
import { wholeNumber } from "../runs/open.ts";
import { confined, isConfined, whyUnconfined } from "./confined.ts";
import { tapeFile, verifyTape } from "./verify-tape.ts";

export interface VerifySettings {
  readonly retrain: string;
  readonly quick?: boolean;
  /** False: only the author's own figures are verified. */
  readonly track?: boolean;
  readonly nonce?: string;
  readonly jobs?: string;
  readonly key?: string;
  /** Executes files of the author's own, which lie in folders of plug-ins: in a confined process where there can be one. */
  readonly runCode?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly plugins?: string[];
  /** Of a tape: what brings its model, and which. */
  readonly backend?: string;
  readonly model?: string;
}

/** Stands where a keeper's name would, in a statement that nobody signed. */
const UNSIGNED = "nobody";

/** masque verify */
export async function run(io: Io, [path]: readonly string[], options: VerifySettings): Promise<number> {
  const tape = tapeFile(path);
  if (tape !== undefined) return verifyTape(io, tape, options);
  if (options.runCode && !options.quick && readEntryFile(path).file.claim.code.length > 0 && mayConfine()) {
    return verifyApart(io, path, options);
  }
  const registry = openRegistry(options.plugins);
  return verifyEntry(io, await openEntry(path, registry), registry, options);
}

/** Verifies an entry in a process that may do no harm, and signs here what that one states, if it is of this entry. */
export async function verifyApart(io: Io, path: string, options: VerifySettings): Promise<number> {
  const { folder, file } = readEntryFile(path);
  const board = boardOf(resolve(folder));
  const { key, by } = signer(board, options);
  const { retrain, nonce = drawNumber(), track, quiet, plugins } = options;
  const args = ["verify", resolve(folder), "--run-code", "--retrain", retrain, "--nonce", nonce];
  const lines: string[] = [];
  const code = await confined([...args, ...(track === false ? ["--no-track"] : []), ...(quiet ? ["--quiet"] : [])], {
    board: board.folder,
    plugins,
    onLine: (line) => lines.push(line),
  });
  if (code !== DONE && code !== MISMATCH) return code;
  const last = lines.at(-1); // code may print what it likes before
  const parsed = verificationSchema.safeParse(last === undefined ? null : parseJson(last, "its statement"));
  if (!parsed.success || parsed.data.entry !== file.id || parsed.data.nonce !== nonce) {
    throw new InputError(
      `${folder}: what the confined process printed is no statement on this entry. Nothing was signed.`,
    );
  }
  const statement = { ...parsed.data, masque: masque().version, by: by ?? UNSIGNED, number: nextNumber(board) };
  if (key && by !== undefined) {
    refuseOtherReckoning(folder, file, statement, heard(folder, file, board), board);
    addRecord(folder, statement, key, board.keepers);
  }
  io.out(options.json ? pretty(statement) : account(file.claim.name, statement, { by }));
  return statement.mismatches.length === 0 ? DONE : MISMATCH;
}

/** Whether this process is to hand code of strangers to a confined one. */
export const mayConfine = (): boolean => !isConfined && whyUnconfined() === undefined;

/** Who signs, where there is a key. @throws InputError for a key that is no keeper's of the board. */
function signer(board: Board, options: Pick<VerifySettings, "key" | "nonce">) {
  if (options.key === undefined) return {};
  if (options.nonce !== undefined)
    throw new InputError("--key: a keeper's number is drawn, not chosen. Leave out --nonce.");
  const key = readKey(options.key);
  return { key, by: keeperOf(board, key) };
}

/** Verifies one entry, tells of it, and signs what was found where a keeper's key is given. */
export async function verifyEntry(
  io: Io,
  entry: OpenEntry,
  registry: Registry,
  options: VerifySettings,
): Promise<number> {
  const { retrain: wanted } = options;
  const retrain = wanted === "all" || wanted === "each" ? wanted : wholeNumber("--retrain", wanted, 0, 1e6);
  if (options.key !== undefined && options.quick) {
    throw new InputError("--key: a quick look is no verification. Leave out --quick.");
  }
  const { code } = entry.file.claim;
  if (code.length > 0 && !options.quick && !options.runCode) {
    const files = code.map(({ file }) => file).join(", ");
    throw new InputError(
      `${entry.folder} needs code that is not Masque's: ${files}. Read it first: --run-code executes it.`,
    );
  }
  const nonce = options.nonce ?? drawNumber();
  if (!/^[\w-]{1,64}$/.test(nonce)) throw new InputError("--nonce: expected up to 64 letters, digits, _ and -.");
  const board = boardOf(entry.folder);
  const { key, by } = signer(board, options);
  const said = heard(entry.folder, entry.file, board);
  const named = entry.file.claim.track !== null && options.track !== false && !options.quick;
  const game = named ? gameOf(entry, registry, board.attacks) : undefined;
  const note = (text: string) => options.quiet || io.err(text);
  note(`entry ${entry.file.id.slice(0, 12)} "${entry.file.claim.name}"\n`);

  const free = code.length > 0 && !options.quick && !isConfined;
  let unconfined = free
    ? `Not confined: authors' code runs with all rights of this process (${whyUnconfined()}).\n`
    : "";
  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  const progress = await showProgress(io, options.quiet === true);
  let result: Verification;
  try {
    result = await verify(entry, {
      registry,
      plugins: options.plugins,
      jobs: isConfined ? 1 : options.jobs === undefined ? undefined : wholeNumber("--jobs", options.jobs, 1, 1024),
      retrain,
      quick: options.quick,
      game,
      nonce,
      origin: said?.origin,
      signal: interrupt.signal,
      onProgress: (phase, standing) =>
        progress.update({
          ...standing,
          phase,
          running: standing.running.map((one) => ({ ...one, label: `${phase}: ${one.label}` })),
        }),
      note(text) {
        // The first thing that is noted is that the entry is whole: what follows executes it.
        if (unconfined) io.err(unconfined);
        unconfined = "";
        progress.note(`${text}\n`);
      },
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    io.err("Stopped; nothing was verified and nothing was written.\n");
    return INTERRUPTED;
  } finally {
    progress.stop();
    undo();
  }
  const track = game ? { name: game.track.name, digest: game.track.digest } : null;
  const statement = statementOf(result, { by: by ?? UNSIGNED, number: key ? nextNumber(board) : 1, track });
  if (key) {
    refuseOtherReckoning(entry.folder, entry.file, statement, said, board);
    addRecord(entry.folder, statement, key, board.keepers);
  }
  if (isConfined) io.out(`${JSON.stringify(statement)}\n`);
  else {
    const told = { by, total: result.mismatches.length, quick: options.quick };
    io.out(options.json ? pretty(result) : account(result.name, statement, told));
  }
  return result.ok ? DONE : MISMATCH;
}

/** What keepers said of an entry; null where their records are damaged, which stops nobody from looking for himself. */
function heard(folder: string, file: EntryFile, board: Board): Said | null {
  try {
    return saidOf(folder, file, board);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/**
 * A verified entry is not disputed because this Masque reckons otherwise from the same episodes.
 * @throws InputError where nothing else differs (what is reckoned is compared last)
 */
function refuseOtherReckoning(
  folder: string,
  { claim }: EntryFile,
  { mismatches }: VerificationStatement,
  said: Said | null,
  board: Board,
): void {
  if (said?.latest?.mismatches.length !== 0 || mismatches.length === 0) return;
  if (!mismatches.every((one) => /^(results|controls): /.test(one))) return;
  const way =
    claim.code.length > 0
      ? "It needs its author's code, and its author has to submit it again"
      : `First: masque leaderboard restate ${board.folder} --key …`;
  throw new InputError(
    `${folder} was verified, and this Masque reckons otherwise from its episodes: ${plain(mismatches[0])}. ${way}. Nothing was signed.`,
  );
}

/** Control characters out: what is told here may come from strangers, and must not steer a terminal. */
const plain = (text: string) => text.replace(/\p{C}/gu, "�");

/** The outcome for people. */
function account(
  name: string,
  { cells, trainings, mismatches, nonce, standing, breaches }: VerificationStatement,
  { by, total = mismatches.length, quick = false }: { by?: string; total?: number; quick?: boolean },
): string {
  if (mismatches.length > 0) {
    const lines = mismatches.map((one) => `  ${plain(one)}\n`);
    const more = total > mismatches.length ? `  … and ${total - mismatches.length} more (--json lists them)\n` : "";
    return `"${name}" is NOT verified: ${total} mismatch${total === 1 ? "" : "es"}.\n${lines.join("")}${more}`;
  }
  if (quick)
    return `"${name}": aggregates are what its raw episodes give. Nothing was executed: this is no verification.\n`;
  const score = standing && `score ${standing.score.mean.toFixed(3)} on its track`;
  const where =
    score ?? (breaches.length > 0 ? `it may not enter its track: ${plain(breaches[0])}` : "its track was not played");
  return (
    `"${name}" is verified: ${cells[0]} of ${cells[1]} evaluation cells and ${trainings[0]} of ${trainings[1]} trainings ` +
    `repeated, nothing differs; ${where} (number ${nonce}).\n${by === undefined ? "" : `Signed by ${by}.\n`}`
  );
}
