import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { masque, PLUGINS } from "../cli/command.ts";
import type { Report } from "./child.ts";
import { CONFIGS } from "./configs.ts";
import { ENTRIES } from "./entries.ts";
import { POLICIES } from "./policies.ts";
import { TAPES } from "./tapes.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-hostile-"));
const [home, temporary] = ["home", "tmp"].map((name) => join(scratch, name));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Megabytes for all objects of a process that meets the whole corpus, one after the other. */
const HEAP = 256;
let reports = new Map<string, Report>();
let rss = 0;

beforeAll(async () => {
  const [run, entry, policy, tape] = ["run", "entry", "policy", "tape"].map((name) => join(scratch, name));
  for (const folder of [home, temporary]) mkdirSync(folder);
  expect((await masque(["run", "toy", ...PLUGINS, "--out", run, "--quiet"])).code).toBe(0);
  expect((await masque(["submit", run, "--out", entry, ...PLUGINS, "--quiet"])).code).toBe(0);
  const learned = ["--baseline", "toy-learner", "--budget", "100", "--out", policy];
  expect((await masque(["train", "toy", ...learned, ...PLUGINS, "--quiet"])).code).toBe(0);
  const backend = fileURLToPath(new URL("../llm/toy-backend.mjs", import.meta.url));
  const played = ["--play", "climber=toy", "--backend", backend, "--episodes", "2", "--out", tape];
  expect((await masque(["llm", "toy-v0", ...played, ...PLUGINS, "--quiet"])).code).toBe(0);
  const child = spawnSync(
    process.execPath,
    [
      `--max-old-space-size=${HEAP}`,
      ...["--import", import.meta.resolve("tsx"), "--conditions=masque-source"],
      fileURLToPath(new URL("child.ts", import.meta.url)),
      ...[scratch, entry, policy, tape],
    ],
    { cwd: home, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "", TMPDIR: temporary, HOME: home } },
  );
  expect(child.stderr).toBe("");
  expect(child.status).toBe(0);
  const found = JSON.parse(readFileSync(join(scratch, "reports.json"), "utf8")) as { reports: Report[]; rss: number };
  reports = new Map(found.reports.map((report) => [report.name, report]));
  rss = found.rss;
}, 300_000);

describe.each([
  ["entry", ENTRIES],
  ["policy", POLICIES],
  ["config", CONFIGS],
  ["tape", TAPES],
] as const)("a hostile %s", (kind, corpus) => {
  it.each(corpus.map(([name, reason]) => [name, reason] as const))("%s: is refused with a reason", (name, reason) => {
    const { code, out, err, milliseconds, touched, polluted } = reports.get(`${kind}: ${name}`)!;
    expect(err).toMatch(reason);
    expect(err).toMatch(/^masque: [^\n]+\n$/);
    // What a stranger wrote steers no terminal.
    expect(err.trim()).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect({ code, out, touched, polluted }).toEqual({ code: 2, out: "", touched: [], polluted: false });
    expect(milliseconds).toBeLessThan(1000);
  });
});

it("is a corpus of more than sixty, which left no file anywhere and took no more memory than one process may", () => {
  const cases = [ENTRIES, POLICIES, CONFIGS, TAPES].reduce((sum, { length }) => sum + length, 0);
  expect(cases).toBeGreaterThan(60);
  expect(reports.size).toBe(cases);
  expect(readdirSync(home)).toEqual([]);
  // tsx keeps compiled sources there.
  expect(readdirSync(temporary).filter((name) => !name.startsWith("tsx-") && !name.startsWith("node-compile"))).toEqual(
    [],
  );
  expect(rss / 1024).toBeLessThan(700);
});
