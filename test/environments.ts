import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Environment } from "../src/env/define.ts";
import type { ScriptedPolicies } from "../src/policy/policy.ts";
import type { Golden } from "../src/testing/golden.ts";

const FOLDER = new URL("../envs/", import.meta.url);

export interface Folder {
  readonly name: string;
  readonly env: Environment;
  /** `policies.ts`: its default export and, where there is one, its export `variants`. */
  readonly policies?: ScriptedPolicies;
  readonly variants: readonly Readonly<Record<string, unknown>>[];
  /** `text.json`, where there is one. */
  readonly text?: { readonly params: Readonly<Record<string, unknown>> };
  /** `golden.json`, where there is one. */
  readonly golden?: Golden;
  readonly goldenFile: URL;
}

/** Every environment of this project: nothing else lists them. */
export async function environments(): Promise<Folder[]> {
  const names = readdirSync(FOLDER).filter((name) => existsSync(new URL(`${name}/env.ts`, FOLDER)));
  return Promise.all(names.sort().map(load));
}

async function load(name: string): Promise<Folder> {
  const folder = new URL(`${name}/`, FOLDER);
  const { default: env } = await import(new URL("env.ts", folder).href);
  const policiesFile = new URL("policies.ts", folder);
  const { default: policies, variants = [] } = existsSync(policiesFile) ? await import(policiesFile.href) : {};
  const textFile = new URL("text.json", folder);
  const text = existsSync(textFile) ? JSON.parse(readFileSync(textFile, "utf8")) : undefined;
  const goldenFile = new URL("golden.json", folder);
  const golden = existsSync(goldenFile) ? JSON.parse(readFileSync(goldenFile, "utf8")) : undefined;
  return { name, env, policies, variants, text, golden, goldenFile };
}
