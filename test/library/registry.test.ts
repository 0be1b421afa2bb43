import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/data/errors.ts";
import { packageRoot } from "../../src/data/package.ts";
import { openRegistry, type Problem } from "../../src/library/registry.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { Rng } from "../../src/random/rng.ts";

const PLUGINS = new URL("../run/plugins", import.meta.url).pathname;
mkdirSync(join(packageRoot, "runs"), { recursive: true });
const scratch = mkdtempSync(join(packageRoot, "runs", ".registry-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let made = 0;

/** A plug-in folder with the given files. */
function folder(files: Record<string, string>): string {
  const root = join(scratch, String(made++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

describe("the registry", () => {
  it("adds attacks and defences of a user's own to an environment", async () => {
    const more = folder({
      "policies/toy/mine.ts": `
        const still = () => ({ act: ({ actions }) => void actions.fill(0) });
        export default { attacks: { rest: { roles: { climber: still } } }, defences: { doze: { roles: { keeper: still } } } };`,
    });
    const plain = await (await openRegistry([PLUGINS]).environment("toy-v0")).policies();
    const policies = await (await openRegistry([PLUGINS, more]).environment("toy-v0")).policies();
    expect(Object.keys(plain.attacks)).toEqual(["none", "climb"]);
    expect(Object.keys(policies.attacks)).toEqual(["none", "climb", "rest"]);
    expect(Object.keys(policies.defences ?? {})).toEqual(["shut", "doze"]);
    const clash = folder({ "policies/toy/climb.ts": "export default { attacks: { climb: { roles: {} } } };" });
    const registry = openRegistry([PLUGINS, clash]);
    await expect((await registry.environment("toy-v0")).policies()).rejects.toThrow(/already has "climb"/);
  });

  it("takes dials of a user's own attacks, and of no others", async () => {
    const attacks = "attacks: { mine: { roles: { climber: () => ({ act: ({ actions }) => void actions.fill(1) }) } } }";
    const script = "{ dials: { x: { low: 0, high: 1, at: 0, says: 'x' } }, roles: () => ({}) }";
    const load = async (tunable: string) => {
      const more = folder({ "policies/toy/mine.ts": `export default { ${attacks}, tunable: { ${tunable} } };` });
      return (await openRegistry([PLUGINS, more]).environment("toy-v0")).policies();
    };
    expect(Object.keys((await load(`mine: ${script}`)).tunable ?? {})).toEqual(["climb", "mine"]);
    await expect(load(`min: ${script}`)).rejects.toThrow(
      /Unknown attack that .*mine.ts tunes "min". Did you mean "mine"/,
    );
    await expect(load(`mine: ${script.replace("high: 1", "high: -1")}`)).rejects.toThrow(
      /mine.ts: mine: dial x goes from 0 to -1/,
    );
    await expect(load("mine: {}")).rejects.toThrow(/mine.ts: mine: expected dials and roles/);
  });

  it("tells results made by other code apart", () => {
    const more = folder({ "policies/toy/mine.ts": "export default {};" });
    const plain = openRegistry([PLUGINS]);
    expect(plain.sources("toy", [])).toBe(openRegistry([PLUGINS]).sources("toy", []));
    expect(openRegistry([PLUGINS, more]).sources("toy", [])).not.toBe(plain.sources("toy", []));
    expect(plain.sources("toy", ["toy-learner"])).not.toBe(plain.sources("toy", []));
  });

  it("refuses two of one name", () => {
    expect(() => openRegistry([PLUGINS, PLUGINS])).toThrow(/Two environments are called "gate"/);
    const cem = folder({ "baselines/cem.ts": "export default {};" });
    expect(() => openRegistry([cem])).toThrow(/Two baselines are called "cem"/);
    const quick = folder({ "benchmarks/quickstart.yaml": "schema: 1" });
    expect(() => openRegistry([quick]).benchmarks()).toThrow(/Two benchmarks are called "quickstart"/);
  });

  it("goes on without an environment that does not load, and says which", async () => {
    const broken = folder({
      "envs/broken/env.ts": 'throw new Error("half written");',
      "envs/empty/env.ts": "export default 3;",
      "envs/empty/notes.txt": "",
      "envs/nothing/notes.txt": "",
    });
    const problems: Problem[] = [];
    const found = await openRegistry([broken]).environments(problems);
    expect(found.map(({ env }) => env.id)).toContain("simple-crypto-v3");
    expect(problems.map(({ file }) => file)).toEqual(["broken", "empty"]);
    expect(problems[0].message).toMatch(/broken\/env\.ts does not load: half written/);
    await expect(openRegistry([broken]).environment("broken-v0")).rejects.toThrow(/half written/);
    await expect(openRegistry([broken]).environment("empty-v0")).rejects.toThrow(InputError);
  });

  it("holds a baseline to its file's name", async () => {
    const other = folder({ "baselines/mine.ts": 'export default { id: "yours", train() {} };' });
    await expect(openRegistry([other]).baseline("mine")).rejects.toThrow(/with id "mine"/);
  });

  it("never looks up what objects inherit", async () => {
    const registry = openRegistry([PLUGINS]);
    for (const name of ["constructor", "__proto__", "toString"]) {
      await expect(registry.environment(name)).rejects.toThrow(InputError);
      await expect(registry.baseline(name)).rejects.toThrow(InputError);
      expect(() => registry.benchmarkFile(name)).toThrow(InputError);
    }
  });
});

it("lets code of others draw, and know nothing of any stream", async () => {
  const spy = folder({
    "policies/toy/spy.ts": `
      const look = () => ({ act: ({ rngs, actions, rows }) => {
        globalThis.seen = [rngs[0].state, rngs[0].fork, rngs[0].become, Object.keys(rngs[0]).length];
        globalThis.drawn ??= [];
        globalThis.drawn.push(rngs[0].word(), rngs[0].word());
        for (let row = 0; row < rows; row++) actions[row] = rngs[row].int(0, 2);
      } });
      export default { attacks: { spy: { roles: { climber: look } } } };`,
  });
  const { env, policies } = await openRegistry([PLUGINS, spy]).environment("toy-v0");
  const scripts = await policies();
  const play = (seed: number) => {
    (globalThis as { drawn?: number[] }).drawn = [];
    const roles = { ...scripts.defaults, ...scripts.attacks.spy.roles };
    const { traces } = evaluate(env, { policies: roles, episodes: 2, seed, copies: 1, split: ["spy"] });
    return { traces: [...traces], drawn: [...(globalThis as { drawn?: number[] }).drawn!] };
  };
  expect(play(1)).toEqual(play(1));
  expect(play(1).drawn).not.toEqual(play(2).drawn);
  const { seen } = globalThis as { seen?: unknown[] };
  expect(seen!.slice(0, 3)).toEqual([undefined, undefined, undefined]);
  // What it draws is nothing that any stream of the play draws: those are permutations of their names.
  const { drawn } = play(1);
  const own = new Rng(1, "spy").fork(0, "climber", 0);
  const words = Array.from({ length: 200 }, () => own.word());
  expect(drawn.filter((word) => words.includes(word))).toEqual([]);
  expect(new Set(drawn).size).toBe(drawn.length);
});
