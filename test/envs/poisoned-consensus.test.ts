import { describe, expect, it } from "vitest";
import { exact, lawful, measure, plans, ranked } from "../../benchmarks/evidence/poisoned-consensus.ts";
import env, { type PoisonedConsensus } from "../../envs/poisoned-consensus/env.ts";
import { laws } from "../../envs/poisoned-consensus/laws.ts";
import { defenders, type Learning } from "../../envs/poisoned-consensus/learning.ts";
import { actionFor, CLOCKS, clockTable, HONEST, kept, offsets, PUSHES } from "../../envs/poisoned-consensus/model.ts";
import { type Plan, plan } from "../../envs/poisoned-consensus/plans.ts";
import policies, { variants } from "../../envs/poisoned-consensus/policies.ts";
import { program } from "../../envs/poisoned-consensus/program.ts";
import { discard, median, select, trimmedMean } from "../../envs/poisoned-consensus/ranking.ts";
import { gossip, neighbours, seats } from "../../envs/poisoned-consensus/ring.ts";
import { central } from "../../envs/poisoned-consensus/server.ts";
import * as theory from "../../envs/poisoned-consensus/theory.ts";
import { InputError } from "../../src/data/errors.ts";
import type { Environment } from "../../src/env/define.ts";
import { vector } from "../../src/env/vector.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { Rng } from "../../src/random/rng.ts";
import { Normals } from "../../src/random/ziggurat.ts";
import { mean, standardError } from "../../src/stats/index.ts";

const any: Environment = env;
type Given = Partial<PoisonedConsensus>;
const parse = (given: Given) => env.params.parse(given);

/** Loss a round, episode by episode. */
function losses(params: Given, one: Plan, episodes: number) {
  const roles = { byzantine: plan(one), server: policies.defaults.server };
  const { names, counters } = evaluate(env, { params, policies: roles, episodes, seed: 3, split: ["mc"] });
  const of = (name: string, e: number) => counters[e * names.length + names.indexOf(name as never)];
  return Float64Array.from({ length: episodes }, (_, e) => of("loss", e) / of("rounds", e));
}
const far = (values: Float64Array, expected: number) => Math.abs(mean(values) - expected) / standardError(values);

describe("theory", () => {
  it("has the losses of the linear law", () => {
    const open = { discard: 0, memory: 0 };
    const found = lawful.map(([, given, , push]) => theory.plainLoss(parse({ ...open, ...given }), push));
    const expected = [0.01878, 0.07659, 0.26105, 0.06983, 0.24399, 0.15713];
    for (const [i, loss] of found.entries()) expect(loss).toBeCloseTo(expected[i], 5);
    expect(theory.aloneLoss(parse({}))).toBeCloseTo(0.26105, 5);
    expect(theory.freeLoss(parse({}))).toBeCloseTo(0.01878, 5);
  });

  it("is met by play, six cases within 3 standard errors", () => {
    for (const [title, given, one, push] of lawful) {
      const params = { ...given, discard: 0, memory: 0 };
      expect(far(losses(params, one, 160), theory.plainLoss(parse(params), push)), title).toBeLessThan(3);
    }
  });

  it("gives a reference where nothing is left out, and none elsewhere", () => {
    const open = { discard: 0, memory: 0 };
    expect(theory.reference(parse({ ...open, anchor: 0.5 }))).toEqual({
      utility: expect.closeTo(0.761, 3),
      security: expect.closeTo(0.309, 3),
    });
    expect(theory.reference(parse({ ...open, anchor: 0 }))).toEqual({ utility: 1, security: 0 });
    for (const given of [{}, { network: "gossip" }, { rule: "trimmed", discard: 0.3 }] as Given[])
      expect(theory.reference(parse(given))).toBeNull();
  });

  it("knows normal order statistics and the trimmed mean's bias", () => {
    expect(theory.normalOrder(2, 2)).toBeCloseTo(1 / Math.sqrt(Math.PI), 9);
    expect(theory.normalOrder(16, 16)).toBeCloseTo(1.76599, 5);
    expect(theory.trimmedBias(parse({}), 4, 4)).toBeCloseTo(0.4003, 4);
    expect(theory.trimmedBias(parse({}), 9, 4)).toBeCloseTo(0.315, 4);
    // Breakdown: with more attackers than are dropped, their push counts.
    const swing = (byzantine: number) =>
      theory.trimmedBias(parse({ byzantine }), 4, 100) - theory.trimmedBias(parse({ byzantine }), 4, 4);
    expect(swing(4)).toBe(0);
    expect(swing(6)).toBeCloseTo((2 * 96) / 12, 9);
  });

  it("the trimmed mean is biased as order statistics say", () => {
    for (const [byzantine, share, ends] of [
      [4, 0.4, 4],
      [4, 0.9, 9],
      [8, 0.9, 9],
    ]) {
      const p = parse({ byzantine, discard: share, rule: "trimmed", spread: 0, minority: 0, anchor: 0 });
      const aggregates = play(p, 24, () => 4).map(({ around }) => around);
      expect(far(Float64Array.from(aggregates), theory.trimmedBias(p, ends, 4))).toBeLessThan(3);
    }
  });

  it("knows what a wave shows to a score, and what of it gets through", () => {
    for (const [half, memory] of [
      [8, 0.9],
      [12, 0.95],
    ]) {
      const amplitude = theory.waveAmplitude(1, memory, half);
      let score = 0;
      let model = 0;
      let peak = 0;
      let power = 0;
      for (let t = 0; t < 40 * half; t++) {
        const wave = Math.floor(t / half) % 2 ? -1 : 1;
        score = memory * score + (1 - memory) * amplitude * wave;
        model += 0.2 * (wave - model);
        if (t < 38 * half) continue;
        peak = Math.max(peak, Math.abs(score));
        power += model ** 2 / (2 * half);
      }
      expect(peak).toBeCloseTo(1, 6);
      expect(power).toBeCloseTo(theory.wavePower(half), 6);
    }
  });
});

/** A learning on its own: mean aggregate around the target, along u, by episode. */
function play(p: PoisonedConsensus, episodes: number, push: (t: number) => number) {
  const learning = central(p);
  const rng = new Rng(0);
  const pushes = new Float64Array(p.byzantine);
  return Array.from({ length: episodes }, (_, e) => {
    rng.become(new Rng(5), "play", e);
    learning.reset(rng);
    let around = 0;
    for (let t = 0; t < p.rounds; t++) {
      const error = learning.error[0];
      learning.round(pushes.fill(push(t)), [0]);
      around += (learning.aggregate[0] + error) / p.rounds;
    }
    return { around };
  });
}

describe("ranking", () => {
  it("selects, takes medians and trims as sorting does, of few and of many, with ties", () => {
    const rng = new Rng(4);
    for (let trial = 0; trial < 300; trial++) {
      const n = rng.int(1, 80);
      const values = Float64Array.from({ length: n }, () => (trial % 2 ? rng.normal() : rng.int(0, 5)));
      const sorted = values.slice().sort();
      const k = rng.int(1, n + 1);
      const found = values.slice();
      expect(select(found, n, k)).toBe(sorted[k - 1]);
      for (let i = 0; i < n; i++) expect(i < k ? found[i] <= sorted[k - 1] : found[i] >= sorted[k - 1]).toBe(true);
      expect(median(values.slice(), n)).toBe((sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2);
      const ends = rng.int(0, (n + 1) >> 1);
      const middle = sorted.subarray(ends, n - ends);
      expect(trimmedMean(values.slice(), n, ends)).toBeCloseTo(mean(middle), 10);
    }
  });

  it("leaves out the largest scores, of equal ones the last", () => {
    const out = new Uint8Array(7).fill(9);
    const cut = discard(Float64Array.of(3, 1, 2, 2, 2), 5, 3, out, 1, new Float64Array(5));
    expect(cut).toBe(2);
    expect([...out]).toEqual([9, 1, 0, 0, 0, 1, 9]);
  });
});

/** The rule of the server, told plainly. */
function twin(p: PoisonedConsensus, rng: Rng): Pick<Learning, "round" | "loss"> & { out: boolean[]; signed: number[] } {
  const { workers: m, dimensions: d, byzantine: f, anchor, memory } = p;
  const few = Math.round(p.minority * m);
  const away = offsets(p);
  const normals = new Normals();
  normals.seed(rng);
  const target = Array.from({ length: d }, () => (rng.bernoulli(0.5) ? 1 : -1) as number);
  const model = new Array<number>(d).fill(0);
  let scores = Array.from({ length: m }, () => new Array<number>(d).fill(0));
  const draws = new Float64Array((m + 2) * d);
  return {
    out: new Array<boolean>(m).fill(false),
    signed: [],
    loss: 0,
    round(pushes, alone) {
      normals.fill(draws, draws.length);
      const offset = (i: number) => (i >= f && i < f + few ? away.minority : away.majority);
      const reports = Array.from({ length: m }, (_, i) =>
        target.map((goal, j) => {
          const honest = i >= f || Number.isNaN(pushes[i]);
          return (honest ? goal + offset(i) + draws[j * m + i] : goal + pushes[i]) - model[j];
        }),
      );
      const middle = target.map((_, j) => {
        const sorted = reports.map((report) => report[j]).sort((a, b) => a - b);
        return (sorted[(m - 1) >> 1] + sorted[m >> 1]) / 2;
      });
      const heard = reports.map((report, i) =>
        report.map((v, j) => (p.scoring === "frozen" && this.out[i] ? 0 : v - middle[j])),
      );
      const next = scores.map((score, i) => score.map((g, j) => memory * g + (1 - memory) * heard[i][j]));
      const size = next.map((score) => score.reduce((sum, g) => sum + g * g, 0));
      const order = [...size.keys()].sort((a, b) => size[a] - size[b] || a - b);
      const keep = kept(m, p.discard);
      const cut = Math.sqrt(size[order[keep - 1]] / d);
      this.out = size.map((_, i) => order.indexOf(i) >= keep);
      const fades = (i: number) => p.scoring === "counted" && this.out[i];
      scores = next.map((score, i) => (fades(i) ? scores[i].map((g) => memory * g) : score));
      this.signed = scores.map((score) => score.reduce((sum, g) => sum + g, 0) / d / cut);
      const w = alone[0] === 1 ? 1 : anchor;
      this.loss = 0;
      for (let j = 0; j < d; j++) {
        const step = reports.reduce((sum, report, i) => sum + (this.out[i] ? 0 : report[j] / keep), 0);
        const own = target[j] + 1.5 * draws[m * d + j] - model[j];
        model[j] += 0.2 * ((1 - w) * step + w * own);
        this.loss += (model[j] - target[j]) ** 2 / d;
        target[j] += 0.05 * draws[(m + 1) * d + j];
      }
    },
  };
}

describe("a round", () => {
  it("is what its rules say, for each way to score", () => {
    for (const scoring of ["counted", "always", "frozen"] as const)
      for (const given of [{}, { workers: 9, byzantine: 2, dimensions: 3, discard: 0.4, memory: 0.6 }]) {
        const p = parse({ ...given, scoring });
        const rng = new Rng(8, scoring);
        const learning = central(p);
        learning.reset(rng.fork("a"));
        const plain = twin(p, rng.fork("a"));
        const pushes = new Float64Array(p.byzantine);
        for (let t = 0; t < 60; t++) {
          for (let i = 0; i < pushes.length; i++) pushes[i] = [Number.NaN, 4, -2, 0.5][rng.int(0, 4)];
          const alone = [t % 7 === 3 ? 1 : 0];
          learning.round(pushes, alone);
          plain.round(pushes, alone);
          expect(learning.loss).toBeCloseTo(plain.loss, 9);
          for (let i = 0; i < p.byzantine; i++) {
            expect(learning.excluded[i]).toBe(plain.out[i] ? 1 : 0);
            expect(learning.signed[i]).toBeCloseTo(plain.signed[i], 9);
          }
        }
      }
  });

  it("draws the same in both arms: who learns alone, and who hears the honest, meet the same data", () => {
    for (const given of [{}, { network: "gossip", rounds: 30 }] as Given[]) {
      const { clean, attacked } = count(given, { push: 4 });
      expect(attacked.alone).toBe(clean.alone);
      expect(attacked.free).toBe(clean.free);
      expect(attacked.loss).not.toBe(clean.loss);
    }
    const { clean, attacked } = count({ anchor: 1 }, { push: 4 });
    expect(attacked.loss).toBe(clean.loss);
    expect(clean.loss).toBeCloseTo(clean.alone, 9);
  });

  it("learns alone for a round in which the server says so", () => {
    const world = vector(any, 1, { anchor: 0 }, 2);
    world.reset();
    world.roles.byzantine.actions.fill(PUSHES.length - 1);
    world.roles.server.actions.fill(1);
    for (let t = 0; t < 50; t++) world.step();
    expect(world.counters(0).loss).toBeCloseTo(world.counters(0).alone, 9);
  });

  it("pays attackers the loss, and shows each its own", () => {
    const world = vector(any, 1, { scoring: "always" }, 2);
    const { byzantine, server } = world.roles;
    const at = (part: string) => (env.roles(parse({})).byzantine.observation.at as Record<string, number>)[part];
    world.reset();
    byzantine.actions.set([actionFor(2), actionFor(-2), HONEST, actionFor(0.75)]);
    let sum = 0;
    for (let t = 0; t < 40; t++) {
      world.step();
      sum += byzantine.rewards[3];
      expect(server.rewards[0]).toBe(-byzantine.rewards[3]);
    }
    expect(world.counters(0).loss).toBeCloseTo(sum, 9);
    const see = (i: number, part: string) => byzantine.obs[i * byzantine.obsSize + at(part)];
    expect([0, 1, 2, 3].map((i) => see(i, "push"))).toEqual([0.5, -0.5, 0, 0.1875]);
    expect(see(0, "score")).toBeGreaterThan(0.5);
    expect(see(1, "score")).toBeLessThan(-0.5);
    expect(see(1, "size")).toBeCloseTo(-see(1, "score"), 6);
    expect(see(0, "side")).toBeCloseTo(
      [0, 1, 2, 3].reduce((total, i) => total + see(i, "score") / 4, 0),
      5,
    );
    expect(see(0, "time")).toBeCloseTo(0.2, 6);
    expect(see(0, "clock16")).toBeCloseTo(Math.sin((2 * Math.PI * 40) / 16), 5);
    expect(clockTable(3).length).toBe(4 * 2 * CLOCKS.length);
  });
});

const count = (params: Given, one: Plan) => {
  const sum = (byzantine: ReturnType<typeof plan>) => {
    const played = evaluate(env, {
      params,
      policies: { byzantine, server: policies.defaults.server },
      episodes: 2,
      seed: 1,
      split: ["arms"],
    });
    return Object.fromEntries(
      played.names.map((name, i) => [name, played.counters[i] + played.counters[played.names.length + i]]),
    );
  };
  return { clean: sum(policies.attacks.none.roles.byzantine), attacked: sum(plan(one)) };
};

describe("the exact programme", () => {
  const small: Given = { workers: 8, byzantine: 2, dimensions: 2, rounds: 60, memory: 0, discard: 0.25, anchor: 0.1 };

  it("foretells its own play, and nothing tried does better", () => {
    const p = parse(small);
    const best = program(p);
    const options = { episodes: 300, split: "program" };
    const tried = plans.filter(({ push, ...more }) => Object.keys(more).length === 0 || more.half === 8).map(plan);
    const [{ attacked, peace }, ...others] = measure(small, [exact(best), ...tried], options);
    expect(Math.abs(attacked / best.attacked - 1)).toBeLessThan(0.03);
    expect(Math.abs(peace / best.peace - 1)).toBeLessThan(0.03);
    for (const other of others) expect(other.attacked).toBeLessThan(1.02 * attacked);
    expect(() => program(parse({ memory: 0.5 }))).toThrow(RangeError);
  });

  it("reads its laws off draws that dynamics share only in law", () => {
    const p = parse({ ...small, anchor: 0, rounds: 200 });
    const [law] = laws(p, [[actionFor(1.5), actionFor(1.5)]], 20_000, 1);
    const around = play(p, 60, () => 1.5).map((one) => one.around);
    expect(far(Float64Array.from(around), law.mean)).toBeLessThan(3.5);
  });

  it("is drawn beside servers without memory only", () => {
    expect(theory.bestResponse(parse({}))).toBeNull();
    expect(theory.bestResponse(parse({ memory: 0, byzantine: 5 }))).toBeNull();
    const { security } = theory.bestResponse(parse({ ...small, discard: 0, anchor: 0 }))!;
    expect(security).toBe(0);
  });
});

describe("poisoned-consensus", () => {
  const worst = (given: Given, episodes = 32) => ranked(given, { episodes })[0];

  it("is a frontier: off, lockdown, and points above the line between", () => {
    const off = worst({ anchor: 0, discard: 0, memory: 0 }, 8);
    expect([off.utility, off.security]).toEqual([1, 0]);
    const shut = worst({ anchor: 1, discard: 0.5, memory: 0.97 }, 8);
    expect([shut.utility, shut.security]).toEqual([expect.closeTo(0, 9), 1]);
    const points = [0, 0.3, 0.5, 0.75].map((anchor) => worst({ anchor }, 16));
    for (const { utility, security } of points) expect(utility + security).toBeGreaterThan(1.35);
    for (let i = 1; i < points.length; i++) {
      expect(points[i].security).toBeGreaterThan(points[i - 1].security + 0.01);
      expect(points[i].utility).toBeLessThan(points[i - 1].utility - 0.03);
    }
  });

  it("has the facts of scores made of all reports", () => {
    const facts: [Given, string, number, number][] = [
      [{ discard: 0.2, memory: 0 }, "alie", 0.985, 0.26],
      [{ discard: 0.2, memory: 0.7 }, "mimic", 0.948, 0.5],
      [{ discard: 0.2, memory: 0.9 }, "mimic-back", 0.897, 0.56],
      [{ discard: 0.2, memory: 0.9, anchor: 0.3 }, "mimic-back", 0.871, 0.79],
      [{ discard: 0.3, memory: 0.9 }, "launder-turns", 0.928, 0.25],
      [{ discard: 0.2, memory: 0.95 }, "wave-12", 0.892, 0.35],
    ];
    for (const [given, attack, utility, security] of facts) {
      const [found] = measure({ anchor: 0, scoring: "always", ...given }, [attack as "max"], { episodes: 64 });
      expect(Math.abs(found.utility - utility), attack).toBeLessThan(0.03);
      expect(Math.abs(found.security - security), attack).toBeLessThan(0.06);
    }
  });

  it("each of the other ways to score falls to an attack that counting only what counts withstands", () => {
    const at = (scoring: "counted" | "always" | "frozen", attack: "ride" | "launder-deep", share: number) =>
      measure({ scoring, anchor: 0, discard: share }, [attack], { episodes: 32 })[0].raw;
    expect(at("frozen", "ride", 0.2)).toBeLessThan(0);
    expect(at("always", "launder-deep", 0.3)).toBeLessThan(0.1);
    for (const share of [0.2, 0.3]) {
      expect(at("counted", "ride", share)).toBeGreaterThan(0.6);
      expect(at("counted", "launder-deep", share)).toBeGreaterThan(0.9);
    }
  });

  it("has no attack that is best everywhere, and none that random play matches", () => {
    const best = (given: Given) => worst({ anchor: 0, ...given }, 12).attack as string;
    expect(best({ discard: 0.1 })).toBe("max");
    expect(best({ memory: 0 })).toBe("alie");
    expect(best({})).toMatch(/mimic|hold|shadow/);
    expect(best({ memory: 0.97 })).toBe("sway");
    for (const memory of [0, 0.9])
      expect(measure({ anchor: 0, memory }, ["random"], { episodes: 16 })[0].raw).toBeGreaterThan(0.9);
  });

  it("gives nothing to defences that panic or learn alone by lot", () => {
    for (const defence of ["panic", "lottery"] as const) {
      const { utility, security } = ranked({ anchor: 0 }, { defence, episodes: 12 })[0];
      // On the dials' frontier lie (.98, .69), (.91, .83) and (.76, .91).
      expect(utility < 0.9 ? utility + security : security).toBeLessThan(utility < 0.9 ? 1.68 : 0.3);
    }
  });

  it("keeps observations in bounds and the parties' numbers in every variant", () => {
    for (const given of variants) {
      const world = vector(any, 1, given, 5);
      const p = parse(given);
      expect(world.roles.server.count).toBe(p.network === "gossip" ? p.workers - p.byzantine : 1);
      expect(defenders(p)).toBe(world.roles.server.count);
    }
    expect(() => vector(any, 1, { byzantine: 10 })).toThrow(InputError);
    expect(() => vector(any, 1, { network: "gossip", workers: 4, byzantine: 1, reach: 2 })).toThrow(/reach/);
    expect(() => vector(any, 1, { workers: 8, byzantine: 3, minority: 0.7 })).toThrow(InputError);
  });
});

/** The rule of the ring, told plainly: its loss, and the share of listeners that leave each attacker out. */
function ringTwin(p: PoisonedConsensus, rng: Rng) {
  const { workers: m, dimensions: d, anchor: w, memory } = p;
  const bad = seats(p);
  const honest = Array.from({ length: m }, (_, i) => i).filter((i) => !bad.includes(i));
  // In the order that breaks ties between attackers who report alike.
  const near = (i: number) => [...neighbours(p).subarray(2 * p.reach * i, 2 * p.reach * (i + 1))];
  const normals = new Normals();
  normals.seed(rng);
  const target = Array.from({ length: d }, () => (rng.bernoulli(0.5) ? 1 : -1) as number);
  const few = rng.shuffle(Int32Array.from(honest)).slice(0, Math.round(p.minority * m));
  const zero = () => new Array<number>(d).fill(0);
  let model = Array.from({ length: m }, zero);
  const scores = new Map<string, number[]>();
  const out = new Set<string>();
  const draws = new Float64Array((m + 1) * d);
  return (pushes: ArrayLike<number>, alone: readonly number[]) => {
    normals.fill(draws, draws.length);
    const told = model.map((x, i) => {
      const a = bad.includes(i) ? pushes[bad.indexOf(i)] : Number.NaN;
      const away = few.includes(i) ? offsets(p).minority : offsets(p).majority;
      return x.map((value, j) =>
        Number.isNaN(a) ? value + 0.2 * (target[j] + away + draws[i * d + j] - value) : target[j] + a,
      );
    });
    model = model.map((_, i) => {
      const around = near(i);
      const middle = target.map((_, j) => {
        const sorted = [...around, i].map((k) => told[k][j]).sort((a, b) => a - b);
        return sorted[around.length / 2];
      });
      const fresh = around.map((k) => {
        const before = scores.get(`${i} ${k}`) ?? zero();
        const heard = !(p.scoring === "frozen" && out.has(`${i} ${k}`));
        const now = before.map((g, j) => memory * g + (heard ? (1 - memory) * (told[k][j] - middle[j]) : 0));
        return { k, faded: before.map((g) => memory * g), now, size: now.reduce((sum, g) => sum + g * g, 0) };
      });
      const ranks = [...fresh].sort((a, b) => a.size - b.size).map(({ k }) => k);
      const left = ranks.slice(Math.round((1 - p.discard) * around.length));
      for (const { k, faded, now } of fresh) {
        const isOut = left.includes(k);
        if (isOut) out.add(`${i} ${k}`);
        else out.delete(`${i} ${k}`);
        scores.set(`${i} ${k}`, isOut && p.scoring === "counted" ? faded : now);
      }
      const own = honest.includes(i) && alone[honest.indexOf(i)] === 1 ? 1 : w;
      const heard = [...around.filter((k) => !left.includes(k)), i];
      return told[i].map((v, j) => own * v + (1 - own) * mean(Float64Array.from(heard, (k) => told[k][j])));
    });
    const loss = honest.flatMap((i) => model[i].map((x, j) => (x - target[j]) ** 2));
    for (let j = 0; j < d; j++) target[j] += 0.05 * draws[m * d + j];
    return {
      loss: mean(Float64Array.from(loss)),
      excluded: bad.map((k) => {
        const listeners = honest.filter((i) => near(i).includes(k));
        return listeners.filter((i) => out.has(`${i} ${k}`)).length / Math.max(1, listeners.length);
      }),
    };
  };
}

describe("on a ring", () => {
  it("a round is what its rules say", () => {
    for (const scoring of ["counted", "always", "frozen"] as const)
      for (const place of ["spread", "cluster"] as const) {
        const p = parse({ network: "gossip", scoring, place, workers: 12, byzantine: 3, dimensions: 2, discard: 0.3 });
        const rng = new Rng(6, scoring, place);
        const learning = gossip(p);
        learning.reset(rng.fork("a"));
        const plain = ringTwin(p, rng.fork("a"));
        for (let t = 0; t < 30; t++) {
          const pushes = Float64Array.from({ length: 3 }, () => [Number.NaN, 4, -2, 0.5][rng.int(0, 4)]);
          const alone = Array.from({ length: 9 }, () => (rng.bernoulli(0.1) ? 1 : 0));
          learning.round(pushes, alone);
          const { loss, excluded } = plain(pushes, alone);
          expect(learning.loss).toBeCloseTo(loss, 9);
          for (let i = 0; i < 3; i++) expect(learning.excluded[i]).toBeCloseTo(excluded[i], 9);
        }
      }
  });

  it("everyone has 2k neighbours, attackers sit apart or together", () => {
    const p = parse({ network: "gossip", reach: 2 });
    const near = neighbours(p);
    expect([...near.subarray(0, 4)].sort((a, b) => a - b)).toEqual([1, 2, 18, 19]);
    expect([...near.subarray(76, 80)].sort((a, b) => a - b)).toEqual([0, 1, 17, 18]);
    expect(seats(p)).toEqual([0, 5, 10, 15]);
    expect(seats(parse({ place: "cluster" }))).toEqual([0, 1, 2, 3]);
  });

  it("averages what is told, in peace and without dials, as who takes the plain mean does", () => {
    const learning = gossip(parse({ network: "gossip", anchor: 0, discard: 0, memory: 0 }));
    learning.reset(new Rng(3));
    const honest = new Float64Array(4).fill(Number.NaN);
    for (let t = 0; t < 40; t++) {
      learning.round(honest, new Uint8Array(16));
      expect(learning.loss).toBeCloseTo(learning.lossFree, 9);
    }
    learning.reset(new Rng(3));
    for (let t = 0; t < 40; t++) learning.round(honest, new Uint8Array(16).fill(1));
    expect(learning.loss).toBeCloseTo(learning.lossAlone, 9);
    // Three nodes, one pushing by 3: the mean of the others' errors is e = (2·.8e + 3)/3.
    const pair = gossip(
      parse({ network: "gossip", workers: 3, byzantine: 1, minority: 0, spread: 0, reach: 1, anchor: 0, discard: 0 }),
    );
    pair.reset(new Rng(5));
    for (let t = 0; t < 400; t++) pair.round(Float64Array.of(3), [0, 0]);
    expect(Math.abs(pair.error[0] - 3 / (3 - 1.6))).toBeLessThan(0.4);
  });

  it("a quota must reach the worst neighbourhood: attackers side by side are two of four, apart one", () => {
    const at = (place: "spread" | "cluster", share: number) =>
      measure({ network: "gossip", place, anchor: 0, memory: 0, discard: share }, ["max"], { episodes: 6 })[0];
    expect(at("spread", 0.25).security).toBeGreaterThan(0.9);
    expect(at("cluster", 0.25).security).toBeLessThan(0.1);
    expect(at("cluster", 0.5).security).toBeGreaterThan(0.9);
    expect(at("spread", 0.25).utility).toBeGreaterThan(0.8);
  });
});

describe("plans", () => {
  /** What attackers report, round by round, seeing `views` (the last goes on). */
  function reports(
    one: Plan,
    views: Partial<Record<"score" | "side" | "excluded" | "error", number>>[],
    rounds: number,
    row = 1,
  ) {
    const { observation, action } = env.roles(parse({})).byzantine;
    const at = observation.at;
    const policy = plan(one)({ params: parse({}), role: "byzantine", count: 4, observation, at, action, knobs: [] });
    const state = new Float32Array(4 * (policy.stateSize ?? 0));
    const actions = new Int32Array(4);
    return Array.from({ length: rounds }, (_, t) => {
      const obs = new Float32Array(4 * observation.size);
      for (const [part, value] of Object.entries(views[Math.min(t, views.length - 1)]))
        for (let i = 0; i < 4; i++) obs[i * observation.size + at[part as "score"]] = value;
      policy.act({ rows: 4, count: 4, obs, obsSize: observation.size, state, actions } as never);
      return PUSHES[actions[row]];
    });
  }

  it("rest from the ceiling until they may resume", () => {
    const one: Plan = { push: -2, rest: "honest", ceiling: 0.9, resume: 0.5 };
    const views = [0, -0.95, -0.7, -0.4, 0.95].map((score) => ({ score }));
    expect(reports(one, views, 5)).toEqual([-2, "honest", "honest", -2, -2]);
  });

  it("launder while left out, deeper while their score is high", () => {
    const one: Plan = { push: 4, hidden: -2, sunk: -4, ceiling: 1.4, late: 1 };
    const views = [{}, { excluded: 1 }, { excluded: 1, score: 1.5 }, { score: 1.5 }];
    expect(reports(one, views, 4)).toEqual([4, -2, -4, 4]);
    expect(reports(one, views, 4, 0)).toEqual(["honest", -2, -4, 4]);
  });

  it("turn with the clock, or when the side's score says so", () => {
    expect(reports({ push: 4, half: 2 }, [{}], 6)).toEqual([4, 4, -4, -4, 4, 4]);
    expect(reports({ push: 4, half: 1, back: 3 }, [{}], 9)).toEqual([4, -4, -4, -4, 4, -4, -4, -4, 4]);
    const errors = [0.1, -0.2, 0.3].map((error) => ({ error }));
    expect(reports({ push: 1.5, steer: true }, errors, 3)).toEqual([1.5, -1.5, 1.5]);
    const views = [0, 0.8, 0, -0.8, 0].map((side) => ({ side }));
    expect(reports({ push: 4, turn: 0.7 }, views, 5)).toEqual([4, -4, -4, 4, 4]);
  });

  it("name pushes that there are", () => {
    for (const push of PUSHES) if (push !== "honest") expect(PUSHES[actionFor(push)]).toBe(push);
    expect(PUSHES[HONEST]).toBe("honest");
    expect(plans.length).toBe(1001);
  });
});
