const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text whose marked-up characters stand for themselves in HTML, SVG and XML, in elements and in quoted attributes. */
export function escapeMarkup(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** Words of strangers for a terminal: without what would steer it, or turn the direction of writing. Lines stay. */
export function printable(text: string): string {
  return text.replace(/(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu, "\ufffd");
}

/** The same for words within a line of ours, which they could end: without anything that is not seen. */
export function inLine(text: string): string {
  return text.replace(/\p{C}/gu, "\ufffd");
}
