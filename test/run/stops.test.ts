import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBenchmark } from "../../src/cli/runs/open.ts";
import { computeCell } from "../../src/run/cells.ts";
import { beginRun } from "../../src/run/folder.ts";
import type { Cell } from "../../src/run/plan.ts";
import { reached } from "../../src/run/work/partial.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { contents, seesProcesses, start, workersOf } from "./processes.ts";

// Trainings whose environment remembers something from episode to episode, of learners that learn at every step, and cells
// of several trainings: a defender that learns meets an attacker that learns, twice.

const scratch = mkdtempSync(join(tmpdir(), "masque-stops-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const attack = {
  baseline: "dqn",
  budget: 24_000,
  conditioned: false,
  lambda: 0.5,
  config: { hidden: [6], memory: 600 },
};
const question = [
  `portfolio=[none, scripted, ${JSON.stringify(attack)}]`,
  "defence.learned.lambda=[1]",
  "defence.learned.rounds=2",
  "defence.learned.budget=4000",
  "defence.learned.attacker={ baseline: dqn, budget: 4000, config: { hidden: [6], memory: 600 } }",
  "defence.knobs={ moat: [0] }",
  "seeds.runs=1",
  "checkpoint=1",
];
const open = async (name: string, more: readonly string[] = []) => {
  const { benchmark, registry } = await openBenchmark("gate", [...question, ...more], [PLUGINS[1]]);
  return beginRun(join(scratch, name), benchmark, registry);
};
const args = (name: string, ...more: string[]) => {
  const out = ["--out", join(scratch, name), "--quiet"];
  return ["run", "gate", ...question, ...PLUGINS, ...out, ...more];
};
let whole: Record<string, string>;
beforeAll(async () => {
  const { code, err } = await masque(args("whole", "-j", "1"));
  expect(code, err).toBe(0);
  whole = contents(join(scratch, "whole"));
}, 120_000);

const written = (name: string, { hash }: Cell) => readFileSync(join(scratch, name, "cells", `${hash}.json`), "utf8");

/** Begins a cell and stops it at a share of its way. */
async function stopAt(run: Awaited<ReturnType<typeof open>>, cell: Cell, at: number): Promise<void> {
  const stop = new AbortController();
  const half = computeCell(run, cell, { signal: stop.signal, onProgress: (share) => share >= at && stop.abort() });
  await expect(half).rejects.toThrow();
}

describe.each(["defend", "train"])("a cell at stage %s", (stage) => {
  it("goes on from wherever it was stopped, and ends in the bytes of an undisturbed one", async () => {
    const run = await open(stage);
    for (const one of run.plan.cells.filter((cell) => cell.stage === "defend" && stage !== "defend"))
      await computeCell(run, one);
    const cell = run.plan.cells.find((one) => one.stage === stage)!;
    // Stopped again and again: every stop goes on from the one before, and gets further.
    const furthest: number[] = [];
    for (const at of [0.2, 0.45, 0.7, 0.95]) {
      await stopAt(run, cell, at);
      furthest.push(reached(run.store.folder, cell.hash));
    }
    expect(furthest[0]).toBeGreaterThan(0);
    expect(furthest).toEqual([...new Set(furthest)].sort((a, b) => a - b));
    const shares: number[] = [];
    await computeCell(run, cell, { onProgress: (share) => void shares.push(share) });
    expect(shares[0]).toBeGreaterThan(0.6);
    expect(existsSync(join(run.store.folder, "partial", cell.hash))).toBe(false);
    expect(written(stage, cell)).toBe(written("whole", cell));
  }, 120_000);
});

it("a finished part that is damaged is made again", async () => {
  const run = await open("damaged");
  const cell = run.plan.cells.find((one) => one.stage === "defend")!;
  const place = join(run.store.folder, "partial", cell.hash);
  await stopAt(run, cell, 0.6);
  expect(readdirSync(join(place, "0-attacker")).sort()).toEqual([
    "part.json",
    "policy-raider.json",
    "policy-raider.safetensors",
  ]);
  const part = join(place, "0-attacker", "part.json");
  const damages = [
    () => writeFileSync(join(place, "0-attacker", "policy-raider.safetensors"), "{"),
    () => writeFileSync(part, "{"),
    // Whole, but of nobody: a role without a policy would play what it had not learned.
    () => writeFileSync(part, JSON.stringify({ ...JSON.parse(readFileSync(part, "utf8")), policies: {} })),
  ];
  for (const damage of damages) {
    damage();
    await computeCell(run, cell);
    expect(written("damaged", cell)).toBe(written("whole", cell));
    rmSync(join(run.store.folder, "cells", `${cell.hash}.json`));
    await stopAt(run, cell, 0.6);
  }
}, 120_000);

it("stops are a part of the question, for defenders too", async () => {
  const run = await open("whole");
  const other = await open("other", ["checkpoint=2"]);
  const hashes = (of: typeof run) => of.plan.cells.filter(({ stage }) => stage === "defend").map(({ hash }) => hash);
  expect(hashes(run)).not.toEqual(hashes(other));
});

/** States of trainings that are on their way, each with when it was written. */
function checkpointsIn(folder: string): [string, number][] {
  try {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return files
      .filter((name) => name.endsWith("state.json"))
      .map((name) => [name, statSync(join(folder, name)).mtimeMs]);
  } catch {
    return []; // Not there yet, or gone meanwhile: a cell that is finished clears it away.
  }
}

describe.skipIf(!seesProcesses)("kill -9", () => {
  it("in the middle of a learned defender and of an attack on it: the same bytes in the end", async () => {
    const at = join(scratch, "killed");
    for (const kills of [3, 9, 4]) {
      const known = new Map(checkpointsIn(join(at, "partial")));
      const { child, ended } = start(args("killed", "-j", "2", "--resume"));
      let seen = 0;
      // Looks again and again: Node.js 20 watches folders below a folder by itself, and throws where one goes while it looks.
      const looking = setInterval(() => {
        for (const [file, written] of checkpointsIn(join(at, "partial"))) {
          if (known.get(file) === written) continue;
          known.set(file, written);
          if (++seen !== kills) continue;
          clearInterval(looking);
          for (const pid of [child.pid!, ...workersOf(at).map((one) => one.pid)]) process.kill(pid, "SIGKILL");
        }
      }, 5);
      const { signal } = await ended;
      clearInterval(looking);
      expect([kills, signal]).toEqual([kills, "SIGKILL"]);
    }
    const { code, err } = await masque(args("killed", "-j", "1", "--resume"));
    expect(code, err).toBe(0);
    expect(contents(at)).toEqual(whole);
  }, 180_000);
});
