import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Token } from "marked";
import { masque } from "../data/package.ts";
import { makePages, readStandings } from "../leaderboard/site.ts";
import type { Registry } from "../library/registry.ts";
import { environmentPage } from "../report/environment-page.ts";
import { type Content, html } from "../report/html/html.ts";
import { page } from "../report/html/page.ts";
import { section } from "../report/html/parts.ts";
import { viewDocument } from "../view/document.ts";
import { loadParts, split } from "../view/parts.ts";
import { apiFiles } from "./api.ts";
import { dataUrl, gallery, type Shot, shotOf, shown } from "./environments.ts";
import { between, isWhole, type NavItem, resolver, type Source, siteOf, sourcesIn } from "./map.ts";
import { markdownReader, type Rendered, render } from "./markdown.ts";
import { baselineTable, papersBody, type Written } from "./papers.ts";

export interface SiteOptions {
  /** Folder of the repository or the package: its documents, and an API reference if one was made. */
  readonly root: string;
  readonly registry: Registry;
  /** The folders of plug-ins that the registry was opened with. */
  readonly plugins?: readonly string[];
  /** A board; none where it is null. */
  readonly entries: string | null;
  /** Told what is being made, and what is left out and why. */
  readonly told: (line: string) => void;
}

/** A site's files by path. Equal folders give equal sites: nothing of the machine or the time is in them. */
export async function buildSite({ root, registry, plugins, entries, told }: SiteOptions): Promise<Map<string, string>> {
  const read = await markdownReader();
  const sources = sourcesIn(root);
  const whole = isWhole(root);
  const names = registry.environmentNames().sort();
  const baselines = await registry.baselines();
  const hasApi = existsSync(join(root, "docs", "api", "index.html"));
  if (!whole) told("tutorials, methods, statistics: left out, since the package does not hold docs/");
  if (!hasApi) told("API reference: left out, since docs/api/ is not there: npm run api makes it");
  if (entries === null) told("leaderboard: left out, since there is no board here: --entries FOLDER names one");

  const items: NavItem[] = [
    { name: "Playground", page: "playground.html" },
    { name: "Environments", page: "environments/index.html" },
    ...(entries === null ? [] : [{ name: "Leaderboard", page: "leaderboard/index.html" }]),
    ...(whole
      ? [
          { name: "Methods", page: "methods.html" },
          { name: "Statistics", page: "statistics.html" },
        ]
      : []),
    { name: "Papers", page: "papers.html" },
    ...(whole ? [{ name: "Tutorials", page: "tutorials/index.html" }] : []),
    ...(hasApi ? [{ name: "API", page: "api/index.html" }] : []),
  ];
  const files = new Map<string, string>();
  const put = (path: string, title: string, body: Content, navigation?: Content) =>
    files.set(
      path,
      page({
        title: path === "index.html" ? title : `${title} · Masque`,
        site: siteOf(items, path),
        navigation,
        body,
        footer: html`Masque ${masque().version}. Works without a network and from disk; nothing in it was fetched.`,
      }),
    );

  told("playground");
  const parts = await loadParts(registry, names, plugins);
  const { light, heavy } = split(parts);
  const playground = (path: string, cards: typeof light) => {
    const scripts = Object.fromEntries(cards.map(({ id, name }) => [id, parts.environments.get(name)!]));
    const { page, worker } = parts;
    files.set(
      path,
      viewDocument(page, { version: masque().version, cards, worker, scripts, replay: null }, siteOf(items, path)),
    );
  };
  playground("playground.html", light);
  for (const card of heavy) playground(`playground-${card.name}.html`, [card]);

  const tracks = new Set<string>();
  if (entries !== null) {
    told("leaderboard");
    const standings = await readStandings(entries, registry);
    for (const { folder, why } of standings.problems) told(`${folder}: not shown: ${why}`);
    for (const { track } of standings.tracks) tracks.add(track.name);
    for (const [name, text] of makePages(standings, (name) => siteOf(items, `leaderboard/${name}`)))
      files.set(`leaderboard/${name}`, text);
  }

  const shownBy = new Map(
    [
      ...sources.map(({ file, page }) => [file, page] as const),
      ...names.flatMap((name) =>
        [`docs/environments/${name}.md`, `envs/${name}`].map((at) => [at, `environments/${name}.html`] as const),
      ),
      ["docs/environments", "environments/index.html"],
      ["docs", "tutorials/index.html"],
      ["docs/api", "api/index.html"],
      ["leaderboard/entries", "leaderboard/index.html"],
    ].filter(([, page]) => items.some((item) => item.page === page) || !page.endsWith("/index.html")),
  );
  const picture = (source: Source) => (target: string) => {
    const file = join(root, source.file, "..", target);
    return (
      target.endsWith(".svg") && existsSync(file) && html`<img alt="" src="${dataUrl(readFileSync(file, "utf8"))}">`
    );
  };
  const rendered = (source: Source, tokens: readonly Token[]): Rendered =>
    render(tokens, resolver(root, source, shownBy, whole), picture(source));

  const written: Written[] = [];
  const tutorials: (Written & { about: string })[] = [];
  for (const source of sources) {
    const text = readFileSync(join(root, source.file), "utf8");
    const tokens = read(text);
    const { title, body, headings } = rendered(source, tokens);
    const more =
      source.page === "methods.html" ? section("baselines", "Baselines", baselineTable(baselines, true)) : null;
    put(source.page, title, [body, more], contents(headings));
    written.push({ page: source.page, title, text });
    if (source.page.startsWith("tutorials/"))
      tutorials.push({ page: source.page, title, text, about: firstWords(tokens) });
  }

  told("environments");
  const shots: Shot[] = [];
  for (const name of names) {
    const plugin = await registry.environmentNamed(name);
    const card = parts.cards.find((one) => one.name === name)!;
    const isHeavy = heavy.includes(card);
    const play = isHeavy ? `playground-${name}.html` : `playground.html#${card.id}`;
    const shot = await shotOf(plugin, card, play);
    const text = await environmentPage(plugin);
    shots.push(shot);
    if (text === undefined) {
      told(`${name}: no page, since it has no page.md`);
      continue;
    }
    const path = `environments/${name}.html`;
    const source: Source = { file: `docs/environments/${name}.md`, page: path };
    const tokens = read(text);
    // Heading, summary and threat come first; then the picture.
    const begun = 1 + tokens.findIndex(({ raw }) => raw.startsWith("*Threat*"));
    const head = rendered(source, tokens.slice(0, begun));
    const rest = rendered(source, tokens.slice(begun));
    const entry = tracks.has(name) ? `leaderboard/index.html#${name}` : null;
    put(path, card.id, [head.body, shown(shot, (to) => between(path, to), entry), rest.body], contents(rest.headings));
    written.push({ page: path, title: card.id, text });
  }
  put("environments/index.html", "Environments", gallery(shots));
  put("papers.html", "Papers", papersBody(written, baselines));
  if (whole) put("tutorials/index.html", "Tutorials", tutorialList(tutorials));
  for (const [path, text] of apiFiles(root, items) ?? []) files.set(path, text);
  return files;
}

/** Links to a page's parts, where it has several. */
function contents(headings: Rendered["headings"]): Content {
  const parts = headings.filter(({ depth }) => depth === 2);
  return parts.length > 2 && parts.map(({ id, text }) => html`<a href="#${id}">${text}</a>\n`);
}

/** The first sentence of a page. */
function firstWords(tokens: readonly Token[]): string {
  const text = tokens.find(({ type }) => type === "paragraph")?.raw ?? "";
  const plain = text
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[*`]/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  return /^.*?[.:](?= |$)/.exec(plain)?.[0].replace(/:$/, ".") ?? plain;
}

function tutorialList(tutorials: readonly (Written & { about: string })[]): Content {
  return [
    html`<h1>Tutorials</h1>\n<p class="lede">How to do things, and why things are as they are.</p>\n`,
    html`<div class="cards">${tutorials.map(
      ({ page, title, about }) =>
        html`<a href="${between("tutorials/index.html", page)}"><b>${title}</b><small>${about}</small></a>\n`,
    )}</div>\n`,
  ];
}
