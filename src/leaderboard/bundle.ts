import { lstatSync, rmSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { z } from "zod";
import { packArchive, unpackArchive } from "../data/archive.ts";
import { canonical, digest, sha256 } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { isMissing, list, readLimited, writeAtomic } from "../data/files.ts";
import { parseJson } from "../data/json.ts";
import { decodePolicy, encodePolicy, policyDigest } from "../policy/checkpoint.ts";
import type { PolicyData } from "../policy/data.ts";
import { type CellResult, cellResultSchema } from "../run/cell-result.ts";
import type { EntryFile, Evidence } from "./schema.ts";

const MAX_PACKED = 1 << 27;
/** Bytes of policies that an entry may hold, and of one policy's description. */
const MAX_UNPACKED = 1 << 28;
const MAX_META = 1 << 20;
const rawSchema = z.array(z.strictObject({ hash: z.string().regex(/^[0-9a-f]{64}$/), result: cellResultSchema }));

/** Writes raw results, packed, and policies under their digests, into an entry's folder; returns what names them. */
export function writeEvidence(
  folder: string,
  results: ReadonlyMap<string, CellResult>,
  policies: ReadonlyMap<string, PolicyData>,
): Evidence {
  const list = [...policies.keys()].sort();
  if (list.length > 0) writeAtomic(join(folder, archiveFile(list)), packPolicies(policies));
  const text = Buffer.from(canonical([...results].map(([hash, result]) => ({ hash, result }))));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  const raw = sha256(text);
  writeAtomic(join(folder, rawFile(raw)), brotliCompressSync(text, { params }));
  return {
    cells: { cells: results.size, bytes: text.length, sha256: raw },
    policies: list,
  };
}

/** Named by its contents: an entry that is being changed names the old file until the new one is whole. */
function rawFile(digest: string): string {
  return `cells-${digest.slice(0, 16)}.json.br`;
}

/** Policies lie in one archive, named by the list of their digests. */
function archiveFile(list: readonly string[]): string {
  return `policies-${digest(list).slice(0, 16)}.br`;
}

function packPolicies(policies: ReadonlyMap<string, PolicyData>): Uint8Array {
  const files = new Map<string, Uint8Array>();
  for (const [name, data] of policies) {
    const { json, weights } = encodePolicy(data);
    files.set(`${name}.json`, new TextEncoder().encode(json));
    files.set(`${name}.safetensors`, weights);
  }
  return packArchive(files);
}

/** Removes raw files and archives that an entry no longer names. */
export function sweep(folder: string, { claim: { evidence } }: Pick<EntryFile, "claim">): void {
  const named = new Set([rawFile(evidence.cells.sha256), archiveFile(evidence.policies)]);
  for (const file of list(folder)) {
    const ours = /^cells-[0-9a-f]{16}\.json\.br$|^policies-[0-9a-f]{16}\.br$/.test(file);
    if (ours && !named.has(file)) rmSync(join(folder, file), { force: true });
  }
}

/**
 * Raw results of an entry, by cell.
 * @throws InputError when the file is missing, larger than stated, not the one stated, or holds something else
 */
export function readRaw(folder: string, { cells }: Evidence): Map<string, CellResult> {
  const path = inside(folder, rawFile(cells.sha256));
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

/** A policy of an entry, by digest. */
export type ReadPolicy = (digest: string) => PolicyData;

/**
 * Reads policies of an entry, from the archives that its evidence names. Each is unpacked and read when it is first needed, and
 * kept: a protocol may name one thousands of times.
 * @returns a reader @throws InputError when an archive or a policy is missing, damaged, or another than its name says
 */
export function policiesIn(folder: string, evidence: readonly Evidence[]): ReadPolicy {
  const unpacked = new Map<string, ReadonlyMap<string, Uint8Array>>();
  const archive = (list: readonly string[]) => {
    const name = archiveFile(list);
    if (!unpacked.has(name)) {
      const path = inside(folder, name);
      unpacked.set(name, unpackArchive(readLimited(path, MAX_PACKED), MAX_UNPACKED, path));
    }
    return unpacked.get(name)!;
  };
  const kept = new Map<string, PolicyData>();
  return (digest) => {
    const before = kept.get(digest);
    if (before) return before;
    const list = evidence.find(({ policies }) => policies.includes(digest))?.policies;
    if (!list) throw new InputError(`${folder}: the entry lists no policy ${digest}.`);
    const files = archive(list);
    const [json, weights] = ["json", "safetensors"].map((end) => files.get(`${digest}.${end}`));
    const base = join(folder, archiveFile(list), digest);
    if (!json || !weights) throw new InputError(`There is no file ${base}: the entry is not whole.`);
    if (json.length > MAX_META)
      throw new InputError(`${base}.json has ${json.length} bytes; expected at most ${MAX_META}.`);
    const data = decodePolicy(parseJson(new TextDecoder().decode(json), `${base}.json`), weights, base);
    const got = policyDigest(data);
    if (got !== digest)
      throw new InputError(`${base}.json is another policy than its name says: its digest is ${got}.`);
    kept.set(digest, data);
    return data;
  };
}

/** A path in an entry's folder that does not lead out of it. @throws InputError for a symbolic link. */
export function inside(folder: string, name: string): string {
  const path = join(folder, name);
  try {
    if (!lstatSync(path).isSymbolicLink()) return path;
  } catch (error) {
    if (isMissing(error))
      throw new InputError(
        `There is no file ${path}: this is no entry, or not all of one. masque submit RUN makes one.`,
      );
    throw new InputError(`Cannot read ${path}: ${(error as Error).message}.`);
  }
  throw new InputError(`${path} is a symbolic link; an entry holds its files itself.`);
}
