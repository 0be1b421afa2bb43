import type { Rng } from "masque";

/**
 * Degrees of a real network, and how many have them: 6418 friendships on Facebook among 800 students of the Copenhagen
 * Networks Study (Sapiezynski, Stopczynski, Lassen and Lehmann 2019, Scientific Data 6:315, doi:10.1038/s41597-019-0325-x;
 * data under the MIT licence, doi:10.6084/m9.figshare.7267433). Mean 16.0; the mean degree at a link's end is 27.2.
 */
// biome-ignore format: pairs, by degree
const FRIENDS = [
  [101, 1], [86, 1], [78, 1], [74, 1], [73, 1], [72, 2], [71, 1], [66, 1], [65, 3], [64, 1], [63, 1], [62, 3], [61, 1],
  [60, 2], [59, 1], [57, 1], [56, 1], [53, 2], [51, 3], [50, 1], [49, 2], [48, 2], [45, 2], [44, 2], [42, 2], [41, 2],
  [40, 2], [39, 6], [38, 1], [37, 2], [35, 4], [34, 6], [33, 9], [32, 10], [31, 7], [30, 11], [29, 5], [28, 3], [27, 6],
  [26, 12], [25, 16], [24, 12], [23, 15], [22, 13], [21, 19], [20, 14], [19, 28], [18, 27], [17, 15], [16, 32], [15, 31],
  [14, 28], [13, 37], [12, 28], [11, 35], [10, 37], [9, 37], [8, 45], [7, 39], [6, 32], [5, 32], [4, 27], [3, 27], [2, 30],
  [1, 19],
] as const;

const measured = FRIENDS.flatMap(([degree, count]) => new Array<number>(count).fill(degree));

/** Degrees of so many nodes, highest first: the measured ones for 800, their quantiles else, less than the number of nodes. */
export function friendDegrees(nodes: number): number[] {
  const degrees = Array.from({ length: nodes }, (_, u) => {
    const degree = measured[Math.floor(((u + 0.5) * measured.length) / nodes)];
    return Math.min(degree, nodes - 1);
  });
  // An odd number of ends cannot be paired.
  if (degrees.reduce((sum, degree) => sum + degree, 0) % 2 === 1) degrees[nodes - 1]++;
  return degrees;
}

/** Tries for one link before it stays as it is: few nodes may have no simple graph of such degrees. */
const TRIES = 100;

/**
 * Draws a graph of these degrees: ends are paired at random (the configuration model, Molloy and Reed 1995), and links to
 * oneself or drawn twice exchange an end with a random other link.
 */
export function pairEnds(degrees: readonly number[], from: Uint16Array | Int32Array, to: typeof from, rng: Rng): void {
  const links = to.length;
  const nodes = degrees.length;
  let count = 0;
  const put = (place: number, u: number) => {
    if (place < links) from[place] = u;
    else to[place - links] = u;
  };
  const get = (place: number) => (place < links ? from[place] : to[place - links]);
  for (let u = 0; u < nodes; u++) for (let k = 0; k < degrees[u]; k++) put(count++, u);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(rng.float32() * (i + 1));
    const kept = get(i);
    put(i, get(j));
    put(j, kept);
  }
  const key = (u: number, w: number) => (u < w ? u * nodes + w : w * nodes + u);
  const known = new Map<number, number>();
  const add = (i: number, by: number) => {
    const name = key(from[i], to[i]);
    known.set(name, (known.get(name) ?? 0) + by);
  };
  for (let i = 0; i < links; i++) add(i, 1);
  for (let i = 0; i < links; i++) {
    for (let tries = 0; tries < TRIES; tries++) {
      if (from[i] !== to[i] && known.get(key(from[i], to[i])) === 1) break;
      const j = Math.floor(rng.float32() * links);
      const [a, b, c, d] = [from[i], to[i], from[j], to[j]];
      if (i === j || a === d || c === b || known.get(key(a, d)) || known.get(key(c, b))) continue;
      add(i, -1);
      add(j, -1);
      to[i] = d;
      to[j] = b;
      add(i, 1);
      add(j, 1);
    }
  }
}
