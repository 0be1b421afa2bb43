import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Label, Rng, type RngState } from "../../src/random/rng.ts";
import { chiSquareSf, normalCdf } from "../../src/stats/index.ts";

// Statistical tests run on fixed streams: they pass or fail for ever. The threshold says how unlucky a good generator
// would have to be; a bad one misses it by far.
const UNLUCKY = 1e-5;

const words = (rng: Rng, count = 8) => Array.from({ length: count }, () => rng.word());
const anySeed = fc.maxSafeInteger();
const anyLabel = fc.oneof(fc.string({ unit: "binary", maxLength: 5 }), fc.maxSafeInteger(), fc.integer());
const anyPath = fc.array(anyLabel, { maxLength: 4 });
const options = { seed: 20250503, numRuns: 300 };

/** P(a fair die with these shares throws something as uneven as `counts`). */
function fairness(counts: readonly number[], shares = counts.map(() => 1 / counts.length)): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const x = counts.reduce((sum, count, i) => sum + (count - total * shares[i]) ** 2 / (total * shares[i]), 0);
  return chiSquareSf(x, counts.length - 1);
}

/** √n times the Kolmogorov–Smirnov distance from a distribution; above 2.47 with probability 10⁻⁵. */
function kolmogorov(samples: Float64Array, cdf: (x: number) => number): number {
  const n = samples.length;
  const distance = samples.sort().reduce((worst, x, i) => {
    return Math.max(worst, Math.abs(cdf(x) - i / n), Math.abs(cdf(x) - (i + 1) / n));
  }, 0);
  return Math.sqrt(n) * distance;
}

describe("known answers", () => {
  it.each<[Label[], number[], number[]]>([
    [[0], [3953024035, 915904626], [-0.45989663475588266, 1.220498604053728]],
    [[-1], [2750838815, 4137169330], [-0.1346280978940025, 1.1956757673258627]],
    [[2 ** 53 - 1], [113778779, 2394471172], [1.623620953298338, 0.395372973823207]],
    [
      [1, "a"],
      [2148988975, 835539199],
      [0.6020735351915911, -1.0704371945251512],
    ],
    [
      [1, 1],
      [3883592749, 3036760005],
      [-0.3611389865654505, -0.6781031776325265],
    ],
    [
      [1, "test", 3, "alice"],
      [200564041, 3047205158],
      [0.557839682999048, -0.5766270362686341],
    ],
    [
      [1, "ünïcödé"],
      [1489887435, 2589262593],
      [-1.806456916499988, 1.4983649056144053],
    ],
  ])("of the stream named %j", ([seed, ...labels], first, normals) => {
    const rng = new Rng(seed as number, ...labels);
    expect(words(rng, 2)).toEqual(first);
    for (let i = 0; i < 4; i++) rng.word();
    expect([rng.normal(), rng.normal()]).toEqual(normals);
  });

  it("are those of xoroshiro128+ as published", () => {
    const mask = (1n << 64n) - 1n;
    const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (64n - k))) & mask;
    const state = new Rng(7, "published").state();
    const [a, b, c, d] = state.words.map((word) => BigInt(word >>> 0));
    let s0 = (a << 32n) | b;
    let s1 = (c << 32n) | d;
    const published = Array.from({ length: 100 }, () => {
      const low = Number((s0 + s1) & 0xffffffffn);
      s1 ^= s0;
      s0 = rotate(s0, 24n) ^ s1 ^ ((s1 << 16n) & mask);
      s1 = rotate(s1, 37n);
      return low;
    });
    expect(words(Rng.fromState(state), 100)).toEqual(published);
  });

  it("read words in the documented way", () => {
    const rng = new Rng(3, "words");
    const same = new Rng(3, "words");
    for (let i = 0; i < 100; i++) {
      expect(rng.float32()).toBe(same.word() / 2 ** 32);
      expect(rng.float()).toBe(((same.word() >>> 5) * 2 ** 26 + (same.word() >>> 6)) / 2 ** 53);
      expect(rng.bernoulli(0.25)).toBe(same.word() < 2 ** 30);
      expect(rng.int(-3, 5)).toBe((same.word() >>> 29) - 3);
    }
  });
});

describe("names", () => {
  it("differ, so do the streams", () => {
    const paths: Label[][] = [[], [""], ["", ""], [0], [0, 0], ["0"], ["a"], ["a", ""], ["a\0"], ["ab"], ["a", "b"]];
    paths.push(
      [1],
      [1, "a"],
      ["1a"],
      ["a", 1],
      [-1],
      [2 ** 32],
      [2 ** 32 - 1],
      [2 ** 32 + 1],
      [-(2 ** 32)],
      ["b", "a"],
    );
    const streams = paths.map((path) => words(new Rng(5, ...path)).join());
    expect(new Set(streams).size).toBe(paths.length);
    expect(words(new Rng(5, 6))).not.toEqual(words(new Rng(6, 5)));
    fc.assert(
      fc.property(anySeed, anyPath, anyPath, (seed, one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(words(new Rng(seed, ...one))).not.toEqual(words(new Rng(seed, ...other)));
      }),
      options,
    );
  });

  it("build up: new Rng(seed, ...path) is a fork of a fork, and what become() becomes", () => {
    const reused = new Rng(1);
    fc.assert(
      fc.property(anySeed, anyPath, anyLabel, anyLabel, anyLabel, (seed, path, a, b, c) => {
        const parent = new Rng(seed, ...path);
        for (const labels of [[a], [a, b], [a, b, c]] as [Label, Label?, Label?][]) {
          const expected = words(new Rng(seed, ...path, ...(labels as Label[])));
          expect(words(parent.fork(...(labels as Label[])))).toEqual(expected);
          reused.normal(); // a spare that must not survive
          reused.become(parent, ...labels);
          expect(reused.state()).toEqual(parent.fork(...(labels as Label[])).state());
          expect(words(reused)).toEqual(expected);
        }
        expect(words(parent.fork(a).fork(b, c))).toEqual(words(parent.fork(a, b, c)));
      }),
      options,
    );
  });

  it("are all that a fork depends on: not on draws, nor do draws depend on forks", () => {
    const drawn = new Rng(2, "parent");
    words(drawn, 100);
    drawn.normal();
    expect(words(drawn.fork("child"))).toEqual(words(new Rng(2, "parent").fork("child")));
    const forked = new Rng(2, "parent");
    forked.fork("child").word();
    forked.fork("other");
    expect(words(forked)).toEqual(words(new Rng(2, "parent")));
  });

  it("can become a child of oneself", () => {
    const rng = new Rng(2, "parent");
    rng.become(rng, "child");
    expect(words(rng)).toEqual(words(new Rng(2, "parent", "child")));
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("refuse %d as seed and as label", (value) => {
    expect(() => new Rng(value)).toThrow(RangeError);
    expect(() => new Rng(1, value)).toThrow(RangeError);
    expect(() => new Rng(1).fork("a", value)).toThrow(RangeError);
  });

  it("that are neighbours give uncorrelated streams", () => {
    const n = 20_000;
    const names: Label[][] = [["a"], ["b"], ["aa"], [0], [1], [2], [2 ** 32]];
    const streams = names.map((name) => {
      const rng = new Rng(1, ...name);
      return Float64Array.from({ length: n }, () => rng.float() - 0.5);
    });
    // Across streams at the same place, and at the first place of neighbouring names: r·√n is standard normal.
    for (const [i, one] of streams.entries()) {
      for (const other of streams.slice(0, i)) {
        expect(Math.abs(12 * one.reduce((sum, x, j) => sum + x * other[j], 0)) / Math.sqrt(n)).toBeLessThan(4.4);
      }
    }
    const firsts = Float64Array.from({ length: n }, (_, i) => new Rng(1, "episode", i).float() - 0.5);
    const neighbours = firsts.slice(1).reduce((sum, x, i) => sum + x * firsts[i], 0);
    expect(Math.abs(12 * neighbours) / Math.sqrt(n)).toBeLessThan(4.4);
    expect(kolmogorov(firsts, (x) => x + 0.5)).toBeLessThan(2.47);
  });
});

describe("state", () => {
  it("goes on where it was taken, through JSON, with the spare normal and the forks", () => {
    fc.assert(
      fc.property(anySeed, anyPath, fc.nat(5), fc.nat(3), (seed, path, drawn, normals) => {
        const rng = new Rng(seed, ...path);
        words(rng, drawn);
        for (let i = 0; i < normals; i++) rng.normal();
        const copy = Rng.fromState(JSON.parse(JSON.stringify(rng.state())) as RngState);
        expect(copy.state()).toEqual(rng.state());
        expect(words(copy.fork("x"))).toEqual(words(rng.fork("x")));
        expect([copy.normal(), copy.normal(), copy.float()]).toEqual([rng.normal(), rng.normal(), rng.float()]);
      }),
      options,
    );
  });

  it("keeps the spare normal as it is", () => {
    const rng = new Rng(1);
    rng.normal();
    const { spare } = rng.state();
    expect(spare).not.toBeNull();
    expect(rng.normal()).toBe(spare);
    expect(rng.state().spare).toBeNull();
  });

  const good = new Rng(1).state();
  const hole = [1, 2, 3, 4];
  delete hole[2];
  it.each<[string, unknown]>([
    ["null", null],
    ["a number", 5],
    ["nothing", {}],
    ["no key", { words: good.words, spare: null }],
    ["no spare", { words: good.words, key: good.key }],
    ["three words", { ...good, words: [1, 2, 3] }],
    ["five words", { ...good, words: [1, 2, 3, 4, 5] }],
    ["a string of four", { ...good, words: "1234" }],
    ["an impostor of four", { ...good, words: { length: 4 } }],
    ["a hole", { ...good, words: hole }],
    ["a fraction", { ...good, words: [1, 2, 3, 0.5] }],
    ["NaN", { ...good, words: [1, 2, 3, Number.NaN] }],
    ["33 bits", { ...good, key: [1, 2, 3, 2 ** 31] }],
    ["a string", { ...good, key: [1, 2, 3, "4"] }],
    ["a symbol", { ...good, key: [1, 2, 3, Symbol("4")] }],
    ["a bigint", { ...good, key: [1, 2, 3, 4n] }],
    ["zero for ever", { ...good, words: [0, 0, 0, 0] }],
    ["a spare NaN", { ...good, spare: Number.NaN }],
    ["an infinite spare", { ...good, spare: Number.POSITIVE_INFINITY }],
    ["a spare that is no normal", { ...good, spare: 1e9 }],
    ["a spare string", { ...good, spare: "0.5" }],
  ])("with %s is refused", (_, state) => {
    expect(() => Rng.fromState(state as RngState)).toThrow(RangeError);
  });
});

describe("int", () => {
  it.each([2, 3, 7, 10, 100, 1000])("is uniform over %d values", (range) => {
    const rng = new Rng(1, "int", range);
    const counts = new Array<number>(range).fill(0);
    for (let i = 0; i < 100 * range + 20_000; i++) counts[rng.int(0, range)]++;
    expect(fairness(counts)).toBeGreaterThan(UNLUCKY);
  });

  it("redraws what would bias the largest ranges", () => {
    // Of 2³² words this range can spare almost as many as it has values: one word in about 2049 must be drawn again.
    const range = 2096129;
    const rng = new Rng(4, "lemire");
    const same = new Rng(4, "lemire");
    let redrawn = 0;
    for (let i = 0; i < 40_000; i++) {
      let product = BigInt(same.word()) * BigInt(range);
      for (; Number(product & 0xffffffffn) < 2 ** 32 % range; redrawn++) product = BigInt(same.word()) * BigInt(range);
      expect(rng.int(0, range)).toBe(Number(product >> 32n));
    }
    expect(redrawn).toBeGreaterThan(5);
    expect(rng.word()).toBe(same.word());
  });

  it("stays in [low, high), below zero too, and reaches both ends", () => {
    const rng = new Rng(1, "ends");
    const seen = new Set(Array.from({ length: 500 }, () => rng.int(-3, 4)));
    expect([...seen].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    expect(rng.int(5, 6)).toBe(5);
    expect(rng.int(2 ** 53 - 2, 2 ** 53 - 1)).toBe(2 ** 53 - 2);
    expect(rng.int(0, 2097152)).toBeLessThan(2097152);
  });

  it.each([
    [0, 0],
    [1, 0],
    [0, 2097153],
    [0, 0.5],
    [0.5, 1.5],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY],
    [2 ** 60, 2 ** 60 + 1024],
  ])("refuses [%d, %d) and draws nothing", (low, high) => {
    const rng = new Rng(1);
    expect(() => rng.int(low, high)).toThrow(/Rng\.int: got .*expected whole numbers/);
    expect(rng.state()).toEqual(new Rng(1).state());
  });
});

describe("distributions", () => {
  const n = 50_000;

  it.each(["float", "float32"] as const)("%s is uniform on [0, 1)", (draw) => {
    const rng = new Rng(1, draw);
    const samples = Float64Array.from({ length: n }, () => rng[draw]());
    expect(Math.min(...samples.subarray(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(samples.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(kolmogorov(samples, (x) => x)).toBeLessThan(2.47);
  });

  it("normal has the moments and the shape of a normal", () => {
    const rng = new Rng(1, "normal");
    const samples = Float64Array.from({ length: n }, () => rng.normal());
    const moment = (power: number) => samples.reduce((sum, x) => sum + x ** power, 0) / n;
    // Standard errors: 1, √2, √15, √96 over √n.
    expect(Math.abs(moment(1)) * Math.sqrt(n)).toBeLessThan(4.4);
    expect(Math.abs(moment(2) - 1) * Math.sqrt(n / 2)).toBeLessThan(4.4);
    expect(Math.abs(moment(3)) * Math.sqrt(n / 15)).toBeLessThan(4.4);
    expect(Math.abs(moment(4) - 3) * Math.sqrt(n / 96)).toBeLessThan(4.4);
    const pairs = samples.reduce((sum, x, i) => sum + (i % 2 ? x * samples[i - 1] : 0), 0);
    expect(Math.abs(pairs) / Math.sqrt(n / 2)).toBeLessThan(4.4);
    expect(kolmogorov(samples, normalCdf)).toBeLessThan(2.47);
  });

  it("bernoulli keeps its probability, and its ends", () => {
    const rng = new Rng(1, "bernoulli");
    for (const p of [0.01, 0.3, 0.5, 0.99]) {
      let hits = 0;
      for (let i = 0; i < n; i++) hits += rng.bernoulli(p) ? 1 : 0;
      expect(fairness([hits, n - hits], [p, 1 - p])).toBeGreaterThan(UNLUCKY);
    }
    for (let i = 0; i < 1000; i++) {
      expect([rng.bernoulli(0), rng.bernoulli(-1), rng.bernoulli(1), rng.bernoulli(2)]).toEqual([
        false,
        false,
        true,
        true,
      ]);
    }
  });

  it("categorical follows its weights and never draws a weight of 0", () => {
    const rng = new Rng(1, "categorical");
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < n; i++) counts[rng.categorical([0, 3, 1, 0, 4])]++;
    expect([counts[0], counts[3]]).toEqual([0, 0]);
    expect(fairness([counts[1], counts[2], counts[4]], [3 / 8, 1 / 8, 4 / 8])).toBeGreaterThan(UNLUCKY);
    expect(rng.categorical(new Float32Array([0, 1e-30, 0]))).toBe(1);
  });

  it.each([[[]], [[0, 0]], [[1, Number.NaN]], [[1, Number.POSITIVE_INFINITY]], [[2, -1]], [[-1, -1]]])(
    "categorical refuses the weights %j",
    (weights) => {
      expect(() => new Rng(1).categorical(weights)).toThrow(RangeError);
    },
  );

  it("shuffle gives all orders alike, in place", () => {
    const rng = new Rng(1, "shuffle");
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const items = ["a", "b", "c", "d"];
      expect(rng.shuffle(items)).toBe(items);
      counts.set(items.join(""), (counts.get(items.join("")) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(fairness([...counts.values()])).toBeGreaterThan(UNLUCKY);
    expect([...rng.shuffle(new Int32Array([1, 2, 3]))].sort()).toEqual([1, 2, 3]);
    expect(rng.shuffle([])).toEqual([]);
  });
});
