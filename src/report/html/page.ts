import { createHash } from "node:crypto";
import { type Content, html, raw, textOf } from "./html.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

export interface Page {
  readonly title: string;
  readonly description?: string;
  /** Links within the page, or around it. */
  readonly navigation?: Content;
  /** Where the page is one of a site: its name with a link home, and links to its other pages. */
  readonly site?: { readonly home: string; readonly links: Content };
  readonly body: Content;
  /** At the very end. */
  readonly footer?: Content;
}

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * A whole page that needs nothing else: opened from disk or from anywhere, it asks for nothing. Its policy lets only
 * this style and this script in, so that even markup smuggled past the escaping could not run or call out.
 */
export function page({ title, description, navigation, site, body, footer }: Page): string {
  const policy = [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    `script-src ${hash(SCRIPT)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return textOf(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${description ? html`<meta name="description" content="${description}">\n` : null}<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(STYLE)}</style>
</head>
<body>
<div class="top">${brand(site)}<nav>${site?.links ?? navigation}</nav><button type="button" class="theme js" aria-label="Switch between light and dark">◐</button></div>
${site && navigation && html`<nav class="local" aria-label="On this page">${navigation}</nav>\n`}<main>
${body}
</main>
<footer>${footer}</footer>
<script>${raw(SCRIPT)}</script>
</body>
</html>
`);
}

/** The name at the top: a link home, where there is one. */
export const brand = (site: Page["site"]): Content =>
  site ? html`<a class="brand" href="${site.home}">Masque</a>` : html`<span class="brand">Masque</span>`;
