import { InputError } from "../errors.ts";
import { canonical, digest } from "./canonical.ts";
import { masque } from "./package.ts";
import type { Point } from "./points.ts";
import type { Attack } from "./portfolio.ts";
import type { Benchmark } from "./resolve.ts";
import { attackerRoles } from "./sides.ts";

/** Order of the stages: each needs only cells of stages before it. */
export const STAGES = ["train", "select", "test"] as const;
export type Stage = (typeof STAGES)[number];

/** The smallest unit of work. Equal hashes mean equal results, so a cell that is there need never be computed again. */
export interface Cell {
  /** SHA-256 of all that its result depends on. */
  readonly hash: string;
  readonly stage: Stage;
  /** For people: what it is. */
  readonly label: string;
  readonly attack: string;
  readonly run: number;
  /** Points it serves: several for a training conditioned on the knobs, one otherwise. */
  readonly points: readonly number[];
  /** Hash of the training whose policies it plays. */
  readonly training?: string;
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

/** All cells of a benchmark, stage by stage. @throws InputError for more than half a million. */
export function makePlan(benchmark: Benchmark): Plan {
  const { config, env, plugin, points, attacks, roles } = benchmark;
  const { root, runs } = config.seeds;
  const total = points.length * attacks.length * runs * 3;
  if (total > MAX_CELLS) {
    throw new InputError(
      `${config.name}: about ${total} cells, more than ${MAX_CELLS}. Use fewer levels, attacks or runs.`,
    );
  }
  const common = { masque: masque().version, environment: { id: env.id, digest: plugin.digest }, seed: root };
  const cells = new Map<string, Cell>();
  const put = (cell: Omit<Cell, "hash">): Cell => {
    const hash = digest(cell.spec);
    if (!cells.has(hash)) cells.set(hash, { hash, ...cell });
    return cells.get(hash)!;
  };

  const trainings = new Map<string, string>();
  for (const attack of attacks) {
    if (attack.kind !== "learned") continue;
    for (const group of trainingGroups(points, attack)) {
      const [first] = group;
      for (let run = 0; run < runs; run++) {
        const { hash } = put({
          stage: "train",
          label: `train ${attack.name} run ${run}${group.length === 1 ? ` ${describePoint(first)}` : ` ${group.length} levels`}`,
          attack: attack.name,
          run,
          points: group.map(({ index }) => index),
          needs: [],
          steps: attack.budget * group.length,
          spec: {
            kind: "train",
            ...common,
            baseline: attack.baseline,
            config: attack.config,
            backend: config.backend,
            budget: attack.budget,
            conditioned: attack.conditioned,
            levels: group.map(({ params }) => params),
            defence: first.defence,
            roles: attackerRoles(roles),
            split: ["train-attack", run],
          },
        });
        for (const { index } of group) trainings.set(canonical([attack.name, index, run]), hash);
      }
    }
  }

  const plays = new Map<string, Cell>();
  for (const stage of ["select", "test"] as const) {
    const episodes = config.episodes[stage];
    for (const point of points) {
      for (const attack of attacks) {
        for (let run = 0; run < runs; run++) {
          const training =
            attack.kind === "learned"
              ? trainings.get(canonical([attack.name, trainedAt(points, point), run]))
              : undefined;
          const cell = put({
            stage,
            label: `${stage} ${attack.name} run ${run} ${describePoint(point)}`,
            attack: attack.name,
            run,
            points: [point.index],
            ...(training && { training }),
            needs: training ? [training] : [],
            steps: episodes * env.horizon(point.params),
            spec: {
              kind: stage,
              ...common,
              params: point.params,
              defence: point.defence,
              attack: attackSpec(attack, training),
              episodes,
              split: [stage, run],
            },
          });
          plays.set(canonical([stage, point.index, attack.name, run]), cell);
        }
      }
    }
  }
  return {
    cells: [...cells.values()],
    play: (stage, point, attack, run) => plays.get(canonical([stage, point, attack, run]))!,
  };
}

/** Points that one training covers: all levels of a defence for a conditioned attack, else each by itself. */
function trainingGroups(points: readonly Point[], { conditioned }: Attack & { kind: "learned" }): Point[][] {
  const own = points.filter((point) => trainedAt(points, point) === point.index);
  if (!conditioned) return own.map((point) => [point]);
  const defences = [...new Set(own.map(({ defence }) => defence))];
  return defences.map((defence) => own.filter((point) => point.defence === defence));
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
