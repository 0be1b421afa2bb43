import { mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";

const MEMORY = "/dev/shm";
const ROOM = 4 * 2 ** 30;

/**
 * Puts the temporary files of all tests into memory, where the system has room there (Linux): runs flush every cell to the
 * disk before they go on, thousands of them in a suite, and most of a test's time would be waiting for it.
 */
export default function setup(): (() => void) | undefined {
  if (!hasRoom()) return;
  const folder = mkdtempSync(`${MEMORY}/masque-tests-`);
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
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
