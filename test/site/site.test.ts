import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { lettered } from "../../src/frontier/moments.ts";
import { openEntry } from "../../src/leaderboard/open.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { textOf } from "../../src/report/html/html.ts";
import { apiFiles } from "../../src/site/api.ts";
import { buildSite } from "../../src/site/build.ts";
import { episodesOf } from "../../src/site/episodes.ts";
import { between, resolver, siteOf } from "../../src/site/map.ts";
import { citations, markdownReader, render } from "../../src/site/markdown.ts";
import { readFragment, SAVED } from "../../src/view/choice.ts";
import { decodeData } from "../../src/view/data.ts";
import { loadParts } from "../../src/view/parts.ts";
import { openPlayer } from "../../src/view/player.ts";
import { CUT, hasChromium, launch, open } from "../browser/browser.ts";
import { masque } from "../cli/command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-site-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const board = join(scratch, "board");
const told: string[] = [];
let files: ReadonlyMap<string, string>;
const pages = () => [...files].filter(([path]) => path.endsWith(".html"));
/** Pages of our own making: those of an API reference are TypeDoc's. */
const own = () => pages().filter(([path]) => !path.startsWith("api/"));

beforeAll(async () => {
  mkdirSync(board);
  for (const name of ["keepers.json", "simple-crypto"])
    cpSync(join(packageRoot, "leaderboard", "entries", name), join(board, name), { recursive: true });
  const registry = openRegistry();
  files = await buildSite({ root: packageRoot, registry, entries: board, told: (line) => told.push(line) });
}, 120_000);

/** What a page's links and pictures name, as it stands between the quotes. */
const named = (text: string, attribute: "href" | "src") =>
  [...text.matchAll(new RegExp(`<(\\w+)(?=[^>]*? ${attribute}="([^"]*)")`, "g"))].map(([, tag, target]) => ({
    tag,
    target,
  }));

const dataIn = (path: string) =>
  decodeData(/<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(files.get(path)!)![1]);

describe("a site", () => {
  it("has a page for everything", () => {
    const all = [...files.keys()];
    for (const page of [
      "index",
      "playground",
      "methods",
      "statistics",
      "papers",
      "tutorials/index",
      "tutorials/scale",
      "tutorials/python",
      "environments/index",
      "leaderboard/index",
      "leaderboard/entries/simple-crypto",
    ])
      expect(all).toContain(`${page}.html`);
    for (const name of openRegistry().environmentNames()) expect(all).toContain(`environments/${name}.html`);
  });

  it("leads nowhere that is not there, and to no heading that is not", () => {
    const dead: string[] = [];
    for (const [path, text] of pages())
      for (const { target } of named(text, "href")) {
        if (/^(data:|https?:|mailto:)/.test(target)) continue;
        const [file, hash] = target.replaceAll("&amp;", "&").split("#");
        const to = file === "" ? path : posix.join(posix.dirname(path), decodeURI(file).replace(/\?.*/, ""));
        const there = files.get(to);
        // A playground's hash is a state, not a place.
        const place = hash && own().some(([name]) => name === to) && !to.startsWith("playground");
        if (there === undefined || (place && !there.includes(`id="${decodeURI(hash)}"`)))
          dead.push(`${path}: ${target}`);
      }
    expect(dead).toEqual([]);
  });

  it("shows every episode that an entry's tables name as it was recorded, by scripts in the playground", async () => {
    const { benchmark, plan, results } = await openEntry(join(board, "simple-crypto"), openRegistry());
    const { env, plugin } = benchmark;
    const page = files.get("leaderboard/entries/simple-crypto.html")!;
    const rows = [...page.matchAll(/<a href="([^"]*)">run (\d+), episode (\d+)<\/a>/g)];
    // The table goes point by point, attack by attack, a typical episode before the worst.
    const order = lettered(benchmark.points).flatMap((point) => benchmark.attacks.map((attack) => ({ point, attack })));
    expect(rows.length).toBe(2 * order.length);
    // The table of attacks leads to the worst of them.
    expect(page.match(/<td class="h\d[^>]*><a href/g)).toHaveLength(order.length);
    const { replays, replay, cards } = dataIn("leaderboard/episodes/simple-crypto.html");
    expect([Object.values(replays!)[0], cards.length]).toEqual([replay, 1]);
    const [card] = (await loadParts(openRegistry(), [plugin.name])).cards;
    const subject = { env, policies: await plugin.policies() };
    const known = { attacks: Object.keys(card.attacks), defences: Object.keys(card.defences), roles: card.roles };
    for (const [i, [, target, run, episode]] of rows.entries()) {
      const { point, attack } = order[Math.floor(i / 2)];
      const { name } = attack;
      const learned = attack.kind === "learned";
      const to = new URL(target.replaceAll("&amp;", "&"), "file:///leaderboard/entries/");
      expect(to.pathname).toBe(learned ? "/leaderboard/episodes/simple-crypto.html" : "/playground.html");
      const brought = replays![to.searchParams.get("show") ?? ""];
      const { choice, problems } = learned
        ? { choice: brought.choice, problems: [] }
        : readFragment(to.hash, card.start, card.fields, known);
      expect([problems, choice.run, choice.episode]).toEqual([[], Number(run), Number(episode)]);
      const saved = brought?.saved?.policies;
      const { counters } = openPlayer(subject, choice, { saved }).frame(Number.MAX_SAFE_INTEGER);
      expect([choice.attack, choice.defence]).toEqual([learned ? SAVED : name, point.defence]);
      expect(point.params).toEqual(choice.params);
      const result = results.get(plan.play("test", point.index, name, choice.run).hash);
      if (result?.kind !== "play") throw new Error("not played");
      expect(counters).toEqual(env.counters.map((name) => [name, result.counters[name][choice.episode]]));
    }
  });

  it("reads weights that play in several episodes once", async () => {
    const registry = openRegistry();
    const entry = await openEntry(join(board, "simple-crypto"), registry);
    const [card] = (await loadParts(registry, ["simple-crypto"])).cards;
    const { name } = entry.benchmark.attacks.find(({ kind }) => kind === "learned")!;
    const { at, trained } = episodesOf(entry, card, "p.html", "o.html");
    at({ place: 0, attack: name, typical: { run: 0, episode: 1 }, worst: { run: 0, episode: 2 } });
    const weights = Object.values(trained).flatMap(({ saved }) =>
      Object.values(saved!.policies).flatMap(({ tensors }) => Object.values(tensors).map(({ data }) => data)),
    );
    expect(Object.keys(trained)).toHaveLength(2);
    expect(new Set(weights).size).toBe(weights.length / 2);
  });

  it("goes by the letters of points, in whatever order their benchmark has them", async () => {
    const registry = openRegistry();
    const opened = await openEntry(join(packageRoot, "leaderboard", "entries", "glass-house-ledger"), registry);
    // As if the first had been added as a yardstick.
    const all = opened.benchmark.points.map((point, i) => ({ ...point, declared: i > 0 && point.declared }));
    const benchmark = { ...opened.benchmark, points: all };
    const entry = { ...opened, benchmark };
    const [card] = (await loadParts(registry, ["glass-house"])).cards;
    const { at, trained } = episodesOf(entry, card, "p.html", "o.html");
    const known = { attacks: Object.keys(card.attacks), defences: Object.keys(card.defences), roles: card.roles };
    const points = lettered(benchmark.points);
    expect(points[0].index).toBe(1);
    const [typical, worst] = [1, 2].map((episode) => ({ run: 1, episode }));
    for (const [place, { params, defence }] of points.entries()) {
      const shown = at({ place, attack: "smash", typical, worst })!;
      for (const [moment, address] of [[typical, shown.typical] as const, [worst, shown.worst] as const]) {
        const { choice } = readFragment(address.split("#")[1], card.start, card.fields, known);
        expect(params).toEqual(choice.params);
        expect(choice).toMatchObject({ ...moment, defence, attack: "smash" });
      }
    }
    expect(trained).toEqual({});
  });

  it("brings no policies along that are too large for a page", async () => {
    const registry = openRegistry();
    const opened = await openEntry(join(packageRoot, "leaderboard", "entries", "glass-house-ledger"), registry);
    const [card] = (await loadParts(registry, ["glass-house"])).cards;
    const trainedOn = (floats: number) => {
      const points = opened.benchmark.points.map((point) => ({ ...point, defence: "brought" }));
      const data = { tensors: { w0: { shape: [floats], data: new Float32Array(floats) } } };
      const frozen = new Map([["brought", { name: "brought", policies: {} }]]);
      const stored = new Map([["brought", { overseer: data }]]);
      const benchmark = { ...opened.benchmark, points, frozen, stored } as unknown as typeof opened.benchmark;
      const { at, trained } = episodesOf({ ...opened, benchmark }, card, "p.html", "o.html");
      const [typical, worst] = [1, 2].map((episode) => ({ run: 1, episode }));
      const pages = at({ place: 0, attack: "smash", typical, worst });
      return [pages && Object.values(pages).length, Object.keys(trained).length];
    };
    // The second episode has the same weights.
    expect(trainedOn(3_000_000)).toEqual([2, 2]);
    expect(trainedOn(5_000_000)).toEqual([undefined, 0]);
  });

  it("loads nothing from outside, and lets nothing in", () => {
    for (const [path, text] of pages()) {
      expect(text, path).toMatch(/<meta http-equiv="Content-Security-Policy" content="default-src 'none'; /);
      expect(
        named(text, "src").filter(({ target }) => /^(https?:)?\/\//.test(target)),
        path,
      ).toEqual([]);
      const outside = named(text, "href").filter(({ target }) => /^(https?:)?\/\//.test(target));
      expect(
        outside.filter(({ tag }) => tag !== "a"),
        path,
      ).toEqual([]);
    }
    for (const [path, text] of own()) {
      expect(text.match(/script-src ([^;]*)/)![1], path).toMatch(/^'sha256-[^']*'( 'wasm-unsafe-eval')?$/);
      expect(text, path).not.toMatch(/<link [^>]*stylesheet|@import|<script[^>]* src=/);
    }
  });

  it("has one navigation on all pages, and says where one is", () => {
    const names = ["Playground", "Environments", "Leaderboard", "Methods", "Statistics", "Papers", "Tutorials"];
    for (const [path, text] of pages()) {
      const found = names.map((name) => new RegExp(`<a href="([^"]*)"[^>]*>${name}</a>`).exec(text)?.[1]);
      expect(found, path).toEqual(
        [
          "playground.html",
          "environments/index.html",
          "leaderboard/index.html",
          "methods.html",
          "statistics.html",
          "papers.html",
          "tutorials/index.html",
        ].map((page) => between(path, page)),
      );
    }
    expect(files.get("environments/covert-wire.html")).toMatch(/aria-current="true">Environments</);
    expect(files.get("methods.html")).toMatch(/aria-current="page">Methods</);
  });

  it("tells of every environment, baseline and paper", async () => {
    const wire = files.get("environments/covert-wire.html")!;
    expect(wire).toMatch(/<img alt="covert-wire-v0: [^"]*" src="data:image\/svg\+xml;base64,/);
    expect(wire).toContain('href="../playground.html#covert-wire-v0"');
    // Roles that a person can bear, and no others.
    const roles = (name: string) => [...files.get(`environments/${name}.html`)!.matchAll(/\?role=(\w+)">play the/g)];
    expect(roles("stealth-takeover").map(([, role]) => role)).toEqual(["intruder", "warden"]);
    expect(files.get("environments/simple-crypto.html")).toContain('href="../leaderboard/index.html#simple-crypto"');
    expect(wire).not.toContain("leaderboard/index.html#covert-wire"); // not on this board
    for (const name of openRegistry().baselineNames()) {
      expect(files.get("methods.html")).toContain(`<code>${name}</code>`);
      expect(files.get("papers.html")).toContain(`<code>${name}</code>`);
    }
    // Documents lead to each other's pages.
    expect(files.get("index.html")).toContain(
      '<a href="environments/covert-wire.html"><code>covert-wire-v0</code></a>',
    );
    expect(files.get("index.html")).toContain('<a href="tutorials/scale.html">');
    // Cited in the middle of an environment's prose.
    expect(files.get("papers.html")).toMatch(
      /href="https:\/\/arxiv.org\/abs\/1202.6423"[\s\S]*environments\/covert-wire.html/,
    );
  });

  it("holds nothing of the machine that built it", () => {
    for (const [path, text] of own()) {
      expect(text.includes(packageRoot), path).toBe(false);
      expect(text.includes(scratch), path).toBe(false);
    }
  });

  it("leaves out what is not here, in plain words", async () => {
    const root = join(scratch, "package");
    mkdirSync(root);
    writeFileSync(
      join(root, "README.md"),
      "# Bare\n\nSee [methods](docs/methods.md) and [the board](leaderboard/entries).\n",
    );
    const lines: string[] = [];
    const bare = await buildSite({ root, registry: openRegistry(), entries: null, told: (line) => lines.push(line) });
    expect(lines.join("\n")).toMatch(
      /statistics: left out[\s\S]*API reference: left out, .* npm run api makes it[\s\S]*leaderboard: left out/,
    );
    const home = bare.get("index.html")!;
    expect(home).not.toMatch(/Methods<|Leaderboard<|API<|Tutorials</);
    expect(home).toContain("See methods and the board.");
    expect([...bare.keys()].filter((path) => /leaderboard|api\/|tutorials/.test(path))).toEqual([]);
  });
});

describe("Markdown", () => {
  const source = { file: "docs/x.md", page: "tutorials/x.html" };
  const shown = new Map([["docs/methods.md", "methods.html"]]);

  it("is text: HTML in it is shown, addresses that run are no links", async () => {
    const read = await markdownReader();
    const given =
      "# A <b>`c`</b>\n\n<script>alert(1)</script>\n\nx <img src=x onerror=alert(1)> [run](javascript:alert(1)) [m](methods.md#a-b) **b & `<i>`** arXiv:1604.00772\n\n| a<u> | b |\n|---|--:|\n| 1 | [q](data:text/html,x) |\n";
    const { body, title } = render(read(given), resolver(scratch, source, shown, false), () => null);
    const text = textOf(body);
    expect(text).not.toMatch(/<script|<img|<u>|<i>|javascript:|data:/);
    expect(text).toContain('<a href="../methods.html#a-b">m</a>');
    expect(text).toContain("<strong>b &amp; <code>&lt;i&gt;</code></strong>");
    expect(text).toContain('<a href="https://arxiv.org/abs/1604.00772">arXiv:1604.00772</a>');
    expect(text).toContain('<td class="n">');
    expect(title).toBe("A <b>c</b>");
  });

  it("shows lists of tasks, as pages of plug-ins may have them", async () => {
    const { body } = render(
      (await markdownReader())("- [ ] left\n- [x] done\n"),
      () => null,
      () => null,
    );
    expect(textOf(body).replaceAll(/<[^>]*>/g, "")).toMatch(/☐ left\s+☑ done/);
  });

  it("links papers where they are named, and says everything once", () => {
    expect(textOf(citations("See arXiv:1604.00772, and arXiv:1707.06347."))).toBe(
      'See <a href="https://arxiv.org/abs/1604.00772">arXiv:1604.00772</a>, and <a href="https://arxiv.org/abs/1707.06347">arXiv:1707.06347</a>.',
    );
    expect(textOf(citations("nominally 95 %, and 5 % left"))).toBe("nominally 95\u00a0%, and 5\u00a0% left");
  });

  it("says in what words a paper is cited, and takes none from another cell or paragraph", () => {
    const words = [...files.get("papers.html")!.matchAll(/<td[^>]*>… ([^<]*)/g)].map(([, text]) => text);
    expect(words.length).toBeGreaterThan(20);
    expect(words.filter((text) => /\||## /.test(text))).toEqual([]);
  });

  it("names headings as GitHub does, each once", async () => {
    const read = await markdownReader();
    const { headings } = render(
      read("# A `b`, c!\n\n## One\n\n## One\n"),
      () => null,
      () => null,
    );
    expect(headings.map(({ id }) => id)).toEqual(["a-b-c", "one", "one-1"]);
  });

  it("refuses a link to nothing, and says where it stands", () => {
    const resolve = resolver(packageRoot, { file: "docs/methods.md", page: "methods.html" }, shown, true);
    expect(resolve("../README.md")).toBe(null); // there, and not shown here
    expect(() => resolve("nowhere.md")).toThrow(
      "docs/methods.md links to nowhere.md, and there is no docs/nowhere.md.",
    );
    expect(() => resolve("../../elsewhere.md")).toThrow(/elsewhere/);
  });
});

it("an API reference gets the site's links, a strict policy, and no links to sources", () => {
  const root = join(scratch, "api-root");
  mkdirSync(join(root, "docs", "api", "functions"), { recursive: true });
  const text =
    '<html><head><meta charset="utf-8"/></head><body><script>run()</script><div id="tsd-toolbar-links"></div><use href="../assets/icons.svg#icon-1"></use><li>Defined in <a href="../../../env/aec.ts">src/env/aec.ts:5</a></li></body></html>';
  for (const name of ["index.html", "functions/f.html"]) writeFileSync(join(root, "docs", "api", name), text);
  writeFileSync(join(root, "docs", "api", "main.js"), "1");
  writeFileSync(join(root, "docs", "api", "secret.txt"), "1");
  const made = apiFiles(root, [{ name: "Methods", page: "methods.html" }])!;
  expect([...made.keys()]).toEqual(["api/functions/f.html", "api/index.html", "api/main.js"]);
  const page = made.get("api/functions/f.html")!;
  expect(page).toContain('<a href="../../methods.html">Methods</a>');
  expect(page).toMatch(/default-src 'none'; script-src 'self' file: 'sha256-[^']+';/);
  expect(page).not.toMatch(/aec\.ts"|icons\.svg/);
  expect(apiFiles(scratch, [])).toBe(null);
});

it("links are relative from wherever a page lies", () => {
  expect(between("a/b/c.html", "index.html")).toBe("../../index.html");
  expect(between("environments/x.html", "environments/index.html")).toBe("index.html");
  expect(textOf(siteOf([{ name: "API", page: "api/index.html" }], "api/f/x.html").links)).toContain(
    'href="../index.html" aria-current="true"',
  );
});

describe.skipIf(!hasChromium)("in Chromium", () => {
  let browser: Browser;
  const site = join(scratch, "site");
  beforeAll(async () => {
    browser = await launch();
    for (const [path, text] of own()) {
      mkdirSync(dirname(join(site, path)), { recursive: true });
      writeFileSync(join(site, path), text);
    }
  });
  afterAll(() => browser?.close());

  it("the address of a page of episodes says which is shown; where it names none, another is, and that is said", async () => {
    const file = "leaderboard/episodes/simple-crypto.html";
    const { replays } = dataIn(file);
    const names = Object.keys(replays!);
    for (const [asked, shown] of [
      ...names.slice(-2).map((name) => [name, name]),
      ["constructor", names[0]],
      ["%3Cimg src=x onerror=alert(1)%3E", names[0]],
    ]) {
      const { page } = await open(browser, join(site, file), { hash: `?show=${asked}` });
      const { choice, saved } = replays![shown];
      await page.locator("#title", { hasText: `simple-crypto-v3, episode ${choice.episode}` }).waitFor();
      await page.locator("#scene[aria-busy=false]").waitFor();
      expect(await page.locator("#replay").textContent()).toBe(`${saved!.command} --episode ${choice.episode}`);
      // What is chosen on the page keeps the episode in its address.
      expect(await page.evaluate("location.search")).toBe(`?show=${encodeURI(decodeURI(asked))}`);
      const problem = await page.locator("#problem").textContent();
      expect(problem).toBe(
        asked === shown ? "" : `There is no episode "${decodeURIComponent(asked)}" here: this is another.`,
      );
      await page.close();
    }
  });

  it("every page fits a desk and a phone, cuts no table, and asks for nothing", async () => {
    const wrong: string[] = [];
    for (const [path] of own()) {
      const { page, trouble } = await open(browser, join(site, path), { width: 1100 });
      for (const width of [1100, 390]) {
        await page.setViewportSize({ width, height: 844 });
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        // Frames look at themselves after the next layout.
        await page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))");
        if (!(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")))
          wrong.push(`${path} at ${width}`);
        wrong.push(...((await page.evaluate(CUT)) as string[]).map((what) => `${path} at ${width}: ${what}`));
      }
      wrong.push(...trouble.map((what) => `${path}: ${what}`));
      await page.close();
    }
    expect(wrong).toEqual([]);
  }, 240_000);
});

it("masque site says what it lacks, and writes nothing it cannot finish", async () => {
  const out = join(scratch, "no-site");
  for (const [args, message] of [
    [["site", "bild", "--out", out], /Did you mean "build"/],
    [["site", "build", "--entries", join(scratch, "nowhere"), "--out", out], /there is no such folder/],
  ] as const) {
    const { code, err } = await masque(args);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  }
  expect(() => readFileSync(join(out, "index.html"))).toThrow();
});
