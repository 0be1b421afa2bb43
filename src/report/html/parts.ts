import { type Content, html, type Markup } from "./html.ts";

/** A part of a page under a heading that can be linked to. */
export function section(id: string, heading: Content, ...content: readonly Content[]): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${heading}</h2>\n${content}\n</section>\n`;
}

/** Key figures side by side: a name, a value, and a line that says what it is. */
export function facts(items: readonly (readonly [name: Content, value: Content, note?: Content])[]): Markup {
  return html`<dl class="facts">${items.map(
    ([name, value, note]) =>
      html`<div><dt>${name}</dt><dd>${value}${note ? html`<small>${note}</small>` : null}</dd></div>\n`,
  )}</dl>`;
}

export type Tone = "plain" | "good" | "warn" | "bad";

/** Something a reader must not miss. */
export function notice(tone: Tone, ...content: readonly Content[]): Markup {
  return html`<p class="notice ${tone}">${content}</p>`;
}

/** A word in a frame: a state, a label. */
export function badge(tone: Tone | "front" | "ambiguous" | "dominated", text: Content, title?: string): Markup {
  return html`<span class="badge ${tone}"${title ? html` title="${title}"` : null}>${text}</span>`;
}

/** What opens at a click. */
export function details(summary: Content, ...content: readonly Content[]): Markup {
  return html`<details><summary>${summary}</summary>\n${content}\n</details>`;
}

/** A text to copy: a command, a file. */
export function copyable(text: string, label = "Copy"): Markup {
  return html`<div class="copy"><pre tabindex="0"><code>${text}</code></pre><button type="button" class="js" data-copy>${label}</button></div>`;
}

/** A link that saves a text as a file, carried inside the page. `type` is its media type. */
export function download(name: string, text: string, type = "text/plain", label: Content = name): Markup {
  // Half a surrogate pair, which encodeURIComponent refuses, becomes U+FFFD.
  const whole = Buffer.from(text, "utf8").toString("utf8");
  return html`<a class="save" download="${name}" href="data:${type};charset=utf-8,${encodeURIComponent(whole)}">${label}</a>`;
}

export interface Figure {
  /** Name of the file it is saved as, without extension. */
  readonly name: string;
  /** One drawing, or the same for wide and for narrow screens. */
  readonly svg: Markup | { readonly wide: Markup; readonly narrow: Markup };
  readonly caption?: Content;
  /** Links to the figure's data, or what else belongs beside the buttons. */
  readonly links?: Content;
}

/** A drawing with its caption. Marks in it that have a `<title>` show it to pointer, finger and keyboard. */
export function figure({ name, svg, caption, links }: Figure): Markup {
  const drawing =
    "wide" in svg
      ? html`<div class="wide">${svg.wide}</div><div class="narrow">${svg.narrow}</div>`
      : html`<div>${svg as Markup}</div>`;
  return html`<figure class="figure" data-name="${name}">${drawing}
<figcaption>${caption}<span class="saves"><button type="button" class="js" data-save="svg">SVG</button><button type="button" class="js" data-save="png">PNG</button>${links}</span></figcaption></figure>`;
}
