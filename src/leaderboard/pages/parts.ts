import type { Size } from "../../report/chart/frontier.ts";
import { outline, plot } from "../../report/chart/plot.ts";
import { html, type Markup } from "../../report/html/html.ts";
import { badge } from "../../report/html/parts.ts";
import { type Listed, settings } from "../ranking.ts";
import type { EntryFile, Standing } from "../schema.ts";

/** An entry's state, by what keepers signed, with what it means. */
export function stateOf({ said, standing, reasons }: Listed): Markup {
  if (said.retracted !== null) return badge("bad", "withdrawn", said.retracted);
  if (said.latest && said.latest.mismatches.length > 0) return badge("bad", "disputed", "a verification failed");
  if (reasons.length > 0 && standing) return badge("warn", "verified", "verified, but not ranked");
  if (standing)
    return badge("good", "verified", "a keeper of this board executed it and played its track on seeds of his own");
  return badge("warn", "claimed", "no keeper of this board has verified it");
}

export const authorsOf = ({ claim }: EntryFile): string => claim.authors.join(", ") || "anonymous";

const SHAPES = ["disc", "diamond", "square", "triangle"] as const;

/** Frontiers of ranked entries over one another, as the board measured them. */
export function standingsDrawing(
  entries: readonly { readonly name: string; readonly standing: Standing }[],
  size: Size,
): Markup {
  const [{ axes }] = entries.map(({ standing }) => standing);
  const x = axes.arm === "attacked" ? `${axes.utility} under attack` : `clean ${axes.utility}`;
  const style = (i: number) => ({ look: `s${i}`, shape: SHAPES[i % SHAPES.length] });
  const range = ({ low, high }: Standing["score"]) =>
    low === null || high === null ? undefined : ([low, high] as const);
  const counted = ({ points }: Standing) => points.filter(({ anchor, counts }) => counts || anchor === null);
  return plot({
    ...size,
    label: `${axes.security} over ${x}: ${entries.length} frontiers`,
    x: { title: x, domain: [0, 1] },
    y: { title: `${axes.security}, against the worst attack met`, domain: [0, 1] },
    beneath: (to) => [
      html`<path class="tradeoff" d="M${to.x(0)} ${to.y(1)}L${to.x(1)} ${to.y(0)}"/>`,
      entries.map(
        ({ standing }, i) =>
          html`<path class="series thin s${i}" d="${outline(
            counted(standing).map(({ utility, security }) => [utility.mean, security.mean]),
            to,
          )}"/>`,
      ),
    ],
    marks: entries.flatMap(({ name, standing }, i) =>
      counted(standing).map((point) => ({
        x: point.utility.mean,
        y: point.security.mean,
        xRange: range(point.utility),
        yRange: range(point.security),
        ...style(i),
        tip: `${name}: ${settings(point)}; ${point.utility.mean.toFixed(3)}, ${point.security.mean.toFixed(3)} under ${point.worst}`,
      })),
    ),
    legend: entries.map(({ name }, i) => ({ ...style(i), text: name })),
  });
}
