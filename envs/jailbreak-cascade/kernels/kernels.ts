import type { Rng } from "masque";
import { compileWasm, instantiateWasm, layOut, wasmMemory } from "masque/numeric";
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
/** Hits that kernels draw words for at a time, up to two each. */
const CHUNK = 1024;
/** Links that `Spread` may be given at once: hits are in no order, and a cache should hold what they look at. */
export const BLOCK = 2 ** 15;

/**
 * Where things lie for a graph of some size, in bytes; reports only where control is `local`. The states of generators
 * begin at 0.
 */
export function placesFor(nodes: number, { length: links, BYTES_PER_ELEMENT: bytes }: Links, local: boolean) {
  const layout = layOut();
  layout.reserve(4 * STREAMS);
  return {
    counts: layout.reserve(8),
    states: layout.reserve(nodes),
    words: layout.reserve(8 * CHUNK),
    from: layout.reserve(bytes * links),
    to: layout.reserve(bytes * links),
    degrees: layout.reserve(bytes * nodes),
    struck: layout.reserve(BLOCK / 8),
    reports: layout.reserve(local ? 4 * links : 0),
    size: layout.bytes,
  };
}

const module = compileWasm(wasm);

/** A memory and the kernels that work on it. Graphs take turns: each brings what is its own, and fetches what is new. */
function open(bytes: number) {
  const memory = wasmMemory(bytes);
  const { buffer } = memory;
  const heap = new Uint8Array(buffer);
  const words = new Int32Array(buffer);
  const shorts = new Uint16Array(buffer);
  let [from, to]: (Links | null)[] = [null, null];
  return {
    heap,
    words,
    run: { ...instantiateWasm<Kernels>(module, memory) }, // a copy: properties of exports are slow to look up
    /** Brings what lies from 0 on, and a graph's links, unless they were the last. Layouts differ: never one without the other. */
    bring(own: Uint8Array, at: ReturnType<typeof placesFor>, starts: Links, ends: Links): void {
      heap.set(own);
      if (starts === from && ends === to) return;
      const size = ends.BYTES_PER_ELEMENT;
      const nodes = size === 2 ? shorts : words;
      if (starts !== from) nodes.set(starts, at.from / size);
      nodes.set(ends, at.to / size);
      [from, to] = [starts, ends];
    },
    /** Links were drawn elsewhere: they are brought anew, even if they lie where the last ones lay. */
    forget(): void {
      [from, to] = [null, null];
    },
  };
}

let last = open(0);

/** The workbench that all share, of at least `bytes` bytes. */
export function workbench(bytes: number): ReturnType<typeof open> {
  if (last.heap.length < bytes) last = open(bytes);
  return last;
}

export function bytesOf({ buffer, byteOffset, byteLength }: Links): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Starts generators from `rng`. */
export function seedStreams(words: Int32Array, rng: Rng): void {
  for (let i = 0; i < STREAMS; i++) words[i] = rng.word();
}
