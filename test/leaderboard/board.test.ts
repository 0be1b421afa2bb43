import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { canonical } from "../../src/data/canonical.ts";
import { openBoard, saidOf } from "../../src/leaderboard/board.ts";
import { saveEntry } from "../../src/leaderboard/claim.ts";
import { makeKey, readKey, signStatement } from "../../src/leaderboard/keys.ts";
import { openEntry, readEntryFile } from "../../src/leaderboard/open.ts";
import { ranked } from "../../src/leaderboard/ranking.ts";
import { type Claim, claimDigest, type SignedRecord } from "../../src/leaderboard/schema.ts";
import { readStandings } from "../../src/leaderboard/site.ts";
import { rootOf } from "../../src/leaderboard/standing.ts";
import { policyDigest, savePolicy } from "../../src/policy/checkpoint.ts";
import type { PolicyData } from "../../src/policy/data.ts";
import type { PlayResult } from "../../src/run/cell-result.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { forge, registry } from "./forge.ts";

// Keepers draw; a test must not.
let drawn = 0;
vi.mock("../../src/leaderboard/keys.ts", async (original) => ({
  ...(await original<typeof import("../../src/leaderboard/keys.ts")>()),
  drawNumber: () => `drawn-${drawn++}`,
}));

const scratch = mkdtempSync(join(tmpdir(), "masque-board-"));
const key = join(scratch, "keeper.pem");
/** Entries as they were submitted: boards are made of copies. */
const made = join(scratch, "made");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const run = (...args: string[]) => masque([...args, ...PLUGINS, "--quiet"]);

/** Measures and submits a benchmark, by the name of an entry, into `made`. */
async function enter(name: string, benchmark: object, ...overrides: string[]): Promise<void> {
  const file = join(scratch, `${name}.yaml`);
  writeFileSync(file, JSON.stringify({ schema: 1, name, track: "toy", ...benchmark }));
  const out = join(scratch, `run-${name}`);
  expect(await run("run", file, ...overrides, "--out", out)).toMatchObject({ code: 0 });
  expect(await run("submit", out, "--out", join(made, name), "--name", name, "--author", name)).toMatchObject({
    code: 0,
  });
}

/** A board of copies of some entries, with the keeper's key. */
async function board(name: string, ...entries: string[]): Promise<string> {
  const folder = join(scratch, `board-${name}`);
  for (const entry of entries) cpSync(join(made, entry), join(folder, entry), { recursive: true });
  expect((await run("leaderboard", "keeper", folder, "--key", key, "--name", "Keeper")).code).toBe(0);
  return folder;
}

/** A board on which one entry is verified already, beside others that are not: verified once, and copied from then on. */
async function boardAfter(first: string, name: string, ...entries: string[]): Promise<string> {
  const ready = join(scratch, `ready-${first}`);
  if (!existsSync(ready)) {
    const folder = await board(`of-${first}`, first);
    expect((await verifyAll(folder)).code).toBe(0);
    cpSync(folder, ready, { recursive: true });
  }
  const folder = join(scratch, `board-${name}`);
  cpSync(ready, folder, { recursive: true });
  for (const entry of entries) cpSync(join(made, entry), join(folder, entry), { recursive: true });
  return folder;
}

const verifyAll = (folder: string) => run("leaderboard", "verify", folder, "--key", key, "--run-code");
/** Ranked entries of the toy's track and, by name or folder, why the others are not. */
async function look(folder: string) {
  const { tracks, others, problems } = await readStandings(folder, registry);
  const reasons = new Map<string, string>();
  for (const { entry, reasons: why } of [...tracks.flatMap(({ entries }) => entries), ...others]) {
    if (why.length > 0) reasons.set(entry.file.claim.name, why.join("; "));
  }
  for (const problem of problems) reasons.set(problem.folder.slice(folder.length + 1), problem.why);
  const best = tracks.flatMap((track) => ranked(track));
  const scores = new Map(best.map(({ entry, standing }) => [entry.file.claim.name, standing.score.mean]));
  const notes = new Map(
    tracks.flatMap(({ entries }) => entries.map(({ entry, notes }) => [entry.file.claim.name, notes.join("; ")])),
  );
  return { ranks: best.map(({ entry }) => entry.file.claim.name), scores, reasons, notes };
}

/** The score that a keeper last measured of an entry. */
async function measured(folder: string, name: string) {
  const entry = await openEntry(join(folder, name), registry);
  return saidOf(entry.folder, entry.file, openBoard(folder)).latest!.standing!.score;
}

/** A keeper of the toy's gate who opens with logit difference `open`. */
const keeper = (open: number, change: Partial<PolicyData> = {}): PolicyData => ({
  ...{ format: 1, kind: "mlp", environment: "toy-v0", role: "keeper", baseline: "hand", obsSize: 1 },
  action: { kind: "discrete", n: 2, start: 0 },
  ...{ hidden: [], activation: "tanh", conditioned: false, joint: false, greedy: false, extra: {} },
  tensors: {
    w0: { shape: [1, 2], data: new Float32Array(2) },
    b0: { shape: [2], data: Float32Array.of(open, 0) },
  },
  ...change,
});
/** Climbers who go round the wall, as no script does. */
const climber: PolicyData = {
  ...keeper(0, { role: "climber", action: { kind: "discrete", n: 3, start: 0 }, greedy: true }),
  tensors: {
    w0: { shape: [1, 3], data: new Float32Array(3) },
    b0: { shape: [3], data: Float32Array.of(0, 0, 1) },
  },
};

const HONEST = { defence: { knobs: { wall: [0.25, 0.5, 0.75] } } };

beforeAll(async () => {
  mkdirSync(made);
  savePolicy(join(scratch, "open"), keeper(3));
  await enter("honest", HONEST);
  await enter("rival", { defence: { knobs: { wall: [0.5] } } });
  await enter("frozen", { defence: { knobs: { wall: [0.4, 0.6] }, policy: { name: "open", policy: "open" } } });
}, 120_000);

it("executes an author's code only where the verifier says so", async () => {
  const { code, err } = await run("verify", join(made, "rival"));
  expect(code).toBe(2);
  expect(err).toMatch(/needs code that is not Masque's: .*toy\/env\.ts.*--run-code executes it/);
});

describe("a board", () => {
  it("ranks what a keeper verified on seeds of his own, and nothing else", async () => {
    const folder = await board("honest", "honest", "rival", "frozen");
    expect(await look(folder)).toMatchObject({ ranks: [] });
    for (const why of (await look(folder)).reasons.values()) expect(why).toMatch(/no keeper .* has verified it/);
    expect((await verifyAll(folder)).code).toBe(0);
    const found = await look(folder);
    expect(found.ranks).toEqual(["honest", "frozen", "rival"]);
    expect(found.reasons.size).toBe(0);
    const entry = await openEntry(join(folder, "honest"), registry);
    const { latest } = saidOf(entry.folder, entry.file, openBoard(folder));
    expect(latest).toMatchObject({ by: "Keeper", mismatches: [], breaches: [], track: { name: "toy" } });
    expect(latest!.standing!.root).not.toBe(7);
    expect(latest!.standing!.points.map(({ counts }) => counts)).toEqual([true, true, true, false, false, false]);
    // The truth of the toy: closed is wall under `climb`, and (1 + 1.5 wall)/3 at random; access is 1 − wall².
    for (const [i, wall] of [0.25, 0.5, 0.75].entries()) {
      const { security, utility } = latest!.standing!.points[i];
      expect(Math.abs(security.mean - Math.min(wall, (1 + 1.5 * wall) / 3))).toBeLessThan(0.05);
      expect(Math.abs(utility.mean - (1 - wall * wall))).toBeLessThan(0.08);
    }
    expect((await verifyAll(folder)).out).toContain("Nothing is to be verified");
  });

  it("is drawn with all frontiers over one another, and is the same bytes from the same folder", async () => {
    const folder = join(scratch, "board-honest");
    const site = join(scratch, "site");
    const build = () => masque(["leaderboard", "build", folder, "--out", site, ...PLUGINS]);
    expect(await build()).toMatchObject({ code: 0, out: `${join(site, "index.html")}\n`, err: "" });
    const pages = () =>
      readdirSync(site, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));
    expect(pages().sort()).toEqual(["entries/frozen.html", "entries/honest.html", "entries/rival.html", "index.html"]);
    const text = pages().map((name) => readFileSync(join(site, name), "utf8"));
    for (const [i, name] of pages().entries()) {
      for (const [, target] of text[i].matchAll(/href="([^"#:]+)(#[^"]*)?"/g)) {
        expect(existsSync(join(site, name, "..", target)), target).toBe(true);
      }
    }
    const index = readFileSync(join(site, "index.html"), "utf8");
    expect(index).toContain("Keepers of this board: Keeper");
    expect(index).toContain("Attacks of this track");
    expect(index.match(/class="series thin s[012]"/g)!.length).toBeGreaterThanOrEqual(3);
    await build();
    expect(pages().map((name) => readFileSync(join(site, name), "utf8"))).toEqual(text);
  });

  it("takes a better attack in where it lowers an entry, for all entries once they are verified again", async () => {
    const folder = await board("attacked", "honest", "rival");
    await verifyAll(folder);
    savePolicy(join(scratch, "round"), climber);
    savePolicy(join(scratch, "meek"), {
      ...climber,
      tensors: { ...climber.tensors, b0: { shape: [3], data: Float32Array.of(1, 0, 0) } },
    });
    const before = await look(folder);
    const submit = (policy: string, ...more: string[]) =>
      run("submit", join(scratch, policy), "--against", folder, "--author", "C", ...more);
    expect(await submit("round")).toMatchObject({ code: 0, out: expect.stringContaining("would be accepted") });
    expect(existsSync(join(folder, "attacks"))).toBe(false);
    // Junk changes nothing, and is not kept.
    expect(await submit("meek", "--key", key)).toMatchObject({
      out: expect.stringContaining("does not join the track"),
    });
    expect(await submit("round", "--key", key)).toMatchObject({ out: expect.stringContaining("Accepted") });
    const waiting = await look(folder);
    expect(waiting.ranks).toEqual(before.ranks);
    expect(waiting.notes.get("honest")).toContain("has not met round yet");
    await verifyAll(folder);
    const after = await look(folder);
    for (const name of before.ranks) expect(after.scores.get(name)).toBeLessThan(before.scores.get(name)! - 0.05);
    // Withdrawn, it is met no more.
    const reason = ["--key", key, "--reason", "an error"];
    expect((await run("leaderboard", "retract", join(folder, "attacks", "round"), ...reason)).code).toBe(0);
    expect(openBoard(folder).attacks).toEqual([]);
    // A policy exchanged afterwards is nobody's attack.
    const other = await board("exchanged", "honest");
    await verifyAll(other);
    await run("submit", join(scratch, "round"), "--against", other, "--key", key);
    savePolicy(join(other, "attacks", "round", "climber"), { ...climber, baseline: "other" });
    expect(openBoard(other)).toMatchObject({
      attacks: [],
      problems: [{ why: expect.stringContaining("is not the one") }],
    });
  });

  it("withdraws an entry with a reason", async () => {
    const folder = await board("withdrawn", "rival");
    await verifyAll(folder);
    const { code } = await run(
      "leaderboard",
      "retract",
      join(folder, "rival"),
      "--key",
      key,
      "--reason",
      "by its author's wish",
    );
    expect(code).toBe(0);
    expect((await look(folder)).reasons.get("rival")).toBe("withdrawn: by its author's wish");
  });

  it("lets nobody sign but its keepers, with keys that others cannot read", async () => {
    const folder = await board("keys", "rival");
    const stranger = join(scratch, "stranger.pem");
    makeKey(stranger);
    const signed = await run("verify", join(folder, "rival"), "--run-code", "--key", stranger);
    expect(signed).toMatchObject({ code: 2, err: expect.stringContaining("does not know this key") });
    expect(() => makeKey(stranger)).toThrow(/never overwritten/);
    writeFileSync(join(scratch, "open.pem"), readFileSync(stranger), { mode: 0o644 });
    expect(() => readKey(join(scratch, "open.pem"))).toThrow(/may be read by others/);
    const chosen = await run("verify", join(folder, "rival"), "--run-code", "--key", key, "--nonce", "mine");
    expect(chosen).toMatchObject({ code: 2, err: expect.stringContaining("drawn, not chosen") });
  });
});

/** Dishonest entries: what each tries, what it is made of, and what comes of it beside an honest one that was here first. */
describe("a cheat", () => {
  /** Ways to look good by one's own protocol: ranked, if at all, by what the board measures. */
  const flattered: [string, object, ...string[]][] = [
    ["withholds all attacks", { ...HONEST }, "portfolio=[none]"],
    ["meets attackers that play at random only", { ...HONEST }, "portfolio=[random]"],
    ["starves its learner", { ...HONEST }, "portfolio=[none, {baseline: toy-learner, budget: 1}]"],
    [
      "plays one run of one episode",
      { ...HONEST },
      "portfolio=[none]",
      "seeds.runs=1",
      "episodes={select: 1, test: 1}",
    ],
    ["plays other parameters", { ...HONEST }, "environment.params.steps=1", "portfolio=[none]"],
    ["draws utility on both axes", { ...HONEST }, "axes={security: access}"],
    ["scores by a formula of its own", { ...HONEST }, "score=max(access, closed)"],
    ["adds junk attacks", { ...HONEST, portfolio: [{ name: "junk", policy: "junk" }] }],
  ];
  it.each(flattered)(
    "who %s ranks by the track's game, behind the honest first",
    async (what, benchmark, ...overrides) => {
      savePolicy(join(scratch, "junk"), { ...climber, baseline: "junk" });
      const name = `flattered-${flattered.findIndex(([one]) => one === what)}`;
      await enter(name, benchmark, ...overrides);
      const folder = await boardAfter("honest", name, name);
      await verifyAll(folder);
      const { ranks, reasons } = await look(folder);
      expect(ranks).toEqual(["honest"]);
      expect(reasons.get(name)).toMatch(/does what that of honest does/);
      // Not for being second: what was measured of it is the honest one's score, whatever its author claims.
      const [first, second] = await Promise.all(["honest", name].map((one) => measured(folder, one)));
      expect(Math.abs(first.mean - second.mean)).toBeLessThan(0.06);
      // What its author states of the middle point, where the truth is ½.
      const stated = readEntryFile(join(made, name)).file.claim.result.points[1].security.mean;
      if (overrides.includes("portfolio=[none]")) expect(stated).toBe(1);
    },
  );

  it("who grinds seeds gains less than half an interval", async () => {
    let best = { root: 0, score: -1 };
    const roots = 12;
    for (let root = 1; root <= roots; root++) {
      const out = join(scratch, `grind-${root}`);
      await run(
        "run",
        "toy-entry",
        `seeds.root=${root}`,
        "seeds.runs=2",
        "episodes={select: 1, test: 4}",
        "--out",
        out,
      );
      const frontier = JSON.parse((await masque(["frontier", out, "--json", ...PLUGINS])).out);
      const score = frontier.front.score.mean;
      if (score > best.score) best = { root, score };
    }
    await enter("ground", HONEST, `seeds.root=${best.root}`, "seeds.runs=2", "episodes={select: 1, test: 4}");
    const folder = await board("ground", "ground");
    await verifyAll(folder);
    const score = await measured(folder, "ground");
    const fair = await measured(join(scratch, "board-honest"), "honest");
    expect(best.score).toBeGreaterThan(fair.high!); // what grinding would have been worth
    expect(Math.abs(score.mean - fair.mean)).toBeLessThan(
      Math.hypot(score.high! - score.low!, fair.high! - fair.low!) / 2,
    );
  });

  const breaking: [string, object, RegExp, ...string[]][] = [
    [
      "has more points than are played",
      { defence: { knobs: { wall: [0.1, 0.2, 0.3, 0.4, 0.5] } } },
      /5 points, at most 4/,
    ],
    [
      "trains its defence longer than it may",
      {
        defence: {
          knobs: {},
          learned: {
            baseline: "cem",
            budget: 20_000,
            lambda: 1,
            attacker: "none",
            rounds: 1,
            knobs: { wall: 0.5 },
          },
        },
      },
      /train 20000 steps a run, at most 10000/,
    ],
    [
      "brings more weights than are played",
      { defence: { knobs: { wall: 0.5 }, policy: { name: "wide", policy: "wide" } } },
      /weights, at most 100/,
    ],
  ];
  it.each(breaking)("who %s may not enter", async (what, benchmark, reason) => {
    const tensors = {
      w0: { shape: [1, 60], data: new Float32Array(60) },
      b0: { shape: [60], data: new Float32Array(60) },
      w1: { shape: [60, 2], data: new Float32Array(120) },
      b1: { shape: [2], data: new Float32Array(2) },
    };
    savePolicy(join(scratch, "wide"), keeper(0, { hidden: [60], tensors }));
    const name = `breaking-${breaking.findIndex(([one]) => one === what)}`;
    await enter(name, benchmark, "seeds.runs=1", "episodes={select: 1, test: 2}");
    const folder = await board(name, name);
    await verifyAll(folder);
    expect((await look(folder)).reasons.get(name)).toMatch(reason);
  });

  it("who brings a policy that plays what is not allowed stops no board", async () => {
    const rules = (play: number, otherwise: number) => ({ states: ["only"], rules: [{ when: [], play }], otherwise });
    const machine = (otherwise: number) =>
      keeper(0, { kind: "automaton", automaton: rules(0, otherwise) as never, tensors: {} });
    savePolicy(join(scratch, "machine"), machine(0));
    await enter("machine", { defence: { knobs: { wall: [0.5] }, policy: { name: "odd", policy: "machine" } } });
    const folder = await boardAfter("rival", "machine", "machine");
    await forge(join(made, "machine"), join(folder, "machine"), ({ claim, policies, results }) => {
      const [[old, data]] = [...policies];
      const other = { ...data, automaton: rules(7, 7) as never };
      policies.delete(old);
      policies.set(policyDigest(other), other);
      for (const result of results.values())
        for (const [role, digest] of Object.entries(result.policies))
          if (digest === old) result.policies[role] = policyDigest(other);
      claim.protocol.resolved = JSON.parse(
        JSON.stringify(claim.protocol.resolved).replaceAll(old, policyDigest(other)),
      );
    });
    await verifyAll(folder);
    const { ranks, reasons } = await look(folder);
    expect(reasons.get("machine")).toMatch(/contradict it|cannot be played/);
    expect(ranks).toEqual(["rival"]);
  });

  it.each([
    ["serves nobody", { defence: { knobs: { wall: [0.5] }, policy: "shut" } }],
    ["defends at random", { defence: { knobs: { wall: [0.5] }, policy: "random" } }],
    ["does not defend", { defence: { knobs: { wall: [0] } } }],
  ])("who %s ranks last", async (what, benchmark) => {
    const name = what.replaceAll(" ", "-");
    await enter(name, benchmark, "portfolio=[none]");
    const folder = await boardAfter("rival", name, name);
    await verifyAll(folder);
    const { ranks, scores } = await look(folder);
    expect(ranks).toEqual(["rival", name]);
    expect(scores.get(name)).toBeLessThan(scores.get("rival")! - 0.1);
  });

  it.each([
    ["the very weights", keeper(3, { baseline: "mine" })],
    ["weights changed a little", keeper(3.0001)],
  ])("who copies a defence, by %s, stands behind the first", async (what, policy) => {
    const name = `copy-${what.length}`;
    savePolicy(join(scratch, name), policy);
    await enter(name, { defence: { knobs: { wall: [0.4, 0.6] }, policy: { name: "mine", policy: name } } });
    const folder = await boardAfter("frozen", name, name);
    await verifyAll(folder);
    expect((await look(folder)).reasons.get(name)).toMatch(/does what that of frozen does/);
  });

  /** Forgeries of a whole entry, digests made right again: found by the keeper, or shown as bad with the rest of the board built. */
  const forged: [string, RegExp, (claim: Claim, results: Map<string, PlayResult>) => void][] = [
    [
      "states a better score",
      /contradict it: results: front\.score/,
      ({ result }) => {
        result.front.score.mean = 1;
      },
    ],
    ["leaves a point out", /contradict it: results: points/, ({ result }) => void result.points.pop()],
    [
      "changes an episode",
      /contradict it: results/,
      (_, results) => {
        [...results.values()].at(-1)!.counters.over[0] = 0.5;
      },
    ],
    [
      "changes a trace",
      /disputed: cell .*trace/,
      (_, results) => {
        [...results.values()][0].trace = "0".repeat(32);
      },
    ],
    [
      "names another track",
      /contradict it: track/,
      (claim) => {
        claim.track = "other";
      },
    ],
    [
      "names no track",
      /contradict it: track/,
      (claim) => {
        claim.track = null;
      },
    ],
    [
      "hides its author's code",
      /made with other code/,
      (claim) => {
        claim.code = [];
      },
    ],
    [
      "was made by another version",
      /was made by Masque/,
      (claim) => {
        claim.masque = "9.9.9";
      },
    ],
    [
      "was made in another world",
      /another definition/,
      (claim) => {
        claim.environment.digest = "0".repeat(64);
      },
    ],
    [
      "states other seeds",
      /contradict it: protocol: seeds\.root/,
      (claim) => {
        (claim.protocol.given.seeds as { root: number }).root = 9;
      },
    ],
    [
      "claims a budget it never spent",
      /contradict it: (protocol|results)/,
      (claim) => {
        claim.result.points[0].effort.trainingSteps = 1e12;
      },
    ],
    [
      "hides in invisible letters",
      /control or format characters/,
      (claim) => {
        claim.authors = ["Ali\u200bce"];
      },
    ],
    [
      "hides in letters that look alike",
      /one alphabet/,
      (claim) => {
        claim.authors = ["\u0410lice"];
      },
    ],
    [
      "has a name in full width",
      /NFKC/,
      (claim) => {
        claim.authors = ["\uff21lice"];
      },
    ],
    [
      "has a name for no file",
      /lower-case words/,
      (claim) => {
        claim.name = "../up";
      },
    ],
  ];
  it.each(forged)("whose entry %s is found out, and the rest of the board stands", async (what, reason, change) => {
    const folder = await boardAfter("rival", `forged-${what.replaceAll(/[^a-z]/g, "")}`);
    await forge(join(made, "honest"), join(folder, "bad"), ({ claim, results }) =>
      change(claim, results as Map<string, PlayResult>),
    );
    await verifyAll(folder);
    const { ranks, reasons } = await look(folder);
    expect(ranks).toEqual(["rival"]);
    expect(reasons.get("bad") ?? reasons.get("honest")).toMatch(reason);
    expect((await run("leaderboard", "build", folder, "--out", join(scratch, "out"))).code).toBe(0);
  });

  it("aggregates are taken on a keeper's word, of this very Masque, and on nobody else's", async () => {
    const folder = await boardAfter("rival", "vouched");
    const bad = await forge(join(made, "honest"), join(folder, "bad"), ({ claim }) => {
      claim.result.front.score.mean = 1;
    });
    const { id } = readEntryFile(bad).file;
    const rival = join(folder, "rival");
    const sound = saidOf(rival, readEntryFile(rival).file, openBoard(folder)).latest!;
    const other = makeKey(join(scratch, "hand.pem"));
    const shown = async (change: object, by = readKey(key)) => {
      const record = signStatement({ ...sound, entry: id, ...change }, by);
      writeFileSync(join(bad, "records.json"), canonical({ schema: 1, records: [record] }));
      return !/contradict it: results/.test((await look(folder)).reasons.get("bad") ?? "");
    };
    expect(await shown({})).toBe(true);
    expect(await shown({}, other)).toBe(false);
    expect(await shown({ masque: "0.0.1" })).toBe(false);
    expect(await shown({ mismatches: ["results: front.score"] })).toBe(false);
    expect(await shown({ entry: "0".repeat(64) })).toBe(false);
  });

  it("who forges counters and all that follows from them is disputed", async () => {
    const folder = await boardAfter("rival", "counters");
    await forge(join(made, "honest"), join(folder, "bad"), ({ entry, results, recompute }) => {
      for (const cell of entry.plan.cells) {
        const result = results.get(cell.hash) as PlayResult;
        if (cell.attack === "climb") result.counters.over = result.counters.over.map(() => 0);
      }
      recompute();
    });
    await verifyAll(folder);
    expect((await look(folder)).reasons.get("honest")).toMatch(/disputed: cell .*counters\.over/);
  });

  const damaged: [string, RegExp, (folder: string) => void][] = [
    [
      "loses its episodes",
      /no entry, or not all of one/,
      (at) => rmSync(join(at, readdirSync(at).find((name) => name.startsWith("cells-"))!)),
    ],
    [
      "loses a byte",
      /canonical|JSON|id|claim/,
      (at) =>
        writeFileSync(
          join(at, "entry.json"),
          readFileSync(join(at, "entry.json"), "utf8").replace('"mean":', '"meam":'),
        ),
    ],
    ["is of an older schema", /schema 1/, (at) => writeFileSync(join(at, "entry.json"), '{"schema":1}')],
    [
      "is spelt otherwise",
      /canonical JSON/,
      (at) => writeFileSync(join(at, "entry.json"), `${readFileSync(join(at, "entry.json"), "utf8")}\n`),
    ],
    [
      "says another id",
      /SHA-256/,
      (at) => {
        const { file } = readEntryFile(at);
        saveEntry(at, { ...file, id: "0".repeat(64) });
      },
    ],
    [
      "unpacks to more than it states",
      /unpacks to more|states .* bytes/,
      (at) => {
        const { file } = readEntryFile(at);
        file.claim.evidence.cells.bytes = 4;
        saveEntry(at, { ...file, id: claimDigest(file.claim) });
      },
    ],
    [
      "states more than cells can be",
      /take at most/,
      (at) => {
        const { file } = readEntryFile(at);
        file.claim.evidence.cells.bytes = 2 ** 28;
        saveEntry(at, { ...file, id: claimDigest(file.claim) });
      },
    ],
    [
      "leads out of its folder",
      /symbolic link/,
      (at) => {
        rmSync(join(at, "entry.json"));
        symlinkSync(join(made, "rival", "entry.json"), join(at, "entry.json"));
      },
    ],
  ];
  it.each(damaged)("whose entry %s is shown as bad, and the rest of the board stands", async (what, reason, damage) => {
    const folder = await boardAfter("rival", `damaged-${what.replaceAll(/[^a-z]/g, "")}`, "honest");
    damage(join(folder, "honest"));
    await verifyAll(folder);
    const { ranks, reasons } = await look(folder);
    expect(ranks).toEqual(["rival"]);
    expect(reasons.get("honest")).toMatch(reason);
  });

  it("who takes another's name is shown as bad, whichever folder comes first", async () => {
    const folder = await boardAfter("rival", "names");
    cpSync(join(made, "honest"), join(folder, "a"), { recursive: true });
    const { file } = readEntryFile(join(folder, "a"));
    file.claim.name = "rival";
    saveEntry(join(folder, "a"), { ...file, id: claimDigest(file.claim) });
    const { ranks, reasons } = await look(folder);
    expect(ranks).toEqual(["rival"]);
    expect(reasons.get("a")).toMatch(/has the name "rival" already/);
  });

  /** Records that are not a keeper's word. */
  const typed: [string, (record: SignedRecord, stranger: ReturnType<typeof readKey>) => unknown][] = [
    ["unsigned", (record) => ({ ...record, signature: "0".repeat(128) })],
    [
      "edited after it was signed",
      (record) => {
        const { statement } = record;
        if (statement.kind !== "verification") throw new Error("no verification");
        return {
          ...record,
          statement: { ...statement, standing: { ...statement.standing!, score: { mean: 0.99, low: 0.98, high: 1 } } },
        };
      },
    ],
    ["signed by a stranger", ({ statement }, stranger) => signStatement(statement, stranger)],
    [
      "signed by a stranger under a keeper's key",
      (record, stranger) => ({ ...signStatement(record.statement, stranger), key: record.key }),
    ],
    [
      "signed for another entry",
      (record) => {
        if (record.statement.kind !== "verification") throw new Error("no verification");
        return { ...record, statement: { ...record.statement, entry: "0".repeat(64) } };
      },
    ],
  ];
  it.each(typed)("whose record is %s has no rank", async (what, change) => {
    const folder = await board(`typed-${what.replaceAll(/[^a-z]/g, "")}`, "rival");
    await verifyAll(folder);
    const path = join(folder, "rival", "records.json");
    const { records } = JSON.parse(readFileSync(path, "utf8"));
    const stranger = join(scratch, "stranger.pem");
    if (!existsSync(stranger)) makeKey(stranger);
    writeFileSync(path, canonical({ schema: 1, records: [change(records[0], readKey(stranger))] }));
    expect((await look(folder)).reasons.get("rival")).toMatch(/no keeper .* has verified it/);
  });

  it("whose record is another entry's has no rank, nor one of a track as it was", async () => {
    const folder = await board("moved", "rival", "honest");
    await run("verify", join(folder, "honest"), "--run-code", "--key", key);
    cpSync(join(folder, "honest", "records.json"), join(folder, "rival", "records.json"));
    expect((await look(folder)).reasons.get("rival")).toMatch(/no keeper .* has verified it/);
    const entry = await openEntry(join(folder, "honest"), registry);
    const statement = structuredClone(saidOf(entry.folder, entry.file, openBoard(folder)).latest!);
    statement.track!.digest = "0".repeat(64);
    const old = signStatement({ ...statement, number: 99 }, readKey(key));
    writeFileSync(join(folder, "honest", "records.json"), canonical({ schema: 1, records: [old] }));
    expect((await look(folder)).reasons.get("honest")).toMatch(/another version of its track/);
  });

  it("who types an attack into the board's folder lowers nobody", async () => {
    const folder = await board("typed-attack", "rival");
    await verifyAll(folder);
    const other = join(scratch, "board-exchanged", "attacks", "round");
    cpSync(other, join(folder, "attacks", "round"), { recursive: true });
    rmSync(join(folder, "attacks", "round", "records.json"));
    savePolicy(join(folder, "attacks", "round", "climber"), climber);
    expect(openBoard(folder)).toMatchObject({ attacks: [], problems: [{ why: expect.stringContaining("no keeper") }] });
    expect((await look(folder)).ranks).toEqual(["rival"]);
  });
});

it("seeds of a restated entry come from the id that it had first", async () => {
  const folder = await boardAfter("rival", "seeds");
  const at = join(folder, "rival");
  const { file } = readEntryFile(at);
  const [origin, nonce] = ["0".repeat(64), "mine"];
  const told = { kind: "restatement", number: 9, by: "Keeper", entry: file.id, of: origin, masque: "0" } as const;
  const { records } = JSON.parse(readFileSync(join(at, "records.json"), "utf8")) as { records: SignedRecord[] };
  const restated = signStatement({ ...told, changed: ["result"] }, readKey(key));
  writeFileSync(join(at, "records.json"), canonical({ schema: 1, records: [...records, restated] }));
  const { out } = await run("verify", at, "--run-code", "--nonce", nonce, "--json");
  expect(JSON.parse(out)).toMatchObject({ ok: true, standing: { root: rootOf(origin, nonce) } });
});

it("describes entries by a JSON Schema", async () => {
  const { code, out } = await masque(["schema", "entry"]);
  expect(code).toBe(0);
  const schema = JSON.parse(out);
  expect(schema.required).toEqual(["schema", "id", "claim"]);
  expect(schema.additionalProperties).toBe(false);
});
