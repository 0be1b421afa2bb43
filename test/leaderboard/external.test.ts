import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeEvidence } from "../../src/leaderboard/bundle.ts";
import { saveEntry } from "../../src/leaderboard/claim.ts";
import { openEntry } from "../../src/leaderboard/open.ts";
import { claimDigest } from "../../src/leaderboard/schema.ts";
import type { PlayResult } from "../../src/run/cell-result.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { registry } from "./forge.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-external-"));
const entries = join(scratch, "entries");
const policy = join(scratch, "climber-two");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const read = (name: string) => JSON.parse(readFileSync(join(entries, name, "entry.json"), "utf8"));
const verify = (name: string) => masque(["verify", join(entries, name), ...PLUGINS, "--quiet"]);
const submit = (...args: string[]) => masque(["submit", ...args, ...PLUGINS, "--quiet"]);

/** Entries that met scripts only: the learned attack, which climbs in a way no script knows, is news to them. */
async function enter(name: string, ...overrides: string[]): Promise<void> {
  const run = join(scratch, `run-${name}`);
  const small = ["portfolio=[none,scripted]", "episodes.test=30", ...overrides];
  expect((await masque(["run", "toy", ...small, ...PLUGINS, "--out", run, "--quiet"])).code).toBe(0);
  expect((await submit(run, "--out", join(entries, name), "--name", name, "--author", "<b>&\"'")).code).toBe(0);
}

beforeAll(async () => {
  await enter("half");
  await enter("finer", "defence.knobs={wall:[0.25,0.75]}", "seeds.root=3");
  await enter("longer", "environment.params.steps=5");
  const trained = await masque(["train", "toy", "--baseline", "toy-learner", "--out", policy, "--quiet", ...PLUGINS]);
  expect(trained.code).toBe(0);
}, 120_000);

describe("a better attack", () => {
  it("lowers the entry it is submitted against and every other of its track, and is kept in them", async () => {
    const before = read("half");
    const longer = readFileSync(join(entries, "longer", "entry.json"), "utf8");
    const { code, out } = await submit(policy, "--against", join(entries, "half"), "--author", "C", "--json");
    expect(code).toBe(0);
    const outcomes = JSON.parse(out);
    expect(outcomes.map(({ folder }: { folder: string }) => folder)).toEqual([
      join(entries, "half"),
      join(entries, "finer"),
    ]);
    for (const { after, before } of outcomes) expect(after).toBeLessThan(before);
    const after = read("half");
    expect(after).toMatchObject({ id: before.id, claim: before.claim });
    expect(after.external.attacks).toMatchObject([{ name: "climber-two", authors: ["C"] }]);
    expect(after.external.result.points[1].security.mean).toBeLessThan(before.claim.result.points[1].security.mean);
    expect(after.external.result.points[1].worstAttack).toBe("climber-two");
    expect(readFileSync(join(entries, "longer", "entry.json"), "utf8")).toBe(longer);
  });

  it("leaves an entry that verifies, its own episodes and those of the attack", async () => {
    const { code, out } = await verify("half");
    expect(out).toMatch(/verified: 48 of 48 evaluation cells/);
    expect(code).toBe(0);
  });

  it("can be followed by another; nothing of the first is lost or left over", async () => {
    const again = await submit(policy, "--against", join(entries, "half"), "--name", "same-again");
    expect(again.code).toBe(0);
    const { external } = read("half");
    expect(external.attacks.map(({ name }: { name: string }) => name)).toEqual(["climber-two", "same-again"]);
    expect(readdirSync(join(entries, "half")).filter((name) => name.startsWith("external"))).toHaveLength(1);
    expect((await verify("half")).code).toBe(0);
    const twice = await submit(policy, "--against", join(entries, "half"));
    expect(twice).toMatchObject({ code: 2, err: expect.stringContaining('two attacks are called "climber-two"') });
  });

  it("meets the others of the track though one of them cannot be opened, which is then unranked", async () => {
    const damaged = join(entries, "damaged");
    cpSync(join(entries, "finer"), damaged, { recursive: true });
    const [cells] = readdirSync(damaged).filter((name) => name.startsWith("cells-"));
    rmSync(join(damaged, cells));
    const { code, out } = await submit(policy, "--against", join(entries, "half"), "--name", "third", "--json");
    expect(code).toBe(0);
    const told = JSON.parse(out).map(({ folder, status }: Record<string, string>) => [folder, status]);
    expect(told).toEqual([
      [join(entries, "half"), "disputed"],
      [damaged, "not attacked"],
      [join(entries, "finer"), expect.stringMatching(/claimed|disputed/)],
    ]);
    rmSync(damaged, { recursive: true });
  });

  it("cannot be made up: its episodes are executed again, its result recomputed", async () => {
    const at = join(scratch, "forged");
    const forge = async (change: (entry: Awaited<ReturnType<typeof openEntry>>, cells: PlayResult[]) => void) => {
      rmSync(at, { recursive: true, force: true });
      cpSync(join(entries, "half"), at, { recursive: true });
      const entry = await openEntry(at, registry);
      const added = new Map([...entry.external!.results].filter(([hash]) => !entry.results.has(hash)));
      change(entry, [...added.values()] as PlayResult[]);
      const { cells } = writeEvidence(at, "external", added, new Map());
      entry.file.external!.evidence = { ...entry.file.external!.evidence, cells };
      saveEntry(at, entry.file);
      return masque(["verify", at, ...PLUGINS, "--quiet", "--retrain", "0"]);
    };
    const lowered = await forge(({ file }) => {
      file.external!.result.points[1].security.mean = 0;
    });
    expect(lowered).toMatchObject({ code: 3, out: expect.stringContaining("results: points.1.security.mean") });
    const traced = await forge((_, cells) => {
      cells[0].trace = "0".repeat(32);
    });
    expect(traced).toMatchObject({ code: 3, out: expect.stringContaining("trace") });
  });
});

describe("the site", () => {
  const site = join(scratch, "site");
  const pages = () => readdirSync(site, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));

  it("has a page of all tracks, the best entry first, and one an entry; links lead somewhere, nothing leads out", async () => {
    const { code, out } = await masque(["leaderboard", "build", entries, "--out", site, ...PLUGINS]);
    expect({ code, out }).toEqual({ code: 0, out: `${join(site, "index.html")}\n` });
    expect(pages().sort()).toEqual(["entries/finer.html", "entries/half.html", "entries/longer.html", "index.html"]);
    for (const name of pages()) {
      const text = readFileSync(join(site, name), "utf8");
      expect(text).not.toMatch(/<b>&"|(src|href)="(https?:|\/)/);
      for (const [, target] of text.matchAll(/href="([^"#:]+)(#[^"]*)?"/g)) {
        expect(existsSync(join(site, name, "..", target))).toBe(true);
      }
    }
    const index = readFileSync(join(site, "index.html"), "utf8");
    const scores = ["half", "finer"].map((name) => read(name).external.result.front.score.mean);
    const [first, second] = scores[0] > scores[1] ? ["half", "finer"] : ["finer", "half"];
    expect(index.indexOf(`entries/${first}.html`)).toBeLessThan(index.indexOf(`entries/${second}.html`));
    const half = readFileSync(join(site, "entries/half.html"), "utf8");
    expect(half).toContain("climber-two");
    expect(half).toContain("What others&#39; attacks left of it");
    expect(half).toContain(read("half").id);
    // Asked too little of, or not yet met by what beats the others: shown, unranked, with the reason.
    expect(index).toContain("not ranked:");
    expect(half).toMatch(/2 runs, at least 5 are asked for.*no random attack; no learned attack/);
    const { file } = await openEntry(join(entries, "half"), registry);
    saveEntry(join(entries, "half"), { ...file, external: undefined, status: "claimed" });
    await masque(["leaderboard", "build", entries, "--out", site, ...PLUGINS]);
    expect(readFileSync(join(site, "entries/half.html"), "utf8")).toContain("not yet attacked by climber-two");
    saveEntry(join(entries, "half"), file);
    await masque(["leaderboard", "build", entries, "--out", site, ...PLUGINS]);
  });

  it("is the same bytes from the same entries, and is built of no entry that its episodes contradict", async () => {
    const before = pages().map((name) => readFileSync(join(site, name), "utf8"));
    await masque(["leaderboard", "build", entries, "--out", site, ...PLUGINS]);
    expect(pages().map((name) => readFileSync(join(site, name), "utf8"))).toEqual(before);
    const bad = join(scratch, "bad");
    cpSync(join(entries, "longer"), join(bad, "x"), { recursive: true });
    cpSync(join(entries, "longer"), join(bad, "y"), { recursive: true });
    const twice = await masque(["leaderboard", "build", bad, "--out", join(scratch, "no"), ...PLUGINS]);
    expect(twice).toMatchObject({ code: 2, err: expect.stringContaining('Two entries are called "longer"') });
    rmSync(join(bad, "y"), { recursive: true });
    const { file } = await openEntry(join(bad, "x"), registry);
    file.claim.result.front.score.mean = 1;
    saveEntry(join(bad, "x"), { ...file, id: claimDigest(file.claim) });
    const forged = await masque(["leaderboard", "build", bad, "--out", join(scratch, "no"), ...PLUGINS]);
    expect(forged).toMatchObject({ code: 3, err: expect.stringContaining("results: front.score.mean") });
    expect(existsSync(join(scratch, "no"))).toBe(false);
    const none = await masque([
      "leaderboard",
      "build",
      join(scratch, "run-half"),
      "--out",
      join(scratch, "no"),
      ...PLUGINS,
    ]);
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining("holds no entries") });
  });
});

it("describes entries by a JSON Schema", async () => {
  const { code, out } = await masque(["leaderboard", "schema"]);
  expect(code).toBe(0);
  const schema = JSON.parse(out);
  expect(schema.required).toEqual(["schema", "id", "status", "claim", "records"]);
  expect(schema.additionalProperties).toBe(false);
});
