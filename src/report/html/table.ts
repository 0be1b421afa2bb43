import { type Content, html, type Markup } from "./html.ts";

export interface Column {
  readonly head: Content;
  /** Digits under digits. */
  readonly numeric?: boolean;
  /** What the head means, shown where the pointer rests. */
  readonly title?: string;
}

/** A cell with more than content: a class of the stylesheet, words for the pointer, a value to sort by. */
export interface Cell {
  readonly cell: Content;
  readonly class?: string;
  readonly title?: string;
  readonly sort?: number | string;
}

export interface Table {
  /** Says to a screen reader what the table holds. */
  readonly label: string;
  readonly columns: readonly Column[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly (Content | Cell)[])[];
  /** Whether a click on a head sorts by that column. */
  readonly sortable?: boolean;
  readonly class?: string;
}

/** A table; wider than the screen, it scrolls inside its own frame, with its first column in place. */
export function table({ label, columns, rows, sortable = false, class: extra = "" }: Table): Markup {
  const side = (c: number) => (columns[c]?.numeric ? "n" : "");
  const head = columns.map(
    ({ head, title }, c) =>
      html`<th scope="col" class="${side(c)}"${title ? html` title="${title}"` : null}>${sortable ? html`<button type="button">${head}</button>` : head}</th>`,
  );
  const body = rows.map((row) => html`<tr>${row.map((content, c) => cell(content, c, side(c)))}</tr>\n`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="${extra}"${sortable ? html` data-sortable` : null}>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>`;
}

function cell(given: Content | Cell, c: number, side: string): Markup {
  const one: Cell = isCell(given) ? given : { cell: given };
  const names = [side, one.class ?? ""].filter((name) => name !== "").join(" ");
  const rest = html`${names ? html` class="${names}"` : null}${one.title ? html` title="${one.title}"` : null}${
    one.sort === undefined ? null : html` data-sort="${one.sort}"`
  }`;
  return c === 0 ? html`<th scope="row"${rest}>${one.cell}</th>` : html`<td${rest}>${one.cell}</td>`;
}

function isCell(given: Content | Cell): given is Cell {
  return typeof given === "object" && given !== null && "cell" in given;
}
