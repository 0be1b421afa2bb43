import type { Rng } from "masque";
import { log, sigmoid } from "masque/numeric";

/** Rounds between two choices of a bias, at the most; windows and sanctions are multiples of it. */
export const BLOCK = 8;
/** Biases a = 0, 1/8 … 4/8 by which an agent may lean towards the paying act. */
export const BIASES = 5;
export const EIGHTHS = 8;
/** Rounds' pay of one eighth of bias kept up for a block: 2a a round. */
export const payOf = (block: number): number => (2 * block) / EIGHTHS;
/** Weight of the past in an agent's record, at every audit. */
export const MEMORY = 0.7;

/** Votes that convict: ⌈quorum · shards⌉, at least 1. */
export const votesToConvict = ({ quorum, shards }: { readonly quorum: number; readonly shards: number }): number =>
  Math.max(1, Math.ceil(quorum * shards));

/** How one shard's log of a window comes about. `tally` and `right` are of the last window recorded. */
export interface Channel {
  /** What the overseer reads: ones among the `held` acts after noise, 0 … held. */
  tally: number;
  /** How many of the acts a thief guesses right who steals the log. */
  right: number;
  /** Records a window of `held` acts, `ones` of them 1. */
  record(ones: number): void;
}

/**
 * Local: every act is flipped with probability 1/(1+e^ε) (Warner 1965), and the thief believes each entry. Central: the
 * count gets noise P(z) ∝ e^{−ε|z|} (Ghosh, Roughgarden and Sundararajan 2009), and the thief, who knows all other
 * acts, names the likelier of the two. Either way his advantage an act is tanh(ε/2).
 */
export function channel(
  { transparency, aggregation }: { readonly transparency: number; readonly aggregation: "local" | "central" },
  held: number,
  rng: Rng,
): Channel {
  const flip = sigmoid(-transparency);
  const odds = flip / (1 - flip);
  const kept = new Float64Array(held + 1).fill(1); // kept[m] = (1 − flip)^m
  for (let m = 1; m <= held; m++) kept[m] = kept[m - 1] * (1 - flip);
  /** How many of m acts are flipped: Bin(m, flip) by inversion. */
  const flips = (m: number) => {
    let left = rng.float();
    let mass = kept[m];
    let k = 0;
    while (left >= mass && k < m) {
      left -= mass;
      mass *= (odds * (m - k)) / (k + 1);
      k++;
    }
    return k;
  };
  /** P(z > 0) = P(z < 0) = flip; sizes are geometric, and endless at ε = 0. */
  const noise = () => {
    const u = rng.float();
    if (u >= 2 * flip) return 0;
    const size = transparency > 0 ? 1 + Math.floor(-log(1 - rng.float()) / transparency) : held;
    return u < flip ? size : -size;
  };
  if (aggregation === "local") {
    return {
      tally: 0,
      right: 0,
      record(ones) {
        const lost = flips(ones);
        const found = flips(held - ones);
        this.tally = ones - lost + found;
        this.right = held - lost - found;
      },
    };
  }
  return {
    tally: 0,
    right: 0,
    record(ones) {
      const z = noise();
      this.tally = Math.min(held, Math.max(0, ones + z));
      this.right = (z >= 0 ? ones : 0) + (z <= 0 ? held - ones : 0);
    },
  };
}

/** How many of `ones` marked items are among `drawn` of `size`, drawn without replacement; by inversion. */
export function hypergeometric(size: number, drawn: number, rng: Rng): (ones: number) => number {
  const rest = size - drawn;
  // P(least possible) given `ones`: none of the ones is drawn, or else all of the others are.
  const least = new Float64Array(size + 1).fill(1);
  for (let m = 1; m <= rest; m++) least[m] = (least[m - 1] * (rest - m + 1)) / (size - m + 1);
  for (let m = 1; m < drawn; m++) least[size - m] = (least[size - m + 1] * (drawn - m + 1)) / (size - m + 1);
  return (ones) => {
    const most = Math.min(ones, drawn);
    let k = Math.max(0, ones - rest);
    let left = rng.float();
    let mass = least[ones];
    while (left >= mass && k < most) {
      left -= mass;
      mass *= ((ones - k) * (drawn - k)) / ((k + 1) * (rest - ones + k + 1));
      k++;
    }
    return k;
  };
}
