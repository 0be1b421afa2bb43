import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openRegistry } from "../../src/library/registry.ts";
import { cardOf } from "../../src/view/catalogue.ts";
import { frameDocuments, stepsShown } from "../../src/view/frames.ts";
import { painterOf } from "../../src/view/parts.ts";
import { openPlayer } from "../../src/view/player.ts";
import { masque } from "../cli/command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-frames-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("frames", () => {
  it("are of one even size, whatever is said under them, and carry all that they are drawn with", async () => {
    for (const name of ["covert-wire", "simple-crypto", "rumour-mill"]) {
      const plugin = await openRegistry().environmentNamed(name);
      const { start } = await cardOf(plugin, undefined, null);
      const painter = await painterOf(plugin);
      const player = openPlayer({ env: plugin.env, policies: await plugin.policies(), painter }, start);
      const documents = frameDocuments(player, stepsShown(player.course.steps, 12), "<b>&");
      const sizes = new Set(
        documents.map((one) => /^<svg [^>]*width="(\d+)" height="(\d+)"/.exec(one)!.slice(1).join(" ")),
      );
      expect(sizes.size).toBe(1);
      for (const side of [...sizes][0].split(" ")) expect(Number(side) % 2).toBe(0);
      expect(new Set(documents).size).toBe(documents.length);
      for (const one of documents) {
        expect(one).toContain("&lt;b&gt;&amp;");
        expect(one.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|url\(|href/);
        expect(one.match(/<style>/g)).toHaveLength(1);
      }
    }
  });

  it("hold both ends of an episode, and at most as many as asked", () => {
    expect(stepsShown(4, 600)).toEqual([0, 1, 2, 3, 4]);
    expect(stepsShown(1000, 5)).toEqual([0, 250, 500, 750, 1000]);
    expect(stepsShown(0, 5)).toEqual([0]);
  });
});

describe("masque replay as a picture or a film", () => {
  const replay = (...args: string[]) => masque(["replay", "simple-crypto", "steps=6", ...args]);

  it("says what a step shows, and takes the last unless told", async () => {
    const [a, b, c] = ["a.png", "b.png", "c.png"].map((name) => join(scratch, name));
    const { code, out, err } = await replay("--out", a);
    if (code !== 0) return expect(err).toMatch(/npm install @resvg\/resvg-js/);
    expect(out).toMatch(/6 steps, accuracy .*\n.*a\.png: \d+ kB\.\n$/);
    await replay("--step", "6", "--png", "--out", b);
    await replay("--step", "2", "--png", "--out", c);
    expect(readFileSync(b).equals(readFileSync(a))).toBe(true);
    expect(readFileSync(c).equals(readFileSync(a))).toBe(false);
    expect(readFileSync(a).readUInt32BE(16)).toBe(1600);
  });

  const hasFfmpeg = spawnSync("ffprobe", ["-version"]).status === 0;
  it.skipIf(!hasFfmpeg)("shows every step once, at the rate asked for, in the same bytes every time", async () => {
    for (const kind of ["gif", "mp4"]) {
      const [file, again] = ["film", "again"].map((name) => join(scratch, `${name}.${kind}`));
      expect((await replay("--out", file, "--rate", "5")).code).toBe(0);
      const probe = ["-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames,r_frame_rate,width"];
      const { stdout } = spawnSync("ffprobe", [...probe, "-of", "csv=p=0", file], { encoding: "utf8" });
      expect(stdout.trim()).toBe(`${kind === "gif" ? 800 : 1200},5/1,7`);
      await replay("--out", again, "--rate", "5");
      expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
    }
  });

  it("says how to get ffmpeg where it is not, and refuses what cannot be", async () => {
    const path = process.env.PATH;
    process.env.PATH = scratch;
    try {
      const { code, err } = await replay("--gif", "--out", join(scratch, "no.gif"));
      expect([code, err]).toEqual([2, expect.stringMatching(/--gif needs ffmpeg.*apt-get install ffmpeg/)]);
    } finally {
      process.env.PATH = path;
    }
    for (const [args, message] of [
      [["--png", "--gif"], /Choose one/],
      [["--png", "--step", "7"], /--step: got "7", expected a whole number from 0 to 6/],
      [["--out", join(scratch, "no.mov")], /expected a file that ends in .html, .png, .gif or .mp4/],
      [["--mp4", "--out", join(scratch, "no.gif")], /expected a file that ends in .mp4/],
      [["--mp4", "--rate", "0"], /--rate/],
    ] as const) {
      const { code, err } = await replay(...args);
      expect(err).toMatch(message);
      expect(code).toBe(2);
    }
    expect(readdirSync(scratch).filter((name) => name.startsWith("no."))).toEqual([]);
  });
});
