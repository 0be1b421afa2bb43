import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/data/errors.ts";
import { renderSvg } from "../../src/env/render-svg.ts";
import { renderText, sparkline } from "../../src/env/render-text.ts";
import { checkScene, type Scene, sceneSchema } from "../../src/env/scene.ts";

const scene: Scene = {
  title: "three of them",
  width: 10,
  height: 4,
  shapes: [
    { kind: "rect", x: 0, y: 0, w: 2, h: 2, tone: "defender", label: "hub" },
    { kind: "circle", x: 4, y: 0, r: 0.5, tone: "benign", label: "Ann" },
    { kind: "circle", x: 9, y: 3, r: 0.5, tone: "attacker" },
    { kind: "line", x: 4, y: 0, x2: 9, y2: 0, tone: "neutral" },
    { kind: "text", x: 0, y: 3, text: "here" },
  ],
  labels: { score: "3 of 8", share: 1 / 3 },
  series: { rate: [0, 1, 2, 3, 4, 5, 6, 7] },
};

describe("a scene as text", () => {
  it("is drawn to scale, with title, signs, labels and series", () => {
    expect(renderText(scene, { width: 40 }).split("\n")).toEqual([
      "three of them",
      "▒▒▒▒▒▒▒▒        ● Ann ──────────────",
      "hub▒▒▒▒▒",
      "▒▒▒▒▒▒▒▒",
      "▒▒▒▒▒▒▒▒",
      "",
      "",
      "here                                ▲",
      "",
      "▒ defender   ● benign   ▲ attacker",
      "score: 3 of 8   share: 0.3333",
      "rate ▁▂▃▄▅▆▇█ 0 … 7",
    ]);
  });

  it("keeps to its width, whatever the scene", () => {
    fc.assert(
      fc.property(anyScene(), fc.integer({ min: 8, max: 120 }), (any, width) => {
        for (const line of renderText(any, { width }).split("\n")) expect([...line].length).toBeLessThanOrEqual(width);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it("does not let text from elsewhere steer a terminal", () => {
    const text = renderText({ ...scene, title: "\u001b[31mred\u0007\u202e", labels: { "a\nb": "\u009b2J" } });
    expect(text).toContain("�[31mred��");
    expect(text).toContain("a�b: �2J");
  });

  it("leaves out what is outside the picture, and what has no size", () => {
    const shapes: Scene["shapes"] = [
      { kind: "circle", x: -3, y: 9, r: 1, tone: "bad" },
      { kind: "line", x: -1e9, y: -1e9, x2: 1e9, y2: -1e9, tone: "bad" },
      { kind: "rect", x: 0, y: 0, w: 0, h: 4, tone: "good" },
      { kind: "text", x: 9, y: 0, text: "over the edge" },
    ];
    expect(renderText({ width: 10, height: 4, shapes }, { width: 10 }).split("\n")).toEqual([
      "         o",
      "",
      "× bad",
      "░ good",
    ]);
  });
});

describe("a sparkline", () => {
  it("has a bar for each value, or for the mean of each bucket", () => {
    expect(sparkline([1, 1, 1], 10)).toBe("▁▁▁");
    expect(sparkline([0, 10], 10)).toBe("▁█");
    expect(sparkline([0, 0, 5, 5, 10, 10], 3)).toBe("▁▅█");
    expect(sparkline([], 10)).toBe("");
    expect(
      [
        ...sparkline(
          Array.from({ length: 300_000 }, (_, i) => i),
          12,
        ),
      ].length,
    ).toBe(12);
  });
});

describe("a scene as SVG", () => {
  const svg = renderSvg(scene);

  it("is one well-formed document that loads nothing", () => {
    mustBeWellFormed(svg);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" class="mq" width="640" height="[\d.]+"/);
    expect(svg.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|url\(|href|<script|@import/);
    expect(svg).toContain("prefers-color-scheme:dark");
  });

  it("draws every shape, label and series, to scale", () => {
    expect(svg).toContain('<circle class="mq-benign" cx="243.2" cy="0" r="30.4"/>');
    expect(svg).toContain('<rect class="mq-defender" x="0" y="0" width="121.6" height="121.6"/>');
    expect(svg).toContain('<line class="mq-neutral" x1="243.2" y1="0" x2="547.2" y2="0"/>');
    expect(svg).toMatch(/>here<\/text>.*>hub<\/text>.*>Ann<\/text>/s);
    expect(svg).toContain("0.3333");
    expect(svg.match(/<polyline[^>]* points="([^"]*)"/)?.[1].split(" ").length).toBe(8);
  });

  it("escapes whatever text it is given", () => {
    const bad = `<script>alert("x")</script>&'\u0000\ud800`;
    const out = renderSvg({ ...scene, title: bad, labels: { [bad]: bad }, series: { [bad]: [1] } });
    mustBeWellFormed(out);
    expect(out).not.toMatch(/<script|\ud800(?![\udc00-\udfff])/);
    expect(out).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;��");
  });

  it("is well formed for any scene, and no wider than asked", () => {
    fc.assert(
      fc.property(anyScene(), (any) => mustBeWellFormed(renderSvg(any, { width: 300 }))),
      { seed: 4, numRuns: 100 },
    );
  });

  it("thins long series but keeps their peaks", () => {
    const values = new Array<number>(100_000).fill(0);
    values[54_321] = 9;
    const points =
      renderSvg({ ...scene, series: { peak: values } })
        .match(/points="([^"]*)"/)?.[1]
        .split(" ") ?? [];
    expect(points.length).toBeLessThan(1000);
    expect(new Set(points.map((point) => point.split(",")[1])).size).toBe(2);
  });
});

describe("malformed scenes are refused, by both and by the schema:", () => {
  it.each<[string, unknown, RegExp]>([
    ["nothing", null, /Scene: the whole/],
    ["no size", { ...scene, width: 0 }, /width/],
    ["NaN", { ...scene, shapes: [{ kind: "text", x: Number.NaN, y: 0, text: "" }] }, /shapes.0.x/],
    ["infinity", { ...scene, shapes: [{ kind: "circle", x: 0, y: 0, r: 1 / 0, tone: "bad" }] }, /shapes.0.r/],
    ["an unknown shape", { ...scene, shapes: [{ kind: "star", x: 0, y: 0 }] }, /shapes.0/],
    ["an unknown tone", { ...scene, shapes: [{ kind: "line", x: 0, y: 0, x2: 1, y2: 1, tone: "red" }] }, /tone/],
    ["an unknown key", { ...scene, script: "x" }, /script/],
    ["an endless text", { ...scene, title: "x".repeat(1001) }, /title/],
    ["a series of text", { ...scene, series: { a: ["1"] } }, /series.a.0/],
  ])("%s", (_, bad, words) => {
    for (const draw of [renderText, renderSvg, checkScene] as ((scene: Scene) => unknown)[]) {
      expect(() => draw(bad as Scene)).toThrow(InputError);
      expect(() => draw(bad as Scene)).toThrow(words);
    }
    expect(sceneSchema.safeParse(bad).success).toBe(false);
  });
});

function anyScene(): fc.Arbitrary<Scene> {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  const size = fc.double({ min: 1e-3, max: 1e4, noNaN: true });
  const text = fc.string({ unit: "binary", maxLength: 30 });
  const tone = fc.constantFrom("benign", "attacker", "defender", "neutral", "good", "bad");
  const at = { x: number, y: number };
  const shape = fc.oneof(
    fc.record({ kind: fc.constant("circle"), ...at, r: size, tone, label: text }),
    fc.record({ kind: fc.constant("rect"), ...at, w: size, h: size, tone }),
    fc.record({ kind: fc.constant("line"), ...at, x2: number, y2: number, tone }),
    fc.record({ kind: fc.constant("text"), ...at, text }),
  );
  return fc.record({
    title: text,
    width: size,
    height: size,
    shapes: fc.array(shape, { maxLength: 8 }),
    labels: fc.dictionary(text, fc.oneof(text, number), { maxKeys: 4 }),
    series: fc.dictionary(text, fc.array(number, { maxLength: 300 }), { maxKeys: 3 }),
  }) as fc.Arbitrary<Scene>;
}

/** Tags nest, attributes are quoted, no stray markup or character that XML forbids. */
function mustBeWellFormed(xml: string): void {
  const open: string[] = [];
  const rest = xml.replace(
    /<(\/?)([a-z]+)((?: [a-zA-Z][a-zA-Z0-9:-]*="[^"<]*")*)(\/?)>/g,
    (_, closing, name, __, empty) => {
      if (closing) expect(open.pop()).toBe(name);
      else if (!empty) open.push(name);
      return "";
    },
  );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|#39);)/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
  expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
}
