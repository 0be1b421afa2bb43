import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Debian's; MASQUE_CHROMIUM names another. None is ever downloaded. */
export const CHROMIUM = process.env.MASQUE_CHROMIUM ?? "/usr/bin/chromium";
export const hasChromium = existsSync(CHROMIUM);

export function launch(): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", ...quiet] });
}
