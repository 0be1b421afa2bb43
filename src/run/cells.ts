import { InputError } from "../errors.ts";
import { policyFrom } from "../nn/policy.ts";
import type { PolicyFactory } from "../policy.ts";
import { type Episodes, evaluateAsync } from "./evaluate.ts";
import type { Cell, Plan } from "./plan.ts";
import type { Benchmark } from "./resolve.ts";
import { attackerRoles, completeAttack, defencePolicies, randomAttack, scriptedAttack } from "./sides.ts";
import type { CellResult, PlayResult, Store, TrainResult } from "./store.ts";
import { traceDigest } from "./trace.ts";

/** A planned benchmark and its folder: all that computing a cell needs, in this process or another one. */
export interface Run {
  readonly benchmark: Benchmark;
  readonly plan: Plan;
  readonly store: Store;
}

export interface CellOptions {
  readonly signal?: AbortSignal;
  /** Share of the cell that is done, in [0,1]. */
  onProgress?(done: number): void;
}

/**
 * The result of a cell that has been computed and may be used.
 * @param reject told why a file that is there cannot be used
 */
export function finished(run: Run, cell: Cell, reject?: (why: string) => void): CellResult | undefined {
  const { store } = run;
  try {
    const result = store.read(cell.hash);
    if (!result) return undefined;
    if (result.kind === "train") {
      store.readPolicies(cell.hash, result);
      return result;
    }
    checkPlay(run, cell, result);
    return result;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    reject?.(error.message);
    return undefined;
  }
}

/** A played cell has the counters this environment counts, and was played by the policies that its training made. */
function checkPlay({ benchmark, store }: Run, cell: Cell, result: PlayResult): void {
  const names = benchmark.env.counters;
  const complete = names.every((name) => result.counters[name]?.length === result.episodes);
  if (!complete || result.episodes !== cell.spec.episodes) {
    throw new InputError(`Cell ${cell.hash} does not hold ${cell.spec.episodes} episodes of every counter.`);
  }
  if (cell.training === undefined) return;
  const training = store.read(cell.training);
  const made = training?.kind === "train" ? training.policies : {};
  for (const [role, digest] of Object.entries(made)) {
    if (result.policies[role] === digest) continue;
    throw new InputError(`Cell ${cell.hash} was played by other policies than its training made.`);
  }
}

/**
 * Computes a cell and writes it. Doing it again does no harm.
 * @throws the signal's reason when it aborts; Error when training or playing fails, naming the cell
 */
export async function computeCell(run: Run, cell: Cell, options: CellOptions = {}): Promise<CellResult> {
  try {
    if (!cell.needs.every(run.store.has))
      throw new InputError("a cell it needs has not been computed; compute it first.");
    const result = cell.stage === "train" ? await trainCell(run, cell, options) : await playCell(run, cell, options);
    run.store.write(cell.hash, cell.label, cell.spec, result);
    return result;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    if (error instanceof InputError) throw new InputError(`${cell.label}: ${error.message}`);
    throw new Error(`${cell.label}: ${(error as Error).message}`, { cause: error });
  }
}

async function trainCell({ benchmark, store }: Run, cell: Cell, options: CellOptions): Promise<TrainResult> {
  const { env, policies, roles, points, attacks, config } = benchmark;
  const attack = attacks.find(({ name }) => name === cell.attack);
  if (attack?.kind !== "learned") throw new Error(`"${cell.attack}" does not learn`);
  const levels = cell.points.map((index) => points[index]);
  const baseline = benchmark.baselines.get(attack.baseline)!;
  const trained = await baseline.train(
    {
      env,
      levels: levels.map(({ params }) => params),
      conditioned: attack.conditioned,
      roles: attackerRoles(roles),
      policies: defencePolicies(env, roles, policies, levels[0].defence),
      budget: attack.budget,
      seed: config.seeds.root,
      split: ["train-attack", cell.run],
      backend: config.backend,
      signal: options.signal,
      onProgress: ({ steps, total }) => options.onProgress?.(steps / total),
    },
    attack.config as never,
  );
  return {
    kind: "train",
    policies: store.writePolicies(cell.hash, trained.policies),
    steps: trained.steps,
    curve: trained.curve.map(({ steps, returns, stats }) => ({ steps, returns: known(returns), stats: known(stats) })),
  };
}

/** What was not measured (NaN) is null in files. */
function known(values: Readonly<Record<string, number>>): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

async function playCell(run: Run, cell: Cell, options: CellOptions): Promise<PlayResult> {
  const { env, policies, roles, points, config } = run.benchmark;
  const point = points[cell.points[0]];
  const attack = attackPolicies(run, cell);
  const total = config.episodes[cell.stage as "select" | "test"];
  const episodes = await evaluateAsync(env, {
    params: point.params,
    policies: { ...defencePolicies(env, roles, policies, point.defence), ...attack.policies },
    episodes: total,
    seed: config.seeds.root,
    split: [cell.stage, cell.run],
    signal: options.signal,
    onProgress: (done) => options.onProgress?.(done / total),
  });
  return playResult(episodes, attack.digests);
}

function attackPolicies(
  { benchmark, store }: Run,
  cell: Cell,
): { policies: Readonly<Record<string, PolicyFactory>>; digests: Record<string, string> } {
  const { env, roles, policies, attacks, stored } = benchmark;
  const attack = attacks.find(({ name }) => name === cell.attack)!;
  if (attack.kind === "random") return { policies: randomAttack(roles), digests: {} };
  if (attack.kind === "scripted") return { policies: scriptedAttack(env, roles, policies, attack.name), digests: {} };
  const training = cell.training === undefined ? undefined : store.read(cell.training);
  if (attack.kind === "learned" && training?.kind !== "train")
    throw new InputError("its training has not been computed.");
  const data = training?.kind === "train" ? store.readPolicies(cell.training!, training) : stored.get(attack.name)!;
  const seats = Object.fromEntries(Object.entries(data).map(([role, policy]) => [role, policyFrom(policy)]));
  return {
    policies: completeAttack(env, roles, policies, seats, `attack "${attack.name}"`),
    digests: training?.kind === "train" ? training.policies : attack.kind === "stored" ? { ...attack.policies } : {},
  };
}

/**
 * Episodes as a cell keeps them; `policies` are the digests of the trained policies that played, by role.
 * @throws Error if a counter or a return is not finite, naming the episode
 */
export function playResult(
  { names, counters, returns, roles, steps, traces }: Episodes,
  policies: Readonly<Record<string, string>>,
): PlayResult {
  const episodes = counters.length / names.length;
  const columns = names.map((name, c) => {
    const column = Array.from({ length: episodes }, (_, e) => counters[e * names.length + c]);
    const bad = column.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new Error(`counter "${name}" is ${column[bad]} in episode ${bad}; the environment has a mistake`);
    return [name, column];
  });
  const means = roles.map((role, r) => {
    let sum = 0;
    for (let e = 0; e < episodes; e++) sum += returns[e * roles.length + r];
    if (!Number.isFinite(sum))
      throw new Error(`rewards of role "${role}" are not finite; the environment has a mistake`);
    return [role, sum / episodes];
  });
  return {
    kind: "play",
    episodes,
    counters: Object.fromEntries(columns),
    returns: Object.fromEntries(means),
    steps,
    policies: { ...policies },
    trace: traceDigest(traces, policies),
  };
}
