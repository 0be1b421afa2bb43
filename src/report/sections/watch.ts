import type { Frontier } from "../../frontier/frontier.ts";
import type { Moment, Moments } from "../../frontier/moments.ts";
import { allPoints, letter } from "../frontier-text.ts";
import { type Content, html } from "../html/html.ts";
import { details } from "../html/parts.ts";
import { table } from "../html/table.ts";
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

/** The typical and the worst episode of every attack at every point: a link to a page, or the command that makes one. */
export function watchSection(watch: readonly Watch[], frontier: Frontier, what: string): Content {
  const points = allPoints(frontier);
  const cell = (one: Watch, kind: "typical" | "worst"): Content => {
    const { run, episode } = one[kind];
    const page = one.pages?.[kind];
    const command = `masque replay ${what} --point ${letter(one.place)} --attack ${one.attack} --run ${run} --episode ${episode}`;
    return page === undefined ? html`<code>${command}</code>` : html`<a href="${page}">${momentText(one[kind])}</a>`;
  };
  return details(
    "Episodes to watch: a typical and the worst one of every attack at every point",
    html`<p>The worst episode lowers its run's ${frontier.axes.security} most, the typical one as the middle one does. A command writes a page of the episode, played by the very policies and seeds of its cell${
      what === "RUN" ? html`; <code>RUN</code> is this run's folder` : null
    }.</p>`,
    table({
      label: "Episodes to watch",
      class: "prose",
      columns: [
        { head: "" },
        { head: "attack" },
        { head: frontier.axes.security, numeric: true },
        { head: "typical" },
        { head: "worst" },
      ],
      rows: watch.map((one) => [
        letter(one.place),
        one.attack,
        number(points[one.place].attacks[one.attack].security.mean, 3),
        cell(one, "typical"),
        cell(one, "worst"),
      ]),
    }),
  );
}
