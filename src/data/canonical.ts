import { sha256 as hash } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { InputError } from "./errors.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const MAX_DEPTH = 64;

/**
 * What a value is in JSON: infinities become the strings "Infinity" and "-Infinity", typed arrays become lists, keys
 * without a value are left out.
 * @throws InputError for NaN, functions and whatever else is no data, and beyond 64 levels.
 */
export function toJson(value: unknown, depth = 0): Json {
  if (depth > MAX_DEPTH) throw new InputError(`JSON: nested more than ${MAX_DEPTH} levels deep.`);
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") {
    if (Number.isNaN(value)) throw new InputError("JSON: NaN is no value; expected a number.");
    return Number.isFinite(value) ? value : String(value);
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return Array.from(value as ArrayLike<unknown>, (item) => toJson(item, depth + 1));
  }
  if (typeof value !== "object") throw new InputError(`JSON: a ${typeof value} is no data.`);
  const out: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) out[key] = toJson(item, depth + 1);
  return out;
}

/** Undoes what `toJson` does to infinities. For places where a string "Infinity" could not be meant. */
export function restoreInfinity(value: Json): unknown {
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
  if (Array.isArray(value)) return value.map(restoreInfinity);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, restoreInfinity(item)]));
}

/** The one spelling of a JSON value: no spaces, keys in order of their UTF-16 code units (RFC 8785). */
export function canonical(value: unknown): string {
  return spell(toJson(value));
}

function spell(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(spell).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const object = value as { readonly [key: string]: Json };
  const keys = Object.keys(object).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${spell(object[key])}`).join(",")}}`;
}

/** JSON for people: indented, but lists of plain values on one line. Ends with a newline. */
export function pretty(value: unknown): string {
  return `${indent(toJson(value), "")}\n`;
}

function indent(value: Json, margin: string): string {
  const deeper = `${margin}  `;
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== "object" || item === null)) return `[${value.map(spell).join(", ")}]`;
    return `[\n${value.map((item) => deeper + indent(item, deeper)).join(",\n")}\n${margin}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return "{}";
  const lines = entries.map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${indent(item, deeper)}`);
  return `{\n${lines.join(",\n")}\n${margin}}`;
}

/** Node's own hashes where this runs in Node, ten times as fast; looked up, since pages in a browser load this file too. */
const native = globalThis.process?.getBuiltinModule?.("node:crypto");

/** SHA-256 in hexadecimal, of text (as UTF-8) or bytes. */
export function sha256(data: string | Uint8Array): string {
  if (native) return native.createHash("sha256").update(data).digest("hex");
  return bytesToHex(hash(typeof data === "string" ? utf8ToBytes(data) : data));
}

/** SHA-256 of the canonical JSON. */
export function digest(value: unknown): string {
  return sha256(canonical(value));
}
