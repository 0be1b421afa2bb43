import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import ippo from "../../baselines/ippo.ts";
import lowAndSlow from "../../envs/low-and-slow/env.ts";
import lowAndSlowScripts from "../../envs/low-and-slow/policies.ts";
import { unpackArchive } from "../../src/data/archive.ts";
import { packageRoot } from "../../src/data/package.ts";
import { train } from "../../src/learn/train.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { savePolicy } from "../../src/policy/checkpoint.ts";
import { mixtureData } from "../../src/policy/mixture.ts";
import { playgroundDocument } from "../../src/view/document.ts";
import { loadParts, type Parts, split } from "../../src/view/parts.ts";
import { castOf } from "../../src/view/subject.ts";
import { masque } from "../cli/command.ts";
import { environments } from "../environments.ts";
import { hasChromium, launch, open } from "./browser.ts";

const all = await environments();
const scratch = mkdtempSync(join(tmpdir(), "masque-view-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const playground = join(scratch, "playground.html");
let parts: Parts;

beforeAll(async () => {
  const registry = openRegistry();
  parts = await loadParts(registry, registry.environmentNames().sort());
  const write = (file: string, cards: Parts["cards"]) => writeFileSync(file, playgroundDocument(parts, cards));
  const { light, heavy } = split(parts);
  write(playground, light);
  for (const card of heavy) write(pageOf(card.id), [card]);
});
/** Where an environment is that is too heavy for the page of all. */
const pageOf = (id: string) => join(scratch, `${id}.html`);

describe("the playground", () => {
  it("weighs at most 300 kB on its way, and keeps simulation out of the page's own script", () => {
    const weight = gzipSync(readFileSync(playground), { level: 9 }).length;
    console.log(
      `playground: ${Math.round(weight / 1000)} kB gzipped, its own script ${Math.round(parts.page.length / 1000)} kB`,
    );
    expect(weight).toBeLessThan(300_000);
    // What steps an environment, checks parameters or samples is the worker's: the page stays free to answer.
    expect(parts.page.length).toBeLessThan(60_000);
    expect(parts.page).not.toMatch(/safeParse|WebAssembly/);
  });

  it("tells of every script so that it can be understood alone", () => {
    for (const { attacks, defences } of parts.cards)
      for (const text of [...Object.values(attacks), ...Object.values(defences)])
        expect(text).not.toMatch(/^the same(?! as)/);
    const { attacks } = parts.cards.find(({ name }) => name === "swarm-flood")!;
    expect(attacks["hug-pulse"].startsWith(`${attacks.hug}; the same in pulses`)).toBe(true);
  });

  it("has a card for every environment, beginning with a script that attacks", () => {
    expect(parts.cards.map(({ name }) => name).sort()).toEqual(all.map(({ name }) => name));
    for (const { start, attacks, axes, metrics } of parts.cards) {
      expect(attacks).toHaveProperty(start.attack);
      expect(start.attack).not.toBe("none");
      expect(metrics[axes.security].axis).toBe("security");
    }
  });
});

describe.skipIf(!hasChromium)("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  const text = (page: Page, id: string) => page.locator(`#${id}`).textContent();
  const settled = async (page: Page) => {
    await page.locator("#progress", { hasText: "95 %" }).waitFor();
    await page.locator("#scene[aria-busy=false]").waitFor();
  };
  const traceShown = (page: Page) => page.locator("#scene[data-trace]").getAttribute("data-trace");
  /** What there is of a state to compare. */
  const stateOf = async (page: Page) => {
    await settled(page);
    const parts = ["where", "labels", "counters", "metrics", "frontier", "eval", "replay"];
    return [...(await Promise.all(parts.map((id) => text(page, id)))), await page.locator("#scene").innerHTML()];
  };

  it("plays every environment to the digest of its golden trace, in the page's own worker", async () => {
    const home = await open(browser, playground, { hash: "#covert-wire-v0?episodes=1" });
    const heavy = split(parts).heavy.map(({ id }) => id);
    for (const { env, golden, policies } of all) {
      const own = heavy.includes(env.id)
        ? await open(browser, pageOf(env.id), { hash: `#${env.id}?episodes=1` })
        : home;
      const { page, trouble } = own;
      await page.evaluate(`location.hash = "${env.id}?episodes=1"`);
      await page.locator(`#golden[data-digest="${golden!.digest}"]`).waitFor();
      expect(await text(page, "golden"), env.id).toMatch(/plays the environment's golden trace to the byte/);

      const { start } = parts.cards.find(({ id }) => id === env.id)!;
      const cast = castOf({ env, policies: policies! }, start);
      const once = { params: cast.params, policies: cast.attacked(start.attack), episodes: 1, seed: 1 };
      const { traces } = evaluate(env, { ...once, split: ["test", 0] });
      const trace = [...traces].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
      await page.locator(`#scene[data-trace="${trace}"]`).waitFor();
      expect(trouble, env.id).toEqual([]);
      if (own !== home) await page.close();
    }
    await home.page.close();
  });

  it.each([
    [1280, 800, "light"],
    [1280, 800, "dark"],
    [390, 844, "light"],
    [390, 844, "dark"],
  ] as const)("is used without trouble at %d × %d in the %s", async (width, height, scheme) => {
    const { page, trouble } = await open(browser, playground, {
      width,
      height,
      scheme,
      hash: "#swarm-flood-v0?episodes=16",
    });
    await settled(page);
    await page.locator("#where", { hasText: "step 0 of 160" }).waitFor();
    // Keys, while nothing is focused: a step on, and back.
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    await page.locator("#where", { hasText: "step 1 of 160" }).waitFor();
    await page.getByRole("button", { name: "bot_3" }).focus();
    await page.locator("#focus", { hasText: "saw before this step" }).waitFor();
    // Keys go on working from a button.
    await page.keyboard.press("ArrowRight");
    await page.locator("#where", { hasText: "step 2 of 160" }).waitFor();
    await page.locator("#timeline").focus();
    await page.keyboard.press("End");
    await page.locator("#where", { hasText: "step 160 of 160" }).waitFor();
    // Play from the end begins anew, and can be paused.
    await page.keyboard.press("Space");
    await page.locator("#play[aria-pressed=true]").waitFor();
    await page.keyboard.press("Space");
    await page.locator("#play[aria-pressed=false]").waitFor();
    // The picture plays and pauses as the button does; what it shows is said above it.
    await page.locator("#scene").click();
    await page.locator("#play[aria-pressed=true]").waitFor();
    await page.locator("#scene").click();
    await page.locator("#play[aria-pressed=false]").waitFor();
    expect(await text(page, "caption")).toMatch(/requests that reach the service/);
    expect(await text(page, "playing")).toContain("attackers play");
    await page.locator("#knob-tolerance").focus();
    await page.keyboard.press("Home");
    await page.locator("#eval", { hasText: "tolerance=8" }).waitFor();
    await settled(page);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    const unnamed = await page.evaluate(`[...document.querySelectorAll("input, select, button")]
      .filter((one) => !one.getAttribute("aria-label") && !one.labels?.length && !one.textContent.trim())
      .map((one) => one.outerHTML)`);
    expect(unnamed).toEqual([]);
    await page.locator("[data-copy=eval]").click();
    await page.locator("[data-copy=eval]", { hasText: /Copied|Selected/ }).waitFor();
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("shows by an address what was shown where it was made, and what masque eval prints", async () => {
    const { page, trouble } = await open(browser, playground, { hash: "#covert-wire-v0?episodes=32" });
    await page.locator("#attack").selectOption("typical");
    await page.locator("#knob-falseAlarm").fill("100");
    await settled(page);
    // The timeline is moved before the episode that was asked for is there: it opens where the hand is.
    await page.evaluate(`for (const [id, value] of [["episode", "4"], ["timeline", "17"]]) {
      const control = document.getElementById(id);
      control.value = value;
      for (const event of ["input", "change"]) control.dispatchEvent(new Event(event, { bubbles: true }));
    }`);
    const made = await stateOf(page);
    expect(made[0]).toBe("step 17 of 65");
    expect(made[5]).toBe("masque eval covert-wire-v0 falseAlarm=0.3 --attack none,typical --episodes 32");
    const hash = (await page.evaluate("location.hash")) as string;
    const other = await open(browser, playground, { hash });
    await other.page.locator("#where", { hasText: "step 17" }).waitFor();
    expect(await stateOf(other.page)).toEqual(made);

    const { out } = await masque([...made[5]!.split(" ").slice(1), "--json"]);
    const [clean, attacked] = JSON.parse(out).results;
    const digits = (value: number) => value.toFixed(3);
    for (const { mean, low, high } of [clean.metrics.utility, attacked.metrics.secrecy])
      expect(made[3]).toContain(`${digits(mean)} [${digits(low)}, ${digits(high)}]`);
    expect([...trouble, ...other.trouble]).toEqual([]);
    await page.close();
    await other.page.close();
  });

  it("finds the worst attack when asked for all, and sets the dials to a point of the entry", async () => {
    const { page, trouble } = await open(browser, playground, { hash: "#swarm-flood-v0?episodes=16&attack=flood" });
    await settled(page);
    await page.locator("#all").click();
    await page.locator("#attacks tr.worst").waitFor();
    await settled(page);
    const rows = await page.locator("#attacks tbody tr").count();
    expect(await text(page, "attacks")).not.toContain("–"); // none is left unmeasured
    expect(rows).toBe(Object.keys(parts.cards.find(({ name }) => name === "swarm-flood")!.attacks).length);
    const worst = await page.locator("#attacks tr.worst button").textContent();
    await page.locator("#attacks tr.worst button").click();
    expect(await page.locator("#attack").inputValue()).toBe(worst);
    await page.locator("#frontier .mark").first().focus();
    await page.keyboard.press("Enter");
    await page.locator("#eval", { hasText: "tolerance=4.5" }).waitFor();
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("takes nothing on trust from an address", async () => {
    const hash =
      "#covert-wire-v0?attack=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&p.falseAlarm=9&p.slots=1e9&episodes=16";
    const { page, trouble } = await open(browser, playground, { hash });
    await settled(page);
    const problem = await text(page, "problem");
    expect(problem).toMatch(
      /attack: got "<img .*expected one of none, .*falseAlarm: got "9", expected a number from 0 to 1/,
    );
    expect(problem).toMatch(/slots: got "1e9"/);
    expect(await page.locator("img").count()).toBe(0);
    await page.evaluate(`location.hash = "#no-such-v3"`);
    await page.locator("#problem", { hasText: 'no environment "no-such-v3"' }).waitFor();
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("replays an episode by trained policies that the page brings along", async () => {
    const folder = join(packageRoot, "leaderboard", "entries", "simple-crypto");
    const archive = readdirSync(folder).find((file) => file.startsWith("policies-"))!;
    const files = unpackArchive(readFileSync(join(folder, archive)), 2 ** 26, archive);
    const name = [...files.keys()].find(
      (file) => file.endsWith(".json") && /"role": "eve"/.test(new TextDecoder().decode(files.get(file))),
    )!;
    const base = join(scratch, "eve");
    for (const ending of [".json", ".safetensors"])
      writeFileSync(base + ending, files.get(name.replace(".json", ending))!);
    const file = join(scratch, "replay.html");
    const { code, out, err } = await masque([
      "replay",
      "simple-crypto",
      "--policy",
      base,
      "--episode",
      "2",
      "--out",
      file,
    ]);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/^simple-crypto-v3, episode 2, saved against default: 25 steps, .*\n.*replay\.html: \d+ kB/);
    expect(gzipSync(readFileSync(file)).length).toBeLessThan(200_000);
    const { page, trouble } = await open(browser, file);
    await settled(page);
    expect(await text(page, "title")).toBe("simple-crypto-v3, episode 2");
    expect(await page.locator("#attack").inputValue()).toBe("saved");
    expect(await traceShown(page)).toMatch(/^[0-9a-f]{16}$/);
    const shown = await text(page, "metrics");
    const { out: printed } = await masque(["eval", "simple-crypto", "--policy", base, "--json"]);
    expect(shown).toContain(JSON.parse(printed).results[0].metrics.secrecy.mean.toFixed(3));
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("replays a mixture of networks that remember, each agent's own or told who plays", async () => {
    const small = {
      copies: 4,
      rolloutSteps: 8,
      hidden: [8],
      memory: "gru" as const,
      memorySize: 6,
      learningRate: 0.05,
    };
    const trained = [{ agentIds: true }, { shareParameters: false }].map((more) =>
      train({
        environment: lowAndSlow,
        roles: { leaker: ippo({ ...small, ...more }) },
        policies: lowAndSlowScripts.defaults,
        budget: 320,
        seed: 1,
      }),
    );
    const members = (await Promise.all(trained)).map(({ policies }) => ({ weight: 0.5, data: policies.leaker }));
    const base = join(scratch, "leaker");
    savePolicy(base, mixtureData(members, "test"));
    const file = join(scratch, "mixture.html");
    const { code, err } = await masque(["replay", "low-and-slow", "--policy", base, "--episodes", "32", "--out", file]);
    expect(code, err).toBe(0);
    const { page, trouble } = await open(browser, file);
    await settled(page);
    const shown = await text(page, "metrics");
    const { out } = await masque(["eval", "low-and-slow", "--policy", base, "--episodes", "32", "--json"]);
    for (const { mean } of Object.values<{ mean: number }>(JSON.parse(out).results[0].metrics))
      expect(shown).toContain(mean.toFixed(3));
    expect(trouble).toEqual([]);
    await page.close();
  });
});

it("a replay of what cannot be played is refused, and nothing is written", async () => {
  const out = join(scratch, "none.html");
  for (const [words, message] of [
    [["--attack", "lod"], /Did you mean "loud"/],
    [["slots=0"], /slots/],
    [["--episode", "-1"], /--episode/],
    [["--policy", join(scratch, "nowhere")], /nowhere/],
  ] as const) {
    const { code, err } = await masque(["replay", "covert-wire", ...words, "--out", out]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  }
  const { code, err } = await masque(["playground", "--out", join(scratch, "folder")]);
  expect([code, err]).toEqual([2, expect.stringMatching(/expected a file that ends in .html/)]);
  expect(readdirSync(scratch).filter((file) => /none|folder/.test(file))).toEqual([]);
});
