import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { masque } from "./command.ts";

const page = readFileSync(new URL("../../docs/scale.md", import.meta.url), "utf8");
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block.trim().split("\n"));
const scratch = mkdtempSync(join(tmpdir(), "masque-scale-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
// A small part of the quickstart: what the page says of it holds for any benchmark.
const SMALL = ["seeds.runs=2", "portfolio=[none, random]", "episodes={ select: 4, test: 8 }"];
beforeAll(async () => {
  const { code } = await masque(["run", "quickstart", ...SMALL, "--out", join(scratch, "prepared"), "--prepare"]);
  expect(code).toBe(0);
});

describe("docs/scale.md", () => {
  it("has the whole way: prepare, work, collect, launch", () => {
    const verbs = commands.map((line) => /^npm run masque -- (\w+)/.exec(line)?.[1]);
    expect(verbs).toEqual(["run", "work", "run", "launch", "launch"]);
  });

  it.each(commands)("%s", async (line) => {
    // Launching comes last on the page, and there is something to launch as long as nobody worked.
    const at = line.includes(" launch ") ? "prepared" : "many";
    const args = line
      .replace("npm run masque -- ", "")
      .split(" ")
      .map((word) => word.replace("runs/many", join(scratch, at)));
    if (args[0] === "run") args.push(...SMALL);
    const { code, out, err } = await masque(args);
    expect(code, err).toBe(0);
    if (args.includes("--print")) expect(out).toMatch(args[1] === "slurm" ? /--array=0-63/ : /parallelism: 64/);
    if (args[0] === "work") expect(err).toContain("all are there");
    if (args.includes("--resume")) expect(out).toContain("hypervolume");
  });

  it("speaks of commands, options and files that are there", async () => {
    const { out } = await masque(["work", "--help"]);
    for (const option of ["--lease", "--max-seconds", "--retry", "--queue", "--store"]) {
      expect(page).toContain(option);
      expect(out).toContain(option);
    }
    const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    for (const [, script] of page.matchAll(/`npm run ([\w:]+)/g)) expect(scripts).toHaveProperty(script);
  });
});
