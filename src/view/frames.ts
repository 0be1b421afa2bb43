import { escapeMarkup } from "../data/markup.ts";
import { heightOf, sceneRules } from "../env/render-svg.ts";
import { fold } from "../report/text.ts";
import type { Frame, Player } from "./player.ts";

const WIDTH = 800;
const MARGIN = 24;
const LINE = 21;
/** Letters of a line under the picture, at about 7.4 pixels each. */
const LETTERS = Math.floor((WIDTH - 2 * MARGIN) / 7.4);

/**
 * Frames of an episode as SVG documents of one size, in light colours: a heading with the step, the picture, and what the
 * page would say beside it. Both sides of the size are even, as films need them.
 */
export function frameDocuments(player: Player, steps: readonly number[], heading: string): string[] {
  const { course } = player;
  const frames = steps.map((step) => player.frame(step, { width: WIDTH - 2 * MARGIN }));
  const words = frames.map((frame) => wordsOf(frame));
  const pictures = frames.map(({ svg }) => heightOf(svg ?? ""));
  const picture = Math.ceil(Math.max(...pictures));
  const lines = Math.max(...words.map((one) => one.length));
  const top = MARGIN + LINE + 8;
  const height = 2 * Math.ceil((top + picture + lines * LINE + MARGIN) / 2);
  return frames.map(({ svg, step }, i) =>
    [
      `<svg xmlns="http://www.w3.org/2000/svg" class="mq" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">`,
      STYLE,
      `<rect class="mq-back" width="${WIDTH}" height="${height}"/>`,
      line(heading, MARGIN + 14, "mq-title"),
      `<text x="${WIDTH - MARGIN}" y="${MARGIN + 14}" class="mq-dim" text-anchor="end">step ${step} of ${course.steps}</text>`,
      `<g transform="translate(${MARGIN} ${top})">${svg ?? ""}</g>`,
      ...words[i].map((text, row) => line(text, top + picture + (row + 1) * LINE - 5, "mq-dim")),
      "</svg>\n",
    ].join("\n"),
  );
}

/** A frame's picture alone, as an SVG document. */
export const pictureDocument = (svg: string): string => svg.replace(/^<svg [^>]*>/, (open) => `${open}${STYLE}`);

/** Helvetica or a face of its widths: what a page calls system-ui is not known to programs that draw. */
const STYLE = `<style>${sceneRules(false)
  .map((rule) => `.mq ${rule}`)
  .join("")}.mq text{font-family:Helvetica,Arial,"Liberation Sans",sans-serif}</style>`;

/** The caption, and the values beside the picture. */
function wordsOf({ labels, metrics }: Frame): string[] {
  const caption = labels.filter(([name]) => name === "").map(([, text]) => String(text));
  const values = labels.filter(([name]) => name !== "").map(([name, value]) => `${name} ${value}`);
  const shown = Object.entries(metrics).map(([name, value]) => `${name} ${value?.toFixed(3) ?? "–"}`);
  return [...caption, values.join(" · "), shown.join(" · ")]
    .filter((text) => text !== "")
    .flatMap((text) => fold(text, LETTERS).trimEnd().split("\n"));
}

const line = (text: string, y: number, look: string): string =>
  `<text x="${MARGIN}" y="${y}" class="${look}">${escapeMarkup(text)}</text>`;

/** Steps of an episode to show, both ends among them, at most `most`. */
export function stepsShown(steps: number, most: number): number[] {
  const count = Math.min(steps + 1, most);
  return Array.from({ length: count }, (_, i) => Math.round((i * steps) / Math.max(1, count - 1)));
}
