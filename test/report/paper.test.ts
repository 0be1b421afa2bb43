import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Frontier } from "../../src/frontier/frontier.ts";
import { textWidth } from "../../src/report/chart/labels.ts";
import { captionText } from "../../src/report/paper/caption.ts";
import { type Drawing, type Item, unitsOf } from "../../src/report/paper/drawing.ts";
import { effortFigure } from "../../src/report/paper/effort.ts";
import { frontiersFigure } from "../../src/report/paper/frontiers.ts";
import { attacksFigure } from "../../src/report/paper/heat.ts";
import { LOOKS } from "../../src/report/paper/marks.ts";
import { drawingPgf, toTex } from "../../src/report/paper/pgf.ts";
import { drawingSvg } from "../../src/report/paper/svg.ts";
import { estimate, HOSTILE, made, point } from "./made.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-paper-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const curve = (at: number) => [0, 5000, 50_000].map((steps, i) => ({ steps, security: estimate(at - 0.02 * i) }));
const plain = made();
const frontier: Frontier = {
  ...plain,
  points: plain.points.map((one, i) => ({
    ...one,
    band: { low: one.security.mean - 0.1, high: one.security.mean + 0.1 },
    // All end at about one height: their names must not.
    effort: { ...one.effort, curve: curve(0.5 + 0.001 * i) },
  })),
};
const many = made({ points: Array.from({ length: 24 }, (_, i) => point(i, 1 - i / 30, i / 30)) });
const renamed = (text: string): Frontier => ({
  ...frontier,
  axes: { utility: text, security: text },
  points: frontier.points.map((one) => ({ ...one, defence: text })),
});
const COLUMN = unitsOf(84);
const named = (one: Frontier, name = "mine") => [{ name, frontier: one }];
const figures = (one: Frontier, width = COLUMN): Drawing[] => [
  frontiersFigure(named(one), width, "simultaneous"),
  frontiersFigure([...named(one), ...named(plain, "theirs")], width, "pointwise"),
  attacksFigure(one, width),
  ...(one === frontier ? [effortFigure(one, width)] : []),
];
const texts = ({ items }: Drawing) => items.filter((item): item is Item & { kind: "text" } => item.kind === "text");
const bars = ({ items }: Drawing) =>
  items.filter((item) => item.kind === "path" && item.points.length === 2 && item.stroke?.width === 0.8);

describe("a figure for a paper", () => {
  it("is as wide as asked, and keeps everything on the paper, in letters of 7 points at least", () => {
    for (const width of [50, 84, 174].map(unitsOf))
      for (const drawing of [...figures(frontier, width), ...figures(many, width)]) {
        expect(drawingSvg(drawing)).toContain(`width="${Math.round(drawing.width * 23.5185) / 100}mm"`);
        for (const item of drawing.items) {
          if (item.kind === "path")
            for (const [x, y] of item.points) {
              expect([x >= 0, x <= width, y >= 0, y <= drawing.height], JSON.stringify(item)).toEqual(
                new Array(4).fill(true),
              );
            }
          if (item.kind !== "text") continue;
          expect((item.size * 2) / 3).toBeGreaterThanOrEqual(7);
          const long = textWidth(item.text, item.size);
          if (item.turned) expect(item.y - long, item.text).toBeGreaterThanOrEqual(0);
          else if (width > unitsOf(60) && item.align === "start") expect(item.x + long, item.text).toBeLessThan(width);
        }
      }
  });

  it("cuts no text where the reader's font runs 15 % wider than the one that was named", () => {
    const cut: string[] = [];
    for (const width of [84, 174].map(unitsOf))
      for (const drawing of [...figures(frontier, width), ...figures(many, width)])
        for (const { text, x, y, size, align, turned } of texts(drawing)) {
          const long = 1.15 * textWidth(text, size);
          const before = { start: 0, middle: long / 2, end: long }[align];
          const [from, to, room] = turned
            ? [drawing.height - y - before, drawing.height - y - before + long, drawing.height]
            : [x - before, x - before + long, width];
          if (from < 0 || to > room) cut.push(`${text}: ${from.toFixed(1)} to ${to.toFixed(1)} of ${room.toFixed(1)}`);
        }
    expect(cut).toEqual([]);
    expect(drawingSvg(figures(frontier)[0])).toMatch(/font-family="Helvetica, [^"]*, sans-serif"/);
  });

  it("tells series apart without colour, and goes no further than that", () => {
    expect(new Set(LOOKS.map(({ shape, hollow }) => `${shape} ${hollow}`)).size).toBe(LOOKS.length);
    expect(new Set(LOOKS.map(({ dash }) => String(dash))).size).toBe(LOOKS.length);
  });

  it("draws the bounds that were asked for", () => {
    const reach = (intervals: "simultaneous" | "pointwise" | "none") => {
      const drawing = frontiersFigure(named(frontier), COLUMN, intervals);
      const upright = bars(drawing).flatMap((item) => {
        const [[x1, y1], [x2, y2]] = (item as Item & { kind: "path" }).points;
        return x1 === x2 ? [Math.abs(y1 - y2)] : [];
      });
      return upright.length === 0 ? null : Math.max(...upright);
    };
    // ±0.1 against ±0.05.
    expect(reach("simultaneous")! / reach("pointwise")!).toBeCloseTo(2, 9);
    expect(reach("none")).toBeNull();
  });

  it("names points beside them, and each of several frontiers", () => {
    const single = texts(frontiersFigure(named(frontier), COLUMN, "none")).map(({ text }) => text);
    expect(single).toEqual(expect.arrayContaining(["0 no defence", "0.5", "0.6", "0.7", "1 lockdown"]));
    const both = texts(frontiersFigure([...named(frontier), ...named(plain, "theirs")], COLUMN, "none"));
    expect(both.map(({ text }) => text)).toEqual(expect.arrayContaining(["mine", "theirs"]));
  });

  it("writes a frontier's name where it is farthest from the others", () => {
    const apart = { ...plain, points: [...plain.points.slice(0, 3), point(0.7, 0.3, 0.85)] };
    const drawing = frontiersFigure([...named(plain), ...named(apart, "theirs")], COLUMN, "none");
    const { x, y } = texts(drawing).find(({ text }) => text === "theirs")!;
    const marks = drawing.items.filter(({ kind }) => kind === "path" || kind === "disc");
    const lone = marks.flatMap((item) =>
      item.kind === "path" && item.closed && item.points.length === 4 ? [item.points[0]] : [],
    );
    // Their marks are squares, and the highest of them is the one that stands alone.
    const [left, top] = lone.reduce((best, corner) => (corner[1] < best[1] ? corner : best));
    expect(Math.hypot(x - left, y - top)).toBeLessThan(60);
  });

  it("frames the worst attack of a column and shades what is lost darker", () => {
    const { items } = attacksFigure(frontier, COLUMN);
    const levels = items.flatMap((item) => {
      if (item.kind !== "path" || !item.fill) return [];
      return [Number.parseInt(item.fill.slice(1, 3), 16)];
    });
    const securities = ["climb", "none"].flatMap((name) =>
      [...frontier.points, ...frontier.anchors].map(({ attacks }) => attacks[name].security.mean),
    );
    expect(levels).toEqual(securities.map((value) => Math.round(255 - 175 * (1 - value))));
    const frames = items.flatMap((item) => (item.kind === "path" && item.closed && !item.fill ? [item.points[0]] : []));
    expect(new Set(frames.map(([x]) => x)).size).toBe(5);
    // All in the row that is named so.
    const row = texts(attacksFigure(frontier, COLUMN)).find(({ text }) => text === "climb")!.y;
    for (const [, y] of frames) expect(row - y).toBeCloseTo(7.5 + 3.6, 9);
  });

  it.each([0.5, 0.995, 0.06])("keeps the names of curves apart, and beside the axis: about %d", (end) => {
    const points = frontier.points.map((one, i) => ({
      ...one,
      effort: { ...one.effort, curve: curve(end + 0.001 * i) },
    }));
    const drawing = effortFigure({ ...frontier, points }, COLUMN);
    const right = texts(drawing).filter(({ x, align }) => align === "start" && x > 0.7 * COLUMN);
    const heights = right.map(({ y }) => y).sort((a, b) => a - b);
    expect(heights.length).toBe(4);
    for (const [i, y] of heights.slice(1).entries()) expect(y - heights[i]).toBeGreaterThanOrEqual(11.99);
    expect(heights[0]).toBeGreaterThan(20);
    expect(heights[3]).toBeLessThan(drawing.height - 26);
  });

  it("is the same text every time, and names nothing to fetch", () => {
    for (const [i, drawing] of figures(frontier).entries()) {
      expect(drawingSvg(drawing)).toBe(drawingSvg(figures(frontier)[i]));
      expect(drawingSvg(drawing).replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|url\(|<style|href/);
    }
  });

  it("takes nothing that strangers wrote for markup or commands", () => {
    const evil = `${HOSTILE}\\input{/etc/passwd}%$&#_{}~^\u202e\n\u0000`;
    for (const drawing of figures(renamed(evil))) {
      expect(drawingSvg(drawing)).not.toMatch(/<script|<img|\u202e/);
      checkPgf(drawingPgf(drawing));
    }
    expect(toTex("a\\b{c}_%$&#^~ é λ 漢")).toBe(
      "a\\textbackslash{}b\\{c\\}\\_\\%\\$\\&\\#\\textasciicircum{}\\textasciitilde{} é \\ensuremath{\\lambda} ?",
    );
  });
});

/** Nothing but what `\usepackage{pgf}` brings, a command a line, and every brace closed. */
function checkPgf(text: string) {
  const known =
    /^(% .*|\\((begingroup|endgroup|end\{pgfpicture\})%|begin\{pgfpicture\}|pgfpath(moveto|lineto|circle|rectangle)\{.*\}|pgfpathclose|pgfusepath\{.*\}|pgfset(linewidth|dash)\{.*\}|pgfsetroundjoin|definecolor\{masque\}\{HTML\}\{[0-9A-F]{6}\}\\pgfset(stroke|fill)color\{masque\}|pgftext\[[^\]]*\]\{.*\}))$/;
  for (const line of text.trimEnd().split("\n")) expect(line).toMatch(known);
  const bare = text.replaceAll(/^%.*$/gm, "").replaceAll(/\\[{}%]/g, "");
  let depth = 0;
  for (const character of bare) {
    depth += character === "{" ? 1 : character === "}" ? -1 : 0;
    expect(depth).toBeGreaterThanOrEqual(0);
  }
  expect(depth).toBe(0);
  expect(bare).not.toMatch(/\\(input|write|openin|def|csname|catcode)\b/);
}

const tex = (process.env.PATH ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "pdflatex"))
  .find((file) => existsSync(file));
if (!tex) console.warn("no pdflatex: pgf figures are checked by their syntax alone");

describe("pgf", () => {
  it("has the syntax of plain pgf, at every kind", () => {
    for (const drawing of figures(frontier)) checkPgf(drawingPgf(drawing));
  });

  it.skipIf(!tex)("compiles with pgf alone, at the size asked for", () => {
    const all = [...figures(frontier), ...figures(renamed(`_%$&#^~\\{}"<>é λ≥漢`))];
    for (const [i, drawing] of all.entries()) writeFileSync(join(scratch, `f${i}.pgf`), drawingPgf(drawing));
    const widths = all.map((_, i) => `\\sbox0{\\input{f${i}.pgf}}\\typeout{WIDE \\the\\wd0}\\usebox0\\par`).join("\n");
    writeFileSync(
      join(scratch, "t.tex"),
      `\\documentclass{article}\n\\usepackage{pgf}\n\\begin{document}\n${widths}\n\\end{document}\n`,
    );
    const out = execFileSync(tex!, ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "t.tex"], {
      cwd: scratch,
      encoding: "utf8",
    });
    const found = [...out.matchAll(/WIDE ([\d.]+)pt/g)].map(([, points]) => Number(points));
    expect(found.length).toBe(all.length);
    // In TeX's own points, 72.27 an inch, and no space beside the picture.
    for (const points of found) expect(points).toBeCloseTo((84 / 25.4) * 72.27, 1);
  });
});

describe("a caption", () => {
  const caption = (kind: "frontier" | "attacks" | "effort", one = frontier, intervals = "simultaneous" as const) =>
    captionText(kind, named(one), intervals, "masque figure runs/mine").replaceAll(/\s+/g, " ");

  it("says what is drawn, how sure it is, and how it is drawn again", () => {
    expect(caption("frontier")).toMatch(/hold for all attacks and at all declared points at once/);
    // No bands are known of a made one: what is drawn in their place is said.
    expect(caption("frontier", plain)).toMatch(/of each point by itself/);
    for (const kind of ["frontier", "attacks", "effort"] as const) {
      expect(caption(kind)).toMatch(/Drawn again by masque figure runs\/mine /);
      expect(caption(kind)).toMatch(/mine: toy-v0, 2 runs .* config 0123456789abcdef .* data [0-9a-f]{64}/);
    }
    expect(caption("frontier")).toMatch(/Illustrative/);
    expect(caption("frontier")).toMatch(
      /Filled discs: .*hollow discs: .*diamonds: .*squares, beside the grid: lockdown\./,
    );
    expect(caption("frontier", many)).not.toMatch(/diamonds|hollow/);
  });

  it("explains letters where it draws them", () => {
    expect(caption("frontier")).not.toMatch(/Letters/);
    expect(caption("frontier", many)).toMatch(/Letters: a 0; b 1;/);
    expect(caption("attacks", many)).toMatch(/Letters: a 0; b 1;/);
  });
});
