import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEntry } from "../../src/leaderboard/open.ts";
import { sampleTrainings } from "../../src/leaderboard/retrain.ts";
import { verify } from "../../src/leaderboard/verify.ts";
import { policyDigest } from "../../src/policy/checkpoint.ts";
import type { PlayResult, TrainResult } from "../../src/run/cell-result.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { type Forgery, forge, registry } from "./forge.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-verify-test-"));
const honest = join(scratch, "honest");
const forged = join(scratch, "forged");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const verifying = (folder: string, ...more: string[]) =>
  masque(["verify", folder, ...PLUGINS, "--quiet", "--run-code", ...more]);

beforeAll(async () => {
  const run = join(scratch, "run");
  expect((await masque(["run", "toy", ...PLUGINS, "--out", run, "--quiet"])).code).toBe(0);
  const made = await masque([
    "submit",
    run,
    ...PLUGINS,
    "--out",
    honest,
    "--name",
    "honest",
    "--author",
    "A",
    "--quiet",
  ]);
  expect(made).toMatchObject({ code: 0, err: "" });
}, 120_000);

describe("an honest entry", () => {
  it("is verified: aggregates, every evaluation cell, every training; the same bytes from the same run", async () => {
    const { code, out } = await verifying(honest, "--retrain", "all", "--json");
    const { ok, cells, trainings, numbers, mismatches } = JSON.parse(out);
    expect({ code, ok, cells, trainings, mismatches }).toEqual({
      code: 0,
      ok: true,
      cells: [80, 80],
      trainings: [8, 8],
      mismatches: [],
    });
    expect(numbers).toBeGreaterThan(200);
    const again = join(scratch, "again");
    await masque([
      "submit",
      join(scratch, "run"),
      ...PLUGINS,
      "--out",
      again,
      "--name",
      "honest",
      "--author",
      "A",
      "--quiet",
    ]);
    const files = readdirSync(honest);
    expect(files).toHaveLength(3); // entry.json, raw episodes, and one archive of all policies
    for (const file of files) {
      expect(readFileSync(join(again, file))).toEqual(readFileSync(join(honest, file)));
    }
  });

  it("is not called a forgery when the verifier's own code is edited meanwhile", async () => {
    // What the processes find is not what this one began with.
    const edited = { ...registry, sources: () => "of a moment ago" };
    const verified = verify(await openEntry(honest, registry), {
      ...{ registry: edited, plugins: [PLUGINS[1]], jobs: 2, retrain: 0, nonce: "n" },
    });
    await expect(verified).rejects.toThrow(/code of .* changed since this run began/);
  });

  it("is executed by nobody who only takes a quick look, and says so", async () => {
    const { code, out } = await verifying(honest, "--quick");
    expect(code).toBe(0);
    expect(out).toContain("Nothing was executed");
  });
});

/** One cell of the test split under the learned attack. */
function played({ entry, results }: Forgery): PlayResult {
  return results.get(entry.plan.play("test", 1, "toy-learner", 1).hash) as PlayResult;
}

function training({ entry, results }: Forgery, attack = "toy-learner"): TrainResult {
  const cell = entry.plan.cells.find(({ stage, attack: name }) => stage === "train" && name === attack)!;
  return results.get(cell.hash) as TrainResult;
}

/** A forger who makes every digest right again is caught, with exit code 3, told by what and where. */
describe("a forger who changed", () => {
  const cases: [string, RegExp, string[], (forgery: Forgery) => void | Promise<void>][] = [
    ["one episode", /results: points\.1\./, [], (f) => void played(f).counters.over[3]++],
    [
      "one episode, and every aggregate with it",
      /cell test toy-learner run 1 wall=0\.5: counters\.over\.3: the entry states \d, verifying gave \d/,
      [],
      (f) => {
        played(f).counters.over[3] = 1 - Math.min(1, played(f).counters.over[3]);
        f.recompute();
      },
    ],
    [
      "an episode of the select split that changes no aggregate",
      /cell select climb run 0 wall=0: counters\.walks\.2/,
      [],
      (f) => {
        (f.results.get(f.entry.plan.play("select", 0, "climb", 0).hash) as PlayResult).counters.walks[2]++;
        f.recompute();
      },
    ],
    [
      "a mean return",
      /cell .*: returns\.climber/,
      [],
      (f) => {
        played(f).returns.climber += 1e-9;
      },
    ],
    [
      "a trace",
      /cell .*: trace/,
      [],
      (f) => {
        played(f).trace = "0".repeat(32);
      },
    ],
    [
      "one weight, too little to change any action",
      /trace: the entry states/,
      [],
      (f) => {
        const { climber } = training(f).policies;
        const data = structuredClone(f.policies.get(climber)!);
        data.tensors.w0.data[0] = Math.fround(data.tensors.w0.data[0] * (1 + 1e-6));
        f.exchange(climber, data);
      },
    ],
    [
      "one weight, and played everything with it",
      /training train toy-learner run 0 3 levels: policies\.climber/,
      ["--retrain", "all"],
      async (f) => {
        const { climber } = training(f).policies;
        const data = structuredClone(f.policies.get(climber)!);
        data.tensors.b0.data[2] = 0;
        f.exchange(climber, data);
        await f.replay();
        f.recompute();
      },
    ],
    [
      "a training curve",
      /training train meek.*: curve\.0\.steps/,
      ["--retrain", "all"],
      (f) => void training(f, "meek").curve[0].steps++,
    ],
    [
      "a mean",
      /results: points\.1\.security\.mean/,
      [],
      ({ claim }) => {
        claim.result.points[1].security.mean += 1e-9;
      },
    ],
    [
      "a bound of an interval",
      /results: points\.0\.cleanUtility\.low/,
      [],
      ({ claim }) => {
        claim.result.points[0].cleanUtility.low = 0.5;
      },
    ],
    [
      "one attack's score",
      /results: points\.1\.attacks\.climb\.security/,
      [],
      ({ claim }) => {
        claim.result.points[1].attacks.climb.security.mean = 0.9;
      },
    ],
    [
      "the worst attack's name",
      /results: points\.1\.worstAttack/,
      [],
      ({ claim }) => {
        claim.result.points[1].worstAttack = "none";
      },
    ],
    [
      "a probability",
      /results: points\.1\.pareto\.probability/,
      [],
      ({ claim }) => {
        (claim.result.points[1].pareto as { probability: number }).probability = 1.5;
      },
    ],
    [
      "the score",
      /results: front\.score\.mean/,
      [],
      ({ claim }) => {
        claim.result.front.score.mean += 0.01;
      },
    ],
    [
      "what was spent",
      /results: points\.0\.effort\.trainingSteps/,
      [],
      ({ claim }) => {
        claim.result.points[0].effort.trainingSteps *= 10;
      },
    ],
    [
      "a control",
      /controls: randomDefence/,
      [],
      ({ claim }) => {
        claim.controls.randomDefence = null;
      },
    ],
    ["points by leaving one out", /results: points\.1/, [], ({ claim }) => void claim.result.points.pop()],
    [
      "the track",
      /track: the whole: the entry states "toy", verifying gave null/,
      [],
      ({ claim }) => {
        claim.track = "toy";
      },
    ],
    [
      "the seeds it says it used",
      /protocol: seeds\.root: the entry states 7, verifying gave 8/,
      [],
      ({ claim }) => {
        (claim.protocol.given.seeds as { root: number }).root = 8;
      },
    ],
    [
      "the budget it says it spent",
      /protocol: portfolio\.3\.budget/,
      [],
      ({ claim }) => {
        (claim.protocol.given.portfolio as { budget: number }[])[3].budget = 9e5;
      },
    ],
    [
      "the set of cells",
      /cells: test toy-learner run 1 wall=0\.5: the entry states nothing/,
      [],
      (f) => void f.results.delete(f.entry.plan.play("test", 1, "toy-learner", 1).hash),
    ],
    [
      "the list of policies",
      /list of policies/,
      [],
      (f) => void f.policies.set("0".repeat(64), [...f.policies.values()][0]),
    ],
    [
      "episodes into ones that no run could leave",
      /results: the whole: the entry states none: .*metric "closed"/,
      [],
      (f) => void played(f).counters.over.fill(1e6),
    ],
    ["the length of a column", /episodes of over/, [], (f) => void played(f).counters.over.pop()],
  ];
  it.each(cases)("%s", async (_, message, options, change) => {
    await forge(honest, forged, change);
    const { code, out } = await verifying(forged, "--retrain", "0", ...options);
    expect(out).toMatch(message);
    expect(code).toBe(3);
  });

  it("one training of eight cannot know which are repeated: the verifier's number draws them, the entry's id too", async () => {
    const entry = await openEntry(honest, registry);
    const draw = (id: string, nonce: string, count = 2) =>
      sampleTrainings(entry, id, nonce, count).map(({ hash }) => hash);
    const { id } = entry.file;
    expect(draw(id, "a")).toEqual(draw(id, "a"));
    const nonces = Array.from({ length: 40 }, (_, i) => String(i));
    expect(new Set(nonces.flatMap((nonce) => draw(id, nonce))).size).toBe(8);
    expect(new Set(nonces.map((nonce) => draw(id, nonce).join())).size).toBeGreaterThan(8);
    const stage = (hash: string) => entry.plan.cells.find((cell) => cell.hash === hash)!.attack;
    for (const nonce of nonces) expect(new Set(draw(id, nonce).map(stage)).size, "one of each attack").toBe(2);
    expect(draw(id, "a", "each" as never)).toHaveLength(2);
    expect(nonces.some((nonce) => draw("0".repeat(64), nonce).join() !== draw(id, nonce).join())).toBe(true);
    expect(new Set(draw(id, "a", 8)).size).toBe(8);
    expect(draw(id, "a", 99)).toHaveLength(8);
  });
});

it("excuses other weights by no kind of machine that an entry names", async () => {
  await forge(honest, forged, async (f) => {
    f.claim.made.arch = "riscv64";
    for (const [digest, data] of [...f.policies]) {
      const weak = structuredClone(data);
      weak.tensors.b0.data.set([5, 0.5, 0]);
      f.exchange(digest, weak);
    }
    await f.replay();
    f.recompute();
  });
  const { code, out } = await verifying(forged);
  expect(out).toMatch(/training train .*: policies\.climber/);
  expect(code).toBe(3);
});

it("verifies defences that learned as well: their trainings are repeated, and attacks met what they made", async () => {
  const [run, entry] = ["gate-run", "gate"].map((name) => join(scratch, name));
  expect((await masque(["run", "gate", ...PLUGINS, "--out", run, "--quiet"])).code).toBe(0);
  expect((await masque(["submit", run, ...PLUGINS, "--out", entry, "--quiet"])).code).toBe(0);
  const { code, out } = await verifying(entry, "--retrain", "all", "--json");
  const { ok, cells, trainings } = JSON.parse(out);
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  expect(cells[0]).toBe(cells[1]);
  expect(trainings[0]).toBe(trainings[1]);
  // The frozen defence exchanged for another, the attacks on it left as they were.
  await forge(entry, forged, (f) => {
    const cell = f.entry.plan.cells.find(({ stage }) => stage === "defend")!;
    const result = f.results.get(cell.hash) as TrainResult;
    const [[role, digest]] = Object.entries(result.policies);
    const data = structuredClone(f.policies.get(digest)!);
    Object.values(data.tensors)[0].data[0] += 1;
    const other = policyDigest(data);
    f.policies.set(other, data);
    result.policies[role] = other;
  });
  expect(await verifying(forged)).toMatchObject({ code: 3, out: expect.stringMatching(/policies\.|opponents/) });
});
