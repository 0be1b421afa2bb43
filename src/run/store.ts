import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { digest, sha256, toJson } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { list, makeFolder, readJson, sweepTemporary, writeAtomic } from "../data/files.ts";
import type { PolicyData } from "../policy/data.ts";
import { keepPolicies, keptPolicies } from "../policy/kept.ts";
import { makeCellCache } from "./cell-cache.ts";
import { type CellResult, cellResultSchema, sha, type TrainResult } from "./cell-result.ts";

/** Most bytes of a cell's file where no plan says how large its cells can be. */
const MAX_CELL = 1 << 29;
const cellFile = z.strictObject({
  hash: sha,
  label: z.string(),
  spec: z.unknown(),
  result: cellResultSchema,
  /** Digest of spec and result: tells a damaged file. */
  digest: sha,
});

/** A run's folder on disk. */
export interface Store {
  readonly folder: string;
  has(hash: string): boolean;
  /**
   * A cell's result; undefined when it has not been computed. Others may hold the same object: it must not be changed.
   * @throws InputError when the file is damaged
   */
  read(hash: string): CellResult | undefined;
  write(hash: string, label: string, spec: unknown, result: CellResult): void;
  /** Policies of a training, checked against the digests in its result. @throws InputError if missing or damaged. */
  readPolicies(training: string, result: TrainResult): Record<string, PolicyData>;
  /** Writes a training's policies; returns their digests. They must be there before the cell that names them. */
  writePolicies(training: string, policies: Readonly<Record<string, PolicyData>>): Record<string, string>;
  /** Writes a file of the run atomically. */
  file(name: string, data: string | Uint8Array): void;
}

/** Opens (does not make) the folder of a run; `most` is how many bytes the file of a cell can have. */
export function openStore(folder: string, most: (hash: string) => number = () => MAX_CELL): Store {
  const cellPath = (hash: string) => join(folder, "cells", `${hash}.json`);
  const policyBase = (training: string) => (role: string) =>
    join(folder, "policies", `${training.slice(0, 16)}-${role}`);
  const cached = makeCellCache();
  return {
    folder,
    has: (hash) => existsSync(cellPath(hash)),
    read(hash) {
      const path = cellPath(hash);
      return cached(path, () => readCell(path, hash, most(hash)));
    },
    write(hash, label, spec, result) {
      const plain = { spec: toJson(spec), result: toJson(result) };
      const file = { hash, label, ...plain, digest: digest(plain) };
      writeAtomic(cellPath(hash), `${JSON.stringify(file)}\n`);
    },
    readPolicies: (training, { policies }) => keptPolicies(policyBase(training), policies),
    writePolicies: (training, policies) => keepPolicies(policyBase(training), policies),
    file: (name, data) => writeAtomic(join(folder, name), data),
  };
}

function readCell(path: string, hash: string, most: number): CellResult {
  const parsed = cellFile.safeParse(readJson(path, most));
  if (!parsed.success) throw new InputError(`${path} is no cell: ${parsed.error.issues[0].message}.`);
  const { spec, result } = parsed.data;
  if (parsed.data.hash !== hash || digest(spec) !== hash || parsed.data.digest !== digest({ spec, result })) {
    throw new InputError(`${path} is damaged: its contents do not have the digest it states.`);
  }
  return result;
}

/** Makes the folders of a run where they are missing and clears away what killed processes left half written. */
export function prepareStore(folder: string, most?: (hash: string) => number): Store {
  for (const part of ["", "cells", "policies"]) {
    makeFolder(join(folder, part));
    sweepTemporary(join(folder, part));
  }
  return openStore(folder, most);
}

/** Whether a folder is missing or empty, so that a run may begin there. */
export function isFree(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0;
}

/** Digest of the lock file beside the package, or null where it is not shipped. */
export function lockHash(root: string): string | null {
  const name = list(root).find((file) => file === "package-lock.json");
  return name ? sha256(JSON.stringify(readJson(join(root, name), 1 << 26))) : null;
}
