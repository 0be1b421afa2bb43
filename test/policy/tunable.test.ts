import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Environment } from "../../src/env/define.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { score } from "../../src/play/score.ts";
import { scriptData } from "../../src/play/script-data.ts";
import { loadPolicy, policyDigest, savePolicy } from "../../src/policy/checkpoint.ts";
import { checkDials, type Dial, declared, edgesOf, placesOf, settingAt } from "../../src/policy/dials.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import { scriptAt } from "../../src/policy/tunable.ts";

const registry = openRegistry([new URL("../run/plugins", import.meta.url).pathname]);
const scratch = mkdtempSync(join(tmpdir(), "masque-tunable-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const one = (dial: Partial<Dial>) => ({ dials: { x: { low: 0, high: 10, at: 5, says: "x", ...dial } } });

describe("a dial", () => {
  it("has every value of a whole number at an equal share of its scale, the declared one in the middle of its own", () => {
    const dials = one({ low: 2, high: 6, at: 3, integer: true });
    const counts = new Map<number, number>();
    for (let i = 0; i < 1000; i++) {
      const { x } = settingAt(dials, [(i + 0.5) / 1000]);
      counts.set(x, (counts.get(x) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([2, 3, 4, 5, 6]);
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThanOrEqual(2);
    expect(placesOf(dials, { x: 3 })[0]).toBeCloseTo(0.3, 2);
  });

  it("is searched by ratios where it says so", () => {
    expect(settingAt(one({ low: 1, high: 100, at: 10, log: true }), [0.5])).toEqual({ x: 10 });
  });

  it("keeps to its range, and comes back from its place, to four digits", () => {
    const dial = fc
      .record({
        low: fc.double({ min: 0.01, max: 10, noNaN: true }),
        span: fc.double({ min: 0.1, max: 100, noNaN: true }),
        log: fc.boolean(),
      })
      .map(({ low, span, log }) => one({ low, high: low + span, at: low, log }));
    fc.assert(
      fc.property(dial, fc.double({ min: -2, max: 3, noNaN: true }), (dials, place) => {
        const { x } = settingAt(dials, [place]);
        expect(x).toBeGreaterThanOrEqual(dials.dials.x.low);
        expect(x).toBeLessThanOrEqual(dials.dials.x.high);
        const again = settingAt(dials, placesOf(dials, { x })).x;
        expect(Math.abs(again - x)).toBeLessThanOrEqual(1e-3 * x);
      }),
    );
  });

  it("stands on an edge near the ends of its range, unless nothing lies beyond them", () => {
    const edges = (dial: Partial<Dial>, x: number) => edgesOf(one(dial), { x }).map(({ end }) => end);
    expect(edges({}, 0.1)).toEqual(["low"]);
    expect(edges({}, 9.9)).toEqual(["high"]);
    expect(edges({}, 5)).toEqual([]);
    expect(edges({ natural: "low" }, 0)).toEqual([]);
    expect(edges({ natural: "low" }, 10)).toEqual(["high"]);
    expect(edges({ integer: true }, 10)).toEqual(["high"]);
    expect(edges({ integer: true, high: 1000 }, 999)).toEqual([]);
  });

  it.each([
    [{ low: 3, high: 3 }, /goes from 3 to 3/],
    [{ at: 11 }, /declared as 11, outside 0 … 10/],
    [{ log: true }, /logarithmic from 0/],
    [{ integer: true, at: 2.5 }, /whole/],
    [{ high: Number.NaN }, /to NaN/],
  ])("%j is refused", (dial, why) => expect(() => checkDials(one(dial))).toThrow(why));
});

describe("tunable scripts", async () => {
  const plugins = await registry.environments();
  const scripts = await Promise.all(plugins.map(async ({ env, name }) => ({ env, name, ...(await policiesOf(name)) })));
  const tuned = scripts.filter(({ policies }) => Object.keys(policies.tunable ?? {}).length > 0);
  async function policiesOf(name: string) {
    return { policies: await (await registry.environmentNamed(name)).policies() };
  }
  const play = (env: Environment, roles: object, policies: (typeof tuned)[number]["policies"], params: object) => [
    ...evaluate(env, {
      params: { ...params } as never,
      policies: { ...policies.attacks.none.roles, ...policies.defaults, ...roles } as never,
      episodes: 3,
      seed: 3,
      split: ["tunable"],
    }).traces,
  ];

  it("are there in six environments and more", () => expect(tuned.length).toBeGreaterThan(6));

  it.each(
    tuned.flatMap(({ env, name, policies }) =>
      Object.keys(policies.tunable!).map((script) => ({ env, name, policies, script })),
    ),
  )(
    "$name: $script plays as it does, at its declared values, and at both ends of every dial",
    ({ env, policies, script }) => {
      const tunable = policies.tunable![script];
      const at = declared(tunable);
      const params = short(env);
      expect(play(env, tunable.roles(at), policies, params)).toEqual(
        play(env, policies.attacks[script].roles, policies, params),
      );
      for (const [dial, { low, high }] of Object.entries(tunable.dials)) {
        for (const value of [low, high]) play(env, tunable.roles({ ...at, [dial]: value }), policies, params);
      }
    },
  );
});

/** Shorter episodes, where a parameter says how long they are. */
function short(env: Environment): object {
  const defaults = env.params.parse({}) as Record<string, unknown>;
  return Object.fromEntries(
    ["steps", "rounds", "periods"].filter((name) => Object.hasOwn(defaults, name)).map((name) => [name, 40]),
  );
}

describe("a setting of a script", async () => {
  const { env, policies: load } = await registry.environment("toy-v0");
  const policies = await load();
  const roles = env.roles(env.params.parse({}));
  const make = (set: Record<string, number>) => scriptData(env, roles, policies, { name: "climb", set }).climber;

  it("is a policy as data, that comes back from its file and plays as the script does there", () => {
    const data = make({ vigour: 1 });
    savePolicy(join(scratch, "climber"), data);
    const back = loadPolicy(join(scratch, "climber"));
    expect(back).toEqual(data);
    expect(policyDigest(back)).not.toBe(policyDigest(make({ vigour: 0.5 })));
    const closed = (attack: object) =>
      score(env, { scripts: policies as never, params: { wall: 1 }, attack: attack as never, episodes: 64 }).attacked
        .closed;
    expect(closed({ climber: make({}) })).toBe(1);
    expect(closed({ climber: back })).toBeCloseTo(0.5, 1);
  });

  it("may be written by hand, without weights", () => {
    const { tensors: _, ...meta } = make({ idle: 0.25 });
    writeFileSync(join(scratch, "hand.json"), JSON.stringify(meta));
    expect(loadPolicy(join(scratch, "hand")).script).toEqual({ name: "climb", set: { idle: 0.25 } });
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ["a script that there is not", { name: "clim", set: {} }, /Unknown attack of toy-v0 "clim". Did you mean "climb"/],
    ["one without dials", { name: "none", set: { x: 1 } }, /attack none has no dials. Those that have: climb/],
    [
      "a dial that there is not",
      { name: "climb", set: { vigor: 1 } },
      /Unknown dial of the attack climb of toy-v0 "vigor". Did you mean "vigour"/,
    ],
    ["a dial of every object", { name: "climb", set: { constructor: 1 } }, /Unknown dial/],
    ["a script of every object", { name: "constructor", set: {} }, /Unknown attack/],
    [
      "a value out of range",
      { name: "climb", set: { vigour: 1.5 } },
      /climb: vigour is 1.5; expected a number from 0 to 1/,
    ],
    ["no number", { name: "climb", set: { vigour: Number.NaN } }, /expected a number from 0 to 1/],
  ])("%s is refused", (_, script, why) => {
    expect(() => scriptAt(policies, env.id, script as never)).toThrow(why);
    const data = { ...make({}), script } as never;
    expect(() => policyFrom(data, policies)({ role: "climber" } as never)).toThrow();
  });

  it("needs the scripts it is of, and `script` needs the kind", () => {
    expect(() => policyFrom(make({}))({ role: "climber" } as never)).toThrow(
      /hands policyFrom the environment's scripts/,
    );
    const { script: _, ...without } = make({});
    expect(() => savePolicy(join(scratch, "bad"), without)).toThrow(/`script` belongs to policies of that kind/);
    expect(() => savePolicy(join(scratch, "bad"), { ...make({}), kind: "table" })).toThrow(/`script` belongs/);
  });
});
