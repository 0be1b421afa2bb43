import type { Frontier, FrontierPoint } from "../frontier/frontier.ts";
import type { Estimate } from "../stats/estimate.ts";
import { allPoints, letter } from "./frontier-text.ts";

/** A column of a table as data. Nothing is null. */
export interface Column {
  readonly name: string;
  readonly type: "number" | "text";
  readonly data: readonly (string | number | null)[];
}

/** The frontier as a table: one row a point, anchors last. */
export function frontierColumns(frontier: Frontier): Column[] {
  const points = allPoints(frontier);
  const attacks = Object.keys(points[0].attacks);
  const column = columnOf(points);
  const triple = tripleOf(points);
  return [
    ...Object.keys(points[0].knobs).map((knob) => column(knob, ({ knobs }) => knobs[knob])),
    column("defence", ({ defence }) => defence, "text"),
    column("anchor", ({ anchor }) => anchor, "text"),
    ...triple("clean utility", ({ cleanUtility }) => cleanUtility),
    ...triple("attacked utility", ({ attackedUtility }) => attackedUtility),
    ...triple("security", ({ security }) => security),
    column("worst attack", ({ worstAttack }) => worstAttack, "text"),
    column("costliest attack", ({ costliestAttack }) => costliestAttack, "text"),
    ...triple("expected security", ({ expected }) => expected),
    column("band low", ({ band }) => band?.low ?? null),
    column("band high", ({ band }) => band?.high ?? null),
    column("front", ({ pareto }) => pareto?.label ?? null, "text"),
    column("pareto probability", ({ pareto }) => pareto?.probability ?? null),
    ...attacks.flatMap((name) => triple(`security against ${name}`, ({ attacks }) => attacks[name].security)),
  ];
}

/** Every attack at every point: in which runs it was the worst, and what it left of both axes. */
export function attackColumns(frontier: Frontier): Column[] {
  const kinds = new Map(frontier.attacks.map(({ name, kind }) => [name, String(kind ?? "")]));
  const rows = allPoints(frontier).flatMap((point, i) =>
    Object.entries(point.attacks).map(([attack, scores]) => ({ ...point, ...scores, point: letter(i), attack })),
  );
  const column = columnOf(rows);
  const triple = tripleOf(rows);
  return [
    column("point", ({ point }) => point, "text"),
    ...Object.keys(rows[0].knobs).map((knob) => column(knob, ({ knobs }) => knobs[knob])),
    column("defence", ({ defence }) => defence, "text"),
    column("anchor", ({ anchor }) => anchor, "text"),
    column("attack", ({ attack }) => attack, "text"),
    column("kind", ({ attack }) => kinds.get(attack) ?? null, "text"),
    ...triple("security", ({ security }) => security),
    ...triple("utility", ({ utility }) => utility),
    column("best training", ({ best }) => best ?? null),
    column("runs it was chosen in", (row) => row.worstAttackByRun.filter((name) => name === row.attack).length),
  ];
}

type Value = string | number | null;

const columnOf =
  <T>(rows: readonly T[]) =>
  (name: string, of: (row: T) => Value, type: Column["type"] = "number"): Column => ({
    name,
    type,
    data: rows.map(of),
  });

const tripleOf =
  <T extends Pick<FrontierPoint, "knobs">>(rows: readonly T[]) =>
  (name: string, of: (row: T) => Estimate): Column[] => {
    const column = columnOf(rows);
    return [
      column(name, (row) => of(row).mean),
      column(`${name} low`, (row) => of(row).low),
      column(`${name} high`, (row) => of(row).high),
    ];
  };
