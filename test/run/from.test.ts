import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policiesIn } from "../../src/leaderboard/bundle.ts";
import { loadPolicy, policyDigest } from "../../src/policy/checkpoint.ts";
import { masque } from "../cli/command.ts";

// Learners of a benchmark that start from stored weights. A search that draws nothing but its mean keeps what it starts from:
// whatever else it ends in, it did not start there.
const scratch = mkdtempSync(join(tmpdir(), "masque-start-"));
const at = (name: string) => join(scratch, name);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const GAME = ["swarm-flood-v0", "steps=8"];
const CALM = "{ spread: 0.000000001, noise: 0, population: 8 }";
const yaml = (portfolio: string, more = "") => `schema: 1
name: started
environment: { id: swarm-flood-v0, params: { steps: 8 } }
defence: { knobs: { tolerance: [3.2, 2, 1.2] }${more} }
portfolio: [none, ${portfolio}]
seeds: { runs: 1 }
episodes: { select: 2, test: 2 }
`;
const attack = (more: string) => `{ baseline: cem, budget: 320, ${more}, config: ${CALM} }`;
const write = (name: string, portfolio: string, more?: string) => {
  writeFileSync(at(`${name}.yaml`), yaml(portfolio, more));
  return at(`${name}.yaml`);
};
const train = async (role: string, out: string, ...more: string[]) => {
  const args = [
    "train",
    ...GAME,
    "--baseline",
    "cem",
    "--role",
    role,
    "--budget",
    "320",
    "--set",
    "population=8",
    "--quiet",
    "--out",
    at(out),
  ];
  const { code, err } = await masque([...args, ...more]);
  expect(code, err).toBe(0);
  return policyDigest(loadPolicy(join(at(out), role)));
};
const policiesOf = (run: string, role: string) =>
  readdirSync(join(run, "policies")).filter((name) => !name.startsWith("stored-") && name.endsWith(`-${role}.json`));
const weights = (base: string) => [...loadPolicy(base.replace(/\.json$/, "")).tensors.w0.data];

const digests: Record<string, string> = {};
beforeAll(async () => {
  digests.bot = await train("bot", "bots", "--seed", "7");
  digests.gateway = await train("gateway", "gates");
}, 120_000);

describe("`from` in a benchmark", () => {
  const learned = (from: string) =>
    `, learned: { baseline: cem, budget: 320, lambda: 1, rounds: 1, knobs: { tolerance: 2 }, ${from} config: ${CALM}, attacker: { baseline: cem, budget: 320, from: bots, config: ${CALM} } }`;

  it("starts attacks and defences from stored weights, and an entry repeats it without the files", async () => {
    const file = write("both", attack("from: bots"), learned("from: gates,"));
    const run = await masque(["run", file, "--out", at("run"), "--quiet", "-j", "1"]);
    expect(run.code, run.err).toBe(0);
    const { resolved, given } = JSON.parse(readFileSync(join(at("run"), "manifest.json"), "utf8"));
    expect(resolved.portfolio[1].from).toEqual({ bot: digests.bot });
    expect(resolved.defence.learned[0].from).toEqual({ gateway: digests.gateway });
    expect(resolved.defence.learned[0].attacker.from).toEqual({ bot: digests.bot });
    expect(given.portfolio[1].from).toBe("bots");
    for (const [role, folder, count] of [
      ["bot", "bots", 6],
      ["gateway", "gates", 1],
    ] as const) {
      const made = policiesOf(at("run"), role);
      expect(made).toHaveLength(count);
      const start = weights(join(at(folder), role));
      for (const name of made)
        for (const [i, w] of weights(join(at("run"), "policies", name)).entries()) expect(w).toBeCloseTo(start[i], 5);
    }

    const entry = await masque(["submit", at("run"), "--out", at("entry"), "--quiet"]);
    expect(entry.code, entry.err).toBe(0);
    const { claim } = JSON.parse(readFileSync(join(at("entry"), "entry.json"), "utf8"));
    expect(claim.evidence.policies).toEqual(expect.arrayContaining([digests.bot, digests.gateway]));
    // Named once or a thousand times, a policy is read once.
    const read = policiesIn(at("entry"), [claim.evidence]);
    expect(read(digests.bot)).toBe(read(digests.bot));
    // Neither the run nor the policies: an entry is all that a verifier has.
    for (const name of ["run", "bots", "gates"]) rmSync(at(name), { recursive: true });
    const verified = await masque(["verify", at("entry"), "--retrain", "all", "-j", "1", "--nonce", "x"]);
    expect(verified.code, verified.err).toBe(0);
    expect(verified.out + verified.err).toMatch(/trainings: 7 of 7 repeated, all weights equal/);
    await train("bot", "bots", "--seed", "7");
    await train("gateway", "gates");
  }, 120_000);

  it("names a file without telling where it lay", async () => {
    const file = write("elsewhere", attack(`from: ${at("bots")}/bot`), learned(`from: ${at("gates")},`));
    expect((await masque(["run", file, "--out", at("away"), "--quiet", "-j", "1"])).code).toBe(0);
    expect((await masque(["submit", at("away"), "--out", at("away-entry"), "--quiet"])).code).toBe(0);
    const text = readFileSync(join(at("away-entry"), "entry.json"), "utf8");
    expect(text).not.toContain(scratch);
    expect(JSON.parse(text).claim.protocol.given).toMatchObject({
      portfolio: ["none", { from: "bot" }],
      defence: { learned: { from: "gates", attacker: { from: "bots" } } },
    });
  }, 60_000);

  it("is a part of what is hashed: other weights, other cells; without it nothing changes", async () => {
    const plan = async (name: string, portfolio: string) =>
      JSON.parse((await masque(["run", write(name, portfolio), "--dry-run", "--json"])).out) as {
        config: string;
        cells: { hash: string; stage: string }[];
      };
    const trainings = ({ cells }: Awaited<ReturnType<typeof plan>>) =>
      cells.filter(({ stage }) => stage === "train").map(({ hash }) => hash);
    await train("bot", "others", "--seed", "8");
    const all = [
      await plan("anew", attack("conditioned: false")),
      await plan("one", attack("from: bots")),
      await plan("other", attack("from: others")),
    ];
    expect(new Set(all.map(({ config }) => config)).size).toBe(3);
    expect(new Set(all.flatMap(trainings)).size).toBe(15);
  });

  it("serves workers in processes of their own, from the run's folder", async () => {
    const file = write("worked", attack("from: bots"));
    expect((await masque(["run", file, "--out", at("worked"), "--prepare", "--quiet"])).code).toBe(0);
    rmSync(at("bots"), { recursive: true });
    const worked = await masque(["work", at("worked"), "-j", "2", "--quiet"]);
    expect(worked.code, worked.err).toBe(0);
    await train("bot", "bots", "--seed", "7");
  }, 60_000);

  it.each<[string, string, RegExp]>([
    [
      "a baseline that cannot",
      "{ baseline: random, budget: 10, from: bots }",
      /portfolio\.1: random does not start from stored/,
    ],
    ["no policy", attack("from: nowhere"), /portfolio\.1: .*there is no policy/],
    ["another side's", attack("from: gates"), /portfolio\.1: .*gates holds no policy: expected bot\.json/],
    ["another side's file", attack("from: gates/gateway"), /portfolio\.1: .*(gateway|bot)/],
    [
      "knobs that it did not see",
      attack("from: bots, conditioned: true"),
      /its policy of bot sees no knobs; what starts from it here sees the knobs/,
    ],
    ["no path", attack("from: ''"), /portfolio\.1\.from/],
  ])("refuses %s, in words, before anything is written", async (_, portfolio, why) => {
    const { code, err } = await masque(["run", write("refused", portfolio), "--out", at("refused")]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(why) });
    expect(err).toMatch(/refused\.yaml:5:/);
    expect(existsSync(at("refused"))).toBe(false);
  });

  it("refuses a saved defence that plays the honest, though it comes as a file of its own", async () => {
    await train("client", "clients");
    const file = write("honest", "scripted", ", policy: { policy: clients/client }");
    const { code, err } = await masque(["run", file, "--out", at("honest"), "--prepare"]);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/"clients\/client" plays client, on the benign side; expected a role of the defender/),
    });
  });

  it("refuses a network of another shape in the words of its baseline", async () => {
    const portfolio = attack("from: bots").replace("noise: 0", "noise: 0, hidden: [3]");
    const { code, err } = await masque(["run", write("shape", portfolio), "--out", at("shape"), "--quiet", "-j", "1"]);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(
        /train cem run 0 .*the policy to start "bot" from does not fit: hidden is \[\], expected \[3\]/,
      ),
    });
  });
});
