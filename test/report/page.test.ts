import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportHtml } from "../../src/report/report.ts";
import { CUT, hasChromium, launch, open } from "../browser/browser.ts";
import { estimate, HOSTILE, made, madeReport, point } from "./made.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-page-"));
const write = (name: string, text: string) => {
  const file = join(scratch, name);
  writeFileSync(file, text);
  return file;
};
const plain = write("plain.html", reportHtml([madeReport()]));
const hostile = write(
  "hostile.html",
  reportHtml([
    madeReport(
      {
        benchmark: HOSTILE,
        question: HOSTILE,
        axes: { utility: HOSTILE, security: `${HOSTILE}2` },
        environment: { id: HOSTILE, digest: HOSTILE },
        attacks: [
          { name: "none", kind: "scripted" },
          { name: HOSTILE, kind: "learned", baseline: HOSTILE, budget: 1, config: { [HOSTILE]: HOSTILE } },
        ],
        points: made().points.map((one) => ({
          ...one,
          knobs: { [HOSTILE]: 1 },
          defence: HOSTILE,
          worstAttack: HOSTILE,
          worstAttackByRun: [HOSTILE, "none"],
          attacks: { none: one.attacks.none, [HOSTILE]: one.attacks.climb },
          metrics: { [HOSTILE]: one.metrics.access },
        })),
        anchors: [],
      },
      HOSTILE,
    ),
  ]),
);
const several = write("several.html", reportHtml([madeReport(), madeReport({ benchmark: "other" }), madeReport()]));

const large = write(
  "large.html",
  reportHtml([
    madeReport({
      points: Array.from({ length: 24 }, (_, i) =>
        point(i / 7, 1 - i / 30, i / 30, {
          knobs: { wall: i / 7, moat: i / 9, gate: i / 11 },
          worstAttackByRun: ["climb", "none", "climb", "climb-by-night", "climb-by-day"],
        }),
      ),
    }),
  ]),
);

let browser: Browser;
beforeAll(async () => {
  if (hasChromium) browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe.skipIf(!hasChromium)("a report in a browser, from disk", () => {
  it.each([
    ["plain", plain],
    ["of several runs", several],
    ["with hostile names", hostile],
  ])("%s: no error, no request, nothing foreign run", async (_, file) => {
    const { page, trouble } = await open(browser, file);
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
    expect(trouble).toEqual([]);
    expect(await page.locator("img, iframe, object, script").count()).toBe(1);
    await page.close();
  });

  it("shows hostile names as what they are", async () => {
    const { page } = await open(browser, hostile);
    expect(await page.locator("h1").textContent()).toBe(HOSTILE);
    expect(await page.title()).toContain(HOSTILE);
    await page.close();
  });

  it("refuses what is smuggled in past the escaping", async () => {
    const smuggled = "<script>document.title = 'run'</script><img src='https://masque.invalid/x.png'>";
    const file = write("smuggled.html", readFileSync(plain, "utf8").replace("<main>", `<main>${smuggled}`));
    const { page, trouble } = await open(browser, file);
    expect(await page.title()).not.toBe("run");
    // Refused by the policy, not merely in vain: there may be no network here.
    expect(trouble.join("\n")).toMatch(/Content Security Policy[\s\S]*failed: .*x\.png csp/);
    expect(trouble.join("\n")).toMatch(/inline script[^\n]*Content Security Policy/);
    await page.close();
  });

  it("tells a point's settings to the pointer and to the keyboard", async () => {
    const { page, trouble } = await open(browser, plain);
    const tip = page.locator(".tip");
    const marks = page.locator("#frontier .wide .mark");
    expect(await marks.count()).toBe(5);
    expect(await tip.isVisible()).toBe(false);
    await marks.nth(1).locator(".hit").hover();
    expect(await tip.textContent()).toContain("wall 0.5");
    expect(await tip.textContent()).toContain("worst attack: climb (by run: climb, none)");
    // It lies within the window and does not cover its mark.
    const [box, mark] = [await tip.boundingBox(), await marks.nth(1).locator(".dot").boundingBox()];
    expect(box!.x >= 0 && box!.x + box!.width <= 1280).toBe(true);
    expect(box!.x > mark!.x + mark!.width || box!.x + box!.width < mark!.x).toBe(true);
    await page.mouse.move(0, 0);
    expect(await tip.isVisible()).toBe(false);
    // One stop of Tab a figure; arrows walk its marks.
    expect(await page.locator("#frontier .wide .mark[tabindex='0']").count()).toBe(1);
    await marks.nth(0).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await tip.textContent()).toContain("ambiguous, P(Pareto) 0.3");
    await page.keyboard.press("Escape");
    expect(await tip.isVisible()).toBe(false);
    expect(await marks.nth(3).getAttribute("aria-label")).toContain("dominated");
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("follows the system's light or dark, and the button", async () => {
    const background = "getComputedStyle(document.body).backgroundColor";
    const luminance = async (page: Awaited<ReturnType<typeof open>>["page"]) =>
      Number(/\d+/.exec(String(await page.evaluate(background)))![0]);
    const light = (await open(browser, plain)).page;
    expect(await luminance(light)).toBeGreaterThan(200);
    const dark = (await open(browser, plain, { scheme: "dark" })).page;
    expect(await luminance(dark)).toBeLessThan(60);
    await dark.locator(".theme").click();
    expect(await luminance(dark)).toBeGreaterThan(200);
    await light.close();
    await dark.close();
  });

  it.each([
    ["plain", plain],
    ["several", several],
    ["hostile", hostile],
  ])("fits a phone: %s", async (_, file) => {
    const { page } = await open(browser, file, { width: 360 });
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
    const width = await page.evaluate("document.documentElement.scrollWidth");
    expect(width).toBe(360);
    expect(await page.locator("#frontier .narrow svg, #run-1-frontier .narrow svg").first().isVisible()).toBe(true);
    await page.close();
  });

  it.each([1100, 390])("cuts no table at %d pixels, or says that there is more", async (width) => {
    for (const file of [plain, several, large]) {
      const { page } = await open(browser, file, { width });
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
      await page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))");
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      expect(await page.evaluate(CUT)).toEqual([]);
      // On a desk points fit as they are, however many knobs and runs they name: heads and words wrap.
      const points = page.locator(".scroll.wide[aria-label='Points of the frontier']");
      if (width === 1100) expect(await points.count()).toBe(0);
      await page.close();
    }
  });

  it("fades a table only while there is more of it to the right", async () => {
    const { page } = await open(browser, large, { width: 390 });
    await page.locator(".scroll.wide.more").first().waitFor();
    await page.evaluate("document.querySelector('.scroll.more').scrollLeft = 1e6");
    // Still wide, and nothing more to the right of it.
    await page.locator(".scroll.wide:not(.more)").first().waitFor();
    await page.close();
  });

  it("saves figures as SVG and PNG, tables as CSV", async () => {
    const { page, trouble } = await open(browser, plain);
    const save = async (selector: string) => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.locator(selector).first().click()]);
      return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
    };
    const svg = await save("#frontier [data-save=svg]");
    expect(svg.name).toBe("made-frontier.svg");
    expect(svg.bytes.toString()).toMatch(/^<svg .*fill="rgb\(255, 255, 255\)"/);
    const png = await save("#frontier [data-save=png]");
    expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(png.bytes.readUInt32BE(16)).toBe(1440);
    // Not blank: a drawing compresses worse than one colour.
    expect(png.bytes.length).toBeGreaterThan(10_000);
    const csv = await save("#frontier a[download$='frontier.csv']");
    expect(csv.bytes.toString()).toMatch(/^wall,defence,anchor,clean utility,/);
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("sorts the table of points by a click on a head", async () => {
    const { page } = await open(browser, plain);
    const head = page.locator("#frontier thead button", { hasText: /^closed$/ });
    const first = page.locator("#frontier tbody tr").first().locator("th");
    await head.click();
    expect(await first.textContent()).toBe("e");
    await head.click();
    expect(await first.textContent()).toBe("a");
    await page.close();
  });
});

/** What a page says, without its script and style. */
const said = (text: string) => text.replaceAll(/<(script|style)>[\s\S]*?<\/\1>/g, "");
const misses = (text: string, ...parts: (string | RegExp)[]) =>
  parts.filter((part) => (typeof part === "string" ? !said(text).includes(part) : !part.test(said(text))));
const NONSENSE = /NaN|undefined|\[object/;

describe("a report", () => {
  it("is the same bytes every time, small, and says what it does not prove", () => {
    const text = reportHtml([madeReport()]);
    expect(reportHtml([madeReport()])).toBe(text);
    expect(text.length).toBeLessThan(100_000);
    expect(misses(text, "Illustrative.", "true security may be lower", "12,000 training steps")).toEqual([]);
    expect(NONSENSE.exec(said(text))).toBe(null);
  });

  it("gives the configuration as written, to run it again", () => {
    const text = reportHtml([madeReport()]);
    expect(misses(text, "masque run made.yaml")).toEqual([]);
    expect(decodeURIComponent(/data:text\/yaml;charset=utf-8,([^"]*)/.exec(text)![1])).toContain("- .inf");
  });

  it("shows what runs may have: budget curves, calibration, gaps, trained defences, attainment, formulas, the machine", () => {
    const curve = [1000, 2000].map((steps, i) => ({ steps, security: estimate(0.7 - i / 10) }));
    const [first, ...rest] = made().points;
    const optional = {
      ...madeReport({
        points: [
          {
            ...first,
            effort: { ...first.effort, curve },
            calibration: { attack: "exact", security: estimate(0.31), portfolio: estimate(0.36) },
            learnedDefence: { baseline: "ippo", lambda: 0.25, budget: 5000 },
          },
          ...rest,
        ],
        conditioning: [
          {
            attack: "climb",
            knobs: { wall: 0.5 },
            defence: "default",
            conditioned: estimate(0.5),
            alone: estimate(0.44),
            gap: estimate(0.06),
          },
        ],
        front: {
          ...made().front,
          score: { ...estimate(0.42), expression: "min(access, closed)", best: 1 },
          attainment: { utility: [0, 1], low: [0.5, 0], median: [0.6, 0.1], high: [0.7, 0.2] },
          all: { axes: ["access", "closed", "third"], hypervolume: 0.3, anchors: 0.1, score: estimate(0.2) },
        },
      }),
      host: [{ cpu: "abacus", cores: 2 }],
    };
    const text = reportHtml([optional]);
    const parts = [
      "2000 steps: 0.600",
      "+0.05",
      "λ 0.25",
      "0.440",
      "min(access, closed), at b",
      "third",
      "abacus",
      "attained by",
    ];
    expect(misses(text, ...parts)).toEqual([]);
    expect(NONSENSE.exec(said(text))).toBe(null);
    expect(/abacus|λ|Calibration|min\(/.exec(said(reportHtml([madeReport()])))).toBe(null);
  });

  it("draws one run alone without intervals, and points at infinity's knob", () => {
    const alone = { mean: 0.5, low: null, high: null };
    const one = point(Number.POSITIVE_INFINITY, 0.5, 0.5, {
      cleanUtility: alone,
      attackedUtility: alone,
      security: alone,
    });
    const text = reportHtml([madeReport({ runs: 1, points: [one], anchors: [] })]);
    expect(misses(text, "One run: no intervals.", "wall ∞")).toEqual([]);
    expect(NONSENSE.exec(said(text))).toBe(null);
  });
});
