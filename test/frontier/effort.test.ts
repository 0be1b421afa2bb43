import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Frontier } from "../../src/frontier/frontier.ts";
import { masque, PLUGINS, planned } from "../cli/command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-effort-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = join(scratch, "run");
let found: Frontier;
let text: string;

beforeAll(async () => {
  const { code, err, out } = await masque(["run", "effort", ...PLUGINS, "--out", at, "--quiet"]);
  expect(err).toBe("");
  expect(code).toBe(0);
  text = out;
  found = JSON.parse(readFileSync(join(at, "frontier.json"), "utf8"));
}, 120_000);

const plan = (...overrides: string[]) => planned("effort", overrides);

describe("security against effort", () => {
  it("falls as attacks get dearer: scripts by their search, learners by their budgets and shares of them", () => {
    const [{ effort }] = found.points;
    expect(effort).toMatchObject({ attacks: 3, trainingSteps: 3 * 1000, tuningSteps: 300 });
    const curve = effort.curve!;
    expect(curve.map(({ steps }) => steps)).toEqual([0, 100, 300, 500, 1000]);
    // Nobody pushes; 7.5 %; the script pushes in half of the steps; 37.5 % is less; 75 %.
    const security = [1, 0.925, 0.5, 0.5, 0.25];
    for (const [i, expected] of security.entries())
      expect(Math.abs(curve[i].security.mean - expected)).toBeLessThan(0.03);
    expect(curve[3].security).toEqual(curve[2].security);
    expect(curve.at(-1)!.security.mean).toBe(found.points[0].security.mean);
    for (let i = 1; i < curve.length; i++) {
      expect(curve[i].security.mean).toBeLessThanOrEqual(curve[i - 1].security.mean);
    }
  });

  it("is measured by trainings that are no members of the portfolio", async () => {
    expect(Object.keys(found.points[0].attacks)).toEqual(["none", "feint", "toy-ladder"]);
    expect(found.attacks).toHaveLength(3);
    const cells = await plan();
    const smaller = cells.filter(({ attack }) => attack === "toy-ladder@0.1");
    expect(smaller.filter(({ stage }) => stage === "train").map(({ steps, points }) => [steps, points])).toEqual(
      Array(3).fill([5 * 100, [0, 1, 2, 3, 4]]),
    );
    expect(smaller.filter(({ stage }) => stage !== "train")).toHaveLength(2 * 5 * 3);
    for (const { effort } of found.anchors) expect(effort.curve).toBeUndefined();
  });

  it("leaves everything else as it is without them", async () => {
    const bare = join(scratch, "bare");
    const { code } = await masque([
      "run",
      "effort",
      ...PLUGINS,
      "--out",
      bare,
      "--quiet",
      "effort=[]",
      "check.levels=0",
    ]);
    expect(code).toBe(0);
    const other: Frontier = JSON.parse(readFileSync(join(bare, "frontier.json"), "utf8"));
    expect(other.conditioning).toEqual([]);
    expect(other.front).toEqual(found.front);
    for (const [i, { effort, ...point }] of other.points.entries()) {
      const { effort: _, ...same } = found.points[i];
      expect(point).toEqual(same);
      expect(effort.curve!.map(({ steps }) => steps)).toEqual([0, 300, 1000]);
    }
  });

  it.each(["effort=[1]", "effort=[0]", "effort=0.1", "effort=[0.1, .nan]", "check.levels=-1", "check.level=1"])(
    "refuses %s",
    async (override) => {
      expect((await masque(["run", "effort", ...PLUGINS, "--dry-run", override])).code).toBe(2);
    },
  );
});

describe("a conditioned attack beside itself, trained for one level", () => {
  it("shows the gap at two levels inside", () => {
    const gaps = found.conditioning!;
    expect(gaps.map(({ attack, knobs }) => [attack, knobs.moat])).toEqual([
      ["toy-ladder", 0.1],
      ["toy-ladder", 0.5],
    ]);
    for (const { knobs, conditioned, alone, gap } of gaps) {
      expect(Math.abs(conditioned.mean - (1 - 0.75 * (1 - knobs.moat)))).toBeLessThan(0.04);
      expect(Math.abs(alone.mean - knobs.moat)).toBeLessThan(0.04);
      expect(gap.mean).toBeCloseTo(conditioned.mean - alone.mean, 12);
      expect(gap.low!).toBeLessThan(gap.mean);
    }
    expect(text).toMatch(/conditioned attack +level +conditioned +alone +gap *\n *toy-ladder +moat=0\.1 +0\.3/);
  });

  it("is trained at these levels only, and played on the test split only", async () => {
    const alone = (await plan("check.levels=3")).filter(({ attack }) => attack === "toy-ladder@alone");
    expect(alone.map(({ stage, points }) => `${stage} ${points}`).sort()).toEqual(
      [1, 2, 3]
        .flatMap((point) => [`test ${point}`, `train ${point}`])
        .flatMap((one) => [one, one, one])
        .sort(),
    );
    const two = await plan("defence.knobs.moat=[0, 0.5]");
    expect(two.some(({ attack }) => attack.endsWith("@alone"))).toBe(false);
    const unshared = await plan("portfolio.2.conditioned=false");
    expect(unshared.some(({ attack }) => attack.endsWith("@alone"))).toBe(false);
  });
});

describe("the exact best response", () => {
  it("comes from theory where no script in the portfolio is one", () => {
    expect(found.points[2].calibration).toEqual({
      attack: "theory",
      security: { mean: 0.2, low: null, high: null },
      theory: 0.2,
      portfolio: expect.objectContaining({ mean: found.points[2].security.mean }),
    });
    expect(found.anchors.find(({ anchor }) => anchor === "random-defence")!.calibration).toBeNull();
  });

  it("is set apart from the others where it is one of them", async () => {
    const exact = join(scratch, "exact");
    await masque(["run", "effort", ...PLUGINS, "--out", exact, "--quiet", "portfolio.1=scripted", "effort=[]"]);
    const other: Frontier = JSON.parse(readFileSync(join(exact, "frontier.json"), "utf8"));
    const { calibration, attacks, worstAttack, security } = other.points[2];
    expect(worstAttack).toBe("raid");
    expect(calibration).toMatchObject({
      attack: "raid",
      theory: 0.2,
      portfolio: { mean: found.points[2].security.mean },
    });
    // Scored on the test split, where the point's is over both.
    expect(Math.abs(calibration!.security.mean - security.mean)).toBeLessThan(0.02);
    expect(attacks.raid.security.mean).toBe(security.mean);
  });
});
