import { masque } from "../../data/package.ts";
import { NARROW, WIDE } from "../../report/chart/frontier.ts";
import { interval } from "../../report/frontier-text.ts";
import { type Content, html } from "../../report/html/html.ts";
import { page } from "../../report/html/page.ts";
import { details, figure, notice, section } from "../../report/html/parts.ts";
import { table } from "../../report/html/table.ts";
import { frontiersDrawing } from "../../report/sections/overview.ts";
import { number } from "../../report/text.ts";
import { LEAST, type Listed, type Track } from "../ranking.ts";
import { authorsOf, challenges, stateOf } from "./parts.ts";

/** How many frontiers one figure tells apart. */
const MOST = 6;

/** All tracks, by environment, each with its ranking. */
export function indexPage(tracks: readonly Track[]): string {
  const environments = [...new Set(tracks.map(({ environment }) => environment))];
  const count = tracks.reduce((sum, { entries }) => sum + entries.length, 0);
  return page({
    title: "Leaderboard · Masque",
    description: "What defences of multi-agent systems buy, at which price, against the worst attacks found so far.",
    navigation: environments.map((id) => html`<a href="#${id}">${id}</a>`),
    body: [
      html`<h1>Leaderboard</h1>\n<p class="lede">What defences buy in security, and what they cost in utility, against the worst attacks found so far.</p>\n`,
      html`<p class="note">${count} ${count === 1 ? "entry" : "entries"} on ${tracks.length} ${tracks.length === 1 ? "track" : "tracks"}. Entries of a track share environment, parameters, axes and score; they differ in their defences, and in what they were attacked with.</p>`,
      notice(
        "plain",
        html`No entry is secure: security is measured against attacks that were found, and a better attack submitted against an entry lowers it. Compare <em>attacks</em> and <em>training steps</em> before you compare scores: a defence that was attacked less looks stronger than it is.`,
      ),
      environments.map((id) => section(id, id, tracks.filter(({ environment }) => environment === id).map(trackBody))),
      section(
        "trust",
        "How entries are trusted",
        html`<p>An entry holds its whole protocol, every counter of every episode, and every trained policy. <code>masque verify</code> recomputes all aggregates from the episodes, executes all evaluation cells again from policies and seeds (every counter and the trace of every action and reward must match exactly), and repeats a sample of trainings that the verifier's own random number draws. This page was built only of entries whose aggregates are what their episodes give.</p>`,
        html`<p>${stateText()}</p>`,
        html`<p>Ranked are entries of at least ${LEAST.runs} runs and ${LEAST.select} + ${LEAST.test} episodes (to choose the worst attack by, and to score it by) that met random, scripted and learned attacks, and every attack that others submitted on their track. The rest stand below them, with the reason.</p>`,
      ),
    ],
    footer: html`Made by Masque ${masque().version}. Works without a network; nothing in it was fetched.`,
  });
}

function stateText(): Content {
  return html`<em>Claimed</em>: nobody else has verified it. <em>Reproduced</em>: somebody else has. <em>Disputed</em>: a verification failed, or an external attack took a point below what the claim's interval allows. States are as the entries' records say; records are not signed, so verify yourself what you rely on.`;
}

function trackBody({ id, params, entries }: Track): Content {
  const frontiers = entries.map(({ standing }) => standing);
  const levels = Object.keys(frontiers[0].front.utilityAtSecurity);
  const drawn = entries.slice(0, MOST);
  return [
    html`<h3 id="track-${id.slice(0, 12)}">${frontiers[0].axes.security} over ${frontiers[0].axes.utility}</h3>`,
    table({
      label: "Ranking",
      sortable: true,
      columns: [
        { head: "" },
        { head: "entry" },
        { head: "state" },
        {
          head: "score",
          numeric: true,
          title: "what the defence adds to no defence and lockdown, under the worst attacks",
        },
        ...levels.map((level) => ({ head: `utility at ≥ ${level}`, numeric: true })),
        { head: "points", numeric: true },
        { head: "attacks", numeric: true, title: "in its own portfolio, and by others" },
        { head: "training steps", numeric: true, title: "spent on attacking its points, in the mean" },
        { head: "runs", numeric: true },
        { head: "episodes", numeric: true, title: "of a run, to choose the worst attack by and to score it by" },
      ],
      rows: entries.map((one, rank) => row(one, rank, levels)),
    }),
    entries.length > 1 &&
      figure({
        name: `track-${id.slice(0, 12)}`,
        svg: {
          wide: frontiersDrawing(drawn.map(named), WIDE),
          narrow: frontiersDrawing(drawn.map(named), NARROW),
        },
        caption: `Frontiers as they stand, under all attacks${entries.length > MOST ? `; the first ${MOST}` : ""}. `,
      }),
    details(
      "The track",
      html`<p>Track <code class="hash">${id}</code>. Parameters of the environment that its entries share: <code>${JSON.stringify(params)}</code></p>`,
    ),
  ];
}

/** The frontier under the entry's name instead of the benchmark's. */
const named = ({ entry, standing }: Listed) => ({ ...standing, benchmark: entry.file.claim.name });

function row(one: Listed, rank: number, levels: readonly string[]) {
  const { entry, claimed, standing } = one;
  const { file } = entry;
  const { front, points } = standing;
  const lowered = front.score.mean !== claimed.front.score.mean;
  const steps = points.reduce((sum, { effort }) => sum + effort.trainingSteps, 0) / points.length;
  return [
    { cell: one.shortfalls.length > 0 ? "–" : rank + 1, sort: rank },
    html`<a href="entries/${file.claim.name}.html">${file.claim.name}</a><small>${authorsOf(file)}</small>${one.shortfalls.length > 0 && html`<small>not ranked: ${one.shortfalls.join("; ")}</small>`}`,
    html`${stateOf(file)}${file.external && html`<small>${challenges(file)}</small>`}`,
    {
      cell: html`${interval(front.score)}${lowered && html`<small>claimed ${number(claimed.front.score.mean, 3)}</small>`}`,
      sort: front.score.mean,
    },
    ...levels.map((level) => {
      const utility = front.utilityAtSecurity[level];
      return utility === null || utility === undefined ? "none" : number(utility, 3);
    }),
    points.length,
    file.external ? html`${claimed.attacks.length} + ${file.external.attacks.length}` : claimed.attacks.length,
    { cell: Math.round(steps).toLocaleString("en-US"), sort: steps },
    standing.illustrative ? html`${standing.runs}<small>illustrative</small>` : standing.runs,
    `${standing.episodes.select} + ${standing.episodes.test}`,
  ];
}
