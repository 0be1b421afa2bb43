import { Rng } from "./rng.ts";

/** What policies may do with a stream: draw from it. Its name, its seed and its forks are not theirs to know. */
export type Draws = Pick<
  Rng,
  "word" | "float32" | "float" | "int" | "bernoulli" | "normal" | "categorical" | "shuffle"
>;

/**
 * A stream to draw from and nothing else. Streams of policies and of the world have one root: whoever knew a stream's key
 * could work out the world's, and with it all that is to come.
 */
export class DrawOnly implements Draws {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }
  word(): number {
    return this.#rng.word();
  }
  float32(): number {
    return this.#rng.float32();
  }
  float(): number {
    return this.#rng.float();
  }
  int(low: number, high: number): number {
    return this.#rng.int(low, high);
  }
  bernoulli(p: number): boolean {
    return this.#rng.bernoulli(p);
  }
  normal(): number {
    return this.#rng.normal();
  }
  categorical(weights: ArrayLike<number>): number {
    return this.#rng.categorical(weights);
  }
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    return this.#rng.shuffle(items);
  }
}

/**
 * Streams for code that is not Masque's. A stream's state is a permutation of its key, and 128 of its words give the state away:
 * so strangers draw, in every step, from a stream whose seed is 53 bits of a hash of 128 drawn ones. What they know leads
 * nowhere.
 */
export class Sealed {
  readonly draws: Draws;
  #under: Draws | undefined;
  #own = new Rng(0);

  constructor() {
    const own = () => {
      if (this.#under) {
        const under = this.#under;
        this.#under = undefined;
        const words = [under.word(), under.word(), under.word(), under.word()];
        this.#own = new Rng(Math.floor(new Rng(0, ...words).float() * 2 ** 53));
      }
      return this.#own;
    };
    this.draws = {
      word: () => own().word(),
      float32: () => own().float32(),
      float: () => own().float(),
      int: (low, high) => own().int(low, high),
      bernoulli: (p) => own().bernoulli(p),
      normal: () => own().normal(),
      categorical: (weights) => own().categorical(weights),
      shuffle: (items) => own().shuffle(items),
    };
  }

  /** Another step begins; `under` is drawn from only where the step draws at all. */
  renew(under: Draws): void {
    this.#under = under;
  }
}
