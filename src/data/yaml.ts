import {
  type Document,
  type DocumentOptions,
  isMap,
  isPair,
  isScalar,
  type LineCounter,
  type Node,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
  visit,
} from "yaml";
import { InputError } from "./errors.ts";
import { FORBIDDEN } from "./json.ts";

export type Path = readonly PropertyKey[];
/** Makes the error for a mistake at a path: in the value there (default), or in the name of its last key. */
export type PathError = (path: Path, message: string, on?: "name" | "value") => InputError;

export const MAX_DEPTH = 32;

// YAML 1.2 has no 1_000_000; people write it, and a string would be refused with a puzzling message.
const underscored = {
  tag: "tag:yaml.org,2002:int",
  default: true as const,
  test: /^[-+]?[0-9]+(?:_[0-9]+)+$/,
  resolve: (text: string) => Number(text.replaceAll("_", "")),
};
const YAML: ParseOptions & DocumentOptions & SchemaOptions = {
  // Looked for below: the library compares every key with every other one.
  uniqueKeys: false,
  customTags: (tags) => [...tags, underscored],
  logLevel: "error",
};

/** Parses one YAML document. @throws InputError naming line and column. */
export function parseYaml(text: string, name: string, lines?: LineCounter): Document {
  let document: Document;
  try {
    document = parseDocument(text, { ...YAML, lineCounter: lines, prettyErrors: false });
  } catch (error) {
    throw new InputError(`${name}: nested too deeply for YAML (${(error as Error).message}).`);
  }
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) {
    const at = lines?.linePos(problem.pos[0]);
    const message = problem.message.includes("call stack") ? "nested too deeply" : plainly(problem);
    throw new InputError(`${name}${at ? `:${at.line}:${at.col}` : ""}: ${message.replace(/\.?$/, ".")}`);
  }
  refuseTwice(document, name, lines);
  return document;
}

/** The commonest mistakes in words that need no grammar of YAML. */
function plainly({ code, message }: { readonly code: string; readonly message: string }): string {
  if (code === "TAB_AS_INDENT") return "a line begins with a tab; YAML indents with spaces";
  if (/^Flow (sequence|map)|must end with a [\]}]/.test(message))
    return `a ${message.includes("]") ? 'list "[" is not closed with "]"' : 'map "{" is not closed with "}"'}`;
  if (code === "BAD_INDENT") return "this line is indented differently from the lines it belongs to";
  if (/^Nested mappings/.test(message))
    return "two keys stand in one line; put each into a line of its own, or write { a: 1, b: 2 }";
  if (/Implicit keys? .*(single line|:)/.test(message))
    return 'expected "key: value": a colon, or the space after it, is missing';
  return message;
}

/** A key that stands twice: readers differ in which they believe. */
function refuseTwice(document: Document, name: string, lines?: LineCounter): void {
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const text = String(key.value);
        if (seen.has(text)) {
          const at = key.range && lines?.linePos(key.range[0]);
          const where = at ? `:${at.line}:${at.col}` : "";
          throw new InputError(`${name}${where}: the key "${text.slice(0, 60)}" stands twice in one map.`);
        }
        seen.add(text);
      }
    },
  });
}

/** Plain data of a document. @throws InputError for bombs of aliases. */
export function toData(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new InputError(`${name}: ${(error as Error).message}.`);
  }
}

/** A copy without shared parts (aliases); refuses what some code trips over: special key names, endless nesting. */
export function copyTree(value: unknown, path: Path, error: PathError): unknown {
  if (path.length > MAX_DEPTH) throw error(path.slice(0, 4), `nested more than ${MAX_DEPTH} levels deep.`);
  if (Array.isArray(value)) return value.map((item, i) => copyTree(item, [...path, i], error));
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (FORBIDDEN.includes(key)) throw error([...path, key], `unknown key "${key}".`, "name");
    copy[key] = copyTree(item, [...path, key], error);
  }
  return copy;
}

/** file:line:column of the deepest node there is on a path. */
export function place(
  document: Document,
  lines: LineCounter,
  name: string,
  path: Path,
  on: "name" | "value" = "value",
): string {
  let node: unknown = document.contents;
  let start: number | undefined = (node as Node | null)?.range?.[0];
  for (const [depth, key] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (!pair) break;
      const last = depth === path.length - 1;
      const value = last && on === "value" ? (pair.value as Node | null) : null;
      start = value?.range?.[0] ?? (pair.key as Node).range?.[0] ?? start;
      node = pair.value;
    } else {
      const item = (node as { get?(key: unknown, keep: boolean): unknown } | null)?.get?.(Number(key), true) as Node;
      if (!item?.range) break;
      start = item.range[0];
      node = item;
    }
  }
  if (start === undefined) return name;
  const { line, col } = lines.linePos(start);
  return `${name}:${line}:${col}`;
}
