import type { Estimate, Frontier } from "../run/frontier.ts";
import { allPoints } from "./frontier-text.ts";

/** The frontier as a table for spreadsheets: one row a point, anchors last, full precision. */
export function frontierCsv(frontier: Frontier): string {
  const knobs = Object.keys(frontier.points[0].knobs);
  const attacks = Object.keys(frontier.points[0].attacks);
  const triple = (name: string) => [name, `${name} low`, `${name} high`];
  const header = [
    ...knobs,
    "defence",
    "anchor",
    ...["clean utility", "attacked utility", "security"].flatMap(triple),
    "worst attack",
    "front",
    "pareto probability",
    ...attacks.flatMap((name) => triple(`security against ${name}`)),
  ];
  const values = ({ mean, low, high }: Estimate) => [mean, low, high];
  const rows = allPoints(frontier).map((point) => [
    ...knobs.map((knob) => point.knobs[knob]),
    point.defence,
    point.anchor,
    ...[point.cleanUtility, point.attackedUtility, point.security].flatMap(values),
    point.worstAttack,
    point.pareto?.label ?? null,
    point.pareto?.probability ?? null,
    ...attacks.flatMap((name) => values(point.attacks[name].security)),
  ]);
  return [header, ...rows].map((row) => `${row.map(field).join(",")}\n`).join("");
}

/** RFC 4180: quoted where it holds a comma, a quote or a line break; empty for nothing. */
function field(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
