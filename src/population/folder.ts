import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { pretty } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { list, makeFolder, readJson, writeAtomic } from "../data/files.ts";
import { keepPolicies, keptPolicies, keptSchema } from "../policy/kept.ts";
import type { Done, Remember } from "./oracles.ts";

const TASK = "task.json";
const taskSchema = z.strictObject({ task: z.string().max(64) });
const doneSchema = z.strictObject({ steps: z.int().min(0), policies: keptSchema });

/**
 * A folder where a population is made: what it was asked for, and its trainings, one folder each. Evaluations are not kept:
 * they are played again, and come to the same.
 * @param task digest of everything that was asked for
 * @throws InputError where it holds something else, or something and `resume` is false
 */
export function openPopulationFolder(folder: string, task: string, resume: boolean): Remember {
  const found = list(folder);
  if (found.length > 0 && !resume)
    throw new InputError(`${folder} is not empty. Go on with it by --resume, or choose another --out.`);
  if (found.length > 0) {
    const path = join(folder, TASK);
    const parsed = taskSchema.safeParse(found.includes(TASK) ? readJson(path, 1 << 12) : undefined);
    if (!parsed.success) throw new InputError(`${folder} holds no population. Choose another --out.`);
    if (parsed.data.task !== task) {
      throw new InputError(
        `${path}: is of a population with other settings; resume with the same, or choose another --out.`,
      );
    }
  } else {
    makeFolder(folder);
    writeAtomic(join(folder, TASK), pretty({ task }));
  }
  return async (name, train) => {
    const place = join(folder, "trainings", name);
    const known = read(place);
    if (known) return known;
    const done = await train();
    makeFolder(place);
    const policies = keepPolicies((role) => join(place, role), done.policies);
    writeAtomic(join(place, "done.json"), pretty({ steps: done.steps, policies }));
    return done;
  };
}

/** What a training made; undefined where it was not done, or not to its end. @throws InputError where it was changed since */
function read(place: string): Done | undefined {
  const path = join(place, "done.json");
  if (!existsSync(path)) return undefined;
  const parsed = doneSchema.safeParse(readJson(path, 1 << 16));
  if (!parsed.success) throw new InputError(`${path}: is no record of a training; remove ${place} to train it again.`);
  const { steps, policies } = parsed.data;
  try {
    return { steps, policies: keptPolicies((role) => join(place, role), policies) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${error.message} Remove ${place} to train it again.`);
  }
}
