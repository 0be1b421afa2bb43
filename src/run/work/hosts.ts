import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { list, makeFolder, readJson, writeAtomic } from "../../data/files.ts";
import { masque } from "../../data/package.ts";
import { readHost, recordSession, type Session, thisMachine } from "../host.ts";
import { isTraining, STAGES } from "../plan.ts";
import type { Run } from "../run.ts";

// Who computed what: `hosts/<worker>.json` for every worker, `host.json` for whoever ran or collected the run. Both lie
// outside of everything that is hashed, shared or compared.

const machine = z.looseObject({
  node: z.string(),
  platform: z.string(),
  arch: z.string(),
  cpu: z.string(),
  cpuSeconds: z.partialRecord(z.enum(STAGES), z.record(z.string(), z.number().min(0))),
});
type Machine = z.output<typeof machine>;

const MAX_BYTES = 1 << 22;

/** A name that no other worker has, now or later: machine, process, moment. */
export function workerName(): string {
  const where = hostname()
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? ["host"];
  return `${where.join("-").slice(0, 60)}-${process.pid}-${process.hrtime.bigint().toString(36)}`;
}

/**
 * Begins the record of a worker.
 * @throws InputError where trainings are missing that this kind of machine would make otherwise than those before it
 */
export function beginWork(run: Run, worker: string, jobs: number): Session {
  const place = join(run.store.folder, "hosts");
  const path = join(place, `${worker}.json`);
  makeFolder(place);
  const { version } = masque();
  const session = recordSession(jobs, (own) => writeAtomic(path, pretty({ worker, masque: version, ...own })));
  // Written before others' are read: of two that begin at once, at least one sees the other.
  session.begin();
  try {
    refuseMixedKinds(run, `${worker}.json`);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
  return session;
}

/**
 * The backend `node` gives other bytes on other machines: one run's trainings are made on one kind.
 * @param own name of this worker's own file
 * @throws InputError where another kind of machine works on this run
 */
export function refuseMixedKinds({ benchmark, plan, store }: Run, own?: string): void {
  if (benchmark.config.backend !== "node") return;
  if (plan.cells.every(({ stage, hash }) => !isTraining(stage) || store.has(hash))) return;
  const here = kindOf(thisMachine());
  const others = [...workers(store.folder, own), ...sessions(store.folder).filter((one) => trainingSeconds(one) > 0)];
  const other = others.map(kindOf).find((kind) => kind !== here);
  if (other === undefined) return;
  throw new InputError(
    `${store.folder} trains with backend: node, whose results depend on the kind of machine: got ${here}, expected ${other}, ` +
      "where it was begun. Work on it from machines of that kind only, or choose backend: wasm, which gives the same bytes on all.",
  );
}

const kindOf = ({ platform, arch, cpu }: Pick<Machine, "platform" | "arch" | "cpu">) => `${platform} ${arch} (${cpu})`;

/** The kind of machine and Node version that made a run's trainings, or most of it where nothing is trained. */
export function machineOf(folder: string): { node: string; platform: string; arch: string } {
  const all = [...sessions(folder), ...workers(folder)];
  const seconds = new Map<string, number>();
  const trained = all.some((one) => trainingSeconds(one) > 0);
  for (const one of all) {
    const kind = JSON.stringify([one.node, one.platform, one.arch]);
    seconds.set(kind, (seconds.get(kind) ?? 0) + (trained ? trainingSeconds(one) : allSeconds(one)));
  }
  const [most] = [...seconds].sort(([, a], [, b]) => b - a);
  if (!most) return thisMachine();
  const [node, platform, arch] = JSON.parse(most[0]) as string[];
  return { node, platform, arch };
}

const secondsIn = (attacks: Readonly<Record<string, number>> = {}) => Object.values(attacks).reduce((a, b) => a + b, 0);
const trainingSeconds = ({ cpuSeconds }: Machine) => secondsIn(cpuSeconds.defend) + secondsIn(cpuSeconds.train);
const allSeconds = ({ cpuSeconds }: Machine) => STAGES.reduce((sum, stage) => sum + secondsIn(cpuSeconds[stage]), 0);

/** What workers wrote of themselves; what is damaged says nothing. */
export function workers(folder: string, except?: string): Machine[] {
  const place = join(folder, "hosts");
  const names = list(place).filter((name) => name.endsWith(".json") && name !== except);
  return names.flatMap((name) => {
    try {
      return machinesIn([readJson(join(place, name), MAX_BYTES)]);
    } catch (error) {
      // Removed meanwhile, or damaged.
      if (error instanceof InputError) return [];
      throw error;
    }
  });
}

const sessions = (folder: string): Machine[] => machinesIn(readHost(folder).sessions);

const machinesIn = (found: readonly unknown[]): Machine[] =>
  found.flatMap((one) => {
    const parsed = machine.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });
