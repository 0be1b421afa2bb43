import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../src/data/package.ts";

// A project of one's own that depends on the packed package: what is shipped is all there is.
const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), "masque-package-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const app = join(scratch, "app");
const modules = join(app, "node_modules");
const tsc = join(packageRoot, "node_modules", ".bin", "tsc");
const node = (...args: string[]) => run(process.execPath, args, { cwd: app, env: { ...process.env, NO_COLOR: "1" } });
const masque = (...args: string[]) => node(join(modules, "masque", "bin", "masque.mjs"), ...args);

beforeAll(async () => {
  const staged = join(scratch, "staged");
  mkdirSync(staged);
  for (const part of ["package.json", "README.md", "LICENSE", "bin", "templates", "benchmarks", "envs"])
    cpSync(join(packageRoot, part), join(staged, part), { recursive: true });
  await run(tsc, ["-p", join(packageRoot, "tsconfig.build.json"), "--outDir", join(staged, "dist")]);
  await run(process.execPath, [
    join(packageRoot, "bin", "masque.mjs"),
    "playground",
    "--pack",
    join(staged, "dist", "view"),
  ]);
  const { stdout } = await run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", scratch], {
    cwd: staged,
  });
  mkdirSync(modules, { recursive: true });
  await run("tar", ["-xzf", join(scratch, stdout.trim().split("\n").at(-1)!), "-C", modules]);
  cpSync(join(modules, "package"), join(modules, "masque"), { recursive: true });
  rmSync(join(modules, "package"), { recursive: true });
  // What npm would install beside it, and what one needs for TypeScript of one's own.
  for (const name of readdirSync(join(packageRoot, "node_modules")))
    if (!name.startsWith(".")) symlinkSync(join(packageRoot, "node_modules", name), join(modules, name));
  writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
}, 120_000);

describe("the packed package", () => {
  it("holds no sources but those of environments and templates, and no test", () => {
    const files = readdirSync(join(modules, "masque"), { recursive: true, encoding: "utf8" });
    const sources = files.filter((name) => /\.ts$/.test(name) && !name.endsWith(".d.ts"));
    expect(sources.filter((name) => !/^(envs|templates)\//.test(name))).toEqual([]);
    expect(files.filter((name) => /test\.|node_modules/.test(name))).toEqual([]);
  });

  it("writes pages to play with, without a bundler", async () => {
    const { stdout } = await masque("playground", "covert-wire", "swarm-flood", "--out", "pages/playground.html");
    expect(stdout).toMatch(/2 environments, \d+ kB/);
    await masque("replay", "covert-wire", "falseAlarm=0.3", "--attack", "typical", "--out", "pages/replay.html");
    for (const file of ["playground", "replay"]) {
      const page = readFileSync(join(app, "pages", `${file}.html`), "utf8");
      expect(page).toContain("Content-Security-Policy");
      expect(page).toContain('"name":"covert-wire","environment"'); // the reference entry, which the package has not
      expect(page.includes("swarm-flood-v0")).toBe(file === "playground");
    }
    rmSync(join(app, "pages"), { recursive: true });
  });

  it("makes a new environment and a new baseline that type-check against what is shipped", async () => {
    await masque("new", "environment", "tag");
    await masque("new", "environment", "my-wire", "--from", "covert-wire");
    await masque("new", "baseline", "reinforce");
    expect(readdirSync(app).sort()).toEqual(["baselines", "envs", "node_modules", "package.json"]);
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--skipLibCheck"];
    const extensions = ["--allowImportingTsExtensions", "--types", ""];
    const files = ["envs/tag/env.ts", "envs/tag/policies.ts", "envs/tag/theory.ts", "envs/my-wire/env.ts"];
    await run(tsc, [...options, ...extensions, ...files, "envs/my-wire/policies.ts", "baselines/reinforce.ts"], {
      cwd: app,
    });
    // And a misspelling does not.
    const policies = join(app, "envs", "tag", "policies.ts");
    const text = readFileSync(policies, "utf8");
    writeFileSync(policies, text.replace("at.time", "at.tme"));
    await expect(run(tsc, [...options, ...extensions, ...files, policies], { cwd: app })).rejects.toMatchObject({
      stdout: expect.stringMatching(/Property 'tme' does not exist/),
    });
    writeFileSync(policies, text);
  });

  it("holds them to conformance", async () => {
    const script = `
      import { conformance } from "masque/testing";
      import env from "./envs/tag/env.ts";
      import policies from "./envs/tag/policies.ts";
      const found = conformance(env, { policies, params: [{}, { steps: 1 }, { vigilance: 1 }] });
      console.log(JSON.stringify([found.length, found.filter(({ error }) => error)]));
    `;
    writeFileSync(join(app, "check.ts"), script);
    const { stdout } = await node("--import", "tsx", "check.ts");
    const [checks, errors] = JSON.parse(stdout);
    expect(checks).toBeGreaterThan(50);
    expect(errors).toEqual([]);
  });

  it("gives a frontier from the benchmark file beside the environment, by a baseline of one's own", async () => {
    const small = ["seeds.runs=2", "episodes={ select: 8, test: 16 }", "-j1", "--quiet"];
    const portfolio = "portfolio=[none, scripted, { baseline: reinforce, budget: 12800, conditioned: true }]";
    await masque("run", "tag", portfolio, "check.levels=0", ...small, "--plugins", ".", "--out", "runs/tag");
    const frontier = JSON.parse(readFileSync(join(app, "runs", "tag", "frontier.json"), "utf8"));
    expect(frontier.points).toHaveLength(7);
    const [open, , , , , , closed] = frontier.points;
    expect(open.security.mean).toBe(0);
    expect(closed.security.mean).toBe(1);
    expect(Object.keys(open.attacks)).toEqual(["none", "grab", "timid", "reinforce"]);
  });
});

// A policy that, where it is confined, tries what a stranger's might, and says so by failing.
const NOSY = `
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { createConnection } from "node:net";
import { Worker } from "node:worker_threads";
import { exp } from "masque/numeric";
const tries = {
  read: () => readFileSync(KEY),
  list: () => readdirSync(OUTSIDE),
  write: () => writeFileSync(OUTSIDE + "/written", "x"),
  deface: () => writeFileSync(BOARD + "/keepers.json", "{}"),
  start: () => execFileSync(process.execPath, ["--version"]),
  follow: () => readFileSync(new URL("link.txt", import.meta.url)),
  secret: () => { if (process.env.MY_TOKEN === undefined) throw new Error("not told"); },
  thread: () => new Worker("0", { eval: true }),
};
if (process.env.MASQUE_CONFINED) {
  for (const [name, attempt] of Object.entries(tries)) {
    let done = false;
    try { attempt(); done = true; } catch {}
    if (done) throw new Error("escaped: " + name);
  }
  console.log("nothing to see");
  const socket = createConnection(PORT, "127.0.0.1");
  socket.on("error", () => {}).unref();
}
export default { defences: { nosy: { summary: "never watches the pool", roles: { monitor: () => ({
  act({ rows, actions }: { rows: number; actions: Int32Array }) { for (let row = 0; row < rows; row++) actions[row] = exp(0); },
}) } } } };
`;

const other = process.env.MASQUE_OTHER_NODE;
const title = "verifies an author's code where it can read no key, write nothing and call nobody";
if (other === undefined) it.skip(`${title}: skipped, MASQUE_OTHER_NODE names no second node binary`, () => {});
else
  it(`${title}`, async () => {
    let calls = 0;
    const server = createServer((socket) => {
      calls++;
      socket.destroy();
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const { port } = server.address() as AddressInfo;
    const project = join(scratch, "board");
    const keys = join(scratch, "keys");
    for (const folder of ["policies/low-and-slow", "benchmarks/tracks"])
      mkdirSync(join(project, folder), { recursive: true });
    mkdirSync(keys);
    const places = { KEY: join(keys, "keeper.pem"), OUTSIDE: keys, BOARD: join(project, "entries") };
    const words = { ...Object.fromEntries(Object.entries(places).map(([k, v]) => [k, JSON.stringify(v)])), PORT: port };
    const code = Object.entries(words).reduce((text, [name, value]) => text.replaceAll(name, String(value)), NOSY);
    writeFileSync(join(project, "policies/low-and-slow/nosy.ts"), code);
    writeFileSync(join(keys, "other.txt"), "x");
    symlinkSync(join(keys, "other.txt"), join(project, "policies/low-and-slow/link.txt"));
    const params = "{ streams: 16, leakers: 4, steps: 40, sweep: 4 }";
    writeFileSync(
      join(project, "benchmarks/tracks/small.yaml"),
      `schema: 1\ntrack: small\nquestion: Who leaks?\nenvironment: { id: low-and-slow-v0, params: ${params} }\n` +
        "rules: { dials: [budget, pooling], levels: 8, training: 1_000_000, weights: 100_000 }\n" +
        "portfolio: [none, random]\nseeds: { runs: 2 }\nepisodes: { select: 4, test: 8 }\n",
    );
    writeFileSync(
      join(project, "mine.yaml"),
      "schema: 1\nname: mine\ntrack: small\ndefence:\n  knobs: { budget: [0.05, 0.2], pooling: 0.5 }\n  policy: nosy\n",
    );
    const bin = join(modules, "masque", "bin", "masque.mjs");
    const type = (...words: string[]) =>
      run(other, [bin, ...words], { cwd: project, env: { ...process.env, NO_COLOR: "1", MY_TOKEN: "x" } });
    await type("run", "mine.yaml", "--out", "runs/mine", "--plugins", ".", "--quiet", "-j1");
    await type("submit", "runs/mine", "--out", "entries/mine", "--author", "me", "--plugins", ".");
    await type("leaderboard", "keeper", "entries", "--key", places.KEY, "--name", "Keeper");
    const verify = ["leaderboard", "verify", "entries", "--key", places.KEY, "--plugins", ".", "--quiet"];
    await expect(type(...verify)).rejects.toMatchObject({ stderr: expect.stringContaining("--run-code executes it") });
    calls = 0; // the author's own machine calls
    const { stdout, stderr } = await type(...verify, "--run-code");
    server.close();
    expect(stderr).toBe("");
    expect(stdout).toMatch(/"mine" is verified: .* score 0\.\d+ on its track .*\nSigned by Keeper\./);
    expect(readdirSync(keys)).toEqual(["keeper.pem", "other.txt"]);
    expect(JSON.parse(readFileSync(join(project, "entries/mine/records.json"), "utf8")).records).toHaveLength(1);
    const { status } = spawnSync("unshare", ["-rn", "true"]);
    if (status === 0) expect(calls).toBe(0);
  }, 120_000);
