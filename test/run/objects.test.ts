import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { openRegistry } from "../../src/library/registry.ts";
import { savePolicy } from "../../src/policy/checkpoint.ts";
import { openRun } from "../../src/run/folder.ts";
import { type Bucket, openBucket, parseAddress } from "../../src/run/objects/bucket.ts";
import { collectCells } from "../../src/run/objects/collect.ts";
import { bringHosts, bringRun, putRun } from "../../src/run/objects/copy.ts";
import { openObjectLeases } from "../../src/run/objects/leases.ts";
import { probe } from "../../src/run/objects/probe.ts";
import { shareBucket } from "../../src/run/objects/share.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { appears, contents, start } from "./processes.ts";
import { ENV, endStores, hasPackage, hasStore, memory, SECRET, type Store, startStore } from "./stores.ts";

// Leases and the probe are tested everywhere, on a bucket in memory; the rest where a store is (stores.ts).

const scratch = mkdtempSync(join(tmpdir(), "masque-objects-"));
const running: ChildProcess[] = [];
afterAll(() => {
  endStores();
  for (const child of running) child.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
});
afterEach(() => vi.useRealTimers());

describe("an address", () => {
  it("is a bucket and a prefix", () => {
    expect(parseAddress("s3://lab-runs/me/ten runs/")).toEqual({
      ...{ bucket: "lab-runs", prefix: "me/ten runs", place: "s3://lab-runs/me/ten runs" },
    });
  });
  it.each([
    "s3://bucket",
    "s3://bucket/",
    "s3://b/../x",
    "https://bucket/x",
    "s3://KEY:SECRET@bucket/x",
    "s3://bucket/a//b",
    "s3://bucket/a?b",
  ])("is refused where it is none, and not repeated: %s", (address) =>
    expect(() => parseAddress(address)).toThrow(/^--store: expected s3:\/\/BUCKET\/PREFIX(?!.*SECRET@)/),
  );
});

describe("the probe", () => {
  it("leaves nothing behind where conditions are heeded", async () => {
    const { bucket, objects } = memory();
    await probe(bucket, "me");
    expect(objects.size).toBe(0);
  });
  it.each([
    ["If-None-Match", ["etag"]],
    ["If-Match", ["absent"]],
  ])("refuses a service that does not know %s, and leaves nothing behind", async (what, heed) => {
    const { bucket, objects } = memory({ heed });
    await expect(probe(bucket, "me")).rejects.toThrow(new RegExp(`does not hold .${what}.*could overwrite each other`));
    expect(objects.size).toBe(0);
  });
});

it("the probe refuses a service whose listings are not dated: no lease would last there", async () => {
  const { bucket } = memory();
  const list = bucket.list.bind(bucket);
  const undated: Bucket = {
    ...bucket,
    async list(folder) {
      const { objects, now } = await list(folder);
      return { now, objects: new Map([...objects].map(([key, told]) => [key, { ...told, modified: Number.NaN }])) };
    },
  };
  await expect(probe(undated, "me")).rejects.toThrow(/does not hold a clock/);
  await openObjectLeases(undated, "a", 60).take("unit");
  expect(await openObjectLeases(undated, "b", 60).take("unit")).toBeUndefined();
});

describe("a run in a bucket", () => {
  const prepare = async (name: string, ...more: string[]) => {
    savePolicy(join(scratch, "open"), {
      ...{ format: 1, kind: "mlp", environment: "toy-v0", role: "keeper", baseline: "hand", obsSize: 1 },
      action: { kind: "discrete", n: 2, start: 0 },
      ...{ hidden: [], activation: "tanh", conditioned: false, joint: false, greedy: false, extra: {} },
      tensors: {
        w0: { shape: [1, 2], data: new Float32Array(2) },
        b0: { shape: [2], data: Float32Array.of(3, 0) },
      },
    });
    const file = join(scratch, `${name}.yaml`);
    const learned = {
      baseline: "cem",
      budget: 1000,
      lambda: [0.5, 1e-7, 2],
      from: "open",
      attacker: "none",
      rounds: 1,
    };
    const whole = { schema: 1, name, environment: { id: "toy-v0" }, defence: { learned }, portfolio: ["scripted"] };
    writeFileSync(file, JSON.stringify(whole));
    const { code, err } = await masque(["run", file, ...PLUGINS, "--out", join(scratch, name), "--prepare", ...more]);
    expect(code, err).toBe(0);
    return join(scratch, name);
  };

  it("has all that learners start from, whatever λ they are named by", async () => {
    const { bucket } = memory();
    const [folder, other] = [await prepare("starts"), join(scratch, "starts-worker")];
    await putRun(bucket, folder);
    await bringRun(bucket, other);
    expect(readdirSync(join(other, "policies"))).toEqual(readdirSync(join(folder, "policies")));
    expect(readdirSync(join(other, "policies"))).toHaveLength(6);
    await openRun(other, openRegistry([PLUGINS[1]]));
  });

  it("is refused where another came there first, between looking and writing", async () => {
    const { bucket } = memory();
    const [folder, first] = [await prepare("second"), await prepare("first")];
    const put = bucket.put.bind(bucket);
    bucket.put = async (key, data, condition) => {
      if (key === "manifest.json") await put(key, readFileSync(join(first, key)));
      return put(key, data, condition);
    };
    await expect(putRun(bucket, folder)).rejects.toThrow(/holds another run/);
  });

  it("gives no cell that is larger than one of its kind can be", async () => {
    const { bucket, objects } = memory();
    const folder = await prepare("large");
    await putRun(bucket, folder);
    const run = await openRun(folder, openRegistry([PLUGINS[1]]));
    const kinds = ["defend", "test"].map((stage) => run.plan.cells.find((cell) => cell.stage === stage)!);
    for (const { hash } of kinds)
      objects.set(`cells/${hash}.json`, { bytes: new Uint8Array(1.2 * 2 ** 20), etag: '"x"', modified: 0 });
    await collectCells(bucket, run);
    expect(readdirSync(join(folder, "cells"))).toEqual([]);
  });

  it("is worked on beside files of strangers that are too large to be anything", async () => {
    const { bucket, objects } = memory();
    const folder = await prepare("strangers");
    await putRun(bucket, folder);
    const huge = { bytes: new Uint8Array((1 << 24) + 1), etag: '"x"', modified: 0 };
    objects.set(`failures/${"0".repeat(64)}.json`, huge);
    objects.set("hosts/stranger.json", huge);
    const get = vi.spyOn(bucket, "get");
    const run = await openRun(folder, openRegistry([PLUGINS[1]]));
    await bringHosts(bucket, folder);
    const shared = await shareBucket(bucket)(run, { worker: "me", lease: 60 });
    await shared.close();
    expect(get).not.toHaveBeenCalled();
  });
});

describe("a lease on objects", () => {
  it("is one worker's until it is released, and then whoever's takes it", async () => {
    const { bucket } = memory();
    const [a, b] = [openObjectLeases(bucket, "a", 60), openObjectLeases(bucket, "b", 60)];
    const lease = (await a.take("unit"))!;
    expect(lease).toMatchObject({ used: false });
    expect(await b.take("unit")).toBeUndefined();
    expect([...(await b.held())]).toEqual(["unit"]);
    await lease.release();
    const next = (await b.take("unit"))!;
    // Somebody had it: what it is about may be done.
    expect(next).toMatchObject({ used: true });
    expect(next.leftBy).toBeUndefined();
    await Promise.all([a.close(), b.close()]);
    expect(await openObjectLeases(bucket, "c", 60).held()).toEqual(new Set());
  });

  it("that nobody renews is taken over once, by the service's clock; who had it neither renews nor releases it", async () => {
    vi.useFakeTimers({ now: 0 });
    const { bucket, objects, at } = memory();
    const [a, b, c] = ["a", "b", "c"].map((worker) => openObjectLeases(bucket, worker, 60));
    const lost = (await a.take("unit"))!;
    at.now += 59_000;
    expect(await b.take("unit")).toBeUndefined();
    at.now += 2000;
    expect(await b.take("unit")).toMatchObject({ leftBy: "a", used: true });
    expect(await c.take("unit")).toBeUndefined();
    expect(lost.isHeld()).toBe(true);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(lost.isHeld()).toBe(false);
    await lost.release();
    expect(Buffer.from(objects.get("leases/unit")!.bytes).toString()).toMatch(/^b /);
    await Promise.all([a, b, c].map((one) => one.close()));
  });

  it("is renewed four times in the time it lasts, and kept through failures of the service", async () => {
    vi.useFakeTimers();
    const { bucket, at } = memory();
    const [a, b] = [openObjectLeases(bucket, "a", 60), openObjectLeases(bucket, "b", 60)];
    const lease = (await a.take("unit"))!;
    at.now += 59_000;
    await vi.advanceTimersByTimeAsync(15_000);
    at.now += 59_000;
    expect(await b.take("unit")).toBeUndefined();
    const put = vi.spyOn(bucket, "put").mockRejectedValueOnce(new Error("away"));
    await vi.advanceTimersByTimeAsync(15_000);
    expect(put).toHaveBeenCalled();
    expect(lease.isHeld()).toBe(true);
    await lease.release();
    expect(await b.take("unit")).toMatchObject({ used: true });
  });

  it("is taken by one of two that find it left at once", async () => {
    const { bucket, at } = memory();
    await openObjectLeases(bucket, "a", 60).take("unit");
    at.now += 61_000;
    const both = await Promise.all(["b", "c"].map((worker) => openObjectLeases(bucket, worker, 60).take("unit")));
    expect(both.filter((one) => one !== undefined)).toHaveLength(1);
  });
});

const run = (folder: string, ...more: string[]) => ["run", "toy", ...PLUGINS, "--out", join(scratch, folder), ...more];

it.skipIf(hasPackage)("without the package a run says how to install it, and leaves nothing behind", async () => {
  const { code, err } = await masque(run("none", "--prepare", "--store", "s3://bucket/none"));
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/needs the package @aws-sdk\/client-s3.*`npm install @aws-sdk/),
  ]);
  expect(existsSync(join(scratch, "none"))).toBe(false);
});

describe.skipIf(!hasStore)("an object store (skipped where the package or moto_server is not there)", () => {
  let store: Store;
  beforeAll(async () => {
    store = await startStore();
    store.use();
    const whole = await masque(run("whole", "--quiet", "-j", "1"));
    expect(whole.code, whole.err).toBe(0);
  }, 120_000);
  afterAll(() => void vi.unstubAllEnvs());

  const holding = (name: string) => {
    const folder = join(scratch, `holds-${name}`);
    mkdirSync(folder);
    return { folder, env: { MASQUE_TEST_HOLD: folder } };
  };
  const work = (folder: string, place: string, env: Record<string, string> = {}, ...more: string[]) => {
    const started = start(["work", join(scratch, folder), "--store", place, "--lease", "2", ...PLUGINS, ...more], env);
    running.push(started.child);
    return started;
  };
  const keys = async (prefix: string) => [...(await openBucket(`s3://toys/${prefix}`).list("")).objects.keys()];

  it("ends in the bytes of one process, though a worker is killed in mid-training and another stopped past its lease", async () => {
    const place = "s3://toys/proof";
    const prepared = await masque(run("prepared", "--prepare", "--store", place));
    expect(prepared.code, prepared.err).toBe(0);
    expect(prepared.err).toContain(`--store ${place} --plugins`);
    const [first, second] = [holding("first"), holding("second")];
    const killed = work("worker-1", place, first.env);
    const stopped = work("worker-2", place, second.env);
    await Promise.all([appears(first.folder, "begun"), appears(second.folder, "begun")]);
    expect((await keys("proof")).filter((key) => key.startsWith("leases/"))).toHaveLength(2);
    killed.child.kill("SIGKILL");
    expect((await killed.ended).signal).toBe("SIGKILL");
    stopped.child.kill("SIGSTOP");
    const third = start(
      ["work", join(scratch, "worker-3"), "--store", place, "--lease", "2", ...PLUGINS],
      {},
      (err) => {
        if ((err.match(/fell silent/g)?.length ?? 0) < 2) return;
        stopped.child.kill("SIGCONT");
        writeFileSync(join(second.folder, "go"), "");
      },
    );
    running.push(third.child);
    const [{ code, err }, late] = await Promise.all([third.ended, stopped.ended]);
    expect(code, err).toBe(0);
    expect(late.code, late.err).toBe(0);
    expect(err).toMatch(/train \S+ run \d .*: worker \S+ fell silent on it \(1 so far\)/);

    // Collected elsewhere, into a folder that was never there.
    const collected = await masque(run("collected", "--resume", "-j", "1", "--store", place));
    expect(collected.code, collected.err).toBe(0);
    expect(contents(join(scratch, "collected"))).toEqual(contents(join(scratch, "whole")));
    expect(JSON.parse(readFileSync(join(scratch, "collected", "host.json"), "utf8")).sessions).toMatchObject([
      { computed: 0, reused: 88 },
    ]);
    expect(readdirSync(join(scratch, "collected", "hosts"))).toHaveLength(3);
    expect((await keys("proof")).filter((key) => /^(leases|failures|probe)\//.test(key))).toEqual([]);
    const said = [prepared.err, err, late.err, collected.err, collected.out].join("\n");
    expect(said).not.toContain(SECRET);
    expect(said).not.toContain(ENV.AWS_ACCESS_KEY_ID);
  }, 180_000);

  it("computes again what is damaged there, and a worker that comes back with its folder gives what it has", async () => {
    const place = "s3://toys/damaged";
    expect((await masque(run("sent", "--prepare", "--quiet", "--store", place))).code).toBe(0);
    const one = await work("back", place, {}, "-j", "2").ended;
    expect(one.code, one.err).toBe(0);
    const cells = (await keys("damaged")).filter((key) => key.startsWith("cells/"));
    expect(cells).toHaveLength(88);
    const policy = (await keys("damaged")).find((key) => key.endsWith(".safetensors"))!;
    const bucket = openBucket(place);
    // A training's weights, half of them, and all that was played with any.
    for (const key of cells) {
      const found = (await bucket.get(key, 1 << 24))!;
      const { label } = JSON.parse(Buffer.from(found.bytes).toString("utf8")) as { label: string };
      if (!label.startsWith("train")) await bucket.remove(key);
    }
    await bucket.put(policy, "half");
    await bucket.put("cells/nonsense.json", "{");
    await bucket.put("hosts/NO WORKER.json", "{}");
    const other = await work("fresh", place).ended;
    expect(other.code, other.err).toBe(0);
    expect(other.err.match(/It is computed again/g)).toHaveLength(1);
    const again = await work("back", place).ended;
    expect(again.err).toMatch(/computed 0 cells; all are there/);
    const collected = await masque(run("mended", "--resume", "-j", "1", "--quiet", "--store", place));
    expect(collected.code, collected.err).toBe(0);
    expect(contents(join(scratch, "mended"))).toEqual(contents(join(scratch, "whole")));
    expect(readdirSync(join(scratch, "mended", "hosts"))).not.toContain("NO WORKER.json");
  }, 180_000);

  it("SIGTERM releases leases; a cell that throws is given up for all until somebody tries again", async () => {
    const place = "s3://toys/told";
    expect((await masque(run("told", "--prepare", "--quiet", "--store", place))).code).toBe(0);
    const hold = holding("held");
    const leaving = work("leaving", place, hold.env);
    await appears(hold.folder, "begun");
    leaving.child.kill("SIGTERM");
    expect(await leaving.ended).toMatchObject({ code: 0, err: expect.stringContaining("leases released") });
    const failing = await work("failing", place, { MASQUE_TEST_FAIL: "0" }).ended;
    expect(failing.code).toBe(1);
    expect(failing.err).toMatch(/train \S+ run 0 .* is given up: .*could not learn/);
    expect((await work("other", place).ended).code).toBe(1);
    const retry = await work("other", place, {}, "--retry").ended;
    expect(retry.code, retry.err).toBe(0);
  }, 180_000);

  it("refuses in words, and leaves nothing behind: no bucket, no run, another run, nobody there", async () => {
    const refused = async (folder: string, ...args: string[]) => {
      const { code, err } = await masque(args);
      expect(existsSync(join(scratch, folder))).toBe(false);
      expect(err).not.toContain(SECRET);
      return { code, err };
    };
    const prepare = (place: string, ...more: string[]) =>
      refused("refused", ...run("refused", "--prepare", "--store", place, ...more));
    expect(await prepare("s3://nowhere-at-all/x")).toEqual({
      code: 2,
      err: expect.stringMatching(/there is no such bucket.*NoSuchBucket/),
    });
    expect(
      await refused("refused", "work", join(scratch, "refused"), "--store", "s3://toys/nothing", ...PLUGINS),
    ).toEqual({
      code: 2,
      err: expect.stringMatching(/s3:\/\/toys\/nothing holds no run.*--prepare/),
    });
    expect((await masque(run("mine", "--prepare", "--quiet", "--store", "s3://toys/mine"))).code).toBe(0);
    const other = run("refused", "--prepare", "--store", "s3://toys/mine");
    other.splice(2, 0, "seeds.runs=1");
    expect(await refused("refused", ...other)).toEqual({ code: 2, err: expect.stringMatching(/holds another run/) });
    expect(await refused("refused", ...run("refused", "--store", "s3://toys/mine"))).toEqual({
      code: 2,
      err: expect.stringMatching(/goes with --prepare.*--resume/),
    });
    vi.stubEnv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1");
    expect(await prepare("s3://toys/x")).toEqual({
      code: 1,
      err: expect.stringMatching(/cannot be used now: .*ECONNREFUSED/),
    });
    store.use();
  }, 60_000);
});
