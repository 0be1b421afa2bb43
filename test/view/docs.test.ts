import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { masque } from "../cli/command.ts";

// docs/playground.md: its commands are run as they stand.
const text = readFileSync(join(packageRoot, "docs", "playground.md"), "utf8");
const scratch = mkdtempSync(join(tmpdir(), "masque-playground-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const commands = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block.trim().split("\n"));

it.each(commands)("%s", async (line) => {
  const given = line.replace("npm run masque -- ", "").split(" ");
  const words = given.includes("--out") ? given : [...given, "--out", "runs/playground.html"];
  const { code, out, err } = await masque(words.map((word) => word.replace(/^runs\//, `${scratch}/new/`)));
  expect(code, err).toBe(0);
  expect(out).toMatch(/\.html: .*\d+ kB\. Open it in a browser\.\n$/);
});

it("there are such commands", () => expect(commands.length).toBe(3));
