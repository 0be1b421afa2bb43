import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, watch, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { shown } from "../../src/run/queue/bullmq.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { contents, hostOf, start } from "./processes.ts";

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

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Resolves when a file is there. */
const appears = (folder: string, name: string): Promise<void> =>
  new Promise((resolve) => {
    const watcher = watch(folder, () => look());
    const look = () => {
      if (!existsSync(join(folder, name))) return;
      watcher.close();
      resolve();
    };
    look();
  });

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
      const port = await freePort();
      const place = join(scratch, "redis");
      mkdirSync(place);
      const redis = () => {
        const options = ["--port", String(port), "--bind", "127.0.0.1", "--dir", place, "--requirepass", PASSWORD];
        const child = spawn(
          "redis-server",
          [...options, "--appendonly", "yes", "--appendfsync", "always", "--save", ""],
          {
            stdio: "ignore",
          },
        );
        running.push(child);
        return child;
      };
      const address = `redis://:${PASSWORD}@127.0.0.1:${port}`;
      const first = redis();
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
      redis();
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
      const port = await freePort();
      const place = join(scratch, "redis-2");
      mkdirSync(place);
      const server = spawn(
        "redis-server",
        ["--port", String(port), "--bind", "127.0.0.1", "--dir", place, "--save", ""],
        {
          stdio: "ignore",
        },
      );
      running.push(server);
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
  },
);
