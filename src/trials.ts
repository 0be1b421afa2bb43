import { exp, log, log1p } from "./numeric.ts";
import type { Rng } from "./rng.ts";

// 256 layers of equal area under exp(−x); R is where the tail begins, AREA that of each layer (Marsaglia and Tsang 2000,
// "The ziggurat method for generating random variables").
const LAYERS = 256;
const R = 7.69711747013105;
const AREA = 3.949659822581557e-3;
const SCALE = 2 ** 24;
/** Further than any count: gaps are cut off there, so that places stay in 32 bits. */
const FAR = 2 ** 30;

/** By layer: what a place lies below for sure under the curve; grain of x = place·width; the curve at the layer's edge. */
const certain = new Float64Array(LAYERS);
const width = new Float64Array(LAYERS);
const height = new Float64Array(LAYERS);
{
  const base = AREA / exp(-R);
  certain[0] = (R / base) * SCALE;
  width[0] = base / SCALE;
  width[LAYERS - 1] = R / SCALE;
  height[0] = 1;
  height[LAYERS - 1] = exp(-R);
  let outer = R;
  for (let i = LAYERS - 2; i >= 1; i--) {
    const edge = -log(AREA / outer + exp(-outer));
    certain[i + 1] = (edge / outer) * SCALE;
    width[i] = edge / SCALE;
    height[i] = exp(-edge);
    outer = edge;
  }
}

/**
 * A stream of rare events for inner loops: which of many independent trials succeed, in the time of those that do, over
 * xoshiro128++ (Blackman and Vigna 2021, arXiv:1805.01407), with the same bits on every engine. It starts where an `Rng`
 * seeds it: call `seed` in `reset()`, so that an episode's name fixes its trials.
 */
export class Trials {
  readonly #words = new Int32Array(4);

  /** Starts anew from four words of `rng`. */
  seed(rng: Rng): void {
    const words = this.#words;
    for (let i = 0; i < 4; i++) words[i] = rng.word();
    if ((words[0] | words[1] | words[2] | words[3]) === 0) words[0] = 1; // the one state it would never leave
  }

  /**
   * Writes which of trials 0 … count − 1 (at most 2³⁰) succeed, each with probability p, in ascending order to `out[0 …]`, which has
   * room for all, and returns how many do. Failures before a success are ⌊E/−ln(1−p)⌋ with E exponential, by the
   * ziggurat; layer and place come from bits of one word, so that p is met to within 10⁻⁴ of itself from 10⁻⁵ on.
   */
  successes(count: number, p: number, out: Int32Array): number {
    if (!(p > 0)) return 0;
    const words = this.#words;
    const limits = certain; // locals: a module's or an object's names are looked up in every round
    const widths = width;
    const scale = p >= 1 ? 0 : -1 / log1p(-p);
    let a = words[0];
    let b = words[1];
    let c = words[2];
    let d = words[3];
    let successes = 0;
    let at = 0;
    for (;;) {
      let word = (a + d) | 0;
      word = (((word << 7) | (word >>> 25)) + a) | 0;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
      const layer = word & 255;
      const place = (word >>> 8) + 0.5;
      let exponential = place * widths[layer];
      if (place >= limits[layer]) {
        words[0] = a;
        words[1] = b;
        words[2] = c;
        words[3] = d;
        exponential = this.#atTheEdge(layer, exponential);
        a = words[0];
        b = words[1];
        c = words[2];
        d = words[3];
      }
      at = (at + (Math.min(exponential * scale, FAR) | 0)) | 0; // whole numbers throughout: a third faster than floor
      if (at >= count) break;
      out[successes++] = at++;
    }
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
    return successes;
  }

  /** Uniform on (0, 1), an odd multiple of 2⁻³³. */
  uniform(): number {
    return ((this.#next() >>> 0) + 0.5) * 2 ** -32;
  }

  #atTheEdge(firstLayer: number, firstX: number): number {
    let layer = firstLayer;
    let x = firstX;
    for (;;) {
      if (layer === 0) return R - log(this.uniform()); // beyond R it is exponential again
      if (height[layer] + this.uniform() * (height[layer - 1] - height[layer]) < exp(-x)) return x;
      const word = this.#next();
      layer = word & 255;
      const place = (word >>> 8) + 0.5;
      x = place * width[layer];
      if (place < certain[layer]) return x;
    }
  }

  #next(): number {
    const words = this.#words;
    let word = (words[0] + words[3]) | 0;
    word = (((word << 7) | (word >>> 25)) + words[0]) | 0;
    const shifted = words[1] << 9;
    words[2] ^= words[0];
    words[3] ^= words[1];
    words[1] ^= words[2];
    words[0] ^= words[3];
    words[2] ^= shifted;
    words[3] = (words[3] << 11) | (words[3] >>> 21);
    return word;
  }
}
