import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { checks as all } from "../../src/testing/index.ts";
import { masque } from "../cli/command.ts";
import { environments } from "../environments.ts";

// Environments import from doors only, so each can be taken out of the repository and changed by anybody.
const scratch = mkdtempSync(join(tmpdir(), "masque-copies-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const originals = await environments();

describe("a copy of every environment, outside the repository", () => {
  it("is made by one command, under another name", async () => {
    for (const { name } of originals) {
      const { code, err } = await masque(["new", "environment", `my-${name}`, "--from", name, "--dir", scratch]);
      expect(code, err).toBe(0);
      expect(existsSync(join(scratch, "envs", `my-${name}`, "golden.json"))).toBe(false);
      const source = readFileSync(join(scratch, "envs", `my-${name}`, "env.ts"), "utf8");
      expect(source.match(/^ {2}id: "(.*)",$/m)?.[1]).toBe(`my-${name}-v0`);
    }
    const { code, err } = await masque(["new", "environment", "mine", "--from", "covert-wre", "--dir", scratch]);
    expect(code).toBe(2);
    expect(err).toContain('Did you mean "covert-wire"?');
  });

  it("passes conformance there, and plays as the original does", async () => {
    const script = fileURLToPath(new URL("copies.ts", import.meta.url));
    const loader = join(packageRoot, "node_modules", "tsx", "dist", "loader.mjs");
    const names = originals.map(({ name }) => `my-${name}`);
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", loader, script, scratch, ...names]);
    const found = JSON.parse(stdout) as {
      name: string;
      id: string;
      checks: number;
      errors: object[];
      digest: string;
    }[];
    expect(found.map(({ name }) => name)).toEqual(names);
    for (const [i, { name, id, checks, errors, digest }] of found.entries()) {
      expect(errors, name).toEqual([]);
      expect(checks, name).toBe(all.length);
      expect(id).toBe(`${name}-v0`);
      expect(digest, name).toBe(originals[i].golden!.digest);
    }
  }, 180_000);
});
