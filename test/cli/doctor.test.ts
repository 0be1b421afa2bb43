import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const scratch = mkdtempSync(join(tmpdir(), "masque-doctor-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const BIN = fileURLToPath(new URL("../../bin/masque.mjs", import.meta.url));

/** What the doctor finds where a package of that name says so much. */
function native(name: string, code: string): { state: string; detail: string } {
  const place = join(scratch, name, "@tensorflow", "tfjs-node");
  mkdirSync(place, { recursive: true });
  writeFileSync(
    join(place, "package.json"),
    '{ "name": "@tensorflow/tfjs-node", "version": "4.22.0", "main": "index.js" }',
  );
  writeFileSync(join(place, "index.js"), code);
  const env = { ...process.env, NODE_PATH: join(scratch, name) };
  const out = execFileSync(process.execPath, [BIN, "doctor", "--json"], { env, encoding: "utf8" });
  const { findings } = JSON.parse(out) as { findings: { what: string; state: string; detail: string }[] };
  return findings.find(({ what }) => what === "@tensorflow/tfjs-node")!;
}

it("doctor really starts tfjs-node: one that is installed without its binary, or crashes, is none", () => {
  const throws = native("throws", 'throw new Error("The Node.js native addon module can not be found");');
  expect(throws).toMatchObject({ state: "note", detail: expect.stringContaining("addon module can not be found") });
  expect(throws.detail).toContain("scripts/tfjs-node.sh");
  const dies = native("dies", 'process.kill(process.pid, "SIGSEGV");');
  expect(dies).toMatchObject({ state: "note", detail: expect.stringContaining("ended its process with SIGSEGV") });
}, 60_000);
