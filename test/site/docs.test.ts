import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { masque } from "../cli/command.ts";

// Commands of docs/figures.md are run as they stand; that of docs/site.md is, on a small board.
const scratch = mkdtempSync(join(tmpdir(), "masque-docs-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const commandsOf = (name: string) => {
  const text = readFileSync(join(packageRoot, "docs", name), "utf8");
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block.trim().split("\n"));
};
const wordsOf = (line: string) =>
  line
    .replace("npm run masque -- ", "")
    .split(" ")
    .map((word) => word.replace(/^runs\//, `${scratch}/`).replace(/^leaderboard\//, `${packageRoot}/leaderboard/`));

describe("docs/figures.md", () => {
  const commands = commandsOf("figures.md");
  it.each(commands)("%s", async (line) => {
    const { code, out, err } = await masque(wordsOf(line));
    expect(code, err).toBe(0);
    const [file, caption] = out.trimEnd().split("\n");
    expect(readFileSync(file, "utf8")).toMatch(/<svg|pgfpicture/);
    expect(readFileSync(caption, "utf8")).toContain("Drawn again by");
  });
  it("has such commands", () => expect(commands.length).toBe(3));
});

it("docs/site.md", async () => {
  const [line, ...more] = commandsOf("site.md");
  expect(more).toEqual([]);
  for (const name of ["keepers.json", "simple-crypto"])
    cpSync(join(packageRoot, "leaderboard", "entries", name), join(scratch, "board", name), { recursive: true });
  const { code, out, err } = await masque([...wordsOf(line), "--entries", join(scratch, "board")]);
  expect(code, err).toBe(0);
  const [, file] = /^(.*index\.html): \d+ files\. Open it in a browser\.\n$/.exec(out)!;
  expect(existsSync(file)).toBe(true);
  expect(existsSync(join(scratch, "site", "leaderboard", "entries", "simple-crypto.html"))).toBe(true);
}, 120_000);
