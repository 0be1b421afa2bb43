import { describe, expect, it } from "vitest";
import type { Frontier, FrontierPoint } from "../../src/frontier/frontier.ts";
import { frontierCsv } from "../../src/report/csv.ts";
import { frontierSvg } from "../../src/report/figure.ts";
import { frontierText } from "../../src/report/frontier-text.ts";

const estimate = (mean: number) => ({ mean, low: mean - 0.05, high: mean + 0.05 });
const point = (wall: number, u: number, s: number, more: Partial<FrontierPoint> = {}): FrontierPoint => ({
  knobs: { wall },
  defence: "default",
  anchor: null,
  cleanUtility: estimate(u),
  attackedUtility: estimate(u),
  security: estimate(s),
  worstAttack: "climb",
  costliestAttack: "climb",
  worstAttackByRun: ["climb", "climb"],
  expected: estimate(s),
  attacks: {
    none: { utility: estimate(u), security: estimate(0.9) },
    'climb, "hard"': { utility: estimate(u), security: estimate(s) },
  },
  metrics: {},
  pareto: { probability: 1, label: "frontier" },
  reference: { access: u, closed: s - 0.1 },
  effort: { attacks: 2, trainingSteps: 0 },
  ...more,
});
const frontier: Frontier = {
  schema: 1,
  benchmark: "made",
  question: "Is <b>this</b> & that drawn?",
  config: "0123456789abcdef",
  masque: "0.0.0",
  environment: { id: "toy-v0", digest: "d" },
  axes: { utility: "access", security: "closed" },
  runs: 2,
  illustrative: true,
  episodes: { select: 1, test: 2 },
  attacks: [{ name: "none" }, { name: "climb" }],
  points: [point(0, 0.9, 0.2), point(Number.POSITIVE_INFINITY, 0.5, 0.7)],
  anchors: [point(1, 0.1, 0.9, { anchor: "lockdown", pareto: null, reference: null })],
  front: {
    hypervolume: 0.5,
    anchors: 0.2,
    score: { mean: 0.3, low: null, high: null },
    utilityAtSecurity: { "0.8": null },
  },
};

describe("a frontier is drawn", () => {
  it("as a figure of the same bytes every time, with nothing to fetch", async () => {
    const svg = frontierSvg(frontier);
    expect(frontierSvg(frontier)).toBe(svg);
    expect(svg).toContain("Is &lt;b&gt;this&lt;/b&gt; &amp; that drawn?");
    expect(svg).toContain("lockdown");
    expect(svg).not.toMatch(/NaN|<script|<image|href="(?!#)/);
  });

  it("with one name where a level and a yardstick of the same settings stand at the same place", () => {
    const anchors = [point(1, 0.1, 0.9, { anchor: "lockdown", pareto: null, reference: null })];
    const names = (points: FrontierPoint[]) =>
      [...frontierSvg({ ...frontier, points, anchors }).matchAll(/class="halo">([^<]*)</g)].map(([, name]) => name);
    expect(names([point(1, 0.1, 0.9), point(0, 0.9, 0.2)])).toEqual(["0", "1 lockdown"]);
    expect(names([point(1, 0.2, 0.9), point(0, 0.9, 0.2)])).toEqual(["1", "0", "1 lockdown"]);
  });

  it("as a table that says what it does not prove", () => {
    const text = frontierText(frontier);
    expect(text).toMatch(/^a +0 +0\.900 \[0\.850, 0\.950\] .* climb +frontier$/m);
    expect(text).toMatch(/^b +∞/m);
    expect(text).toMatch(/^c +1 .* lockdown$/m);
    expect(text).toContain("illustrative");
    expect(text).toMatch(/stronger\s+attacks\s+may\s+exist/);
  });

  it("as CSV that a spreadsheet reads", () => {
    const [header, first, ...rest] = frontierCsv(frontier).split("\n");
    expect(rest).toHaveLength(3);
    expect(header).toMatch(/^wall,defence,anchor,clean utility,clean utility low,/);
    expect(header).toContain('"security against climb, ""hard"""');
    expect(first.split(",")).toHaveLength(header.replaceAll(/"[^"]*(""[^"]*)*"/g, "x").split(",").length);
    expect(first).toMatch(/^0,default,,0\.9,/);
  });
});
