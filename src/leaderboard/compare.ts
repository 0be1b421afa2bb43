import { toJson } from "../data/canonical.ts";

/** Something that an entry states and that is not so. */
export interface Mismatch {
  readonly what: string;
  readonly where: string;
  /** What verifying gave. */
  readonly expected: string;
  /** What the entry states. */
  readonly found: string;
}

/** Differences between two values as JSON has them, each with its path; at most `limit`. */
export function differences(what: string, expected: unknown, found: unknown, limit = 100): Mismatch[] {
  const all: Mismatch[] = [];
  const walk = (a: unknown, b: unknown, path: readonly string[]): void => {
    if (all.length >= limit || a === b) return;
    if (isNode(a) && isNode(b) && Array.isArray(a) === Array.isArray(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        walk(own(a, key), own(b, key), [...path, key]);
      }
      return;
    }
    all.push({ what, where: path.join(".") || "the whole", expected: brief(a), found: brief(b) });
  };
  walk(toJson(expected), toJson(found), []);
  return all;
}

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;
const own = (node: Node, key: string) => (Object.hasOwn(node, key) ? node[key] : undefined);

function brief(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
