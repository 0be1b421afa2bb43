import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { masque, PLUGINS } from "./command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-figure-"));
const at = (name: string) => join(scratch, name);
const figure = (...args: string[]) => masque(["figure", ...args, ...PLUGINS]);
const entry = join(packageRoot, "leaderboard", "entries", "simple-crypto");

beforeAll(async () => {
  await masque(["run", "toy", "--out", at("a"), "--quiet", "effort=[0.5]", ...PLUGINS]);
  await masque(["run", "toy", "--out", at("b"), "--quiet", "seeds.root=8", ...PLUGINS]);
  await masque(["run", "toy", "--out", at("c"), "--quiet", "portfolio=[none, random]", ...PLUGINS]);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("masque figure", () => {
  it.each(["frontier", "attacks", "effort"])(
    "draws %s as it was asked for, with a caption that draws it again",
    async (kind) => {
      const out = at(`${kind}.pgf`);
      const { code, out: said, err } = await figure(at("a"), "--kind", kind, "--out", out);
      expect([code, err]).toEqual([0, ""]);
      expect(said).toBe(`${out}\n${out}.caption.txt\n`);
      const first = readFileSync(out, "utf8");
      expect(first).toContain("\\begin{pgfpicture}");
      const caption = readFileSync(`${out}.caption.txt`, "utf8");
      const [, command] = /Drawn again by\n {2}masque (.*)\n/.exec(caption)!;
      rmSync(out);
      expect((await masque(command.split(" "))).code).toBe(0);
      expect(readFileSync(out, "utf8")).toBe(first);
      expect(readFileSync(`${out}.caption.txt`, "utf8")).toBe(caption);
    },
  );

  it("puts several runs on one pair of axes, at the width asked for", async () => {
    const { code } = await figure(at("a"), at("b"), "--width", "120mm", "--out", at("both.svg"));
    expect(code).toBe(0);
    const svg = readFileSync(at("both.svg"), "utf8");
    expect(svg).toMatch(/^<svg [^>]*width="120mm"/);
    expect(svg).toMatch(/>a<\/text>[\s\S]*>b<\/text>/);
  });

  it("draws an entry, and as PNG at 300 dots an inch", async () => {
    const { code, err } = await masque(["figure", entry, "--kind", "attacks", "--png", "--out", at("entry.png")]);
    if (code !== 0) return expect(err).toMatch(/npm install @resvg\/resvg-js/);
    const png = readFileSync(at("entry.png"));
    expect(png.readUInt32BE(16)).toBe(Math.round((84 / 25.4) * 300));
  });

  it("is named by a folder that steers no terminal, ends no line, and is a word to a shell", async () => {
    const name = "a\u001b[2J\nb'$(id)\\";
    cpSync(at("a"), at(name), { recursive: true });
    for (const form of ["svg", "pgf"]) {
      const { code, out } = await figure(at(name), at("b"), "--out", at(`named.${form}`));
      expect([code, out]).toEqual([0, `${at(`named.${form}`)}\n${at(`named.${form}`)}.caption.txt\n`]);
      const caption = readFileSync(at(`named.${form}.caption.txt`), "utf8");
      for (const text of [caption, readFileSync(at(`named.${form}`), "utf8")])
        expect(text).not.toMatch(/(?!\n)\p{Cc}|^b'/mu);
      const [, command] = /Drawn again by\n {2}masque (.*)\n/.exec(caption)!;
      const words = spawnSync("bash", ["-c", `printf '%s\\0' ${command}`], { encoding: "utf8" }).stdout.split("\0");
      expect(words.slice(0, 3)).toEqual(["figure", at(name), at("b")]);
    }
  });

  it("refuses what cannot be drawn, says why, and writes nothing", async () => {
    for (const [words, message] of [
      [[at("a"), entry], /measure different things/],
      [[at("a"), at("b"), "--kind", "attacks"], /of one run or entry; got 2/],
      [[at("a"), "--kind", "frontiers"], /Did you mean "frontier"/],
      [[at("a"), "--width", "colum"], /--width: got "colum", expected column \(84 mm\)/],
      [[at("a"), "--width", "9"], /50 to 400 mm/],
      [[at("a"), "--svg", "--pgf"], /Choose one/],
      [[at("a"), "--out", at("x.jpg")], /expected an ending .svg/],
      [[at("c"), "--kind", "effort"], /effort=\[0.1, 0.3\]/],
      [[at("nowhere")], /nowhere/],
    ] as const) {
      const args = words.includes("--out" as never) ? words : [...words, "--out", at("no.svg")];
      const { code, err } = await figure(...args);
      expect(err).toMatch(message);
      expect(code).toBe(2);
    }
    expect(readdirSync(scratch).filter((name) => /^(no|x)\./.test(name))).toEqual([]);
    expect(existsSync("a-frontier.svg")).toBe(false);
  });
});
