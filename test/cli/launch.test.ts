import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { openBucket } from "../../src/run/objects/bucket.ts";
import { putRun } from "../../src/run/objects/copy.ts";
import { BIN, contents, hostOf, start } from "../run/processes.ts";
import { ENV, endStores, hasStore, SECRET, type Store, startStore } from "../run/stores.ts";
import { masque, PLUGINS } from "./command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-launch-"));
const at = join(scratch, "ten runs");
const bin = join(scratch, "bin");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());
beforeAll(async () => {
  expect((await masque(["run", "toy", ...PLUGINS, "--out", at, "--prepare", "--quiet"])).code).toBe(0);
  mkdirSync(bin);
});

/** A scheduler's command that keeps what it is given, and ends with a code. */
function stand(name: string, code: number): () => string {
  const kept = join(scratch, `${name}.stdin`);
  const text = `#!/bin/sh\necho "$@" > "${kept}.args"\ncat > "${kept}"\necho "submitted by ${name}"\necho "so it says" >&2\nexit ${code}\n`;
  writeFileSync(join(bin, name), text, { mode: 0o755 });
  vi.stubEnv("PATH", `${bin}:${process.env.PATH}`);
  return () => readFileSync(`${kept}.args`, "utf8") + readFileSync(kept, "utf8");
}
const launch = (...args: string[]) => masque(["launch", ...args.slice(0, 1), at, ...PLUGINS, ...args.slice(1)]);

describe("masque launch slurm", () => {
  it("--print shows a script that shells and sbatch understand, and submits nothing", async () => {
    const submitted = stand("sbatch", 0);
    const { code, out } = await launch("slurm", "--workers", "64", "-j", "2", "--print", "--", "--account=mine");
    expect(code).toBe(0);
    expect(out).toContain("\n#SBATCH --array=0-63\n#SBATCH --cpus-per-task=2\n");
    expect(out).toContain(`#SBATCH --output="${at}/hosts/slurm-%A_%a.log"`);
    expect(out).toContain("\n#SBATCH --account=mine\n");
    expect(out).toMatch(/\n#SBATCH --requeue\n/);
    expect(out).not.toContain("{{");
    expect(submitted).toThrow();
    execFileSync("bash", ["-n"], { input: out });
  });

  it("the script is a worker: it computes the run", async () => {
    const { out } = await launch("slurm", "--print");
    // The tests' own environment says how sources are run.
    const { status, stderr } = spawnSync("bash", {
      input: out,
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/computed 88 cells; all are there/);
    const nothing = await launch("slurm");
    expect(nothing).toMatchObject({ code: 0, out: "", err: expect.stringContaining("nothing to launch") });
    rmSync(join(at, "cells"), { recursive: true });
    mkdirSync(join(at, "cells"));
  });

  it("hands it to sbatch, and passes its answer or its refusal on", async () => {
    const submitted = stand("sbatch", 0);
    const { code, out, err } = await launch("slurm", "--workers", "3");
    expect({ code, out }).toEqual({ code: 0, out: "submitted by sbatch\n" });
    expect(err).toMatch(/3 workers .* --resume collects/);
    expect(submitted()).toContain("#SBATCH --array=0-2\n");
    stand("sbatch", 1);
    const refused = await launch("slurm");
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/sbatch refused, exit code 1: so it says/) });
  });

  it("refuses what sbatch, a shell or a worker would misread, before anything is submitted", async () => {
    const submitted = stand("sbatch", 0);
    rmSync(join(scratch, "sbatch.stdin.args"), { force: true });
    for (const [args, why] of [
      [["pbs"], /unknown scheduler "pbs".*slurm/i],
      [["slurm", "--workers", "0"], /--workers: got "0"/],
      [["slurm", "--workers", "1001"], /from 1 to 1000/],
      [["slurm", "--lease", "-1"], /--lease/],
      [["slurm", "--", "--account=a\n#SBATCH --uid=0"], /After --: got/],
      [["slurm", "--", "rm"], /expected sbatch's options/],
      [["slurm", "--template", join(scratch, "no.sh")], /no file/],
      [["k8s", "--path", "/ten"], /--path/],
      [["k8s", "--path", "runs/ten"], /--path/],
      [["k8s", "--store", "s3://lab/r", "--claim", "mine"], /--store .*cannot be used with option '--claim/],
      [["slurm", "--store", "https://KEY:SECRET@lab/r"], /--store: expected s3:\/\/BUCKET\/PREFIX(?!.*SECRET@)/],
    ] as const) {
      const { code, out, err } = await launch(...args);
      expect({ code, out }, args.join(" ")).toEqual({ code: 2, out: "" });
      expect(err).toMatch(why);
    }
    writeFileSync(join(scratch, "mine.sh"), "exec {{masqe}}");
    const mine = await launch("slurm", "--template", join(scratch, "mine.sh"));
    expect(mine).toMatchObject({ code: 2, err: expect.stringMatching(/masqe.*masque/s) });
    expect(submitted).toThrow();
    const strange = join(scratch, "a%b");
    await masque(["run", "toy", ...PLUGINS, "--out", strange, "--prepare", "--quiet"]);
    expect(await masque(["launch", "slurm", strange, ...PLUGINS])).toMatchObject({
      code: 2,
      err: expect.stringContaining('got "%"'),
    });
  });

  it("says what to do where there is no scheduler", async () => {
    vi.stubEnv("PATH", join(scratch, "nothing"));
    const { code, err } = await launch("slurm");
    expect(code).toBe(2);
    expect(err).toMatch(/sbatch could not be started here.*--print shows/);
  });
});

describe("masque launch k8s", () => {
  const print = async (...more: string[]) => {
    const { code, out, err } = await launch("k8s", "--print", ...more);
    expect(code, err).toBe(0);
    return out;
  };

  it("is an Indexed Job that outlives evictions, and ends at wrong input", async () => {
    const image = 'me/masque: "1" # {{x}}';
    const job = parse(await print("--workers", "12", "--image", image, "--path", "/data/lab/ten"));
    const { spec, ...top } = job;
    expect(top).toEqual({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "masque-toy" } });
    expect(spec).toMatchObject({
      ...{ completions: 12, parallelism: 12, completionMode: "Indexed", backoffLimitPerIndex: 5, maxFailedIndexes: 12 },
      podFailurePolicy: {
        rules: [
          { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
          { action: "FailJob", onExitCodes: { containerName: "masque", operator: "In", values: [2] } },
        ],
      },
    });
    // Failure policies are only taken with this one.
    expect(spec.template.spec.restartPolicy).toBe("Never");
    const [container] = spec.template.spec.containers;
    expect(container.image).toBe(image);
    expect(container.command.slice(0, 3)).toEqual(["masque", "work", "/data/lab/ten"]);
    expect(container.volumeMounts).toEqual([{ name: spec.template.spec.volumes[0].name, mountPath: "/data/lab" }]);
  });

  it("names a folder whose name Kubernetes would read as a variable", async () => {
    const job = parse(await print("--path", "/data/$(HOSTNAME)/a$$b"));
    const [container] = job.spec.template.spec.containers;
    expect(container.command[2]).toBe("/data/$$(HOSTNAME)/a$$$$b");
    expect(container.volumeMounts[0].mountPath).toBe("/data/$(HOSTNAME)");
  });

  it("needs no volume where the run is in a store: what opens it is the environment's, out of a secret", async () => {
    for (const name of Object.keys(ENV)) vi.stubEnv(name, SECRET);
    const text = await print("--store", "s3://lab/ten runs/", "--secret", "lab-keys");
    expect(text).not.toContain(SECRET);
    const { containers, volumes } = parse(text).spec.template.spec;
    expect(containers[0]).toMatchObject({
      command: ["masque", "work", "--store", "s3://lab/ten runs", "--jobs", "1", "--lease", "60", ...PLUGINS],
      envFrom: [{ secretRef: { name: "lab-keys", optional: true } }],
      volumeMounts: [],
    });
    expect(volumes).toEqual([]);
    expect(parse(await print()).spec.template.spec.containers[0].envFrom).toEqual([]);
  });

  it("hands it to kubectl with the options behind --", async () => {
    const submitted = stand("kubectl", 0);
    expect((await launch("k8s", "--", "--namespace", "lab")).code).toBe(0);
    expect(submitted()).toMatch(/^create -f - --namespace lab\n# Workers of one run under Kubernetes/);
  });

  // pip install kubernetes-validate
  const validate = process.env.MASQUE_KUBERNETES_VALIDATE ?? "kubernetes-validate";
  it.skipIf(spawnSync(validate, ["--version"]).status !== 0)("is what Kubernetes' schema allows", async () => {
    const file = join(scratch, "job.yaml");
    for (const [text, status] of [
      [await print(), 0],
      [await print("--store", "s3://lab/ten runs"), 0],
      [(await print()).replace("backoffLimitPerIndex", "backoffLimitsPerIndex"), 1],
    ] as const) {
      writeFileSync(file, text);
      const checked = spawnSync(validate, ["--strict", file], { encoding: "utf8" });
      expect(checked.status, checked.stderr).toBe(status);
    }
  });
});

describe.skipIf(!hasStore)("with --store (skipped where the package or moto_server is not there)", () => {
  let store: Store;
  beforeAll(async () => {
    store = await startStore();
  });
  beforeEach(() => store.use());
  afterAll(() => endStores());
  const place = "s3://toys/ten runs";
  const foldersIn = (temporary: string) => readdirSync(temporary).filter((name) => name.startsWith("masque-"));

  it("refuses what workers would, before anything is submitted", async () => {
    const submitted = stand("sbatch", 0);
    rmSync(join(scratch, "sbatch.stdin.args"), { force: true });
    const nothing = await launch("slurm", "--store", "s3://toys/other");
    expect(nothing).toMatchObject({
      code: 2,
      err: expect.stringMatching(/other holds no run\. Make one: .*--prepare/),
    });
    const bucket = openBucket("s3://toys/other");
    await putRun(bucket, at);
    await bucket.put("host.json", JSON.stringify({ sources: "others", sessions: [] }));
    const others = await launch("slurm", "--store", "s3://toys/other");
    expect(others).toMatchObject({ code: 2, err: expect.stringMatching(/the code .* is another/) });
    expect(submitted).toThrow();
  });

  it("workers on nodes that share nothing, as slurm and k8s start them, end in the bytes of one process", async () => {
    await putRun(openBucket(place), at);
    const node = join(scratch, "node");
    mkdirSync(node);
    const submitted = [stand("sbatch", 0), stand("kubectl", 0)];
    for (const scheduler of ["slurm", "k8s"]) {
      const { code, err } = await launch(scheduler, "--store", place);
      expect(code, err).toBe(0);
      expect(err).toContain(`--resume --store '${place}' collects`);
    }
    const [script, job] = submitted.map((read) => read().replace(/^.*\n/, ""));
    for (const text of [script, job]) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(ENV.AWS_ACCESS_KEY_ID);
      // Nodes do not see this machine's folder.
      expect(text).not.toContain(scratch);
    }
    const [container] = parse(job).spec.template.spec.containers;
    writeFileSync(join(bin, "masque"), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, { mode: 0o755 });
    const env = { ...process.env, NODE_OPTIONS: "", TMPDIR: node };
    const workers = await Promise.all([
      ended(spawn("bash", ["-c", script], { env })),
      ended(spawn(container.command[0], container.command.slice(1), { env })),
    ]);
    for (const { code, err } of workers) expect(code, err).toBe(0);
    // Their own folders went with them.
    expect(foldersIn(node)).toEqual([]);
    const again = await launch("slurm", "--store", place);
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining("nothing to launch") });
    const toy = ["run", "toy", ...PLUGINS, "--quiet", "-j", "1", "--out"];
    const collected = await masque([...toy, join(scratch, "collected"), "--resume", "--store", place]);
    expect(collected.code, collected.err).toBe(0);
    expect((await masque([...toy, join(scratch, "whole")])).code).toBe(0);
    expect(contents(join(scratch, "collected"))).toEqual(contents(join(scratch, "whole")));
    expect(hostOf(join(scratch, "collected")).sessions).toMatchObject([{ computed: 0 }]);
  }, 120_000);

  it("a worker without a folder keeps what it has where the store goes away, says where, and hands it in later", async () => {
    const [node, hold] = [join(scratch, "left"), join(scratch, "hold")];
    for (const folder of [node, hold]) mkdirSync(folder);
    const own = await startStore();
    own.use();
    await putRun(openBucket("s3://toys/left"), at);
    const env = { TMPDIR: node, MASQUE_TEST_HOLD: hold };
    const worker = start(["work", "--store", "s3://toys/left", ...PLUGINS], env);
    await new Promise<void>((resolve) => {
      const watcher = watch(hold, () => {
        watcher.close();
        resolve();
      });
    });
    own.kill();
    writeFileSync(join(hold, "go"), "");
    const { code, err } = await worker.ended;
    expect(code, err).toBe(1);
    const [left] = foldersIn(node);
    expect(err).toContain(`What was computed is in ${join(node, left)}: masque work`);
    expect(readdirSync(join(node, left, "cells"))).toHaveLength(1);
    store.use();
    await putRun(openBucket("s3://toys/left"), at);
    const back = await start(["work", join(node, left), "--store", "s3://toys/left", ...PLUGINS]).ended;
    expect(back.code, back.err).toBe(0);
    expect(back.err).toContain("computed 87 cells");
  }, 120_000);

  it("a worker without a folder leaves none where it is refused", async () => {
    const node = join(scratch, "refused");
    mkdirSync(node);
    vi.stubEnv("TMPDIR", node);
    const absent = await masque(["work", "--store", "s3://toys/absent", ...PLUGINS]);
    expect(absent).toMatchObject({ code: 2, err: expect.stringContaining("holds no run") });
    expect(readdirSync(node)).toEqual([]);
    vi.stubEnv("TMPDIR", join(node, "nowhere"));
    const nowhere = await masque(["work", "--store", "s3://toys/absent", ...PLUGINS]);
    expect(nowhere).toMatchObject({ code: 2, err: expect.stringMatching(/Cannot make a folder .*set TMPDIR/) });
  });
});

it("a worker is told of a folder, or of a store", async () => {
  expect(await masque(["work", ...PLUGINS])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/Which run\?.*--store ADDRESS/),
  });
});

/** What a process ends with. */
function ended(child: ChildProcessWithoutNullStreams): Promise<{ code: number | null; err: string }> {
  let err = "";
  child.stdout.resume();
  child.stderr.setEncoding("utf8").on("data", (text) => {
    err += text;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, err })));
}

it("the image installs the package and starts masque", () => {
  const text = readFileSync(new URL("../../templates/launch/Containerfile", import.meta.url), "utf8");
  const steps = text.split("\n").filter((line) => /^[A-Z]+ /.test(line));
  expect(steps.map((line) => line.split(" ")[0])).toEqual(["FROM", "ARG", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"]);
  // What `--store` needs is there.
  expect(text).toMatch(/^ARG more=@aws-sdk\/client-s3$/m);
  expect(text).toMatch(/^RUN npm install --global .*\$more /m);
  const { bin: commands } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const [entry] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(text)![1]);
  expect(Object.keys(commands)).toContain(entry);
});
