// The loops over nodes and links; compiled to kernels.wasm.ts by `npm run build:kernels`. N is the type of a node's number.
import { fill, next } from "./random.as";

// What a node's byte says in its two lowest bits, of which 0 is healthy.
const BITS: i32 = 3;
const INFECTED: i32 = 1;
const QUARANTINED: i32 = 2;
const FRESH: i32 = 3; // caught it in this step: neither healthy nor able to pass it on
const HUB: i32 = 4; // a bit of its own

const CHUNK: i32 = 1024;

// @ts-ignore: decorator
@inline
function node<N>(at: usize, i: usize): usize {
  return <usize>load<N>(at + i * sizeof<N>());
}

/**
 * `hits` times a link is hit, any of `links` with equal chances, or each once if `hits` is -1. A hit on a link with an
 * infected and a healthy end counts with probability stays1 / 2^32 where one of its ends has the bit `special`, else
 * stays0 / 2^32; then it infects the healthy end. Where control is `local` it is the healthy end's bit that is looked at,
 * and a node knows the message with probability known / 2^32: then it is not infected, and its number goes to `reports`.
 * There, of the hits on one link only the first that counts may do anything, which `struck`, a bit a link,
 * remembers; elsewhere a second one changes nothing. Returns how many reports there are.
 */
// @ts-ignore: decorator
@inline
function spread<N>(
  local: bool, streams: usize, words: usize, states: usize, from: usize, to: usize, links: i32, hits: i32,
  stays0: f64, stays1: f64, special: i32, known: f64, struck: usize, reports: usize,
): i32 {
  const odds0 = <u64>stays0;
  const odds1 = <u64>stays1;
  const knows = <u64>known;
  const every = hits < 0;
  const tries = every ? links : hits;
  const split = min(odds0, odds1) < <u64>1 << 32;
  let reported = 0;
  if (local) memory.fill(struck, 0, (links + 7) >> 3);
  for (let done = 0; done < tries; done += CHUNK) {
    const now = min(CHUNK, tries - done);
    const room = (now + 3) & ~3;
    fill(streams, words, split ? 2 * room : room);
    const seconds = <usize>room << 2;
    for (let i = 0, at = words; i < now; i++, at += 4) {
      const link = every ? <usize>(done + i) : <usize>((<u64>load<u32>(at) * <u64>links) >> 32);
      const u = node<N>(from, link);
      const w = node<N>(to, link);
      const su = <i32>load<u8>(states + u);
      const sw = <i32>load<u8>(states + w);
      let live = (su ^ sw) & ~((su | sw) >> 1) & 1; // no branch: it would be guessed wrong
      const healthy = su & 1 ? w : u;
      const state = su & 1 ? sw : su;
      if (split) {
        const odds = (local ? state : su | sw) & special ? odds1 : odds0;
        live &= <i32>(<u64>load<u32>(at + seconds) < odds);
      }
      if (local) {
        if (!live) continue;
        const mark = struck + (link >> 3);
        const bit = 1 << (<i32>link & 7);
        const marked = <i32>load<u8>(mark);
        if (marked & bit) continue;
        store<u8>(mark, marked | bit);
        if (<u64>next(streams) < knows) {
          store<u32>(reports + (<usize>reported << 2), <u32>healthy);
          reported++;
          continue;
        }
      }
      store<u8>(states + healthy, state | (-live & FRESH));
    }
  }
  return reported;
}

// Functions of their own, for one that holds two loops is a tenth slower.
export function central16(
  streams: usize, words: usize, states: usize, from: usize, to: usize, links: i32, hits: i32,
  stays0: f64, stays1: f64, special: i32, known: f64, struck: usize, reports: usize,
): i32 {
  return spread<u16>(false, streams, words, states, from, to, links, hits, stays0, stays1, special, known, struck, reports);
}

export function central32(
  streams: usize, words: usize, states: usize, from: usize, to: usize, links: i32, hits: i32,
  stays0: f64, stays1: f64, special: i32, known: f64, struck: usize, reports: usize,
): i32 {
  return spread<u32>(false, streams, words, states, from, to, links, hits, stays0, stays1, special, known, struck, reports);
}

export function local16(
  streams: usize, words: usize, states: usize, from: usize, to: usize, links: i32, hits: i32,
  stays0: f64, stays1: f64, special: i32, known: f64, struck: usize, reports: usize,
): i32 {
  return spread<u16>(true, streams, words, states, from, to, links, hits, stays0, stays1, special, known, struck, reports);
}

export function local32(
  streams: usize, words: usize, states: usize, from: usize, to: usize, links: i32, hits: i32,
  stays0: f64, stays1: f64, special: i32, known: f64, struck: usize, reports: usize,
): i32 {
  return spread<u32>(true, streams, words, states, from, to, links, hits, stays0, stays1, special, known, struck, reports);
}

/**
 * Of `nodes` nodes, whose states stand in a multiple of 16 bytes, those INFECTED recover with probability heals / 2³²,
 * those FRESH are INFECTED. A random byte decides for a node, and another word where that byte leaves it open. Writes to
 * `counts` how many are infected then, and how many of them are hubs.
 */
export function recover(streams: usize, words: usize, states: usize, nodes: i32, heals: f64, counts: usize): void {
  const odds = <u64>heals;
  const sure = odds >> 32 ? i8x16.splat(-1) : i8x16.splat(0);
  const high = i8x16.splat(<i8>(odds >> 24));
  const low = <u32>(odds & 0xffffff);
  let infected = 0;
  let hubs = 0;
  for (let done = 0; done < nodes; done += 4 * CHUNK) {
    const now = min(4 * CHUNK, (nodes - done + 15) & ~15);
    fill(streams, words, now >> 2);
    for (let i = 0; i < now; i += 16) {
      const at = states + done + i;
      const all = v128.load(at);
      const state = v128.and(all, i8x16.splat(<i8>BITS));
      const sick = i8x16.eq(state, i8x16.splat(<i8>INFECTED));
      const random = v128.load(words + i);
      let heal = v128.or(i8x16.lt_u(random, high), sure);
      const open = v128.andnot(v128.and(i8x16.eq(random, high), sick), sure);
      if (v128.any_true(open)) {
        for (let lanes = i8x16.bitmask(open); lanes; lanes &= lanes - 1) {
          if (next(streams) >> 8 < low) heal = v128.or(heal, lane(ctz(lanes)));
        }
      }
      const fresh = i8x16.eq(state, i8x16.splat(<i8>FRESH));
      const after = v128.or(v128.andnot(sick, heal), fresh);
      const before = v128.andnot(all, v128.and(v128.or(sick, fresh), i8x16.splat(<i8>BITS)));
      v128.store(at, v128.or(before, v128.and(after, i8x16.splat(<i8>INFECTED))));
      infected += popcnt(i8x16.bitmask(after));
      hubs += popcnt(i8x16.bitmask(v128.and(after, i8x16.ne(v128.and(all, i8x16.splat(<i8>HUB)), i8x16.splat(0)))));
    }
  }
  store<i32>(counts, infected);
  store<i32>(counts, hubs, 4);
}

/** All bits of lane i, no others. */
// @ts-ignore: decorator
@inline
function lane(i: i32): v128 {
  const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return i8x16.eq(lanes, i8x16.splat(<i8>i));
}

/**
 * Barabasi and Albert (1999), doi:10.1126/science.286.5439.509, from a star of m+1 nodes: every new node links to m
 * different ones with probability proportional to degree, that is, to ends of links drawn uniformly. Where links begin is
 * known; writes where they end, and degrees.
 */
// @ts-ignore: decorator
@inline
function attach<N>(streams: usize, from: usize, to: usize, degrees: usize, nodes: i32, m: i32): void {
  for (let u = 0; u < nodes; u++) store<N>(degrees + <usize>u * sizeof<N>(), <N>m);
  for (let leaf = 1; leaf <= m; leaf++) {
    store<N>(degrees + <usize>leaf * sizeof<N>(), <N>1);
    store<N>(to + <usize>(leaf - 1) * sizeof<N>(), <N>leaf);
  }
  let at = <usize>m;
  for (let u = m + 1; u < nodes; u++) {
    const links = at;
    for (const full = at + m; at < full; ) {
      const end = <usize>((<u64>next(streams) * <u64>(2 * links)) >> 32);
      const other = node<N>(end & 1 ? to : from, end >> 1);
      let known = false;
      for (let i = links; i < at; i++) known = known || node<N>(to, i) === other;
      if (known) continue;
      store<N>(degrees + other * sizeof<N>(), <N>(node<N>(degrees, other) + 1));
      store<N>(to + at * sizeof<N>(), <N>other);
      at++;
    }
  }
}

export function attach16(streams: usize, from: usize, to: usize, degrees: usize, nodes: i32, m: i32): void {
  attach<u16>(streams, from, to, degrees, nodes, m);
}

export function attach32(streams: usize, from: usize, to: usize, degrees: usize, nodes: i32, m: i32): void {
  attach<u32>(streams, from, to, degrees, nodes, m);
}

/** Writes to `counts` how many links have no end that is quarantined, and how many of these have a hub at an end. */
// @ts-ignore: decorator
@inline
function edges<N>(states: usize, from: usize, to: usize, links: i32, counts: usize): void {
  let open = 0;
  let hubs = 0;
  for (let i = 0; i < links; i++) {
    const u = <i32>load<u8>(states + node<N>(from, i));
    const w = <i32>load<u8>(states + node<N>(to, i));
    const isOpen = <i32>((u & BITS) !== QUARANTINED) & <i32>((w & BITS) !== QUARANTINED);
    open += isOpen;
    hubs += isOpen & <i32>(((u | w) & HUB) !== 0);
  }
  store<i32>(counts, open);
  store<i32>(counts, hubs, 4);
}

export function edges16(states: usize, from: usize, to: usize, links: i32, counts: usize): void {
  edges<u16>(states, from, to, links, counts);
}

export function edges32(states: usize, from: usize, to: usize, links: i32, counts: usize): void {
  edges<u32>(states, from, to, links, counts);
}
