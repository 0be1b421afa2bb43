import type { Baseline } from "../learn/baseline.ts";
import { type Content, html, type Markup } from "../report/html/html.ts";
import { section } from "../report/html/parts.ts";
import { table } from "../report/html/table.ts";
import { between } from "./map.ts";
import { ARXIV, citations } from "./markdown.ts";

/** A page of the site with the text it was made from. */
export interface Written {
  readonly page: string;
  readonly title: string;
  readonly text: string;
  /** Its first sentence. */
  readonly about: string;
}

const PAGE = "papers.html";

/** What the suite is built on: sources of the protocol, a paper for each baseline, and all that pages cite from arXiv. */
export function papersBody(written: readonly Written[], baselines: readonly Baseline[]): Content {
  const methods = written.find(({ page }) => page === "methods.html");
  const sources = methods?.text.split(/^## Sources$/m)[1]?.match(/^- .*$/gm) ?? [];
  return [
    html`<h1>Papers</h1>\n<p class="lede">What the suite is built on, and where it says so. Links lead out of this site; nothing of them is loaded.</p>\n`,
    sources.length > 0 &&
      section(
        "protocol",
        "The protocol",
        html`<ul>${sources.map((one) => html`<li>${emphasised(one.slice(2))}</li>\n`)}</ul>`,
      ),
    section("baselines", "Baselines", baselineTable(baselines, false)),
    section("cited", "Cited from arXiv", citedTable(written)),
  ];
}

/** Baselines with their papers; `told` adds what each does. */
export function baselineTable(baselines: readonly Baseline[], told: boolean): Markup {
  return table({
    label: "Baselines",
    columns: [{ head: "baseline" }, ...(told ? [{ head: "what it does" }, { head: "learns" }] : []), { head: "paper" }],
    rows: baselines.map(({ id, summary, coordination, paper }) => [
      html`<code>${id}</code>`,
      ...(told ? [summary, coordination === "joint" ? "a side as one" : "each role by itself"] : []),
      html`${citations(paper)}`,
    ]),
  });
}

function citedTable(written: readonly Written[]): Markup {
  const cited = new Map<string, { words: string; pages: Map<string, string> }>();
  for (const { page, title, text } of written) {
    // A paragraph ends as a cell of a table does: what led to a citation stands in its own.
    const flat = text.replaceAll(/\n\s*\n/g, " | ").replaceAll(/\s+/g, " ");
    for (const found of flat.matchAll(ARXIV)) {
      const one = cited.get(found[1]) ?? { words: before(flat, found.index), pages: new Map() };
      one.pages.set(page, title);
      cited.set(found[1], one);
    }
  }
  return table({
    label: "Papers cited from arXiv",
    columns: [{ head: "paper" }, { head: "cited as" }, { head: "on" }],
    rows: [...cited]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, { words, pages }]) => [
        html`<a href="https://arxiv.org/abs/${id}">arXiv:${id}</a>`,
        `… ${words}`,
        [...pages].map(([page, title], i) => html`${i > 0 && ", "}<a href="${between(PAGE, page)}">${title}</a>`),
      ]),
  });
}

/** The words that lead to a citation: its authors, mostly. */
function before(text: string, at: number): string {
  const words = text
    .slice(Math.max(0, at - 400), at)
    .split("|")
    .at(-1)!
    .replaceAll(/[*`]|\]\([^)]*\)|\[/g, "")
    .trim()
    .split(" ");
  return words
    .slice(-12)
    .join(" ")
    .replace(/[,(;:]+$/, "");
}

/** Text with *titles*. */
function emphasised(text: string): Content {
  return text.split(/\*([^*]+)\*/).map((part, i) => (i % 2 === 1 ? html`<em>${part}</em>` : citations(part)));
}

/** All documents that have no place of their own at the top. */
export function tutorialList(written: readonly Written[]): Content {
  const own = written.filter(({ page }) => page.startsWith("tutorials/"));
  const card = ({ page, title, about }: Written) =>
    html`<a href="${between("tutorials/index.html", page)}"><b>${title}</b><small>${about}</small></a>\n`;
  return [
    html`<h1>Tutorials</h1>\n<p class="lede">How to do things, and why things are as they are.</p>\n`,
    html`<div class="cards">${own.map(card)}</div>\n`,
  ];
}
