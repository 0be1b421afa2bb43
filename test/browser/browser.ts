import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { CHROMIUM, hasChromium } from "../../benchmarks/speed/chromium.ts";

export { hasChromium, launch } from "../../benchmarks/speed/chromium.ts";

if (!hasChromium) console.warn(`no ${CHROMIUM}: tests of pages in a browser are skipped`);

export interface Opened {
  readonly page: Page;
  /** What the page did that it should not: messages, errors, requests other than for itself. */
  readonly trouble: string[];
}

/** Opens a file as a reader does, from disk. */
export async function open(
  browser: Browser,
  file: string,
  { width = 1280, height = 900, scheme = "light" as "light" | "dark", hash = "" } = {},
): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, acceptDownloads: true });
  const trouble: string[] = [];
  const url = pathToFileURL(file).href;
  page.on("console", (message) => trouble.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => trouble.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    // A page's own data: and blob:, which its worker is made of, leave the page as little as the page itself.
    if (request.url() !== url && !/^(data|blob):/.test(request.url())) trouble.push(`request: ${request.url()}`);
  });
  page.on("requestfailed", (request) => trouble.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  await page.goto(url + hash);
  return { page, trouble };
}

/** Tables that lose a part without a frame that scrolls and says so. */
export const CUT = `[...document.querySelectorAll("main table")].flatMap((table) => {
  const frame = table.closest(".scroll");
  const name = table.querySelector("th")?.textContent + " …";
  if (!frame) return table.getBoundingClientRect().right > innerWidth ? [name + " has no frame"] : [];
  if (frame.scrollWidth <= frame.clientWidth + 1) return [];
  const says = getComputedStyle(frame, "::before").content.includes("scroll");
  const fades = getComputedStyle(frame).maskImage !== "none";
  return says && fades && getComputedStyle(frame).overflowX === "auto" ? [] : [name + " is cut"];
})`;
