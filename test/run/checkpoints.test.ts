import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { loadTrainState, saveTrainState } from "../../src/learn/state.ts";
import { openBucket } from "../../src/run/objects/bucket.ts";
import { followCheckpoints } from "../../src/run/objects/checkpoints.ts";
import { MOST } from "../../src/run/objects/copy.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { contents, start } from "./processes.ts";
import { endStores, hasStore, memory, startStore } from "./stores.ts";

// Checkpoints that travel through an object store: from folder to folder by a bucket in memory, and beneath workers that are
// killed where there is a real one (stores.ts).

const scratch = mkdtempSync(join(tmpdir(), "masque-checkpoints-"));
const running: ChildProcess[] = [];
afterAll(() => {
  endStores();
  for (const child of running) child.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
});

const CELL = "c".repeat(64);
const PLACE = `partial/${CELL}`;

describe("checkpoints of a training", () => {
  let made = 0;
  const worker = () => {
    const folder = join(scratch, `worker-${made++}`);
    mkdirSync(join(folder, PLACE), { recursive: true });
    return folder;
  };
  const save = (folder: string, iteration: number, part = "") => {
    const state = { baseline: "toy", environment: "toy-v0", iteration, numbers: {} };
    const tensors = { w: { shape: [2], data: Float32Array.of(iteration, 1) } };
    mkdirSync(join(folder, PLACE, part), { recursive: true });
    saveTrainState(join(folder, PLACE, part), { ...state, tensors }, CELL);
  };
  const reachedIn = (folder: string) => loadTrainState(join(folder, PLACE), CELL).iteration;
  const follow = (bucket: ReturnType<typeof memory>["bucket"], folder: string, isHeld = () => true) => {
    const said: string[] = [];
    const how = { seconds: 15, isHeld, onDamage: (why: string) => said.push(why) };
    return followCheckpoints(bucket, folder, CELL, how).then((followed) => ({ ...followed, said }));
  };
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("go from one worker's folder to another's, every part of a cell, and are removed with the last", async () => {
    const { bucket, objects } = memory();
    const [a, b] = [worker(), worker()];
    const first = await follow(bucket, a);
    save(a, 6, "0-attacker");
    save(a, 12);
    writeFileSync(join(a, PLACE, ".state.json.1-2.tmp"), "half");
    await first.end();
    const second = await follow(bucket, b);
    const { [`${PLACE}/.state.json.1-2.tmp`]: half, ...whole } = contents(a);
    expect(half).toBeDefined();
    expect(contents(b)).toEqual(whole);
    expect([...objects.keys()].sort()).toEqual(Object.keys(whole));
    // Its process has written the cell, which is not in the bucket yet.
    rmSync(join(b, PLACE), { recursive: true });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(objects.size).toBe(4);
    await second.clear();
    expect(objects.size).toBe(0);
  });

  it("are one whole state at every moment in which the sender may be killed", async () => {
    const { bucket, objects } = memory();
    const a = worker();
    const { put, remove } = bucket;
    const states: number[] = [];
    const read = () => {
      const copy = worker();
      for (const [name, { bytes }] of objects) writeFileSync(join(copy, name), bytes);
      if (objects.has(`${PLACE}/state.json`)) states.push(reachedIn(copy));
    };
    bucket.put = async (...args) => put(...args).finally(read);
    bucket.remove = async (name) => remove(name).finally(read);
    const followed = await follow(bucket, a);
    save(a, 6);
    await vi.advanceTimersByTimeAsync(15_000);
    save(a, 12);
    await followed.end();
    expect(states).toEqual([6, 6, 12, 12]);
    expect(objects.size).toBe(2);
  });

  it("are sent once in a while, one after the other, and only where there are others than before", async () => {
    const { bucket } = memory();
    const a = worker();
    const put = vi.spyOn(bucket, "put");
    const followed = await follow(bucket, a);
    save(a, 6);
    await vi.advanceTimersByTimeAsync(14_999);
    expect(put).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(put).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(put).toHaveBeenCalledTimes(2);
    let arrive = (_: string) => {};
    put.mockReturnValueOnce(new Promise((resolve) => (arrive = resolve)));
    for (const iteration of [12, 18, 24]) {
      save(a, iteration);
      await vi.advanceTimersByTimeAsync(15_000);
      expect(put).toHaveBeenCalledTimes(3);
    }
    arrive('"12"');
    // The rest of that one, and then the latest.
    await followed.end();
    expect(put.mock.calls.map(([name]) => name.slice(PLACE.length + 1))).toEqual(
      ["state-6.safetensors", "state.json", "state-12.safetensors", "state.json"].concat([
        "state-24.safetensors",
        "state.json",
      ]),
    );
  });

  it("are sent again where the service was away, and not by a worker that lost its lease", async () => {
    const { bucket, objects } = memory();
    const a = worker();
    let held = true;
    const followed = await follow(bucket, a, () => held);
    save(a, 6);
    vi.spyOn(bucket, "put").mockRejectedValueOnce(new Error("away"));
    await vi.advanceTimersByTimeAsync(15_000);
    expect(objects.size).toBe(0);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(objects.size).toBe(2);
    held = false;
    save(a, 12);
    await vi.advanceTimersByTimeAsync(15_000);
    await followed.end();
    expect(objects.has(`${PLACE}/state-6.safetensors`)).toBe(true);
  });

  it("of a worker that comes back further on than the bucket are kept, and sent", async () => {
    const { bucket, objects } = memory();
    const [a, b] = [worker(), worker()];
    save(a, 6);
    save(b, 12);
    await (await follow(bucket, a)).end();
    const back = await follow(bucket, b);
    expect(reachedIn(b)).toBe(12);
    await back.end();
    expect([...objects.keys()].sort()).toEqual([`${PLACE}/state-12.safetensors`, `${PLACE}/state.json`]);
  });

  it("larger than such things are, or under other names, are not even asked for", async () => {
    const { bucket, objects } = memory();
    const a = worker();
    const get = vi.spyOn(bucket, "get");
    const put = (name: string, length: number) =>
      objects.set(`${PLACE}/${name}`, { bytes: { length } as Uint8Array, etag: "", modified: 0 });
    for (const name of [
      "../../manifest.json",
      "0-attacker/../state.json",
      "x.ts",
      "policy-.json",
      "0-anyone/part.json",
    ])
      put(name, 1);
    expect((await follow(bucket, a)).said).toEqual([]);
    put("state.json", 100);
    put("state-6.safetensors", MOST.checkpoints);
    expect((await follow(bucket, a)).said).toEqual([expect.stringMatching(/: 7 files of \d+ bytes, more than/)]);
    objects.clear();
    for (let i = 0; i <= 1000; i++) put(`${i}-attacker/part.json`, 1);
    expect((await follow(bucket, a)).said).toEqual([expect.stringMatching(/: 1001 files/)]);
    expect(get).not.toHaveBeenCalled();
    // What is here takes its place.
    save(a, 6);
    await (await follow(bucket, a)).end();
    expect(objects.size).toBe(2);
    expect(contents(join(a, ".."))).not.toHaveProperty("manifest.json");
  });
});

describe.skipIf(!hasStore)("a store (skipped where the package or moto_server is not there)", () => {
  const LEARNING = [
    "defence={ learned: { baseline: toy-marcher, budget: 100, lambda: 1, rounds: 1, attacker: { baseline: toy-marcher, budget: 100 } } }",
    "portfolio=[none, { baseline: toy-marcher, budget: 100 }]",
    ...["seeds.runs=1", "checkpoint=6"],
  ];
  const run = (name: string, ...more: string[]) =>
    masque(["run", "toy", ...LEARNING, ...PLUGINS, "--out", join(scratch, name), "--quiet", ...more]);
  beforeAll(async () => {
    (await startStore()).use();
    const { code, err } = await run("whole", "-j", "1");
    expect(code, err).toBe(0);
  }, 120_000);
  afterAll(() => void vi.unstubAllEnvs());

  const work = (name: string, env: Record<string, string> = {}) => {
    const folder = join(scratch, `march-${name}`);
    mkdirSync(folder);
    const args = ["work", join(scratch, name), "--store", "s3://toys/run", "--lease", "2", ...PLUGINS];
    const started = start(args, { MASQUE_TEST_MARCH: folder, ...env });
    running.push(started.child);
    /** Iterations of the second training of the defender's cell. */
    const log = () =>
      [...readFileSync(join(folder, "log"), "utf8").matchAll(/ defender 0: (\d+)/g)].map(([, i]) => Number(i));
    return { ...started, folder, log };
  };
  const halted = (folder: string): Promise<void> =>
    new Promise((resolve) => {
      const watcher = watch(folder, () => look());
      const look = () => {
        if (!existsSync(join(folder, "halted"))) return;
        watcher.close();
        resolve();
      };
      look();
    });
  const partial = async () => [...(await openBucket("s3://toys/run").list("partial/")).objects.keys()];
  const upTo = (n: number, from = 0) => Array.from({ length: n - from }, (_, i) => from + i);

  it("takes a training from worker to worker, killed and damaged on the way, to the bytes of an undisturbed one", async () => {
    const prepared = await run("prepared", "--prepare", "--store", "s3://toys/run");
    expect(prepared.code, prepared.err).toBe(0);
    const killed = work("killed", { MASQUE_TEST_HALT: "0 defender 0: 12" });
    await halted(killed.folder);
    const sent = await vi.waitFor(
      async () => {
        const names = await partial();
        expect(names).toContainEqual(expect.stringMatching(/0-defender\/state-12\.safetensors$/));
        expect(names).toContainEqual(expect.stringMatching(/0-defender\/state\.json$/));
        return names;
      },
      { timeout: 60_000, interval: 50 },
    );
    expect(sent).toContainEqual(expect.stringMatching(/0-attacker\/part\.json$/));
    killed.child.kill("SIGKILL");
    await killed.ended;

    // Elsewhere: goes on in the second training of the cell, and hands in where it got when it is told to stop.
    const told = work("told", { MASQUE_TEST_HALT: "0 defender 0: 18" });
    await halted(told.folder);
    expect(told.log()).toEqual(upTo(18, 12));
    told.child.kill("SIGTERM");
    expect(await told.ended).toMatchObject({ code: 0, err: expect.stringContaining("leases released") });
    const names = await partial();
    expect(
      names
        .filter((name) => name.includes("-defender/"))
        .map((name) => name.slice(73))
        .sort(),
    ).toEqual(["0-defender/state-18.safetensors", "0-defender/state.json"]);

    // Others write into the bucket.
    const weights = names.find((name) => name.includes("state-18"))!;
    await openBucket("s3://toys/run").put(weights, "no weights");
    const last = work("last");
    const { code, err } = await last.ended;
    expect(code, err).toBe(0);
    expect(last.log()).toEqual(upTo(20));
    expect(await partial()).toEqual([]);

    const collected = await run("collected", "--resume", "-j", "1", "--store", "s3://toys/run");
    expect(collected.code, collected.err).toBe(0);
    expect(contents(join(scratch, "collected"))).toEqual(contents(join(scratch, "whole")));
    expect(JSON.parse(readFileSync(join(scratch, "collected", "host.json"), "utf8")).sessions).toMatchObject([
      { computed: 0 },
    ]);
  }, 180_000);
});
