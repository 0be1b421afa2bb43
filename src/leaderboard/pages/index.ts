import { basename } from "node:path";
import { masque } from "../../data/package.ts";
import { NARROW, WIDE } from "../../report/chart/frontier.ts";
import { interval } from "../../report/frontier-text.ts";
import { type Content, html } from "../../report/html/html.ts";
import { type Page, page } from "../../report/html/page.ts";
import { details, figure, notice, section } from "../../report/html/parts.ts";
import { table } from "../../report/html/table.ts";
import { number } from "../../report/text.ts";
import { type Listed, type RankedTrack, ranked, rankedAttacks, rankRange, type Standings } from "../ranking.ts";
import { authorsOf, standingsDrawing, stateOf } from "./parts.ts";
import { recordedSection } from "./recorded.ts";

/** How many frontiers one figure tells apart. */
const MOST = 6;

/** All tracks with their rankings, all of them together, and what has no rank. */
export function indexPage({ tracks, others, recorded, problems, board }: Standings, site?: Page["site"]): string {
  const count = tracks.reduce((sum, { entries }) => sum + entries.length, 0);
  return page({
    site,
    title: "Leaderboard · Masque",
    description: "What defences of multi-agent systems buy, at which price, against the worst attacks found so far.",
    navigation: [
      ...tracks.map(({ track }) => html`<a href="#${track.name}">${track.name}</a>`),
      html`<a href="#overall">overall</a>`,
      recorded.length > 0 && html`<a href="#recorded">recorded games</a>`,
      html`<a href="#trust">trust</a>`,
    ],
    body: [
      html`<h1>Leaderboard</h1>\n<p class="lede">What defences buy in security, and what they cost in utility, against the worst attacks found so far.</p>\n`,
      html`<p class="note">${count} ${count === 1 ? "entry" : "entries"} on ${tracks.length} ${tracks.length === 1 ? "track" : "tracks"}. A track fixes the game: environment, parameters, attacks, episodes and runs; an entry's defence is its own.</p>`,
      notice(
        "plain",
        html`No entry is secure: security is measured against attacks that were found. Every figure here was measured by a keeper of this board, on seeds drawn after the entry lay there; what authors measured stands on the entries' own pages.`,
      ),
      tracks.length > 1 && glance(tracks),
      tracks.map((track) => section(track.track.name, track.track.name, trackBody(track))),
      section("overall", "Overall", overall(tracks)),
      recorded.length > 0 && recordedSection(recorded),
      (others.length > 0 || problems.length > 0) && section("rest", "Not on a track", rest({ others, problems })),
      section(
        "trust",
        "How entries are trusted",
        html`<p>An entry holds its protocol, every counter of every episode, and every trained policy. A keeper's <code>masque verify</code> recomputes all aggregates, executes the author's evaluation cells again, repeats a sample of trainings, and then plays the track itself: with the entry's defence, the track's attacks, trainings anew, those attacks that this board accepted, and a seed made of the entry's digest and a number that the keeper drew. Only that ranks an entry; its own portfolio, budgets and seeds are not in it.</p>`,
        html`<p>What keepers found is signed (Ed25519). Keepers of this board: ${[...board.keepers.values()].join(", ") || "none"}. An entry whose record another key signed, or none, is <em>claimed</em> and has no rank; one that a verification contradicts is <em>disputed</em>. Of two defences that do the same the first one that was verified keeps its rank.</p>`,
        html`<p>Ranks are given as ranges: two entries are told apart where their scores differ by more than the 95 % half-width of the difference.</p>`,
      ),
    ],
    footer: html`Made by Masque ${masque().version}. Works without a network; nothing in it was fetched.`,
  });
}

/** Every track in a line: who may stand first on it. */
function glance(tracks: readonly RankedTrack[]): Content {
  return table({
    label: "Tracks",
    sortable: true,
    columns: [
      { head: "track" },
      { head: "best score", numeric: true },
      { head: "first", title: "and what is not told apart from it" },
      { head: "ranked", numeric: true },
    ],
    rows: tracks.map((track) => {
      const best = ranked(track);
      const first = best.filter((_, place) => rankRange(best, place)[0] === 1);
      return [
        html`<a href="#${track.track.name}">${track.track.name}</a>`,
        best.length > 0 ? { cell: interval(best[0].standing.score), sort: best[0].standing.score.mean } : "–",
        first.map(({ entry: { file } }, i) => {
          const { name } = file.claim;
          return html`${i > 0 && ", "}<a href="entries/${name}.html">${name}</a>`;
        }),
        best.length,
      ];
    }),
  });
}

function trackBody(track: RankedTrack): Content {
  const best = ranked(track);
  const drawn = best.slice(0, MOST).map(({ entry, standing }) => ({ name: entry.file.claim.name, standing }));
  const attacks = rankedAttacks(track);
  return [
    typeof track.track.base.question === "string" && html`<p>${track.track.base.question}</p>`,
    table({
      label: "Ranking",
      sortable: true,
      columns: [
        { head: "rank", title: "entries that are not told apart share their ranks" },
        { head: "entry" },
        // Before what is the same in most rows: on a phone no more than three columns are seen at once.
        {
          head: "score",
          numeric: true,
          title: "what the defence adds to no defence and lockdown, under the worst attacks",
        },
        { head: "state" },
        { head: "points", numeric: true },
        { head: "security", numeric: true, title: "under the worst attack, in the mean over points" },
        { head: "runs", numeric: true },
      ],
      rows: track.entries.map((one) => row(one, best)),
    }),
    drawn.length > 0 &&
      figure({
        name: `track-${track.track.name}`,
        svg: { wide: standingsDrawing(drawn, WIDE), narrow: standingsDrawing(drawn, NARROW) },
        caption: `Frontiers as this board measured them${best.length > MOST ? `; the first ${MOST}` : ""}. Bars: 95 % intervals.`,
      }),
    attacks.length > 0 &&
      details(
        "Attacks of this track, the most harmful first",
        table({
          label: "Attacks",
          sortable: true,
          columns: [
            { head: "attack" },
            { head: "worst at", numeric: true, title: "share of ranked entries' points" },
            { head: "security under it", numeric: true },
          ],
          rows: attacks.map(({ name, worst, security }) => [
            name,
            { cell: `${Math.round(100 * worst)} %`, sort: worst },
            number(security, 3),
          ]),
        }),
      ),
    details(
      "The game",
      html`<p>Track <code class="hash">${track.track.digest}</code>. An entry may set ${track.track.rules.dials.join(", ") || "nothing"}, at ${track.track.rules.levels} points at most.</p>`,
      track.attacks.length > 0 &&
        html`<p>Accepted attacks: ${track.attacks.map(({ file }) => `${file.name} by ${file.authors.join(", ") || "anonymous"}`).join("; ")}.</p>`,
    ),
  ];
}

function row(one: Listed, best: ReturnType<typeof ranked>) {
  const { entry, standing, reasons, notes } = one;
  const { name } = entry.file.claim;
  const place = best.findIndex((other) => other.entry === entry);
  const [from, to] = place < 0 ? [0, 0] : rankRange(best, place);
  const counted = standing?.points.filter(({ counts }) => counts) ?? [];
  const mean = counted.reduce((sum, { security }) => sum + security.mean, 0) / counted.length;
  return [
    { cell: place < 0 ? "–" : from === to ? from : `${from}–${to}`, sort: place < 0 ? best.length : place },
    html`<a href="entries/${name}.html">${name}</a><small>${authorsOf(entry.file)}</small>${reasons.length > 0 && html`<small>not ranked: ${reasons.join("; ")}</small>`}${notes.length > 0 && html`<small>${notes.join("; ")}</small>`}`,
    standing ? { cell: interval(standing.score), sort: standing.score.mean } : "–",
    stateOf(one),
    standing ? counted.length : "–",
    standing && counted.length > 0 ? { cell: number(mean, 3), sort: mean } : "–",
    standing ? standing.runs : "–",
  ];
}

/** Authors over all tracks: their best rank on each. */
function overall(tracks: readonly RankedTrack[]): Content {
  const authors = new Map<string, Map<string, { rank: number; of: number; score: number }>>();
  for (const track of tracks) {
    const best = ranked(track);
    for (const [place, { entry, standing }] of best.entries()) {
      const name = authorsOf(entry.file);
      const own = authors.get(name) ?? new Map();
      authors.set(name, own);
      if (own.has(track.track.name)) continue;
      own.set(track.track.name, { rank: rankRange(best, place)[0], of: best.length, score: standing.score.mean });
    }
  }
  if (authors.size === 0) return html`<p class="note">Nothing is ranked yet.</p>`;
  const rows = [...authors].sort(([, a], [, b]) => b.size - a.size);
  return table({
    label: "Overall",
    sortable: true,
    columns: [
      { head: "by" },
      { head: "best score on each track, and its rank" },
      { head: "tracks", numeric: true },
      { head: "mean score", numeric: true, title: "over the tracks entered" },
    ],
    rows: rows.map(([name, own]) => {
      const scores = [...own.values()].map(({ score }) => score);
      return [
        name,
        [...own].map(
          ([track, { score, rank, of }], i) =>
            html`${i > 0 && ", "}<span class="whole"><a href="#${track}">${track}</a> ${number(score, 3)} (${rank} of ${of})</span>`,
        ),
        own.size,
        number(scores.reduce((a, b) => a + b, 0) / scores.length, 3),
      ];
    }),
  });
}

function rest({ others, problems }: Pick<Standings, "others" | "problems">): Content {
  return table({
    label: "Not on a track",
    columns: [{ head: "entry" }, { head: "why" }],
    rows: [
      ...others.map(({ entry, reasons }) => [
        html`<a href="entries/${entry.file.claim.name}.html">${entry.file.claim.name}</a><small>${authorsOf(entry.file)}</small>`,
        reasons.join("; "),
      ]),
      ...problems.map(({ folder, why }) => [basename(folder), why.slice(0, 500)]),
    ],
  });
}
