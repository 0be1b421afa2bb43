import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { numericDigest } from "./digest.ts";

const other = process.env.MASQUE_OTHER_NODE;
const title = "another Node version computes the same bits";

if (other === undefined) it.skip(`${title}: skipped, MASQUE_OTHER_NODE names no second node binary`, () => {});
else {
  it(`${title}: ${other}`, () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const run = (...args: string[]) => spawnSync(other, args, { cwd: root, encoding: "utf8" });
    const { stdout, stderr, error } = run("--import", "tsx", "test/numeric/digest.ts");
    expect(stdout.trim(), error?.message ?? stderr).toBe(numericDigest());
    expect(run("--version").stdout.trim(), "MASQUE_OTHER_NODE is this very version").not.toBe(process.version);
  });
}
