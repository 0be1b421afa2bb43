import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
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
      [(await print()).replace("backoffLimitPerIndex", "backoffLimitsPerIndex"), 1],
    ] as const) {
      writeFileSync(file, text);
      const checked = spawnSync(validate, ["--strict", file], { encoding: "utf8" });
      expect(checked.status, checked.stderr).toBe(status);
    }
  });
});

it("the image installs the package and starts masque", () => {
  const text = readFileSync(new URL("../../templates/launch/Containerfile", import.meta.url), "utf8");
  const steps = text.split("\n").filter((line) => /^[A-Z]+ /.test(line));
  expect(steps.map((line) => line.split(" ")[0])).toEqual(["FROM", "ARG", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"]);
  const { bin: commands } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const [entry] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(text)![1]);
  expect(Object.keys(commands)).toContain(entry);
});
