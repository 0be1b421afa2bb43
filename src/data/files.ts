import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { sha256 } from "./canonical.ts";
import { InputError, StorageError } from "./errors.ts";
import { parseJson } from "./json.ts";

const HOST = sha256(hostname()).slice(0, 8);
// Begins anywhere: containers may share their machine's name, and count their processes from 1 each.
let written = Number(process.hrtime.bigint() % 1_000_000_000n);

/** Whether this process runs under Node's permission model. */
const PERMITTED = "permission" in process && process.permission !== undefined;

/**
 * Writes a file so that others see the old content or all of the new one, whatever happens meanwhile: a temporary file
 * beside it, fsync, rename. (After a power cut the rename itself may be missing: then the old content is there.)
 * @throws InputError where this place cannot be written; StorageError where it could, but not now: the old content stays
 */
export function writeAtomic(path: string, data: string | Uint8Array): void {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${HOST}-${process.pid}-${written++}.tmp`);
  let file: number | undefined;
  try {
    file = openSync(temporary, "wx");
    const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    // A process under Node's permission model may not, and what it writes is thrown away with it.
    if (!PERMITTED) fsyncSync(file);
    closeSync(file);
    file = undefined;
    renameSync(temporary, path);
  } catch (error) {
    if (file !== undefined) closeSync(file);
    rmSync(temporary, { force: true });
    throw explainWriting(path, error as NodeJS.ErrnoException);
  }
}

const FULL: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the quota of this user is used up",
  EFBIG: "the file would be larger than this process may write",
};
const CLOSED: Readonly<Record<string, string>> = {
  EACCES: "no permission to write there",
  EPERM: "no permission to write there",
  EROFS: "the file system is read-only",
};

/** What went wrong with writing, and what to do. */
export function explainWriting(path: string, { code = "", message }: NodeJS.ErrnoException): Error {
  if (CLOSED[code]) return new InputError(`Cannot write ${path}: ${CLOSED[code]} (${code}). Choose another place.`);
  const reason = FULL[code] ? `${FULL[code]} (${code}). Make room` : `${message}. Mend that`;
  return new StorageError(`Cannot write ${path}: ${reason} and go on from here: what was written before is whole.`);
}

/** Removes temporary files that killed processes of this machine left behind. */
export function sweepTemporary(folder: string): void {
  for (const name of list(folder)) {
    const match = /\.([0-9a-f]{8})-(\d+)-\d+\.tmp$/.exec(name);
    if (match && match[1] === HOST && !isRunning(Number(match[2]))) rmSync(join(folder, name), { force: true });
  }
}

/** Whether a process of this machine, other than this one, is alive. */
export function isRunning(pid: number): boolean {
  if (pid === process.pid) return false; // Called before this process writes: such a file is an earlier namesake's.
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  // Whoever was killed, and whose new parent has not yet taken note of it, still has a number, but writes nothing more.
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true; // no such list of processes here
  }
}

/** Names in a folder, in order; none when it is not there. */
export function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException)?.code;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Level by level: Node's own `recursive` never returns where the file system says ENOENT below a folder that is there. */
function makeFolders(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(folder) !== folder) makeFolders(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process was quicker.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** @throws InputError where the folder cannot be made or written. */
export function makeFolder(folder: string): void {
  try {
    makeFolders(resolve(folder));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined && FULL[code]) throw explainWriting(folder, error as NodeJS.ErrnoException);
    throw new InputError(`Cannot make the folder ${folder}: ${message}. Choose another place.`);
  }
}

/**
 * Reads a file of at most `limit` bytes.
 * @throws InputError when it is missing, no plain file, or larger.
 */
export function readLimited(path: string, limit: number): Uint8Array {
  let size: number;
  try {
    const stat = statSync(path);
    if (!stat.isFile())
      throw new InputError(`${path} is ${stat.isDirectory() ? "a folder" : "no plain file"}; expected a file.`);
    size = stat.size;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      isMissing(error) ? `There is no file ${path}.` : `Cannot read ${path}: ${(error as Error).message}.`,
    );
  }
  if (size > limit) throw new InputError(`${path} has ${size} bytes; expected at most ${limit}.`);
  try {
    return readAtMost(path, size, limit);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`Cannot read ${path}: ${(error as Error).message}.`);
  }
}

/** Reads to the end, whatever size was stated: some files state none, and others grow. */
function readAtMost(path: string, size: number, limit: number): Uint8Array {
  const file = openSync(path, "r");
  try {
    let bytes = Buffer.allocUnsafe(Math.min(limit, Math.max(size, 4096)) + 1);
    for (let at = 0; ; ) {
      const taken = readSync(file, bytes, at, bytes.length - at, null);
      at += taken;
      if (at > limit) throw new InputError(`${path} has more than ${limit} bytes; expected at most so many.`);
      if (taken === 0) return bytes.subarray(0, at);
      if (at === bytes.length)
        bytes = Buffer.concat([bytes, Buffer.allocUnsafe(Math.min(bytes.length, limit + 1 - at))]);
    }
  } finally {
    closeSync(file);
  }
}

/** A text file as it is. @throws InputError, besides the cases of `readLimited`, for what is no UTF-8 text. */
export function readText(path: string, limit: number): string {
  const bytes = readLimited(path, limit);
  try {
    if (bytes.includes(0)) throw new TypeError("NUL");
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InputError(`${path} is no text file (it holds bytes that are not UTF-8 text).`);
  }
}

/** A JSON file. @throws InputError also for what is no JSON, or holds a key twice. */
export function readJson(path: string, limit: number): unknown {
  return parseJson(readText(path, limit), path);
}
