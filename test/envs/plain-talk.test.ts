import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AUSTEN } from "../../envs/plain-talk/austen.ts";
import { BIASED, textLawIn } from "../../envs/plain-talk/biased.ts";
import { type MakeCode, matching, whole } from "../../envs/plain-talk/codes.ts";
import { lawFault, lawOf } from "../../envs/plain-talk/covers.ts";
import talk, { type PlainTalk, plainTalk } from "../../envs/plain-talk/env.ts";
import {
  flags,
  innocentsOf,
  jointThresholds,
  languageOf,
  slices,
  surprisalTests,
  thresholdOf,
} from "../../envs/plain-talk/model.ts";
import { filling, tempered } from "../../envs/plain-talk/plans.ts";
import policies, { scripts } from "../../envs/plain-talk/policies.ts";
import { Posterior } from "../../envs/plain-talk/posterior.ts";
import { recorder, type Tape, tapeCover } from "../../envs/plain-talk/tape.ts";
import {
  bestPower,
  cap,
  content,
  credit,
  gibbs,
  information,
  occupancy,
  parityDivergence,
  perfect,
  texts,
  utility,
} from "../../envs/plain-talk/theory.ts";
import { parallel } from "../../src/env/parallel.ts";
import { resolveParams } from "../../src/env/params.ts";
import { renderText } from "../../src/env/render-text.ts";
import { vector } from "../../src/env/vector.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { score } from "../../src/play/score.ts";
import { Rng } from "../../src/random/rng.ts";
import { chiSquareSf, nonDominated } from "../../src/stats/index.ts";

type Given = Partial<PlainTalk>;
type Attack = keyof typeof policies.attacks;
type Defence = keyof typeof policies.defences;
const settings = (given: Given = {}): PlainTalk => talk.params.parse(given);
const SMALL = { tokens: 6, candidates: 4, wordBits: 2 } as const;

interface Options {
  readonly episodes?: number;
  readonly defence?: Defence;
}
/** Metrics and shares of an attack; `se` is the standard error of secrecy. */
function play(given: Given, attack: Attack, { episodes = 600, defence }: Options = {}) {
  const {
    clean,
    attacked,
    counters,
    episodes: all,
  } = score(talk, {
    scripts: policies,
    params: given,
    attack,
    defence: defence ?? "default",
    episodes,
    split: ["test", "plain-talk"],
  });
  const c = counters.attacked;
  const gains: number[] = [];
  const { names, counters: rows } = all.attacked;
  for (let e = 0; e < episodes; e++) {
    const of = (name: (typeof names)[number]) => rows[e * names.length + names.indexOf(name)];
    if (of("active") === 1) gains.push(of("gain"));
  }
  const mean = gains.reduce((a, b) => a + b, 0) / gains.length;
  const variance = gains.reduce((a, b) => a + (b - mean) ** 2, 0) / gains.length;
  return {
    U: clean.utility,
    S: attacked.secrecy,
    se: Math.sqrt(variance / gains.length),
    power: c.flaggedActive / c.active,
    level: c.flaggedInnocent / c.innocent,
    active: c.active,
    innocent: c.innocent,
    kept: c.kept / c.offered,
  };
}
const near = (found: readonly number[], expected: readonly number[], tolerance: number) => {
  for (const [i, x] of expected.entries()) expect(Math.abs(found[i] - x)).toBeLessThan(tolerance);
};
const spread = (p: number, n: number) => 3 * Math.sqrt((p * (1 - p)) / n);

describe("the language", () => {
  it("is what its script built, law by law", () => {
    const raw = new Uint16Array(2 * 8192 * 16);
    for (let state = 0; state < 8192; state++) {
      const law = AUSTEN.next(state);
      expect(lawFault(law, 16)).toBeUndefined();
      raw.set(law.tokens, 16 * state);
      raw.set(law.p, 16 * (8192 + state));
    }
    const digest = createHash("sha256").update(new Uint8Array(raw.buffer)).digest("hex");
    expect(readFileSync(new URL("../../envs/plain-talk/AUSTEN.md", import.meta.url), "utf8")).toContain(digest);
  });

  it("goes on from pairs of words where it knows them, else from single ones", () => {
    const pair = AUSTEN.starts.find((state) => AUSTEN.opening(state) === " it was")!;
    const { tokens } = AUSTEN.next(pair);
    const i = Array.from(tokens).findIndex((token) => AUSTEN.text(token) === " not");
    expect(AUSTEN.opening(AUSTEN.after(pair, i))).toBe(" was not");
    expect(AUSTEN.starts.length).toBe(64);
    for (let state = 0; state < 8192; state += 97) {
      for (let i = 0; i < 16; i++) {
        const next = AUSTEN.after(state, i);
        expect(next).toBeLessThan(8192);
        expect(AUSTEN.opening(next).endsWith(AUSTEN.text(AUSTEN.next(state).tokens[i]))).toBe(true);
      }
    }
  });

  it("takes the likeliest of any weights, in 4096ths that add up", () => {
    expect(lawOf([7, 3, 9, 4], [1, 2, 0.00001, 1], 3)).toEqual({ tokens: [3, 4, 7], p: [2048, 1024, 1024] });
    expect(lawOf([0, 1], [1, 1e-9], 2)).toEqual({ tokens: [0, 1], p: [4095, 1] });
    expect(() => lawOf([0, 1, 2], [1, 0, Number.NaN], 2)).toThrow(/got 1 tokens.*expected at least 2/);
  });

  it.each([
    [{ tokens: [0, 1], p: [4096] }, /2 tokens and 1/],
    [{ tokens: [0, 1], p: [4096, 0] }, /above 0/],
    [{ tokens: [0, 1], p: [1000, 3096] }, /likeliest first/],
    [{ tokens: [2, 2], p: [2048, 2048] }, /twice/],
    [{ tokens: [0, 1], p: [3000, 1000] }, /add up to 4000/],
    [{ tokens: [0, -1], p: [4000, 96] }, /expected a token/],
  ])("refuses %o as a law", (law, message) => {
    expect(lawFault(law, 2)).toMatch(message);
  });
});

describe("a tape", () => {
  const model = { name: "austen", sha256: "0".repeat(64), licence: "public domain" };
  const params = { tokens: 5, innocents: 100, falseAlarm: 0.1 };
  const recorded = (() => {
    const { cover, tape } = recorder(AUSTEN, model);
    const result = run(cover);
    return { result, tape: JSON.parse(JSON.stringify(tape())) as Tape };
  })();

  function run(cover: Parameters<typeof plainTalk>[0]["cover"], seed = 1) {
    const env = plainTalk({ id: "plain-talk-tape-v0", cover });
    const given = { scripts: scripts(cover), params, attack: "whole-1", episodes: 20, seed } as const;
    return score(env, given).counters;
  }

  it("replays what was recorded, to the bit, and nothing else", () => {
    expect(run(tapeCover(recorded.tape))).toEqual(recorded.result);
    expect(() => run(tapeCover(recorded.tape), 2)).toThrow(/no law was recorded after ".*\(tokens \d+.*replays/);
  });

  it.each<[string, (tape: Tape) => unknown, RegExp]>([
    ["another kind", (tape) => ({ ...tape, kind: "tape" }), /plain-talk-tape.*kind/],
    ["a key too much", (tape) => ({ ...tape, code: "x" }), /code/],
    ["a law that does not add up", (tape) => edit(tape, (t) => t.laws[3].p[0]--), /laws\[3\].*add up to 4095/],
    ["a token it has not", (tape) => edit(tape, (t) => t.laws[3].prefix.push(1e6)), /laws\[3\].*token 1000000 is none/],
    ["a prefix twice", (tape) => edit(tape, (t) => t.laws.push(t.laws[0])), /recorded before/],
    ["prompts of nothing", (tape) => ({ ...tape, prompts: [] }), /prompts/],
    ["a digest that is none", (tape) => ({ ...tape, model: { ...model, sha256: "ab" } }), /sha256/],
    ["no object", () => null, /the whole/],
  ])("of %s is refused", (_, broken, message) => {
    expect(() => tapeCover(broken(recorded.tape))).toThrow(message);
  });
  const edit = (tape: Tape, change: (tape: Tape) => unknown) => {
    const copy = structuredClone(tape);
    change(copy);
    return copy;
  };

  it("is asked for no law beyond a message's last token", () => {
    const longest = Math.max(...recorded.tape.laws.map(({ prefix }) => prefix.length));
    expect(longest).toBe(1 + params.tokens - 1);
  });
});

describe("theory", () => {
  const p = settings();

  it("is a message's tokens, states and bits", () => {
    expect(occupancy(AUSTEN, p).reduce((a, b) => a + b, 0)).toBeCloseTo(24, 9);
    expect(content(AUSTEN, p)).toBeCloseTo(78.17, 1);
    const simulated = innocentsOf(AUSTEN, p);
    expect(Math.abs(simulated.content - content(AUSTEN, p))).toBeLessThan(0.1);
    expect(information(AUSTEN, { ...p, redraw: 0 })).toBeCloseTo(content(AUSTEN, p), 9);
    expect(information(AUSTEN, { ...p, redraw: 1 })).toBeCloseTo(0, 9);
  });

  it("gives the utilities and the bits that independent simulation gave", () => {
    const etas = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1];
    const U = etas.map((redraw) => utility(AUSTEN, settings({ redraw, falseAlarm: 0 })));
    near(U, [0.91, 0.82, 0.685, 0.55, 0.415, 0.28, 0.1], 0.005);
    const bits = etas.map((redraw) => information(AUSTEN, settings({ redraw })));
    near(bits, [61.8, 49.7, 34.7, 22.4, 12.5, 5, 0], 0.15);
    const narrow = [2, 4, 8].map((choices) => utility(AUSTEN, settings({ choices, redraw: 0, falseAlarm: 0 })));
    near(narrow, [0.276, 0.54, 0.785], 0.005);
  });

  it("bounds what bits can name, between nothing and all", () => {
    expect(credit(0, 12, 8)).toBeCloseTo(0, 9);
    expect(credit(96, 12, 8)).toBe(1);
    expect(credit(78.2, 12, 8)).toBeCloseTo(0.88, 2);
    // A binary word: 1 − h(D) = R.
    expect(credit(0.5, 1, 1)).toBeCloseTo(1 - 2 * 0.11, 3);
    expect(1 - credit(48, 12, 8)).toBeLessThan(0.5);
  });

  it("counts texts: all of them within every budget, at most 2^T below T", () => {
    const tiny = settings({ ...SMALL, tokens: 4 });
    expect(texts(AUSTEN, tiny, 48)).toBeCloseTo(8, 6);
    // One by one, from each opening.
    const language = languageOf(AUSTEN, tiny);
    const count = (state: number, left: number, tokens: number): number => {
      if (tokens === 0) return 1;
      const from = language.open(state);
      const open = [0, 1, 2, 3].filter((i) => language.bits[from + i] <= left);
      return open.reduce(
        (sum, i) => sum + count(language.after(state, i), left - language.bits[from + i], tokens - 1),
        0,
      );
    };
    for (const most of [5, 7, 9]) {
      const exact = AUSTEN.starts.reduce((sum, start) => sum + Math.log2(Math.max(1, count(start, most, 4))) / 64, 0);
      const bound = texts(AUSTEN, tiny, most);
      expect(bound).toBeGreaterThan(exact);
      expect(bound).toBeLessThan(most + 1e-9);
    }
    const [{ value }] = surprisalTests(AUSTEN, p);
    expect(texts(AUSTEN, p, value)).toBeLessThan(value);
  });

  it("knows the law of most entropy: no tempered law has more at its surprisal", () => {
    const small = settings({ tokens: 5, candidates: 8, wordBits: 5 });
    const even = gibbs(AUSTEN, small, 1);
    expect(even.entropy).toBeCloseTo(content(AUSTEN, small), 4);
    expect(even.surprisal).toBeCloseTo(even.entropy, 4);
    const hot = gibbs(AUSTEN, small, 0.7);
    expect(hot.entropy).toBeLessThan(hot.surprisal);
    expect(gibbs(AUSTEN, small, 0).entropy).toBeCloseTo(15, 4);
    // The same mean surprisal by tempering each token: forward, state by state.
    const language = languageOf(AUSTEN, small);
    const out = new Float64Array(8);
    const walk = (tau: number) => {
      let now = new Map<number, number>();
      for (const start of AUSTEN.starts) now.set(start, (now.get(start) ?? 0) + 1 / 64);
      const law = tempered(tau)(AUSTEN, small);
      let [surprisal, entropy] = [0, 0];
      for (let t = 0; t < 5; t++) {
        const next = new Map<number, number>();
        for (const [state, mass] of now) {
          const from = language.open(state);
          law({ t, state, spent: 0 }, out);
          for (let i = 0; i < 8; i++) {
            surprisal += mass * out[i] * language.bits[from + i];
            entropy -= mass * out[i] * Math.log2(out[i]);
            const to = language.after(state, i);
            next.set(to, (next.get(to) ?? 0) + mass * out[i]);
          }
        }
        now = next;
      }
      return { surprisal, entropy };
    };
    let [low, high] = [1, 3];
    for (let i = 0; i < 12; i++) {
      const middle = (low + high) / 2;
      if (walk(middle).surprisal > hot.surprisal) high = middle;
      else low = middle;
    }
    expect(walk(low).entropy).toBeLessThan(hot.entropy);
  });

  it("gives a biased bin's divergence, and the power of who knows the code", () => {
    expect(parityDivergence(0.5)).toBeCloseTo(0, 12);
    expect(parityDivergence(0.25)).toBeCloseTo(-1 - 0.5 * Math.log2(0.1875), 12);
    const parity = BIASED.parity;
    const language = languageOf(AUSTEN, p);
    const power = bestPower(AUSTEN, p, textLawIn(language, parity), [0.01, 0.05, 0.1], 6000);
    near(power, [0.416, 0.646, 0.753], 0.04);
  });
});

/** Texts of a code whose secrets are uniform, redrawn as it may be: states passed and candidates delivered there. */
function speak(makeCode: MakeCode, given: Given, count: number, each: (state: number, read: number) => void): void {
  const p = settings(given);
  const language = languageOf(AUSTEN, p);
  const make = makeCode(AUSTEN, p);
  const rng = new Rng(5, "texts");
  const secret = new Uint8Array(12);
  for (let m = 0; m < count / p.tokens; m++) {
    for (let i = 0; i < 12; i++) secret[i] = rng.int(0, 256);
    const code = make();
    code.begin(secret, rng);
    let state = AUSTEN.starts[rng.int(0, 64)];
    let spent = 0;
    for (let t = 0; t < p.tokens; t++) {
      const from = language.open(state);
      const standing = { t, state, spent };
      const said = code.say(standing, rng);
      const read = rng.bernoulli(p.redraw) ? language.draw(state, rng) : said;
      each(state, read);
      if (t + 1 === p.tokens) break;
      code.see(standing, read);
      spent += language.bits[from + read];
      state = language.after(state, read);
    }
  }
}

describe("perfect codes", () => {
  /** Chi-square of candidates delivered, in 64 groups of states, against the cover's law: degrees of freedom 64 · 15. */
  const chiSquare = (makeCode: MakeCode, given: Given, count: number) => {
    const [seen, expected] = [new Float64Array(1024), new Float64Array(1024)];
    const language = languageOf(AUSTEN, settings(given));
    speak(makeCode, given, count, (state, read) => {
      const group = 16 * (state & 63);
      seen[group + read]++;
      for (let i = 0; i < 16; i++) expected[group + i] += language.share[16 * state + i];
    });
    return seen.reduce((sum, n, i) => sum + (n - expected[i]) ** 2 / expected[i], 0);
  };

  it("leave the law of a million tokens untouched, redrawn or not; a warmer one is seen at once", () => {
    expect(chiSquareSf(chiSquare(whole(tempered(1)), { redraw: 0.2 }, 1_000_000), 960)).toBeGreaterThan(0.001);
    expect(chiSquareSf(chiSquare(whole(tempered(1), { reckon: false }), { redraw: 0 }, 200_000), 960)).toBeGreaterThan(
      0.001,
    );
    expect(chiSquareSf(chiSquare(matching(tempered(1), 0.6), { redraw: 0.2 }, 200_000), 960)).toBeGreaterThan(0.001);
    expect(chiSquareSf(chiSquare(whole(tempered(1.1)), { redraw: 0.2 }, 100_000), 960)).toBeLessThan(1e-6);
  });

  it.each<[Attack, number, number]>([
    ["arith-1", 0, 0.05],
    ["whole-1", 0, 0.05],
    ["whole-1", 0.2, 0.3],
    ["match-1", 0.2, 0.05],
    ["whole-1", 0.5, 0.1],
  ])(
    "%s at redraw %d and level %d: flagged like the innocent, and within Shannon's bound",
    (attack, redraw, falseAlarm) => {
      const { S, se, power, active } = play({ redraw, falseAlarm }, attack, { episodes: 1000 });
      expect(Math.abs(power - falseAlarm)).toBeLessThan(spread(falseAlarm, active));
      expect(S).toBeGreaterThan(perfect(AUSTEN, settings({ redraw, falseAlarm })) - 3 * se);
    },
  );

  it("know a point better with every token, as Bayes would", () => {
    const posterior = new Posterior(64);
    const shares = [0.5, 0.3, 0.2];
    posterior.see(shares, 1, 0.9, 0.1);
    // 0.3 of the unit at .9 beside .7 at .1.
    expect(posterior.below(1n << 63n)).toBeCloseTo(0.05 / 0.34, 12);
    const tally = new Float64Array(2);
    posterior.tally(0, 1, tally);
    expect(tally[0]).toBeCloseTo(0.05 / 0.34, 12);
    expect(tally[1]).toBeCloseTo(0.29 / 0.34, 12);
    // What cannot be is not learned from; what is certain leaves one piece.
    const sure = new Posterior(64);
    sure.see([0.25, 0.75], 0, 1, 0);
    expect(sure.below(1n << 62n)).toBe(1);
    expect(sure.bin(3n << 60n, [0.5, 0, 0.5])).toBe(2);
  });
});

describe("thresholds", () => {
  it("have their level exactly, ties and ends included", () => {
    const sorted = Float64Array.of(1, 2, 2, 2, 3);
    for (const alpha of [0.1, 0.2, 0.4, 0.5, 0.8, 0.9, 1, 0]) {
      const test = thresholdOf(sorted, alpha);
      const level = sorted.reduce((sum, x) => sum + flags(test, x), 0) / 5;
      expect(level).toBeCloseTo(alpha, 12);
    }
    const [a, b] = [Float64Array.of(1, 2, 3, 4, 5), Float64Array.of(5, 4, 3, 2, 1)];
    const tests = jointThresholds([a, b], 0.4);
    const flagged = a.reduce((sum, x, i) => sum + 1 - (1 - flags(tests[0], x)) * (1 - flags(tests[1], b[i])), 0) / 5;
    expect(flagged).toBeCloseTo(0.4, 6);
    expect(slices({ tokens: 5, overseers: 2 })).toEqual([0, 3, 5]);
  });

  it.each<[Defence, Given]>([
    ["surprisal", {}],
    ["surprisal", { overseers: 4, falseAlarm: 0.2 }],
    ["surprisal", { feedback: false, falseAlarm: 0.2 }],
    ["surprisal", { ...SMALL, falseAlarm: 0.1 }],
    ["likelihood", { falseAlarm: 0.2, innocents: 5000 }],
    ["learned", { falseAlarm: 0.2, overseers: 2, innocents: 5000 }],
    ["asleep", { falseAlarm: 0.2, overseers: 3 }],
  ])("%s at %o flags a share alpha of the innocent", (defence, given) => {
    const { level, innocent } = play(given, "none", { episodes: 1500, defence });
    const { falseAlarm, innocents } = settings(given);
    // Simulated innocents are as many as they are.
    expect(Math.abs(level - falseAlarm)).toBeLessThan(spread(falseAlarm, innocent) + spread(falseAlarm, innocents));
  });
});

describe("play agrees with theory", () => {
  it.each([0.1, 0.35, 0.65, 1])("in honest content at redraw %d", (redraw) => {
    const given = { redraw, falseAlarm: 0 };
    const { kept, innocent } = play(given, "none", { episodes: 800 });
    // A token is kept or lost: at most this much of a message's 78 bits at a time.
    expect(Math.abs(kept - utility(AUSTEN, settings(given)))).toBeLessThan(3 * Math.sqrt(0.25 / (innocent * 10)));
  });

  it("at its ends", () => {
    expect(play({ redraw: 0, falseAlarm: 0 }, "none", { episodes: 100 })).toMatchObject({ U: 1, S: 1 });
    expect(play({ redraw: 0, falseAlarm: 0 }, "raw", { episodes: 100 })).toMatchObject({ U: 1, S: 0 });
    expect(play({ redraw: 0, falseAlarm: 1 }, "raw", { episodes: 100 })).toMatchObject({ U: 0, S: 1 });
    expect(play({ choices: 1, redraw: 0, falseAlarm: 0 }, "raw", { episodes: 100 })).toMatchObject({ U: 0 });
    expect(play({ choices: 1, redraw: 0, falseAlarm: 0 }, "fill", { episodes: 400 }).S).toBeGreaterThan(0.98);
    const lockdown = play({ redraw: 1, falseAlarm: 0 }, "fill", { episodes: 600 });
    expect(lockdown.S).toBeGreaterThan(0.98);
    expect(lockdown.U).toBeLessThan(0.12);
  });

  // Found by independent simulation: α, η, attack, secrecy.
  it.each<[number, number, Attack, number]>([
    [0.01, 0, "arith-1", 0.229],
    [0.05, 0, "arith-1", 0.262],
    [0.3, 0, "arith-1", 0.485],
    [0.05, 0.2, "match-1", 0.635],
    [0.05, 0.5, "match-1", 0.837],
    [0, 0.2, "raw", 0.346],
    [0, 0.5, "raw", 0.717],
  ])("alpha %d, redraw %d: %s leaves %d", (falseAlarm, redraw, attack, secrecy) => {
    const { S, se } = play({ falseAlarm, redraw }, attack, { episodes: 1600 });
    expect(Math.abs(S - secrecy)).toBeLessThan(0.02 + 2 * se);
  });

  it("no code passes the number of texts that pass, and one comes near", () => {
    for (const falseAlarm of [0.05, 0.5]) {
      const given = { redraw: 0, falseAlarm };
      const least = cap(AUSTEN, settings(given));
      const { S, se, power } = play(given, "fill", { episodes: 800 });
      expect(power).toBeLessThan(0.01);
      expect(S).toBeGreaterThan(least - 3 * se);
      expect(S).toBeLessThan(least + 0.17);
    }
  });
});

describe("the frontier", () => {
  it("has poor ends and points above the line, against the best codes", () => {
    const levels = [0, 0.1, 0.2, 0.35, 0.5].map((redraw) => {
      const all = (["fill", "whole-1"] as const).map((attack) => play({ redraw }, attack, { episodes: 400 }));
      return [all[0].U, Math.min(...all.map(({ S }) => S))];
    });
    const kept = nonDominated(levels);
    expect(levels.filter(([u, s], i) => kept[i] && u + s > 1.1).length).toBeGreaterThanOrEqual(4);
  });

  it("flagging more buys little from those who know the test, narrowing less", () => {
    const at = (given: Given) => play({ redraw: 0, ...given }, "fill", { episodes: 500 }).S;
    expect(at({ falseAlarm: 0.5 }) - at({ falseAlarm: 0.02 })).toBeLessThan(0.25);
    const redrawn = play({ redraw: 0.2 }, "fill");
    const narrow = play({ redraw: 0, choices: 8 }, "fill");
    expect(narrow.U).toBeLessThan(redrawn.U + 0.03);
    expect(narrow.S).toBeLessThan(redrawn.S - 0.05);
  });
});

describe("attacks against defences", () => {
  const quiet = { redraw: 0, innocents: 2000 };
  it("whoever knows a biased code, or saw what it writes, flags it far more often; perfect codes never", () => {
    const power = (defence: Defence, attack: Attack) => play(quiet, attack, { defence, episodes: 300 }).power;
    expect(power("likelihood", "parity")).toBeGreaterThan(power("surprisal", "parity") + 0.15);
    expect(power("likelihood", "fang-2")).toBeGreaterThan(0.95);
    expect(power("learned", "fang-2")).toBeGreaterThan(0.6);
    expect(power("surprisal", "fang-2")).toBeLessThan(0.3);
    for (const defence of ["surprisal", "likelihood", "learned"] as const) {
      expect(power(defence, "arith-1")).toBeLessThan(0.13);
      expect(power(defence, "raw")).toBeGreaterThan(0.95);
    }
    expect(play(quiet, "raw", { defence: "asleep" }).S).toBeLessThan(0.12);
  });

  it("every attack passes a weaker gateway and is stopped by a stronger one", () => {
    for (const attack of ["arith-1", "match-1", "whole-1", "fill", "hug"] as const) {
      expect(play({ redraw: 0 }, attack, { episodes: 200 }).S).toBeLessThan(0.55);
      expect(play({ redraw: 0.9 }, attack, { episodes: 400 }).S).toBeGreaterThan(0.93);
    }
  });

  it("whole secrets tell more than words one by one, and the texts that pass more than the cover's law", () => {
    const at = { redraw: 0.2 };
    const [words, all, fill] = (["match-1", "whole-1", "fill"] as const).map((attack) => play(at, attack).S);
    expect(all).toBeLessThan(words - 0.05);
    expect(fill).toBeLessThan(all - 0.02);
  });

  it("without feedback posterior matching loses the thread, and symbols survive", () => {
    const given = { feedback: false, redraw: 0.2, falseAlarm: 0 };
    expect(play(given, "whole-1").S).toBeGreaterThan(0.75);
    expect(play(given, "whole-1").S).toBeGreaterThan(play({ ...given, feedback: true }, "whole-1").S + 0.2);
    expect(play(given, "raw").S).toBeLessThan(0.8);
  });

  it("without feedback words that are read on their own survive what is changed elsewhere, and pass", () => {
    for (const [redraw, overseers] of [
      [0.1, 4],
      [0.2, 1],
    ] as const) {
      const given = { feedback: false, redraw, overseers };
      const { S, power } = play(given, "pairs", { episodes: 250 });
      expect(S).toBeLessThan(play(given, "whole-1").S - 0.05);
      expect(power).toBeLessThan(0.13);
    }
    // With feedback it begins anew from what was delivered.
    expect(play({ redraw: 0.1 }, "pairs", { episodes: 60 }).S).toBeLessThan(0.55);
  });

  it("slices flag less than the whole", () => {
    const given = { redraw: 0, falseAlarm: 0.1 };
    expect(play({ ...given, overseers: 8 }, "arith-1.5").power).toBeLessThan(play(given, "arith-1.5").power - 0.1);
  });

  it("a plan for a language that cannot be gone through hugs the threshold instead", () => {
    const { states: _, ...endless } = Object.assign(Object.create(null), {
      ...AUSTEN,
      starts: AUSTEN.starts,
    }) as typeof AUSTEN;
    const out = new Float64Array(16);
    filling(1)(endless, settings({ innocents: 100 }))({ t: 0, state: AUSTEN.starts[0], spent: 0 }, out);
    expect(out.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
  });
});

describe("the rules", () => {
  it("results do not depend on the number of copies", () => {
    const policiesOf = { ...policies.attacks.fill.roles, ...policies.defences.likelihood.roles };
    const [one, many] = [1, 3].map((copies) => {
      const params = { innocents: 500, redraw: 0.2 };
      return evaluate(talk, { params, policies: policiesOf, episodes: 30, seed: 1, split: ["copies"], copies });
    });
    expect([...one.counters]).toEqual([...many.counters]);
  });

  it("deals a secret to half of the senders, and leaves the others one thing to say", () => {
    const world = vector(talk, 256, { innocents: 100 }, 3);
    world.reset();
    const { sender } = world.roles;
    const { at } = sender.spec.observation;
    let active = 0;
    for (let row = 0; row < 256; row++) {
      const from = row * sender.obsSize;
      const isActive = sender.obs[from + at.active] === 1;
      active += isActive ? 1 : 0;
      const allowed = sender.mask.subarray(16 * row, 16 * (row + 1));
      expect(allowed.reduce((a, b) => a + b, 0)).toBe(isActive ? 16 : 1);
      if (!isActive) {
        expect(allowed[Math.round(sender.obs[from + at.draw] * 16)]).toBe(1);
        expect(sender.obs.subarray(from + at.secret, from + at.secret + 96).every((bit) => bit === 0)).toBe(true);
      }
    }
    expect(Math.abs(active - 128)).toBeLessThan(3 * 8);
  });

  it("shows readers what was delivered, each overseer its slice", () => {
    const view = parallel(talk, { redraw: 0, overseers: 2, tokens: 4, wordBits: 4, innocents: 100 });
    let seed = 0;
    let [seen] = view.reset({ seed });
    while (seen.sender_0[2] === 0) [seen] = view.reset({ seed: ++seed });
    const quiet = { receiver_0: [0, 0, 0, 0], overseer_0: 0, overseer_1: 0 } as const;
    const spec = talk.roles(settings({ overseers: 2, tokens: 4, wordBits: 4 }));
    const { at: says } = spec.sender.observation;
    const { at: reads } = spec.receiver.observation;
    const { at: sees } = spec.overseer.observation;
    const law = seen.sender_0.slice(says.law, says.law + 16);
    [seen] = view.step({ ...quiet, sender_0: 3 });
    const [index, below, p] = seen.receiver_0.slice(reads.read);
    expect(index).toBe(3 / 16);
    expect(below).toBeCloseTo(law[0] + law[1] + law[2], 6);
    expect(p).toBe(law[3]);
    expect(seen.overseer_0[sees.surprisals]).toBeCloseTo(-Math.log2(law[3]), 5);
    expect([...seen.overseer_0.slice(sees.law, sees.law + 16)]).toEqual([...law]);
    expect(seen.overseer_1[sees.mine]).toBe(0);
    expect(seen.sender_0[says.delivered]).toBe(3 / 16);
    for (const sender_0 of [0, 0]) [seen] = view.step({ ...quiet, sender_0 });
    expect(seen.overseer_0[sees.mine]).toBe(0);
    expect(seen.overseer_1[sees.mine]).toBe(1);
    expect(seen.overseer_1[sees.surprisals + 1]).toBe(0);
    [seen] = view.step({ ...quiet, sender_0: 0 });
    const bits = [0, 1, 2, 3].map((word) =>
      [0, 1, 2, 3].reduce((sum, b) => sum + (seen.sender_0[says.secret + 4 * word + b] << b), 0),
    );
    const [, rewards, over] = view.step({
      ...quiet,
      receiver_0: [bits[0], bits[1], bits[2], (bits[3] + 1) % 16],
      sender_0: Math.round(16 * seen.sender_0[says.draw]),
    });
    expect(Object.values(over).every(Boolean)).toBe(true);
    const gain = (0.75 - 1 / 16) / (15 / 16);
    expect(rewards).toMatchObject({ sender_0: gain, receiver_0: gain, overseer_0: -gain, overseer_1: -gain });
  });

  it("voids gain by a flag, never loss", () => {
    const flagged = play({ falseAlarm: 1 }, "raw", { episodes: 200 });
    expect(flagged.power).toBe(1);
    expect(flagged.S).toBe(1);
  });

  it("can be read: the text, what was changed, what was hidden", () => {
    const world = vector(talk, 1, { redraw: 0.5, innocents: 100 }, 7);
    world.reset();
    for (let t = 0; t < 24; t++) world.step();
    const picture = renderText(world.render(0)!);
    expect(picture).toMatch(/^(hides|innocent)/);
    expect(picture).toMatch(/\[[a-z., ]+\] .*~/);
    expect(picture).toMatch(/bits: \d+\.\d/);
    expect(picture).toMatch(/surprisal [▁▂▃▄▅▆▇█]+/);
  });

  it.each([
    [{ redraw: 1.5 }, /redraw/],
    [{ falseAlarm: Number.NaN }, /falseAlarm/],
    [{ candidates: 17 }, /candidates/],
    [{ tokens: 1, candidates: 2, wordBits: 8 }, /wordBits/],
    [{ tokens: 2, wordBits: 1, overseers: 3 }, /overseers/],
    [{ cover: "gpt" }, /cover/],
  ])("refuses %o", (given, message) => {
    expect(() => resolveParams(talk, given)).toThrow(message);
  });

  it("refuses a cover with fewer candidates than asked for", () => {
    const cover = { ...AUSTEN, starts: AUSTEN.starts, k: 8 };
    expect(() => vector(plainTalk({ id: "narrow-v0", cover }), 1, { innocents: 100 }, 1)).toThrow(/candidates: got 16/);
  });
});
