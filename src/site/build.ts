import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Token } from "marked";
import { masque } from "../data/package.ts";
import type { OpenEntry } from "../leaderboard/open.ts";
import { makePages, readStandings } from "../leaderboard/site.ts";
import type { Registry } from "../library/registry.ts";
import { environmentPage } from "../report/environment-page.ts";
import { type Content, html } from "../report/html/html.ts";
import { page } from "../report/html/page.ts";
import { section } from "../report/html/parts.ts";
import type { Card } from "../view/catalogue.ts";
import { episodesDocument, playgroundDocument } from "../view/document.ts";
import { loadParts, type Parts, split } from "../view/parts.ts";
import { apiFiles } from "./api.ts";
import { dataUrl, gallery, type Shot, shotOf, shown } from "./environments.ts";
import { type Episodes, episodesOf } from "./episodes.ts";
import { baselineTable, papersBody, tutorialList, type Written } from "./lists.ts";
import { between, isWhole, type NavItem, resolver, type Source, siteOf, sourcesIn } from "./map.ts";
import { firstWords, markdownReader, type Rendered, render } from "./markdown.ts";

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
export async function buildSite(options: SiteOptions): Promise<Map<string, string>> {
  const { root, registry, entries, told } = options;
  const read = await markdownReader();
  const whole = isWhole(root);
  const sources = sourcesIn(root);
  const names = registry.environmentNames().sort();
  const baselines = await registry.baselines();
  const items = navigation(options, whole);
  const files = new Map<string, string>();
  const put = (path: string, title: string, body: Content, parts?: Content) => {
    const footer = html`Masque ${masque().version}. Works without a network and from disk; nothing in it was fetched.`;
    const full = path === "index.html" ? title : `${title} · Masque`;
    files.set(path, page({ title: full, site: siteOf(items, path), navigation: parts, body, footer }));
  };

  told("playground");
  const { parts, plays } = await playground(options, names, items, files);
  const cards = new Map(parts.cards.map((card) => [card.name, card]));
  const tracks =
    entries === null ? new Set<string>() : await leaderboard(entries, options, items, files, { parts, plays });

  const places = placesOf(sources, names, items);
  const rendered = (source: Source, tokens: readonly Token[]): Rendered =>
    render(tokens, resolver(root, source, places, whole), picture(root, source));
  const written: Written[] = [];
  for (const source of sources) {
    const text = readFileSync(join(root, source.file), "utf8");
    const tokens = read(text);
    const { title, body, headings } = rendered(source, tokens);
    const more = source.page === "methods.html" && section("baselines", "Baselines", baselineTable(baselines, true));
    put(source.page, title, [body, more], partsOf(headings));
    written.push({ page: source.page, title, text, about: firstWords(tokens) });
  }
  if (whole) put("tutorials/index.html", "Tutorials", tutorialList(written));

  told("environments");
  const shots: Shot[] = [];
  for (const name of names) {
    const plugin = await registry.environmentNamed(name);
    const { id } = plugin.env;
    const shot = await shotOf(plugin, cards.get(name)!, plays.get(name)!);
    shots.push(shot);
    const path = `environments/${name}.html`;
    const source: Source = { file: `docs/${path.replace(/html$/, "md")}`, page: path };
    const text = (await environmentPage(plugin)) ?? `# ${id}\n\n${plugin.env.summary}\n`;
    const tokens = read(text);
    // Heading, summary and threat come first; then the picture.
    const begun = 1 + tokens.findIndex(({ raw }) => raw.startsWith("*Threat*"));
    const head = rendered(source, begun > 0 ? tokens.slice(0, begun) : tokens);
    const rest = rendered(source, begun > 0 ? tokens.slice(begun) : []);
    const entry = tracks.has(name) ? `leaderboard/index.html#${name}` : null;
    put(path, id, [head.body, shown(shot, path, entry), rest.body], partsOf(rest.headings));
    written.push({ page: path, title: id, text, about: shot.summary });
  }
  put("environments/index.html", "Environments", gallery(shots));
  put("papers.html", "Papers", papersBody(written, baselines));
  for (const [path, text] of apiFiles(root, items) ?? []) files.set(path, text);
  return files;
}

/** What stands at the top of every page: what is here; of the rest it is told why it is not. */
function navigation({ root, entries, told }: SiteOptions, whole: boolean): NavItem[] {
  const hasApi = existsSync(join(root, "docs", "api", "index.html"));
  if (!whole) told("tutorials, methods, statistics: left out, since the package does not hold docs/");
  if (!hasApi) told("API reference: left out, since docs/api/ is not there: npm run api makes it");
  if (entries === null) told("leaderboard: left out, since there is no board here: --entries FOLDER names one");
  const item = (name: string, page: string, here = true): NavItem[] => (here ? [{ name, page }] : []);
  return [
    ...item("Playground", "playground.html"),
    ...item("Environments", "environments/index.html"),
    ...item("Leaderboard", "leaderboard/index.html", entries !== null),
    ...item("Methods", "methods.html", whole),
    ...item("Statistics", "statistics.html", whole),
    ...item("Papers", "papers.html"),
    ...item("Tutorials", "tutorials/index.html", whole),
    ...item("API", "api/index.html", hasApi),
  ];
}

/** The playground, and pages of their own for what is too heavy for it; says where each environment is played. */
async function playground(
  { registry, plugins }: SiteOptions,
  names: readonly string[],
  items: readonly NavItem[],
  files: Map<string, string>,
) {
  const parts = await loadParts(registry, names, plugins);
  const plays = new Map<string, string>();
  const write = (path: string, cards: readonly Card[]) => {
    files.set(path, playgroundDocument(parts, cards, siteOf(items, path)));
    for (const { id, name } of cards) plays.set(name, `${path}#${id}`);
  };
  const { light, heavy } = split(parts);
  write("playground.html", light);
  for (const card of heavy) write(`playground-${card.name}.html`, [card]);
  return { parts, plays };
}

/** The board's pages, and one an entry of episodes that trained policies played; returns its tracks. */
async function leaderboard(
  entries: string,
  { registry, told }: SiteOptions,
  items: readonly NavItem[],
  files: Map<string, string>,
  { parts, plays }: { readonly parts: Parts; readonly plays: ReadonlyMap<string, string> },
): Promise<Set<string>> {
  told("leaderboard");
  const standings = await readStandings(entries, registry);
  for (const { folder, why } of standings.problems) told(`${folder}: not shown: ${why}`);
  const at = (name: string) => `leaderboard/${name}`;
  const site = (name: string) => siteOf(items, at(name));
  const watched: [string, Card, Episodes][] = [];
  const episodes = (entry: OpenEntry, name: string) => {
    const card = parts.cards.find(({ id }) => id === entry.benchmark.env.id)!;
    const own = `episodes/${entry.file.claim.name}.html`;
    const [playground] = plays.get(card.name)!.split("#");
    const found = episodesOf(entry, card, between(at(name), playground), between(name, own));
    watched.push([own, card, found]);
    return found.at;
  };
  for (const [name, text] of makePages(standings, { site, episodes })) files.set(at(name), text);
  for (const [name, card, { trained }] of watched)
    if (Object.keys(trained).length > 0) files.set(at(name), episodesDocument(parts, card, trained, site(name)));
  return new Set(standings.tracks.map(({ track }) => track.name));
}

/** The page that shows a file or a folder of the repository. */
function placesOf(
  sources: readonly Source[],
  names: readonly string[],
  items: readonly NavItem[],
): Map<string, string> {
  const folders: [string, string][] = [
    ["docs", "tutorials/index.html"],
    ["docs/environments", "environments/index.html"],
    ["docs/api", "api/index.html"],
    ["leaderboard/entries", "leaderboard/index.html"],
  ];
  return new Map([
    ...folders.filter(([, page]) => items.some((item) => item.page === page)),
    ...sources.map(({ file, page }): [string, string] => [file, page]),
    ...names.flatMap((name): [string, string][] =>
      [`docs/environments/${name}.md`, `envs/${name}`].map((file) => [file, `environments/${name}.html`]),
    ),
  ]);
}

/** A drawing that a document shows, carried inside its page; of others, and of files that lie elsewhere, nothing. */
const picture = (root: string, source: Source) => (target: string, says: string) => {
  const file = join(root, source.file, "..", target);
  return (
    target.endsWith(".svg") &&
    !relative(root, file).startsWith("..") &&
    existsSync(file) &&
    html`<img alt="${says}" src="${dataUrl(readFileSync(file, "utf8"))}">`
  );
};

/** Links to a page's parts, where it has several. */
function partsOf(headings: Rendered["headings"]): Content {
  const parts = headings.filter(({ depth }) => depth === 2);
  return parts.length > 2 && parts.map(({ id, text }) => html`<a href="#${id}">${text}</a>\n`);
}
