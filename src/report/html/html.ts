import { escapeMarkup } from "../../data/markup.ts";

/**
 * Markup that cannot be broken out of: `html` escapes all that is put into it, unless it is markup itself.
 *
 *   html`<p title="${anything}">${anything} ${html`<b>${name}</b>`} ${rows.map((row) => html`<li>${row}</li>`)}</p>`
 *
 * Values may stand in text and in attributes *with quotes*; never inside `<script>`, `<style>`, or a tag's name. Lists
 * are joined; null, undefined and false leave nothing. SVG is written with the same function. The rest of this folder:
 *
 *   page({ title, body })               a whole document: style, script, security policy, theme button  (page.ts)
 *   table({ label, columns, rows })     a table that scrolls by itself on a phone and may be sorted      (table.ts)
 *   facts([[name, value, note?], …])    a row of key figures                                             (parts.ts)
 *   figure({ label, svg, caption })     a figure that can be saved as SVG and PNG                        (parts.ts)
 *   notice, badge, details, copyable, download, section                                                  (parts.ts)
 *
 * All are pure: same arguments, same text.
 */
const MARKUP = Symbol("markup");

/** Text that is HTML (or SVG) already. Only `html` and `raw` make it: no data read from a file can pass for it. */
export interface Markup {
  readonly [MARKUP]: string;
}

export type Content = Markup | string | number | false | null | undefined | readonly Content[];

/** Builds markup; every value that is not markup is escaped. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = strings[0];
  values.forEach((value, i) => {
    text += textOf(value) + strings[i + 1];
  });
  return { [MARKUP]: text };
}

/** Text of our own that is trusted to be markup. Never for anything that was read. */
export function raw(text: string): Markup {
  return { [MARKUP]: text };
}

/** What a page holds for a value. */
export function textOf(value: Content): string {
  if (value === null || value === undefined || value === false) return "";
  if (typeof value === "string") return escapeText(value);
  if (typeof value === "number") return String(value);
  return MARKUP in value ? value[MARKUP] : value.map(textOf).join("");
}

// Control characters, and those that turn the direction of writing: a name could look like another.
const DECEPTIVE = /(?![\t\n\r])[\p{Cc}\p{Bidi_Control}]/gu;

/** Text as it stands in an element or between the quotes of an attribute. */
export function escapeText(text: string): string {
  return escapeMarkup(text.replaceAll(DECEPTIVE, "\ufffd"));
}
