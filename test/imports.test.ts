import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

// Who may import whom. The floors of `src`, lowest first: a file imports from its own folder and from those before it.
// `src/index.ts` and the folders' `index.ts` named in package.json are the doors: environments and baselines come in
// through them, as anybody's own would, so that each can be copied out of the repository. What the command line finds at
// run time (environments, baselines) is named by no import.

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FLOORS = [
  ...["data", "numeric", "random", "spaces", "stats", "policy", "env", "play", "learn"],
  ...[
    "library",
    "llm",
    "testing",
    "benchmark",
    "run",
    "frontier",
    "population",
    "people",
    "report",
    "view",
    "leaderboard",
    "site",
    "serve",
    "cli",
  ],
];
/** The last floor that runs in a browser. */
const BROWSER = FLOORS.indexOf("play");
/** What environments and baselines may import besides their own folder. */
const ENV_DOORS = ["masque", "masque/numeric", "masque/stats", "zod"];
const BASELINE_DOORS = ["masque", "masque/numeric", "masque/learn", "zod"];

interface Import {
  readonly file: string;
  /** A path from the root of the project, or a package or door. */
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
  if (!name.startsWith(".")) return name;
  return relative(ROOT, resolve(ROOT, dirname(file), name))
    .split(sep)
    .join("/");
}

/** Why an import may not be; undefined where it may. */
function fault({ file, target }: Import): string | undefined {
  const [layer, folder] = file.split("/");
  const [to, toFolder] = target.split("/");
  const isOurs = /^(src|envs|baselines|benchmarks|test|docs|examples|templates|dist|bin)\//.test(target);
  if (layer === "src") {
    if (!isOurs) {
      if (/^(@tensorflow\/|tfjs)/.test(target)) return "src knows no TensorFlow.js";
      return /^masque(\/|$)/.test(target) ? "src is behind the doors" : undefined;
    }
    if (to !== "src") return "src knows no environment, no baseline and no benchmark";
    if (folder === "index.ts") return undefined;
    if (toFolder === "index.ts") return "src/index.ts is for users";
    const [from, floor] = [FLOORS.indexOf(folder), FLOORS.indexOf(toFolder)];
    if (from < 0 || floor < 0) return "is on no floor";
    return floor > from ? `${toFolder} is above ${folder}` : undefined;
  }
  if (layer === "envs") {
    if (isOurs) {
      if (!target.startsWith(`envs/${folder}/`)) return "an environment's folder stands by itself";
      return isTheory(target) && !isTheory(file) ? "theory is no witness if the accused use it" : undefined;
    }
    return ENV_DOORS.includes(target) ? undefined : `environments import from ${ENV_DOORS.join(", ")}`;
  }
  if (layer === "baselines") {
    if (isOurs) return to === "baselines" || isKernel(file) ? undefined : "baselines import from doors";
    const others = target.startsWith("@tensorflow/") || builtinModules.includes(target.replace("node:", ""));
    return BASELINE_DOORS.includes(target) || others || isKernel(file) || /build\.mjs$/.test(file)
      ? undefined
      : `baselines import from ${BASELINE_DOORS.join(", ")}`;
  }
  if (layer === "bin") return isOurs && !/^(src|dist)\//.test(target) ? "only starts src or dist" : undefined;
  return isOurs && /^(test|docs|examples)\//.test(target) ? "no test or example is a part of benchmarks" : undefined;
}

const isTheory = (file: string) => /theory[^/]*\.ts$/.test(file);
/** AssemblyScript sources are compiled with what they import, which no package resolution finds. */
const isKernel = (file: string) => file.endsWith(".as.ts");

function filesIn(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|mjs|js)$/.test(name))
    .map((name) => `${folder}/${name.split(sep).join("/")}`);
}

const files = ["src", "envs", "baselines", "benchmarks", "bin"].flatMap(filesIn);
const imports: Import[] = files.flatMap((file) =>
  importsOf(readFileSync(join(ROOT, file), "utf8")).map((name) => ({ file, target: targetOf(file, name) })),
);

/** Files that lead back to themselves, each circle once. */
function circles(arrows: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { file, target } of arrows) next.set(file, [...(next.get(file) ?? []), target]);
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push(path.slice(at));
    if (at >= 0 || done.has(file)) return;
    for (const target of next.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return found;
}

/** Everything that a file imports, and what that imports in turn, types left out. */
function reachable(from: string): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(join(ROOT, file), "utf8").replace(/^(import|export) type [\s\S]*?;$/gm, "");
    for (const name of importsOf(text)) {
      const target = targetOf(file, name);
      if (target.startsWith("src/")) visit(target);
      else seen.add(target);
    }
  };
  visit(from);
  return seen;
}

describe("imports", () => {
  it.each(["src", "envs", "baselines", "benchmarks", "bin"])("of %s keep to the arrows", (layer) => {
    const wrong = imports
      .filter(({ file }) => file.startsWith(`${layer}/`))
      .map((one) => ({ ...one, why: fault(one) }))
      .filter(({ why }) => why !== undefined)
      .map(({ file, target, why }) => `${file} imports ${target}: ${why}`);
    expect(wrong).toEqual([]);
  });

  it("go in no circle, not even for types", () => {
    expect(circles(imports)).toEqual([]);
  });

  it("are all seen: every environment and baseline comes in through the main door", () => {
    const main = files.filter((file) => /^(envs\/[^/]+\/env|baselines\/[^/]+)\.ts$/.test(file));
    expect(main.length).toBeGreaterThan(10);
    for (const file of main) {
      const seen = imports.some((one) => one.file === file && one.target === "masque");
      expect(seen, file).toBe(true);
    }
  });

  it("keep the doors up to play free of Node", () => {
    const floors = FLOORS.slice(0, BROWSER + 1);
    for (const door of ["src/index.ts", "src/numeric/index.ts", "src/stats/index.ts", "src/learn/index.ts"]) {
      const node = [...reachable(door)].filter((target) => target.startsWith("node:"));
      expect(node, door).toEqual([]);
    }
    const seen = [...reachable("src/index.ts")].filter((file) => file.startsWith("src/") && file !== "src/index.ts");
    expect(seen.filter((file) => ![...floors, "learn"].includes(file.split("/")[1]))).toEqual([]);
    for (const file of seen) expect(readFileSync(join(ROOT, file), "utf8"), file).not.toMatch(/\bBuffer\.|\bprocess\./);
  });
});

describe("folders of src", () => {
  it("are those of the floors, with at most 18 files each", () => {
    const folders = new Map<string, number>();
    for (const file of files.filter((file) => file.startsWith("src/"))) {
      const folder = dirname(file);
      folders.set(folder, (folders.get(folder) ?? 0) + 1);
    }
    expect([...folders].filter(([, count]) => count > 18)).toEqual([]);
    expect([...new Set([...folders.keys()].map((folder) => folder.split("/")[1]))].sort()).toEqual(
      [...FLOORS, undefined].sort(),
    );
  });
});

describe("the rules", () => {
  it.each<[string, string, boolean]>([
    ["src/env/vector.ts", "src/random/rng.ts", true],
    ["src/random/rng.ts", "src/env/vector.ts", false],
    ["src/play/score.ts", "src/learn/train.ts", false],
    ["src/learn/train.ts", "src/play/cast.ts", true],
    ["src/index.ts", "src/learn/train.ts", true],
    ["src/env/vector.ts", "src/index.ts", false],
    ["src/run/cells.ts", "envs/covert-wire/env.ts", false],
    ["src/run/cells.ts", "baselines/ippo.ts", false],
    ["src/run/cells.ts", "benchmarks/speed/main.ts", false],
    ["src/policy/network/forward.ts", "@tensorflow/tfjs-core", false],
    ["src/run/cells.ts", "masque", false],
    ["src/run/cells.ts", "zod", true],
    ["src/run/cells.ts", "test/environments.ts", false],
    ["src/other/thing.ts", "src/data/errors.ts", false],
    ["envs/a/env.ts", "masque", true],
    ["envs/a/env.ts", "masque/learn", false],
    ["envs/a/env.ts", "src/env/define.ts", false],
    ["envs/a/env.ts", "envs/a/model.ts", true],
    ["envs/a/env.ts", "envs/a/theory.ts", false],
    ["envs/a/policies.ts", "envs/a/theory.ts", false],
    ["envs/a/model.ts", "envs/a/codes-theory.ts", false],
    ["envs/a/theory.ts", "envs/a/codes-theory.ts", true],
    ["envs/a/theory.ts", "envs/a/model.ts", true],
    ["envs/a/env.ts", "envs/b/model.ts", false],
    ["envs/a/env.ts", "envs/ab/model.ts", false],
    ["envs/a/env.ts", "node:fs", false],
    ["envs/a/policies.ts", "baselines/ippo.ts", false],
    ["envs/a/policies.ts", "@tensorflow/tfjs-core", false],
    ["baselines/ippo.ts", "baselines/ppo/train.ts", true],
    ["baselines/ippo.ts", "masque/learn", true],
    ["baselines/ippo.ts", "src/learn/gae.ts", false],
    ["baselines/ippo.ts", "@tensorflow/tfjs-core", true],
    ["baselines/ippo.ts", "envs/a/env.ts", false],
    ["baselines/ippo.ts", "benchmarks/speed/main.ts", false],
    ["baselines/tf/kernels/adam.as.ts", "src/policy/network/math.as", true],
    ["benchmarks/speed/main.ts", "envs/a/env.ts", true],
    ["benchmarks/speed/main.ts", "baselines/ippo.ts", true],
    ["benchmarks/speed/main.ts", "test/environments.ts", false],
    ["bin/masque.mjs", "baselines/ippo.ts", false],
  ])("%s importing %s: %s", (file, target, allowed) => {
    expect(fault({ file, target }) === undefined).toBe(allowed);
  });

  it("find circles, long ones too", () => {
    const arrow = (file: string, target: string) => ({ file, target });
    expect(circles([arrow("a", "b"), arrow("b", "c"), arrow("a", "c")])).toEqual([]);
    expect(circles([arrow("x", "a"), arrow("a", "b"), arrow("b", "c"), arrow("c", "a")])).toEqual([["a", "b", "c"]]);
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
    expect(targetOf("src/run/cells.ts", "masque/envs/a")).toBe("masque/envs/a");
  });
});
