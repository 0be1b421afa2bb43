import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { masque } from "./command.ts";

mkdirSync(join(packageRoot, "runs"), { recursive: true });
const scratch = mkdtempSync(join(packageRoot, "runs", ".check-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A copy of the template under another name, changed: modules are loaded once a process. */
async function game(name: string, change: (text: string) => string = (text) => text): Promise<string> {
  const folder = join(scratch, name);
  expect((await masque(["new", "environment", name, "--dir", folder])).code).toBe(0);
  const file = join(folder, "envs", name, "env.ts");
  writeFileSync(file, change(readFileSync(file, "utf8")));
  return folder;
}

it("says of a new environment that all checks hold, keeps how it plays, and finds a change", async () => {
  const folder = await game("good-game");
  expect(await masque(["check", folder])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^good-game-v0: (\d+) of \1 checks hold, .*no golden\.json/),
  });
  expect((await masque(["check", folder, "--record"])).out).not.toContain("no golden.json");
  const golden = join(folder, "envs", "good-game", "golden.json");
  writeFileSync(golden, readFileSync(golden, "utf8").replace(/"digest": "../, '"digest": "00'));
  const { code, out } = await masque(["check", folder, "--only", "good-game"]);
  expect(code).toBe(1);
  expect(out).toMatch(/does not play as in its golden trace: the dynamics changed/);
});

it("names what is missing, in words that say what to write", async () => {
  const folder = await game("mute-game", (text) => text.replace(/, \{ says: "[^"]*" \}/, ""));
  const { code, out } = await masque(["check", folder]);
  expect(code).toBe(1);
  expect(out).toMatch(/thief sees time, and nothing says what it is: box\(…, \{ says:/);
  expect(await masque(["check", scratch])).toMatchObject({
    code: 2,
    err: expect.stringContaining("has no environments"),
  });
  expect(await masque(["check", folder, "--only", "mut-game"])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Did you mean "mute-game"?'),
  });
});

it.each([
  ["benchmark", "portfolio"],
  ["entry", "claim"],
  ["policy", "automaton"],
])("prints the schema of a %s", async (kind, key) => {
  const { code, out } = await masque(["schema", kind]);
  expect(code).toBe(0);
  expect(JSON.parse(out).properties).toHaveProperty(key);
});

it("knows no other schema", async () => {
  expect(await masque(["schema", "benchmrk"])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Did you mean "benchmark"?'),
  });
});
