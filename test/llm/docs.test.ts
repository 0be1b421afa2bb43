import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it, vi } from "vitest";
import players from "../../benchmarks/evidence/players.ts";
import { masque } from "../cli/command.ts";
import { fakeServer, firstAllowed } from "./server.ts";

const page = readFileSync(fileURLToPath(new URL("../../docs/language-models.md", import.meta.url)), "utf8");
const here = mkdtempSync(join(tmpdir(), "masque-words-"));
afterAll(() => rmSync(here, { recursive: true, force: true }));
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, text]) => text);
const commands = blocks("sh").flatMap((block) => block.trim().split("\n"));

it("is followed to the letter: play, record, verify, reproduce, and a board of its own", async () => {
  const server = await fakeServer(firstAllowed);
  try {
    for (const text of blocks("js")) writeFileSync(join(here, /^\/\/ (\S+)\n/.exec(text)![1]), text);
    const place = (word: string) =>
      /^(runs\/|board|site|keeper\.pem|my-model\.mjs)/.test(word)
        ? join(here, word)
        : word.replace("http://localhost:8080/v1", server.url);
    const told: string[] = [];
    const printed = vi.spyOn(console, "log").mockImplementation(() => {});
    vi.spyOn(process.stderr, "write").mockImplementation(() => true);
    vi.stubEnv("OPENAI_BASE_URL", "");
    for (const line of commands) {
      // What one would do by hand before: the tape is put into the board.
      if (line.startsWith("masque leaderboard keeper")) {
        mkdirSync(join(here, "board", "recorded"), { recursive: true });
        cpSync(join(here, "runs/warden"), join(here, "board/recorded/warden"), { recursive: true });
      }
      const [, ...args] = line.split(" ").map(place);
      if (line.startsWith("npm run evidence -- players")) {
        const less = [
          "slots=4",
          "--scored",
          "16",
          "--budget",
          "2000",
          "--episodes",
          "2",
          "--answers",
          join(here, "answers"),
        ];
        await players.frontier.print([...args.slice(args.indexOf("players") + 1), ...less]);
        continue;
      }
      const more = args[0] === "llm" ? ["--episodes", "2", "--quiet"] : [];
      const { code, out, err } = await masque([...args, ...more]);
      expect(code, `${line}\n${err}`).toBe(0);
      told.push(out);
    }
    expect(told[0]).toMatch(/^about \d+ calls/);
    expect(told[1]).toMatch(/the models +[01]\.\d/);
    expect(told[3]).toMatch(/recorded: the score follows from the actions/);
    expect(told[4]).toMatch(/reproduced: a model of these weights/);
    expect(told[6]).toMatch(/Signed by Keeper\.\n$/);
    const [[noModel], [withModel]] = printed.mock.calls;
    expect(noModel).toContain("No model: give --backend or --url.");
    expect(withModel).toMatch(/\| 0.5 \| model: my-model \| 2 \|/);
    const site = readFileSync(join(here, "site", "index.html"), "utf8");
    expect(site).toContain("Recorded games");
    expect(site).toMatch(/warden by my-model/);
    expect(site).toContain("that the model chose the actions is its author&#39;s word");
  } finally {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    await server.close();
  }
});

it("names the files and options that there are", async () => {
  const { out } = await masque(["llm", "--help"]);
  for (const [, option] of page.matchAll(/`(--[a-z-]+)/g))
    expect(`${out}--plugins --key --out`, option).toContain(option);
});
