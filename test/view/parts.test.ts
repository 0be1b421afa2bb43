import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRegistry } from "../../src/library/registry.ts";
import { loadParts } from "../../src/view/parts.ts";
import { masque } from "../cli/command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-parts-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("a page with an environment of one's own", () => {
  const out = join(scratch, "page.html");
  const write = () => masque(["playground", "tag", "--plugins", scratch, "--out", out]);
  beforeAll(async () => {
    expect((await masque(["new", "environment", "tag", "--dir", scratch])).code).toBe(0);
  });

  it("holds its dynamics, and Masque once", async () => {
    const { code, err } = await write();
    expect(code, err).toBe(0);
    expect(readFileSync(out, "utf8")).toContain("tag-v0");
    const { environments, worker, cards } = await loadParts(openRegistry([scratch]), ["tag"], [scratch]);
    expect(environments.get("tag")!.length).toBeLessThan(10_000);
    expect(worker.length).toBeGreaterThan(100_000);
    expect(cards[0].shown).toBe(null);
    expect(cards[0].knobs).toHaveLength(1);
    rmSync(out);
  });

  it("is refused where it needs what a browser has not, and nothing is written", async () => {
    const file = join(scratch, "envs", "tag", "env.ts");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, `import { readFileSync } from "node:fs";\n${text}\nexport const x = readFileSync;\n`);
    const { code, err } = await write();
    expect(code).toBe(2);
    expect(err).toMatch(/cannot be bundled for a browser: .*"node:fs".*env\.ts:1/);
    expect(existsSync(out)).toBe(false);
  });

  it("is refused where nothing is called so", async () => {
    const { code, err } = await masque(["playground", "covert-wir", "--out", out]);
    expect([code, err]).toEqual([2, expect.stringMatching(/Did you mean "covert-wire"/)]);
  });
});
