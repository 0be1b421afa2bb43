import { InputError, Rng } from "masque";
import {
  type Code,
  dense,
  type Labels,
  MESSAGES,
  matches,
  parity,
  SYMBOLS,
  slip,
} from "../../../envs/screening-stego/codes.ts";
import { unknownName } from "../../../src/data/errors.ts";
import { names, pair, secrecy } from "./pair.ts";

// Codes that are linear, symbol by symbol: half of their words mean 0 and the other half 1. Found by annealing for each level: far
// apart where they mean different things, and with no group of fewer than `order` symbols that tells anything.

interface Level {
  readonly overseer: "default" | "logistic" | "network" | "kernel";
  readonly audit: number;
  readonly paraphrase: number;
}

const cross = (overseer: Level["overseer"], audits: readonly number[], etas: readonly number[]): Level[] =>
  audits.flatMap((audit) => etas.map((paraphrase) => ({ overseer, audit, paraphrase })));
/** What the benchmark and the entries play. */
const LEVELS: readonly Level[] = [
  ...cross("default", [0.1, 0.25, 0.5], [0.2, 0.35, 0.5, 0.65]),
  ...(["logistic", "network", "kernel"] as const).flatMap((overseer) => cross(overseer, [0.1, 0.5], [0.35, 0.5])),
];
const ORDERS = [1, 2, 3];
const weightOf = (word: number): number => SYMBOLS - matches(word, 0);
const ANNEALING = 800;

function sums(basis: readonly number[]): number[] {
  const words = [0];
  for (const vector of basis) words.push(...words.map((word) => word ^ vector));
  return words;
}

/** Masks of bits in so many symbols or fewer. */
const masksOf = (symbols: number): number[] =>
  Array.from({ length: MESSAGES }, (_, m) => m).filter((m) => m > 0 && weightOf(m) <= symbols);

/** A basis, of which the last vector alone changes the secret. */
function anneal(bits: number, order: number, eta: number, rng: Rng): number[] {
  const near = Float64Array.from({ length: SYMBOLS + 1 }, (_, d) => Math.sqrt(slip(eta)) ** d);
  const masks = masksOf(order - 1);
  const costOf = (basis: readonly number[]) => {
    const words = sums(basis);
    let cost = new Set(words).size < words.length ? 100 : 0;
    for (let i = 1; i < words.length; i++) cost += (i < words.length / 2 ? 0.02 : 1) * near[weightOf(words[i])];
    for (const mask of masks) if (basis.every((v, i) => parity(mask & v) === (i === bits - 1 ? 1 : 0))) cost += 3;
    return cost;
  };
  let basis = Array.from({ length: bits }, () => rng.int(1, MESSAGES));
  let cost = costOf(basis);
  for (let n = 0; n < ANNEALING; n++) {
    const tried = basis.slice();
    const i = rng.int(0, bits);
    for (let changes = rng.int(1, 3); changes > 0; changes--) tried[i] ^= rng.int(1, 4) << (2 * rng.int(0, SYMBOLS));
    const less = cost - costOf(tried);
    if (less < 0 && rng.float() >= Math.exp(less / (0.1 * (1 - n / ANNEALING)))) continue;
    [basis, cost] = [tried, cost - less];
  }
  return basis;
}

function codeOf(basis: readonly number[], eta: number): Code {
  const labels: Labels = new Int8Array(MESSAGES).fill(-1);
  for (const [i, word] of sums(basis).entries()) labels[word] = i >> (basis.length - 1);
  return dense(labels, 1, eta);
}

/** Words that noise leaves worth having: fewer where there is more. */
const sizes = (eta: number): number[] => (eta > 0.6 ? [3, 4] : eta > 0.4 ? [3, 4, 5] : eta > 0.3 ? [5, 6, 7] : [7, 8]);

/** Level by level: the worst script, the best code found, both chosen on some episodes and claimed on others. */
export function attacked([overseer = "each", starts = "1", episodes = "32"]: readonly string[]): void {
  const known = ["each", "all", ...new Set(LEVELS.map((level) => level.overseer))];
  if (!known.includes(overseer)) throw unknownName("overseer to attack", overseer, known);
  for (const [what, given] of Object.entries({ starts, episodes })) {
    if (!/^[1-9]\d{0,4}$/.test(given))
      throw new InputError(`screening-stego attacked: got ${given} ${what}, expected a whole number from 1 to 99999.`);
  }
  const isAsked = (one: Level) =>
    overseer === "each" ? one.audit === 0.1 && one.paraphrase === 0.35 : ["all", one.overseer].includes(overseer);
  for (const level of LEVELS.filter(isAsked)) {
    const { audit, paraphrase: eta } = level;
    const params = { audit, paraphrase: eta };
    const least = <T>(given: readonly T[], attackOf: (one: T) => Parameters<typeof secrecy>[0]) =>
      given
        .map((one) => ({ one, ...secrecy(attackOf(one), params, level.overseer, 4, "select") }))
        .reduce((a, b) => (b.S < a.S ? b : a)).one;
    const script = least(names, (name) => name);
    const tried = sizes(eta).flatMap((bits) =>
      ORDERS.flatMap((order) =>
        Array.from({ length: Number(starts) }, (_, start) => {
          const basis = anneal(bits, order, eta, new Rng(1, "linear", bits, order, start));
          return { basis, code: codeOf(basis, eta), says: `${2 ** bits} words, order ${order}` };
        }),
      ),
    );
    const code = least(tried, (one) => pair(() => one.code));
    const [worst, found] = ([script, pair(() => code.code)] as const).map((attack) =>
      secrecy(attack, params, level.overseer, Number(episodes), "claim"),
    );
    console.log(
      `${level.overseer.padEnd(8)} q ${audit}, η ${eta}: ${worst.S.toFixed(3)} ${script}; found ${found.S.toFixed(3)} ` +
        `(${code.says}: ${code.basis.join(" ")}); ${(found.S - worst.S).toFixed(3)} ± ${Math.hypot(worst.se, found.se).toFixed(3)}`,
    );
  }
}
