import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lettered, momentsOf } from "../../src/frontier/moments.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { traceDigest } from "../../src/play/trace.ts";
import { playReader } from "../../src/run/cells.ts";
import { openRun } from "../../src/run/folder.ts";
import type { Run } from "../../src/run/run.ts";
import { attackSeats, defenceSeats } from "../../src/run/seats.ts";
import { decodeData, type PageData } from "../../src/view/data.ts";
import { openPlayer } from "../../src/view/player.ts";
import { masque } from "./command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-replays-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const folder = join(scratch, "run");
const page = join(scratch, "page.html");
let run: Run;

const YAML = `schema: 1
name: mine
question: What did it do?
environment: { id: covert-wire-v0, params: { slots: 8, bits: 2 } }
defence:
  knobs: { falseAlarm: [0, 0.3] }
  learned: { baseline: cem, budget: 1000, config: { population: 8, episodes: 4 }, lambda: 1 }
portfolio:
  - none
  - random
  - scripted
  - { baseline: cem, budget: 2000, config: { population: 8, episodes: 4 } }
seeds: { runs: 2, root: 5 }
episodes: { select: 4, test: 12 }
`;

beforeAll(async () => {
  writeFileSync(join(scratch, "mine.yaml"), YAML);
  const { code, err } = await masque(["run", join(scratch, "mine.yaml"), "--out", folder, "--quiet", "-j1"]);
  expect(code, err).toBe(0);
  run = await openRun(folder, openRegistry());
}, 120_000);

const replay = (...args: string[]) => masque(["replay", folder, ...args, "--out", page]);
const dataOf = (file: string): PageData =>
  decodeData(/<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(readFileSync(file, "utf8"))![1]);

describe("masque replay of a run", () => {
  it.each([
    ["a", "loud", 1],
    ["b", "cem", 0],
    ["b", "cem", 1],
    ["c", "cem", 1],
    ["d", "random", 0],
  ])("plays, at point %s under %s, run %d, the cell's own episode to the bit", async (letter, attack, number) => {
    const { benchmark, plan, store } = run;
    const point = lettered(benchmark.points)["abcdefgh".indexOf(letter)];
    const cell = plan.play("test", point.index, attack, number);
    const defence = defenceSeats(run, cell);
    const attackers = attackSeats(run, cell);
    const { traces, counters, names } = evaluate(benchmark.env, {
      params: point.params,
      policies: { ...defence.policies, ...attackers.policies },
      ...{ episodes: 12, seed: 5, split: ["test", number] },
    });
    const result = store.read(cell.hash);
    // These are the cell's episodes: all of them have the digest that it recorded.
    expect(traceDigest(traces, { ...defence.digests, ...attackers.digests })).toBe(
      result?.kind === "play" ? result.trace : "",
    );
    const { code, out, err } = await replay(
      "--point",
      letter,
      "--attack",
      attack,
      "--run",
      String(number),
      "--episode",
      "7",
    );
    expect(code, err).toBe(0);
    expect(out).toContain(`point ${letter} (`);
    const { replay: shown } = dataOf(page);
    const { policies } = benchmark;
    const player = openPlayer({ env: benchmark.env, policies }, shown!.choice, { saved: shown!.saved?.policies });
    const lane = (i: number) => (traces[2 * 7 + i] >>> 0).toString(16).padStart(8, "0");
    expect(player.course.trace).toBe(lane(0) + lane(1));
    const last = player.frame(1e9).counters.map(([, value]) => value);
    expect(last).toEqual([...counters.subarray(7 * names.length, 8 * names.length)]);
  });

  it("begins with a typical episode under the worst attack of the first point, and finds the worst one", async () => {
    const { out } = await replay();
    expect(out).toMatch(/^covert-wire-v0, point a \(falseAlarm 0, no defence\), \S+, run \d, typical episode \d+: /);
    const worst = await replay("--point", "b", "--attack", "loud", "--episode", "worst");
    const { worst: moment } = momentsOf(run.benchmark, run.plan, playReader(run), {
      point: lettered(run.benchmark.points)[1].index,
      attack: "loud",
    });
    expect(worst.out).toContain(`run ${moment.run}, worst episode ${moment.episode}:`);
  });

  it.each([
    [["--point", "z"], /--point: got "z", expected one of a \(falseAlarm 0, no defence\), b \(falseAlarm 0\.3\)/],
    [["--attack", "lod"], /Unknown attack of mine "lod"\. Did you mean "loud"\? Known: none, random/],
    [["--run", "2"], /--run: got "2", expected a whole number from 0 to 1/],
    [["--episode", "12"], /--episode: got "12", expected a whole number from 0 to 11/],
    [["slots=8"], /says itself who plays, and where: leave out slots=8/],
    [["--seed", "3"], /leave out --seed 3/],
    [["--policy", "x"], /leave out --policy x/],
    [["--arm", "clean"], /leave out --arm clean/],
  ])("refuses %j and names what there is", async (args, why) => {
    rmSync(page, { force: true });
    const { code, err } = await replay(...args);
    expect([code, err]).toEqual([2, expect.stringMatching(why)]);
    expect(existsSync(page)).toBe(false);
  });

  it("refuses an unfinished run, a folder of nothing, and a path to nowhere", async () => {
    const empty = mkdtempSync(join(scratch, "empty-"));
    expect((await masque(["replay", empty, "--out", page])).err).toMatch(/holds neither a run \(manifest\.json\)/);
    expect((await masque(["replay", join(scratch, "no/where"), "--out", page])).err).toMatch(
      /There is no file or folder/,
    );
    const begun = join(scratch, "begun");
    expect((await masque(["run", join(scratch, "mine.yaml"), "--out", begun, "--prepare", "--quiet"])).code).toBe(0);
    const { code, err } = await masque(["replay", begun, "--attack", "loud", "--episode", "1", "--out", page]);
    expect([code, err]).toEqual([2, expect.stringMatching(/is not there yet\. Finish the run/)]);
  });
});

describe("what a report says of episodes", () => {
  it("is, for every attack at every point, the one that lowers security most, and one in the middle", () => {
    const { benchmark, plan } = run;
    const { env, axes, points, attacks } = benchmark;
    const read = playReader(run);
    for (const { index } of points) {
      for (const { name } of attacks) {
        const influences = [0, 1].flatMap((number) => {
          const [played, clean] = [name, "none"].map((one) => read(plan.play("test", index, one, number)).counters);
          const total = (of: typeof played, but: number) =>
            Object.fromEntries(
              Object.entries(of).map(([key, list]) => [
                key,
                list.filter((_, e) => e !== but).reduce((a, b) => a + b, 0),
              ]),
            );
          const value = (but: number) =>
            env.metrics[axes.security].of(total(played, but), { clean: total(clean, but) });
          return Array.from({ length: 12 }, (_, episode) => value(episode) - value(-1));
        });
        const { worst, typical } = momentsOf(benchmark, plan, read, { point: index, attack: name });
        const at = ({ run, episode }: typeof worst) => influences[12 * run + episode];
        expect(at(worst)).toBeCloseTo(Math.max(...influences), 12);
        const sorted = influences.toSorted((a, b) => a - b);
        expect(at(typical)).toBeCloseTo(sorted[11], 12);
      }
    }
  });

  it("is a command that works, and with --replays a page beside it", async () => {
    const report = readFileSync(join(folder, "report.html"), "utf8");
    const commands = [...report.matchAll(/title="masque (replay RUN [^"]*)"/g)].map(([, text]) => text);
    const { points, attacks } = run.benchmark;
    expect(commands).toHaveLength(2 * points.length * attacks.length);
    const [, shown] = /<code>masque (replay RUN [^<]*)<\/code>/.exec(report)!;
    expect(commands).toContain(shown);
    for (const command of [shown, commands.at(-1)!]) {
      const args = command.split(" ").map((word) => (word === "RUN" ? folder : word));
      const { code, err } = await masque([...args, "--out", page]);
      expect(code, err).toBe(0);
    }
    expect(report).toMatch(/title="cem at [^"]*typical: run \d, episode \d+; worst: run \d, episode \d+/);
    const out = join(scratch, "beside", "report.html");
    const { code, err } = await masque(["report", folder, "--replays", "--out", out, "--quiet"]);
    expect(code, err).toBe(0);
    const pages = readdirSync(join(scratch, "beside", "replays"));
    expect(pages).toHaveLength(2 * points.length);
    const linked = [
      ...new Set([...readFileSync(out, "utf8").matchAll(/href="(replays\/[^"]+)"/g)].map(([, link]) => link)),
    ];
    expect(linked.map((link) => link.slice(8)).sort()).toEqual(pages);
    const every = join(scratch, "every", "report.html");
    const all = await masque(["report", folder, "--all-replays", "--out", every]);
    expect(all.code, all.err).toBe(0);
    const count = 2 * points.length * attacks.length;
    expect(all.err).toMatch(new RegExp(`^${count} pages of episodes, about [\\d.]+ MB, into .*replays\\n`));
    const weight = readdirSync(join(scratch, "every", "replays")).reduce(
      (sum, name) => sum + statSync(join(scratch, "every", "replays", name)).size,
      0,
    );
    expect(Number(/about ([\d.]+) MB/.exec(all.err)![1]) / (weight / 1e6)).toBeCloseTo(1, 0.5);
    const links = [...readFileSync(every, "utf8").matchAll(/href="(replays\/[^"]+)"/g)].map(([, link]) => link);
    // The table of attacks leads to the worst episodes, the list below it to both.
    expect(new Set(links).size).toBe(count);
    expect(links).toHaveLength(1.5 * count);
    for (const link of links) expect(existsSync(join(scratch, "every", link)), link).toBe(true);
    const { replay: linkedTo } = dataOf(join(scratch, "beside", linked[0]));
    expect(linkedTo!.choice.seed).toBe(5);
  }, 120_000);
});
