import { sha256 } from "../data/canonical.ts";
import type { PolicyData } from "../policy/data.ts";
import { Rng } from "../random/rng.ts";
import { type Cell, isTraining } from "../run/plan.ts";
import { differences, type Mismatch } from "./compare.ts";
import type { Claimed } from "./open.ts";
import { compute, inScratchRun, place, type Replaying } from "./replay.ts";

/**
 * Trainings to repeat, drawn by the entry and by a number its author could not know: neither side chooses alone. In turn
 * one of every attack and every defence that learned; trainings that only show effort or sharing, and count for no score,
 * come when all others are drawn: they cannot thin the sample out. `each` draws one turn.
 */
export function sampleTrainings(
  { plan, benchmark }: Pick<Claimed, "plan" | "benchmark">,
  id: string,
  nonce: string,
  count: number | "each",
): Cell[] {
  const cells = plan.cells.filter(({ stage }) => isTraining(stage));
  const rng = new Rng(Number.parseInt(sha256(`${id} ${nonce}`).slice(0, 12), 16), "retrain");
  const isProbe = ({ stage, attack }: Cell) =>
    stage === "train" && benchmark.probes.some((probe) => probe.attack.name === attack);
  const defenceAt = ({ points: [point] }: Cell) => benchmark.points[point].defence;
  const learners = new Map<string, Cell[]>();
  for (const cell of cells) {
    const learner = isProbe(cell)
      ? "probes"
      : cell.stage === "train"
        ? `attack ${cell.attack}`
        : `defence ${defenceAt(cell)}`;
    learners.set(learner, [...(learners.get(learner) ?? []), cell]);
  }
  const probes = learners.get("probes") ?? [];
  learners.delete("probes");
  const turns = rng.shuffle([...learners.values()].map((of) => rng.shuffle([...of])));
  const scored = Array.from({ length: Math.max(0, ...turns.map(({ length }) => length)) }, (_, turn) =>
    turns.flatMap((of) => of.slice(turn, turn + 1)),
  ).flat();
  const order = [...scored, ...rng.shuffle([...probes])];
  const drawn = new Set(order.slice(0, count === "each" ? turns.length : count));
  return cells.filter((cell) => drawn.has(cell));
}

/**
 * Repeats trainings: weights must be equal byte for byte. The backend wasm computes the same bytes on every machine, so that
 * where an entry says it was made excuses nothing.
 */
export async function retrain(
  claimed: Claimed,
  cells: readonly Cell[],
  policies: ReadonlyMap<string, PolicyData>,
  options: Replaying,
): Promise<Mismatch[]> {
  return inScratchRun(claimed, options.registry, async (run) => {
    const others = claimed.plan.cells.filter((cell) => isTraining(cell.stage) && !cells.includes(cell));
    place(run, others, claimed.results, policies);
    const made = await compute(run, cells, options);
    return cells.flatMap((cell) =>
      differences(`training ${cell.label}`, made.get(cell.hash), claimed.results.get(cell.hash), 3),
    );
  });
}
