import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { tapeCover } from "../../envs/plain-talk/tape.ts";
import { findModel } from "../../plugins/gguf/model.ts";
import { readTape } from "../../plugins/gguf/tape.ts";
import { masque } from "../cli/command.ts";
import { skipped, why } from "./model.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs/real-model.md"), "utf8");
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block.trim().split("\n"));
const scratch = mkdtempSync(join(tmpdir(), "masque-real-model-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const script = (...args: string[]) => spawnSync("bash", [join(root, commands[0]), ...args], { encoding: "utf8" });

describe("the script that fetches the model", () => {
  it("teaches what it does, and takes nothing that it does not know", () => {
    expect(commands[0]).toBe("scripts/language-model.sh");
    expect(script("--help").stdout).toMatch(/^Usage: .*--check[\s\S]*MASQUE_GGUF=/);
    const { status, stderr } = script("--frobnicate");
    expect([status, stderr]).toEqual([2, "--frobnicate: not an option of this script; see --help.\n"]);
  });

  it("says what is missing where nothing is, and fetches nothing then", () => {
    const { status, stdout, stderr } = script("--check", "--to", scratch);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/gemma-3-270m-q4_k_m\.gguf: missing or damaged/);
  });
});

describe("the page of the real model", () => {
  it("links to files that are there", () => {
    const links = [...page.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target]) => target);
    for (const target of links) expect(existsSync(join(root, "docs", target)), target).toBe(true);
    expect(links.length).toBeGreaterThan(1);
  });

  it("names only parts of the evidence that are there", () => {
    const { stdout } = spawnSync("npm", ["run", "--silent", "evidence"], { cwd: root, encoding: "utf8" });
    const parts = [...page.matchAll(/`npm run evidence -- plain-talk-gguf (\w+)`|\(`(\w+)`\)/g)].map(
      (found) => found[1] ?? found[2],
    );
    expect(parts.length).toBeGreaterThan(4);
    const own = stdout.split("\n  plain-talk-gguf\n")[1].split(/\n {2}\w/)[0];
    for (const part of parts) expect(own).toContain(`    ${part} `);
  });
});

describe.skipIf(skipped)(`The commands of the page of the real model${why}`, { timeout: 180_000 }, () => {
  it("has a model that the script calls whole", () => {
    const { status, stdout } = script("--check", "--to", dirname(findModel().file));
    expect(status, stdout).toBe(0);
  });

  // As it stands there, on less: a fifth of a minute instead of twenty.
  const less: Record<string, string[]> = {
    eval: ["innocents=20", "--episodes", "2"],
    run: ["environment.params.innocents=20", "defence.knobs.redraw=[0.2]", "portfolio=[none]", "seeds.runs=1", "-j1"],
    llm: ["--max-tokens", "60", "--episodes", "1"],
  };
  it.each(commands.filter((line) => line.startsWith("npm run masque -- ")))("%s", async (line) => {
    const args = line.replace("npm run masque -- ", "").split(" ");
    const out = args[0] === "eval" ? [] : ["--out", join(scratch, args[0])];
    if (args[0] === "run") out.push("episodes={ select: 1, test: 2 }");
    const { code, err, out: said } = await masque([...args, ...less[args[0]], ...out]);
    expect(code, err).toBe(0);
    expect(said).toMatch(/secrecy/);
    if (args[0] !== "llm") return;
    expect(said).toMatch(/warden: \d+ decisions asked for: \d+ valid \(100 %\)/);
    expect((await masque(["verify", join(scratch, "llm")])).out).toContain("nothing differs");
  });

  it.each(commands.filter((line) => line.startsWith("npx ")))("%s", (line) => {
    const file = join(scratch, "tape.json.gz");
    const { status, stderr } = spawnSync("npx", [...line.split(" ").slice(1), file], { cwd: root, encoding: "utf8" });
    expect(status, stderr).toBe(0);
    expect(tapeCover(readTape(file)).starts.length).toBe(8);
  });
});
