import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { savePolicy } from "../../src/policy/checkpoint.ts";
import type { PolicyData } from "../../src/policy/data.ts";
import { masque } from "../cli/command.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs", "leaderboard.md"), "utf8");
const here = mkdtempSync(join(tmpdir(), "masque-manual-"));
const before = process.cwd();
beforeAll(() => process.chdir(here));
afterAll(() => {
  process.chdir(before);
  rmSync(here, { recursive: true, force: true });
});

const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, text]) => text);
const commands = blocks("sh").flatMap((block) => block.trim().split("\n"));
const find = (words: string) => commands.find((line) => line.startsWith(words))!;

/** Processes of their own would take longer to start than such cells take. */
const HERE = ["--jobs", "1"];

/** Runs a command of the page in an empty folder; more words may follow. What it prints. */
async function type(line: string, ...more: string[]): Promise<string> {
  const [, ...args] = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
  const quiet = ["keeper", "restate", "retract", "build"].includes(args[1]) ? [] : ["--quiet"];
  const { code, out, err } = await masque([...args, ...more, ...quiet]);
  expect(code, `${line}: ${err}`).toBe(0);
  return out;
}

const write = (name: string, text: string) => {
  mkdirSync(dirname(join(here, name)), { recursive: true });
  writeFileSync(join(here, name), text);
};

it("is followed to the letter: a scripted, a stored and an automaton's part stand on a board", async () => {
  // Files that the page shows, under the names in their first lines.
  for (const text of [...blocks("yaml"), ...blocks("ts")]) {
    const [, name] = /^(?:#|\/\/) (\S+)\n/.exec(text)!;
    write(name, text);
  }
  write("my-leaker.json", blocks("json")[0]);
  await type(find("masque run"), ...HERE);
  await type(find("masque submit runs/my-defence"));
  // A network as an exporter writes it, as a second entry: it always watches the pool.
  const network: PolicyData = {
    ...{ format: 1, kind: "gru", environment: "low-and-slow-v0", role: "monitor", baseline: "pytorch", obsSize: 6 },
    ...{ action: { kind: "discrete", n: 3, start: 0 }, hidden: [], activation: "tanh", recurrent: 2 },
    ...{ conditioned: false, joint: false, greedy: true, extra: {} },
    tensors: {
      wi: { shape: [6, 6], data: new Float32Array(36).fill(0.1) },
      wh: { shape: [2, 6], data: new Float32Array(12).fill(-0.1) },
      bi: { shape: [6], data: new Float32Array(6) },
      bh: { shape: [6], data: new Float32Array(6) },
      w0: { shape: [2, 3], data: new Float32Array(6) },
      b0: { shape: [3], data: Float32Array.of(0, 0, 1) },
    },
  };
  savePolicy(join(here, "my-monitor"), network);
  write(
    "network.yaml",
    readFileSync(join(here, "my-defence.yaml"), "utf8")
      .replace("name: my-defence", "name: network")
      .replace("policy: alternate", "policy: { policy: my-monitor }"),
  );
  await type(find("masque run").replaceAll("my-defence", "network"), ...HERE);
  await type(find("masque submit runs/my-defence").replaceAll("my-defence", "network"));

  expect(await type(find("masque leaderboard keeper"))).toContain("Keeper");
  expect(await type(find("masque leaderboard verify"), ...HERE)).toMatch(/is verified: .* score 0\.\d+ on its track/);
  expect(await type(find("masque leaderboard build"))).toBe(`${join("site", "index.html")}\n`);
  const index = () => readFileSync(join(here, "site", "index.html"), "utf8");
  for (const name of ["my-defence", "network"]) expect(index()).toContain(`entries/${name}.html`);
  expect(index()).not.toContain("not ranked");
  expect(existsSync(join(here, "site", "entries", "my-defence.html"))).toBe(true);
  expect(readFileSync(join(here, "site", "entries", "my-defence.html"), "utf8")).toContain(
    "policies/low-and-slow/alternate.ts",
  );

  expect(await type(find("masque submit my-leaker"))).toMatch(/lowers \d of \d points/);
  expect(await type(find("masque leaderboard restate"))).toBe("Nothing is to be restated.\n");
  expect(await type(find("masque leaderboard retract"))).toContain("is withdrawn");
  await type(find("masque leaderboard build"));
  expect(index()).toContain("withdrawn: by its author");
}, 240_000);

it("shows no command that is not run here", () => {
  const run = ["masque run", "masque submit runs/my-defence", "masque submit my-leaker", "masque leaderboard keeper"];
  const more = ["masque leaderboard verify", "masque leaderboard build", "masque leaderboard re"];
  for (const line of commands)
    expect(
      [...run, ...more].some((start) => line.startsWith(start)),
      line,
    ).toBe(true);
});
