import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { machineOf } from "../../src/run/work/hosts.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { contents, hostOf, seesProcesses, start, workersOf } from "./processes.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-work-"));
const folder = (name: string) => join(scratch, name);
const whole: Record<string, string> = {};
beforeAll(async () => {
  const { code } = await masque(["run", "toy", ...PLUGINS, "--out", folder("whole"), "--quiet", "-j", "1"]);
  expect(code).toBe(0);
  Object.assign(whole, contents(folder("whole")));
}, 120_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const prepare = async (at: string, ...more: string[]) => {
  const { code, err } = await masque(["run", "toy", ...more, ...PLUGINS, "--out", at, "--prepare"]);
  expect(code, err).toBe(0);
  return err;
};
const collect = async (at: string, ...more: string[]) => {
  const { code, err } = await masque(["run", "toy", ...more, ...PLUGINS, "--out", at, "--resume", "-j", "1"]);
  expect(code, err).toBe(0);
};
async function withEnv<T>(env: Record<string, string>, act: () => Promise<T>): Promise<T> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return await act();
  } finally {
    vi.unstubAllEnvs();
  }
}

/** Resolves once a folder has a file of which this holds. */
function appears(place: string, of: (name: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    const look = () => {
      const name = readdirSync(place).find(of);
      if (name === undefined) return;
      watcher.close();
      resolve(name);
    };
    const watcher = watch(place, look);
    look();
  });
}

/** A folder for a training that begins, and waits until it may go on. */
function holding(name: string) {
  const place = folder(name);
  mkdirSync(place);
  return {
    env: { MASQUE_TEST_HOLD: place },
    begun: () => appears(place, (file) => file === "begun"),
    letGo: () => writeFileSync(join(place, "go"), ""),
  };
}

interface HostFile {
  readonly worker: string;
  readonly outcome: string;
  readonly computed?: number;
  readonly deaths: readonly { readonly label: string; readonly reason: string }[];
}
const hosts = (at: string): HostFile[] =>
  readdirSync(join(at, "hosts")).map((name) => JSON.parse(readFileSync(join(at, "hosts", name), "utf8")));
const labelOf = (at: string, cell: string) => JSON.parse(readFileSync(join(at, "cells", cell), "utf8")).label as string;

describe.skipIf(!seesProcesses)("workers on one folder", () => {
  it("one killed and one stopped in a training, a finished cell removed: the third ends in the same bytes", async () => {
    const at = folder("proof");
    const said = await prepare(at);
    expect(said).toContain(`masque work ${at} --plugins`);
    expect(readdirSync(join(at, "cells"))).toEqual([]);

    const args = ["work", at, ...PLUGINS, "--lease", "2"];
    const [first, second] = [holding("first"), holding("second")];
    const killed = start(args, first.env);
    const stopped = start(args, second.env);
    await Promise.all([first.begun(), second.begun()]);
    const leases = readdirSync(join(at, "leases")).filter((name) => !name.startsWith("."));
    // Two trainings at once, not one of them twice.
    expect(leases).toHaveLength(2);
    killed.child.kill("SIGKILL");
    expect((await killed.ended).signal).toBe("SIGKILL");
    stopped.child.kill("SIGSTOP");

    let removed = "";
    const third = start(args, {}, (err) => {
      // Its lease was taken over: only now it goes on, with a training that another one makes as well.
      const silent = err.match(/fell silent/g)?.length ?? 0;
      if (silent < 2) return;
      stopped.child.kill("SIGCONT");
      second.letGo();
    });
    // A training that others have built on is removed under way.
    removed = await appears(
      join(at, "cells"),
      (name) => name.endsWith(".json") && labelOf(at, name).startsWith("train meek"),
    );
    rmSync(join(at, "cells", removed));
    const [{ code, err }, late] = await Promise.all([third.ended, stopped.ended]);
    expect(code, err).toBe(0);
    expect(late.code, late.err).toBe(0);
    expect(err).toMatch(/train \S+ run \d .*: worker \S+ fell silent on it \(1 so far\)/);
    expect(readdirSync(join(at, "cells")).filter((name) => name.endsWith(".json"))).toHaveLength(88);
    expect(existsSync(join(at, "leases"))).toBe(false);
    expect(
      hosts(at)
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(["finished", "finished", "running"]);
    expect(hosts(at).flatMap(({ deaths }) => deaths)).toHaveLength(2);

    await collect(at);
    expect(contents(at)).toEqual(whole);
    expect(hostOf(at).sessions).toMatchObject([{ outcome: "finished", computed: 0, reused: 88 }]);
    expect(workersOf(at)).toEqual([]);
  }, 60_000);

  it("SIGTERM, and a limit of seconds: leases are released, nothing is lost, exit code 0", async () => {
    const at = folder("terminated");
    await prepare(at);
    const hold = holding("held");
    const one = start(["work", at, ...PLUGINS], hold.env);
    await hold.begun();
    // A scheduler signals every process of a job.
    for (const { pid } of workersOf(at)) process.kill(pid, "SIGTERM");
    one.child.kill("SIGTERM");
    const { code, err } = await one.ended;
    expect(code, err).toBe(0);
    expect(err).toMatch(/stopped after \d+ cells, leases released/);
    expect(existsSync(join(at, "leases"))).toBe(false);
    expect(hosts(at)).toMatchObject([{ outcome: "interrupted", deaths: [] }]);
    const limited = await withEnv(hold.env, () => masque(["work", at, ...PLUGINS, "--max-seconds", "2", "-j", "2"]));
    expect(limited.code, limited.err).toBe(0);
    expect(readdirSync(at)).not.toContain("leases");
    expect(workersOf(at)).toEqual([]);
  });
});

describe("a cell that fails", () => {
  it("is given up at the third death, with its last words; all others are computed; --retry tries again", async () => {
    const at = folder("deadly");
    const settings = ["portfolio=[none, { baseline: toy-learner, budget: 1000, conditioned: true }]"];
    await prepare(at, ...settings);
    const { code, err } = await withEnv({ MASQUE_TEST_KILL: "1" }, () => masque(["work", at, ...PLUGINS]));
    expect(code).toBe(1);
    expect(err).toMatch(/^masque: train toy-learner run 1 3 levels is given up: its process was killed by SIGKILL$/m);
    expect(err).toMatch(/^8 more cells wait for these\. Mend the cause, then: masque work \S+ --retry$/m);
    expect(readdirSync(join(at, "cells"))).toHaveLength(34 - 1 - 8);
    const [{ deaths, outcome }] = hosts(at);
    expect({ deaths: deaths.length, outcome }).toEqual({ deaths: 3, outcome: "failed" });
    // Given up is given up, for whoever comes.
    const other = await masque(["work", at, ...PLUGINS]);
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining("is given up") });
    const again = await masque(["work", at, ...PLUGINS, "--retry", "-j", "2"]);
    expect(again.code, again.err).toBe(0);
    await collect(at, ...settings);
    expect(readdirSync(at)).not.toContain("failures");
  });

  it("of its own doing is not tried again", async () => {
    const at = folder("throwing");
    await prepare(at);
    const { code, err } = await withEnv({ MASQUE_TEST_FAIL: "0" }, () => masque(["work", at, ...PLUGINS]));
    expect(code).toBe(1);
    expect(err).toMatch(/^masque: train \S+ run 0 .* is given up: train \S+ run 0 .*: could not learn$/m);
    expect(hosts(at)).toMatchObject([{ deaths: [] }]);
    // Who collects tries for himself.
    await collect(at);
    expect(contents(at)).toEqual(whole);
  });
});

it("a damaged training is made anew before anything builds on it", async () => {
  const at = folder("damaged");
  await prepare(at);
  expect((await masque(["work", at, ...PLUGINS])).code).toBe(0);
  for (const name of readdirSync(join(at, "cells"))) {
    if (!labelOf(at, name).startsWith("train")) rmSync(join(at, "cells", name));
  }
  const weights = readdirSync(join(at, "policies")).filter((name) => name.endsWith(".safetensors"));
  writeFileSync(join(at, "policies", weights[0]), "");
  const { code, err } = await masque(["work", at, ...PLUGINS]);
  expect(code, err).toBe(0);
  expect(err.match(/It is computed again/g)).toHaveLength(1);
  await collect(at);
  expect(contents(at)).toEqual(whole);
});

it("leftover files of other machines are swept once they are old, younger ones are left", async () => {
  const at = folder("swept");
  await prepare(at);
  const left = ["cells/.a.00000000-1-0.tmp", "policies/.b.00000000-1-1.tmp"].map((name) => join(at, name));
  const young = join(at, "cells/.c.00000000-1-2.tmp");
  for (const path of [...left, young]) writeFileSync(path, "{");
  for (const path of left) utimesSync(path, 1e9, 1e9);
  expect((await masque(["work", at, ...PLUGINS])).code).toBe(0);
  expect(left.filter(existsSync)).toEqual([]);
  expect(existsSync(young)).toBe(true);
  // Once all is collected, nobody writes anything for longer than moments.
  const minutes = Date.now() / 1000 - 120;
  utimesSync(young, minutes, minutes);
  await collect(at);
  expect(contents(at)).toEqual(whole);
});

describe("who computed what", () => {
  const other = { node: "v99.0.0", platform: "linux", arch: "sparc", cpu: "Other", cores: 1 };
  const plant = (at: string, name: string, cpuSeconds: object) => {
    mkdirSync(join(at, "hosts"), { recursive: true });
    writeFileSync(join(at, "hosts", `${name}.json`), JSON.stringify({ worker: name, ...other, cpuSeconds }));
  };

  it("a run was made where it was trained, not where it was collected", async () => {
    const at = folder("made");
    await prepare(at);
    expect(machineOf(at)).toMatchObject({ arch: process.arch });
    plant(at, "far", { train: { "toy-learner": 1000 }, test: { none: 1 } });
    writeFileSync(join(at, "hosts", "damaged.json"), "{");
    expect((await masque(["work", at, ...PLUGINS])).code).toBe(0);
    await collect(at);
    expect(machineOf(at)).toEqual({ node: "v99.0.0", platform: "linux", arch: "sparc" });
    const report = join(at, "with-hosts.html");
    expect((await masque(["report", at, "--host", "--out", report, ...PLUGINS])).code).toBe(0);
    expect(readFileSync(report, "utf8")).toContain("v99.0.0");
  });

  it("the backend node trains on one kind of machine; wasm on any", async () => {
    const at = folder("mixed");
    const settings = ["backend=node", "portfolio=[none, { baseline: toy-learner, budget: 1000 }]"];
    await prepare(at, ...settings);
    plant(at, "far", {});
    const before = readdirSync(join(at, "hosts"));
    for (const args of [
      ["work", at],
      ["run", "toy", ...settings, "--out", at, "--resume"],
    ]) {
      const { code, err } = await masque([...args, ...PLUGINS]);
      expect(code, err).toBe(2);
      expect(err).toMatch(/backend: node.*expected linux sparc \(Other\).*backend: wasm/);
    }
    expect(readdirSync(join(at, "hosts"))).toEqual(before);
    rmSync(join(at, "hosts", "far.json"));
    expect((await masque(["work", at, ...PLUGINS])).code).toBe(0);
    // Once all is trained, anybody may collect.
    plant(at, "far", {});
    await collect(at, ...settings);
  });
});

it("wrong input ends with 2 and leaves everything as it was", async () => {
  const before = contents(folder("whole"));
  for (const args of [
    ["work", join(scratch, "nowhere")],
    ["work", folder("whole"), "--lease", "0"],
    ["work", folder("whole"), "-j", "many"],
    ["cell", folder("whole"), "--stage", "test", "--index", "5-2"],
    ["cell", folder("whole"), "--stage", "test", "--index", "1-2-3"],
    ["cell", folder("whole"), "--stage", "test", "--index", "0-999"],
  ]) {
    const { code, out, err } = await masque([...args, ...PLUGINS]);
    expect({ code, out }, args.join(" ")).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^masque: /);
  }
  expect(existsSync(join(scratch, "nowhere"))).toBe(false);
  expect(contents(folder("whole"))).toEqual(before);
  expect(readdirSync(folder("whole"))).not.toContain("hosts");
});

it("a training that was given up and is there after all holds nobody up", async () => {
  const at = folder("late");
  cpSync(folder("whole"), at, { recursive: true });
  mkdirSync(join(at, "failures"));
  const labels = readdirSync(join(at, "cells")).map((name) => {
    const { label } = JSON.parse(readFileSync(join(at, "cells", name), "utf8")) as { label: string };
    return { name, label, stage: label.split(" ")[0], attack: label.split(" ")[1] };
  });
  const trained = labels.filter(({ stage }) => stage === "train").map(({ attack }) => attack);
  // All that is missing builds on such a training.
  for (const { name, label, stage, attack } of labels) {
    const failure = { label, deaths: ["fell silent"], reached: 0, givenUp: true };
    if (stage === "train") writeFileSync(join(at, "failures", name), JSON.stringify(failure));
    else if (trained.includes(attack)) rmSync(join(at, "cells", name));
  }
  const { code, err } = await masque(["work", at, "-j", "1", ...PLUGINS]);
  expect(code, err).toBe(0);
  expect(readdirSync(join(at, "cells"))).toEqual(readdirSync(join(folder("whole"), "cells")));
}, 60_000);

it("masque cell takes ranges", async () => {
  const at = folder("ranges");
  await prepare(at);
  for (const [stage, most] of [
    ["train", 7],
    ["select", 39],
    ["test", 39],
  ] as const) {
    const { code, err } = await masque(["cell", at, "--stage", stage, "--index", `0-${most}`, ...PLUGINS]);
    expect(code, err).toBe(0);
    expect(err.match(/: done$/gm)).toHaveLength(most + 1);
  }
  await collect(at);
  expect(contents(at)).toEqual(whole);
  expect(hosts(at)).toHaveLength(3);
});
