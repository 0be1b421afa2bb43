import { describe, expect, it } from "vitest";
import { html, raw, textOf } from "../../src/report/html/html.ts";
import { page } from "../../src/report/html/page.ts";
import { copyable, download, facts, figure } from "../../src/report/html/parts.ts";
import { table } from "../../src/report/html/table.ts";

const HOSTILE = `</script><script>alert(1)</script>"'><img src=x onerror=alert(1)>&amp;\u202egnp.exe\u0000`;

describe("markup", () => {
  it("escapes all that is put into it, in text and in attributes", () => {
    expect(textOf(html`<p title="${HOSTILE}">${[HOSTILE, 1, null, false, undefined]}</p>`)).toBe(
      `<p title="${ESCAPED}">${ESCAPED}1</p>`,
    );
  });

  it("keeps markup, and takes nothing else for markup", () => {
    expect(textOf(html`${html`<b>${"<"}</b>`}${raw("<i>")}`)).toBe("<b>&lt;</b><i>");
    // What JSON may hold looks like markup at most to the eye.
    for (const text of ['{"markup":"<i>"}', '{"Symbol(markup)":"<i>"}'])
      expect(() => textOf(html`${JSON.parse(text)}`)).toThrow();
  });

  it("lets nothing through any part of a page", () => {
    const body = [
      table({
        label: HOSTILE,
        columns: [{ head: HOSTILE, title: HOSTILE }],
        rows: [[{ cell: HOSTILE, title: HOSTILE, sort: HOSTILE }]],
      }),
      facts([[HOSTILE, HOSTILE, HOSTILE]]),
      copyable(HOSTILE),
      download(HOSTILE, HOSTILE),
      figure({ name: HOSTILE, svg: html`<svg><title>${HOSTILE}</title></svg>`, caption: HOSTILE }),
    ];
    const text = page({ title: HOSTILE, description: HOSTILE, navigation: HOSTILE, body, footer: HOSTILE });
    expect(text).not.toMatch(/<img|alert\(1\)<\/script|\u202e/);
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(text.split(ESCAPED).length - 1).toBe(19);
  });
});

describe("a page", () => {
  const text = page({ title: "Title", body: html`<h1>Title</h1>` });

  it("is the same text every time, and names nothing to fetch", () => {
    expect(page({ title: "Title", body: html`<h1>Title</h1>` })).toBe(text);
    expect(text.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|@import|url\(|src="/);
  });

  it("allows its own style and script, nothing else", () => {
    expect(text).toMatch(
      /content="default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; img-src data:/,
    );
    // A style attribute would be refused by that policy.
    expect(text).not.toMatch(/ style="/);
  });
});

const ESCAPED =
  "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;\ufffdgnp.exe\ufffd";
