import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { canonical, digest, sha256 } from "../../src/data/canonical.ts";

/** Data from a file, of no known shape: that is the point. */
// biome-ignore lint/suspicious/noExplicitAny: tests take files apart that no type describes
export type Loose = any;

export const readEntry = (folder: string): string => readFileSync(join(folder, "entry.json"), "utf8");
export const writeRawEntry = (folder: string, text: string | Uint8Array): void =>
  writeFileSync(join(folder, "entry.json"), text);

/** Changes an entry's data and spells it in the one way; makes its id right again unless told not to. */
export function edit(folder: string, change: (entry: Loose) => void, keepId = false): void {
  const entry = JSON.parse(readEntry(folder)) as Loose;
  change(entry);
  if (!keepId) entry.id = digest(entry.claim);
  writeRawEntry(folder, canonical(entry));
}

/** Changes the text of the raw results; makes the entry name what is then there. */
export function editRaw(folder: string, change: (text: string) => string): void {
  const name = readdirSync(folder).find((file) => file.startsWith("cells-"))!;
  const text = change(brotliDecompressSync(readFileSync(join(folder, name))).toString());
  putRaw(folder, brotliCompressSync(text), Buffer.byteLength(text), sha256(text));
}

/** Puts a packed file under the name that the entry will look for. */
export function putRaw(folder: string, packed: Uint8Array, bytes: number, sha: string): void {
  edit(folder, ({ claim }) => Object.assign(claim.evidence.cells, { bytes, sha256: sha }));
  writeFileSync(join(folder, `cells-${sha.slice(0, 16)}.json.br`), packed);
}

/** A safetensors file with any header, and so many bytes of numbers. */
export function tensors(header: unknown, data = 0, length?: bigint): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

/** Gives a policy other weights, and the description their digest. */
export function putWeights(base: string, weights: Uint8Array, change: (json: Loose) => void = () => {}): void {
  const json = JSON.parse(readFileSync(`${base}.json`, "utf8")) as Loose;
  json.weights = sha256(weights);
  change(json);
  writeFileSync(`${base}.json`, JSON.stringify(json));
  writeFileSync(`${base}.safetensors`, weights);
}
