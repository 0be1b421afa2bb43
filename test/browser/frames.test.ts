import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
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

  it("every environment is drawn in a frame's time or two, and laid out by the browser alone", async () => {
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
    expect(found.filter(({ cpu }) => cpu > 2 * FRAME)).toEqual([]);
    expect(trouble).toEqual([]);
    await page.close();
  }, 120_000);

  it("what is the same from one picture to the next stays where it is", async () => {
    const { page } = await open(browser, file, { hash: "#jailbreak-cascade-v1?episodes=1" });
    await shown(page, "jailbreak-cascade-v1");
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
      return { made: size(scene), same, moved };
    })()`)) as { made: number; same: number; moved: number };
    expect(same).toBe(0);
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThan(made / 2);
    await page.close();
  });
});
