import type { Point } from "../benchmark/points.ts";
import type { Attack } from "../benchmark/portfolio.ts";
import type { LearnedAttack } from "../benchmark/probes.ts";
import type { Benchmark } from "../benchmark/resolve.ts";
import { canonical, digest } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { masque } from "../data/package.ts";
import { checkTask } from "../learn/baseline.ts";
import { attackerRoles, defenderRoles } from "../play/cast.ts";
import { objectiveOf } from "./attack-training.ts";

/** Order of the stages: each needs only cells of stages before it. */
export const STAGES = ["defend", "train", "select", "test"] as const;
export type Stage = (typeof STAGES)[number];
/** Stages whose cells make policies; the others' play episodes. */
export const isTraining = (stage: Stage): boolean => stage === "defend" || stage === "train";

/** The smallest unit of work. Equal hashes mean equal results, so a cell that is there need never be computed again. */
export interface Cell {
  /** SHA-256 of all that its result depends on. */
  readonly hash: string;
  readonly stage: Stage;
  /** For people: what it is. */
  readonly label: string;
  /** Name of the attack; at stage `defend`, of the defence. */
  readonly attack: string;
  readonly run: number;
  /** Points it serves: several for a training conditioned on the knobs, one otherwise. */
  readonly points: readonly number[];
  /** Hash of the training whose policies it plays. */
  readonly training?: string;
  /** Hash of the training that made the defence it meets. */
  readonly defending?: string;
  /** Hashes of the cells that must be finished before this one can be computed. */
  readonly needs: readonly string[];
  /** Environment steps it takes, at most. */
  readonly steps: number;
  /** What `hash` is the digest of. */
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface Plan {
  readonly cells: readonly Cell[];
  /** The cell of a point, attack and run at a stage `select` or `test`. */
  play(stage: "select" | "test", point: number, attack: string, run: number): Cell;
}

const MAX_CELLS = 500_000;

/** All cells of a benchmark, stage by stage. @throws InputError for more than half a million, and budgets too small. */
export function makePlan(benchmark: Benchmark): Plan {
  const { config, env, plugin, points, attacks, probes, roles } = benchmark;
  const { root, runs } = config.seeds;
  const probing = probes.reduce((sum, probe) => sum + probe.points.length, 0);
  const total = (points.length * attacks.length + probing) * runs * 3;
  if (total > MAX_CELLS) {
    throw new InputError(
      `${config.name}: about ${total} cells, more than ${MAX_CELLS}. Use fewer levels, attacks or runs.`,
    );
  }
  const common = { masque: masque().version, environment: { id: env.id, digest: plugin.digest }, seed: root };
  const stops = config.checkpoint === undefined ? {} : { checkpoint: config.checkpoint };
  const cells = new Map<string, Cell>();
  const put = (cell: Omit<Cell, "hash" | "needs">): Cell => {
    const hash = digest(cell.spec);
    const needs = [cell.defending, cell.training].filter((one) => one !== undefined);
    if (!cells.has(hash)) cells.set(hash, { hash, needs, ...cell });
    return cells.get(hash)!;
  };

  const affordable = (
    id: string,
    budget: number,
    settings: Readonly<Record<string, unknown>>,
    levels: readonly Readonly<Record<string, unknown>>[],
    learning: readonly string[],
    what: string,
  ) => {
    try {
      const task = { env, levels, roles: learning, scripts: benchmark.policies, budget };
      checkTask(benchmark.baselines.get(id)!, settings, task);
    } catch (error) {
      if (error instanceof InputError) throw new InputError(`${config.name}: ${what}: ${error.message}`);
      throw error;
    }
  };

  const defences = new Map<string, string>();
  /** The training that made a point's defence, as a part of a cell. */
  const made = (point: Point, run: number) => {
    const defending = defences.get(canonical([point.index, run]));
    return defending ? { defending } : {};
  };
  /** What a cell's spec says of the defence: not how it was called or trained, but which training made it. */
  const defenceSpec = (point: Point, run: number) => {
    if (point.defender) return { training: defences.get(canonical([point.index, run])) };
    const saved = benchmark.frozen.get(point.defence);
    return saved ? { policies: saved.policies } : point.defence;
  };
  const scripted = attacks.flatMap(({ kind, name }) => (kind === "scripted" ? [name] : []));
  for (const point of points) {
    const { defender } = point;
    if (!defender) continue;
    const learners = [
      { ...defender, learning: defenderRoles(roles) },
      ...(defender.attacker ? [{ ...defender.attacker, learning: attackerRoles(roles) }] : []),
    ];
    for (const { baseline, config, budget, learning } of learners) {
      affordable(baseline, budget, config, [point.params], learning, `defence: ${defender.name}`);
    }
    for (let run = 0; run < runs; run++) {
      const { baseline, config: settings, budget, from, lambda, least, rounds, attacker } = defender;
      const { hash } = put({
        stage: "defend",
        label: `defend run ${run} ${describePoint(point)}`,
        attack: defender.name,
        run,
        points: [point.index],
        steps: rounds * (budget + (attacker?.budget ?? 0)),
        spec: {
          kind: "defend",
          ...common,
          ...{ baseline, config: settings, budget, lambda, least, rounds, attacker },
          ...(from && { from }),
          backend: config.backend,
          ...stops,
          axes: benchmark.axes,
          params: point.params,
          against: scripted,
          roles: defenderRoles(roles),
          split: ["train-defence", run],
        },
      });
      defences.set(canonical([point.index, run]), hash);
    }
  }

  const trainings = new Map<string, string>();
  const trains = (attack: LearnedAttack, where: readonly Point[]) => {
    for (const group of trainingGroups(points, where, attack)) {
      const [first] = group;
      const levels = group.map(({ params }) => params);
      affordable(
        attack.baseline,
        attack.budget,
        attack.config,
        levels,
        attackerRoles(roles),
        attack.name === attack.baseline ? "portfolio" : `portfolio: ${attack.name}`,
      );
      for (let run = 0; run < runs; run++) {
        const { hash } = put({
          stage: "train",
          label: `train ${attack.name} run ${run} ${group.length === 1 ? describePoint(first) : `${group.length} levels`}`,
          attack: attack.name,
          run,
          points: group.map(({ index }) => index),
          ...made(first, run),
          steps: attack.budget * group.length,
          spec: {
            kind: "train",
            ...common,
            baseline: attack.baseline,
            config: attack.config,
            backend: config.backend,
            budget: attack.budget,
            conditioned: attack.conditioned,
            ...(attack.from && { from: attack.from }),
            ...stops,
            ...(attack.lambda !== undefined && { objective: objectiveOf(benchmark, attack.lambda) }),
            levels,
            defence: defenceSpec(first, run),
            roles: attackerRoles(roles),
            split: ["train-attack", run],
          },
        });
        for (const { index } of group) trainings.set(canonical([attack.name, index, run]), hash);
      }
    }
  };

  const plays = new Map<string, Cell>();
  const playing = (stage: "select" | "test", point: Point, attack: Attack) => {
    const episodes = config.episodes[stage];
    for (let run = 0; run < runs; run++) {
      const training = trainings.get(canonical([attack.name, trainedAt(points, point), run]));
      const cell = put({
        stage,
        label: `${stage} ${attack.name} run ${run} ${describePoint(point)}`,
        attack: attack.name,
        run,
        points: [point.index],
        ...made(point, run),
        ...(training && { training }),
        steps: episodes * env.horizon(point.params),
        spec: {
          kind: stage,
          ...common,
          params: point.params,
          defence: defenceSpec(point, run),
          attack: attackSpec(attack, training),
          episodes,
          split: [stage, run],
        },
      });
      plays.set(canonical([stage, point.index, attack.name, run]), cell);
    }
  };

  for (const attack of attacks) if (attack.kind === "learned") trains(attack, points);
  const probed = probes.map((probe) => ({ ...probe, where: probe.points.map((index) => points[index]) }));
  for (const { attack, where } of probed) trains(attack, where);
  for (const stage of ["select", "test"] as const) {
    for (const point of points) for (const attack of attacks) playing(stage, point, attack);
    for (const { kind, attack, where } of probed) {
      // What is only compared, not chosen, needs no select split.
      if (stage === "test" || kind === "budget") for (const point of where) playing(stage, point, attack);
    }
  }
  return {
    cells: [...cells.values()],
    play: (stage, point, attack, run) => plays.get(canonical([stage, point, attack, run]))!,
  };
}

/**
 * Points that one training covers: all levels of a scripted defence for a conditioned attack, else each by itself.
 * Defences that learn are another at every level.
 */
function trainingGroups(all: readonly Point[], where: readonly Point[], { conditioned }: LearnedAttack): Point[][] {
  const own = where.filter((point) => trainedAt(all, point) === point.index);
  if (!conditioned) return own.map((point) => [point]);
  const scripted = own.filter(({ defender }) => !defender);
  const defences = [...new Set(scripted.map(({ defence }) => defence))];
  return [
    ...defences.map((defence) => scripted.filter((point) => point.defence === defence)),
    ...own.filter(({ defender }) => defender).map((point) => [point]),
  ];
}

/** Where the learned attacks on a point are trained: at itself, but for the random defence, which is only a yardstick. */
function trainedAt(points: readonly Point[], point: Point): number {
  if (point.declared || point.anchor !== "random-defence") return point.index;
  return (points.find(({ anchor }) => anchor === "no-defence") ?? points[0]).index;
}

/** What of an attack a played cell depends on: not how a training was called or configured, but which it was. */
function attackSpec(attack: Attack, training: string | undefined): unknown {
  if (attack.kind === "learned") return { training };
  return attack.kind === "stored" ? { policies: attack.policies } : { [attack.kind]: attack.name };
}

/** A point in a few words: "falseAlarm=0.1". */
export function describePoint({ knobs, defence, anchor }: Pick<Point, "knobs" | "defence" | "anchor">): string {
  const settings = Object.entries(knobs).map(([knob, value]) => `${knob}=${value}`);
  if (defence !== "default") settings.push(`defence=${defence}`);
  return settings.join(" ") || anchor || "as it is";
}
