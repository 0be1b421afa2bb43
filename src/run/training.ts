import type { Learner } from "../benchmark/defenders.ts";
import { findAttack } from "../benchmark/probes.ts";
import type { Start } from "../benchmark/stored.ts";
import { canonical } from "../data/canonical.ts";
import type { Trained, TrainTask } from "../learn/baseline.ts";
import { attackerRoles, completeAttack, defencePolicies, defenderRoles, scriptedAttack } from "../play/cast.ts";
import { evaluateAsync, sumCounters } from "../play/evaluate.ts";
import type { PolicyFactory } from "../policy/policy.ts";
import { attackTraining, objectiveOf } from "./attack-training.ts";
import { type TrainResult, withNulls } from "./cell-result.ts";
import { defenceTraining, type Memory, type Objective } from "./defence-training.ts";
import type { Cell } from "./plan.ts";
import type { CellOptions, Run } from "./run.ts";
import { defenceSeats, seatsOf } from "./seats.ts";
import { trainOn } from "./work/partial.ts";

type Factories = Readonly<Record<string, PolicyFactory>>;

/** Episodes of each arm that tell, before anybody first learns, about what an episode counts. */
const PRIOR = 8;

/** Trains an attack against the defence of its points. */
export async function trainCell(run: Run, cell: Cell, options: CellOptions): Promise<TrainResult> {
  const { env, roles, policies, points, config, baselines } = run.benchmark;
  const attack = findAttack(run.benchmark, cell.attack);
  if (attack?.kind !== "learned") throw new Error(`"${cell.attack}" does not learn`);
  const defence = defenceSeats(run, cell);
  const levels = cell.points.map((index) => points[index].params);
  const baseline = baselines.get(attack.baseline)!;
  const aim = attack.lambda === undefined ? undefined : objectiveOf(run.benchmark, attack.lambda);
  const paid =
    aim === undefined || baseline.aimed ? undefined : await aimed(run, cell, aim, levels, defence.policies, options);
  const trained = await trainOn(
    run,
    cell,
    {
      env: paid?.env ?? env,
      levels,
      conditioned: attack.conditioned,
      roles: attackerRoles(roles),
      policies: defence.policies,
      scripts: policies,
      aim,
      start: startPolicies(run, attack.from),
      budget: attack.budget,
      seed: config.seeds.root,
      split: ["train-attack", cell.run],
      backend: config.backend,
      signal: options.signal,
      onProgress: ({ steps, total }) => options.onProgress?.(steps / total),
    },
    (task) => baseline.train(task, attack.config as never),
    { memory: paid?.memory },
  );
  return keep(run, cell, trained, Object.keys(defence.digests).length > 0 ? defence.digests : undefined);
}

/** What a training starts from, by role; undefined where it starts anew. */
function startPolicies({ benchmark }: Run, from: Start | undefined): TrainTask["start"] {
  if (from === undefined) return undefined;
  return Object.fromEntries(Object.entries(from).map(([role, digest]) => [role, benchmark.starts.get(digest)!]));
}

/** The environment for an attack that lowers security + λ · utility: the clean arm of every level is played beforehand. */
async function aimed(
  { benchmark }: Run,
  cell: Cell,
  aim: Objective,
  levels: readonly Readonly<Record<string, unknown>>[],
  defence: Factories,
  { signal }: CellOptions,
) {
  const { env, roles, policies, config } = benchmark;
  const peace = { ...defence, ...scriptedAttack(env, roles, policies, "none") };
  const means = new Map<string, Record<string, number>>();
  for (const [i, params] of levels.entries()) {
    const played = { params, policies: peace, episodes: PRIOR, seed: config.seeds.root, signal };
    const sums = sumCounters(await evaluateAsync(env, { ...played, split: ["train-attack", cell.run, "prior", i] }));
    means.set(canonical(params), Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / PRIOR])));
  }
  return attackTraining(env, attackerRoles(roles), aim, (params) => {
    const found = means.get(canonical(params));
    if (!found) throw new Error("a level that was not played beforehand");
    return found;
  });
}

/**
 * Trains a defender at a point. Every round an attacker learns against the defence there is so far, the scripted one at
 * first, and joins the scripted attacks; then a new defender learns against all of them. The last one is kept.
 */
export async function defendCell(run: Run, cell: Cell, options: CellOptions): Promise<TrainResult> {
  const { env, roles, policies, points, attacks, axes, config, baselines } = run.benchmark;
  const { params, defender } = points[cell.points[0]];
  if (!defender) throw new Error(`"${cell.attack}" does not learn`);
  const { lambda, least, rounds, attacker } = defender;
  const seed = config.seeds.root;
  const split = ["train-defence", cell.run];
  const { signal } = options;
  const everyone = defencePolicies(env, roles, policies, "default");
  let steps = 0;
  const learn = async (
    who: Learner,
    what: "attacker" | "defender",
    round: number,
    own: typeof env,
    meets: Factories,
    memory?: Memory,
  ) => {
    const baseline = baselines.get(who.baseline)!;
    const trained = await trainOn(
      run,
      cell,
      {
        env: own,
        levels: [params],
        conditioned: false,
        roles: what === "attacker" ? attackerRoles(roles) : defenderRoles(roles),
        policies: meets,
        scripts: policies,
        start: startPolicies(run, who.from),
        budget: who.budget,
        seed,
        split: [...split, what, round],
        backend: config.backend,
        signal,
        onProgress: (line) => options.onProgress?.((steps + line.steps) / cell.steps),
      },
      (task) => baseline.train(task, who.config as never),
      { part: `${round}-${what}`, memory },
    );
    steps += trained.steps;
    return trained;
  };

  const arms: Factories[] = attacks.flatMap(({ kind, name }) =>
    kind === "scripted" ? [scriptedAttack(env, roles, policies, name)] : [],
  );
  let seats: Factories = {};
  let last: Trained | undefined;
  const curve: Trained["curve"][number][] = [];
  for (let round = 0; round < rounds; round++) {
    const defence = { ...everyone, ...seats };
    if (attacker) {
      const { policies: data } = await learn(attacker, "attacker", round, env, defence);
      arms.push(completeAttack(env, roles, policies, seatsOf(data, policies), "the attacker met in training"));
    }
    const first = [];
    for (const [arm, attack] of arms.entries()) {
      const played = { params, policies: { ...defence, ...attack }, episodes: PRIOR, seed, signal };
      const episodes = await evaluateAsync(env, { ...played, split: [...split, "prior", round, arm] });
      const sums = sumCounters(episodes);
      first.push(Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / PRIOR])));
      steps += episodes.steps;
    }
    const objective = { utility: axes.utility, security: axes.security, lambda };
    const game = defenceTraining({ env, roles: defenderRoles(roles), objective, least, arms, first, prior: PRIOR });
    const before = steps;
    last = await learn(defender, "defender", round, game.env, { ...everyone, ...game.policies }, game.memory);
    seats = seatsOf(last.policies, policies);
    curve.push(...last.curve.map((line) => ({ ...line, steps: before + line.steps })));
  }
  return keep(run, cell, { ...last!, curve, steps });
}

/** Writes what a training made; returns what its cell says of it. */
function keep({ store }: Run, cell: Cell, trained: Trained, against?: TrainResult["against"]): TrainResult {
  return {
    kind: "train",
    policies: store.writePolicies(cell.hash, trained.policies),
    ...(against && { against }),
    steps: trained.steps,
    curve: trained.curve.map(({ steps, returns, stats }) => ({
      steps,
      returns: withNulls(returns),
      stats: withNulls(stats),
    })),
  };
}
