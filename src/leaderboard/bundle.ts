import { lstatSync, rmSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { z } from "zod";
import { canonical, sha256 } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { isMissing, list, makeFolder, readLimited, writeAtomic } from "../data/files.ts";
import { parseJson } from "../data/json.ts";
import { loadPolicy, policyDigest, savePolicy } from "../policy/checkpoint.ts";
import type { PolicyData } from "../policy/data.ts";
import { type CellResult, cellResultSchema } from "../run/cell-result.ts";
import type { Evidence } from "./schema.ts";

/** Which of an entry's cells: those of its claim, or those that external attacks added. */
export type RawName = "cells" | "external";

const MAX_PACKED = 1 << 27;
const rawSchema = z.array(z.strictObject({ hash: z.string().regex(/^[0-9a-f]{64}$/), result: cellResultSchema }));

/** Writes raw results, packed, and policies under their digests, into an entry's folder; returns what names them. */
export function writeEvidence(
  folder: string,
  name: RawName,
  results: ReadonlyMap<string, CellResult>,
  policies: ReadonlyMap<string, PolicyData>,
): Evidence {
  makeFolder(join(folder, "policies"));
  for (const [digest, data] of policies) savePolicy(join(folder, "policies", digest), data);
  const text = Buffer.from(canonical([...results].map(([hash, result]) => ({ hash, result }))));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  const digest = sha256(text);
  writeAtomic(join(folder, rawFile(name, digest)), brotliCompressSync(text, { params }));
  return {
    cells: { cells: results.size, bytes: text.length, sha256: digest },
    policies: [...policies.keys()].sort(),
  };
}

/** Named by its contents: an entry that is being changed names the old file until the new one is whole. */
function rawFile(name: RawName, digest: string): string {
  return `${name}-${digest.slice(0, 16)}.json.br`;
}

/** Removes raw files that an entry no longer names. */
export function sweepRaw(folder: string, name: RawName, { cells }: Evidence): void {
  for (const file of list(folder)) {
    if (!new RegExp(`^${name}-[0-9a-f]{16}\\.json\\.br$`).test(file) || file === rawFile(name, cells.sha256)) continue;
    rmSync(join(folder, file), { force: true });
  }
}

/**
 * Raw results of an entry, by cell.
 * @throws InputError when the file is missing, larger than stated, not the one stated, or holds something else
 */
export function readRaw(folder: string, name: RawName, { cells }: Evidence): Map<string, CellResult> {
  const path = inside(folder, rawFile(name, cells.sha256));
  const packed = readLimited(path, MAX_PACKED);
  let bytes: Uint8Array;
  try {
    bytes = brotliDecompressSync(packed, { maxOutputLength: cells.bytes });
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "unpacks to more" : "does not unpack";
    throw new InputError(`${path} ${why}; expected the ${cells.bytes} bytes that the entry states.`);
  }
  const got = sha256(bytes);
  if (bytes.length !== cells.bytes || got !== cells.sha256) {
    throw new InputError(`${path} is not what the entry states: its SHA-256 is ${got}, expected ${cells.sha256}.`);
  }
  const parsed = rawSchema.safeParse(parseJson(new TextDecoder().decode(bytes), path));
  if (!parsed.success) {
    const [{ path: where, message }] = parsed.error.issues;
    throw new InputError(`${path}: ${where.map(String).join(".")}: ${message}.`);
  }
  const results = new Map(parsed.data.map(({ hash, result }) => [hash, result]));
  if (results.size !== parsed.data.length || results.size !== cells.cells) {
    throw new InputError(`${path} holds ${results.size} cells; expected ${cells.cells}, each once.`);
  }
  return results;
}

/** A policy of an entry. @throws InputError when it is missing, damaged, or another than its name says. */
export function readPolicy(folder: string, digest: string): PolicyData {
  inside(folder, "policies");
  const base = join(folder, "policies", digest);
  for (const end of ["json", "safetensors"]) inside(folder, `policies/${digest}.${end}`);
  const data = loadPolicy(base);
  const got = policyDigest(data);
  if (got !== digest) throw new InputError(`${base}.json is another policy than its name says: its digest is ${got}.`);
  return data;
}

/** A path in an entry's folder that does not lead out of it. @throws InputError for a symbolic link. */
export function inside(folder: string, name: string): string {
  const path = join(folder, name);
  try {
    if (!lstatSync(path).isSymbolicLink()) return path;
  } catch (error) {
    if (isMissing(error)) throw new InputError(`There is no file ${path}: the entry is not whole.`);
    throw new InputError(`Cannot read ${path}: ${(error as Error).message}.`);
  }
  throw new InputError(`${path} is a symbolic link; an entry holds its files itself.`);
}
