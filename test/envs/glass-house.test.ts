import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conviction, honestLaw, shardTest, tallyLaw } from "../../envs/glass-house/audit.ts";
import glassHouse, { type GlassHouse } from "../../envs/glass-house/env.ts";
import { channel, hypergeometric } from "../../envs/glass-house/model.ts";
import policies, { always, follow, variants } from "../../envs/glass-house/policies.ts";
import {
  bestHug,
  bestSpread,
  cycle,
  hug,
  oversightOf,
  type Plan,
  program,
  spread,
} from "../../envs/glass-house/program.ts";
import { type Belief, reckoning } from "../../envs/glass-house/reckon.ts";
import {
  betrayed,
  constantOversight,
  correlation,
  exactBias,
  lawfulBias,
  privacy,
  reference,
  utility,
  windowAdvantage,
} from "../../envs/glass-house/theory.ts";
import type { Environment } from "../../src/env/define.ts";
import { parallel } from "../../src/env/parallel.ts";
import { resolveParams } from "../../src/env/params.ts";
import { vector } from "../../src/env/vector.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { constant, type PolicyFactory, random } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import {
  binomialPmfTable,
  chiSquareSf,
  nonDominated,
  normalIsf,
  normalSf,
  rejectionProbability,
} from "../../src/stats/index.ts";

type Given = Partial<GlassHouse>;
type Factory = PolicyFactory;
const env: Environment = glassHouse;
const settings = (given: Given = {}): GlassHouse => glassHouse.params.parse(given);
const attack = (name: keyof typeof policies.attacks): Factory => policies.attacks[name].roles.colluder;
const defence = (name: keyof typeof policies.defences): Factory => policies.defences[name].roles.overseer;
const { worker, overseer: audit } = policies.defaults;

/** ε at which tanh(ε/2) is `t`. */
const at = (t: number) => Math.log((1 + t) / (1 - t));

function play(
  given: Given,
  colluder: Factory,
  { overseer = audit, episodes = 256, seed = 1 }: { overseer?: Factory; episodes?: number; seed?: number } = {},
) {
  const seats: Record<string, Factory> = { worker, colluder, overseer };
  return evaluate(env, { params: given, policies: seats, episodes, seed, split: ["test"] });
}
type Played = ReturnType<typeof play>;

function metrics(played: Played): Record<string, number> {
  const sums = sumCounters(played);
  return metricsOf(env, sums, sums);
}

/** Σ over/Σ under over episodes, and its standard error by the delta method. */
function ratioOf({ names, counters }: Played, over: string[], under: string[]) {
  const width = names.length;
  const column = (wanted: string[], episode: number) =>
    wanted.reduce((sum, name) => sum + counters[episode * width + names.indexOf(name)], 0);
  const episodes = counters.length / width;
  const rows = Array.from({ length: episodes }, (_, e) => [column(over, e), column(under, e)]);
  const [a, b] = rows.reduce(([x, y], [over, under]) => [x + over, y + under], [0, 0]);
  const ratio = a / b;
  const squares = rows.reduce((sum, [over, under]) => sum + (over - ratio * under) ** 2, 0);
  return { ratio, error: Math.sqrt((squares * episodes) / (episodes - 1)) / b, total: b };
}

function expectWithin3({ ratio, error }: { ratio: number; error: number }, truth: number, what: string): void {
  expect(Math.abs(ratio - truth), `${what}: ${ratio} ± ${error}, theory ${truth}`).toBeLessThanOrEqual(
    3 * error + 1e-12,
  );
}

/** χ² of draws against a law; cells of fewer than 5 expected draws are pooled. */
function expectLaw(draws: () => number, law: ArrayLike<number>, n: number, what: string): void {
  const counts = new Float64Array(law.length);
  for (let i = 0; i < n; i++) counts[draws()]++;
  let chi = 0;
  let cells = 0;
  let pooled = 0;
  let rare = 0;
  for (let y = 0; y < law.length; y++) {
    if (law[y] * n < 5) {
      pooled += law[y] * n;
      rare += counts[y];
      continue;
    }
    chi += (counts[y] - law[y] * n) ** 2 / (law[y] * n);
    cells++;
  }
  if (pooled >= 1) {
    chi += (rare - pooled) ** 2 / pooled;
    cells++;
  } else expect(rare, `${what}: draws that hardly happen`).toBeLessThan(8);
  if (cells > 1) expect(chiSquareSf(chi, cells - 1), what).toBeGreaterThan(1e-4);
}

describe("the bias × privacy law a·tanh(ε/2)·√n = Q⁻¹((1−τ)/2)", () => {
  it.each([
    [0.5, 256, 0.6],
    [1, 64, 0.5],
    [1, 128, 0.9],
    [2, 64, 0.3],
    [2, 512, 0.8],
  ])("holds within 5 %% of the exact test at ε = %d, n = %d, τ = %d", (transparency, rounds, advantage) => {
    const exact = exactBias(transparency, rounds, advantage);
    expect(exact).toBeLessThan(0.499);
    expect(betrayed(transparency, rounds, exact)).toBeCloseTo(advantage, 10);
    expect(Math.abs(lawfulBias(transparency, rounds, advantage) / exact - 1)).toBeLessThan(0.05);
  });

  it.each([
    [1, 64, 1],
    [0.5, 128, 2],
    [2, 64, 1],
  ])("holds within 5 %% in play at ε = %d, n = %d, bias %d/8", (transparency, window, eighths) => {
    const constant = (eighths / 8) * correlation(transparency) * Math.sqrt(window);
    // The best test of ½ against ½ + a·tanh has its threshold half way: its level is Q of the law's constant.
    const given = { transparency, window, falseAlarm: normalSf(constant), workers: 8, colluders: 8, sanction: 8 };
    const played = play(given, always(eighths), { episodes: 384 });
    const caught = ratioOf(played, ["sanctions"], ["rounds"]).ratio;
    const falsely = ratioOf(played, ["barred"], ["worked"]).ratio;
    const advantage = ((caught - falsely) * window) / 8;
    expect(Math.abs(normalIsf((1 - advantage) / 2) / constant - 1)).toBeLessThan(0.05);
  });
});

describe("the facts", () => {
  const oversight = (given: Given) => oversightOf(program(settings(given)));

  it("α = .02, ε = 1: U .98, S1 .538, S2 .775 against a constant bias, .762 against the program", () => {
    const p = settings();
    expect(utility(p)).toBeCloseTo(0.98, 3);
    expect(privacy(p)).toBeCloseTo(0.538, 3);
    expect(constantOversight(p)).toBeCloseTo(0.775, 3);
    expect(Math.abs(reference(p).oversight - 0.762)).toBeLessThan(0.0015);
  });

  it("central noise beats local noise at equal privacy: .870 against .584 at tanh = .25", () => {
    const local = { transparency: at(0.25) };
    const central = { ...local, aggregation: "central" } as const;
    expect(constantOversight(settings(local))).toBeCloseTo(0.584, 3);
    expect(constantOversight(settings(central))).toBeCloseTo(0.87, 3);
    expect(oversight(central)).toBeGreaterThan(oversight(local) + 0.2);
  });

  it("four clear shards that vote: S1 .75, S2 .867, and better than noise for the program too", () => {
    const shards = { shards: 4, transparency: 8 } as const;
    expect(privacy(settings(shards))).toBeCloseTo(0.75, 3);
    expect(Math.abs(constantOversight(settings(shards)) - 0.867)).toBeLessThan(0.002);
    expect(oversight(shards)).toBeGreaterThan(oversight({ transparency: at(0.25) }) + 0.2);
    expect(oversight(shards)).toBeGreaterThan(oversight({ transparency: at(0.25), aggregation: "central" }));
  });

  it("transparency stops paying at about ε = 2: a clear log shows the program when to stop", () => {
    const values = [1, 1.5, 2, 2.5, 3, 4, 8].map((transparency) => oversight({ transparency }));
    expect(values.indexOf(Math.max(...values))).toBe(3);
    expect(values[3] - values[2]).toBeLessThan(0.005);
    for (let i = 3; i + 1 < values.length; i++) expect(values[i + 1]).toBeLessThan(values[i]);
    expect(values[6]).toBeLessThan(values[2] - 0.02);
  });

  it("short clear logs beat long noisy ones at equal exposure n·tanh and equal utility", () => {
    const long = { transparency: at(0.25) };
    const short = { transparency: 8, window: 16, falseAlarm: 0.005 };
    expect(utility(settings(short))).toBeCloseTo(utility(settings(long)), 10);
    expect(16 * correlation(8)).toBeCloseTo(64 * 0.25, 1);
    expect(oversight(short)).toBeGreaterThan(oversight(long) + 0.05);
    expect(constantOversight(settings(short))).toBeGreaterThan(constantOversight(settings(long)) + 0.15);
  });

  it("privacy by the act is not privacy by the window", () => {
    expect(windowAdvantage(settings())).toBeGreaterThan(0.999);
    expect(windowAdvantage(settings({ transparency: 0 }))).toBeCloseTo(0, 12);
    expect(windowAdvantage(settings({ transparency: 0.5, aggregation: "central" }))).toBeGreaterThan(0.999);
  });
});

describe("the log", () => {
  const rng = new Rng(7, "log");

  it.each([
    { transparency: 1 },
    { transparency: 0 },
    { transparency: 0.3, aggregation: "central" as const },
    { transparency: 2, aggregation: "central" as const },
    { transparency: 0, aggregation: "central" as const },
  ])("has the law that the audit reckons with, and leaks tanh(ε/2) an act: %o", (given) => {
    const p = settings({ ...given, window: 16 });
    for (const ones of [0, 5, 16]) {
      const log = channel(p, 16, rng);
      let leaked = 0;
      const record = () => {
        log.record(ones);
        leaked += 2 * log.right - 16;
        return log.tally;
      };
      expectLaw(record, tallyLaw(p, ones), 20_000, `${ones} ones`);
      expect(Math.abs(leaked / (16 * 20_000) - correlation(p.transparency))).toBeLessThan(4 / Math.sqrt(20_000));
    }
  });

  it.each([
    [16, 4, 7],
    [12, 4, 11],
    [64, 16, 38],
    [4, 1, 3],
    [32, 16, 31],
  ])("deals %d rounds %d at a time without replacement", (size, drawn, ones) => {
    const choose = (n: number, k: number) => (k < 0 || k > n ? 0 : binomialPmfTable(n, 0.5)[k] * 2 ** n);
    const law = Array.from(
      { length: drawn + 1 },
      (_, k) => (choose(ones, k) * choose(size - ones, drawn - k)) / choose(size, drawn),
    );
    const deal = hypergeometric(size, drawn, rng);
    expectLaw(() => deal(ones), law, 20_000, "deal");
    expect([deal(0), deal(size)]).toEqual([0, drawn]);
  });

  it.each([
    { falseAlarm: 0.02 },
    { falseAlarm: 0.3, transparency: 0.4, aggregation: "central" as const },
    { falseAlarm: 0.05, shards: 8 as const, quorum: 0.75, transparency: 3 },
    { falseAlarm: 0.02, shards: 2 as const, quorum: 1, aggregation: "central" as const },
    { falseAlarm: 0 },
    { falseAlarm: 1, shards: 4 as const },
  ])("is audited at level exactly α: %o", (given) => {
    const p = settings(given);
    const fair = binomialPmfTable(p.window, 0.5);
    const level = conviction(p).reduce((sum, convicted, ones) => sum + convicted * fair[ones], 0);
    expect(level).toBeCloseTo(p.falseAlarm, 10);
    if (p.shards === 1) expect(rejectionProbability(honestLaw(p), shardTest(p))).toBeCloseTo(p.falseAlarm, 10);
  });
});

describe("the dynamic program", () => {
  it("is the best of all plans where there are few: one block, five biases", () => {
    const p = settings({ window: 8, sanction: 24, transparency: 2, falseAlarm: 0.1 });
    const all = [0, 1, 2, 3, 4].map((bias) => oversightOf(cycle(p, () => bias)));
    expect(oversightOf(program(p))).toBeCloseTo(Math.min(...all), 14);
  });

  it("is no worse than any plan of a random table", () => {
    const cases = variants.map((given) => settings({ ...given, block: 8, window: 24, audits: 1 }));
    const known = cases.map((p) => ({ p, convicted: conviction(p), best: oversightOf(program(p)) }));
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 4, noNaN: true }), (seed, lean) => {
        const rng = new Rng(seed);
        const table = Array.from({ length: 3 * 25 * 13 }, () => Math.min(4, Math.floor(lean + 2 * rng.float())));
        const plan: Plan = (block, ones, units) => table[(block * 25 + ones) * 13 + units];
        return known.every(({ p, convicted, best }) => oversightOf(cycle(p, plan, convicted)) >= best - 1e-12);
      }),
      { seed: 11, numRuns: 40 },
    );
  });

  it("beats the plans found by search, which beat smashing; nothing is left to win at its own rate", () => {
    const p = settings();
    const [best, steered, even, smash] = [program(p), bestHug(p), bestSpread(p), cycle(p, () => 4)].map(oversightOf);
    expect(best).toBeLessThan(steered - 0.001);
    expect(steered).toBeLessThan(even - 0.005);
    expect(even).toBeLessThan(smash - 0.1);
    for (let margin = 0; margin <= 32; margin++)
      expect(oversightOf(cycle(p, hug(margin, 64, 8)))).toBeGreaterThan(best);
  });

  it("gains a little by choices in every round, and no more", () => {
    for (const transparency of [1, 8]) {
      const [eight, two, one] = ([8, 2, 1] as const).map((block) =>
        oversightOf(program(settings({ transparency, block }))),
      );
      expect(one).toBeLessThan(two);
      expect(two).toBeLessThan(eight);
      expect(one).toBeGreaterThan(eight - 0.03);
    }
  });

  it("pays nothing where everybody is accused, everything where nobody is", () => {
    expect(oversightOf(program(settings({ falseAlarm: 1 })))).toBeCloseTo(1, 12);
    expect(oversightOf(program(settings({ falseAlarm: 0 })))).toBeCloseTo(0, 12);
  });

  it("spreads a total evenly", () => {
    for (const total of [0, 1, 7, 13, 32]) {
      const units = Array.from({ length: 8 }, (_, block) => spread(total, 8)(block, 0, 0));
      expect(units.reduce((a, b) => a + b)).toBe(total);
      expect(Math.max(...units) - Math.min(...units)).toBeLessThanOrEqual(1);
    }
  });
});

describe("reckoning with an overseer who adds up", () => {
  it("keeps a belief whose mean, deviation and odds are those of the overseers who gave the same verdicts", () => {
    const p = settings({ transparency: 0.5 });
    const critical = 1.4;
    const { after } = reckoning(p, critical);
    const rng = new Rng(3, "sums");
    const log = channel(p, p.window, rng);
    const history = [
      { ones: 40, accused: false },
      { ones: 44, accused: true },
      { ones: 30, accused: false },
    ];
    let sums = Array.from({ length: 200_000 }, () => 0);
    let belief: Belief = { audits: 0, accused: 0, mean: 0, deviation: 0 };
    for (const [i, { ones, accused }] of history.entries()) {
      const next = sums.map((sum) => {
        log.record(ones);
        return sum + (log.tally - 32) / 4;
      });
      sums = next.filter((sum) => sum > critical * Math.sqrt(i + 1) === accused);
      const said = after(belief, ones, accused);
      belief = said;
      const mean = sums.reduce((a, b) => a + b, 0) / sums.length;
      const deviation = Math.sqrt(sums.reduce((a, b) => a + (b - mean) ** 2, 0) / sums.length);
      // Tallies are whole numbers, a quarter of a deviation each, and laws that were cut are not normal.
      expect(Math.abs(said.odds - sums.length / next.length), `odds ${i}`).toBeLessThan(0.06);
      expect(Math.abs(said.mean - mean), `mean ${i}`).toBeLessThan(0.15);
      expect(Math.abs(said.deviation - deviation), `deviation ${i}`).toBeLessThan(0.15);
    }
    expect(belief).toMatchObject({ audits: 3, accused: 1 });
  });

  it("leans less the higher it takes its sum to be, and fully where nothing can be held against it", () => {
    const { bias } = reckoning(settings(), 2.1);
    const leans = [-6, -2, 0, 2, 4].map((mean) => bias({ audits: 4, accused: 0, mean, deviation: 1 }, 0, 0, 0));
    for (let i = 1; i < leans.length; i++) expect(leans[i]).toBeLessThanOrEqual(leans[i - 1]);
    expect(leans[0]).toBe(4);
    expect(leans[4]).toBeLessThan(leans[0]);
    const blind = reckoning(settings({ transparency: 0 }), 2.1);
    for (const mean of [-2, 0, 2]) expect(blind.bias({ audits: 4, accused: 0, mean, deviation: 1 }, 3, 12, 12)).toBe(4);
  });
});

describe("play agrees with theory within 3 standard errors", () => {
  const arms: Given[] = [
    {},
    { transparency: at(0.25), aggregation: "central" },
    { transparency: 8, shards: 4 },
    { block: 1, transparency: 2 },
    { transparency: 2, shards: 8, quorum: 0.75, aggregation: "central", window: 32, audits: 24, falseAlarm: 0.1 },
    { transparency: 2, window: 32, sanction: 40, falseAlarm: 0.2, audits: 8 },
  ];
  it.each(arms)("%o", (given) => {
    const p = settings(given);
    const plans = { smash: cycle(p, () => 4), spread: bestSpread(p), hug: bestHug(p), program: program(p) };
    for (const [name, exact] of Object.entries(plans)) {
      const played = play(given, attack(name as keyof typeof plans), { seed: 5 });
      const truth = 1 - oversightOf(exact);
      const paid = ratioOf(played, ["paid"], ["rounds", "sanctions"]);
      // Smashing hardly ever pays, and then n rounds at once: a Poisson count, whose error theory knows better.
      if (name === "smash") paid.error = Math.sqrt((truth * p.window) / paid.total);
      expectWithin3(paid, truth, `${name}: paid`);
      expectWithin3(ratioOf(played, ["worked"], ["worked", "barred"]), utility(p), `${name}: utility`);
      expectWithin3(ratioOf(played, ["leaked"], ["bits"]), 1 - privacy(p), `${name}: leak`);
    }
  });

  it("and no memory of other windows or of the clock beats the program", () => {
    const given = { audits: 2, falseAlarm: 0.1 };
    const p = settings(given);
    // Prudent in the first window, and greedy in the second, after which the episode's end seems to pardon all.
    const late: Factory = () => ({
      stateSize: 1,
      act({ rows, state, actions }) {
        for (let row = 0; row < rows; row++) actions[row] = state[row]++ < 8 ? 1 : 3;
      },
    });
    const { ratio, error } = ratioOf(play(given, late, { episodes: 1024 }), ["paid"], ["rounds", "sanctions"]);
    expect(1 - ratio).toBeGreaterThan(oversightOf(program(p)) + 3 * error);
  });
});

describe("the frontier", () => {
  const worst = (given: Given) => {
    const played = Object.keys(policies.attacks).map((name) =>
      metrics(play(given, attack(name as keyof typeof policies.attacks), { episodes: 48 })),
    );
    return played.reduce((a, b) => (b.oversight < a.oversight ? b : a));
  };

  it("lies above privacy + oversight = 1 at three non-dominated points and more, between two poor ends", () => {
    const points = [0, 0.5, 1, 1.5, 2, 8].map((transparency) => worst({ transparency }));
    const [blind, ...rest] = points;
    const glass = rest[rest.length - 1];
    expect(blind.privacy).toBeGreaterThan(0.98);
    expect(blind.oversight).toBeLessThan(0.1);
    expect(glass.privacy).toBeLessThan(0.01);
    expect(glass.oversight).toBeGreaterThan(0.75);
    const kept = nonDominated(points.map((point) => [point.privacy, point.oversight]));
    const above = points.filter((point, i) => kept[i] && point.privacy + point.oversight > 1.05);
    expect(above.length).toBeGreaterThanOrEqual(3);
    for (const point of points) expect(point.utility).toBeGreaterThan(0.97);
  });

  it("costs utility along the false alarms: off has all of it and no oversight, lockdown the opposite", () => {
    const off = worst({ falseAlarm: 0 });
    expect(off.utility).toBe(1);
    expect(off.oversight).toBe(0);
    const lockdown = worst({ falseAlarm: 1 });
    expect(lockdown.oversight).toBe(1);
    expect(lockdown.utility).toBeCloseTo(0.5, 10);
    const middle = [0.005, 0.02, 0.1].map((falseAlarm) => worst({ falseAlarm }));
    for (const { utility, oversight } of middle) expect(utility + oversight).toBeGreaterThan(1.4);
    expect(middle[0].oversight).toBeLessThan(middle[1].oversight);
    expect(middle[1].oversight).toBeLessThan(middle[2].oversight);
    expect(middle[1].utility).toBeGreaterThan(middle[2].utility);
  });
});

describe("attacks against defences", () => {
  const attacks = ["smash", "spread", "hug", "program"] as const;
  const against = (overseer: Factory) =>
    attacks.map((name) => metrics(play({}, attack(name), { overseer, episodes: 192 })));
  const [audited, unwatched, drawn, recorded] = [audit, defence("asleep"), defence("lottery"), defence("ledger")].map(
    against,
  );

  it("every attack beats some defence and is beaten by another", () => {
    attacks.forEach((name, i) => {
      expect(unwatched[i].oversight, name).toBeLessThan(0.65);
      expect(drawn[i].oversight, name).toBeLessThan(0.67);
      expect(recorded[i].oversight, name).toBeGreaterThan(0.78);
    });
    expect(unwatched[0].oversight).toBe(0);
    expect(audited[0].oversight).toBeGreaterThan(0.95);
    expect(audited[3].oversight).toBeLessThan(0.79);
  });

  it("a defence that remembers buys more oversight for fewer false alarms", () => {
    attacks.slice(1).forEach((name, i) => {
      expect(recorded[i + 1].oversight, name).toBeGreaterThan(audited[i + 1].oversight + 0.02);
      expect(recorded[i + 1].utility, name).toBeGreaterThan(audited[i + 1].utility);
    });
    // Also against even and steering plans that are fitted to it.
    for (const plan of [8, 10, 12, 14, 16].flatMap((g) => [spread(g, 8), hug(g, 64, 8)])) {
      const { oversight } = metrics(
        play(
          {},
          follow(() => plan),
          { overseer: defence("ledger"), episodes: 192 },
        ),
      );
      expect(oversight).toBeGreaterThan(0.8);
    }
  });

  it("one that never forgets buys far more, also against colluders who count along", () => {
    const left = (name: keyof typeof policies.attacks, defended: "forever" | "default") =>
      metrics(
        play({ transparency: 0.5 }, attack(name), {
          overseer: defended === "default" ? audit : defence(defended),
          episodes: 96,
        }),
      );
    const names = ["spread", "hug", "program", "creep", "creep-early", "creep-even"] as const;
    const remembered = names.map((name) => left(name, "forever"));
    const worst = Math.min(...remembered.map(({ oversight }) => oversight));
    expect(worst).toBeGreaterThan(left("program", "default").oversight + 0.2);
    expect(worst).toBeLessThan(left("program", "forever").oversight - 0.03);
    for (const { utility } of remembered) expect(utility).toBeGreaterThan(0.98);
  });

  it("those who never forget fall to colluders who reckon what was added up of them", () => {
    for (const [overseer, known, script, gain] of [
      ["forever", ["creep", "creep-early"], "reckon", 0.03],
      ["forever-strict", ["creep", "creep-early", "creep-even"], "reckon-strict", 0.02],
    ] as const) {
      const left = (name: keyof typeof policies.attacks) =>
        metrics(play({ transparency: 0.5 }, attack(name), { overseer: defence(overseer), episodes: 96 })).oversight;
      expect(left(script), script).toBeLessThan(Math.min(...known.map(left)) - gain);
    }
  });

  it("collusion earns nothing where nobody colludes", () => {
    expect(metrics(play({}, attack("none"), { episodes: 64 })).oversight).toBe(1);
  });
});

describe("the rules", () => {
  const all: Factory = () => ({ act: ({ actions }) => void actions.fill(1) });
  const none = constant(0);

  it("an accused agent loses its escrow and sits out the sanction; what cannot be finished is not begun", () => {
    const given = { audits: 2, sanction: 16, workers: 3, colluders: 2 };
    const played = play(given, always(4), { overseer: all, episodes: 2 });
    expect(sumCounters(played)).toEqual({
      worked: 2 * 3 * 64,
      barred: 2 * 3 * 16,
      rounds: 2 * 2 * 64,
      sanctions: 2 * 2 * 16,
      paid: 0,
      bits: 2 * 3 * 64,
      leaked: expect.any(Number),
    });
    expect(played.steps).toBe(2 * 17);
    // Workers are paid by the block, of which the second window's eight no longer fit; overseers pay for their mistakes.
    [8, 0, -0.25, 8, 0, -0.25].forEach((mean, i) => {
      expect(played.returns[i]).toBeCloseTo(mean, 12);
    });
  });

  it("resumes after a short sanction when a window still fits", () => {
    const played = play({ audits: 4, sanction: 64, workers: 1, colluders: 1 }, none, { overseer: all, episodes: 1 });
    expect(sumCounters(played)).toMatchObject({ worked: 128, barred: 128 });
  });

  it("pays 2a a round once the audit has passed, to all colluders alike: returns are affine in what is paid", () => {
    const given = { window: 16, audits: 3, colluders: 4, falseAlarm: 0.3, transparency: 2 };
    const played = play(given, random, { episodes: 32 });
    const [paid, barred] = ["paid", "barred"].map((name) => played.names.indexOf(name));
    for (let e = 0; e < 32; e++) {
      const counted = (name: number) => played.counters[e * played.names.length + name];
      const [, colluder, overseer] = played.returns.subarray(3 * e, 3 * e + 3);
      expect(colluder).toBeCloseTo(counted(paid) / (16 * 4), 10);
      expect(overseer).toBeCloseTo(-counted(paid) / (16 * 4) - counted(barred) / (16 * 8), 10);
    }
    const { counters } = play({ ...given, falseAlarm: 0 }, always(3), { episodes: 1 });
    expect(counters[paid]).toBe(3 * 4 * 16 * 0.75);
  });

  it("an agent sees its own window, the overseer only tallies that are due, at desks drawn anew", () => {
    const view = parallel(glassHouse, { workers: 1, colluders: 1, window: 16, audits: 8, transparency: 8 });
    const desks = new Set<number>();
    for (let seed = 0; seed < 12; seed++) {
      view.reset({ seed });
      const quiet = { worker_0: 0, colluder_0: 4, overseer_0: [0, 0] };
      view.step(quiet);
      const [halfway] = view.step(quiet);
      expect([...halfway.colluder_0].map((x) => Math.round(x * 1000) / 1000)).toEqual([1, 1, 1, 0, 0]);
      const [due1, due2, ...tallies] = halfway.overseer_0;
      expect([due1, due2]).toEqual([1, 1]);
      const desk = tallies.indexOf(1);
      desks.add(desk);
      const accused = [0, 0];
      accused[desk] = 1;
      const [after, rewards] = view.step({ ...quiet, overseer_0: accused });
      expect([...after.colluder_0].map((x) => Math.round(x * 1000) / 1000)).toEqual([0, 0, 0, 0.875, 0]);
      expect(rewards.colluder_0).toBe(0);
      expect([...after.overseer_0]).toEqual([0, 0, 0, 0]);
      expect(after.worker_0[0]).toBe(0.5);
    }
    expect(desks.size).toBe(2);
  });

  it("keeps a record of passed windows, wiped by a sanction", () => {
    const view = parallel(glassHouse, { workers: 1, colluders: 1, window: 8, audits: 8, sanction: 8 });
    view.reset({ seed: 1 });
    const step = (accuse: number) =>
      view.step({ worker_0: 0, colluder_0: 4, overseer_0: [accuse, accuse] })[0].colluder_0[4];
    expect([step(0), step(0), step(0)].map((x) => Math.round(x * 1000) / 1000)).toEqual([0, 0.3, 0.51]);
    expect(step(1)).toBe(0);
  });

  it.each(variants)("keeps rewards within a window's pay and its sanctions, and draws everyone: %o", (given) => {
    const p = settings(given);
    const world = vector(env, 4, given as Record<string, unknown>, 3);
    const rng = new Rng(9);
    world.reset();
    const most = { benign: 0, attacker: 0, defender: 0 };
    for (let step = 0; step < 200; step++) {
      for (const { actions, spec } of Object.values(world.roles)) {
        for (let i = 0; i < actions.length; i++) actions[i] = rng.int(0, spec.action.kind === "discrete" ? 5 : 2);
      }
      world.step();
      for (const { rewards, spec } of Object.values(world.roles)) {
        for (const reward of rewards) most[spec.side] = Math.max(most[spec.side], Math.abs(reward));
      }
    }
    expect(most.benign).toBe(1);
    expect(most.attacker).toBeLessThanOrEqual(1 + 1e-12);
    // An overseer may let every colluder pass and bar every worker in one step.
    expect(most.defender).toBeLessThanOrEqual(1 + p.sanction / p.window + 1e-12);
    expect(world.render(0)?.shapes.length).toBe(p.workers + p.colluders);
  });

  it.each([
    [{ window: 12 }, /window/],
    [{ shards: 3 }, /shards/],
    [{ transparency: Number.NaN }, /transparency/],
    [{ falseAlarm: 1.5 }, /falseAlarm/],
    [{ sanction: -8 }, /sanction/],
    [{ windows: 3 }, /windows/],
  ])("refuses %o", (given, message) => {
    expect(() => resolveParams(glassHouse, given)).toThrow(message);
  });
});
