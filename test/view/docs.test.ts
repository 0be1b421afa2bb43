import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { drawPng } from "../../src/report/png.ts";
import { masque } from "../cli/command.ts";

// docs/playground.md: its commands are run as they stand.
const text = readFileSync(join(packageRoot, "docs", "playground.md"), "utf8");
const scratch = mkdtempSync(join(tmpdir(), "masque-playground-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const commands = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block.trim().split("\n"));

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;
const hasResvg = (await drawPng("<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>", 1)) !== undefined;

it.each(commands)("%s", async (line) => {
  const given = line.replace("npm run masque -- ", "").split(" ");
  const words = given.includes("--out") ? given : [...given, "--out", "runs/playground.html"];
  const { code, out, err } = await masque(words.map((word) => word.replace(/^runs\//, `${scratch}/new/`)));
  const lacks =
    /\.(png|gif|mp4)$/.test(line) && !hasResvg
      ? /npm install @resvg/
      : /\.(gif|mp4)$/.test(line) && !hasFfmpeg
        ? /apt-get install ffmpeg/
        : null;
  if (lacks) return expect(err).toMatch(lacks);
  expect(code, err).toBe(0);
  expect(out).toMatch(/\.html: .*\d+ kB\. Open it in a browser\.\n$|\.(png|gif|mp4): \d+ kB\.\n$/);
});

it("there are such commands", () => expect(commands.length).toBe(6));
