import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { InputError } from "./errors.ts";
import { parseJson } from "./json.ts";

const MAX_HEADER = 1 << 24;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,119}$/;

/**
 * Files in one, compressed by Brotli: eight bytes of header length, a JSON header of names and lengths, the files' bytes,
 * one after another. Names are sorted, so the same files are the same bytes.
 * @throws InputError for names that are no plain file names
 */
export function packArchive(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const names = [...files.keys()].sort();
  for (const name of names) {
    if (!NAME.test(name)) throw new InputError(`Archive: "${name.slice(0, 120)}" is no name of a file.`);
  }
  const header = new TextEncoder().encode(JSON.stringify(names.map((name) => [name, files.get(name)!.length])));
  const parts = [new Uint8Array(8), header, ...names.map((name) => files.get(name)!)];
  new DataView(parts[0].buffer).setBigUint64(0, BigInt(header.length), true);
  const bytes = Buffer.concat(parts);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotliCompressSync(bytes, { params });
}

/**
 * Reads what `packArchive` writes. Data only: nothing is written anywhere.
 * @param limit bytes that it may unpack to, at most
 * @param what names it in errors
 * @throws InputError for what does not unpack, unpacks to more, orwhose header does not account for all of it
 */
export function unpackArchive(packed: Uint8Array, limit: number, what: string): Map<string, Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = brotliDecompressSync(packed, { maxOutputLength: limit });
  } catch (error) {
    const isLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw new InputError(`${what} ${isLarge ? `unpacks to more than ${limit} bytes` : "does not unpack"}.`);
  }
  const length = bytes.length >= 8 ? new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true) : 0n;
  if (length < 2n || length > BigInt(Math.min(MAX_HEADER, bytes.length - 8))) {
    throw new InputError(`${what} is no archive: its header of ${length} bytes does not fit in it.`);
  }
  const start = 8 + Number(length);
  const header = parseJson(new TextDecoder().decode(bytes.subarray(8, start)), what);
  if (!Array.isArray(header)) throw new InputError(`${what} is no archive: its header is no list.`);
  const files = new Map<string, Uint8Array>();
  let at = start;
  for (const entry of header) {
    const [name, size] = Array.isArray(entry) && entry.length === 2 ? entry : [];
    if (typeof name !== "string" || !NAME.test(name) || files.has(name) || !(Number.isInteger(size) && size >= 0)) {
      throw new InputError(
        `${what}: its header has ${JSON.stringify(entry)?.slice(0, 120)}, expected a new name and a length.`,
      );
    }
    files.set(name, bytes.subarray(at, at + size));
    at += size;
  }
  if (at !== bytes.length) throw new InputError(`${what} has ${bytes.length} bytes; its header accounts for ${at}.`);
  return files;
}
