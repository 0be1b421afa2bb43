import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { masque, PLUGINS } from "./command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-compare-"));
const folder = (name: string) => join(scratch, name);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const SMALL = ["portfolio=[random, scripted]", "seeds.runs=2", "-j", "1", "--quiet", ...PLUGINS];
const run = async (name: string, benchmark: string, ...more: string[]) => {
  const { code, err } = await masque(["run", benchmark, ...more, ...SMALL, "--out", folder(name)]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
};

beforeAll(async () => {
  await run("a", "toy");
  await run("b", "toy", "defence.policy=[default, shut]", "score=min(access, closed)");
  await run("crypto", "quickstart", "episodes.select=2", "episodes.test=4", "defence.knobs.falseAlarm=[0, 0.3]");
}, 60_000);

it("compares two runs in words and as data", async () => {
  const { code, out, err } = await masque(["compare", folder("a"), folder("b"), ...PLUGINS]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^toy-v0\nA is .*a: toy, 2 runs, 6 \+ 12 episodes, 3 attacks; config [0-9a-f]{12}\nB is /);
  expect(out).toMatch(/B dominates A at 0 of 2 levels, A dominates B at 0; 2 are equal; at 0 it is unclear\./);
  expect(out).toMatch(/0 declared points are only in A, 2 only in B; more points can only raise a hypervolume\./);
  expect(out).toMatch(/Illustrative: fewer than 5 runs\./);
  const json = JSON.parse((await masque(["compare", folder("a"), folder("b"), "--json", ...PLUGINS])).out);
  expect(json).toMatchObject({ schema: 1, paired: true, illustrative: true, unmatched: { a: 0, b: 2 } });
  expect(json.overall.shared.difference).toEqual({ mean: 0, low: 0, high: 0 });
  const again = await masque(["compare", folder("a"), folder("b"), "--json", ...PLUGINS]);
  expect(JSON.parse(again.out)).toEqual(json);
});

it("refuses what cannot be compared, and says why", async () => {
  const other = await masque(["compare", folder("a"), folder("crypto"), ...PLUGINS]);
  expect(other).toMatchObject({ code: 2, out: "" });
  expect(other.err).toMatch(/A is a run of toy-v0 and B of .*: runs of one environment can be compared/);
  const axes = await masque(["compare", folder("a"), folder("b"), "--axes", "acess,closed", ...PLUGINS]);
  expect(axes).toMatchObject({ code: 2, out: "" });
  expect(axes.err).toMatch(/Unknown metric of toy-v0 "acess"\. Did you mean "access"\?/);
});

it("draws a frontier on other axes, attacks chosen by the new security axis", async () => {
  const swapped = await masque(["frontier", folder("a"), "--axes", "closed,access", "--json", ...PLUGINS]);
  const { axes, points } = JSON.parse(swapped.out);
  expect(axes).toMatchObject({ utility: "closed", security: "access" });
  const plain = JSON.parse((await masque(["frontier", folder("a"), "--json", ...PLUGINS])).out);
  expect(points[1].attacks.climb.security).toEqual(plain.points[1].attacks.climb.utility);
  expect(points[1].attacks.climb.security).not.toEqual(plain.points[1].attacks.climb.security);
  expect(points[1].cleanUtility.mean).toBe(1);
  const wrong = await masque(["frontier", folder("a"), "--axes", "closed", ...PLUGINS]);
  expect(wrong).toMatchObject({ code: 2, out: "" });
  expect(wrong.err).toContain("expected two metrics with a comma between them");
});

it("sums up several environments, and says when it cannot", async () => {
  const { out, err } = await masque(["frontier", folder("a"), folder("crypto"), ...PLUGINS]);
  expect(err).toBe("");
  expect(out).toMatch(/Over 2 environments \(toy-v0, .*\): mean score -?\d\.\d{3} \[/);
  const json = JSON.parse((await masque(["frontier", folder("a"), folder("crypto"), "--json", ...PLUGINS])).out);
  const [first, second] = json.runs.map(({ front }: { front: { score: { mean: number } } }) => front.score.mean);
  expect(json.across.iqm.mean).toBeCloseTo((first + second) / 2, 12);
  const mixed = await masque(["frontier", folder("b"), folder("crypto"), ...PLUGINS]);
  expect(mixed.err).toMatch(/no mean over environments: they are scored by min\(access, closed\) and hypervolume/);
  expect(mixed.out).toMatch(/score \d\.\d{3} \[.*the greatest min\(access, closed\), at [a-d]/);
  const same = await masque(["frontier", folder("a"), folder("b"), ...PLUGINS]);
  expect(same.err).toMatch(/no mean over environments: two runs are of toy-v0/);
});
