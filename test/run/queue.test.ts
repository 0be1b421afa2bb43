import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openRegistry } from "../../src/library/registry.ts";
import { execute } from "../../src/run/execute.ts";
import { openRun } from "../../src/run/folder.ts";
import { queueName, shown } from "../../src/run/queue/bullmq.ts";
import { openQueue } from "../../src/run/queue/driver.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { appears, contents, hostOf, start } from "./processes.ts";

// A queue on Redis, where both packages and redis-server are: npm install --prefix FOLDER bullmq ioredis, then
// NODE_PATH=FOLDER/node_modules; apt-get install --no-install-recommends redis-server.

const scratch = mkdtempSync(join(tmpdir(), "masque-queue-"));
const running: ChildProcess[] = [];
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
});
const hasPackages = (() => {
  try {
    const require = createRequire(import.meta.url);
    return ["bullmq", "ioredis"].every((name) => require.resolve(name));
  } catch {
    return false;
  }
})();
const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;
const PASSWORD = "open-sesame";

describe("an address", () => {
  it("is shown without name and password", () => {
    expect(shown(`redis://me:${PASSWORD}@host:6380/2`)).toBe("redis://host:6380/2");
    expect(shown("rediss://host")).toBe("rediss://host");
  });
  it.each([`:${PASSWORD}@host`, `host:6379?password=${PASSWORD}`, `http://me:${PASSWORD}@host`, "", "redis://"])(
    "is refused where it is none, and not repeated: %s",
    (address) => {
      const message = (() => {
        try {
          return shown(address);
        } catch (error) {
          return (error as Error).message;
        }
      })();
      expect(message).toMatch(/^--queue: expected an address such as redis:/);
      expect(message).not.toContain(PASSWORD);
    },
  );
});

const run = (folder: string, ...more: string[]) => ["run", "toy", ...PLUGINS, "--out", join(scratch, folder), ...more];
it.skipIf(hasPackages)("without BullMQ a run says how to install it, and leaves nothing behind", async () => {
  const { code, err } = await masque(run("none", "--queue", `redis://:${PASSWORD}@localhost:6379`));
  expect([code, err]).toEqual([2, expect.stringMatching(/needs the packages bullmq and ioredis.*`npm install bullmq/)]);
  expect(existsSync(join(scratch, "none"))).toBe(false);
  expect(err).not.toContain(PASSWORD);
});

/** What others use on the same Redis: the very packages. */
const strangers = () => {
  const require = createRequire(import.meta.url);
  return { Redis: require("ioredis"), ...require("bullmq") };
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** A Redis of this test's own. */
async function startRedis(name: string, ...more: string[]) {
  const port = await freePort();
  const place = join(scratch, name);
  mkdirSync(place);
  const start = () => {
    const options = ["--port", String(port), "--bind", "127.0.0.1", "--dir", place, "--save", ""];
    const child = spawn("redis-server", [...options, ...more], { stdio: "ignore" });
    running.push(child);
    return child;
  };
  return { port, start, child: start() };
}

describe.skipIf(!hasPackages || !hasRedis)(
  "a queue (skipped where bullmq, ioredis or redis-server is not there)",
  () => {
    it("refuses what does not answer, in words, and leaves nothing behind", async () => {
      const { code, err } = await masque(run("away", "--queue", `redis://:${PASSWORD}@127.0.0.1:${await freePort()}`));
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(/No Redis is to be used at redis:\/\/127\.0\.0\.1:\d+ \(.*ECONN/),
      ]);
      expect(existsSync(join(scratch, "away"))).toBe(false);
      expect(err).not.toContain(PASSWORD);
    });

    it("ends in the bytes of one process, though a worker and then Redis are killed in mid-training", async () => {
      const whole = await masque(run("whole", "--quiet", "-j", "1"));
      expect(whole.code, whole.err).toBe(0);
      const kept = ["--appendonly", "yes", "--appendfsync", "always"];
      const { port, start: again, child: first } = await startRedis("redis", "--requirepass", PASSWORD, ...kept);
      const address = `redis://:${PASSWORD}@127.0.0.1:${port}`;
      let told = (_: string): void => {};
      const says = (text: string) =>
        new Promise<void>((resolve) => {
          told = (all) => all.includes(text) && resolve();
        });
      const prepared = says("masque work");
      const driver = start(run("queued", "--queue", address), {}, (all) => told(all));
      running.push(driver.child);
      await prepared;
      const holds = (name: string) => {
        const folder = join(scratch, name);
        mkdirSync(folder);
        const args = ["work", join(scratch, "queued"), "--queue", address, "--lease", "2", ...PLUGINS];
        const worker = start(args, { MASQUE_TEST_HOLD: folder });
        running.push(worker.child);
        return { folder, ...worker };
      };
      const doomed = holds("doomed");
      await appears(doomed.folder, "begun");
      doomed.child.kill("SIGKILL");
      expect((await doomed.ended).signal).toBe("SIGKILL");

      const heir = holds("heir");
      await appears(heir.folder, "begun");
      const away = says("is away");
      first.kill("SIGKILL");
      await away;
      const back = says("is back");
      again();
      await back;
      writeFileSync(join(heir.folder, "go"), "");

      const outcome = await driver.ended;
      expect(outcome.code, outcome.err).toBe(0);
      expect(outcome.err).not.toContain("Warning");
      const worked = await heir.ended;
      expect(worked.code, worked.err).toBe(0);
      expect(contents(join(scratch, "queued"))).toEqual(contents(join(scratch, "whole")));
      const [{ deaths }] = hostOf(join(scratch, "queued")).sessions;
      expect(deaths.length).toBeGreaterThanOrEqual(1);
      expect(deaths[0].reason).toMatch(/fell silent/);
      const said = [outcome.out, outcome.err, worked.out, worked.err, JSON.stringify(hostOf(join(scratch, "queued")))];
      expect(said.join("\n")).not.toContain(PASSWORD);
    }, 120_000);

    it("gives a cell back when its worker is told to stop, and says what a cell that throws said", async () => {
      const { port } = await startRedis("redis-2");
      const address = `redis://127.0.0.1:${port}`;
      const driver = start(run("told", "--queue", address));
      running.push(driver.child);
      await appears(scratch, "told");
      await appears(join(scratch, "told"), "manifest.json");
      const args = ["work", join(scratch, "told"), "--queue", address, ...PLUGINS];
      const hold = join(scratch, "told-hold");
      mkdirSync(hold);
      const leaving = start(args, { MASQUE_TEST_HOLD: hold });
      running.push(leaving.child);
      await appears(hold, "begun");
      leaving.child.kill("SIGTERM");
      expect(await leaving.ended).toMatchObject({ code: 0, err: expect.stringContaining("stopped after 0 cells") });

      const failing = start(args, { MASQUE_TEST_FAIL: "0" });
      running.push(failing.child);
      const { code, err } = await driver.ended;
      expect([code, err]).toEqual([1, expect.stringMatching(/train \S+ run 0 .*: could not learn/)]);
      failing.child.kill("SIGTERM");
      expect((await failing.ended).code).toBe(0);
    }, 120_000);

    it("ends at Ctrl-C though Redis is gone for good", async () => {
      const { port, child } = await startRedis("redis-8");
      // Once: a second Ctrl-C ends at once whatever is still to be said.
      let asked = false;
      const driver = start(run("gone", "--queue", `redis://127.0.0.1:${port}`), {}, (all) => {
        if (all.includes("masque work")) child.kill("SIGKILL");
        if (!all.includes("is away") || asked) return;
        asked = true;
        driver.child.kill("SIGINT");
      });
      running.push(driver.child);
      expect(await driver.ended).toMatchObject({
        code: 130,
        err: expect.stringMatching(/Stopped after 0 of 88 cells; they are kept/),
      });
    }, 60_000);

    it("holds whatever strangers put there, and ends in the bytes of one process", async () => {
      const whole = await masque(run("plain", "--quiet", "-j", "1"));
      expect(whole.code, whole.err).toBe(0);
      const { port } = await startRedis("redis-3");
      const address = `redis://127.0.0.1:${port}`;
      const planned = JSON.parse((await masque(run("strange", "--dry-run", "--json"))).out);
      const cells: { hash: string; stage: string }[] = planned.cells;
      const name = queueName(planned.config);
      const { Redis, Queue } = strangers();
      const redis = new Redis(address);
      const queue = new Queue(name, { connection: { url: address } });
      // In the place of its cells: one for next year, one whose data are no JSON, one that is no job; and a job without sense.
      await queue.add("train", { hash: "?" }, { jobId: cells[0].hash, delay: 1e10 });
      await queue.add("train", {}, { jobId: cells[1].hash });
      await queue.add("train", {}, { jobId: "damaged" });
      for (const id of [cells[1].hash, "damaged"]) await redis.hset(`bull:${name}:${id}`, "data", "{");
      await redis.rpush(`bull:${name}:wait`, "nobody-knows");
      await queue.add("train", { version: "0.0.9", hash: "f".repeat(64) }, { jobId: "older" });

      let told = (_: string): void => {};
      const prepared = new Promise<void>((resolve) => {
        told = (all) => all.includes("masque work") && resolve();
      });
      const driver = start(run("strange", "--queue", address), {}, (all) => told(all));
      running.push(driver.child);
      await prepared;
      const events = ["XADD", `bull:${name}:events`, "*", "event", "completed", "jobId", cells[2].hash, "returnvalue"];
      await redis.call(...events, "{");
      await redis.call(...events, '{"kind":"done","cpuSeconds":-1}');
      const worker = start(["work", join(scratch, "strange"), "--queue", address, ...PLUGINS]);
      running.push(worker.child);
      const [outcome, worked] = await Promise.all([driver.ended, worker.ended]);
      expect(outcome.code, outcome.err).toBe(0);
      expect(worked.code, worked.err).toBe(0);
      expect(contents(join(scratch, "strange"))).toEqual(contents(join(scratch, "plain")));
      await queue.close();
      redis.disconnect();
    }, 120_000);

    describe("that leads nowhere", () => {
      const patience = { answer: 500, say: 240, end: 1200 };
      const prepared = async (folder: string) => {
        expect((await masque(run(folder, "--prepare", "--quiet"))).code).toBe(0);
        const found = await openRun(join(scratch, folder), openRegistry([PLUGINS[1]]));
        const before = contents(join(scratch, folder));
        return { found, isUnharmed: () => expect(contents(join(scratch, folder))).toEqual(before) };
      };
      /** Drives a run by a queue until it gives up; returns what it said. */
      const drive = async (
        found: Awaited<ReturnType<typeof openRun>>,
        port: number,
        onNote?: (text: string) => void,
      ) => {
        let said = "";
        const onOutput = (text: string) => {
          said += text;
          onNote?.(text);
        };
        const queue = await openQueue(`redis://127.0.0.1:${port}`, found.benchmark.hash, patience);
        const driven = execute(found, { jobs: 3, executor: queue.executor, onOutput });
        const error: Error = await driven.then(
          () => new Error("it ended well"),
          (cause) => cause,
        );
        await queue.close();
        return { said, name: error.name, message: error.message };
      };

      it.each<[string, (text: string) => string]>([
        ["says nothing", () => ""],
        ["speaks another language", () => "HTTP/1.1 400 Bad Request\r\n\r\n"],
      ])("is refused where what listens there %s", async (_, answer) => {
        const server = createServer((socket) =>
          socket.on("error", () => {}).on("data", (data) => socket.write(answer(String(data)))),
        );
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as { port: number };
        await expect(openQueue(`redis://127.0.0.1:${port}`, "a".repeat(64), patience)).rejects.toThrow(
          /No Redis is to be used at/,
        );
        server.close();
      });

      it("ends, in words, where it is paused or its workers take nothing", async () => {
        const { port } = await startRedis("redis-4");
        const { found, isUnharmed } = await prepared("idle");
        const { Queue, Worker } = strangers();
        const connection = { url: `redis://127.0.0.1:${port}` };
        const name = queueName(found.benchmark.hash);
        const queue = new Queue(name, { connection });
        await queue.pause();
        const paused = await drive(found, port);
        expect(paused).toMatchObject({
          name: "StorageError",
          said: expect.stringMatching(/3 cells wait in the queue.*it is paused/),
        });
        expect(paused.message).toMatch(/nothing happened: it is paused.*--resume/);
        await queue.resume();
        const worker = new Worker(name, () => Promise.resolve(), { connection, autorun: false });
        await worker.waitUntilReady();
        expect((await drive(found, port)).message).toMatch(/nothing happened: idle workers \(1\) take none/);
        isUnharmed();
        await Promise.all([worker.close(), queue.close()]);
      }, 60_000);

      it("ends, in words, where workers clear a cell away three times and write none", async () => {
        const { port } = await startRedis("redis-5");
        const { found, isUnharmed } = await prepared("liars");
        const { Worker } = strangers();
        const worker = new Worker(queueName(found.benchmark.hash), () => Promise.resolve({ kind: "sorry" }), {
          connection: { url: `redis://127.0.0.1:${port}` },
          concurrency: 10,
        });
        expect((await drive(found, port)).message).toMatch(
          /3 workers died on it; the last one said something that is no outcome/,
        );
        isUnharmed();
        await worker.close();
      }, 60_000);

      it("ends, in words, where Redis hangs for too long, and goes on where it does not", async () => {
        const { port, child } = await startRedis("redis-6");
        const { found, isUnharmed } = await prepared("hung");
        let turns = 0;
        const { said, name, message } = await drive(found, port, (text) => {
          // No worker is there: the driver is at work.
          if (/no worker is there|is back/.test(text)) child.kill("SIGSTOP");
          if (text.includes("is away") && turns++ === 0) child.kill("SIGCONT");
        });
        expect({ name, message }).toEqual({
          name: "StorageError",
          message: expect.stringMatching(/away for 1 seconds.*--resume/),
        });
        expect(said).toMatch(/is away[\s\S]*is back[\s\S]*is away/);
        child.kill("SIGCONT");
        isUnharmed();
      }, 60_000);

      it("ends, in words, where Redis takes nothing", async () => {
        const { port } = await startRedis("redis-7", "--replicaof", "127.0.0.1", "1");
        const { found, isUnharmed } = await prepared("replica");
        const { name, message } = await drive(found, port);
        expect({ name, message }).toEqual({
          name: "StorageError",
          message: expect.stringMatching(/refused what the queue .* needs \(.*READONLY/),
        });
        isUnharmed();
      }, 60_000);
    });
  },
);
