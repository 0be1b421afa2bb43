import type { Rng } from "../../src/rng.ts";
import { compileWasm, instantiateWasm, layOut, wasmMemory } from "../../src/wasm.ts";
import { wasm } from "./kernels.wasm.ts";

type Links = Uint16Array | Int32Array;
type Attach = (streams: number, from: number, to: number, degrees: number, nodes: number, m: number) => void;
type Edges = (states: number, from: number, to: number, links: number, counts: number) => void;
type Spread = (
  streams: number,
  words: number,
  states: number,
  from: number,
  to: number,
  links: number,
  hits: number,
  stays0: number,
  stays1: number,
  special: number,
  known: number,
  struck: number,
  reports: number,
) => number;

/** What kernels.as.ts exports; pointers are byte offsets, probabilities are given times 2³². */
interface Kernels {
  attach16: Attach;
  attach32: Attach;
  edges16: Edges;
  edges32: Edges;
  central16: Spread;
  central32: Spread;
  local16: Spread;
  local32: Spread;
  recover(streams: number, words: number, states: number, nodes: number, heals: number, counts: number): void;
}

/** Words that the states of five generators take. */
export const STREAMS = 20;
/** Random words that kernels draw at a time. */
const CHUNK = 2048;

/** Where things lie for a graph of some size, in bytes. The states of generators begin at 0, in every layout. */
export function placesFor(nodes: number, { length: links, BYTES_PER_ELEMENT: bytes }: Links) {
  const layout = layOut();
  layout.reserve(4 * STREAMS);
  return {
    counts: layout.reserve(8),
    states: layout.reserve(nodes),
    words: layout.reserve(4 * CHUNK),
    from: layout.reserve(bytes * links),
    to: layout.reserve(bytes * links),
    degrees: layout.reserve(bytes * nodes),
    struck: layout.reserve(links / 8),
    reports: layout.reserve(4 * links),
    size: layout.bytes,
  };
}

const module = compileWasm(wasm);

/** A memory and the kernels that work on it. Graphs take turns: each brings what is its own, and fetches what is new. */
function open(bytes: number) {
  const memory = wasmMemory(bytes);
  const { buffer } = memory;
  const words = new Int32Array(buffer);
  const shorts = new Uint16Array(buffer);
  let [from, to]: (Links | null)[] = [null, null];
  return {
    bytes: new Uint8Array(buffer),
    words,
    run: { ...instantiateWasm<Kernels>(module, memory) }, // a copy: properties of exports are slow to look up
    /** Brings a graph's links, unless they were the last. */
    bring(at: ReturnType<typeof placesFor>, starts: Links, ends: Links): void {
      if (starts === from && ends === to) return;
      const size = ends.BYTES_PER_ELEMENT;
      const heap = size === 2 ? shorts : words;
      if (starts !== from) heap.set(starts, at.from / size);
      heap.set(ends, at.to / size);
      [from, to] = [starts, ends];
    },
  };
}

let last = open(0);

/** The workbench that all share, of at least `bytes` bytes. */
export function workbench(bytes: number): ReturnType<typeof open> {
  if (last.bytes.length < bytes) last = open(bytes);
  return last;
}

export function bytesOf({ buffer, byteOffset, byteLength }: Links): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Starts `count` words of generators' states from `rng`. */
export function seedStreams(words: Int32Array, begin: number, rng: Rng): void {
  for (let i = begin; i < STREAMS; i++) words[i] = rng.word();
}
