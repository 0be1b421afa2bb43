import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { masque, PLUGINS } from "../cli/command.ts";
import { contents, hostOf } from "./processes.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-disk-"));
const small = join(scratch, "small");
const BIN = new URL("../../bin/masque.mjs", import.meta.url).pathname;

/** A disk of so many kilobytes; false where this user may not mount one. */
function mount(kilobytes: number, options = ""): boolean {
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k${options}`, "tmpfs", small]);
  return status === 0;
}
const remount = (options: string) => execFileSync("mount", ["-o", `remount,${options}`, small]);
mkdirSync(small);
const mounts = process.platform === "linux" && mount(200);

afterAll(() => {
  if (mounts) execFileSync("umount", [small]);
  rmSync(scratch, { recursive: true, force: true });
});
const run = (at: string, ...more: string[]) => masque(["run", "toy", ...PLUGINS, "--out", at, ...more]);
let whole: Record<string, string>;
beforeAll(async () => {
  expect((await run(join(scratch, "whole"), "--quiet", "-j", "1")).code).toBe(0);
  whole = contents(join(scratch, "whole"));
});

describe.skipIf(!mounts)("a disk that is full", () => {
  it.each(["1", "2"])(
    "fails the run and says so; earlier cells are whole, and it goes on from there (-j %s)",
    async (jobs) => {
      const at = join(small, `run-${jobs}`);
      remount("size=200k");
      const { code, out, err } = await run(at, "-j", jobs);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toMatch(/^masque: Cannot write .*: the disk is full \(ENOSPC\)\. Make room and go on from here/m);
      expect(err).toMatch(
        /Failed after [1-9]\d* of \d+ cells; they are kept\. Go on with\n {2}masque run toy --out .* --resume/,
      );
      const names = readdirSync(join(at, "cells"));
      expect(names.length).toBeGreaterThan(3);
      for (const name of names) expect(readFileSync(join(at, "cells", name), "utf8")).toMatch(/^\{"hash":".*\}\n$/s);
      remount("size=8m");
      const resumed = await run(at, "--resume", "-j", "1");
      expect(resumed.code, resumed.err).toBe(0);
      expect(resumed.err).not.toContain("computed again");
      expect(contents(at)).toEqual(whole);
      expect(hostOf(at).sessions.at(-1)).toMatchObject({ outcome: "finished", deaths: [] });
      rmSync(at, { recursive: true });
    },
  );

  it("of a folder that cannot be written, nothing is begun", async () => {
    const at = join(small, "closed");
    mkdirSync(at);
    remount("ro");
    try {
      const { code, err } = await run(at);
      expect(code).toBe(2);
      expect(err).toMatch(/^masque: Cannot (write|make the folder) .*(read-only|EROFS).*Choose another place\.$/m);
    } finally {
      remount("rw");
    }
    expect(readdirSync(at)).toEqual([]);
  });
});

it("a limit on file sizes fails the run in the same way", () => {
  const at = join(scratch, "limited");
  const shell = `ulimit -f 4 && exec "$0" "$@"`;
  const args = [BIN, "run", "toy", ...PLUGINS, "--out", at, "-j", "1", "episodes.test=300"];
  const { status, stderr } = spawnSync("bash", ["-c", shell, process.execPath, ...args], {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  expect(status, stderr).toBe(1);
  expect(stderr).toMatch(
    /^masque: Cannot write .*\.json: the file would be larger than this process may write \(EFBIG\)/m,
  );
  expect(readdirSync(join(at, "cells")).every((name) => name.endsWith(".json"))).toBe(true);
});

it("places that can hold no run are refused at once", async () => {
  for (const place of ["/proc/masque-run", "/dev/null/run"]) {
    const { code, err } = await run(place);
    expect(code).toBe(2);
    expect(err).toMatch(/^masque: Cannot make the folder/m);
  }
});
