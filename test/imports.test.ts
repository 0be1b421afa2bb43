import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

// src <- envs <- benchmarks -> baselines -> src, and no other arrow. The command line finds environments and baselines
// by file name at run time; an import that names one would be an arrow.

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LAYERS = ["src", "envs", "baselines", "benchmarks", "bin"] as const;
type Layer = (typeof LAYERS)[number];

/** Which folders a file may import from; an environment only from its own folder. */
const MAY: Readonly<Record<Layer, readonly string[]>> = {
  src: ["src"],
  envs: ["src", "envs/OWN"],
  baselines: ["src", "baselines"],
  benchmarks: ["src", "envs", "baselines", "benchmarks"],
  bin: ["src", "dist"],
};

interface Import {
  readonly file: string;
  /** A path from the root of the project, or a package. */
  readonly target: string;
}

/** Everything that a file imports or re-exports, also for types only, and dynamically where the name is spelt out. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const statement = /(?:^|[;\n}])\s*(?:import|export)\s(?:[^"'`;]*?\sfrom\s*)?["']([^"']+)["']/g;
  const call = /\b(?:import|require|require\.resolve|import\.meta\.resolve)\(\s*["'`]([^"'`$]+)["'`]/g;
  const type = /\bimport\(\s*["']([^"']+)["']\s*\)\s*\./g;
  return [statement, call, type].flatMap((pattern) => [...code.matchAll(pattern)].map(([, name]) => name));
}

function targetOf(file: string, name: string): string {
  if (name.startsWith("."))
    return relative(ROOT, resolve(ROOT, dirname(file), name))
      .split(sep)
      .join("/");
  if (name === "masque" || name === "masque/testing") return "src/index.ts";
  return name.replace(/^masque\/(envs|baselines)\//, "$1/");
}

function isAllowed({ file, target }: Import): boolean {
  const [layer, folder] = file.split("/") as [Layer, string];
  const [first] = target.split("/");
  const isOurs = (LAYERS as readonly string[]).includes(first) || ["test", "docs", "examples", "dist"].includes(first);
  if (!isOurs) return !(layer === "src" || layer === "envs") || !/^(@tensorflow\/|tfjs)/.test(target);
  return MAY[layer].some((place) => target.startsWith(`${place.replace("OWN", folder)}/`));
}

function filesIn(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|mjs|js)$/.test(name))
    .map((name) => `${folder}/${name.split(sep).join("/")}`);
}

const imports: Import[] = LAYERS.flatMap(filesIn).flatMap((file) =>
  importsOf(readFileSync(join(ROOT, file), "utf8")).map((name) => ({ file, target: targetOf(file, name) })),
);

describe("imports", () => {
  it.each(LAYERS)("of %s keep to the arrows", (layer) => {
    const mine = imports.filter(({ file }) => file.startsWith(`${layer}/`));
    const wrong = mine.filter((one) => !isAllowed(one)).map(({ file, target }) => `${file} imports ${target}`);
    expect(wrong).toEqual([]);
  });

  it("are all seen: every environment imports something of src", () => {
    const environments = readdirSync(join(ROOT, "envs")).filter((name) =>
      existsSync(join(ROOT, "envs", name, "env.ts")),
    );
    expect(environments.length).toBeGreaterThan(0);
    for (const name of environments) {
      const seen = imports.some(({ file, target }) => file === `envs/${name}/env.ts` && target.startsWith("src/"));
      expect(seen, name).toBe(true);
    }
  });
});

describe("the rules", () => {
  it.each<[string, string, boolean]>([
    ["src/env/vector.ts", "src/rng.ts", true],
    ["src/run/run.ts", "envs/covert-wire/env.ts", false],
    ["src/run/run.ts", "baselines/ippo.ts", false],
    ["src/run/run.ts", "benchmarks/speed/main.ts", false],
    ["src/nn/forward.ts", "@tensorflow/tfjs-core", false],
    ["src/run/run.ts", "zod", true],
    ["src/run/run.ts", "test/environments.ts", false],
    ["envs/a/env.ts", "src/env/define.ts", true],
    ["envs/a/env.ts", "envs/a/theory.ts", true],
    ["envs/a/env.ts", "envs/b/theory.ts", false],
    ["envs/a/env.ts", "envs/ab/theory.ts", false],
    ["envs/a/policies.ts", "baselines/ippo.ts", false],
    ["envs/a/policies.ts", "@tensorflow/tfjs-core", false],
    ["baselines/ippo.ts", "baselines/shared/gae.ts", true],
    ["baselines/ippo.ts", "@tensorflow/tfjs-core", true],
    ["baselines/ippo.ts", "envs/a/env.ts", false],
    ["baselines/ippo.ts", "benchmarks/speed/main.ts", false],
    ["benchmarks/speed/main.ts", "envs/a/env.ts", true],
    ["benchmarks/speed/main.ts", "baselines/ippo.ts", true],
    ["bin/masque.mjs", "baselines/ippo.ts", false],
  ])("%s importing %s: %s", (file, target, allowed) => {
    expect(isAllowed({ file, target })).toBe(allowed);
  });

  it("find imports of all kinds", () => {
    const text = `
      import a from "./a.ts"; import type { B } from '../b.ts';
      import {
        c,
      } from "./c.ts";
      import "./d.ts";
      export * from "./e.ts"; export { f } from "./f.ts";
      const g = await import("./g.ts"); const h = require("./h.js"); let i: import("./i.ts").I;
      // import z from "./z.ts"
      /* import y from "./y.ts" */
    `;
    const names = ["a.ts", "b.ts", "c.ts", "d.ts", "e.ts", "f.ts", "g.ts", "h.js", "i.ts"];
    expect([...new Set(importsOf(text).map((name) => name.replace(/^\.+\//, "")))].sort()).toEqual(names);
    expect(targetOf("envs/a/env.ts", "../../src/rng.ts")).toBe("src/rng.ts");
    expect(targetOf("src/run/run.ts", "masque/envs/a")).toBe("envs/a");
  });
});
