import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRegistry } from "../../src/library/registry.ts";
import type { TrainResult } from "../../src/run/cell-result.ts";
import { computeCell } from "../../src/run/cells.ts";
import { openRun } from "../../src/run/folder.ts";
import { openStore } from "../../src/run/store.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { contents, startRun } from "./processes.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-run-"));
const folder = (name: string) => join(scratch, name);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const cells = (run: string) => readdirSync(join(run, "cells"));
const run = (name: string, ...more: string[]) =>
  masque(["run", "toy", ...PLUGINS, "--out", folder(name), "--quiet", ...more]);
beforeAll(async () => {
  const { code, err } = await run("whole");
  expect(err).toBe("");
  expect(code).toBe(0);
}, 60_000);

describe("a run", () => {
  it("leaves a folder of results, and the frontier on standard output", async () => {
    const names = readdirSync(folder("whole"));
    expect(names).toEqual([
      "cells",
      "curves.jsonl",
      "episodes.parquet",
      "frontier.csv",
      "frontier.json",
      "frontier.svg",
      "host.json",
      "manifest.json",
      "policies",
      "report.html",
    ]);
    const again = await run("whole", "--json");
    expect(again.out).toBe(readFileSync(join(folder("whole"), "frontier.json"), "utf8"));
    const shown = await masque(["frontier", folder("whole"), "--json", ...PLUGINS]);
    expect(shown).toEqual({ code: 0, out: again.out, err: "" });
  });

  it("says of every point what the defence costs, what it buys, and against which attack", () => {
    const { points, anchors, attacks, illustrative } = JSON.parse(
      readFileSync(join(folder("whole"), "frontier.json"), "utf8"),
    );
    expect(illustrative).toBe(true);
    expect(attacks.map(({ name }: { name: string }) => name)).toEqual([
      "none",
      "random",
      "climb",
      "toy-learner",
      "meek",
    ]);
    expect(points.map(({ knobs }: { knobs: object }) => knobs)).toEqual([{ wall: 0 }, { wall: 0.5 }]);
    expect(anchors.map(({ anchor }: { anchor: string }) => anchor)).toEqual(["lockdown", "random-defence"]);
    for (const point of [...points, ...anchors]) {
      expect(Object.keys(point.attacks)).toEqual(["none", "random", "climb", "toy-learner", "meek"]);
      for (const { mean, low, high } of [point.cleanUtility, point.attackedUtility, point.security]) {
        expect(low).toBeLessThanOrEqual(mean);
        expect(high).toBeGreaterThanOrEqual(mean);
      }
    }
    const [open, half] = points;
    // Nobody climbs in the clean arm, and an open wall stops no climber.
    expect(open.attacks.none.security.mean).toBe(1);
    expect(open.security).toEqual({ mean: 0, low: 0, high: 0 });
    expect(open.cleanUtility.mean).toBe(1);
    // The learned attack climbs in a way that no script knows.
    expect(half.worstAttack).toBe("toy-learner");
    expect(half.security.mean).toBeLessThan(half.attacks.climb.security.mean);
    expect(half.reference).toEqual({ access: 0.75, closed: 0.25 });
  });

  it("keeps every episode in a table that other tools read", async () => {
    const bytes = readFileSync(join(folder("whole"), "episodes.parquet"));
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    const points = 4;
    expect(rows).toHaveLength(points * 5 * 2 * (6 + 12));
    expect(Object.keys(rows[0])).toEqual([
      ...["stage", "attack", "defence", "run", "episode", "knob.wall"],
      ...["tries", "over", "walks", "open"].map((name) => `counter.${name}`),
    ]);
    const { points: shown } = JSON.parse(readFileSync(join(folder("whole"), "frontier.json"), "utf8"));
    // The table alone gives the frontier's figures.
    for (const attack of ["climb", "meek"]) {
      const mine = rows.filter((row) => row.attack === attack && row["knob.wall"] === 0.5);
      const byRun = [0, 1].map((run) => {
        const episodes = mine.filter((row) => row.run === run && row.defence === "default");
        for (const [stage, length] of Object.entries({ select: 6, test: 12 })) {
          const numbers = episodes.filter((row) => row.stage === stage).map(({ episode }) => episode);
          expect(numbers).toEqual(Array.from({ length }, (_, e) => e));
        }
        const sum = (name: string) => episodes.reduce((total, row) => total + row[`counter.${name}`], 0);
        return 1 - sum("over") / sum("tries");
      });
      expect((byRun[0] + byRun[1]) / 2).toBeCloseTo(shown[1].attacks[attack].security.mean, 12);
    }
  });

  it("trains once for all levels where it is told to, and at each one otherwise", () => {
    const lines = readFileSync(join(folder("whole"), "curves.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const count = (name: string) => lines.filter(({ attack }) => attack === name).length;
    expect(count("toy-learner")).toBe(2);
    expect(count("meek")).toBe(2 * 3);
    expect(lines[0]).toEqual({
      attack: "toy-learner",
      run: 0,
      levels: [{ wall: 0 }, { wall: 0.5 }, { wall: 1 }],
      steps: 3000,
      returns: { climber: null },
      stats: { bias: 5 },
    });
  });
});

describe("the same run again", () => {
  it("gives the same bytes in another process, over what one of another machine left half-written", async () => {
    // Kills themselves: kills.test.ts.
    const at = folder("another");
    mkdirSync(join(at, "cells"), { recursive: true });
    const left = join(at, "cells", `.${cells(folder("whole"))[0]}.00000000-1-0.tmp`);
    writeFileSync(left, '{"hash":');
    const { code, err } = await startRun(at, ["-j", "1"]).ended;
    expect(code, err).toBe(0);
    expect(err).toMatch(/^88 of 88 cells/m);
    // It may still be written: only its own machine can tell.
    rmSync(left);
    expect(contents(at)).toEqual(contents(folder("whole")));
  });

  it("computes nothing twice, and needs no --resume when it is complete", async () => {
    const before = readdirSync(join(folder("whole"), "cells")).map(
      (name) => statSync(join(folder("whole"), "cells", name)).mtimeMs,
    );
    expect((await run("whole")).code).toBe(0);
    expect((await run("whole", "--resume")).code).toBe(0);
    const after = readdirSync(join(folder("whole"), "cells")).map(
      (name) => statSync(join(folder("whole"), "cells", name)).mtimeMs,
    );
    expect(after).toEqual(before);
  });

  it("stops at Ctrl-C, says how to go on, and goes on from there", async () => {
    const stopped = await masque(["run", "toy", ...PLUGINS, "--out", folder("stopped")], (text, interrupt) => {
      if (/^0 of/.test(text)) interrupt();
    });
    expect(stopped.code).toBe(130);
    expect(stopped.out).toBe("");
    expect(stopped.err).toContain(`masque run toy --out ${folder("stopped")} --resume --plugins`);
    const refused = await run("stopped");
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toContain("--resume");
    expect((await masque(["frontier", folder("stopped"), ...PLUGINS])).code).toBe(1);
    expect((await run("stopped", "--resume")).code).toBe(0);
    expect(contents(folder("stopped"))).toEqual(contents(folder("whole")));
  });

  it("computes damaged, truncated and forged cells and policies again", async () => {
    const at = folder("damaged");
    await run("damaged");
    const whole = contents(folder("whole"));
    const paths = cells(at).map((name) => join(at, "cells", name));
    const train = paths.filter((path) => readFileSync(path, "utf8").includes('"kind":"train","policies"'));
    const play = paths.filter((path) => !train.includes(path));
    writeFileSync(play[0], readFileSync(play[0], "utf8").slice(0, 100));
    writeFileSync(play[1], readFileSync(play[1], "utf8").replace('"episodes":12', '"episodes":13'));
    writeFileSync(play[2], readFileSync(play[3]));
    writeFileSync(play[4], "");
    const result = JSON.parse(readFileSync(play[5], "utf8"));
    result.result.counters.over[0] += 1;
    writeFileSync(play[5], JSON.stringify(result));
    writeFileSync(train[0], "[]");
    const weights = (cell: string) => join(at, "policies", `${basename(cell).slice(0, 16)}-climber.safetensors`);
    const bytes = readFileSync(weights(train[1]));
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(weights(train[1]), bytes);
    rmSync(weights(train[2]));
    const mended = await masque(["run", "toy", ...PLUGINS, "--out", at, "--resume"]);
    expect(mended.code).toBe(0);
    expect(mended.err.match(/It is computed again/g)).toHaveLength(8);
    expect(contents(at)).toEqual(whole);
  });

  it.each(["manifest.json", "host.json"])("makes a damaged %s anew, and loses no finished cell", async (name) => {
    const at = folder(`without-${name}`);
    expect((await run(`without-${name}`)).code).toBe(0);
    const whole = contents(at);
    for (const damage of ["", '{"schema":', "[]"]) {
      writeFileSync(join(at, name), damage);
      const mended = await masque(["run", "toy", ...PLUGINS, "--out", at, "--resume"]);
      expect(mended).toMatchObject({ code: 0, err: expect.stringContaining("made anew") });
      expect(contents(at)).toEqual(whole);
    }
  });

  it("reads no cell that is larger than its plan's can be", async () => {
    const at = folder("bloated");
    expect((await run("bloated")).code).toBe(0);
    const whole = contents(at);
    const [name] = cells(at);
    writeFileSync(join(at, "cells", name), `{"pad":"${"x".repeat(2 ** 21)}"}`);
    const mended = await masque(["run", "toy", ...PLUGINS, "--out", at, "--resume"]);
    expect(mended.err).toMatch(/bytes; expected at most \d+.*It is computed again/);
    expect(contents(at)).toEqual(whole);
  });

  it("reads the curve of a long training", async () => {
    const budget = 3_000_000;
    const asked = ["run", "toy", `portfolio=[none, { baseline: toy-learner, budget: ${budget} }]`, ...PLUGINS];
    const at = folder("long");
    expect((await masque([...asked, "--out", at, "--prepare"])).code).toBe(0);
    const begun = await openRun(at, openRegistry([PLUGINS[1]]));
    const cell = begun.plan.cells.find(({ stage }) => stage === "train")!;
    await computeCell(begun, cell);
    const result = begun.store.read(cell.hash) as TrainResult;
    const stats = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`climber.loss${i}`, Math.PI * (i + 1)]));
    // A line every 256 steps.
    const curve = Array.from({ length: budget / 256 }, (_, i) => ({ steps: 256 * i, returns: {}, stats }));
    begun.store.write(cell.hash, cell.label, cell.spec, { ...result, curve });
    expect((begun.store.read(cell.hash) as TrainResult).curve).toHaveLength(curve.length);
  });

  it("plays again what was played by other policies than are there now", async () => {
    const at = folder("retrained");
    await run("retrained");
    const store = openStore(at);
    const path = cells(at).find((name) =>
      readFileSync(join(at, "cells", name), "utf8").includes('"kind":"train","policies"'),
    )!;
    const { hash, label, spec } = JSON.parse(readFileSync(join(at, "cells", path), "utf8"));
    const result = store.read(hash) as TrainResult;
    // The same training, come out otherwise: as from a machine whose arithmetic differs.
    const { climber } = store.readPolicies(hash, result);
    climber.tensors.b0.data.set([0, 0, -50]);
    store.write(hash, label, spec, { ...result, policies: store.writePolicies(hash, { climber }) });
    const mended = await masque(["run", "toy", ...PLUGINS, "--out", at, "--resume"]);
    expect(mended.err).toContain("was played by other policies than its training made");
    const other = JSON.parse(readFileSync(join(at, "frontier.json"), "utf8"));
    const whole = JSON.parse(readFileSync(join(folder("whole"), "frontier.json"), "utf8"));
    expect(other).not.toEqual(whole);
    const shown = await masque(["frontier", at, "--json", ...PLUGINS]);
    expect(JSON.parse(shown.out)).toEqual(other);
  });

  it("is what cells computed one by one, in any order within a stage, add up to", async () => {
    const at = folder("array");
    const prepared = await masque(["run", "toy", ...PLUGINS, "--out", at, "--prepare"]);
    expect(prepared.code).toBe(0);
    const counts = Object.fromEntries(
      [...prepared.err.matchAll(/(\d+) (train|select|test)/g)].map(([, n, stage]) => [stage, Number(n)]),
    );
    for (const stage of ["train", "select", "test"]) {
      for (let index = counts[stage] - 1; index >= 0; index--) {
        const { code } = await masque(["cell", at, "--stage", stage, "--index", String(index), ...PLUGINS]);
        expect(code).toBe(0);
      }
    }
    const beyond = await masque(["cell", at, "--stage", "train", "--index", String(counts.train), ...PLUGINS]);
    expect(beyond.code).toBe(2);
    expect((await run("array")).code).toBe(0);
    expect(contents(at)).toEqual(contents(folder("whole")));
  });
});

it("plays stored policies, keeps copies of them, and never needs the originals again", async () => {
  const trained = join(scratch, "attack");
  await masque(["train", "toy", "--baseline", "toy-learner", "--out", trained, "--quiet", ...PLUGINS]);
  const text = `schema: 1
name: stored
environment: { id: toy-v0 }
defence: { knobs: { wall: [0.5] } }
portfolio: [{ policy: ./attack }]
seeds: { runs: 2 }
episodes: { select: 4, test: 40 }
`;
  writeFileSync(join(scratch, "stored.yaml"), text);
  const at = folder("stored");
  const { code, out } = await masque([
    "run",
    join(scratch, "stored.yaml"),
    "--out",
    at,
    "--quiet",
    "--json",
    ...PLUGINS,
  ]);
  expect(code).toBe(0);
  const [point] = JSON.parse(out).points;
  expect(point.worstAttack).toBe("attack");
  expect(point.security.mean).toBeLessThan(0.5);
  rmSync(trained, { recursive: true });
  expect((await masque(["frontier", at, "--json", ...PLUGINS])).out).toBe(out);
  // Other weights are another benchmark.
  await masque(["train", "toy", "--baseline", "toy-learner", "--seed", "2", "--out", trained, "--quiet", ...PLUGINS]);
  const other = await masque(["run", join(scratch, "stored.yaml"), "--out", at, "--resume", ...PLUGINS]);
  expect(other.code).toBe(2);
  expect(other.err).toContain("portfolio differ");
});

it("refuses stored policies that may not play, saying which and where", async () => {
  const trained = join(scratch, "mine");
  await masque(["train", "toy", "--baseline", "toy-learner", "--out", trained, "--quiet", ...PLUGINS]);
  const [description] = readdirSync(trained).filter((name) => name.endsWith(".json") && name.includes("climber"));
  const at = join(trained, description);
  const meta = JSON.parse(readFileSync(at, "utf8"));
  const refusal = async (changes: object) => {
    writeFileSync(at, JSON.stringify({ ...meta, ...changes }));
    const { code, err } = await masque(["run", "toy", ...PLUGINS, "--dry-run", `portfolio=[{ policy: ${trained} }]`]);
    expect(code).toBe(2);
    return err;
  };
  expect(await refusal({ environment: "gate-v0" })).toMatch(
    /portfolio.*was trained as climber of gate-v0, not as climber/,
  );
  expect(await refusal({ role: "keeper" })).toMatch(/portfolio/);
  expect(await refusal({ joint: true })).toMatch(/portfolio/);
  rmSync(trained, { recursive: true });
  expect(await masque(["run", "toy", ...PLUGINS, "--dry-run", `portfolio=[{ policy: ${trained} }]`])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/portfolio\.0.*mine/),
  });
});

describe("a folder that holds something else", () => {
  it("is refused and left alone: another configuration, files that are no run, changed code", async () => {
    const before = contents(folder("whole"));
    const other = await run("whole", "--resume", "seeds.root=8");
    expect(other).toMatchObject({ code: 2, out: "" });
    expect(other.err).toMatch(/another configuration: seeds differ/);
    writeFileSync(join(scratch, "notes.txt"), "mine");
    const foreign = await masque(["run", "toy", ...PLUGINS, "--out", scratch]);
    expect(foreign.code).toBe(2);
    expect(foreign.err).toContain("holds no run");
    const file = await masque(["run", "toy", ...PLUGINS, "--out", join(scratch, "notes.txt"), "--quiet"]);
    expect(file.code).toBe(2);
    const host = join(folder("whole"), "host.json");
    const text = readFileSync(host, "utf8");
    writeFileSync(host, text.replace(/"sources": "./, '"sources": "_'));
    expect((await run("whole", "--resume")).err).toMatch(/code of toy-v0 .* changed/);
    writeFileSync(host, text);
    expect(contents(folder("whole"))).toEqual(before);
  });
});

it("depends on the root seed, on nothing else that differs", async () => {
  await run("other", "seeds.root=8");
  const frontier = (name: string) => JSON.parse(readFileSync(join(folder(name), "frontier.json"), "utf8"));
  expect(frontier("other").points[1].security.mean).not.toBe(frontier("whole").points[1].security.mean);
});
