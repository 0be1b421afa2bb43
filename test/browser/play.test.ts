import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRegistry } from "../../src/library/registry.ts";
import { readTape } from "../../src/llm/tape-file.ts";
import { openRun } from "../../src/run/folder.ts";
import { playgroundDocument } from "../../src/view/document.ts";
import { loadParts } from "../../src/view/parts.ts";
import { masque } from "../cli/command.ts";
import { hasChromium, launch, open } from "./browser.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-play-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const file = join(scratch, "play.html");
const NAMES = ["stealth-takeover", "glass-house", "covert-wire", "swarm-flood", "illusory-injection"];

describe.skipIf(!hasChromium)("playing in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    const parts = await loadParts(openRegistry(), NAMES);
    writeFileSync(file, playgroundDocument(parts, parts.cards));
    browser = await launch();
  });
  afterAll(() => browser?.close());

  const sit = async (page: Page, role: string, episodes = 1) => {
    await page.locator("#take").click();
    await page.locator(`input[name=role][value=${role}]`).check();
    await page.locator(".lobby input[type=number]").fill(String(episodes));
    await page.getByRole("button", { name: "Begin" }).click();
    await page.locator(".turn").waitFor();
  };
  const saved = async (page: Page, name: string) => {
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Save the record" }).click();
    const path = join(scratch, name);
    await (await download).saveAs(path);
    return path;
  };

  it.each([
    [1280, 900, "light"],
    [390, 844, "dark"],
  ] as const)("a warden plays with the keyboard alone, at %d × %d in the %s", async (width, height, scheme) => {
    const { page, trouble } = await open(browser, file, { width, height, scheme, hash: "#stealth-takeover-v0" });
    await page.locator("#take").focus();
    await page.keyboard.press("Enter");
    await page.locator("input[name=role][value=warden]").focus();
    await page.keyboard.press("Space");
    await page.locator(".lobby input[type=number]").fill("1");
    await page.getByRole("button", { name: "Begin" }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".turn").waitFor();
    // What watches the whole world is out of sight.
    expect(await page.locator("#scene").isVisible()).toBe(false);
    expect(await page.locator("#game").textContent()).not.toMatch(/attacked|clean|intruder_\d/);
    expect(await page.getByRole("button", { name: "Do it" }).isDisabled()).toBe(true);
    for (const group of await page.locator("fieldset.options").all()) {
      await group.locator("input").nth(1).focus();
      await page.keyboard.press("Space");
    }
    for (let step = 0; step < 32; step++) {
      await page.locator(".turn", { hasText: `Episode ${step < 16 ? 1 : 2} of 2, step ${(step % 16) + 1} ` }).waitFor();
      await page.locator("button.main:not(:disabled)").focus();
      await page.keyboard.press("Enter");
    }
    await page.locator("#compared").waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("outcome");
    const path = await saved(page, `warden-${width}.json`);
    const { game, arms } = readTape(path);
    expect([game.episodes, Object.keys(arms).sort()]).toEqual([1, ["attacked", "clean"]]);
    // The same record as a terminal leaves.
    const verified = await masque(["verify", path]);
    expect(verified.out).toMatch(/1 episodes played again, nothing differs/);
    const { out } = await masque(["people", path, "--json"]);
    const shown = await page.locator("#compared tr.you").textContent();
    expect(shown).toContain(JSON.parse(out)[0].metrics.security.mean.toFixed(3));
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("a role of one choice is played by buttons and digits, one agent among others by its own", async () => {
    const { page, trouble } = await open(browser, file, { hash: "#glass-house-v0?attack=half" });
    await sit(page, "colluder");
    for (let step = 1; step <= 11; step++) {
      const turn = page.locator(".turn", { hasText: `step ${step} ` });
      if (
        !(await turn.waitFor({ timeout: 5000 }).then(
          () => true,
          () => false,
        ))
      )
        break;
      expect(await turn.textContent()).toContain("colluder_0");
      await page.keyboard.press("3");
    }
    await page.locator("#compared").waitFor();
    const { game, arms } = readTape(await saved(page, "colluder.json"));
    expect(game.players.colluder.agent).toBe(0);
    expect(new Set(arms.attacked[0].deeds.colluder.actions)).toEqual(new Set([2]));
    expect((await masque(["verify", join(scratch, "colluder.json")])).code).toBe(0);
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("an address leads straight into a role, and is what leads there again", async () => {
    const { page, trouble } = await open(browser, file, { hash: "#stealth-takeover-v0?attack=hasty&role=intruder" });
    await page.locator("input[name=role][value=intruder]:checked").waitFor();
    expect(await page.locator("#scene").isVisible()).toBe(false);
    expect(await page.locator(".lobby").textContent()).toContain("hasty");
    expect(await page.evaluate("location.hash")).toBe("#stealth-takeover-v0?attack=hasty&role=intruder");
    await page.locator("input[name=role][value=warden]").check();
    expect(await page.evaluate("location.hash")).toBe("#stealth-takeover-v0?attack=hasty&role=warden");
    await page.getByRole("button", { name: "Back to watching" }).click();
    expect(await page.evaluate("location.hash")).toBe("#stealth-takeover-v0?attack=hasty");
    // Another environment's page begins with watching, a role that it lacks is told.
    await page.evaluate(`location.hash = "#covert-wire-v0?role=intruder"`);
    await page.locator("#problem", { hasText: 'role: got "intruder", expected one of ' }).waitFor();
    expect(await page.locator("#scene").isVisible()).toBe(true);
    await page.evaluate(`location.hash = "#glass-house-v0?role=overseer"`);
    await page.locator("input[name=role][value=overseer]:checked").waitFor();
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("who stops keeps nothing that was not finished, and finds the page as it was", async () => {
    const { page, trouble } = await open(browser, file, { hash: "#covert-wire-v0" });
    await sit(page, "warden", 2);
    await page.getByRole("button", { name: "Stop here" }).click();
    await page.getByText("No episode was finished").waitFor();
    await page.getByRole("button", { name: "Back to watching" }).click();
    expect(await page.locator("#scene").isVisible()).toBe(true);
    await page.locator("#take").click();
    await page.locator(".lobby select").selectOption("page");
    await page.locator(".places small", { hasText: "defends" }).waitFor();
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("says of a role why nobody can play it, and offers the others", async () => {
    const { page, trouble } = await open(browser, file, { hash: "#swarm-flood-v0" });
    await page.locator("#take").click();
    await page.locator(".lobby select").selectOption("page");
    await page.locator(".places", { hasText: "is too much for a person" }).waitFor();
    expect(await page.locator("input[name=role][value=bot]").isDisabled()).toBe(true);
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("a page of a run's episode seats what played in it: a setting of a script's dials too", async () => {
    const [yaml, run, out] = ["tuned.yaml", "tuned", "tuned.html"].map((name) => join(scratch, name));
    writeFileSync(
      yaml,
      `schema: 1
name: tuned
question: Which period?
environment: { id: swarm-flood-v0, params: { steps: 24, warmUp: 4 } }
defence: { knobs: { tolerance: [2] } }
portfolio: [none, { scripted: hug-pulse, set: { period: 3 } }]
seeds: { runs: 2 }
episodes: { select: 2, test: 3 }
`,
    );
    expect((await masque(["run", yaml, "--out", run, "--quiet", "-j1"])).code).toBe(0);
    const spot = ["--attack", "hug-pulse-set", "--run", "1", "--episode", "2"];
    const made = await masque(["replay", run, ...spot, "--out", out]);
    expect(made.code, made.err).toBe(0);
    const { page, trouble } = await open(browser, out);
    await page.locator("#scene[aria-busy=false]").waitFor();
    const { plan, benchmark, store } = await openRun(run, openRegistry());
    const cell = plan.play("test", 0, "hug-pulse-set", 1);
    const result = store.read(cell.hash);
    const counted = result?.kind === "play" ? benchmark.env.counters.map((name) => result.counters[name][2]) : [];
    await page.locator("#timeline").focus();
    await page.keyboard.press("End");
    await page.locator("#where", { hasText: "step 28 of 28" }).waitFor();
    await page.locator("details", { hasText: "Counters so far" }).locator("summary").click();
    const shown = await page.locator("#counters dd").allTextContents();
    expect(shown).toEqual(counted.map((value) => String(Number(value.toPrecision(5)))));
    expect(await page.locator("#replay").textContent()).toMatch(
      /--point a --attack hug-pulse-set --run 1 --episode 2$/,
    );
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("a page of a record shows what was done, and no choice that would be another's", async () => {
    const record = join(scratch, "warden-1280.json");
    const out = join(scratch, "record.html");
    const made = await masque(["replay", record, "--arm", "clean", "--out", out]);
    expect(made.code, made.err).toBe(0);
    const { page, trouble } = await open(browser, out, { hash: "#stealth-takeover-v0?attack=none&seed=9" });
    await page.locator("#scene[aria-busy=false]").waitFor();
    const trace = readTape(record)
      .arms.clean![0].trace.map((lane) => (lane >>> 0).toString(16).padStart(8, "0"))
      .join("");
    expect(await page.locator("#scene").getAttribute("data-trace")).toBe(trace);
    expect(await page.locator("#controls").isVisible()).toBe(false);
    expect(await page.locator("#take").isVisible()).toBe(false);
    expect(await page.locator("#playing").textContent()).toContain("warden by someone");
    expect(trouble).toEqual([]);
    await page.close();
  });
});
