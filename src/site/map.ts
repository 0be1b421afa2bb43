import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { InputError } from "../data/errors.ts";
import { list } from "../data/files.ts";
import { html, type Markup } from "../report/html/html.ts";
import type { Page } from "../report/html/page.ts";
import type { Resolve } from "./markdown.ts";

/** A document of the repository that becomes a page: both by path, with `/`. */
export interface Source {
  readonly file: string;
  readonly page: string;
}

/** Documents with pages of their own; all others of `docs/` are tutorials. */
const OWN: Readonly<Record<string, string>> = { "methods.md": "methods.html", "statistics.md": "statistics.html" };
/** Beside `docs/`: what its pages link to. */
const BESIDE = {
  "README.md": "index",
  "python/README.md": "tutorials/python",
  "CONTRIBUTING.md": "tutorials/contributing",
  "SECURITY.md": "tutorials/security",
};

/** All documents that are here: a checkout has them, the package has its README alone. */
export function sourcesIn(root: string): Source[] {
  const docs = list(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => ({ file: `docs/${name}`, page: OWN[name] ?? `tutorials/${name.replace(/\.md$/, ".html")}` }));
  const beside = Object.entries(BESIDE).map(([file, page]) => ({ file, page: `${page}.html` }));
  return [...beside, ...docs].filter(({ file }) => existsSync(join(root, file)));
}

/** From one page of a site to another: relative, so that the site works from disk and under any address. */
export const between = (from: string, to: string): string =>
  posix.relative(posix.dirname(from), to) || posix.basename(to);

export interface NavItem {
  readonly name: string;
  readonly page: string;
}

/** What stands at the top of every page. */
export function siteOf(items: readonly NavItem[], here: string): NonNullable<Page["site"]> {
  const section = (page: string) => page.split("/")[0];
  const links = items.map(({ name, page }): Markup => {
    const current =
      page === here ? html` aria-current="page"` : section(page) === section(here) && html` aria-current="true"`;
    return html`<a href="${between(here, page)}"${current}>${name}</a>\n`;
  });
  return { home: between(here, "index.html"), links };
}

/** Pages by the file, or the folder, of the repository that they show. */
export type Shown = ReadonlyMap<string, string>;

/**
 * Resolves the links of a document for its page. What the site shows becomes a link to its page; files of the repository that
 * it does not show are named without a link; addresses outside are kept.
 * @throws InputError for a link to nothing, in a document of a repository that is all here
 */
export function resolver(root: string, { file, page }: Source, shown: Shown, whole: boolean): Resolve {
  // Pages of plug-ins lie elsewhere, and name what lies beside them there.
  const strict = whole && existsSync(join(root, file));
  return (target) => {
    if (/^(https?:\/\/|mailto:|#)/.test(target)) return target;
    const [path, hash] = target.split("#");
    const wanted = posix.join(posix.dirname(file), path).replace(/\/$/, "");
    const to = shown.get(wanted);
    if (to !== undefined) return between(page, to) + (hash ? `#${hash}` : "");
    if (!strict || (!wanted.startsWith("..") && existsSync(join(root, wanted)))) return null;
    throw new InputError(`${file} links to ${target}, and there is no ${wanted}.`);
  };
}

/** Whether the repository's documents are here, and not the package alone. */
export const isWhole = (root: string): boolean => existsSync(join(root, "docs", "methods.md"));
