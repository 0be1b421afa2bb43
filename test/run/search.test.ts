import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../src/benchmark/config.ts";
import { resolveBenchmark } from "../../src/benchmark/resolve.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { makePlan } from "../../src/run/plan.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { contents } from "./processes.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-search-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const registry = openRegistry([PLUGINS[1]]);

const yaml = (...portfolio: string[]) => `schema: 1
name: searched
environment: { id: toy-v0 }
defence: { knobs: { wall: [0.5] } }
portfolio:
${portfolio.map((entry) => `  - ${entry}\n`).join("")}seeds: { runs: 2 }
episodes: { select: 32, test: 64 }
`;
const resolve = async (...portfolio: string[]) =>
  resolveBenchmark(parseConfig(yaml(...portfolio), "searched.yaml"), registry, () => ({}));
const run = (name: string, ...more: string[]) =>
  masque(["run", join(scratch, "searched.yaml"), ...PLUGINS, "--out", join(scratch, name), "--quiet", "-j1", ...more]);

beforeAll(async () => {
  const whole = yaml("scripted", "{ scripted: climb, set: { vigour: 0.5 } }", "{ search: climb, budget: 8_000 }");
  writeFileSync(join(scratch, "searched.yaml"), whole);
  const { code, err } = await run("whole");
  expect({ code, err }).toEqual({ code: 0, err: "" });
}, 60_000);

describe("a portfolio", () => {
  it("meets a script at a setting of its dials, and at the best that a search finds", () => {
    const { points } = JSON.parse(readFileSync(join(scratch, "whole", "frontier.json"), "utf8"));
    const [point] = points;
    expect(Object.keys(point.attacks)).toEqual(["none", "climb", "climb-set", "climb-search"]);
    const closed = (attack: string) => point.attacks[attack].security.mean;
    // The wall of ½ keeps out half of those who climb by action 1, a quarter of those who do by action 2.
    expect(closed("climb")).toBeCloseTo(0.5, 1);
    expect(closed("climb-set")).toBeCloseTo(0.375, 1);
    expect(closed("climb-search")).toBeLessThan(0.29);
    expect(point.worstAttack).toBe("climb-search");
  });

  it("keeps what was found as data: the script's name and its numbers", () => {
    const folder = join(scratch, "whole", "policies");
    const found = readdirSync(folder)
      .filter((file) => file.endsWith(".json"))
      .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
    for (const { kind, script } of found)
      expect({ kind, name: script.name }).toEqual({ kind: "script", name: "climb" });
    const searched = found.filter(({ baseline }) => baseline === "script-search").map(({ script }) => script.set);
    const strong = searched.filter(({ vigour }) => vigour > 0.8);
    const asDeclared = searched.filter(({ vigour, idle }) => vigour === 0 && idle === 0);
    // Two runs at each of three walls; where there is none, nothing is better than the script as it is.
    expect([searched.length, strong.length, asDeclared.length]).toEqual([6, 4, 2]);
  });

  it("gives the same bytes again, and where half of it was there already", async () => {
    const results = (name: string) => contents(join(scratch, name));
    cpSync(join(scratch, "whole"), join(scratch, "half"), { recursive: true });
    const cells = readdirSync(join(scratch, "half", "cells")).sort();
    for (const cell of cells.slice(0, cells.length >> 1)) rmSync(join(scratch, "half", "cells", cell));
    expect((await run("half", "--resume")).code).toBe(0);
    expect(results("half")).toEqual(results("whole"));
  });

  it("plans a search as a training at every point and run, of the axes that are drawn", async () => {
    const searches = async (...more: string[]) => {
      const { cells } = makePlan(
        await resolve(`{ search: climb, budget: 8_000${more.map((one) => `, ${one}`).join("")} }`),
      );
      return cells.filter(({ stage }) => stage === "train");
    };
    const plain = await searches();
    expect(plain.map(({ spec }) => spec.baseline)).toEqual(plain.map(() => "script-search"));
    expect(plain.length).toBe(3 * 2); // wall ½, no wall and lockdown, two runs each
    expect(plain[0].spec.objective).toEqual({ utility: "access", security: "closed", lambda: 0 });
    expect(plain[0].steps).toBe(8000);
    const hashes = new Set(
      [plain, await searches("lambda: 1"), await searches("config: { population: 10 }")].map(([{ hash }]) => hash),
    );
    expect(hashes.size).toBe(3);
    // The name is what results call it, and no part of what is computed.
    expect((await searches("name: tuned"))[0].hash).toBe(plain[0].hash);
  });

  it.each([
    [
      "{ search: clim, budget: 8_000 }",
      /searched.yaml:6:15: portfolio.0: Unknown attack of toy-v0 "clim". Did you mean "climb"/,
    ],
    ["{ search: none, budget: 8_000 }", /portfolio.0: toy-v0: the attack none has no dials. Those that have: climb/],
    ["{ search: climb }", /portfolio.0.budget: it is missing/],
    [
      "{ search: climb, budget: 10 }",
      /searched: portfolio: climb-search: script-search: got a budget of 10 steps a level, expected at least/,
    ],
    ["{ search: climb, budget: 8_000, config: { script: climb } }", /the script is what `search` names/],
    [
      "{ search: climb, budget: 8_000, config: { popualtion: 8 } }",
      /unknown key "portfolio.0.config.popualtion". Did you mean "population"/,
    ],
    [
      "{ scripted: climb, set: { vigour: 2 } }",
      /searched.yaml:6:\d+: portfolio.0: toy-v0: attack climb: vigour is 2; expected a number from 0 to 1/,
    ],
    ["{ scripted: climb, set: {} }", /expected at least one dial/],
    ["{ scripted: climb, set: { vigour: high } }", /portfolio.0.set.vigour: got "high", expected a number/],
    ["{ scripted: [climb, none], set: { vigour: 1 } }", /portfolio.0.scripted/],
  ])("refuses %s", async (entry, why) => {
    await expect(resolve(entry).then(makePlan)).rejects.toThrow(why);
  });
});
