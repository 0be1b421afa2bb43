import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { renderSvg } from "../../src/env/render-svg.ts";
import type { Scene, Shape } from "../../src/env/scene.ts";
import { hasChromium, launch } from "./browser.ts";

const WIDTH = 600;
const sceneOf = (shapes: readonly Shape[]): Scene => ({ width: 10, height: 8, shapes });
const circle = (x: number, y: number, r: number): Shape => ({ kind: "circle", x, y, r, tone: "attacker" });
const rect = (x: number, y: number, w: number, h: number): Shape => ({ kind: "rect", x, y, w, h, tone: "bad" });

/** What a plug-in may well draw, or a stranger's on purpose. */
const SCENES: Readonly<Record<string, readonly Shape[]>> = {
  "circles of all sizes": [0, 0.01, 0.3, 0.77, 2, 7].map((r, i) => circle(1.3 * i, 3 + i / 7, r)),
  "a circle larger than any canvas": [circle(2e4, 4, 2e4 - 5)],
  "rectangles without a side": [rect(1, 1, 0, 5), rect(2, 2, 5, 0), rect(3, 3, 0, 0), rect(4, 4, 2, 3)],
  "lines, one of them no longer than a point": [
    { kind: "line", x: -5, y: 1, x2: 20, y2: 7, tone: "good" },
    { kind: "line", x: 5, y: 5, x2: 5, y2: 5, tone: "good" },
  ],
};

describe.skipIf(!hasChromium)("marks that are painted", () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [join(packageRoot, "src/view/page/marks.ts")],
      ...{ bundle: true, write: false, format: "iife", globalName: "marks", conditions: ["masque-source"] },
    });
    browser = await launch();
    page = await browser.newPage();
    await page.evaluate(`globalThis.made = [];
      globalThis.OffscreenCanvas = class extends OffscreenCanvas {
        constructor(...size) { super(...size); made.push(size); }
      }`);
    await page.addScriptTag({ content: outputFiles[0].text });
  }, 60_000);
  afterAll(() => browser?.close());

  it.each(Object.keys(SCENES))("look as in the SVG: %s", async (name) => {
    const scene = sceneOf(SCENES[name]);
    const svg = renderSvg(scene, { width: WIDTH });
    const [off, drawn] = (await page.evaluate(`(async () => {
      const image = new Image();
      image.src = "data:image/svg+xml," + encodeURIComponent(${JSON.stringify(svg)});
      await image.decode();
      const painted = marks.makeMarks()(${JSON.stringify(scene)}, image.width, image.height, { ratio: 1, dark: false });
      const [a, b] = [image, painted].map((picture) => {
        const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
        pen.fillStyle = "#fcfcfb";
        pen.fillRect(0, 0, image.width, image.height);
        pen.drawImage(picture, 0, 0);
        return pen.getImageData(0, 0, image.width, image.height).data;
      });
      const back = [252, 252, 251, 255];
      const count = (wrong) => a.reduce((sum, _, i) => sum + (wrong(i) ? 1 : 0), 0) / a.length;
      return [count((i) => Math.abs(a[i] - b[i]) > 64), count((i) => a[i] !== back[i % 4])];
    })()`)) as [number, number];
    expect(drawn).toBeGreaterThan(0);
    expect(off).toBeLessThan(0.0005);
  });

  it("need one canvas for all pictures, however large and many circles are", async () => {
    const scenes = [0, 1].map((n) => sceneOf(Array.from({ length: 450 }, (_, i) => circle(i % 10, n, 1 + i / 50))));
    const made = await page.evaluate(`(() => {
      const paint = marks.makeMarks();
      const before = made.length;
      for (const scene of ${JSON.stringify([...scenes, sceneOf([circle(1, 1, 1e300), circle(1e308, -1e308, 1)])])})
        paint(scene, ${WIDTH}, 500, { ratio: 3, dark: true }).close();
      return made.length - before;
    })()`);
    expect(made).toBe(1);
  });
});
