import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { type Law, lawFault } from "../../envs/plain-talk/covers.ts";

/** Laws that the model gave before, by what was said: asking it takes a fiftieth of a second, so nothing is asked twice. */
export interface Laws {
  get(prefix: readonly number[]): Law | undefined;
  set(prefix: readonly number[], law: Law): void;
}

/** In memory only. */
export function lawsInMemory(): Laws {
  const laws = new Map<string, Law>();
  return { get: (prefix) => laws.get(prefix.join(" ")), set: (prefix, law) => void laws.set(prefix.join(" "), law) };
}

/**
 * Kept in a file, a law a line, which several processes may add to at once. Lines that hold no law, as a kill leaves them, are
 * passed over. They are those of one machine and one node-llama-cpp: where either changes, the file is to be deleted.
 */
export function lawsInFile(file: string, k: number): Laws {
  const laws = lawsInMemory();
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  for (const line of before.split("\n")) {
    const [prefix, law] = read(line);
    if (prefix && law && lawFault(law, k) === undefined) laws.set(prefix, law);
  }
  if (before !== "" && !before.endsWith("\n")) appendFileSync(file, "\n");
  return {
    get: laws.get,
    set(prefix, law) {
      laws.set(prefix, law);
      appendFileSync(file, `${JSON.stringify({ prefix, tokens: Array.from(law.tokens), p: Array.from(law.p) })}\n`);
    },
  };
}

const numbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((one) => Number.isInteger(one) && one >= 0);

function read(line: string): [prefix?: number[], law?: Law] {
  try {
    const { prefix, tokens, p } = JSON.parse(line);
    return numbers(prefix) && numbers(tokens) && numbers(p) ? [prefix, { tokens, p }] : [];
  } catch {
    return [];
  }
}
