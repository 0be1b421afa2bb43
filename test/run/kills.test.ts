import { type FSWatcher, mkdirSync, mkdtempSync, readdirSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Rng } from "../../src/random/rng.ts";
import { PATIENCE } from "../../src/run/pool.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { contents, hostOf, processes, seesProcesses, startRun, workersOf } from "./processes.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-kills-"));
const folder = (name: string) => join(scratch, name);
const whole: Record<string, string> = {};
beforeAll(async () => {
  const { code } = await masque(["run", "toy", ...PLUGINS, "--out", folder("whole"), "--quiet", "-j", "1"]);
  expect(code).toBe(0);
  Object.assign(whole, contents(folder("whole")));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Calls back at the n-th thing that happens in a folder: files are made, written, renamed. */
function atEvent(place: string, n: number, action: () => void): FSWatcher {
  let seen = 0;
  const watcher = watch(place, () => {
    if (++seen !== n) return;
    watcher.close();
    action();
  });
  return watcher;
}

const kill = (pid: number) => {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was quicker.
  }
};

/** A run with two workers, whose parent is this process. */
async function withWorkers(at: string, env: Record<string, string> = {}, onErr?: Parameters<typeof masque>[1]) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return await masque(["run", "toy", ...PLUGINS, "--out", at, "--resume", "-j", "2"], onErr);
  } finally {
    vi.unstubAllEnvs();
  }
}

describe.skipIf(!seesProcesses)("kill -9", () => {
  it("at ten random moments, of workers, the parent or both: the same bytes in the end, and no process left", async () => {
    const at = folder("killed");
    const cells = join(at, "cells");
    const rng = new Rng(5, "kills");
    mkdirSync(cells, { recursive: true });
    // Every list is a session; the parents of the last three are killed.
    const sessions = [
      ["worker", "workers", "worker", "worker", "workers"],
      ["worker", "both"],
      ["parent"],
      ["worker", "both"],
    ] as const;
    const killed: number[] = [];
    for (const [session, targets] of sessions.entries()) {
      const { child, ended } =
        session === 0 ? { child: process, ended: withWorkers(at) } : startRun(at, ["--resume", "-j", "2"]);
      const left = [...targets];
      const strike = () => {
        const target = left.shift()!;
        const workers = workersOf(at).map(({ pid }) => pid);
        const doomed = target === "parent" ? [] : target === "worker" ? workers.slice(0, 1) : workers;
        if (target === "parent" || target === "both") doomed.push(child.pid!);
        for (const pid of doomed) kill(pid);
        killed.push(...doomed);
        if (left.length > 0) atEvent(cells, 8 + rng.int(0, 16), strike);
      };
      atEvent(cells, 1 + rng.int(0, 30), strike);
      const outcome = await ended;
      expect(left, JSON.stringify(outcome)).toEqual([]);
      // No zombies either: a parent that lives on has taken note of every death.
      expect(processes().filter(({ pid, parent }) => killed.includes(pid) && parent === process.pid)).toEqual([]);
      if ("signal" in outcome) expect(outcome.signal).toBe("SIGKILL");
      // Workers whose parent was killed end by themselves.
      await vi.waitFor(() => expect(workersOf(at)).toEqual([]), { timeout: 20_000, interval: 20 });
      if (session === 0) for (const name of readdirSync(cells).slice(0, 70)) rmSync(join(cells, name));
    }
    expect((await masque(["run", "toy", ...PLUGINS, "--out", at, "--quiet", "--resume", "-j", "1"])).code).toBe(0);
    // Not a temporary file more or less, either.
    expect(contents(at)).toEqual(whole);
  }, 180_000);

  it("of a worker: its cell is computed again, and host.json keeps why", async () => {
    const at = folder("once");
    const env = { MASQUE_TEST_KILL: "1", MASQUE_TEST_KILL_ONCE: join(scratch, "killed-once") };
    const { code, err } = await withWorkers(at, env);
    expect(code, err).toBe(0);
    expect(err).toMatch(/train (toy-learner|meek) run 1 .*: its worker was killed by SIGKILL\. Another one takes over/);
    expect(contents(at)).toEqual(whole);
    const [{ deaths, outcome, cpuSeconds }] = hostOf(at).sessions;
    expect(outcome).toBe("finished");
    expect(deaths).toMatchObject([{ attempt: 1, reason: "was killed by SIGKILL" }]);
    expect(Object.keys(cpuSeconds.train).sort()).toEqual(["meek", "toy-learner"]);
    expect(Object.keys(cpuSeconds.test)).toHaveLength(5);
    for (const seconds of Object.values(cpuSeconds.test)) expect(seconds).toBeGreaterThan(0);
  });

  it("of every worker that takes a cell: the run fails at the third, and keeps the other cells", async () => {
    const at = folder("always");
    const { code, err } = await withWorkers(at, { MASQUE_TEST_KILL: "1" });
    expect(code).toBe(1);
    expect(err).toMatch(/masque: train \S+ run 1 .*: 3 workers died on it; the last one was killed by SIGKILL/);
    expect(err).toContain("--resume -j 2");
    const [{ outcome, deaths }] = hostOf(at).sessions;
    expect(outcome).toBe("failed");
    expect(deaths.length).toBeGreaterThanOrEqual(3);
    const names = readdirSync(join(at, "cells"));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !name.endsWith(".json"))).toEqual([]);
    expect(workersOf(at)).toEqual([]);
  });
});

it("a cell that throws fails the run with its message, and is not tried again", async () => {
  const at = folder("throws");
  const { code, err } = await withWorkers(at, { MASQUE_TEST_FAIL: "1" });
  expect(code).toBe(1);
  expect(err.match(/^masque: .*/gm)).toEqual([expect.stringMatching(/^masque: train \S+ run 1 .*: could not learn/)]);
  expect(hostOf(at).sessions).toMatchObject([{ outcome: "failed", deaths: [] }]);
});

it("Ctrl-C ends the workers, keeps what is finished, and leaves nothing half-written", async () => {
  const at = folder("interrupted");
  mkdirSync(join(at, "cells"), { recursive: true });
  let stop = () => {};
  atEvent(join(at, "cells"), 20, () => {
    // A terminal interrupts the workers too: they leave it to their parent.
    for (const { pid } of seesProcesses ? workersOf(at) : []) process.kill(pid, "SIGINT");
    stop();
  });
  const { code, err } = await withWorkers(at, {}, (_, interrupt) => {
    stop = interrupt;
  });
  expect(code, err).toBe(130);
  const [, cells] = /Stopped after (\d+) of \d+ cells/.exec(err)!;
  const kept = readdirSync(join(at, "cells"));
  expect(kept.filter((name) => !name.endsWith(".json"))).toEqual([]);
  expect(kept.length).toBeGreaterThanOrEqual(Number(cells));
  expect(Number(cells)).toBeGreaterThan(0);
  expect(hostOf(at).sessions).toMatchObject([{ outcome: "interrupted", deaths: [] }]);
  if (seesProcesses) expect(workersOf(at)).toEqual([]);
  expect((await masque(["run", "toy", ...PLUGINS, "--out", at, "--quiet", "--resume", "-j", "1"])).code).toBe(0);
  expect(contents(at)).toEqual(whole);
});

it.skipIf(!seesProcesses)(
  "a worker that was stopped is talked of, replaced, and its cell computed again",
  async () => {
    const at = folder("stopped");
    const kept = { ...PATIENCE };
    Object.assign(PATIENCE, { warn: 2000, replace: 6000 });
    try {
      const cells = join(at, "cells");
      mkdirSync(cells, { recursive: true });
      let stopped = 0;
      atEvent(cells, 5, () => {
        const [worker] = workersOf(at);
        stopped = worker.pid;
        process.kill(worker.pid, "SIGSTOP");
      });
      const { code, err } = await withWorkers(at);
      expect(code).toBe(0);
      expect(err).toMatch(new RegExp(`process ${stopped}\\) has said nothing`));
      expect(JSON.stringify(hostOf(at))).toMatch(/said nothing for \d+ s, stopped or hung, and was replaced/);
      expect(contents(at)).toEqual(whole);
    } finally {
      Object.assign(PATIENCE, kept);
    }
  },
  60_000,
);
