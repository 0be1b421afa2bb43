import { createHash } from "node:crypto";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import * as numeric from "../../src/numeric/elementary.ts";

const ARGUMENTS = 100_000;

/**
 * SHA-256 over the bits of every elementary function at 10⁵ arguments: magnitudes 2⁻³² … 2¹², and one in 16 any double
 * at all. A script of its own, so that another engine can run it: `node --import tsx test/numeric/digest.ts`.
 */
export function numericDigest(): string {
  const { pow, ...unary } = numeric;
  const hash = createHash("sha256");
  const view = new DataView(new ArrayBuffer(8 * ARGUMENTS));
  const digest = (name: string, f: (x: number, i: number) => number): void => {
    for (let i = 0; i < ARGUMENTS; i++) {
      const y = f(xs[i], i);
      view.setFloat64(8 * i, Number.isNaN(y) ? 0 : y, true); // the bits of a NaN are nobody's promise
      if (Number.isNaN(y)) view.setUint32(8 * i, 0x7ff80000);
    }
    hash.update(name).update(view);
  };
  const xs = doubles(1);
  const ys = doubles(2);
  for (const name of Object.keys(unary).sort() as (keyof typeof unary)[]) digest(name, unary[name]);
  digest("pow", (x, i) => pow(i % 4 === 0 ? x : Math.abs(x), ys[i]));
  return hash.digest("hex");
}

function doubles(seed: number): Float64Array {
  const view = new DataView(new ArrayBuffer(8));
  let state = seed;
  const word = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
  };
  return Float64Array.from({ length: ARGUMENTS }, (_, i) => {
    const top = word();
    const exponent = 1023 - 32 + (word() % 44);
    view.setUint32(0, i % 16 === 0 ? top : ((top & 0x800fffff) | (exponent << 20)) >>> 0);
    view.setUint32(4, word());
    return view.getFloat64(0);
  });
}

if (argv[1] === fileURLToPath(import.meta.url)) console.log(numericDigest());
