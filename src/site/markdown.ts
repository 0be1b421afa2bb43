import type { Token, Tokens } from "marked";
import { InputError } from "../data/errors.ts";
import { type Content, html, type Markup } from "../report/html/html.ts";
import { table } from "../report/html/table.ts";

/** Where a link leads: an address, or null for what a site does not hold and is named without a link. */
export type Resolve = (target: string) => string | null;

export interface Rendered {
  /** Of the first heading. */
  readonly title: string;
  readonly body: Markup;
  readonly headings: readonly { readonly id: string; readonly text: string; readonly depth: number }[];
}

/** Reads Markdown by `marked`. @throws InputError where that is not installed */
export async function markdownReader(): Promise<(text: string) => Token[]> {
  const name = "marked";
  try {
    const { marked } = (await import(name)) as typeof import("marked");
    return (text) => marked.lexer(text);
  } catch {
    throw new InputError(
      "A site is made from Markdown by the package marked, which is not installed here: npm install marked",
    );
  }
}

/**
 * Tokens of Markdown as a page's markup. All text is escaped, HTML in it is shown and never taken for markup; pictures are
 * left to `picture`. Tables are those of reports: they scroll by themselves, and say so.
 */
export function render(
  tokens: readonly Token[],
  resolve: Resolve,
  picture: (target: string, says: string) => Content,
): Rendered {
  const headings: { id: string; text: string; depth: number }[] = [];
  const taken = new Set<string>();

  const inline = (all: readonly Token[] | undefined): Content => (all ?? []).map(inlineToken);
  const inlineToken = (token: Token): Content => {
    switch (token.type) {
      case "strong":
        return html`<strong>${inline(token.tokens)}</strong>`;
      case "em":
        return html`<em>${inline(token.tokens)}</em>`;
      case "del":
        return html`<del>${inline(token.tokens)}</del>`;
      case "codespan":
        return html`<code>${token.text}</code>`;
      case "br":
        return html`<br>`;
      case "image":
        return picture(token.href, token.text);
      case "link":
        return link(token as Tokens.Link);
      case "escape":
        return token.text;
      case "checkbox":
        return token.checked ? "☑ " : "☐ ";
      case "text":
        return "tokens" in token && token.tokens ? inline(token.tokens) : citations(token.text);
      default:
        return token.raw;
    }
  };
  const link = ({ href, tokens }: Tokens.Link): Content => {
    const to = resolve(href);
    return to === null ? inline(tokens) : html`<a href="${to}">${inline(tokens)}</a>`;
  };

  const block = (token: Token): Content => {
    switch (token.type) {
      case "space":
      case "def":
        return null;
      case "html":
        // Comments say where a page comes from; nothing else of HTML is in our pages.
        return /^\s*<!--[\s\S]*-->\s*$/.test(token.raw) ? null : html`<p>${token.raw}</p>\n`;
      case "heading":
        return heading(token as Tokens.Heading);
      case "paragraph":
        return html`<p>${inline(token.tokens)}</p>\n`;
      case "checkbox":
        return inlineToken(token);
      case "text":
        return inline(token.tokens ?? [token]);
      case "code":
        return html`<pre tabindex="0"><code>${token.text}</code></pre>\n`;
      case "blockquote":
        return html`<blockquote>${token.tokens?.map(block)}</blockquote>\n`;
      case "hr":
        return html`<hr>\n`;
      case "list": {
        const { ordered, items } = token as Tokens.List;
        const all = items.map((item) => html`<li>${item.tokens.map(block)}</li>\n`);
        return ordered ? html`<ol>${all}</ol>\n` : html`<ul>${all}</ul>\n`;
      }
      case "table": {
        const { header, rows } = token as Tokens.Table;
        return table({
          label: header.map(({ text }) => text).join(", "),
          columns: header.map(({ tokens, align }) => ({ head: inline(tokens), numeric: align === "right" })),
          rows: rows.map((row) => row.map(({ tokens }) => html`${inline(tokens)}`)),
        });
      }
      default:
        throw new InputError(`A page holds Markdown of a kind that sites do not know: ${token.type}.`);
    }
  };
  const heading = ({ depth, tokens, text }: Tokens.Heading): Markup => {
    const words = text.replaceAll(/[`*]/g, "");
    const id = anchor(words, taken);
    headings.push({ id, text: words, depth });
    const inner = inline(tokens);
    if (depth === 1) return html`<h1 id="${id}">${inner}</h1>\n`;
    return depth === 2 ? html`<h2 id="${id}">${inner}</h2>\n` : html`<h3 id="${id}">${inner}</h3>\n`;
  };

  const body = html`${tokens.map(block)}`;
  return { title: headings[0]?.text ?? "", body, headings };
}

/** The name of a heading as GitHub gives it: links that work there work here. */
function anchor(text: string, taken: Set<string>): string {
  const base = text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
  let id = base;
  for (let n = 1; taken.has(id); n++) id = `${base}-${n}`;
  taken.add(id);
  return id;
}

export const ARXIV = /arXiv:((?:[a-z-]+\/)?\d[\d.]*\d)/g;

/** Papers on arXiv, linked where they are named; a number and its sign of per cent on one line. */
export function citations(prose: string): Content {
  const text = prose.replaceAll(/(?<=\d) %/g, "\u00a0%");
  const parts: Content[] = [];
  let at = 0;
  for (const found of text.matchAll(ARXIV)) {
    parts.push(text.slice(at, found.index), html`<a href="https://arxiv.org/abs/${found[1]}">${found[0]}</a>`);
    at = found.index + found[0].length;
  }
  return [...parts, text.slice(at)];
}

/** The first sentence of a page. */
export function firstWords(tokens: readonly Token[]): string {
  const text = tokens.find(({ type }) => type === "paragraph")?.raw ?? "";
  const plain = text
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[*`]/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  return /^.*?[.:](?= |$)/.exec(plain)?.[0].replace(/:$/, ".") ?? plain;
}
