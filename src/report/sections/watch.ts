import type { Frontier } from "../../frontier/frontier.ts";
import type { Moment, Moments } from "../../frontier/moments.ts";
import { allPoints, placeName } from "../frontier-text.ts";
import { type Content, html } from "../html/html.ts";
import { copyable, details } from "../html/parts.ts";
import { type Cell, table } from "../html/table.ts";
import { number } from "../text.ts";

/** What there is to watch of an attack at a point. */
export interface Watch extends Moments {
  /** Place among the points, in the order of their letters. */
  readonly place: number;
  readonly attack: string;
  /** Pages of these episodes beside the report, where they were written. */
  readonly pages?: { readonly typical: string; readonly worst: string };
}

export const momentText = ({ run, episode }: Moment): string => `run ${run}, episode ${episode}`;

/** The typical and the worst episode of every attack at every point: links to pages, and the command that makes one. */
export function watchSection(watch: readonly Watch[], frontier: Frontier, what: string): Content {
  const points = allPoints(frontier);
  const command = ({ place, attack }: Watch, { run, episode }: Moment) =>
    `masque replay ${what} --point ${placeName(place)} --attack ${attack} --run ${run} --episode ${episode}`;
  const security = ({ place, attack }: Watch) => points[place].attacks[attack].security.mean;
  const lowest = watch.reduce((a, b) => (security(b) < security(a) ? b : a));
  const cell = (one: Watch, kind: "typical" | "worst"): Cell => {
    const text = momentText(one[kind]);
    const page = one.pages?.[kind];
    return { cell: page === undefined ? text : html`<a href="${page}">${text}</a>`, title: command(one, one[kind]) };
  };
  return details(
    "Episodes to watch: a typical and the worst one of every attack at every point",
    html`<p>The worst episode lowers its run's ${frontier.axes.security} most, the typical one as the middle one does. ${
      watch.some(({ pages }) => pages) ? "A link leads to where it is shown. " : null
    }A page of any of them, played by the very policies and seeds of its cell, is written by a command like this${
      what === "RUN" ? html`, with this run's folder as <code>RUN</code>` : null
    }:</p>`,
    copyable(command(lowest, lowest.worst)),
    table({
      label: "Episodes to watch",
      sortable: true,
      columns: [
        { head: "point" },
        { head: "attack" },
        { head: frontier.axes.security, numeric: true },
        { head: "typical" },
        { head: "worst" },
      ],
      rows: watch.map((one) => [
        placeName(one.place),
        one.attack,
        number(security(one), 3),
        cell(one, "typical"),
        cell(one, "worst"),
      ]),
    }),
  );
}
