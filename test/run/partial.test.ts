import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openBenchmark } from "../../src/cli/runs/open.ts";
import { computeCell } from "../../src/run/cells.ts";
import { beginRun } from "../../src/run/folder.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { contents } from "./processes.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-partial-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const settings = {
  copies: 12, // four a level
  rolloutSteps: 5, // episodes have 3 steps: iterations end within them
  hidden: [4],
};
const question = (checkpoint: number) => [
  `portfolio=[none, { baseline: ippo, budget: 400, conditioned: true, config: ${JSON.stringify(settings)} }]`,
  "seeds.runs=1",
  ...(checkpoint ? [`checkpoint=${checkpoint}`] : []),
];
const plugins = [PLUGINS[1]];
const open = async (name: string, checkpoint = 6) => {
  const { benchmark, registry } = await openBenchmark("toy", question(checkpoint), plugins);
  const run = beginRun(join(scratch, name), benchmark, registry);
  return { run, cell: run.plan.cells.find(({ stage }) => stage === "train")! };
};
const run = (name: string, ...more: string[]) =>
  masque(["run", "toy", ...question(6), ...PLUGINS, "--out", join(scratch, name), "--quiet", "-j", "1", ...more]);
let whole: Record<string, string>;
beforeAll(async () => {
  const { code, err } = await run("whole");
  expect(code, err).toBe(0);
  whole = contents(join(scratch, "whole"));
  expect(existsSync(join(scratch, "whole", "partial"))).toBe(false);
});

/** Stops the training of a run's folder at a share of its way; returns its checkpoint's folder. */
async function stopped(name: string, at: number): Promise<string> {
  const { run: begun, cell } = await open(name);
  const stop = new AbortController();
  const half = computeCell(begun, cell, { signal: stop.signal, onProgress: (share) => share >= at && stop.abort() });
  await expect(half).rejects.toThrow();
  return join(begun.store.folder, "partial", cell.hash);
}
/** Shares of the way that a training reports. */
async function goOn(name: string): Promise<number[]> {
  const { run: begun, cell } = await open(name);
  const shares: number[] = [];
  await computeCell(begun, cell, { onProgress: (share) => void shares.push(share) });
  return shares;
}

it("a training that was stopped goes on from its last checkpoint, and ends in the bytes of an undisturbed one", async () => {
  const place = await stopped("stopped", 0.7);
  // 20 iterations, stopped after the fourteenth: the last checkpoint is behind the twelfth.
  expect(readdirSync(place).sort()).toEqual(["state-12.safetensors", "state.json"]);
  const shares = await goOn("stopped");
  expect(shares[0]).toBeCloseTo(13 / 20, 9);
  expect(shares).toHaveLength(8);
  expect(existsSync(place)).toBe(false);
  const { code, err } = await run("stopped", "--resume");
  expect(code, err).toBe(0);
  // The curve is whole as well: it lies in the cell and in curves.jsonl.
  expect(contents(join(scratch, "stopped"))).toEqual(whole);
});

it("begins anew where the checkpoint is damaged, of another cell, or cannot be gone on from", async () => {
  const place = await stopped("damaged", 0.7);
  const kept = join(scratch, "kept");
  cpSync(place, kept, { recursive: true });
  const state = JSON.parse(readFileSync(join(place, "state.json"), "utf8"));
  const change = (changes: object) =>
    writeFileSync(join(place, "state.json"), JSON.stringify({ ...state, ...changes }));
  for (const damage of [
    () => writeFileSync(join(place, "state.json"), "{"),
    () => rmSync(join(place, "state-12.safetensors")),
    () => change({ task: "0".repeat(64) }),
    () => change({ numbers: { own: {}, curve: "none" } }),
    () => change({ numbers: { ...state.numbers, own: {} } }),
    () => change({ iteration: 20 }),
    () => change({ baseline: "mappo" }),
  ]) {
    cpSync(kept, place, { recursive: true });
    damage();
    expect(await goOn("damaged")).toHaveLength(20);
    const { run: begun, cell } = await open("damaged");
    const name = `${cell.hash}.json`;
    const [mine, theirs] = ["damaged", "whole"].map((one) => readFileSync(join(scratch, one, "cells", name), "utf8"));
    expect(mine).toBe(theirs);
    rmSync(join(begun.store.folder, "cells", name));
  }
});

it("is a part of the question, and nothing where nobody asks for it", async () => {
  const [with6, with7, without] = await Promise.all([open("with6"), open("with7", 7), open("without", 0)]);
  expect(new Set([with6, with7, without].map(({ cell }) => cell.hash)).size).toBe(3);
  expect(JSON.stringify(without.cell.spec)).not.toContain("checkpoint");
  expect(JSON.stringify(without.run.benchmark.resolved)).not.toContain("checkpoint");
  await computeCell(without.run, without.cell, {});
  expect(existsSync(join(without.run.store.folder, "partial"))).toBe(false);
});
