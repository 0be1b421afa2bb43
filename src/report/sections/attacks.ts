import type { Frontier } from "../../frontier/frontier.ts";
import { pointName } from "../chart/frontier.ts";
import { ANCHOR_NAMES, allPoints, interval, letter } from "../frontier-text.ts";
import { html, type Markup, raw } from "../html/html.ts";
import { details, section } from "../html/parts.ts";
import { type Cell, table } from "../html/table.ts";
import { number } from "../text.ts";
import { settings } from "./points.ts";
import { estimated } from "./summary.ts";
import { momentText, type Watch, watchSection } from "./watch.ts";

/** How far along the heat ramp a security lies: 20 where everything is lost. */
export const heat = (security: number): string => `h${Math.round(20 * Math.min(1, Math.max(0, 1 - security)))}`;

/** Security against each attack at each point: who wins where. */
export function attackSection(
  frontier: Frontier,
  id: string,
  { watch, what }: { readonly watch: readonly Watch[]; readonly what: string } = { watch: [], what: "" },
): Markup {
  const { axes, attacks } = frontier;
  const points = allPoints(frontier);
  const knobs = Object.keys(points[0].knobs);
  const kinds = new Map(attacks.map((attack) => [String(attack.name), String(attack.kind ?? "")]));
  const average = (name: string) => points.reduce((sum, point) => sum + point.attacks[name].security.mean, 0);
  const names = Object.keys(points[0].attacks).sort((a, b) => average(a) - average(b));
  const runs = points[0].worstAttackByRun.length;
  const columns = points.map((point, i) => ({
    head: html`${letter(i)}${settings(point).map((value) => html`<small>${value}</small>`)}${
      point.defence === "default" ? null : html`<small>${point.anchor ? "" : point.defence}</small>`
    }${point.anchor ? html`<small>${ANCHOR_NAMES[point.anchor]}</small>` : null}`,
  }));
  const rows = names.map((name): (Markup | Cell)[] => {
    const wins = points.reduce((sum, point) => sum + point.worstAttackByRun.filter((one) => one === name).length, 0);
    return [
      { cell: html`${name} <small>${kinds.get(name)}</small>`, sort: name },
      { cell: wins > 0 ? wins : "", sort: wins },
      ...points.map((point, place): Cell => {
        const { security, utility, best } = point.attacks[name];
        const seen = watch.find((one) => one.attack === name && one.place === place);
        const toWatch = seen ? `; typical: ${momentText(seen.typical)}; worst: ${momentText(seen.worst)}` : "";
        return {
          cell: seen?.pages
            ? html`<a href="${seen.pages.worst}">${security.mean.toFixed(2)}</a>`
            : security.mean.toFixed(2),
          class: `${heat(security.mean)}${point.worstAttack === name ? " worst" : ""}`,
          title: `${name} at ${pointName(point)}: ${axes.security} ${interval(security)}, ${axes.utility} ${interval(utility)}${best === undefined ? "" : `; best of ${runs} trainings ${number(best, 3)}`}${toWatch}`,
        };
      }),
    ];
  });
  const scored: (Markup | Cell)[] = [
    { cell: html`the point <small>least mean</small>` },
    { cell: points.length * runs },
    ...points.map(({ security }): Cell => ({ cell: security.mean.toFixed(2), class: `${heat(security.mean)} worst` })),
  ];
  const ramp = html`<span class="ramp" aria-hidden="true">${raw([0, 4, 8, 12, 16, 20].map((i) => `<i class="h${i}"></i>`).join(""))}</span>`;
  return section(
    `${id}attacks`,
    "Security by attack",
    html`<p>Mean ${axes.security} against every attack at every point, strongest attack on top. ${ramp} from safe to lost. The frame marks a point's worst attack, that of the least mean. <em>Wins</em> counts points × runs in which an attack was the worst on the episodes for choosing.</p>`,
    table({
      label: "Security by attack and point",
      class: "heat",
      columns: [{ head: html`attack<small>${knobs.join(", ")}</small>` }, { head: "wins" }, ...columns],
      rows: [...rows, scored],
    }),
    html`<p class="note">A point is the smallest mean of its column: an attack more can only lower it, and chance lowers it a little too, which its bounds allow for. What to expect of an attack chosen on episodes of a run's own and met on others stands beside it in the table of points.</p>`,
    watch.length > 0 && watchSection(watch, frontier, what),
    metricsTable(frontier),
  );
}

/** Every metric of the environment at every point, clean and under the worst attack. */
function metricsTable(frontier: Frontier): Markup {
  const points = allPoints(frontier);
  const names = Object.keys(points[0].metrics);
  return details(
    `All metrics of ${frontier.environment.id}, clean and attacked`,
    table({
      label: "All metrics",
      columns: [
        { head: "" },
        { head: "settings" },
        ...names.flatMap((name) => ["clean", "attacked"].map((arm) => ({ head: `${name}, ${arm}`, numeric: true }))),
      ],
      rows: points.map((point, i) => [
        letter(i),
        pointName(point),
        ...names.flatMap((name) => [point.metrics[name].clean, point.metrics[name].attacked].map(estimated)),
      ]),
    }),
  );
}

/** A number with its sign. */
export function signed(value: number, digits = 3): string {
  return `${value < 0 ? "−" : "+"}${number(Math.abs(value), digits)}`;
}
