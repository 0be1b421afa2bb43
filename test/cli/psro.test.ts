import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { loadPolicy, policyDigest, savePolicy } from "../../src/policy/checkpoint.ts";
import { masque, PLUGINS } from "./command.ts";
import { followsPage } from "./page.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-psro-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string) => join(scratch, name);
const GATE = ["gate", "--lambda", "2", "--episodes", "16", "--oracle-budget", "4000", ...PLUGINS];
const psro = (out: string, ...more: string[]) => masque(["psro", ...GATE, "--out", at(out), ...more]);
const LEARNING = ["--defender", "scripts,q-learning", "--attacker", "scripts,q-learning", "--rounds", "4"];

describe("masque psro", () => {
  it("prints rounds, the table and what leaving it gains, and writes both populations", async () => {
    const { code, out, err } = await psro("scripts");
    expect(code, err).toBe(0);
    // λ = 2: the open gate is worth 3 in peace and 1 under a raid, the shut one 2 whatever happens.
    expect(err).toMatch(/round 1: worth 3\.000? .*attacker raid gains 2\.000? .*exploitability 2/);
    expect(out).toMatch(/gate-v0, trade \+ 2 · peace, nash: 3 rounds, \d+ steps; no answer gains more/);
    expect(out).toMatch(/ shut 1 +2 +2\n/);
    expect(out).toMatch(/exploitability, as far as was found +\S+ \[/);
    expect(out).toContain(`masque eval gate --plugins ${PLUGINS[1]} --policy ${at("scripts")}/defender --attack all`);
    expect(readdirSync(at("scripts")).sort()).toEqual(["attacker", "defender", "population.json", "task.json"]);
    const { mixture } = loadPolicy(at("scripts/attacker/raider"));
    expect(mixture!.map(({ weight, script }) => [weight, script!.name])).toEqual([
      [0.5, "none"],
      [0.5, "raid"],
    ]);
  });

  it("learns on both sides, in as many rounds and steps as are granted, and gives the same bytes again", async () => {
    const one = await psro("one", ...LEARNING, "--json", "--quiet");
    expect(one.code, one.err).toBe(0);
    const found = JSON.parse(one.out);
    expect(found.rounds.flatMap(({ members }: { members: { defender: string[] } }) => members.defender)).toContain(
      "q-learning-2",
    );
    const two = await psro("two", ...LEARNING, "--json", "--quiet");
    expect(two.out.replaceAll(at("two"), at("one"))).toBe(one.out);
    for (const file of ["defender/keeper.json", "defender/keeper.safetensors", "attacker/raider.safetensors"])
      expect(readFileSync(at(`two/${file}`))).toEqual(readFileSync(at(`one/${file}`)));
    const short = JSON.parse((await psro("short", ...LEARNING, "--budget", "12000", "--json", "--quiet")).out);
    expect(short.rounds.at(-1)).toMatchObject({ round: 1, end: "budget" });
    expect(JSON.parse((await psro("other", ...LEARNING, "--seed", "2", "--json", "--quiet")).out).steps).not.toBe(
      found.steps,
    );
  });

  it("goes on after it was stopped, without training again what was trained, and ends in the same bytes", async () => {
    const stopped = await psro("stopped", ...LEARNING, "--json");
    expect(stopped.code).toBe(0);
    cpSync(at("stopped/trainings"), at("whole"), { recursive: true });
    // As if it had been killed in its second round.
    for (const name of readdirSync(at("stopped/trainings")))
      if (!name.endsWith("-1")) rmSync(at(`stopped/trainings/${name}`), { recursive: true });
    for (const side of ["attacker", "defender", "population.json"]) rmSync(at(`stopped/${side}`), { recursive: true });
    const changed = at("stopped/trainings/defender-1/done.json");
    const resumed = await psro("stopped", ...LEARNING, "--json", "--resume");
    expect(resumed.out).toBe(stopped.out);
    for (const name of readdirSync(at("whole")))
      expect(readFileSync(at(`stopped/trainings/${name}/done.json`))).toEqual(
        readFileSync(at(`whole/${name}/done.json`)),
      );

    const refused = async (why: RegExp, ...more: string[]) => {
      const { code, err } = await psro("stopped", ...LEARNING, ...more);
      expect([code, err]).toEqual([2, expect.stringMatching(why)]);
    };
    await refused(/is not empty. Go on with it by --resume/);
    await refused(/is of a population with other settings/, "--resume", "--seed", "9");
    // A record of a training that left its role alone, and one that names what another role learned.
    const record = readFileSync(changed, "utf8");
    writeFileSync(changed, '{"steps": 1, "policies": {}}');
    await refused(/defender-1 of gate-v0 has policies for nobody; expected keeper/, "--resume");
    const raider = loadPolicy(at("stopped/trainings/attacker-1/raider"));
    savePolicy(at("stopped/trainings/defender-1/raider"), raider);
    writeFileSync(changed, JSON.stringify({ steps: 1, policies: { raider: policyDigest(raider) } }));
    await refused(/defender-1 of gate-v0 has policies for raider; expected keeper/, "--resume");
    savePolicy(at("stopped/trainings/defender-1/keeper"), raider);
    writeFileSync(changed, JSON.stringify({ steps: 1, policies: { keeper: policyDigest(raider) } }));
    await refused(/has a policy for raider of gate-v0 as keeper/, "--resume");
    cpSync(at("whole/defender-1"), at("stopped/trainings/defender-1"), { recursive: true });
    writeFileSync(changed, record.replace(/[0-9a-f]{64}/, "0".repeat(64)));
    await refused(/is not the policy that its training made.*Remove .* to train it again/, "--resume");
    writeFileSync(changed, "{}");
    await refused(/is no record of a training/, "--resume");
  });

  it("stops on Ctrl-C, and says how to go on", async () => {
    const { code, err } = await masque(["psro", ...GATE, ...LEARNING, "--out", at("cut")], (_, interrupt) =>
      interrupt(),
    );
    expect({ code, said: /--resume goes on/.test(err) }).toEqual({ code: 130, said: true });
  });

  it.each<[string[], RegExp]>([
    [["gte"], /Did you mean "gate"/],
    [["simple-crypto"], /no role on the (defender|attacker) side/],
    [["gate", "--meta", "nsh"], /Unknown meta-strategy "nsh". Did you mean "nash"/],
    [["gate", "--attacker", "cma"], /Unknown baseline "cma"/],
    [["gate", "--attacker", "cem,random"], /expected one baseline at most, as in scripts,cem/],
    [["gate", "--attacker-set", "population=8"], /scripts have no settings/],
    [["gate", "--defender", "cem", "--defender-set", "populaton=8"], /Did you mean "population"/],
    [["gate", "--defender", "cem", "--oracle-budget", "5"], /expected at least \d+/],
    [["gate", "--lambda", "0"], /--lambda: got "0", expected a number above 0/],
    [["gate", "--security", "pease"], /Unknown metric of gate-v0 "pease"/],
    [["gate", "--rounds", "0"], /--rounds/],
  ])("refuses %j, and writes nothing", async (args, why) => {
    const { code, err } = await masque(["psro", ...args, ...PLUGINS, "--out", at("never")]);
    expect(err).toMatch(why);
    expect(code).toBe(2);
    expect(existsSync(at("never"))).toBe(false);
  });

  it("makes defences that eval, benchmarks and their attackers take", async () => {
    const policy = at("one/defender");
    const { code, out, err } = await masque([
      "eval",
      "gate",
      "--policy",
      policy,
      "--attack",
      "all",
      "--json",
      ...PLUGINS,
    ]);
    expect(code, err).toBe(0);
    expect(JSON.parse(out).results).toHaveLength(4);
    writeFileSync(
      at("question.yaml"),
      `schema: 1
name: mixed-gate
environment: { id: gate-v0 }
defence: { policy: [default, { policy: one/defender, name: population }] }
portfolio: [none, scripted, { baseline: toy-learner, budget: 400 }, { policy: one/attacker, name: mixed }]
seeds: { runs: 2 }
episodes: { select: 4, test: 8 }
`,
    );
    const played = await masque(["run", at("question.yaml"), ...PLUGINS, "--out", at("run"), "--quiet", "-j1"]);
    expect(played.code, played.err).toBe(0);
    const { points } = JSON.parse(readFileSync(at("run/frontier.json"), "utf8"));
    const submitted = await masque(["submit", at("run"), "--out", at("entry"), "--author", "nobody", ...PLUGINS]);
    expect(submitted.code, submitted.err).toBe(0);
    const verified = await masque(["verify", at("entry"), "--run-code", ...PLUGINS]);
    expect(verified.code, verified.out).toBe(0);
    expect(points.map(({ defence }: { defence: string }) => defence)).toEqual(["default", "population"]);
    const kept = readdirSync(at("run"), { recursive: true, encoding: "utf8" }).filter((file) =>
      /keeper\.json$/.test(file),
    );
    expect(kept.map((file) => policyDigest(loadPolicy(at(`run/${file.replace(/\.json$/, "")}`))))).toContain(
      policyDigest(loadPolicy(join(policy, "keeper"))),
    );
  });
});

describe("docs/populations.md", () => {
  const page = readFileSync(join(packageRoot, "docs", "populations.md"), "utf8");
  const less = { psro: ["--episodes", "4", "--rounds", "2", "--oracle-budget", "20000"], eval: ["--episodes", "4"] };
  followsPage("populations.md", at("docs"), less);

  it("shows a mixture that can be written by hand", async () => {
    const [, json] = /```json\n([\s\S]*?)```/.exec(page)!;
    writeFileSync(at("hand.json"), json);
    const { code, err } = await masque(["eval", "stealth-takeover", "--policy", at("hand.json"), "--episodes", "2"]);
    expect(code, err).toBe(0);
  });

  it("names evidence that there is", async () => {
    const { default: evidence } = await import("../../benchmarks/evidence/populations.ts");
    const named = [...page.matchAll(/npm run evidence -- populations ([a-z]+)/g)].map(([, part]) => part);
    expect(new Set(named)).toEqual(new Set(Object.keys(evidence)));
  });
});
