import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { masque, PLUGINS } from "./command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-report-"));
const folder = (name: string) => join(scratch, name);
const read = (...path: string[]) => readFileSync(join(scratch, ...path), "utf8");
const run = (name: string, ...more: string[]) =>
  masque(["run", "toy", "--out", folder(name), "--quiet", ...PLUGINS, ...more]);
const report = (...args: string[]) => masque(["report", ...args, ...PLUGINS]);

beforeAll(async () => {
  await run("a");
  await run("b", "seeds.root=8");
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Parquet and CSV must hold the same; CSV is compared as text. */
async function rows(file: string): Promise<Record<string, unknown>[]> {
  const bytes = readFileSync(file);
  return parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) });
}

describe("masque report", () => {
  it("writes again what masque run wrote, byte for byte, and names the file", async () => {
    const first = read("a", "report.html");
    rmSync(join(folder("a"), "report.html"));
    const { code, out } = await report(folder("a"));
    expect(code).toBe(0);
    expect(out).toBe(`${join(folder("a"), "report.html")}\n`);
    expect(read("a", "report.html") === first).toBe(true);
  });

  it("carries a configuration that is the same run: same hash", async () => {
    const yaml = /data:text\/yaml;charset=utf-8,([^"]*)/.exec(read("a", "report.html"))![1];
    writeFileSync(folder("again.yaml"), decodeURIComponent(yaml));
    const { out } = await masque(["run", folder("again.yaml"), "--dry-run", "--json", ...PLUGINS]);
    expect(JSON.parse(out).config).toBe(JSON.parse(read("a", "manifest.json")).hash);
  });

  it("compares two runs of the same environment on one page", async () => {
    const { code } = await report(folder("a"), folder("b"), "--out", folder("both.html"));
    expect(code).toBe(0);
    const [, words] = /<ul>([\s\S]*?)<\/ul>/.exec(read("both.html"))!;
    const { out } = await masque(["compare", folder("a"), folder("b"), ...PLUGINS]);
    // The same words as on the terminal, whose lines are folded.
    expect(out.replaceAll(/\s+/g, " ")).toContain(/<li>(B dominates A [^<]*)/.exec(words)![1]);
    expect(read("both.html")).toContain('id="run-2-frontier"');
  });

  it("keeps the machine out, unless asked", async () => {
    await report(folder("a"), "--out", folder("host.html"), "--host");
    expect(read("host.html")).toContain("cpuSeconds");
    expect(read("a", "report.html")).not.toContain("cpuSeconds");
  });

  it("exports figures and tables for other tools", async () => {
    const to = folder("export");
    const { code, out, err } = await report(folder("a"), "--out", folder("c.html"), "--export", to);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(
      out
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.slice(to.length + 1))
        .sort(),
    ).toEqual(readdirSync(to).sort());
    expect(readFileSync(join(to, "frontier.png")).subarray(1, 4).toString()).toBe("PNG");
    expect(read("export", "frontier.svg")).toBe(read("a", "frontier.svg"));
    expect(read("export", "frontier.csv")).toBe(read("a", "frontier.csv"));
    const { points, anchors } = JSON.parse(read("a", "frontier.json"));
    const frontier = await rows(join(to, "frontier.parquet"));
    expect(frontier.map(({ security }) => security)).toEqual(
      [...points, ...anchors].map(({ security }: { security: { mean: number } }) => security.mean),
    );
    expect(frontier.at(-1)).toMatchObject({ anchor: "random-defence", front: null, defence: "random" });
    const attacks = await rows(join(to, "attacks.parquet"));
    expect(attacks).toHaveLength(frontier.length * 5);
    expect(attacks.find(({ attack, wall }) => attack === "toy-learner" && wall === 0.5)).toMatchObject({
      kind: "learned",
      "runs it was chosen in": 2,
      security: points[1].attacks["toy-learner"].security.mean,
    });
  });

  it("refuses what is not finished or no run, and writes nothing", async () => {
    await run("begun", "--prepare");
    const unfinished = await report(folder("begun"));
    expect(unfinished).toMatchObject({ code: 1, out: "" });
    expect(unfinished.err).toContain("--resume");
    expect((await report(scratch)).code).toBe(2);
    expect(existsSync(join(folder("begun"), "report.html"))).toBe(false);
  });
});
