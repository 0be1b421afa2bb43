import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inflateSync } from "node:zlib";

// Builds envs/plain-talk/austen-data.ts, an automaton of 8192 states with 16 words each, from six novels of Jane Austen:
//
//   apt-get download r-cran-janeaustenr && dpkg-deb -x r-cran-janeaustenr_*.deb janeaustenr
//   npx tsx scripts/austen.ts janeaustenr/usr/lib/R/site-library/janeaustenr/data/Rdata.rdb
//
// The texts are in the public domain; the package (Julia Silge) is under the MIT licence, see envs/plain-talk/AUSTEN.md.

const SOURCE = "8fb5198960d0da724b1562f96e4221e5c1b41ff455000280b02c55980c3d8f21"; // of Rdata.rdb, version 1.0.0-1
const RAW = "8bd0d4946be6b31d"; // of the tokens and the probabilities, 16 bits each: how the digest of what is built begins
const WORDS = 2048;
const PAIRS = 6144;
const CANDIDATES = 16;
const WHOLE = 4096;
const STARTS = 64;
/** Absolute discounting (Ney, Essen and Kneser 1994): what every count gives to the shorter context. */
const DISCOUNT = 0.75;

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The lines of every book: a database of R is zlib streams behind their lengths, each a vector of strings in XDR. */
function books(file: Uint8Array): string[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const texts: string[] = [];
  for (let at = 0; at < file.length; ) {
    // Four bytes of length once inflated; how long the stream is, zlib itself finds out.
    const { buffer, engine } = inflateSync(file.subarray(at + 4), { info: true }) as unknown as Inflated;
    if (buffer.length !== view.getUint32(at)) throw new Error(`The stream at ${at} is not as long as it says.`);
    texts.push(strings(buffer).join("\n"));
    at += 4 + engine.bytesWritten;
  }
  return texts;
}
interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

function strings(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const STRINGS = 16;
  const ascii = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString("latin1");
  if (ascii(0, 2) !== "X\n" || view.getUint32(2) !== 3) throw new Error("Expected R's XDR, version 3.");
  let at = 18 + view.getUint32(14); // format, three versions, and the name of the encoding
  if ((view.getUint32(at) & 255) !== STRINGS) throw new Error("Expected a vector of strings.");
  const count = view.getUint32(at + 4);
  at += 8;
  return Array.from({ length: count }, () => {
    const length = view.getUint32(at + 4);
    at += 8 + length;
    return Buffer.from(bytes.subarray(at - length, at)).toString("utf8");
  });
}

/** Words and marks, without headings. */
function tokens(text: string): string[] {
  const plain = text
    .toLowerCase()
    .replaceAll("_", "")
    .replaceAll("--", " , ")
    .replace(/chapter [ivxl0-9]+|volume [ivxl]+/g, "");
  return plain.match(/[a-z]+(?:'[a-z]+)?|[.,;?!]/g) ?? [];
}

function counted<T>(items: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
/** The most frequent, ties in order of appearance. */
const most = <T>(counts: Map<T, number>, n: number): T[] =>
  [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, n)
    .map(([item]) => item);

const add = (table: Map<number, Map<number, number>>, context: number, word: number) => {
  let counts = table.get(context);
  if (!counts) {
    counts = new Map();
    table.set(context, counts);
  }
  counts.set(word, (counts.get(word) ?? 0) + 1);
};
const total = (counts: Map<number, number>) => [...counts.values()].reduce((a, b) => a + b, 0);

/** P(word | context) by absolute discounting, `shorter` being the law without the context's first word. */
function discounted(counts: Map<number, number>, shorter: (word: number) => number): Float64Array {
  const n = total(counts);
  const left = (DISCOUNT * counts.size) / n;
  const law = Float64Array.from({ length: WORDS }, (_, word) => left * shorter(word));
  for (const [word, count] of counts) law[word] += Math.max(count - DISCOUNT, 0) / n;
  return law;
}

/** The 16 likeliest words and their probabilities in 4096ths, what rounding leaves given to the first. */
function cut(law: Float64Array): { words: number[]; p: number[] } {
  const words = [...law.keys()].sort((a, b) => law[b] - law[a] || a - b).slice(0, CANDIDATES);
  const sum = words.reduce((s, word) => s + law[word], 0);
  const p = words.map((word) => Math.max(1, Math.floor((law[word] / sum) * WHOLE)));
  p[0] += WHOLE - p.reduce((a, b) => a + b, 0);
  return { words, p };
}

function build(said: readonly string[]) {
  const train = said.slice(0, Math.floor(said.length * 0.95));
  const words = most(counted(train), WORDS);
  const idOf = new Map(words.map((word, id) => [word, id]));
  const ids = train.map((word) => idOf.get(word) ?? -1);
  const alone = counted(ids.filter((id) => id >= 0));
  const all = total(alone);
  const after = new Map<number, Map<number, number>>();
  const afterPair = new Map<number, Map<number, number>>();
  const pairsSeen: number[] = [];
  for (let i = 0; i + 1 < ids.length; i++) {
    const [a, b, c] = [ids[i], ids[i + 1], ids[i + 2] ?? -1];
    if (a < 0 || b < 0) continue;
    add(after, a, b);
    pairsSeen.push(a * WORDS + b);
    if (c >= 0) add(afterPair, a * WORDS + b, c);
  }
  const pairs = most(new Map([...afterPair].map(([pair, counts]) => [pair, total(counts)])), PAIRS);
  const single = words.map((_, word) =>
    discounted(after.get(word) ?? new Map([[0, 1]]), (next) => (alone.get(next) ?? 0) / all),
  );
  const laws = [
    ...single,
    ...pairs.map((pair) => discounted(afterPair.get(pair)!, (next) => single[pair % WORDS][next])),
  ];
  const stateOf = new Map(pairs.map((pair, i) => [pair, WORDS + i]));
  const starts = most(counted(pairsSeen.filter((pair) => stateOf.has(pair)).map((pair) => stateOf.get(pair)!)), STARTS);
  return { words, pairs, starts, states: laws.map(cut) };
}

/** Numbers of so many bits each, the highest bit first. */
class Bits {
  readonly bytes: number[] = [];
  #used = 8;
  put(value: number, bits: number): void {
    for (let bit = bits - 1; bit >= 0; bit--) {
      if (this.#used === 8) {
        this.bytes.push(0);
        this.#used = 0;
      }
      this.bytes[this.bytes.length - 1] |= ((value >>> bit) & 1) << (7 - this.#used++);
    }
  }
  /** An exponential Golomb code: small numbers are short, those below 2^order of order + 1 bits. */
  golomb(value: number, order: number): void {
    const high = (value >>> order) + 1;
    const length = 32 - Math.clz32(high);
    this.put(0, length - 1);
    this.put(high, length);
    this.put(value & ((1 << order) - 1), order);
  }
}

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("Expected the path of Rdata.rdb: see the head of scripts/austen.ts.");
const source = readFileSync(path);
if (sha256(source) !== SOURCE) throw new Error(`${path}: sha256 ${sha256(source)}, expected ${SOURCE}.`);
const { words, pairs, starts, states } = build(tokens(books(source).join("\n")));

const raw = new Uint16Array(2 * states.length * CANDIDATES);
raw.set(states.flatMap((state) => state.words));
raw.set(
  states.flatMap((state) => state.p),
  states.length * CANDIDATES,
);
const digest = sha256(new Uint8Array(raw.buffer));
console.log(`${states.length} states, sha256 of tokens and probabilities ${digest}`);

const bits = new Bits();
for (const pair of pairs) bits.put(pair, 22);
for (const start of starts) bits.put(start, 13);
for (const state of states) {
  for (const word of state.words) bits.golomb(word, 4);
  // Probabilities fall: the last, then by how much each is above the next; the first is what is left.
  for (let i = CANDIDATES - 1; i > 0; i--) bits.golomb(state.p[i] - (state.p[i + 1] ?? 1), 3);
}
const out = fileURLToPath(new URL("../envs/plain-talk/austen-data.ts", import.meta.url));
writeFileSync(
  out,
  [
    "// Made by scripts/austen.ts from Jane Austen's novels, which are in the public domain: see AUSTEN.md.",
    `export const AUSTEN_WORDS: string =\n  "${words.join(" ")}";`,
    `export const AUSTEN_BITS: string =\n  "${Buffer.from(bits.bytes).toString("base64")}";`,
    "",
  ].join("\n"),
);
console.log(`${bits.bytes.length} bytes`);
if (!digest.startsWith(RAW)) throw new Error(`Expected a digest that begins with ${RAW}.`);
