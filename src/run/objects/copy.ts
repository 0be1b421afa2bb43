import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../data/errors.ts";
import { list, makeFolder, writeAtomic } from "../../data/files.ts";
import { parseJson } from "../../data/json.ts";
import { mostBytes } from "../cell-result.ts";
import { type Manifest, readManifest } from "../folder.ts";
import { readHost } from "../host.ts";
import type { Cell } from "../plan.ts";
import type { Run } from "../run.ts";
import { refuseMixedKinds } from "../work/hosts.ts";
import type { Bucket } from "./bucket.ts";

// A run in a bucket has the files of a run's folder, under the same names. Nobody works there: every machine has a folder of its
// own, brings there what it needs, and takes back what it made. Names come from the plan or fit what they must be, and what is
// brought is read as any stranger's file is.

/** What a worker that was killed at the very beginning leaves. */
const STARTED = /^(cells|policies|hosts|host\.json|.*\.tmp)$/;

/** Bytes of a file that says what a run is, or who worked on it; of a policy's; of a cell's checkpoints, all together. */
export const MOST = { small: 1 << 24, policy: 1 << 28, checkpoints: 1 << 28 };

/** Policies that the benchmark brings along: of stored attacks and defences, and what learners start from (λ has a point). */
const BROUGHT =
  /^policies\/stored-[a-z0-9-]+(\.[0-9]+(e-[0-9]+)?)?(\.from(-defender|-attacker)?)?\.[A-Za-z][\w-]*\.(json|safetensors)$/;
const HOST = /^hosts\/[a-z0-9][a-z0-9-]{0,99}\.json$/;

/** Copies an object into the folder; false where there is none. */
export async function bring(bucket: Bucket, folder: string, name: string, most: number): Promise<boolean> {
  const found = await bucket.get(name, most);
  if (!found) return false;
  makeFolder(join(folder, name, ".."));
  writeAtomic(join(folder, name), found.bytes);
  return true;
}

/** Copies a file of the folder into the bucket; where it must not be there yet, one that is stays. */
export async function take(bucket: Bucket, folder: string, name: string, fresh = false): Promise<void> {
  await bucket.put(name, readFileSync(join(folder, name)), fresh ? { absent: true } : undefined);
}

/**
 * Puts a prepared run into a bucket, for workers.
 * @throws InputError where another one is there
 */
export async function putRun(bucket: Bucket, folder: string): Promise<void> {
  if (await checkRun(bucket, readManifest(folder))) return checkCode(bucket, folder);
  const brought = list(join(folder, "policies")).map((name) => `policies/${name}`);
  for (const name of brought.filter((one) => BROUGHT.test(one))) await take(bucket, folder, name);
  await take(bucket, folder, "host.json");
  // Last: a place with a manifest is a run.
  await take(bucket, folder, "manifest.json", true);
  // Somebody else may have put another one there meanwhile.
  await checkRun(bucket, readManifest(folder));
  await checkCode(bucket, folder);
}

/**
 * Makes the folder of a worker from a run in a bucket, or sees that the one that is there is of the same run.
 * @throws InputError where there is none, or another one
 */
export async function bringRun(bucket: Bucket, folder: string): Promise<void> {
  if (existsSync(join(folder, "manifest.json"))) {
    if (await checkRun(bucket, readManifest(folder))) return;
    throw noRun(bucket);
  }
  const foreign = list(folder).filter((name) => !STARTED.test(name));
  if (foreign.length > 0)
    throw new InputError(`${folder} is not empty and holds no run. Choose another folder for the worker.`);
  const manifest = await bucket.get("manifest.json", MOST.small);
  if (!manifest) throw noRun(bucket);
  for (const part of ["", "cells", "policies"]) makeFolder(join(folder, part));
  const { objects } = await bucket.list("policies/stored-");
  for (const name of objects.keys()) if (BROUGHT.test(name)) await bring(bucket, folder, name, MOST.policy);
  if (!(await bring(bucket, folder, "host.json", MOST.small))) throw noRun(bucket);
  // Last: a folder with a manifest is a run.
  writeAtomic(join(folder, "manifest.json"), manifest.bytes);
}

/** What a place says where none is. */
export const noRun = ({ place }: Bucket): InputError =>
  new InputError(`${place} holds no run. Make one: masque run BENCHMARK --out FOLDER --prepare --store ${place}.`);

/** Whether the run is there. @throws InputError where another one is */
export async function checkRun(
  bucket: Bucket,
  own: Pick<Manifest, "hash"> & { readonly versions: Pick<Manifest["versions"], "masque"> },
): Promise<boolean> {
  const found = await bucket.get("manifest.json", MOST.small);
  if (!found) return false;
  let theirs: Partial<Manifest> = {};
  try {
    theirs = JSON.parse(Buffer.from(found.bytes).toString("utf8"));
  } catch {
    // No manifest then, and not this run's.
  }
  if (theirs?.hash === own.hash && theirs.versions?.masque === own.versions.masque) return true;
  throw new InputError(
    `${bucket.place} holds another run (another benchmark, other settings, or another version of Masque). Choose another prefix, or another folder.`,
  );
}

/**
 * Tells others of a worker that begins: of two that begin at once, at least one sees the other.
 * @throws InputError where another kind of machine works on a run that does not allow it
 */
export async function announce(bucket: Bucket, run: Run, worker: string): Promise<void> {
  const name = `hosts/${worker}.json`;
  await take(bucket, run.store.folder, name);
  await bringHosts(bucket, run.store.folder);
  try {
    refuseMixedKinds(run, `${worker}.json`);
  } catch (error) {
    await bucket.remove(name);
    rmSync(join(run.store.folder, name), { force: true });
    throw error;
  }
}

const coded = z.looseObject({ sources: z.string() });

/** @throws InputError where the run in the bucket was begun with other code than the one in the folder */
export async function checkCode(bucket: Bucket, folder: string): Promise<void> {
  const found = await bucket.get("host.json", MOST.small);
  const text = Buffer.from(found?.bytes ?? []).toString("utf8");
  const { data } = coded.safeParse(found && parseJson(text, `${bucket.place}/host.json`));
  if (data?.sources === readHost(folder).sources) return;
  throw new InputError(
    `${bucket.place}: the code of the environment or of a baseline is another than when this run was put there; going on would mix ` +
      "two versions. Choose another prefix.",
  );
}

/** Brings what workers wrote of themselves. */
export async function bringHosts(bucket: Bucket, folder: string): Promise<void> {
  const { objects } = await bucket.list("hosts/");
  for (const [name, { size }] of objects)
    if (HOST.test(name) && size <= MOST.small) await bring(bucket, folder, name, MOST.small);
}

/** Names of the files of a training's policies. */
export function policyFiles({ store }: Run, training: string): string[] {
  const result = store.read(training);
  if (result?.kind !== "train") return [];
  return Object.keys(result.policies).flatMap((role) =>
    ["json", "safetensors"].map((end) => `policies/${training.slice(0, 16)}-${role}.${end}`),
  );
}

export const cellFile = (hash: string): string => `cells/${hash}.json`;

/** Puts a cell that was computed here there: policies first, so that whoever sees it sees all of it. */
export async function putCell(bucket: Bucket, run: Run, hash: string): Promise<void> {
  const { folder } = run.store;
  for (const name of policyFiles(run, hash)) await take(bucket, folder, name);
  await take(bucket, folder, cellFile(hash), true);
}

/**
 * Brings a cell, with the policies that it names.
 * @returns whether it was there @throws InputError where it is damaged, or larger than such a cell can be
 */
export async function bringCell(bucket: Bucket, run: Run, cell: Cell): Promise<boolean> {
  const { folder } = run.store;
  const most = mostBytes(cell, run.benchmark.env.counters.length);
  if (!(await bring(bucket, folder, cellFile(cell.hash), most))) return false;
  for (const name of policyFiles(run, cell.hash)) await bring(bucket, folder, name, MOST.policy);
  return true;
}
