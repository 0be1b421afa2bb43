import {
  cpSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { Cell } from "../../src/run/plan.ts";
import { openFailures } from "../../src/run/work/failures.ts";
import { openLeases } from "../../src/run/work/leases.ts";
import { unitsOf } from "../../src/run/work/units.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-leases-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let made = 0;
const place = () => join(scratch, String(made++));
/** Makes a lease as old as its last beat, by the clock of the file system. */
const age = (at: string, name: string, seconds: number) => {
  const path = join(at, "leases", name);
  const then = statSync(path).mtimeMs / 1000 - seconds;
  utimesSync(path, then, then);
};

describe("a lease", () => {
  it("is one worker's until it is released", () => {
    const at = place();
    const [a, b] = [openLeases(at, "a", 60), openLeases(at, "b", 60)];
    const lease = a.take("unit")!;
    expect(lease.leftBy).toBeUndefined();
    expect(b.take("unit")).toBeUndefined();
    expect(b.names()).toEqual(["unit"]);
    age(at, "unit", 59);
    expect(b.take("unit")).toBeUndefined();
    lease.release();
    expect(b.take("unit")?.leftBy).toBeUndefined();
    b.close();
    a.close();
    expect(existsSync(join(at, "leases"))).toBe(false);
  });

  it("that nobody renews is taken over once, and who had it neither renews nor releases it", () => {
    vi.useFakeTimers();
    try {
      const at = place();
      const [a, b, c] = ["a", "b", "c"].map((worker) => openLeases(at, worker, 60));
      const lost = a.take("unit")!;
      age(at, "unit", 61);
      expect(b.take("unit")).toMatchObject({ leftBy: "a" });
      expect(c.take("unit")).toBeUndefined();
      // Stopped for a minute, and awake again.
      expect(lost.isHeld()).toBe(true);
      vi.advanceTimersByTime(15_000);
      expect(lost.isHeld()).toBe(false);
      lost.release();
      expect(readFileSync(join(at, "leases", "unit"), "utf8")).toBe("b\n");
      expect(readdirSync(join(at, "leases"))).toEqual(["unit"]);
      for (const one of [a, b, c]) one.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it("is renewed four times in the time it lasts, and dated by the file server, whatever this machine's clock says", () => {
    vi.useFakeTimers({ now: 0 });
    try {
      const at = place();
      const [a, b] = [openLeases(at, "a", 60), openLeases(at, "b", 60)];
      const lease = a.take("unit")!;
      age(at, "unit", 59);
      vi.advanceTimersByTime(15_000);
      age(at, "unit", 59);
      // Had the beat not come, or had it set the time by this machine's clock of 1970, this would be a takeover.
      expect(b.take("unit")).toBeUndefined();
      expect(Math.abs(b.now() - statSync(scratch).mtimeMs)).toBeLessThan(3_600_000);
      expect(lease.isHeld()).toBe(true);
      for (const one of [a, b]) one.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it("holds whatever strangers write into it", () => {
    const at = place();
    const leases = openLeases(at, "a", 60);
    for (const text of ["", "\0", "../../x", "x".repeat(5000)]) {
      writeFileSync(join(at, "leases", "unit"), text);
      expect(leases.take("unit")).toBeUndefined();
      age(at, "unit", 100);
      const lease = leases.take("unit")!;
      expect(lease.leftBy).toBe("an unknown worker");
      lease.release();
    }
    leases.close();
  });

  it.each<[string, (path: string) => void]>([
    ["a link that leads nowhere", (path) => symlinkSync("/nowhere/at/all", path)],
    ["a link to a file of somebody's", (path) => symlinkSync(join(scratch, "mine.txt"), path)],
    ["a folder", (path) => cpSync(new URL(".", import.meta.url), path, { recursive: true })],
  ])("that is %s is somebody's for as long as any, and then taken over", (_, make) => {
    const at = place();
    writeFileSync(join(scratch, "mine.txt"), "my notes");
    const leases = openLeases(at, "a", 60);
    const path = join(at, "leases", "unit");
    make(path);
    expect(leases.take("unit")).toBeUndefined();
    lutimesSync(path, 1000, 1000);
    const lease = leases.take("unit")!;
    expect(lease.leftBy).toBe("an unknown worker");
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readFileSync(join(scratch, "mine.txt"), "utf8")).toBe("my notes");
    lease.release();
    leases.close();
    expect(existsSync(join(at, "leases"))).toBe(false);
  });

  it("from the future is nobody's: it would be waited for until then", () => {
    const at = place();
    const [a, b] = [openLeases(at, "a", 60), openLeases(at, "b", 60)];
    a.take("unit");
    age(at, "unit", -59);
    expect(b.take("unit")).toBeUndefined();
    age(at, "unit", -1e9);
    expect(b.take("unit")).toMatchObject({ leftBy: "a" });
    for (const one of [a, b]) one.close();
  });

  it("can be taken after whoever collected removed all of them", () => {
    const at = place();
    const leases = openLeases(at, "a", 60);
    rmSync(join(at, "leases"), { recursive: true });
    expect(leases.take("unit")?.isHeld()).toBe(true);
    leases.close();
  });
});

const cell = (hash: string, stage: Cell["stage"], steps: number, ...needs: string[]): Cell => ({
  ...{ hash, stage, steps, needs, label: hash, attack: "none", run: 0, points: [0], spec: {} },
});

describe("failures", () => {
  it("are three deaths at one place; whoever got further begins to count anew", () => {
    const failures = openFailures(place());
    const training = cell("f".repeat(64), "train", 10);
    expect([0, 0].map((at) => failures.death(training, "killed", at))).toEqual([1, 2]);
    expect([100, 100].map((at) => failures.death(training, "killed", at))).toEqual([1, 2]);
    expect(failures.isGivenUp(training)).toBe(false);
    expect(failures.death(training, "killed at last", 100)).toBe(3);
    expect(failures.isGivenUp(training)).toBe(true);
    expect([...failures.givenUp()]).toEqual([[training.hash, "killed at last"]]);
    failures.forget(training);
    expect(failures.isGivenUp(training)).toBe(false);
  });

  it("keep nobody from trying where their file is damaged", () => {
    const at = place();
    const failures = openFailures(at);
    const training = cell("e".repeat(64), "train", 10);
    failures.giveUp(training, "threw");
    expect(failures.isGivenUp(training)).toBe(true);
    writeFileSync(join(at, "failures", `${training.hash}.json`), "[]");
    expect(failures.isGivenUp(training)).toBe(false);
    expect(failures.givenUp().size).toBe(0);
    failures.forget(training);
    failures.forget(training);
  });
});

describe("units", () => {
  it("hold a training, or played cells of a stage that need the same, up to a second or two of work", () => {
    const units = unitsOf([
      cell("t1", "train", 10),
      cell("t2", "train", 10),
      cell("a", "select", 200_000),
      cell("b", "select", 10, "t1"),
      cell("c", "select", 200_000),
      cell("d", "select", 200_000),
      cell("e", "test", 10, "t1"),
      cell("f", "select", 10, "t1"),
      cell("huge", "test", 1e9),
    ]);
    expect(units.map(({ hash, steps, cells }) => [hash, steps, cells.map((one) => one.hash).join("")])).toEqual([
      ["t1", 10, "t1"],
      ["t2", 10, "t2"],
      ["a", 400_000, "ac"],
      ["b", 20, "bf"],
      ["d", 200_000, "d"],
      ["e", 10, "e"],
      ["huge", 1e9, "huge"],
    ]);
    expect(units.find(({ hash }) => hash === "b")).toMatchObject({ needs: ["t1"], stage: "select" });
  });
});
