import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { InputError } from "../../src/data/errors.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { playgroundDocument } from "../../src/view/document.ts";
import { loadParts, split } from "../../src/view/parts.ts";
import { CHROMIUM, hasChromium, launch } from "./chromium.ts";

/** What a browser's own trace says of a page between its first and its last picture of an episode. */
export interface Traced {
  readonly pictures: number;
  /** A second: pictures of new steps, and frames that the browser put on the screen. */
  readonly picturesPerSecond: number;
  readonly framesPerSecond: number;
  /** Milliseconds of CPU time that the page's thread spent on a picture, in the median, and on its longest task. */
  readonly cpu: number;
  readonly longest: number;
  /** Tasks of the page's thread beyond 50 ms by the clock, and how many milliseconds beyond: while they last, it does not answer. */
  readonly longTasks: number;
  readonly blocked: number;
  /** Layouts that a script forced in the middle of its work. */
  readonly forcedLayouts: number;
}

/** An event of Chromium's trace; microseconds, by the clock and of the thread's CPU time. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
}

const CATEGORIES = [
  "toplevel",
  "blink.user_timing",
  "devtools.timeline",
  "devtools.timeline.frame",
  "disabled-by-default-devtools.timeline.frame",
];
const PICTURE = "masque-picture";

/** Traces a playground's page while `act` makes it draw. @throws InputError where it drew fewer than two pictures */
export async function trace(page: Page, act: () => Promise<unknown>): Promise<Traced> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  // Every picture is named anew for those who listen.
  await page.evaluate(`window.pictures ??= new MutationObserver(() => performance.mark("${PICTURE}"))
    .observe(document.getElementById("scene"), { attributes: true, attributeFilter: ["aria-label"] }) ?? true`);
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: CATEGORIES, excludedCategories: ["*"] },
  });
  await act();
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  return readTrace(events);
}

function readTrace(events: readonly TraceEvent[]): Traced {
  const marks = events.filter(({ name }) => name === PICTURE).sort((a, b) => a.ts - b.ts);
  if (marks.length < 2) throw new InputError(`The page drew ${marks.length} pictures, expected at least 2.`);
  const [{ pid, tid, ts: from }, to] = [marks[0], marks[marks.length - 1].ts];
  const within = events.filter(({ ts }) => ts >= from && ts <= to);
  const own = (name: string) => within.filter((one) => one.name === name && one.pid === pid && one.tid === tid);
  const tasks = own("ThreadControllerImpl::RunTask");
  const cpu = (all: readonly TraceEvent[]) => all.map(({ tdur = 0 }) => tdur / 1000);
  const each = marks.slice(1).map((mark, i) => {
    const between = tasks.filter(({ ts }) => ts >= marks[i].ts && ts < mark.ts);
    return cpu(between).reduce((sum, one) => sum + one, 0);
  });
  const beyond = tasks.map(({ dur = 0 }) => dur / 1000 - 50).filter((excess) => excess > 0);
  const scripts = own("FunctionCall");
  const forced = own("Layout").filter(({ ts }) => scripts.some((one) => one.ts < ts && ts < one.ts + (one.dur ?? 0)));
  const seconds = (to - from) / 1e6;
  return {
    pictures: marks.length,
    picturesPerSecond: (marks.length - 1) / seconds,
    framesPerSecond: within.filter(({ name, pid: of }) => name === "DrawFrame" && of === pid).length / seconds,
    cpu: each.sort((a, b) => a - b)[Math.floor(each.length / 2)],
    longest: Math.max(0, ...cpu(tasks)),
    longTasks: beyond.length,
    blocked: beyond.reduce((sum, one) => sum + one, 0),
    forcedLayouts: forced.length,
  };
}

/** Waits for an environment of a playground to stand still at its first step. */
export async function shown(page: Page, id: string): Promise<void> {
  await page.evaluate(`location.hash = "${id}?episodes=1"`);
  await page.locator("#title", { hasText: id }).waitFor();
  await page.locator("#progress", { hasText: "95 %" }).waitFor();
  await page.locator("#scene[aria-busy=false]").waitFor();
}

/** How a page of all environments comes in: bytes with gzip, milliseconds from navigation until its first picture is drawn, the browser being warm. */
export interface Start {
  readonly bytes: number;
  readonly milliseconds: number;
}

/** What a start may take at most. */
export const BUDGET: Start = { bytes: 300_000, milliseconds: 2000 };

/** The playground as `masque playground` writes it, in Chromium: its start, then every environment at 60 steps a second. */
export async function* measurePlayground(
  only?: string,
): AsyncGenerator<{ start: Start } | ({ environment: string } & Traced)> {
  if (!hasChromium) throw new InputError(`there is no ${CHROMIUM}: MASQUE_CHROMIUM names another`);
  const registry = openRegistry();
  const parts = await loadParts(registry, only === undefined ? registry.environmentNames().sort() : [only]);
  const { light, heavy } = split(parts);
  const folder = mkdtempSync(join(tmpdir(), "masque-playground-"));
  const browser = await launch();
  try {
    for (const [i, cards] of [light, ...heavy.map((card) => [card])].entries()) {
      if (cards.length === 0) continue;
      const text = playgroundDocument(parts, cards);
      const file = join(folder, `${i}.html`);
      writeFileSync(file, text);
      const { page, milliseconds } = await opened(browser, pathToFileURL(file).href);
      if (cards === light) yield { start: { bytes: gzipSync(text, { level: 9 }).length, milliseconds } };
      await page.locator("#speed").selectOption("60");
      for (const { id } of cards) {
        await shown(page, id);
        yield { environment: id, ...(await trace(page, () => playOn(page))) };
      }
      await page.close();
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function opened(browser: Browser, url: string): Promise<{ page: Page; milliseconds: number }> {
  // Once for the browser's own beginning, once for the page's.
  const first = await browser.newPage();
  await first.goto(url);
  await first.close();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.addInitScript(`new MutationObserver((_, observer) => {
    if (!document.querySelector("#scene[aria-busy=false]")) return;
    observer.disconnect();
    // The frame after the one that draws it begins.
    requestAnimationFrame(() => requestAnimationFrame((now) => document.body.setAttribute("data-drawn", now)));
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["aria-busy"] })`);
  await page.goto(url);
  await page.locator("body[data-drawn]").waitFor();
  return { page, milliseconds: Number(await page.locator("body").getAttribute("data-drawn")) };
}

/** Plays to the episode's end, or for some seconds of it. */
async function playOn(page: Page): Promise<void> {
  await page.locator("#play").click();
  const ended = page.locator("#play[aria-pressed=false]");
  await ended.waitFor({ timeout: 3000 }).catch(() => page.locator("#play").click());
}
