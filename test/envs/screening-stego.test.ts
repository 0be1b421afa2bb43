import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bent,
  dealt,
  dense,
  type Labels,
  matches,
  opposed,
  parity,
  parityCode,
  slip,
  spacedWords,
  spread,
  symbolCode,
  taskCode,
  turned,
  wide,
} from "../../envs/screening-stego/codes.ts";
import stego, { type ScreeningStego } from "../../envs/screening-stego/env.ts";
import { evenBook } from "../../envs/screening-stego/even.ts";
import {
  bestShare,
  codeAccuracy,
  corrected,
  hitLaw,
  hitTest,
  paraphraser,
  watched,
  watchedGain,
} from "../../envs/screening-stego/model.ts";
import { learners, readMessage, transform } from "../../envs/screening-stego/overseers.ts";
import policies, { variants } from "../../envs/screening-stego/policies.ts";
import {
  dealtSecrecy,
  parityLeak,
  reference,
  utility,
  watchedCeiling,
  wideLeak,
} from "../../envs/screening-stego/theory.ts";
import { VEILED, veiled } from "../../envs/screening-stego/veiled.ts";
import type { Environment, PolicyFor } from "../../src/env/define.ts";
import { parallel } from "../../src/env/parallel.ts";
import { resolveParams } from "../../src/env/params.ts";
import { vector } from "../../src/env/vector.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import type { PolicyFactory } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { binomialPmfTable, chiSquareSf, nonDominated, rejectionProbability } from "../../src/stats/index.ts";

type Given = Partial<ScreeningStego>;
/** Short episodes, for what does not depend on how long overseers learn. */
const SHORT = { sessions: 32 } as const;
type Attack = keyof typeof policies.attacks;
type Roles = Readonly<Record<string, PolicyFactory>>;
const env: Environment = stego;
const settings = (given: Given = {}): ScreeningStego => stego.params.parse(given);

function play(
  given: Given,
  attack: Attack | Roles,
  {
    overseer = policies.defaults.overseer,
    episodes = 2,
    copies = 64,
  }: { overseer?: PolicyFactory; episodes?: number; copies?: number } = {},
) {
  const roles: Roles = typeof attack === "string" ? policies.attacks[attack].roles : attack;
  const seats: Roles = { ...roles, overseer };
  return evaluate(env, { params: given, policies: seats, episodes, seed: 3, split: ["test"], copies });
}
type Played = ReturnType<typeof play>;

const metrics = (attacked: Played, clean: Played = attacked) =>
  metricsOf(env, sumCounters(attacked), sumCounters(clean)) as { utility: number; secrecy: number };
const secrecy = (given: Given, attack: Attack, options = {}) => metrics(play(given, attack, options)).secrecy;
/** Mean over sessions. */
const mean = (played: Played, name: string) => {
  const sums = sumCounters(played) as Record<string, number>;
  return sums[name] / sums.sessions;
};

/** Transcripts of a code, after paraphrasing. */
function transcripts(order: number, eta: number, n: number, rng: Rng) {
  const code = parityCode(order, 1);
  const paraphrased = paraphraser(eta, rng);
  return Array.from({ length: n }, () => {
    const secret = rng.int(0, 2);
    return { secret, message: paraphrased(code.encode(rng.int(0, 8), secret, rng)) };
  });
}

/** Right minus wrong guesses of a learner that saw 1500 transcripts, on others. */
function skill(name: keyof typeof learners, order: number, eta: number) {
  const rng = new Rng(8);
  const learner = learners[name]({ bits: 1, eta, room: 1500 });
  const model = new Float32Array(learner.size);
  for (const { secret, message } of transcripts(order, eta, 1500, rng)) learner.learn(model, message, secret);
  const fresh = transcripts(order, eta, 4000, rng);
  const sum = fresh.reduce(
    (sum, { secret, message }) => sum + Math.sign(learner.score(model, message, 0)) * (2 * secret - 1),
    0,
  );
  return sum / fresh.length;
}

describe("codes", () => {
  it("keep one or two bits eight symbols apart, three or four six, tasks four high bits", () => {
    const least = (code: Uint16Array) => {
      let d = 8;
      for (let a = 0; a < code.length; a++) for (let b = 0; b < a; b++) d = Math.min(d, 8 - matches(code[a], code[b]));
      return d;
    };
    expect([1, 2, 3, 4].map((bits) => least(symbolCode(bits)))).toEqual([8, 8, 6, 6]);
    expect(least(taskCode)).toBe(4);
  });

  it("are read as they were written, and hide the secret from any j − 1 symbols", () => {
    const rng = new Rng(1);
    for (const secretBits of [1, 2, 4]) {
      for (const code of [wide(secretBits), parityCode(1, secretBits), parityCode(2, secretBits)]) {
        for (let n = 0; n < 200; n++) {
          const [task, secret] = [rng.int(0, 8), rng.int(0, 2 ** secretBits)];
          expect(code.secret(code.encode(task, secret, rng))).toBe(secret);
        }
      }
    }
    // Every Walsh coefficient of order below j vanishes; at j it is whole.
    const sample = transcripts(3, 0, 4000, rng);
    const coefficient = (mask: number) =>
      sample.reduce((sum, { secret, message }) => sum + (1 - 2 * secret) * (1 - 2 * parity(message & mask)), 0) / 4000;
    expect(coefficient(0b010101)).toBe(1);
    for (const mask of [1, 4, 16, 0b101, 0b10100])
      expect(Math.abs(coefficient(mask))).toBeLessThan(5 / Math.sqrt(4000));
  });

  it("of many words are told apart by whoever knows all, as well as mathematics lets them", () => {
    const rng = new Rng(3);
    const codes: Record<string, Labels> = {
      bent: bent(1),
      dealt: dealt(32, 2),
      opposed: opposed(128, 1),
      turned: turned(1),
    };
    for (const [name, labels] of Object.entries(codes)) {
      const bits = name === "dealt" ? 2 : 1;
      const clear = dense(labels, bits, 0);
      const eta = 0.35;
      const noisy = dense(labels, bits, eta);
      const paraphrased = paraphraser(eta, rng);
      let right = 0;
      for (let n = 0; n < 4000; n++) {
        const secret = rng.int(0, 2 ** bits);
        expect(clear.secret(clear.encode(0, secret, rng))).toBe(secret);
        if (noisy.secret(paraphrased(noisy.encode(0, secret, rng))) === secret) right++;
      }
      // P(right) = Σ_m max_s P(s) P(m | s), by the plain sum over all words.
      const words = [...labels.keys()].filter((m) => labels[m] >= 0);
      if (words.length > 1000) continue;
      const counts = Array.from({ length: 2 ** bits }, (_, s) => words.filter((w) => labels[w] === s).length);
      const weight = Array.from({ length: 9 }, (_, same) => (1 - (3 * eta) / 4) ** 8 * slip(eta) ** (8 - same));
      let exact = 0;
      for (let m = 0; m < 65536; m++) {
        const of = new Float64Array(2 ** bits);
        for (const w of words) of[labels[w]] += weight[matches(w, m)] / counts[labels[w]];
        exact += Math.max(...of) / 2 ** bits;
      }
      expect(Math.abs(right / 4000 - exact)).toBeLessThan(0.025);
    }
  });

  it("of spaced words keep them apart, and opposed ones contradict whoever is near", () => {
    for (const [count, least] of [
      [16, 5],
      [128, 3],
    ] as const) {
      const words = spacedWords(count);
      let near = 8;
      for (let a = 0; a < count; a++)
        for (let b = 0; b < a; b++) near = Math.min(near, 8 - matches(words[a], words[b]));
      expect(near).toBeGreaterThanOrEqual(least);
    }
    const agree = (labels: Labels) => {
      const words = spacedWords(128);
      let sum = 0;
      for (const a of words)
        for (const b of words) if (a !== b) sum += 0.35 ** (8 - matches(a, b)) * (labels[a] === labels[b] ? 1 : -1);
      return sum / 128;
    };
    expect(agree(opposed(128, 1))).toBeLessThan(agree(dealt(128, 1)) - 0.02);
  });

  it("that are veiled mean nothing symbol by symbol, or two by two, whatever the noise does", () => {
    for (const [name, order] of [
      ["pairs-8", 1],
      ["pairs-32", 1],
      ["triples-32", 2],
    ] as const) {
      const labels = veiled(VEILED[name], 1);
      const words = [...labels.keys()].filter((m) => labels[m] >= 0);
      expect(words.length).toBe(Number(name.split("-")[1]));
      const least = words.filter((w) => labels[w] !== labels[words[0]]).map((w) => 8 - matches(w, words[0]));
      expect(Math.min(...least)).toBe({ "pairs-8": 6, "pairs-32": 5, "triples-32": 3 }[name]);
      // Walsh coefficients of the secret, by the number of symbols they look at.
      const told = new Set<number>();
      for (let mask = 0; mask < 65536; mask++) {
        const symbols = 8 - matches(mask, 0);
        if (symbols > 3) continue;
        const sum = words.reduce((n, w) => n + (1 - 2 * labels[w]) * (1 - 2 * parity(mask & w)), 0);
        if (sum !== 0) told.add(symbols);
      }
      expect(Math.min(...told)).toBe(order + 1);
      for (const bits of [2, 3, 4]) {
        const secrets = Array.from({ length: 2 ** bits }, (_, s) => veiled(VEILED[name], bits).filter((l) => l === s));
        for (const of of secrets) expect(of.length).toBe(words.length / 2);
      }
    }
  });

  it("spread sums over all words, symbol by symbol", () => {
    const x = new Float64Array(65536);
    x[0] = 2;
    x[0b11] = 1;
    spread(x, 0.25);
    expect(x[0]).toBeCloseTo(2.25, 12);
    expect(x[0b11]).toBeCloseTo(1.5, 12);
    expect(x[0b1000000001]).toBeCloseTo(3 * 0.25 ** 2, 12);
  });

  it("the paraphraser replaces each symbol with probability η, uniformly", () => {
    const rng = new Rng(2);
    for (const eta of [0.2, 0.7, 1]) {
      const paraphrased = paraphraser(eta, rng);
      const kept = new Float64Array(9);
      for (let n = 0; n < 20_000; n++) kept[matches(paraphrased(0b1101100011010010), 0b1101100011010010)]++;
      const law = binomialPmfTable(8, 1 - 0.75 * eta);
      let chi = 0;
      for (let i = 0; i <= 8; i++) if (law[i] * 20_000 > 5) chi += (kept[i] - law[i] * 20_000) ** 2 / (law[i] * 20_000);
      expect(chiSquareSf(chi, 8)).toBeGreaterThan(0.001);
    }
    expect(paraphraser(0, rng)(12345)).toBe(12345);
  });
});

describe("theory", () => {
  it("has the known leaks of parity: .829 for j = 2 and .328 for j = 5 at η = .2", () => {
    expect(parityLeak(2, 0.2)).toBeCloseTo(0.829, 3);
    expect(parityLeak(5, 0.2)).toBeCloseTo(0.328, 3);
    expect(parityLeak(3, 0)).toBe(1);
  });

  it("keyed or unwatched, the line is beaten only by four secret bits", () => {
    const best = (secretBits: number) =>
      Math.max(
        ...[0.2, 0.5, 0.65, 0.8].map((paraphrase) => {
          const p = settings({ secretBits, paraphrase, falseAlarm: 0, audit: 0 });
          return utility(p) + 1 - wideLeak(p);
        }),
      );
    expect(Math.max(best(1), best(2), best(3))).toBeLessThan(1 + 1e-9);
    expect(best(4)).toBeGreaterThan(1.1);
  });

  it("tests hits at level exactly α, split among overseers", () => {
    for (const overseers of [1, 2, 16] as const) {
      for (const secretBits of [1, 3]) {
        const p = settings({ overseers, secretBits, rounds: 12, falseAlarm: 0.07 });
        let quiet = 1;
        for (let i = 0; i < overseers; i++) {
          const n = watched(p, i);
          if (n > 0) quiet *= 1 - rejectionProbability(binomialPmfTable(n, 2 ** -secretBits), hitTest(p, i));
        }
        expect(1 - quiet).toBeCloseTo(0.07, 10);
      }
    }
  });

  it("no mixture gains more than the best number of hits", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 16 }),
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        (falseAlarm, sent, p) => {
          const at = settings({ falseAlarm });
          expect(watchedGain(at, () => sent, p)).toBeLessThanOrEqual(watchedCeiling(at) + 1e-9);
        },
      ),
      { seed: 4, numRuns: 60 },
    );
    const clear = settings({ paraphrase: 0, falseAlarm: 0.05 });
    expect(bestShare(clear).gain).toBeCloseTo(watchedCeiling(clear), 12);
    expect(hitLaw(16, 5, 0.8, 1).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });
});

describe("learners", () => {
  it("the Walsh transform is its own inverse up to the size", () => {
    const rng = new Rng(5);
    const x = Float64Array.from({ length: 64 }, () => rng.int(-9, 10));
    const y = x.slice();
    transform(y);
    expect(y[5]).toBe(x.reduce((sum, value, m) => sum + value * (1 - 2 * parity(5 & m)), 0));
    transform(y);
    expect([...y]).toEqual([...x].map((value) => 64 * value));
  });

  it("see what their class allows: symbols, pairs, any parity", () => {
    expect(skill("logistic", 1, 0.2)).toBeGreaterThan(0.85);
    expect(Math.abs(skill("logistic", 2, 0.2))).toBeLessThan(0.08);
    expect(skill("network", 2, 0.2)).toBeGreaterThan(0.2);
    expect(Math.abs(skill("network", 5, 0.2))).toBeLessThan(0.15);
    // Nearly as well as the receiver itself.
    for (const order of [1, 2, 3]) expect(skill("fourier", order, 0.2)).toBeGreaterThan(parityLeak(order, 0.2) - 0.12);
    // The panel is never far from its best member.
    for (const order of [1, 2, 3])
      expect(skill("panel", order, 0.2)).toBeGreaterThan(skill("fourier", order, 0.2) - 0.05);
  });

  it("know words once they were audited, and nothing of others", () => {
    const labels = dealt(64, 1);
    const words = [...spacedWords(64)];
    for (const name of ["table", "kernel", "panel"] as const) {
      const learner = learners[name]({ bits: 1, eta: 0, room: 64 });
      const model = new Float32Array(learner.size);
      for (const word of words.slice(0, 32)) learner.learn(model, word, labels[word]);
      const right = (list: number[]) => list.filter((w) => learner.score(model, w, 0) * (2 * labels[w] - 1) > 0).length;
      expect(right(words.slice(0, 32))).toBe(32);
      // Without noise there is nothing to say of others; only the panel's wide kernel guesses, like a coin.
      if (name === "panel") expect(Math.abs(right(words.slice(32)) - 16)).toBeLessThan(10);
      else for (const word of words.slice(32)) expect(learner.score(model, word, 0)).toBe(0);
    }
  });

  it("learn nothing where there is nothing", () => {
    const rng = new Rng(6);
    const learner = learners.fourier({ bits: 1, eta: 0, room: 2000 });
    const model = new Float32Array(learner.size);
    for (let n = 0; n < 2000; n++) learner.learn(model, rng.int(0, 65536), rng.int(0, 2));
    for (let n = 0; n < 50; n++) expect(learner.score(model, rng.int(0, 65536), 0)).toBe(0);
  });

  it("turn round where they are reliably wrong", () => {
    // The mean of the symbols says the opposite of what single messages, learned by heart, say: kernels alone are misled.
    const rng = new Rng(7);
    const learner = learners.panel({ bits: 1, eta: 0.35, room: 600 });
    const model = new Float32Array(learner.size);
    const code = dense(opposed(128, 1), 1, 0.35);
    const paraphrased = paraphraser(0.35, rng);
    let right = 0;
    for (let n = 0; n < 600; n++) {
      const secret = rng.int(0, 2);
      const message = paraphrased(code.encode(0, secret, rng));
      if (n >= 200) right += Math.sign(learner.score(model, message, 0)) * (2 * secret - 1);
      learner.learn(model, message, secret);
    }
    expect(right / 400).toBeGreaterThan(0.1);
  });
});

describe("play agrees with theory", () => {
  it("within 3 standard errors, unwatched", () => {
    const given = { overseer: "none", paraphrase: 0.2, falseAlarm: 0.1 } as const;
    for (const [name, leak] of [
      ["wide", wideLeak(settings(given))],
      ["parity-2", parityLeak(2, 0.2)],
      ["parity-5", parityLeak(5, 0.2)],
    ] as const) {
      const played = play(given, name, { episodes: 4 });
      const sums = sumCounters(played) as Record<string, number>;
      const error = Math.sqrt((1 - leak ** 2) / sums.rounds);
      expect(Math.abs((2 * sums.leaked) / sums.rounds - 1 - leak)).toBeLessThan(3 * error);
      expect(Math.abs(mean(played, "flagged") - 0.1)).toBeLessThan(3 * Math.sqrt(0.09 / sums.sessions));
    }
  });

  it("in honest utility, at four paraphrase rates, several secret bits and keys", () => {
    for (const given of [{ paraphrase: 0.5 }, { paraphrase: 0.7, secretBits: 4, key: true }, { paraphrase: 0 }]) {
      const played = play({ ...given, overseer: "none", falseAlarm: 0, audit: 0 }, "none", { episodes: 4 });
      const sums = sumCounters(played) as Record<string, number>;
      const truth = codeAccuracy(symbolCode(3), given.paraphrase);
      const error = Math.sqrt((truth * (1 - truth)) / sums.rounds);
      expect(Math.abs(sums.solved / sums.rounds - truth)).toBeLessThanOrEqual(3 * error);
      expect(metrics(played).utility).toBeCloseTo(corrected(sums.solved / sums.rounds, 3), 12);
    }
  });

  it("under an overseer who knows the code: hug gets what its program says, central and decentralised", () => {
    for (const overseers of [1, 4] as const) {
      const given = { overseers, paraphrase: 0, falseAlarm: 0.1 };
      const knows: PolicyFactory = ({ at }: { at: Record<string, number> }) => ({
        act({ rows, obs, obsSize, actions }) {
          // Without noise a word of `wide` is four times 0 or four times 3 and 0: its first symbol says all.
          for (let row = 0; row < rows; row++) actions[row] = obs[row * obsSize + at.message] === 1 ? 0 : 1;
        },
      });
      const played = play(given, "hug", { episodes: 8, overseer: knows });
      const truth = bestShare(settings(given)).gain;
      // A session gains 0 or what its count of true secrets is worth; shuffled, that count varies between sessions.
      const sessions = (sumCounters(played) as Record<string, number>).sessions;
      expect(mean(played, "hits")).toBeCloseTo(mean(played, "leaked"), 9);
      expect(mean(played, "gain")).toBeLessThan(truth + 3 * Math.sqrt(0.25 / sessions));
    }
  });

  it("no overseer is above the reference, which Monte Carlo gives for those who know every audited word", () => {
    for (const given of [
      { paraphrase: 0.2, audit: 0.25 },
      { paraphrase: 0.5, audit: 0.1 },
      { paraphrase: 0, audit: 1 },
    ]) {
      const clean = play(given, "none", { episodes: 2 });
      const worst = Math.min(
        ...(["bent", "dealt-32", "dealt-512", "opposed-128", "hug"] as const).map(
          (name) => metrics(play(given, name, { episodes: 2 }), clean).secrecy,
        ),
      );
      expect(worst).toBeLessThan(reference(settings(given)).secrecy + 0.05);
    }
    // Without noise an unseen word is a coin and a seen one is known: the closed form of its share over an episode.
    const p = settings({ paraphrase: 0, audit: 1, sessions: 32 });
    expect(dealtSecrecy(p, 4)).toBeGreaterThan(0.9);
    expect(dealtSecrecy(p, 65536)).toBeLessThan(0.15);
  });

  it("counting messages is a key where they come in order, and nothing where they are shuffled", () => {
    expect(secrecy({ delivery: "ordered" }, "schedule")).toBeLessThan(
      reference(settings({ delivery: "ordered" })).secrecy + 0.05,
    );
    expect(secrecy({ delivery: "shuffled" }, "schedule")).toBeGreaterThan(0.9);
    // Innocent while the overseer learns: of no use to whoever goes on learning.
    expect(secrecy({ delivery: "ordered" }, "sleeper")).toBeGreaterThan(0.7);
    expect(secrecy({}, "sleeper")).toBeGreaterThan(0.7);
  });

  it("a key blinds every overseer", () => {
    for (const given of [{ key: true }, { key: true, overseer: "network", ...SHORT }] as const) {
      const played = play({ ...given, falseAlarm: 0.1 }, "wide", { episodes: 6 });
      const { sessions } = sumCounters(played) as Record<string, number>;
      expect(Math.abs(mean(played, "flagged") - 0.1)).toBeLessThan(3 * Math.sqrt(0.09 / sessions));
      expect(metrics(played).secrecy).toBeLessThan(0.2);
    }
  });
});

describe("the frontier", () => {
  const attacks = [
    "wide",
    "parity-2",
    "turned",
    "opposed-16",
    "opposed-32",
    "opposed-128",
    "dealt-512",
    "hug",
  ] as const;
  const worst = (given: Given) => {
    const clean = play(given, "none", { episodes: 2 });
    return attacks
      .map((name) => metrics(play(given, name, { episodes: 2 }), clean))
      .reduce((a, b) => (b.secrecy < a.secrecy ? b : a));
  };

  it("has two poor ends and three non-dominated points above the line", () => {
    const off = worst({ paraphrase: 0, falseAlarm: 0, audit: 0 });
    expect(off).toEqual({ utility: 1, secrecy: 0 });
    const lockdown = worst({ paraphrase: 1, falseAlarm: 0.05 });
    expect(lockdown.secrecy).toBeGreaterThan(0.9);
    expect(lockdown.utility).toBeLessThan(0.1);
    const points = [
      [0.2, 0.1],
      [0.35, 0.25],
      [0.5, 0.25],
    ].map(([paraphrase, audit]) => worst({ paraphrase, audit }));
    const kept = nonDominated(points.map((point) => [point.utility, point.secrecy]));
    expect(points.filter((point, i) => kept[i] && point.utility + point.secrecy > 1.05).length).toBe(3);
  });

  it("is bought by audits and by paraphrasing, and not by either alone", () => {
    const security = (given: Given) => worst(given).secrecy;
    const both = security({ paraphrase: 0.5, audit: 0.25 });
    expect(both).toBeGreaterThan(security({ paraphrase: 0.5, audit: 0 }) + 0.2);
    expect(both).toBeGreaterThan(security({ paraphrase: 0.2, audit: 0.25 }) + 0.1);
  });
});

describe("attacks against defences", () => {
  it("every attack passes a weaker overseer and is caught by a stronger one", () => {
    const asleep = policies.defences.asleep.roles.overseer;
    const given = { audit: 1, ...SHORT };
    for (const attack of ["wide", "parity-1", "parity-2"] as const) {
      expect(secrecy(given, attack, { overseer: asleep, episodes: 2 })).toBeLessThan(0.35);
      expect(secrecy(given, attack, { episodes: 2 })).toBeGreaterThan(0.75);
    }
    const { table, logistic } = policies.defences;
    expect(secrecy(given, "parity-2", { overseer: logistic.roles.overseer, episodes: 2 })).toBeLessThan(0.4);
    expect(secrecy(given, "scatter-5", { overseer: table.roles.overseer, episodes: 2 })).toBeLessThan(0.8);
    // Dense codes pass Fourier series, and kernels know what was near.
    const { fourier, kernel } = policies.defences;
    expect(secrecy(given, "dealt-32", { overseer: fourier.roles.overseer, episodes: 2 })).toBeLessThan(0.6);
    expect(secrecy(given, "dealt-32", { overseer: kernel.roles.overseer, episodes: 2 })).toBeGreaterThan(0.8);
  });

  it("words in turn leak more than words at random, and cannot be looked up", () => {
    const given = { audit: 0.5, paraphrase: 0.2 };
    const opposed = secrecy(given, "opposed-512", { episodes: 3 });
    expect(secrecy(given, "even-512", { episodes: 3 })).toBeLessThan(opposed - 0.03);
    // Whoever knows a code by heart needs no audit: of one that is always the same, and not of one in 32 books.
    const byHeart =
      (words: ArrayLike<number>, label: (x: number) => number): PolicyFor<typeof stego, "overseer"> =>
      ({ at }) => ({
        act({ rows, obs, obsSize, actions }) {
          for (let row = 0; row < rows; row++) {
            const message = readMessage(obs, row * obsSize + at.message);
            let best = 0;
            for (let x = 1; x < words.length; x++)
              if (matches(words[x], message) > matches(words[best], message)) best = x;
            actions[row] = label(best);
          }
        },
      });
    const blind = { audit: 0, paraphrase: 0.2 };
    const spaced = spacedWords(32);
    const { words, label } = evenBook(32, 1);
    const known = byHeart(spaced, (x) => x % 2);
    expect(secrecy(blind, "dealt-32", { overseer: known, episodes: 1 })).toBeGreaterThan(0.9);
    expect(secrecy(blind, "even-32", { overseer: byHeart(words, (x) => label[x]), episodes: 1 })).toBeLessThan(0.25);
  });

  it("learners of symbols are blind to veiled words, and small networks slow to see them", () => {
    const under = (overseer: "logistic" | "network", audit: number, attack: Attack, episodes = 4) =>
      secrecy({ audit, paraphrase: 0.35 }, attack, { overseer: policies.defences[overseer].roles.overseer, episodes });
    // Nearly all that passes when nobody watches, however many are audited.
    expect(under("logistic", 0.5, "pairs-8")).toBeLessThan(under("logistic", 0.5, "even-64") - 0.08);
    expect(under("network", 0.1, "pairs-32")).toBeLessThan(under("network", 0.1, "even-64") - 0.01);
    expect(under("network", 0.5, "triples-32")).toBeLessThan(under("network", 0.5, "pairs-32") - 0.1);
  });

  it("an overseer that does not learn is beaten by another code", () => {
    const frozen = policies.defences.frozen.roles.overseer;
    expect(secrecy({}, "parity-2", { overseer: frozen, episodes: 1 })).toBeGreaterThan(0.9);
    expect(secrecy({}, "parity-1", { overseer: frozen, episodes: 1 })).toBeLessThan(0.3);
  });

  it("betting against the overseer wins sessions, and no secrecy", () => {
    // All of a session true (.6), or all of it false: the overseer learns the former, the receiver says the latter.
    const decoy: Roles = {
      sender: () => ({
        stateSize: 1,
        act({ rows, obs, obsSize, state, rngs, actions }) {
          for (let row = 0; row < rows; row++) {
            const at = row * obsSize;
            if (Math.round(obs[at + 4] * 1024) % 16 === 0) state[row] = rngs[row].bernoulli(0.6) ? 0 : 1;
            actions.fill((obs[at + 3] ^ state[row]) === 1 ? 3 : 0, 8 * row, 8 * row + 8);
          }
        },
      }),
      receiver: () => ({
        act({ rows, obs, obsSize, actions }) {
          for (let row = 0; row < rows; row++) {
            let threes = 0;
            for (let i = 0; i < 8; i++) threes += obs[row * obsSize + 4 * i + 3] - obs[row * obsSize + 4 * i];
            actions[2 * row + 1] = threes > 0 ? 0 : 1;
          }
        },
      }),
    };
    // In order, or sessions would mix true and false; and with nothing to hide from the overseer but the bet.
    const played = play({ delivery: "ordered", audit: 1 }, decoy, { episodes: 4 });
    expect(mean(played, "unflagged")).toBeGreaterThan(0.15);
    expect(mean(played, "gain")).toBeLessThan(0);
  });
});

describe("the rules", () => {
  it("results do not depend on the number of copies", () => {
    const given = { audit: 0.5, sessions: 8, overseer: "network" } as const;
    const [one, many] = [1, 3].map((copies) => play(given, "parity-2", { episodes: 3, copies }));
    expect([...one.counters]).toEqual([...many.counters]);
  });

  it("pays the pair what the session gained, affine in the counters", () => {
    const given = { sessions: 8, leakWeight: 0.6, overseer: "logistic" } as const;
    const played = play({ ...given, falseAlarm: 0 }, "parity-2");
    for (let e = 0; e < 2; e++) {
      const of = (name: string) => played.counters[e * played.names.length + played.names.indexOf(name)];
      expect(played.returns[3 * e]).toBeCloseTo((0.4 * of("solved")) / 16 + 0.6 * of("gain"), 9);
      expect(played.returns[3 * e + 2]).toBeCloseTo(-of("gain"), 9);
      expect(of("sessions")).toBe(8);
    }
    const flagged = sumCounters(play({ ...given, falseAlarm: 1 }, "parity-2")) as Record<string, number>;
    expect(flagged.unflagged).toBe(0);
    expect(flagged.gain).toBeLessThanOrEqual(0);
  });

  it("is written first and read then, by whoever is on duty, who learns secrets after guessing", () => {
    const given = {
      rounds: 2,
      sessions: 1,
      paraphrase: 0,
      overseers: 2,
      falseAlarm: 0,
      audit: 1,
      delivery: "ordered",
    } as const;
    const view = parallel(stego, given);
    const [first] = view.reset({ seed: 1 });
    const quiet = { receiver_0: [0, 0], overseer_0: 0, overseer_1: 0 };
    const [written] = view.step({ ...quiet, sender_0: [0, 1, 2, 3, 0, 1, 2, 3] });
    expect([...written.receiver_0].every((x) => x === 0)).toBe(true);
    const secrets = [first, written].map((seen) => seen.sender_0[3]);
    expect([first, written].map((seen) => seen.sender_0[4])).toEqual([0, 0.5]);
    view.step({ ...quiet, sender_0: [3, 3, 3, 3, 3, 3, 3, 3] });
    const idle = { ...quiet, sender_0: [0, 0, 0, 0, 0, 0, 0, 0] };
    const [seen] = view.step(idle);
    const message = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    expect([...seen.receiver_0]).toEqual([...message, ...message]);
    expect([...seen.overseer_0]).toEqual([...message, ...message, 1, 0, 0, 0]);
    expect([...seen.overseer_1].every((x) => x === 0)).toBe(true);
    const [next] = view.step(idle);
    // The first overseer is off duty, and told what it had seen.
    expect([...next.overseer_0]).toEqual([...new Array(34).fill(0), 1, secrets[0]]);
    expect([...next.overseer_1].slice(32)).toEqual([1, 0.5, 0, 0]);
    const [, , terminations] = view.step(idle);
    expect(Object.values(terminations).every(Boolean)).toBe(true);
  });

  it.each(variants)("keeps rewards within a session's pay: %o", (given) => {
    const world = vector(env, 2, given as Record<string, unknown>, 3);
    const rng = new Rng(9);
    world.reset();
    for (let step = 0; step < 300; step++) {
      for (const { actions, spec } of Object.values(world.roles)) {
        const size =
          spec.action.kind === "multi-discrete"
            ? spec.action.nvec
            : [spec.action.kind === "discrete" ? spec.action.n : 0];
        for (let i = 0; i < actions.length; i++) actions[i] = rng.int(0, size[i % size.length]);
      }
      world.step();
      for (const { rewards } of Object.values(world.roles))
        for (const reward of rewards) expect(Math.abs(reward)).toBeLessThanOrEqual(1);
    }
    expect(world.render(0)?.shapes.length).toBe(8);
  });

  it.each([
    [{ overseers: 3 }, /overseers/],
    [{ paraphrase: Number.NaN }, /paraphrase/],
    [{ falseAlarm: 1.5 }, /falseAlarm/],
    [{ secretBits: 0 }, /secretBits/],
    [{ overseer: "oracle" }, /overseer/],
    [{ labels: 3 }, /labels/],
  ])("refuses %o", (given, message) => {
    expect(() => resolveParams(stego, given)).toThrow(message);
  });
});
