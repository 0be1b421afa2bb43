import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { perfect, words } from "../../envs/covert-wire/codes.ts";
import { bestOneBitSecurity, codeSecurity, securityFloor } from "../../envs/covert-wire/codes-theory.ts";
import covertWire, { type WireParams } from "../../envs/covert-wire/env.ts";
import {
  COVERS,
  majority,
  quantiles,
  readingLaw,
  sliceLengths,
  votingLevel,
  watcherOf,
} from "../../envs/covert-wire/model.ts";
import policies from "../../envs/covert-wire/policies.ts";
import {
  countLaw,
  countTestPower,
  countVariation,
  hiddenRate,
  perfectDecoding,
  perfectSecurity,
  randomCodeCountLaw,
  reference,
  squareRootLaw,
  utility,
  votingPower,
} from "../../envs/covert-wire/theory.ts";
import type { Environment } from "../../src/env/define.ts";
import { parallel } from "../../src/env/parallel.ts";
import { vector } from "../../src/env/vector.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { seat } from "../../src/play/seat.ts";
import type { PolicyFactory } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { binomialQuantile, chiSquareSf, nonDominated } from "../../src/stats/index.ts";

type Given = Partial<WireParams>;
type Attack = keyof typeof policies.attacks;
type Defence = keyof typeof policies.defences | "default";
const env: Environment = covertWire;
const settings = (given: Given = {}): WireParams => covertWire.params.parse(given);
/** The random cover as its figures are for: no errors but the wire's noise. */
const RANDOM: Given = { cover: "random", slots: 8, bits: 8, errorBob: 0, errorWarden: 0 };
/** Nearly all episodes carry a message: what innocents do is known. */
const BUSY: Given = { innocent: 0.05 };

function play(given: Given, attack: Attack, episodes: number, defence: Defence = "default") {
  const wardens = defence === "default" ? policies.defaults : policies.defences[defence].roles;
  const seats = { ...wardens, ...policies.attacks[attack].roles } as unknown as Record<string, PolicyFactory>;
  const { names, counters } = evaluate(env, { params: given, policies: seats, episodes, seed: 1, split: ["test"] });
  const c = sumCounters({ names, counters }) as Record<(typeof covertWire.counters)[number], number>;
  const metrics = metricsOf(env, c, c) as { utility: number; secrecy: number };
  return { ...c, ...metrics, power: c.accusedActive / c.active, decoding: c.decoded / c.active };
}

/** Expects a share of n trials to be within three standard errors of p. */
function expectShare(share: number, p: number, n: number) {
  expect(Math.abs(share - p)).toBeLessThanOrEqual(3 * Math.sqrt((p * (1 - p)) / n) + 1e-12);
}
/** The gain of an episode lies in [−1/15, 1] for k = 4: its deviation is at most about a half. */
const expectSecurity = (secrecy: number, expected: number, episodes: number) =>
  expect(Math.abs(secrecy - expected)).toBeLessThanOrEqual(1.6 / Math.sqrt(episodes));
const worst = (given: Given, episodes: number, attacks: readonly Attack[], defence: Defence = "default") =>
  Math.min(...attacks.map((attack) => play(given, attack, episodes, defence).secrecy));

describe("the wire", () => {
  it("replaces a share of symbols, alike for Bob and the warden, who then err on their own", () => {
    const given = { ...RANDOM, slots: 128, bits: 1, noise: 0.4, errorBob: 0.1, errorWarden: 0.2, innocent: 0.05 };
    const world = vector(covertWire, 64, given, 3);
    const { alice, bob, warden } = world.roles;
    world.reset();
    const pairs = new Float64Array(4); // [Bob right][warden right]
    const symbols = 8;
    for (let step = 0; step < 128 * 24; step++) {
      alice.actions.fill(step % symbols);
      const slot = step % 129;
      world.step();
      if (slot === 128) continue;
      for (let copy = 0; copy < 64; copy++) {
        if (alice.obs[copy * alice.obsSize + 1 + 128] === 0) continue;
        const right = (obs: Float32Array, from: number) => {
          let seen = 0;
          for (let s = 1; s < symbols; s++) if (obs[from + slot * 7 + s - 1] === 1) seen = s;
          return seen === step % symbols ? 1 : 0;
        };
        const b = right(bob.obs, copy * bob.obsSize + 1);
        const w = right(warden.obs, copy * warden.obsSize + 1 + symbols);
        pairs[2 * b + w]++;
      }
    }
    const total = pairs.reduce((a, b) => a + b);
    // Intact with probability .6 + .4/8 = .65; a wrong symbol is misread as the right one with probability p/7.
    const [q, r] = [0.65, 0.35];
    expectShare(pairs[3] / total, q * 0.9 * 0.8 + (r * (0.1 / 7) * 0.2) / 7, total);
    expectShare(pairs[2] / total, q * 0.9 * 0.2 + ((r * 0.1) / 7) * (1 - 0.2 / 7), total);
    expectShare(pairs[1] / total, q * 0.1 * 0.8 + r * (1 - 0.1 / 7) * (0.2 / 7), total);
  });

  it("shows Alice and Bob the keys, keeps the latest symbols, and counts all of the warden's", () => {
    const world = vector(covertWire, 1, { slots: 10, window: 4, errorBob: 0, errorWarden: 0, innocent: 0.05 }, 5);
    const { alice, bob, warden } = world.roles;
    world.reset();
    while (alice.obs[1 + 4] === 0) world.reset();
    const sent: number[] = [];
    const keys: number[] = [];
    for (let t = 0; t < 10; t++) {
      const key = alice.obs[1 + 4 + 1 + 4];
      keys.push(key);
      expect(bob.obs[1 + 4 + (t % 4)]).toBe(key);
      expect([...alice.obs.subarray(1, 5)].indexOf(1)).toBe(t % 4);
      sent.push(t % 3 === 0 ? 1 : 0);
      alice.actions[0] = sent[t];
      world.step();
      for (let back = 0; back < Math.min(4, t + 1); back++) {
        expect(bob.obs[1 + ((t - back) % 4)]).toBe(sent[t - back]);
        expect(warden.obs[1 + 2 + ((t - back) % 4)]).toBe(sent[t - back]);
      }
      expect([...warden.obs.subarray(1, 3)]).toEqual([
        t + 1 - sent.filter(Boolean).length,
        sent.filter(Boolean).length,
      ]);
    }
    expect(new Set(keys).size).toBeGreaterThan(1);
  });

  it("asks each role only when its action counts", () => {
    const wire = parallel(covertWire, { slots: 3, bits: 2, wardens: 2 });
    for (let seed = 0; seed < 8; seed++) {
      const [first, infos] = wire.reset({ seed });
      const active = first.alice_0[1 + 3] === 1;
      expect([...infos.alice_0.actionMask!]).toEqual(active ? [1, 1] : [1, 0]);
      expect([...infos.bob_0.actionMask!]).toEqual([1, 0, 0, 0]);
      expect(() => wire.step({ alice_0: 0, bob_0: 0, warden_0: 1, warden_1: 0 } as never)).toThrow(/warden_0.*forbids/);
      for (let t = 0; t < 3; t++) {
        const last = wire.step({ alice_0: 0, bob_0: 0, warden_0: 0, warden_1: 0 } as never)[4];
        expect([...last.bob_0.actionMask!]).toEqual(t < 2 ? [1, 0, 0, 0] : [1, 1, 1, 1]);
        expect([...last.warden_1.actionMask!]).toEqual(t < 2 ? [1, 0] : [1, 1]);
        expect([...last.alice_0.actionMask!]).toEqual(active && t < 2 ? [1, 1] : [1, 0]);
      }
      const [, , terminated, truncated] = wire.step({ alice_0: 0, bob_0: 3, warden_0: 1, warden_1: 0 } as never);
      expect([terminated.bob_0, truncated.bob_0]).toEqual([true, false]);
    }
  });

  it("pays for messages that arrive unaccused, and accuses by a strict majority", () => {
    const world = vector(covertWire, 64, { slots: 1, bits: 2, wardens: 2 }, 7);
    const { alice, bob, warden } = world.roles;
    world.reset();
    for (let episode = 0; episode < 20; episode++) {
      world.step();
      const message = Array.from(
        { length: 64 },
        (_, i) => alice.obs[i * alice.obsSize + 3] + 2 * alice.obs[i * alice.obsSize + 4],
      );
      const active = Array.from({ length: 64 }, (_, i) => alice.obs[i * alice.obsSize + 2] === 1);
      const votes = Array.from({ length: 64 }, (_, i) => (i + episode) % 3);
      for (let i = 0; i < 64; i++) {
        bob.actions[i] = i % 4;
        warden.actions.set([votes[i] > 0 ? 1 : 0, votes[i] > 1 ? 1 : 0], 2 * i);
      }
      world.step();
      for (let i = 0; i < 64; i++) {
        const accused = votes[i] === 2;
        const gain = active[i] && !accused ? (message[i] === i % 4 ? 1 : -1 / 3) : 0;
        expect(bob.rewards[i]).toBeCloseTo(gain, 12);
        expect(alice.rewards[i]).toBe(bob.rewards[i]);
        expect(warden.rewards[2 * i] + 0).toBeCloseTo(active[i] ? -gain : accused ? -1 : 0, 12);
      }
    }
  });

  it("costs innocents what the theory says", () => {
    for (const given of [
      { noise: 0.3, falseAlarm: 0.2 },
      { ...RANDOM, noise: 0.5, falseAlarm: 0.1 },
    ] satisfies Given[]) {
      const { utility: measured, innocent } = play(given, "none", 2000);
      expect(Math.abs(measured - utility(settings(given)))).toBeLessThan(3 * Math.sqrt(0.25 / innocent));
    }
  });

  it("refuses parameters that make no sense", () => {
    for (const [given, where] of [
      [{ errorBob: 0.6 }, "errorBob"],
      [{ wardens: 0 }, "wardens"],
      [{ bits: 11 }, "bits"],
      [{ cover: "loud" }, "cover"],
      [{ noise: Number.NaN }, "noise"],
    ] as const) {
      expect(() => vector(env, 1, given)).toThrow(where);
    }
  });
});

describe("wardens", () => {
  const cases: [string, Given, Defence][] = [
    ["ones, noisy wire", { slots: 16, noise: 0.3, bits: 1 }, "default"],
    ["ones without errors", { slots: 16, errorWarden: 0, bits: 1 }, "default"],
    ["ones, 3 wardens", { slots: 13, wardens: 3, bits: 1 }, "default"],
    ["ones, 4 wardens, noise", { slots: 18, wardens: 4, noise: 0.2, bits: 1 }, "default"],
    ["more wardens than slots", { slots: 3, wardens: 5, bits: 1 }, "default"],
    ["histogram", { ...RANDOM, bits: 1 }, "default"],
    ["histogram, noise and errors", { ...RANDOM, bits: 1, noise: 0.3, errorWarden: 0.1 }, "default"],
    ["histograms, 3 wardens", { ...RANDOM, bits: 1, slots: 19, wardens: 3, noise: 0.1 }, "default"],
    ["histogram, sampled null law", { ...RANDOM, bits: 1, slots: 18 }, "default"],
    ["histogram, chi-square", { ...RANDOM, bits: 1, slots: 600 }, "default"],
    ["informed", { slots: 16, bits: 2 }, "informed"],
    ["informed, 3 wardens, short window", { slots: 20, bits: 3, wardens: 3, window: 14 }, "informed"],
    ["coin, 3 wardens", { slots: 4, wardens: 3, bits: 1 }, "coin"],
  ];
  it.each(cases)("keep the level: %s", (_, given, defence) => {
    for (const falseAlarm of [0.03, 0.3]) {
      const episodes = given.slots === 600 ? 300 : 2000;
      // Alice copies the cover: every episode is innocent in all but name.
      const { accusedInnocent, accusedActive } = play({ ...given, falseAlarm }, "none", episodes, defence);
      expectShare((accusedInnocent + accusedActive) / episodes, falseAlarm, episodes);
    }
  });

  it.each(cases)("never accuse at level 0 and always at 1: %s", (_, given, defence) => {
    const few = { ...given, slots: Math.min(given.slots ?? 64, 12) };
    for (const attack of ["loud", "none"] as const) {
      expect(play({ ...few, falseAlarm: 0 }, attack, 50, defence).power).toBe(0);
      expect(play({ ...few, falseAlarm: 1 }, attack, 50, defence).power).toBe(1);
    }
  });

  it("vote with exactly the level that their parts are given", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.double({ min: 0, max: 1, noNaN: true }), (wardens, alpha) => {
        const each = votingLevel(alpha, wardens);
        expect(majority(new Array(wardens).fill(each))).toBeCloseTo(alpha, 9);
      }),
      { seed: 1, numRuns: 100 },
    );
    expect(majority([1, 1, 0, 0])).toBe(0);
    expect(majority([1, 1, 0])).toBe(1);
  });

  it("watch slices that share out the wire", () => {
    for (const [slots, wardens] of [
      [64, 1],
      [10, 3],
      [3, 5],
      [31, 16],
    ]) {
      const counted = new Array<number>(wardens).fill(0);
      for (let t = 0; t < slots; t++) counted[watcherOf(t, slots, wardens)]++;
      expect(sliceLengths(slots, wardens)).toEqual(counted);
    }
  });

  it("lose power when they are many and each sees a slice", () => {
    const powers = [1, 2, 4, 8, 16].map((wardens) => votingPower(settings({ wardens }), 2));
    for (let i = 1; i < 4; i++) expect(powers[i]).toBeLessThan(powers[i - 1] - 0.005);
    // Slices of four slots count so coarsely that the sixteen do a little better than the eight.
    expect(powers[4]).toBeLessThan(powers[0] - 0.02);
    expect(powers[0]).toBeCloseTo(countTestPower(64, 2, { noise: 0, error: 0.1 }, 0.1), 9);
    const { power, active } = play({ ...BUSY, wardens: 4 }, "code-2", 2000);
    expectShare(power, powers[2], active);
  });

  it("gain from knowing a code that is used again and again, and lose by guessing it wrongly", () => {
    const known = play(BUSY, "fixed-2", 1000, "informed");
    const unknown = play(BUSY, "fixed-2", 1000);
    expect(unknown.power).toBeLessThan(0.3);
    expect(known.power).toBeGreaterThan(0.5);
    expect(known.secrecy).toBeGreaterThan(unknown.secrecy + 0.2);
    expect(play(BUSY, "code-2", 1000, "informed").power).toBeLessThan(unknown.power - 0.03);
  });

  it("are at chance where they do not look: whoever speaks beside the code that they know loses α alone", () => {
    const { power, decoding, secrecy, active } = play(BUSY, "beside", 1500, "informed");
    expectShare(power, 0.1, active);
    expect(decoding).toBeGreaterThan(0.99);
    expectSecurity(secrecy, 0.1, active);
  });
});

describe("silent cover", () => {
  it("obeys the square-root law", () => {
    const law = squareRootLaw({ slots: 10_000, tau: 0.1, errorBob: 0.1, errorWarden: 0.1 });
    expect(law.bits / 100).toBeCloseTo(0.239, 3);
    expect(law.divergence).toBeCloseTo(0.8 * Math.log(9), 12);
    expect(law.chiSquare).toBeCloseTo(0.64 / 0.09, 12);
    const twice = squareRootLaw({ slots: 40_000, tau: 0.1, errorBob: 0.1, errorWarden: 0.1 });
    expect(twice.nats / law.nats).toBeCloseTo(2, 12);
    // Noise hides ones from the warden more than from Bob's sum of them: more may be sent, each tells less.
    const noisy = squareRootLaw({ slots: 10_000, tau: 0.1, noise: 0.2, errorBob: 0.1, errorWarden: 0.1 });
    expect(noisy.ones).toBeGreaterThan(law.ones);
    expect(noisy.divergence).toBeLessThan(law.divergence);
  });

  it("leaves the best count test the power that the law allows", () => {
    const reader = { noise: 0, error: 0.1 };
    const { ones } = squareRootLaw({ slots: 10_000, tau: 0.1, errorBob: 0.1, errorWarden: 0.1 });
    const law = randomCodeCountLaw(10_000, ones / 10_000, reader);
    const variation = countVariation(law, reader);
    expect(variation).toBeCloseTo(0.0998, 4);
    // The same by simulation: the share of counts above the crossing, with a message and without.
    const quiet = countLaw(10_000, 0, reader);
    const crossing = quiet.findIndex((p, z) => z > 900 && law[z] > p);
    const rng = new Rng(4);
    const draws = 10_000;
    const above = (p: number) => {
      let hits = 0;
      for (let i = 0; i < draws; i++) if (binomialQuantile(rng.float(), 10_000, p) >= crossing) hits++;
      return hits / draws;
    };
    const measured = above(0.1 + (0.8 * ones) / 10_000) - above(0.1);
    expect(Math.abs(measured - variation)).toBeLessThan(3 * Math.sqrt(0.5 / draws));
  });

  it("keeps the power of the test when the ones grow as the root of the slots, and not otherwise", () => {
    const power = (slots: number, ones: number) => countTestPower(slots, ones, { noise: 0, error: 0.1 }, 0.1);
    const roots = [64, 256, 1024, 4096, 16_384].map((slots) => power(slots, Math.sqrt(slots) / 4));
    for (const value of roots) expect(Math.abs(value - roots[4])).toBeLessThan(0.025);
    expect(roots[0]).toBeCloseTo(0.2494, 4);
    expect(power(16_384, 512)).toBeGreaterThan(0.999);
    expect(power(16_384, 2)).toBeLessThan(0.11);
    const { power: measured, active } = play({ ...BUSY, slots: 1024, bits: 1 }, "code-8", 350);
    expectShare(measured, roots[2], active);
  });

  it("gives Bob D nats for a one and information at the channel's rate", () => {
    const world = vector(covertWire, 64, { ...BUSY, bits: 1 }, 9);
    const { alice, bob } = world.roles;
    world.reset();
    let sum = 0;
    let count = 0;
    for (let step = 0; step < 65 * 60; step++) {
      alice.actions.fill(1);
      world.step();
      const slot = step % 65;
      if (slot === 64) continue;
      for (let copy = 0; copy < 64; copy++) {
        if (alice.obs[copy * alice.obsSize + 1 + 64] === 0) continue;
        sum += bob.obs[copy * bob.obsSize + 1 + slot] === 1 ? Math.log(9) : -Math.log(9);
        count++;
      }
    }
    const { divergence } = squareRootLaw({ slots: 64, tau: 0.1, errorBob: 0.1, errorWarden: 0.1 });
    expect(Math.abs(sum / count - divergence)).toBeLessThan((3 * Math.log(9) * 0.6) / Math.sqrt(count));
  });

  it("has the facts of codes of weight 2", () => {
    const { power, decoding, security } = codeSecurity(settings(), 2);
    for (const [value, fact] of [
      [power, 0.249],
      [decoding, 0.803],
      [security, 0.407],
    ]) {
      expect(Math.abs(value - fact)).toBeLessThan(0.001);
    }
    const measured = play(BUSY, "code-2", 5000);
    expectShare(measured.power, power, measured.active);
    expectShare(measured.decoding, decoding, measured.active);
    expectSecurity(measured.secrecy, security, measured.active);
  });

  it.each([
    ["code-4", 4, { noise: 0.3, falseAlarm: 0.2 }],
    ["code-2-3", 2.5, {}],
    ["code-half", 0.5, { slots: 24, bits: 3, errorBob: 0.02, falseAlarm: 0.05 }],
  ] satisfies [Attack, number, Given][])(
    "plays %s as computed, noise that strikes both included",
    (attack, weight, given) => {
      const { power, decoding, security } = codeSecurity(settings(given), weight);
      const measured = play({ ...given, innocent: 0.05 }, attack, 6000);
      expectShare(measured.power, power, measured.active);
      expectShare(measured.decoding, decoding, measured.active);
      expectSecurity(measured.secrecy, security, measured.active);
    },
  );

  it("makes words of distinct slots, disjoint while they fit", () => {
    const { sets } = words({ wire: { cover: "silent", slots: 64, bits: 4 }, weight: 4 });
    expect(new Set(sets.flatMap((set) => [...set])).size).toBe(64);
    const crowded = words({ wire: { cover: "silent", slots: 64, bits: 4 }, weight: 12 });
    for (const set of crowded.sets) expect(new Set(set).size).toBe(12);
    expect(new Set(crowded.sets.map((set) => set.join())).size).toBe(16);
    expect(() => codeSecurity(settings(), 5)).toThrow(/need 80 slots, got 64/);
  });

  it("has a frontier well above the line of random accusations", () => {
    const attacks = ["code-2", "code-2-3", "code-3", "loud"] as const;
    const points = [0.03, 0.1, 0.3].map((falseAlarm) => {
      const given = { ...BUSY, falseAlarm };
      return { u: utility(settings(given)), s: worst(given, 400, attacks), exact: reference(settings(given))!.secrecy };
    });
    for (const { u, s, exact } of points) {
      expect(u + s).toBeGreaterThan(1.08);
      expect(Math.abs(s - exact)).toBeLessThan(0.06);
    }
    expect(nonDominated(points.map(({ u, s }) => [u, s])).length).toBeGreaterThanOrEqual(3);
    // The figures that the page gives.
    for (const [falseAlarm, expected] of [
      [0.03, 0.22],
      [0.2, 0.54],
      [0.41, 0.74],
    ]) {
      expect(Math.abs(reference(settings({ falseAlarm }))!.secrecy - expected)).toBeLessThan(0.005);
    }
  });

  it("is open where the knob is off, and closed and useless at lockdown", () => {
    const off = play({ ...BUSY, falseAlarm: 0 }, "loud", 300);
    expect(off.utility).toBe(1);
    expect(off.secrecy).toBeLessThan(0.02);
    const lockdown = play({ falseAlarm: 1 }, "loud", 300);
    expect([lockdown.utility, lockdown.secrecy]).toEqual([0, 1]);
    const noise = play({ noise: 1, falseAlarm: 0 }, "loud", 1000);
    expect(noise.secrecy).toBeGreaterThan(0.95);
    expect(Math.abs(noise.utility - 0.5)).toBeLessThan(0.01);
  });

  it("is not monotone in the noise: noise hides ones", () => {
    const errors = { errorBob: 0.001, errorWarden: 0.001 };
    const bits = [0, 0.1, 0.5].map((noise) => squareRootLaw({ slots: 1, tau: 0.1, noise, ...errors }).bits);
    expect(bits[1]).toBeGreaterThan(2 * bits[0]);
    expect(bits[1]).toBeGreaterThan(bits[2]);
    const best = (noise: number) =>
      Math.min(...[0.5, 1, 1.5, 2, 4].map((weight) => codeSecurity(settings({ noise, ...errors }), weight).security));
    expect(best(0)).toBeGreaterThan(0.9);
    expect(best(0.05)).toBeLessThan(0.4);
    expect(best(0.5)).toBeGreaterThan(0.5);
    const fixed = (noise: number) => codeSecurity(settings({ noise }), 4).security;
    expect(fixed(0.1)).toBeLessThan(fixed(0) - 0.05);
    expect(fixed(0.5)).toBeGreaterThan(fixed(0) + 0.05);
  });

  it("has a least security that no code goes below, words that share slots among them", () => {
    const p = settings({ slots: 8, bits: 2, errorWarden: 0.2 });
    const { security, words } = securityFloor(p);
    expect(words.slice(0, 4)).toEqual([0, 2, 2, 0]);
    /** Exact, with the receiver who weighs messages by their chance to pass. */
    const against = (code: readonly number[]) => {
      const ones = (word: number) => [...word.toString(2)].filter((digit) => digit === "1").length;
      const passes = code.map((word) => 1 - countTestPower(8, ones(word), { noise: 0, error: 0.2 }, 0.1));
      let arrives = 0;
      for (let heard = 0; heard < 256; heard++) {
        const likelihoods = code.map(
          (word, m) => passes[m] * 0.1 ** ones(word ^ heard) * 0.9 ** (8 - ones(word ^ heard)),
        );
        arrives += Math.max(...likelihoods);
      }
      return 1 - (arrives - passes.reduce((sum, a) => sum + a, 0) / 4) / 3;
    };
    expect(against([0b1, 0b10, 0b1100, 0b110000])).toBeCloseTo(security, 12);
    const word = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), (code) => against(code) >= security - 1e-12),
      { seed: 1, numRuns: 300 },
    );
    expect(() => securityFloor(settings({ noise: 0.1 }))).toThrow(/expected a silent cover, no noise/);
  });

  it("has best codes that scripts come within .02 of at the benchmark's levels", () => {
    for (const [falseAlarm, floor] of [
      [0.01, 0.132],
      [0.1, 0.3885],
      [0.5, 0.791],
    ]) {
      const p = settings({ falseAlarm });
      expect(Math.abs(securityFloor(p).security - floor)).toBeLessThan(0.0005);
      const shipped = [1.5, 2, 2.5, 3, 3.5, 4].map((weight) => codeSecurity(p, weight).security);
      expect(Math.min(...shipped)).toBeLessThan(floor + 0.02);
    }
    for (const falseAlarm of [0.1, 0.4]) {
      const p = settings({ slots: 6, bits: 1, key: false, errorBob: 0.2, errorWarden: 0.4, falseAlarm });
      expect(securityFloor(p).security).toBeCloseTo(bestOneBitSecurity(p), 12);
    }
  });

  it("of one bit has a best response that scripts reach and none surpasses", () => {
    const given = { slots: 6, bits: 1, key: false, errorBob: 0.2, errorWarden: 0.4, innocent: 0.05 };
    for (const [falseAlarm, expected] of [
      [0, 0.116],
      [0.03, 0.175],
      [0.1, 0.278],
      [0.2, 0.411],
      [0.4, 0.602],
    ]) {
      const best = bestOneBitSecurity(settings({ ...given, falseAlarm }));
      expect(best).toBeCloseTo(expected, 2);
      expect(codeSecurity(settings({ ...given, falseAlarm }), falseAlarm < 0.4 ? 2.5 : 1.5).security).toBeCloseTo(
        best,
        1,
      );
    }
    const best = bestOneBitSecurity(settings({ ...given, falseAlarm: 0.1 }));
    for (const attack of Object.keys(policies.attacks) as Attack[]) {
      const { secrecy, active } = play({ ...given, falseAlarm: 0.1 }, attack, 2000);
      expect(secrecy).toBeGreaterThan(best - 3 / Math.sqrt(active));
    }
  });
});

describe("random cover", () => {
  it("gives perfect steganography the rates of the theory", () => {
    expect(hiddenRate("random", 0, 0)).toBeCloseTo(2.604, 3);
    expect(hiddenRate("random", 0.5, 0)).toBeCloseTo(0.686, 3);
    expect(hiddenRate("silent", 0, 0)).toBe(0);
    expect(perfectDecoding(settings({ ...RANDOM }))).toBeGreaterThan(0.999);
  });

  it("is matched exactly by perfect steganography, for each message and slot", () => {
    const code = perfect({ cover: "random", slots: 8, bits: 8 });
    for (let message = 0; message < 256; message++) {
      for (let slot = 0; slot < 8; slot++) {
        const shares = new Array<number>(8).fill(0);
        for (let key = 0; key < 64; key++) shares[code(message, slot, key, 0)]++;
        expect(shares).toEqual([...COVERS.random]);
      }
    }
    expect([...quantiles("random")].sort()).toEqual([...quantiles("random")]);
  });

  it("is matched on the wire: a million symbols of perfect steganography, singly and in pairs", () => {
    const world = vector(covertWire, 64, { ...BUSY, ...RANDOM, slots: 1024 }, 11);
    const players = seat(env, world as never, { alice: policies.attacks.perfect.roles.alice as PolicyFactory });
    const { alice } = world.roles;
    world.reset();
    const pairs = new Float64Array(64);
    let total = 0;
    const before = new Int32Array(64).fill(-1);
    for (let step = 0; step < 17 * 1025; step++) {
      players.act();
      for (let copy = 0; copy < 64; copy++) {
        const from = copy * alice.obsSize;
        const active = alice.obs[from + 1 + 128] === 1 && world.elapsed[copy] < 1024;
        const symbol = active ? alice.actions[copy] : -1;
        if (active && before[copy] >= 0 && world.elapsed[copy] % 2 === 1) {
          pairs[8 * before[copy] + symbol]++;
          total += 2;
        }
        before[copy] = symbol;
      }
      world.step();
    }
    expect(total).toBeGreaterThanOrEqual(1_000_000);
    const shares = COVERS.random.map((share) => share / 64);
    let [single, paired] = [0, 0];
    for (let x = 0; x < 8; x++) {
      let seen = 0;
      for (let y = 0; y < 8; y++) {
        const expected = (total / 2) * shares[x] * shares[y];
        paired += (pairs[8 * x + y] - expected) ** 2 / expected;
        seen += pairs[8 * x + y] + pairs[8 * y + x];
      }
      single += (seen - total * shares[x]) ** 2 / (total * shares[x]);
    }
    expect(chiSquareSf(single, 7)).toBeGreaterThan(0.001);
    expect(chiSquareSf(paired, 63)).toBeGreaterThan(0.001);
  });

  it("leaves every warden at chance against it", () => {
    for (const [given, defence] of [
      [{ falseAlarm: 0.2 }, "default"],
      [{ falseAlarm: 0.2, noise: 0.3 }, "default"],
      [{ falseAlarm: 0.2, wardens: 2 }, "default"],
      [{ falseAlarm: 0.2 }, "informed"],
      [{ falseAlarm: 0.2 }, "coin"],
    ] satisfies [Given, Defence][]) {
      const { power, active } = play({ ...BUSY, ...RANDOM, bits: 4, ...given }, "perfect", 3000, defence);
      expectShare(power, 0.2, active);
    }
  });

  it("tells Bob I(X; Y) bits a slot through the noise", () => {
    const world = vector(covertWire, 64, { ...BUSY, ...RANDOM, slots: 128, noise: 0.5 }, 13);
    const players = seat(env, world as never, { alice: policies.attacks.perfect.roles.alice as PolicyFactory });
    const { alice, bob } = world.roles;
    const read = readingLaw("random", 0.5, 0);
    world.reset();
    let [sum, squares, count] = [0, 0, 0];
    for (let step = 0; step < 129 * 25; step++) {
      players.act();
      const sent = Int32Array.from(alice.actions);
      world.step();
      const slot = step % 129;
      if (slot === 128) continue;
      for (let copy = 0; copy < 64; copy++) {
        if (alice.obs[copy * alice.obsSize + 1 + 128] === 0) continue;
        let heard = 0;
        for (let s = 1; s < 8; s++) if (bob.obs[copy * bob.obsSize + 1 + slot * 7 + s - 1] === 1) heard = s;
        const density = Math.log2((heard === sent[copy] ? 0.5625 : 0.0625) / read[heard]);
        sum += density;
        squares += density * density;
        count++;
      }
    }
    const error = Math.sqrt((squares / count - (sum / count) ** 2) / count);
    expect(Math.abs(sum / count - hiddenRate("random", 0.5, 0))).toBeLessThan(3 * error);
  });

  it.each([
    [0.2, 0, 0.8, 0.2],
    [0, 0.5, 0.56, 0.55],
    [0, 0.7, 0.39, 0.85],
  ])("against perfect steganography gives at α = %d, ν = %d the point (%d, %d)", (falseAlarm, noise, u, s) => {
    const given = { ...RANDOM, falseAlarm, noise };
    expect(Math.abs(utility(settings(given)) - u)).toBeLessThan(0.005);
    expect(Math.abs(perfectSecurity(settings(given)) - s)).toBeLessThan(0.015);
    // One codebook of many: it may lie a little off their mean.
    expect(
      Math.abs(play({ ...BUSY, ...given }, "perfect", 2000).secrecy - perfectSecurity(settings(given))),
    ).toBeLessThan(0.035);
  });

  it("has a test that words of its favourite histogram pass: worse than a coin", () => {
    const given = { ...BUSY, ...RANDOM, falseAlarm: 0.2 };
    expect(play(given, "typical", 300).power).toBe(0);
    expect(play(given, "typical", 300).secrecy).toBeLessThan(0.01);
    expect(play(given, "plain", 300).power).toBeGreaterThan(0.9);
    expect(worst(given, 500, ["plain", "typical", "perfect"], "coin")).toBeGreaterThan(0.14);
  });

  it("has a frontier above the line of random accusations, by noise", () => {
    const attacks = ["loud", "even", "typical", "perfect"] as const;
    const points = [0.6, 0.7, 0.8, 0.9].map((noise) => {
      const given = { ...BUSY, ...RANDOM, falseAlarm: 0, noise };
      return [utility(settings(given)), worst(given, 600, attacks)] as const;
    });
    for (const [u, s] of points) expect(u + s).toBeGreaterThan(1.05);
    expect(nonDominated(points.map((point) => [...point])).length).toBeGreaterThanOrEqual(3);
    const lockdown = play({ ...RANDOM, noise: 1, falseAlarm: 0 }, "loud", 2000);
    expect(lockdown.secrecy).toBeGreaterThan(0.98);
    expect(Math.abs(lockdown.utility - 0.125)).toBeLessThan(0.02);
    const off = play({ ...BUSY, ...RANDOM, falseAlarm: 0 }, "loud", 300);
    expect([off.utility, off.secrecy]).toEqual([1, 0]);
  });
});

describe("scripted attacks", () => {
  it("run on every cover and shape, and none is better than innocent where nothing can be said", () => {
    for (const given of [
      { slots: 5, bits: 6 },
      { slots: 1, bits: 1 },
      { slots: 130, bits: 3, window: 7, key: false },
      { ...RANDOM, slots: 3, bits: 10 },
    ] satisfies Given[]) {
      for (const attack of Object.keys(policies.attacks) as Attack[]) {
        const { secrecy } = play(given, attack, 20);
        expect(secrecy).toBeGreaterThanOrEqual(0);
      }
    }
    expect(play({ slots: 16 }, "perfect", 1500).secrecy).toBeGreaterThan(0.95);
    expect(play({ slots: 16 }, "none", 1500).secrecy).toBeGreaterThan(0.95);
  });
});
