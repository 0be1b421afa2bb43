import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { pretty, sha256, toJson } from "../data/canonical.ts";
import { explainIssue, firstIssue, InputError } from "../data/errors.ts";
import { readJson, readLimited, writeAtomic } from "../data/files.ts";
import { decodeTensors, encodeTensors } from "../data/safetensors.ts";
import type { TrainState } from "./baseline.ts";

const schema = z.strictObject({
  format: z.literal(1),
  baseline: z.string().max(200),
  environment: z.string().max(200),
  iteration: z.int().min(1),
  /** Digest of everything the training was asked for: another question cannot go on from these answers. */
  task: z.string().max(64),
  numbers: z.record(z.string().max(200), z.unknown()),
  weights: z.string().max(64),
});

/**
 * Writes `state.json` and `state-<iteration>.safetensors`, the description last: killed at any moment, the folder holds
 * one whole state, this one or the one before.
 */
export function saveTrainState(folder: string, state: TrainState, task: string): void {
  const { tensors, baseline, environment, iteration, numbers } = state;
  const weights = encodeTensors(tensors);
  const file = `state-${iteration}.safetensors`;
  writeAtomic(join(folder, file), weights);
  const json = {
    format: 1,
    baseline,
    environment,
    iteration,
    task,
    numbers: toJson(numbers),
    weights: sha256(weights),
  };
  writeAtomic(join(folder, "state.json"), pretty(json));
  for (const old of readdirSync(folder)) {
    if (/^state-\d+\.safetensors$/.test(old) && old !== file) rmSync(join(folder, old), { force: true });
  }
}

/** Removes what `saveTrainState` wrote, once the training is done. */
export function removeTrainState(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^state(-\d+)?\.(json|safetensors)$/.test(name)) rmSync(join(folder, name), { force: true });
  }
}

/**
 * Reads it back. Data only: nothing in it is executed.
 * @throws InputError if files are missing, damaged, or of another training.
 */
export function loadTrainState(folder: string, task: string): TrainState {
  const path = join(folder, "state.json");
  const json = readJson(path, 1 << 24);
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new InputError(
      `${path}: ${explainIssue(firstIssue(parsed.error.issues), json, () => Object.keys(schema.shape))}`,
    );
  }
  const { weights: expected, task: of, format: _, ...state } = parsed.data;
  if (of !== task) {
    throw new InputError(
      `${path}: is of a training with other settings; resume with the same, or choose another --out.`,
    );
  }
  const file = join(folder, `state-${state.iteration}.safetensors`);
  const bytes = readLimited(file, 1 << 30);
  if (sha256(bytes) !== expected) throw new InputError(`${file}: is not the file that ${path} describes.`);
  return { ...state, tensors: decodeTensors(bytes, file) };
}
