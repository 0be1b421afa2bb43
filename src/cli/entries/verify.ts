import { pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { addRecord, boardOf, keeperOf, nextNumber } from "../../leaderboard/board.ts";
import { drawNumber, readKey } from "../../leaderboard/keys.ts";
import { type OpenEntry, openEntry } from "../../leaderboard/open.ts";
import { gameOf } from "../../leaderboard/standing.ts";
import { explain, statementOf, type Verification, verify } from "../../leaderboard/verify.ts";
import { openRegistry, type Registry } from "../../library/registry.ts";
import { DONE, INTERRUPTED, type Io, MISMATCH } from "../io.ts";
import { showProgress } from "../progress.ts";
import { wholeNumber } from "../runs/open.ts";

export interface VerifySettings {
  readonly retrain: string;
  readonly quick?: boolean;
  /** False: only the author's own figures are verified. */
  readonly track?: boolean;
  readonly nonce?: string;
  readonly jobs?: string;
  readonly key?: string;
  /** Executes files of the author's own, which lie in folders of plug-ins. */
  readonly runCode?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly plugins?: string[];
}

const SHOWN = 20;

/** masque verify */
export async function run(io: Io, [path]: readonly string[], options: VerifySettings): Promise<number> {
  const registry = openRegistry(options.plugins);
  return verifyEntry(io, await openEntry(path, registry), registry, options);
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
  if (options.key !== undefined && options.nonce !== undefined) {
    throw new InputError("--key: a keeper's number is drawn, not chosen. Leave out --nonce.");
  }
  const { code } = entry.file.claim;
  if (code.length > 0 && !options.quick && !options.runCode) {
    const files = code.map(({ file }) => file).join(", ");
    throw new InputError(
      `${entry.folder} needs code that is not Masque's: ${files}. Read it first: --run-code executes it, with all rights of this process.`,
    );
  }
  const nonce = options.nonce ?? drawNumber();
  if (!/^[\w-]{1,64}$/.test(nonce)) throw new InputError("--nonce: expected up to 64 letters, digits, _ and -.");
  const board = boardOf(entry.folder);
  const key = options.key === undefined ? undefined : readKey(options.key);
  const by = key && keeperOf(board, key);
  const named = entry.file.claim.track !== null && options.track !== false && !options.quick;
  const game = named ? gameOf(entry, registry, board.attacks) : undefined;
  const note = (text: string) => options.quiet || io.err(text);
  note(`entry ${entry.file.id.slice(0, 12)} "${entry.file.claim.name}"\n`);

  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  const progress = await showProgress(io, options.quiet === true);
  let result: Verification;
  try {
    result = await verify(entry, {
      registry,
      plugins: options.plugins,
      jobs: options.jobs === undefined ? undefined : wholeNumber("--jobs", options.jobs, 1, 1024),
      retrain,
      quick: options.quick,
      game,
      nonce,
      signal: interrupt.signal,
      onProgress: (phase, standing) =>
        progress.update({
          ...standing,
          running: standing.running.map((one) => ({ ...one, label: `${phase}: ${one.label}` })),
        }),
      note: (text) => progress.note(`${text}\n`),
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    io.err("Stopped; nothing was verified and nothing was written.\n");
    return INTERRUPTED;
  } finally {
    progress.stop();
    undo();
  }
  if (key && by !== undefined) {
    addRecord(entry.folder, statementOf(result, { by, number: nextNumber(board), game }), key);
  }
  io.out(options.json ? pretty(result) : account(result, options.quick === true, by));
  return result.ok ? DONE : MISMATCH;
}

/** The outcome for people. */
function account(result: Verification, quick: boolean, by: string | undefined): string {
  const { name, ok, cells, trainings, mismatches, nonce, standing, breaches } = result;
  if (!ok) {
    const lines = mismatches.slice(0, SHOWN).map((one) => `  ${explain(one)}\n`);
    const more = mismatches.length > SHOWN ? `  … and ${mismatches.length - SHOWN} more (--json lists them)\n` : "";
    return `"${name}" is NOT verified: ${mismatches.length} mismatch${mismatches.length === 1 ? "" : "es"}.\n${lines.join("")}${more}`;
  }
  if (quick)
    return `"${name}": aggregates are what its raw episodes give. Nothing was executed: this is no verification.\n`;
  const score = standing && `score ${standing.score.mean.toFixed(3)} on its track`;
  const where =
    score ?? (breaches.length > 0 ? `it may not enter its track: ${breaches[0]}` : "its track was not played");
  return (
    `"${name}" is verified: ${cells[0]} of ${cells[1]} evaluation cells and ${trainings[0]} of ${trainings[1]} trainings ` +
    `repeated, nothing differs; ${where} (number ${nonce}).\n${by === undefined ? "" : `Signed by ${by}.\n`}`
  );
}
