import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shown, type Traced, trace } from "../../benchmarks/speed/playground.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { playgroundDocument } from "../../src/view/document.ts";
import { loadParts, type Parts } from "../../src/view/parts.ts";
import { hasChromium, launch, open } from "./browser.ts";

// What of a smooth playback does not depend on how busy the machine is; rates are `npm run bench:speed -- --only playground`.

const scratch = mkdtempSync(join(tmpdir(), "masque-frames-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const file = join(scratch, "all.html");
const STEPS = 6;
/** Milliseconds of a frame, of sixty a second. */
const FRAME = 1000 / 60;

describe.skipIf(!hasChromium)("while an episode plays", () => {
  let browser: Browser;
  let parts: Parts;
  beforeAll(async () => {
    const registry = openRegistry();
    parts = await loadParts(registry, registry.environmentNames().sort());
    writeFileSync(file, playgroundDocument(parts, parts.cards));
    browser = await launch();
  }, 60_000);
  afterAll(() => browser?.close());

  it("every environment is drawn in a frame's time, and laid out by the browser alone", async () => {
    const { page, trouble } = await open(browser, file);
    const found: (Traced & { id: string })[] = [];
    for (const { id } of parts.cards) {
      await shown(page, id);
      const steps = async () => {
        for (let step = 1; step <= STEPS; step++) {
          await page.keyboard.press("ArrowRight");
          await page.locator("#where", { hasText: `step ${step} of` }).waitFor();
        }
      };
      found.push({ id, ...(await trace(page, steps)) });
    }
    // CPU time of the page's thread, in the median: what others do on this machine hardly matters to it.
    expect(found.filter(({ pictures }) => pictures < STEPS)).toEqual([]);
    expect(found.filter(({ forcedLayouts }) => forcedLayouts > 0)).toEqual([]);
    expect(found.filter(({ cpu }) => cpu > FRAME)).toEqual([]);
    expect(trouble).toEqual([]);
    await page.close();
  }, 300_000);

  it("what is the same from one picture to the next stays where it is", async () => {
    const { page } = await open(browser, file, { hash: "#rumour-mill-v0?episodes=1" });
    await shown(page, "rumour-mill-v0");
    await page.locator("#agents button").first().click();
    await page.locator("#focus table").waitFor();
    const { made, same, moved } = (await page.evaluate(`(async () => {
      const drawn = document.querySelector(".stage");
      let count = 0;
      const size = (node) => 1 + (node.querySelectorAll?.("*").length ?? 0);
      const watch = new MutationObserver((all) => {
        for (const { addedNodes } of all) for (const node of addedNodes) count += size(node);
      });
      watch.observe(drawn, { subtree: true, childList: true });
      const scene = document.getElementById("scene");
      const picture = () => new Promise((go) => {
        const seen = new MutationObserver(() => (seen.disconnect(), setTimeout(go)));
        seen.observe(scene, { attributes: true, attributeFilter: ["aria-label"] });
      });
      const timeline = document.getElementById("timeline");
      const go = async (step) => {
        count = 0;
        const next = picture();
        timeline.value = step;
        timeline.dispatchEvent(new Event("input", { bubbles: true }));
        await next;
        return count;
      };
      await go("20");
      const same = await go("20");
      const moved = await go("21");
      return { made: size(drawn), same, moved };
    })()`)) as { made: number; same: number; moved: number };
    expect(same).toBe(0);
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThan(made / 2);
    await page.close();
  });

  it.each(["light", "dark"] as const)(
    "a picture of many marks is painted, in the %s, as its SVG would be, and again for another width or theme",
    async (scheme) => {
      const hash = "#jailbreak-cascade-v2?episodes=1&step=30";
      const { page, trouble } = await open(browser, file, { hash, width: 1100, scheme });
      const plain = await browser.newPage({ viewport: { width: 1100, height: 900 }, colorScheme: scheme });
      await plain.addInitScript("delete window.OffscreenCanvas");
      await plain.goto(pathToFileURL(file).href + hash);
      const alike = async () => {
        const [painted, drawn] = await Promise.all([page, plain].map((one) => one.locator("#scene").screenshot()));
        return difference(page, painted, drawn);
      };
      for (const one of [page, plain]) await one.locator("#where", { hasText: "step 30 of" }).waitFor();
      expect([await page.locator("#drawn circle").count(), await plain.locator("#drawn circle").count()]).toEqual([
        0, 1000,
      ]);
      await expect.poll(alike).toBeLessThan(4);
      for (const one of [page, plain]) await one.locator("#theme").click();
      await expect.poll(alike).toBeLessThan(4);
      for (const one of [page, plain]) await one.setViewportSize({ width: 390, height: 844 });
      for (const one of [page, plain]) await one.locator('#drawn svg[width="356"]').waitFor({ timeout: 5000 });
      await expect.poll(alike).toBeLessThan(4);
      // Where nothing is dense, nothing painted is left behind.
      await page.evaluate("location.hash = 'covert-wire-v0?episodes=1'");
      await page.locator("#title", { hasText: "covert-wire-v0" }).waitFor();
      await page.locator("#scene[aria-busy=false]").waitFor();
      expect(await page.locator("#marks").isVisible()).toBe(false);
      expect(trouble).toEqual([]);
      await Promise.all([page.close(), plain.close()]);
    },
  );

  it("a picture is drawn as nodes where only the page, and not its worker, can paint", async () => {
    const page = await browser.newPage();
    await page.addInitScript(`globalThis.Blob = class extends Blob {
      constructor(parts, options) { super(["delete globalThis.OffscreenCanvas;", ...parts], options); }
    }`);
    await page.goto(`${pathToFileURL(file).href}#jailbreak-cascade-v2?episodes=1`);
    await page.locator("#scene[aria-busy=false]").waitFor();
    expect(await page.locator("#drawn circle").count()).toBe(1000);
    expect(await page.locator("#marks").isVisible()).toBe(false);
    await page.close();
  });

  it("an episode that is opened while another plays rests at its own step, in the address too", async () => {
    const { page, trouble } = await open(browser, file, { hash: "#covert-wire-v0?episodes=1" });
    await shown(page, "covert-wire-v0");
    await page.locator("#play").click();
    await page.locator("#where", { hasText: /step [1-9]/ }).waitFor();
    await page.locator("#episode").fill("3");
    await page.locator("#episode").press("Enter");
    await page.locator("#play[aria-pressed=false]").waitFor();
    await page.locator("#where", { hasText: "step 0 of" }).waitFor();
    const hash = String(await page.evaluate("location.hash"));
    expect([hash.includes("episode=3"), hash.includes("step=")]).toEqual([true, false]);
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("the last step is shown where play comes to its end, and the one that was on its way where it is paused", async () => {
    const { page } = await open(browser, file, { hash: "#covert-wire-v0?episodes=1" });
    await shown(page, "covert-wire-v0");
    await page.locator("#speed").selectOption("60");
    const rest = async () => {
      await page.locator("#play[aria-pressed=false]").waitFor();
      const slider = await page.locator("#timeline").inputValue();
      await page.locator("#where", { hasText: `step ${slider} of` }).waitFor();
      return Number(slider);
    };
    await page.locator("#play").click();
    await page.locator("#where", { hasText: /step [1-9]/ }).waitFor();
    await page.locator("#play").click();
    expect(await rest()).toBeGreaterThan(0);
    await page.locator("#play").click();
    await page.locator("#play[aria-pressed=true]").waitFor();
    expect(await rest()).toBe(65);
    await page.close();
  });
});

/** How far two screenshots of one size lie apart: the mean difference of a channel, of 255. */
async function difference(page: Page, one: Buffer, other: Buffer): Promise<number> {
  const images = [one, other].map((image) => JSON.stringify([...image])).join(", ");
  return (await page.evaluate(`(async () => {
    const [a, b] = await Promise.all([${images}].map(async (bytes) => {
      const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
      const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
      pen.drawImage(image, 0, 0);
      return pen.getImageData(0, 0, image.width, image.height).data;
    }));
    if (a.length !== b.length) return 255;
    return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
  })()`)) as number;
}
