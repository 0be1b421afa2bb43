import { exp, log } from "../numeric/index.ts";
import type { Rng } from "./rng.ts";

// 128 layers of equal area under exp(−x²/2); R is where the tail begins, AREA that of each layer (Marsaglia and Tsang
// 2000, "The ziggurat method for generating random variables").
const LAYERS = 128;
const R = 3.442619855899;
const AREA = 9.91256303526217e-3;
const SCALE = 2 ** 23;

/** By layer: |j| below which x = j·width lies under the curve for sure; grain of x; the curve at the layer's edge. */
const certain = new Float64Array(LAYERS);
const width = new Float64Array(LAYERS);
const height = new Float64Array(LAYERS);
{
  const density = (x: number) => exp(-0.5 * x * x);
  const base = AREA / density(R);
  certain[0] = (R / base) * SCALE;
  width[0] = base / SCALE;
  width[LAYERS - 1] = R / SCALE;
  height[0] = 1;
  height[LAYERS - 1] = density(R);
  let outer = R;
  for (let i = LAYERS - 2; i >= 1; i--) {
    const edge = Math.sqrt(-2 * log(AREA / outer + density(outer)));
    certain[i + 1] = (edge / outer) * SCALE;
    width[i] = edge / SCALE;
    height[i] = density(edge);
    outer = edge;
  }
}

/**
 * A stream of standard normals for inner loops: the ziggurat over xoshiro128++ (Blackman and Vigna 2021,
 * arXiv:1805.01407), more than ten times as fast as `Rng.normal` and with the same bits on every engine. It starts
 * where an `Rng` seeds it: call `seed` in `reset()`, so that an episode's name fixes its normals.
 */
export class Normals {
  readonly #words = new Int32Array(4);

  /** Starts anew from four words of `rng`. */
  seed(rng: Rng): void {
    const words = this.#words;
    for (let i = 0; i < 4; i++) words[i] = rng.word();
    if ((words[0] | words[1] | words[2] | words[3]) === 0) words[0] = 1; // the one state it would never leave
  }

  /**
   * Writes the next `count` normals to `out[0 …]`, multiples of about 2⁻²³ of a layer's width. Layer and place come from
   * bits of one word that do not overlap (Doornik 2005, "An improved ziggurat method").
   */
  fill(out: Float64Array, count: number): void {
    const words = this.#words;
    const limits = certain; // locals: a module's or an object's names are looked up in every round
    const widths = width;
    let a = words[0];
    let b = words[1];
    let c = words[2];
    let d = words[3];
    for (let n = 0; n < count; n++) {
      let word = (a + d) | 0;
      word = (((word << 7) | (word >>> 25)) + a) | 0;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
      const layer = word & 127;
      const place = (word >> 8) + 0.5;
      if (Math.abs(place) < limits[layer]) out[n] = place * widths[layer];
      else {
        words[0] = a;
        words[1] = b;
        words[2] = c;
        words[3] = d;
        out[n] = this.#atTheEdge(layer, place);
        a = words[0];
        b = words[1];
        c = words[2];
        d = words[3];
      }
    }
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
  }

  /** The one draw in eighty that falls on a layer's edge: accepted by the exact density, or drawn anew. */
  #atTheEdge(firstLayer: number, firstPlace: number): number {
    let layer = firstLayer;
    let place = firstPlace;
    while (Math.abs(place) >= certain[layer]) {
      if (layer === 0) return place < 0 ? -this.#tail() : this.#tail();
      const x = place * width[layer];
      if (height[layer] + this.#uniform() * (height[layer - 1] - height[layer]) < exp(-0.5 * x * x)) return x;
      const word = this.#next();
      layer = word & 127;
      place = (word >> 8) + 0.5;
    }
    return place * width[layer];
  }

  /** A normal given that it exceeds R (Marsaglia 1964). */
  #tail(): number {
    for (;;) {
      const x = -log(this.#uniform()) / R;
      if (-2 * log(this.#uniform()) >= x * x) return R + x;
    }
  }

  /** Uniform on (0, 1), an odd multiple of 2⁻³³. */
  #uniform(): number {
    return ((this.#next() >>> 0) + 0.5) * 2 ** -32;
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
