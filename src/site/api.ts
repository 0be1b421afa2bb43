import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, posix } from "node:path";
import { textOf } from "../report/html/html.ts";
import { type NavItem, siteOf } from "./map.ts";

/** Files of an API reference: pages, and what they are drawn with. */
const KINDS = [".html", ".js", ".css", ".svg"];

/**
 * The API reference that `npm run api` left in `docs/api/`, as files of a site: each page with a policy that lets nothing in
 * but the reference's own files, and with the site's navigation. Null where it was not made.
 */
export function apiFiles(root: string, items: readonly NavItem[]): Map<string, string> | null {
  const folder = join(root, "docs", "api");
  if (!existsSync(join(folder, "index.html"))) return null;
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => KINDS.includes(extname(name)))
    .sort();
  return new Map(
    names.map((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      const page = posix.join("api", name);
      return [page, name.endsWith(".html") ? framed(text, page, items) : text];
    }),
  );
}

/** A page of TypeDoc among the site's: its own look, the site's links in its bar, and a strict policy. */
function framed(text: string, page: string, items: readonly NavItem[]): string {
  const inline = [...text.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, code]) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`,
  );
  const policy = [
    "default-src 'none'",
    `script-src 'self' file: ${inline.join(" ")}`,
    "style-src 'self' file: 'unsafe-inline'",
    "img-src 'self' file: data:",
    // Its index for searching is a compressed data: address.
    "connect-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const { home, links } = siteOf(items, page);
  return (
    text
      .replace(
        '<meta charset="utf-8"/>',
        `<meta charset="utf-8"/><meta http-equiv="Content-Security-Policy" content="${policy}"/>`,
      )
      .replace('<div id="tsd-toolbar-links">', `<div id="tsd-toolbar-links"><a href="${home}">Home</a>${textOf(links)}`)
      // From disk a browser takes no icons out of another file; the reference's own script puts them into each page.
      .replaceAll(/<use href="[^"#]*#/g, '<use href="#')
      // The sources lie in the repository, not on the site.
      .replaceAll(/<li>Defined in <a href="[^"]*">([^<]*)<\/a>/g, "<li>Defined in $1")
  );
}
