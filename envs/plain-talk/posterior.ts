const MANTISSA = 53n;
const UNIT = 2 ** 53;
const HIGHEST = UNIT - 1;

/**
 * What is known of a point of [0, 1) after some tokens, a density that is constant on pieces. Every token is in a bin of the
 * point: bins cut what is known into shares of the law that tokens follow (Horstein 1963; Shayevitz and Feder 2011,
 * arXiv:0909.4828). So a uniform point talks exactly by that law. Noiseless, this is arithmetic coding. Two cuts a token: the
 * density of a whole secret is exact, and short.
 */
export class Posterior {
  /** Bits of a point. */
  readonly depth: number;
  /** Where pieces begin, in units of 2^−depth, and the end of the last. */
  readonly bounds: bigint[];
  /** Probability of each piece. */
  readonly mass: number[] = [1];

  constructor(depth: number) {
    this.depth = depth;
    this.bounds = [0n, 1n << BigInt(depth)];
  }

  /** Share of what is known that lies below a point. */
  below(point: bigint): number {
    const { bounds, mass } = this;
    let sum = 0;
    let i = 0;
    while (i < mass.length - 1 && point >= bounds[i + 1]) sum += mass[i++];
    const inside = Number(((point - bounds[i]) << MANTISSA) / (bounds[i + 1] - bounds[i]));
    return sum + (mass[i] * inside) / UNIT;
  }

  /** The bin of a point where bins have these shares. */
  bin(point: bigint, shares: ArrayLike<number>): number {
    let left = this.below(point);
    let last = 0;
    for (let i = 0; i < shares.length; i++) {
      if (shares[i] === 0) continue;
      last = i;
      left -= shares[i];
      if (left < 0) return i;
    }
    return last;
  }

  /** Learns of a token: how much likelier it is where the point is in its bin than where it is in another. */
  see(shares: ArrayLike<number>, token: number, inside: number, outside: number): void {
    if (shares[token] === 0 && outside === 0) return; // cannot be: nothing is learned from it
    let low = 0;
    let isLast = true;
    for (let i = 0; i < token; i++) low += shares[i];
    for (let i = token + 1; i < shares.length; i++) if (shares[i] > 0) isLast = false;
    const from = this.#cut(low);
    const to = isLast ? this.mass.length : this.#cut(low + shares[token]);
    let sum = 0;
    for (let i = 0; i < this.mass.length; i++) {
      this.mass[i] *= i >= from && i < to ? inside : outside;
      sum += this.mass[i];
    }
    if (!(sum > 0)) {
      this.mass.fill(1 / this.mass.length);
      return;
    }
    for (let i = 0; i < this.mass.length; i++) this.mass[i] /= sum;
    this.#merge();
  }

  /** Makes a bound where that share of what is known lies below; returns the piece that begins there. */
  #cut(share: number): number {
    const { bounds, mass } = this;
    let left = share;
    let i = 0;
    while (i < mass.length - 1 && left >= mass[i]) left -= mass[i++];
    if (left <= 0) return i;
    const part = Math.min(1, left / mass[i]);
    const width = bounds[i + 1] - bounds[i];
    const at = bounds[i] + ((width * BigInt(Math.min(HIGHEST, Math.floor(part * UNIT)))) >> MANTISSA);
    if (at === bounds[i]) return i;
    bounds.splice(i + 1, 0, at);
    mass.splice(i, 1, mass[i] * part, mass[i] * (1 - part));
    return i + 1;
  }

  /** Pieces that cannot be, side by side, are one. */
  #merge(): void {
    for (let i = this.mass.length - 1; i > 0; i--) {
      if (this.mass[i] > 0 || this.mass[i - 1] > 0) continue;
      this.mass.splice(i, 1);
      this.bounds.splice(i, 1);
    }
  }

  /**
   * Adds to `out`, of 2^bits places, how likely the point's bits from `offset` on are each number. Of pieces so wide that all are
   * about as likely nothing is added.
   */
  tally(offset: number, bits: number, out: Float64Array): void {
    const shift = BigInt(this.depth - offset - bits);
    const most = 2n << BigInt(bits);
    for (let i = 0; i < this.mass.length; i++) if (this.mass[i] > 1e-9) tallyPiece(this, i, shift, most, out);
  }
}

function tallyPiece({ bounds, mass }: Posterior, i: number, shift: bigint, most: bigint, out: Float64Array): void {
  const first = bounds[i] >> shift;
  const last = (bounds[i + 1] - 1n) >> shift;
  if (last - first > most) return;
  const low = Number(first & BigInt(out.length - 1));
  if (first === last) {
    out[low] += mass[i];
    return;
  }
  const count = Number(last - first) + 1;
  const width = bounds[i + 1] - bounds[i];
  const share = (part: bigint) => (mass[i] * Number((part << MANTISSA) / width)) / UNIT;
  const whole = share(1n << shift);
  out[low] += share(((first + 1n) << shift) - bounds[i]);
  for (let c = 1; c < count - 1; c++) out[(low + c) & (out.length - 1)] += whole;
  out[(low + count - 1) & (out.length - 1)] += share(bounds[i + 1] - (last << shift));
}
