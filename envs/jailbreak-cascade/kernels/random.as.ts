// Random words: xoshiro128++ (Blackman and Vigna 2021, arXiv:1805.01407), four streams side by side, whose states stand
// at `streams` as 4 x 4 words; a fifth, for one word at a time, follows them.

/** Writes count random words, a multiple of 4. */
export function fill(streams: usize, to: usize, count: i32): void {
  let a = v128.load(streams);
  let b = v128.load(streams, 16);
  let c = v128.load(streams, 32);
  let d = v128.load(streams, 48);
  const end = to + (<usize>count << 2);
  for (; to < end; to += 16) {
    let word = i32x4.add(a, d);
    word = i32x4.add(v128.or(i32x4.shl(word, 7), i32x4.shr_u(word, 25)), a);
    v128.store(to, word);
    const shifted = i32x4.shl(b, 9);
    c = v128.xor(c, a);
    d = v128.xor(d, b);
    b = v128.xor(b, c);
    a = v128.xor(a, d);
    c = v128.xor(c, shifted);
    d = v128.or(i32x4.shl(d, 11), i32x4.shr_u(d, 21));
  }
  v128.store(streams, a);
  v128.store(streams, b, 16);
  v128.store(streams, c, 32);
  v128.store(streams, d, 48);
}

/** One word of the fifth stream. */
export function next(streams: usize): u32 {
  const at = streams + 64;
  const a = load<u32>(at);
  const b = load<u32>(at, 4);
  let c = load<u32>(at, 8);
  let d = load<u32>(at, 12);
  const word = rotl(a + d, 7) + a;
  c ^= a;
  d ^= b;
  store<u32>(at, b ^ c, 4);
  store<u32>(at, a ^ d);
  store<u32>(at, c ^ (b << 9), 8);
  store<u32>(at, rotl(d, 11), 12);
  return word;
}
