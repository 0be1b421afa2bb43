import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { masque } from "./cli/command.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (name: string) => readFileSync(join(root, name), "utf8");
const readme = read("README.md");
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, text]) => text);
const commands = blocks("sh").flatMap((block) => block.trim().split("\n"));
const scratch = mkdtempSync(join(tmpdir(), "masque-readme-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the README", () => {
  const shell = commands.filter((line) => line.startsWith("npm run masque -- "));
  it.each(shell)("%s", async (line) => {
    const args = line
      .replace("npm run masque -- ", "")
      .split(" ")
      .map((arg) => arg.replace(/^runs\//, `${scratch}/`));
    // Ten runs take minutes: a small part of them is enough here, the gate runs the quickstart itself.
    if (args[0] === "run")
      args.push("seeds.runs=2", "portfolio=[none, random]", "episodes={ select: 4, test: 8 }", "-j1");
    if (args[0] === "train") args.push("--budget", "4000");
    if (args[0] === "new") args.push("--dir", scratch);
    const { code, out, err } = await masque(args);
    expect(code, err).toBe(0);
    expect(out + err).not.toBe("");
  });

  const run = promisify(execFile);
  it.each(commands.filter((line) => line.startsWith("npx tsx ")))("%s", async (line) => {
    const [, ...args] = line.split(" ");
    const env = { ...process.env, BUDGET: "4000" };
    const { stdout } = await run("npx", args, { cwd: root, env });
    if (line.endsWith("score.ts")) expect(stdout).toMatch(/^secrecy 0\.\d\d at utility 0\.\d\d\n$/);
    else expect(stdout).toMatch(/falseAlarm 0\.3: utility 0\.\d+, secrecy [01]\.\d+/);
  });

  it("begins with code of at most six lines", () => {
    const [, first] = /```\w*\n([\s\S]*?)```/.exec(readme)!;
    expect(first.trim().split("\n").length).toBeLessThanOrEqual(6);
  });

  it("runs every other command in the gate", () => {
    const gate = read(".ci/run");
    const others = commands.filter((line) => !/^(npm run masque -- |npx tsx )/.test(line));
    expect(others).toEqual(["npm ci", "npm start", "npm test"]);
    for (const line of others) expect(gate).toContain(line);
  });

  it("shows code that is in the examples", () => {
    const examples = ["examples/score.ts", "examples/train.ts", "examples/parallel.ts"].map(read).join("\n");
    const found = blocks("ts");
    expect(found.length).toBe(3);
    for (const block of found) expect(examples).toContain(block.trim());
  });

  it("plays the episode of examples/parallel.ts", async () => {
    const { stdout } = await run("npx", ["tsx", "--conditions=masque-source", "examples/parallel.ts"], { cwd: root });
    expect(stdout).toMatch(/Float32Array\(8\)[\s\S]*Bob's return: (0|-?50)\n/);
  });

  it("names every environment", async () => {
    const { out } = await masque(["list", "environments", "--json"]);
    for (const { id } of JSON.parse(out) as { id: string }[]) expect(readme).toContain(`\`${id}\``);
  });

  it("links to files that are there", () => {
    for (const [, target] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g))
      expect(existsSync(join(root, target)), target).toBe(true);
  });
});
