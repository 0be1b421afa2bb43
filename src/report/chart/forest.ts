import type { Estimate } from "../../stats/estimate.ts";
import { html, type Markup } from "../html/html.ts";
import { number } from "../text.ts";
import { px, ticks } from "./plot.ts";

export interface ForestRow {
  readonly label: string;
  readonly estimate: Estimate;
  readonly look: string;
  readonly tip: string;
}

const ROW = 22;
const TOP = 30;
const LABELS = 110;

/** Differences with their intervals, a row each, about a line at zero. */
export function forestDrawing(rows: readonly ForestRow[], title: string, width = 340): Markup {
  const ends = rows.flatMap(({ estimate: { mean, low, high } }) => [mean, low ?? mean, high ?? mean].map(Math.abs));
  const reach = Math.max(0.02, ...ends) * 1.08;
  const [left, right] = [LABELS, width - 14];
  const x = (value: number) => px(left + ((value + reach) / (2 * reach)) * (right - left));
  const floor = TOP + rows.length * ROW;
  const grid = ticks([-reach, reach], 4).map(
    (value) =>
      html`<path class="grid" d="M${x(value)} ${TOP}V${floor}"/><text class="small" text-anchor="middle" x="${x(value)}" y="${floor + 16}">${value > 0 ? "+" : ""}${number(value, 3).replace("-", "−")}</text>`,
  );
  const drawn = rows.map(({ label, estimate: { mean, low, high }, look, tip }, i) => {
    const y = TOP + ROW * (i + 0.5);
    const bar = low !== null && high !== null && html`<path class="bar ${look}" d="M${x(low)} ${y}H${x(high)}"/>`;
    return html`<text class="small" x="0" y="${y + 4}">${label}</text><g class="mark"><title>${tip}</title>${bar}<circle class="dot ${look}" cx="${x(mean)}" cy="${y}" r="4"/><rect class="hit" x="${left}" y="${y - ROW / 2}" width="${right - left}" height="${ROW}"/></g>\n`;
  });
  return html`<svg class="drawing" viewBox="0 0 ${width} ${floor + 26}" role="group" aria-label="${title}">
<text class="small" x="0" y="16">${title}</text>${grid}<path class="zero" d="M${x(0)} ${TOP}V${floor}"/>
${drawn}</svg>`;
}
