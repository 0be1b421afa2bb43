import type { Frontier } from "../frontier/frontier.ts";
import type { Guest } from "../people/guests.ts";
import { frontierDrawing, WIDE } from "./chart/frontier.ts";
import { standalone } from "./chart/style.ts";
import { textOf } from "./html/html.ts";
import { fold } from "./text.ts";

/** The frontier as an SVG file: the report's figure under a heading, in the light theme; `guests` are recorded games. */
export function frontierSvg(frontier: Frontier, guests: readonly Guest[] = []): string {
  const { benchmark, question, environment, runs, illustrative, anchors } = frontier;
  const knobs = Object.keys((frontier.points[0] ?? anchors[0]).knobs);
  const heading = [
    benchmark,
    ...(question ? fold(question, 110).trimEnd().split("\n") : []),
    `${environment.id}, ${runs} run${runs === 1 ? "" : "s"}${illustrative ? " (illustrative)" : ""}, ` +
      `${runs > 1 ? "95 % intervals" : "no intervals"}${knobs.length > 0 ? `; numbers are ${knobs.join(", ")}` : ""}`,
  ];
  return standalone(textOf(frontierDrawing(frontier, WIDE, { heading, guests })));
}
