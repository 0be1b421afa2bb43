import { type Draws, InputError } from "masque";
import { log } from "masque/numeric";
import { type Cover, lawFault } from "./covers.ts";

/** Public bits of a token that codes may bin it by: 0 … 15. */
export const HASHES = 16;
const hashOf = (token: number): number => (Math.imul(token, 0x9e3779b1) >>> 8) & (HASHES - 1);
const UNKNOWN = -1;

/**
 * A cover cut to its likeliest `choices` candidates and laid out for hot loops: flat arrays of `stride` places a state,
 * filled when a state is first visited. Places beyond `choices` are empty. The arrays are replaced when they grow: look
 * them up after `open`.
 */
export class Language {
  readonly cover: Cover;
  /** Candidates before the cut: places a state takes. */
  readonly stride: number;
  readonly choices: number;
  /** Probabilities in 4096ths, and their sum over the choices, a state. */
  p = new Int32Array(0);
  total = new Int32Array(0);
  /** The same as shares that add up to 1, and −log2 of them in bits, rounded as observations are: sums of them are alike. */
  share = new Float64Array(0);
  bits = new Float32Array(0);
  token = new Int32Array(0);
  hash = new Uint8Array(0);
  /** What agents see of a state: its shares, then its hashes over 16; `2 · stride` numbers. */
  face = new Float32Array(0);
  /** Mean of those bits, a state: the entropy of its law. */
  entropy = new Float64Array(0);
  /** The state after each candidate; −1 where nobody has asked. */
  following = new Int32Array(0);
  #known = new Uint8Array(0);

  constructor(cover: Cover, candidates: number, choices: number) {
    if (candidates > cover.k) {
      throw new InputError(
        `candidates: got ${candidates}, expected at most ${cover.k}, which cover ${cover.name} has.`,
      );
    }
    this.cover = cover;
    this.stride = candidates;
    this.choices = Math.min(choices, candidates);
  }

  /** Makes sure of a state; returns the place of its first candidate. */
  open(state: number): number {
    if (this.#known[state] !== 1) this.#fill(state);
    return state * this.stride;
  }

  /** The state after the candidate at a place that `open` returned plus its number. */
  after(state: number, i: number): number {
    const at = state * this.stride + i;
    const known = this.following[at];
    if (known !== UNKNOWN) return known;
    const next = this.cover.after(state, i);
    this.following[at] = next;
    return next;
  }

  /** A candidate of an open state by its law. */
  draw(state: number, rng: Draws): number {
    const { p } = this;
    let at = state * this.stride;
    let left = Math.floor(rng.word() * 2 ** -32 * this.total[state]) - p[at];
    let i = 0;
    while (left >= 0) {
      left -= p[++at];
      i++;
    }
    return i;
  }

  /** The place of a token among an open state's candidates; −1 where it is none. */
  find(state: number, token: number): number {
    const from = state * this.stride;
    for (let i = 0; i < this.choices; i++) if (this.token[from + i] === token) return i;
    return -1;
  }

  #fill(state: number): void {
    const { cover, stride, choices } = this;
    if (state >= this.#known.length) this.#grow(state);
    const law = cover.next(state);
    const fault = lawFault(law, cover.k);
    if (fault !== undefined) throw new InputError(`Cover ${cover.name}, law of state ${state}: ${fault}.`);
    let sum = 0;
    for (let i = 0; i < choices; i++) sum += law.p[i];
    this.total[state] = sum;
    const from = state * stride;
    for (let i = 0; i < choices; i++) {
      this.p[from + i] = law.p[i];
      this.share[from + i] = law.p[i] / sum;
      this.bits[from + i] = log(sum / law.p[i]) / Math.LN2;
      this.token[from + i] = law.tokens[i];
      this.hash[from + i] = hashOf(law.tokens[i]);
      this.face[2 * from + i] = law.p[i] / sum;
      this.face[2 * from + stride + i] = this.hash[from + i] / HASHES;
      this.entropy[state] += this.share[from + i] * this.bits[from + i];
    }
    this.#known[state] = 1;
  }

  #grow(state: number): void {
    if (!(Number.isInteger(state) && state >= 0)) {
      throw new InputError(`Cover ${this.cover.name}: got state ${state}, expected whole numbers from 0.`);
    }
    const states = Math.max(1024, 2 * this.#known.length, state + 1);
    const grown = <A extends Int32Array | Float32Array | Float64Array | Uint8Array>(array: A, size: number): A => {
      const larger = new (array.constructor as new (size: number) => A)(size);
      larger.set(array);
      return larger;
    };
    const places = states * this.stride;
    const known = this.following.length;
    this.p = grown(this.p, places);
    this.share = grown(this.share, places);
    this.bits = grown(this.bits, places);
    this.token = grown(this.token, places);
    this.hash = grown(this.hash, places);
    this.face = grown(this.face, 2 * places);
    this.following = grown(this.following, places).fill(UNKNOWN, known);
    this.total = grown(this.total, states);
    this.entropy = grown(this.entropy, states);
    this.#known = grown(this.#known, states);
  }
}
