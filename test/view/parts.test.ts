import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { decodeData } from "../../src/view/data.ts";

/** In a process of its own: here, code outside the project would not find Masque. */
function masque(words: readonly string[]): { code: number | null; err: string } {
  const { status, stderr } = spawnSync(process.execPath, [join(packageRoot, "bin", "masque.mjs"), ...words], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { code: status, err: stderr };
}

const scratch = mkdtempSync(join(tmpdir(), "masque-parts-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("a page with an environment of one's own", () => {
  const out = join(scratch, "page.html");
  const write = () => masque(["playground", "tag", "--plugins", scratch, "--out", out]);
  beforeAll(() => {
    expect(masque(["new", "environment", "tag", "--dir", scratch]).code).toBe(0);
  });

  it("holds its dynamics, and Masque once", () => {
    const { code, err } = write();
    expect(code, err).toBe(0);
    const { scripts, worker, cards } = decodeData(
      /<script type="application\/json" id="data">([^<]*)</.exec(readFileSync(out, "utf8"))![1],
    );
    expect(Object.keys(scripts)).toEqual(["tag-v0"]);
    expect(scripts["tag-v0"].length).toBeLessThan(10_000);
    expect(worker.length).toBeGreaterThan(100_000);
    expect(cards[0]).toMatchObject({ id: "tag-v0", shown: null, golden: null });
    rmSync(out);
  });

  it("is refused where it needs what a browser has not, and nothing is written", () => {
    const file = join(scratch, "envs", "tag", "env.ts");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, `import { readFileSync } from "node:fs";\n${text}\nexport const x = readFileSync;\n`);
    const { code, err } = write();
    expect(code).toBe(2);
    expect(err).toMatch(/cannot be bundled for a browser: .*"node:fs".*env\.ts:1/);
    expect(existsSync(out)).toBe(false);
  });

  it("is refused where nothing is called so", () => {
    const { code, err } = masque(["playground", "covert-wir", "--out", out]);
    expect([code, err]).toEqual([2, expect.stringMatching(/Did you mean "covert-wire"/)]);
  });
});
