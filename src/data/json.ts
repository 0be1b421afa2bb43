import { InputError } from "./errors.ts";

/** Levels that any file of ours stays below. */
const MAX_DEPTH = 64;
/** Keys of one object that no file of ours comes near. */
const MAX_KEYS = 20_000;
/** Keys that no file of ours needs and some code trips over. */
export const FORBIDDEN: readonly string[] = ["__proto__", "constructor", "prototype"];

const QUOTE = 34;
const BACKSLASH = 92;

/**
 * `JSON.parse` for files that strangers wrote. Refuses what it would let pass: a key that stands twice (readers differ in
 * which they believe), keys that reach into prototypes, and nesting beyond 64 levels.
 * @param name what errors call the text
 * @throws InputError
 */
export function parseJson(text: string, name: string): unknown {
  checkStructure(text, name);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${name} is no JSON: ${(error as Error).message}.`);
  }
}

/** One pass over the text, without recursion; whether it is JSON at all is for the parser to say. */
function checkStructure(text: string, name: string): void {
  /** Keys of the objects we are in; null for lists. */
  const open: (Set<string> | null)[] = [];
  let expectKey = false;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE: {
        const end = closingQuote(text, i + 1);
        if (expectKey) addKey(open.at(-1)!, text.slice(i, end + 1), name);
        expectKey = false;
        i = end;
        break;
      }
      case 0x7b: // {
      case 0x5b: {
        // [
        expectKey = text.charCodeAt(i) === 0x7b;
        open.push(expectKey ? new Set() : null);
        if (open.length > MAX_DEPTH) throw new InputError(`${name}: nested more than ${MAX_DEPTH} levels deep.`);
        break;
      }
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        expectKey = false;
        break;
      case 0x2c: // ,
        expectKey = Boolean(open.at(-1));
    }
  }
}

/** Index of the quote that ends a string; the text's length when none does. */
function closingQuote(text: string, from: number): number {
  let at = from;
  for (;;) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at;
    at++;
  }
}

function addKey(keys: Set<string>, literal: string, name: string): void {
  const key = spelt(literal);
  if (FORBIDDEN.includes(key)) throw new InputError(`${name}: the key "${key}" is not allowed.`);
  if (keys.has(key)) throw new InputError(`${name}: the key "${key.slice(0, 60)}" stands twice in one object.`);
  keys.add(key);
  if (keys.size > MAX_KEYS) throw new InputError(`${name}: an object has more than ${MAX_KEYS} keys.`);
}

/** What a string literal spells; of a broken one, which the parser will refuse, the literal. */
function spelt(literal: string): string {
  if (!literal.includes("\\")) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal;
  }
}
