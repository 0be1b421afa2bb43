import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/play/evaluate.ts";
import { decodePolicy, encodePolicy, policyDigest } from "../../src/policy/checkpoint.ts";
import type { PolicyData } from "../../src/policy/data.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import { membersOf, mixtureData } from "../../src/policy/mixture.ts";
import type { ScriptedPolicies } from "../../src/policy/policy.ts";
import { constant } from "../../src/policy/policy.ts";
import { meeting, rowing } from "../baselines/games.ts";

const machine = (role: string, otherwise: number, rules: unknown[] = []): PolicyData => ({
  format: 1,
  kind: "automaton",
  environment: "meeting-v0",
  role,
  baseline: "hand",
  obsSize: 2,
  action: { kind: "discrete", n: 3, start: 0 },
  hidden: [],
  activation: "tanh",
  conditioned: false,
  joint: false,
  automaton: { states: ["one", "two"], rules, otherwise } as PolicyData["automaton"],
  greedy: false,
  extra: {},
  tensors: {},
});
/** Meets at the best place in three episodes of four, else at the good one. */
const mixed = (role: string) =>
  mixtureData(
    [
      { weight: 0.25, data: machine(role, 0) },
      { weight: 0.75, data: machine(role, 2) },
    ],
    "hand",
  );
const play = (row: PolicyData, column: PolicyData, copies = 64, episodes = 400) =>
  evaluate(meeting, {
    policies: { row: policyFrom(row), column: policyFrom(column) },
    ...{ episodes, seed: 3, split: ["test"], copies },
  });

describe("a mixture", () => {
  it("draws a member an episode, by weight, and all roles of a side draw alike", () => {
    const { returns } = play(mixed("row"), mixed("column"));
    // 2: both at the good place in all of four steps; 4: both at the best; nothing where they miss each other.
    const mean = [...returns].filter((_, i) => i % 2 === 0);
    expect(new Set(mean)).toEqual(new Set([2, 4]));
    expect(mean.filter((value) => value === 4).length / 400).toBeCloseTo(0.75, 1);
  });

  it("plays alike whatever the number of copies, and whatever was saved in between", () => {
    const { json, weights } = encodePolicy(mixed("row"));
    const loaded = decodePolicy(JSON.parse(json), weights, "saved");
    const { traces } = play(mixed("row"), mixed("column"));
    expect(play(loaded, mixed("column"), 7).traces).toEqual(traces);
    expect(play(loaded, mixed("column"), 1, 20).traces).toEqual(traces.subarray(0, 40));
    expect(policyDigest(loaded)).toBe(policyDigest(mixed("row")));
  });

  it("lets its members remember and draw as they do by themselves", () => {
    const turning = machine("row", 1, [
      { in: "one", when: [], chance: 0.4, play: 0, go: "two" },
      { in: "two", when: [{ see: "steps", at: 0, is: ">=", than: 1 }], chance: 1, play: 2, go: "one" },
    ]);
    const alone = play(turning, mixed("column"));
    expect(play(mixtureData([{ weight: 1, data: turning }], "hand"), mixed("column")).traces).toEqual(alone.traces);
    // Beside a member without memory: episodes that it plays go as if it played them all.
    const both = play(
      mixtureData(
        [machine("row", 1), turning].map((data, i) => ({ weight: [0.25, 0.75][i], data })),
        "hand",
      ),
      mixed("column"),
    );
    const same = (e: number) =>
      both.traces[2 * e] === alone.traces[2 * e] && both.traces[2 * e + 1] === alone.traces[2 * e + 1];
    const shared = Array.from({ length: 400 }, (_, e) => same(e)).filter(Boolean).length;
    expect(shared / 400).toBeGreaterThan(0.7);
    expect(shared / 400).toBeLessThan(0.9);
  });

  it("plays a joint member for all agents of a role at once", () => {
    const outputs = 36;
    const net = (favourite: number): PolicyData => ({
      ...machine("rower", 0),
      kind: "mlp",
      environment: "rowing-v0",
      automaton: undefined,
      obsSize: 4,
      action: { kind: "discrete", n: 4, start: 0 },
      joint: true,
      greedy: true,
      tensors: {
        w0: { shape: [36, outputs], data: new Float32Array(36 * outputs) },
        b0: { shape: [outputs], data: Float32Array.from({ length: outputs }, (_, i) => (i % 4 === favourite ? 1 : 0)) },
      },
    });
    const data = mixtureData(
      [1, 2].map((favourite) => ({ weight: 0.5, data: net(favourite) })),
      "hand",
    );
    expect(data.joint).toBe(true);
    expect(membersOf(decodePolicy(JSON.parse(encodePolicy(data).json), encodePolicy(data).weights, "x"))[1]).toEqual({
      ...net(2),
      automaton: undefined,
    });
    const run = (policy: PolicyData) =>
      evaluate(rowing, { policies: { rower: policyFrom(policy) }, episodes: 40, seed: 1, split: ["test"] });
    const [one, two, both] = [net(1), net(2), data].map((policy) => run(policy).counters);
    const kinds = Array.from({ length: 40 }, (_, e) =>
      both[2 * e] === one[2 * e] ? 1 : both[2 * e] === two[2 * e] ? 2 : 0,
    );
    expect(kinds).not.toContain(0);
  });

  it("of mixtures is one of all their members", () => {
    const members = [
      { weight: 0.5, data: mixed("row") },
      { weight: 0.5, data: machine("row", 1) },
    ];
    const data = mixtureData(members, "hand");
    expect(data.mixture!.map(({ weight }) => weight)).toEqual([0.125, 0.375, 0.5]);
    expect(membersOf(data)).toEqual([machine("row", 0), machine("row", 2), machine("row", 1)]);
  });

  it("leaves out members of weight 0", () => {
    const data = mixtureData(
      [0, 1].map((weight) => ({ weight, data: machine("row", 2 * weight) })),
      "hand",
    );
    expect(membersOf(data)).toEqual([machine("row", 2)]);
  });
});

describe("a script by name", () => {
  const scripts = {
    defaults: { row: constant(0), column: constant(1) },
    attacks: { none: { roles: { row: constant(0) } }, last: { roles: { row: constant(2) } } },
    defences: { last: { roles: { column: constant(2) } }, idle: { roles: {} } },
  } as unknown as ScriptedPolicies;
  const named = (role: string, name: string, set = {}) =>
    policyFrom({ ...machine(role, 0), kind: "script", automaton: undefined, script: { name, set } }, scripts);
  const met = (row: string, column: string) =>
    evaluate(meeting, {
      policies: { row: named("row", row), column: named("column", column) },
      ...{ episodes: 1, seed: 1, split: ["test"] },
    }).counters[0];

  it("is an attack for roles that attacks play, a defence for all others", () => {
    expect(met("last", "last")).toBe(4);
    expect(met("none", "last")).toBe(0);
    expect(met("last", "default")).toBe(0);
    expect(met("last", "idle")).toBe(0);
  });

  it("is refused where there is none, and a defence has no dials", () => {
    expect(() => met("last", "lost")).toThrow(/Unknown defence of meeting-v0 "lost".*"last"/);
    expect(() => met("lost", "last")).toThrow(/Unknown attack of meeting-v0 "lost"/);
    const context = { role: "column" } as never;
    expect(() => named("column", "last", { x: 1 })(context)).toThrow(/defence last has no dials/);
  });
});
