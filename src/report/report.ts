import type { Comparison } from "../frontier/compare.ts";
import type { Frontier } from "../frontier/frontier.ts";
import type { Manifest } from "../run/folder.ts";
import { type Content, html } from "./html/html.ts";
import { page } from "./html/page.ts";
import { attackSection } from "./sections/attacks.ts";
import { comparisonSection } from "./sections/comparison.ts";
import { effortSection } from "./sections/effort.ts";
import { hostSection } from "./sections/host.ts";
import { frontierName, overview } from "./sections/overview.ts";
import { frontierSection } from "./sections/points.ts";
import { reproduceSection } from "./sections/reproduce.ts";
import { summary } from "./sections/summary.ts";
import { trainingSection } from "./sections/training.ts";
import type { Watch } from "./sections/watch.ts";

/** What a report shows of a finished run; `curves` as in curves.jsonl. All of it is equal for equal runs. */
export interface RunReport {
  readonly frontier: Frontier;
  readonly manifest: Manifest;
  readonly curves: string;
  /** Episodes to watch. */
  readonly watch: readonly Watch[];
  /** Sessions of host.json, for a report that says where it ran: these differ between equal runs. */
  readonly host?: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The report of one run, or of several on one page: HTML that opens from disk and asks for nothing. A pure function of
 * its arguments, so equal runs have equal reports. `comparison` is of the first two, where these can be compared.
 */
export function reportHtml(runs: readonly RunReport[], comparison: Comparison | null = null): string {
  const footer = html`Made by Masque ${runs[0].frontier.masque}. Works without a network; nothing in it was fetched.`;
  if (runs.length === 1) {
    const [run] = runs;
    return page({
      title: `${run.frontier.benchmark} · Masque`,
      description: run.frontier.question,
      navigation: links(""),
      body: [html`<h1>${run.frontier.benchmark}</h1>\n`, runBody(run, "")],
      footer,
    });
  }
  return page({
    title: `${runs.length} runs · Masque`,
    navigation: runs.map(({ frontier }, i) => html`<a href="#run-${i + 1}">${frontierName(frontier, i)}</a>`),
    body: [
      html`<h1>${runs.length} runs</h1>\n`,
      overview(runs.map(({ frontier }) => frontier)),
      comparison && comparisonSection(comparison),
      runs.map((run, i) => [
        html`<h1 id="run-${i + 1}" class="next">${frontierName(run.frontier, i)}</h1>\n`,
        runBody(run, `run-${i + 1}-`),
      ]),
    ],
    footer,
  });
}

function runBody({ frontier, manifest, curves, watch, host }: RunReport, id: string): Content {
  return [
    summary(frontier),
    frontierSection(frontier, id),
    attackSection(frontier, id, { watch, what: "RUN" }),
    effortSection(frontier, id),
    trainingSection(curves, frontier.benchmark, id),
    reproduceSection(frontier, manifest, id),
    host && hostSection(host, id),
  ];
}

function links(id: string): Content {
  const parts = { frontier: "Frontier", attacks: "Attacks", effort: "Effort", again: "Run it again" };
  return Object.entries(parts).map(([part, name]) => html`<a href="#${id}${part}">${name}</a>`);
}
