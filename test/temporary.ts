import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isRunning } from "../src/data/files.ts";

const MEMORY = "/dev/shm";
const OURS = `masque-tests-${hostname()}-`;
const ROOM = 4 * 2 ** 30;

/**
 * Puts the temporary files of all tests into memory, where the system has room there (Linux): runs flush every cell to the
 * disk before they go on, thousands of them in a suite, and half of a board's tests were waiting for it.
 */
export default function setup(): (() => void) | undefined {
  if (!hasRoom()) return;
  sweep();
  const folder = mkdtempSync(join(MEMORY, `${OURS}${process.pid}-`));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Removes what killed test runs of this machine left in its memory. */
function sweep(): void {
  for (const name of readdirSync(MEMORY)) {
    const pid = name.startsWith(OURS) && Number.parseInt(name.slice(OURS.length), 10);
    if (pid && !isRunning(pid)) rmSync(join(MEMORY, name), { recursive: true, force: true });
  }
}

/** Whether there are some gigabytes in which programs may be executed, too: tests install packages. */
function hasRoom(): boolean {
  try {
    const mounts = readFileSync("/proc/mounts", "utf8");
    const [, options] = new RegExp(` ${MEMORY} tmpfs (\\S+)`).exec(mounts)!;
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > ROOM && !options.split(",").includes("noexec");
  } catch {
    return false;
  }
}
