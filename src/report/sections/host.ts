import { type Content, html, type Markup } from "../html/html.ts";
import { section } from "../html/parts.ts";
import { table } from "../html/table.ts";

/** Where and how long a run was computed: the one part that differs between equal runs, so only on request. */
export function hostSection(sessions: readonly Readonly<Record<string, unknown>>[], id: string): Markup {
  const text = (value: unknown): Content => (typeof value === "string" ? value : JSON.stringify(value ?? null));
  const names = [...new Set(sessions.flatMap((session) => Object.keys(session)))];
  return section(
    `${id}host`,
    "This machine, this time",
    html`<p>From <code>host.json</code> and the workers' <code>hosts/</code>: what may differ between equal runs. A report without this part is equal, byte for byte, for equal runs.</p>`,
    table({
      label: "Sessions",
      columns: [{ head: "" }, ...sessions.map((_, i) => ({ head: `session ${i + 1}` }))],
      rows: names.map((name) => [name, ...sessions.map((session) => text(session[name]))]),
    }),
  );
}
