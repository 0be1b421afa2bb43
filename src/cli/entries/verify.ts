import { randomBytes } from "node:crypto";
import { pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { saveEntry } from "../../leaderboard/claim.ts";
import { openEntry } from "../../leaderboard/open.ts";
import { type EntryFile, statusOf } from "../../leaderboard/schema.ts";
import { explain, recordOf, type Verification, verify } from "../../leaderboard/verify.ts";
import { openRegistry } from "../../library/registry.ts";
import { DONE, INTERRUPTED, type Io, MISMATCH } from "../io.ts";
import { showProgress } from "../progress.ts";
import { wholeNumber } from "../runs/open.ts";

interface Options {
  readonly retrain: string;
  readonly quick?: boolean;
  readonly nonce?: string;
  readonly jobs?: string;
  readonly record?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly plugins?: string[];
}

const SHOWN = 20;

/** masque verify */
export async function run(io: Io, [path]: readonly string[], options: Options): Promise<number> {
  const { retrain: wanted } = options;
  const retrain = wanted === "all" || wanted === "each" ? wanted : wholeNumber("--retrain", wanted, 0, 1e6);
  if (options.record !== undefined && options.quick) {
    throw new InputError("--record: a quick look is no verification. Leave out --quick.");
  }
  const nonce = options.nonce ?? randomBytes(8).toString("hex");
  if (!/^[\w-]{1,64}$/.test(nonce)) throw new InputError("--nonce: expected up to 64 letters, digits, _ and -.");
  const registry = openRegistry(options.plugins);
  const entry = await openEntry(path, registry);
  const note = (text: string) => options.quiet || io.err(text);
  note(`entry ${entry.file.id.slice(0, 12)} "${entry.file.claim.name}", ${entry.file.status}\n`);

  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  const progress = await showProgress(io, options.quiet === true);
  let result: Verification;
  try {
    result = await verify(entry, {
      registry,
      plugins: options.plugins,
      jobs: options.jobs === undefined ? undefined : wholeNumber("-j", options.jobs, 1, 1024),
      retrain,
      quick: options.quick,
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
  if (options.record !== undefined) {
    const records = [...entry.file.records, recordOf(result, options.record)];
    const file: EntryFile = { ...entry.file, records };
    saveEntry(entry.folder, { ...file, status: statusOf(file) });
  }
  io.out(options.json ? pretty(result) : account(result, options.quick === true));
  return result.ok ? DONE : MISMATCH;
}

/** The outcome for people. */
function account(result: Verification, quick: boolean): string {
  const { name, ok, cells, trainings, mismatches, nonce } = result;
  if (!ok) {
    const lines = mismatches.slice(0, SHOWN).map((one) => `  ${explain(one)}\n`);
    const more = mismatches.length > SHOWN ? `  … and ${mismatches.length - SHOWN} more (--json lists them)\n` : "";
    return `"${name}" is NOT verified: ${mismatches.length} mismatch${mismatches.length === 1 ? "" : "es"}.\n${lines.join("")}${more}`;
  }
  if (quick)
    return `"${name}": aggregates are what its raw episodes give. Nothing was executed: this is no verification.\n`;
  return (
    `"${name}" is verified: ${cells[0]} of ${cells[1]} evaluation cells and ${trainings[0]} of ${trainings[1]} trainings ` +
    `repeated, nothing differs (--nonce ${nonce} draws the same sample).\n`
  );
}
