import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseOverrides } from "../../benchmark/overrides.ts";
import { canonical, digest, pretty, toJson } from "../../data/canonical.ts";
import { InputError, unknownName } from "../../data/errors.ts";
import { list, makeFolder, writeAtomic } from "../../data/files.ts";
import { masque } from "../../data/package.ts";
import { type EventWriter, eventWriter } from "../../data/tensorboard.ts";
import { type Progress, resolveConfig, type TrainState } from "../../learn/baseline.ts";
import { loadTrainState, removeTrainState, saveTrainState } from "../../learn/state.ts";
import { train } from "../../learn/train.ts";
import { attackerRoles, checkCoordination, defencePolicies, scriptedAttack } from "../../play/cast.ts";
import { loadPolicies, policyDigest, savePolicy } from "../../policy/checkpoint.ts";
import type { PolicyData } from "../../policy/data.ts";
import { DONE, INTERRUPTED, type Io } from "../io.ts";
import { showProgress } from "../progress.ts";
import { wholeNumber } from "../runs/open.ts";
import { chooseBackend, chooseEnvironment } from "./choose.ts";
import { comparedText, compareTrained } from "./trained.ts";

interface Options {
  readonly baseline: string;
  readonly role?: string[];
  readonly budget: string;
  readonly seed: string;
  readonly set?: string[];
  readonly backend: string;
  readonly out?: string;
  readonly from?: string;
  readonly resume?: boolean;
  readonly checkpointEvery: string;
  readonly tensorboard?: string;
  readonly quiet?: boolean;
  readonly plugins?: string[];
}

/** masque train */
export async function run(io: Io, [id, ...settings]: readonly string[], options: Options): Promise<number> {
  const { registry, plugin, params, roles } = await chooseEnvironment(id, settings, options.plugins);
  const { env } = plugin;
  const baseline = await registry.baseline(options.baseline);
  const config = resolveConfig(baseline, parseOverrides(options.set ?? [], "a setting NAME=VALUE, as in hidden=[64]"));
  const backend = chooseBackend(options.backend);
  const learning = options.role ?? attackerRoles(roles);
  for (const role of learning) {
    if (!Object.hasOwn(roles, role)) throw unknownName(`role of ${env.id}`, role, Object.keys(roles));
    // train() checks this too, but only once the folder is there: what is refused leaves nothing behind.
    checkCoordination(env, roles[role].side, baseline);
  }
  const budget = wholeNumber("--budget", options.budget, 1, 1e12);
  const seed = wholeNumber("--seed", options.seed, 0);
  const folder = options.out ?? join("runs", `train-${plugin.name}-${baseline.id}`);
  const every = wholeNumber("--checkpoint-every", options.checkpointEvery, 1, 1e9);
  const start = options.from === undefined ? undefined : startFrom(options.from, learning);
  const from = start && Object.fromEntries(Object.entries(start).map(([role, data]) => [role, policyDigest(data)]));
  const asked = {
    environment: plugin.digest,
    params,
    learning,
    baseline: baseline.id,
    config,
    budget,
    seed,
    every,
    backend,
    ...(from && { from }),
  };
  const task = digest(asked);
  const found = list(folder);
  if (found.length > 0 && !options.resume) {
    throw new InputError(`${folder} is not empty. Go on with it by --resume, or choose another --out.`);
  }
  // One that was killed between two policies still has its checkpoint, or begins again.
  if (!found.includes("state.json") && learning.every((role) => found.includes(`${role}.json`))) {
    throw new InputError(`${folder} holds a finished training. Choose another --out.`);
  }
  const resume = found.includes("state.json") ? loadTrainState(folder, task) : undefined;
  const policies = await plugin.policies();
  const scripted = {
    ...defencePolicies(env, roles, policies, "default"),
    ...scriptedAttack(env, roles, policies, "none"),
  };
  const others = Object.entries(scripted).filter(([role]) => !learning.includes(role));

  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  const progress = await showProgress(io, options.quiet === true, "steps");
  let events: EventWriter | undefined;
  let curve: Curve | undefined;
  /** Not before there is something to keep: a training that cannot start leaves nothing behind. */
  const begun = (): Curve => {
    if (curve) return curve;
    makeFolder(folder);
    events = options.tensorboard === undefined ? undefined : eventWriter(options.tensorboard, () => Date.now() / 1000);
    writeAtomic(
      join(folder, "manifest.json"),
      pretty(toJson({ ...asked, masque: masque().version, environment: env.id, digest: plugin.digest })),
    );
    curve = openCurve(join(folder, "curve.jsonl"), resume);
    return curve;
  };
  try {
    const trained = await train({
      environment: env,
      params,
      roles: Object.fromEntries(learning.map((role) => [role, { baseline, config }])),
      policies: Object.fromEntries(others),
      scripts: policies,
      budget,
      seed,
      split: ["train-attack", 0],
      backend,
      signal: interrupt.signal,
      start,
      checkpoint: {
        every,
        resume: resume && unmarked(resume),
        save: (state) => saveTrainState(folder, begun().mark(state), task),
      },
      onProgress(line) {
        begun().add(line);
        const { steps, total, returns } = line;
        events?.write(steps, scalarsOf(line));
        const label = Object.entries(returns)
          .map(([role, value]) => `${role} ${value.toFixed(3)}`)
          .join(", ");
        progress.update({ cells: steps, ofCells: total, done: steps / total, running: [{ label: `return ${label}` }] });
      },
    });
    progress.stop();
    begun();
    for (const [role, data] of Object.entries(trained.policies)) savePolicy(join(folder, role), data);
    removeTrainState(folder);
    writeFileSync(join(folder, "curve.csv"), curveCsv(readFileSync(join(folder, "curve.jsonl"), "utf8")));
    const last = trained.curve.at(-1);
    const compared = await compareTrained(plugin, params, trained.policies, seed);
    io.out(
      pretty({
        folder,
        environment: env.id,
        baseline: baseline.id,
        ...(from && { from }),
        steps: trained.steps,
        returns: known(last?.returns ?? {}),
        compared: Object.fromEntries(
          compared.lines.map(({ name, metrics }) => [
            name,
            Object.fromEntries(Object.entries(metrics).map(([metric, { mean }]) => [metric, mean])),
          ]),
        ),
      }),
    );
    if (!options.quiet) {
      io.err(comparedText(compared, learning, io.paint));
      const again = [
        "masque eval",
        id,
        ...settings,
        "--policy",
        folder,
        ...(compared.against ? ["--attack", compared.against] : []),
      ];
      const from = (options.plugins ?? []).flatMap((one) => ["--plugins", one]);
      io.err(`\nOther settings, and more episodes: ${[...again, "--episodes", "1024", ...from].join(" ")}\n`);
    }
    return DONE;
  } catch (error) {
    progress.stop();
    if (!interrupt.signal.aborted) throw error;
    io.err(
      `Stopped. The same command with --resume goes on from the last checkpoint in ${folder}, or begins again where there is none.\n`,
    );
    return INTERRUPTED;
  } finally {
    events?.close();
    undo();
  }
}

/** Stored policies of the roles that learn. @throws InputError where one of these has none there, or only others have */
function startFrom(path: string, learning: readonly string[]): Record<string, PolicyData> {
  const found = loadPolicies(path, learning);
  const missing = learning.filter((role) => !found[role]);
  if (missing.length === 0) return found;
  throw new InputError(
    `--from ${path}: got policies of ${Object.keys(found).join(", ")}, expected one of every role that learns; ${missing.join(", ")} has none. ` +
      "Name the roles that learn by --role.",
  );
}

/** A line of a curve as scalars: "return/bot", "stat/entropy". */
function scalarsOf({ returns, stats }: Progress): Record<string, number> {
  const named = (group: string, values: Readonly<Record<string, number>>) =>
    Object.entries(known(values)).map(([name, value]) => [`${group}/${name}`, value]);
  return Object.fromEntries([...named("return", returns), ...named("stat", stats)]);
}

/** The whole curve as CSV: steps, then a column a scalar that any line has. */
function curveCsv(lines: string): string {
  const all = lines
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Progress);
  const rows = all.map((line) => ({ steps: line.steps, ...scalarsOf(line) }) as Record<string, number>);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return `${[columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))].map((row) => row.join(",")).join("\n")}\n`;
}

interface Curve {
  add(line: Progress): void;
  /** The state with the number of lines there are by then. */
  mark(state: TrainState): TrainState;
}

/** Appends lines to the training curve, after those that the checkpoint has seen. */
function openCurve(path: string, resume: TrainState | undefined): Curve {
  const kept = resume ? readFileSync(path, "utf8").split("\n").slice(0, linesOf(resume)) : [];
  writeFileSync(path, kept.map((line) => `${line}\n`).join(""));
  let lines = kept.length;
  return {
    add({ returns, stats, ...line }) {
      appendFileSync(path, `${canonical({ ...line, returns: known(returns), stats: known(stats) })}\n`);
      lines++;
    },
    mark: (state) => ({ ...state, numbers: { ...state.numbers, [LINES]: lines } }),
  };
}

/** Beside a baseline's own numbers: lines of the curve and iterations need not be the same. */
const LINES = "curveLines";
const linesOf = ({ numbers, iteration }: TrainState) => Number(numbers[LINES] ?? iteration);

/** The state without what only the curve needs. */
function unmarked(state: TrainState): TrainState {
  const { [LINES]: _, ...numbers } = state.numbers;
  return { ...state, numbers };
}

const known = (values: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));
