import { type Json, restoreInfinity } from "../../data/canonical.ts";
import type { Frontier } from "../../frontier/frontier.ts";
import { toWatch } from "../../frontier/moments.ts";
import { curves } from "../../frontier/results.ts";
import { NARROW, WIDE } from "../../report/chart/frontier.ts";
import { interval } from "../../report/frontier-text.ts";
import { type Content, html } from "../../report/html/html.ts";
import { type Page, page } from "../../report/html/page.ts";
import { copyable, details, download, facts, figure, notice, section } from "../../report/html/parts.ts";
import { table } from "../../report/html/table.ts";
import { attackSection } from "../../report/sections/attacks.ts";
import { effortSection } from "../../report/sections/effort.ts";
import { frontierSection } from "../../report/sections/points.ts";
import { reproduceSection } from "../../report/sections/reproduce.ts";
import { estimated, summary } from "../../report/sections/summary.ts";
import { trainingSection } from "../../report/sections/training.ts";
import type { Watch } from "../../report/sections/watch.ts";
import type { Estimate } from "../../stats/estimate.ts";
import { type Listed, type RankedTrack, ranked, rankRange, settings } from "../ranking.ts";
import { type EntryFile, encodeEntry, type Standing } from "../schema.ts";
import { entryReader } from "../seating.ts";
import { authorsOf, standingsDrawing, stateOf } from "./parts.ts";

/** Everything about an entry: what the board measured, and what its author did; `episodes` says where one is shown. */
export function entryPage(
  one: Listed,
  track: RankedTrack | null,
  { site, episodes }: { readonly site?: Page["site"]; readonly episodes?: (watch: Watch) => Watch["pages"] } = {},
): string {
  const { entry, standing, reasons, notes, said } = one;
  const { file, benchmark, plan, results } = entry;
  const { claim } = file;
  const claimed = restoreInfinity(claim.result as unknown as Json) as Frontier;
  const best = track ? ranked(track) : [];
  const place = best.findIndex((other) => other.entry === entry);
  const [from, to] = place < 0 ? [0, 0] : rankRange(best, place);
  const { config } = benchmark;
  const manifest = {
    schema: 1 as const,
    name: claim.name,
    hash: claim.protocol.hash,
    given: claim.protocol.given,
    resolved: claim.protocol.resolved,
    versions: { masque: claim.masque },
    seeds: config.seeds,
    backend: config.backend,
  };
  return page({
    site,
    title: `${claim.name} · Masque leaderboard`,
    description: claim.result.question,
    navigation: [
      html`<a href="../index.html">Leaderboard</a>`,
      ...["board", "frontier", "attacks", "effort", "evidence", "again"].map((id) => html`<a href="#${id}">${id}</a>`),
    ],
    body: [
      html`<h1>${claim.name}</h1>\n<p class="note">by ${authorsOf(file)} ${stateOf(one)}</p>`,
      said.latest &&
        said.latest.mismatches.length > 0 &&
        notice("bad", html`<b>Disputed.</b> ${said.latest.by} could not verify it: ${said.latest.mismatches[0]}`),
      reasons.length > 0 && notice("plain", html`<b>Not ranked:</b> ${reasons.join("; ")}.`),
      notes.length > 0 && notice("plain", notes.join("; ")),
      facts([
        [
          "Rank",
          place < 0 ? "none" : from === to ? `${from} of ${best.length}` : `${from}–${to} of ${best.length}`,
          claim.track === null ? "on no track" : html`on <a href="../index.html#${claim.track}">${claim.track}</a>`,
        ],
        ["Score, by the board", standing ? interval(standing.score) : "none", "on the keeper's seed"],
        ["Score, by its author", interval(claimed.front.score), "against a portfolio of his choice"],
      ]),
      standing && boardSection(standing, claim.name),
      html`<h2>What its author measured</h2>`,
      summary(claimed),
      frontierSection(claimed, ""),
      attackSection(claimed, "", {
        watch: toWatch(benchmark, plan, entryReader(entry.results)).map((one) => ({ ...one, pages: episodes?.(one) })),
        what: `entries/${claim.name}`,
      }),
      effortSection(claimed, ""),
      controlSection(file),
      trainingSection(curves({ benchmark, plan, store: { read: (hash) => results.get(hash) } }), claim.name, ""),
      evidenceSection(one),
      reproduceSection(claimed, manifest, ""),
    ],
    footer: html`Made by Masque ${claim.masque}. Works without a network; nothing in it was fetched.`,
  });
}

/** What it is ranked by, point by point. */
function boardSection(standing: Standing, name: string): Content {
  const { axes } = standing;
  return section(
    "board",
    "What the board measured",
    figure({
      name: `${name}-board`,
      svg: {
        wide: standingsDrawing([{ name, standing }], WIDE),
        narrow: standingsDrawing([{ name, standing }], NARROW),
      },
      caption: "Points of the entry's defence on its track, on the keeper's seed. Bars: 95 % intervals.",
    }),
    table({
      label: "Points",
      columns: [
        { head: "settings" },
        { head: axes.arm === "attacked" ? `${axes.utility} under attack` : `clean ${axes.utility}`, numeric: true },
        { head: axes.security, numeric: true },
        { head: "worst attack" },
        { head: "" },
      ],
      rows: standing.points.map((point) => [
        settings(point),
        estimated(point.utility),
        estimated(point.security),
        point.worst,
        point.counts ? "" : (point.anchor ?? "below the floor").replaceAll("-", " "),
      ]),
    }),
  );
}

function controlSection({ claim }: EntryFile): Content {
  const names = {
    noDefence: "no defence",
    lockdown: "lockdown",
    randomDefence: "random defence",
    honestOnly: "no defence, nobody attacks",
  } as const;
  return section(
    "controls",
    "Controls",
    table({
      label: "Controls",
      columns: [
        { head: "" },
        { head: `clean ${claim.result.axes.utility}`, numeric: true },
        { head: claim.result.axes.security, numeric: true },
      ],
      rows: Object.entries(names).map(([key, name]) => {
        const control = claim.controls[key as keyof typeof names];
        const show = (estimate: Estimate | undefined) =>
          estimate ? estimated(estimate) : html`–<small>not in this environment</small>`;
        return [name, show(control?.cleanUtility), show(control?.security)];
      }),
    }),
  );
}

function evidenceSection({ entry: { file }, said: { latest, restatements } }: Listed): Content {
  const { claim } = file;
  const { cells, policies } = claim.evidence;
  return section(
    "evidence",
    "Evidence",
    html`<p>Beside this entry lie the raw results of ${cells.cells} cells, every counter of every episode, and ${policies.length} policies. Anyone can execute all of it again:</p>`,
    copyable(`masque verify entries/${claim.name}`),
    latest
      ? table({
          label: "The latest verification",
          columns: [{ head: "" }, { head: "" }],
          rows: [
            ["signed by", latest.by],
            ["cells executed again", `${latest.cells[0]} of ${latest.cells[1]}`],
            ["trainings repeated", `${latest.trainings[0]} of ${latest.trainings[1]}`],
            ["number drawn", latest.nonce],
            ["seed of the track", latest.standing ? String(latest.standing.root) : "not played"],
            ["machine", latest.machine],
            ...latest.mismatches.map((one) => ["differs", one]),
          ],
        })
      : html`<p class="note">No keeper of this board has verified it.</p>`,
    ...restatements.map(
      ({ by, number, masque, of, changed }) =>
        html`<p class="note">Statement ${number}, signed by ${by}: reckoned anew from the same episodes by Masque ${masque}; it was <code class="hash">${of.slice(0, 12)}</code>. What differs: ${changed.join(", ")}.</p>`,
    ),
    table({
      label: "Digests",
      columns: [{ head: "" }, { head: "SHA-256" }],
      rows: [
        ["entry", html`<code class="hash">${file.id}</code>`],
        ["raw results", html`<code class="hash">${cells.sha256}</code>`],
        ...claim.code.map(({ file, sha256 }) => [file, html`<code class="hash">${sha256}</code>`]),
        ["made on", `${claim.made.platform} ${claim.made.arch}, node ${claim.made.node}`],
      ],
    }),
    details(
      `Digests of the ${policies.length} policies`,
      html`<p>${policies.map((digest) => html`<code class="hash">${digest}</code> `)}</p>`,
    ),
    html`<p>${download(`${claim.name}.json`, encodeEntry(file), "application/json", "The entry as data")}</p>`,
  );
}
