import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";
import { InputError } from "../data/errors.ts";
import { codeRoot } from "../data/package.ts";
import { moduleIn } from "../library/plugin.ts";

// Pages need three kinds of script: the page's own; a worker with all that environments import from; and each environment
// by itself, finding Masque's doors in the worker it is loaded into. So one environment, or a user's own, is a small file.

/** Doors that an environment may import from, besides its own folder. */
const DOORS = ["masque", "masque/numeric", "masque/stats", "zod"];
/** What environments find the doors in. */
const GLOBAL = "masqueView";

async function bundle(contents: string, resolveDir: string, plugins: Plugin[]): Promise<string> {
  const esbuild = await import("esbuild").catch(() => {
    throw new InputError(
      "Bundling code for a browser needs esbuild, which is not installed here. Install it: npm install --save-dev esbuild",
    );
  });
  try {
    const { outputFiles } = await esbuild.build({
      stdin: { contents, resolveDir, loader: "ts", sourcefile: "view.ts" },
      ...{ bundle: true, write: false, format: "iife", platform: "browser", target: "es2022", minify: true },
      ...{ conditions: ["masque-source"], legalComments: "none", logLevel: "silent", plugins },
    });
    return outputFiles[0].text;
  } catch (error) {
    const [first] = (error as { errors?: { text: string; location?: { file: string; line: number } }[] }).errors ?? [];
    if (!first) throw error;
    const at = first.location ? ` (${first.location.file}:${first.location.line})` : "";
    throw new InputError(`This cannot be bundled for a browser: ${first.text}${at}`, { cause: error });
  }
}

/** Messages of zod in languages that nobody asked for: a seventh of everything. */
const oneLanguage: Plugin = {
  name: "one-language",
  setup(build) {
    build.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: `export { default as en } from "./en.js";`,
      resolveDir: dirname(path),
    }));
  },
};

/** Doors as the worker has them. */
const doorsOfWorker: Plugin = {
  name: "doors-of-worker",
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(${DOORS.join("|")})$`) }, ({ path }) => ({ path, namespace: "door" }));
    build.onLoad({ filter: /.*/, namespace: "door" }, ({ path }) => ({
      contents: `module.exports = globalThis.${GLOBAL}.doors[${JSON.stringify(path)}];`,
    }));
  },
};

/** The worker: Masque up to what a page plays, waiting for an environment to be put in. */
export function bundleWorker(): Promise<string> {
  const own = pageModule("worker");
  const from = (index: number, door: string) => `import * as d${index} from ${JSON.stringify(door)};`;
  const lines = [
    ...DOORS.map((door, i) => from(i, door)),
    `import { answering } from ${JSON.stringify(own)};`,
    `globalThis.${GLOBAL} = {`,
    `  doors: { ${DOORS.map((door, i) => `${JSON.stringify(door)}: d${i}`).join(", ")} },`,
    "  put(subject) { const answer = answering(subject, (reply, handed) => postMessage(reply, handed)); onmessage = ({ data }) => answer(data); },",
    "};",
  ];
  return bundle(lines.join("\n"), codeRoot, [oneLanguage]);
}

/** One environment: dynamics, scripts and their dials, theory, and what plug-ins add; puts itself into the worker it is loaded into. */
export function bundleEnvironment(folder: string, additions: readonly string[] = []): Promise<string> {
  const [env, policies, theory, scene, dials] = ["env", "policies", "theory", "scene", "tunable"].map((name) =>
    moduleIn(folder, name),
  );
  const take = (clause: string, file: string) => `import ${clause} from ${JSON.stringify(file)};`;
  const lines = [
    take("env", env!),
    policies ? take("* as scripts", policies) : "const scripts = {};",
    theory ? take("* as theory", theory) : "const theory = {};",
    scene ? take("painter", scene) : "const painter = undefined;",
    dials ? take("tunable", dials) : "const tunable = {};",
    ...additions.map((file, i) => take(`a${i}`, file)),
    `const more = [${additions.map((_, i) => `a${i}`).join(", ")}];`,
    "const { default: policies } = scripts;",
    "const { reference, bestResponse } = theory;",
    `globalThis.${GLOBAL}.put({ env, policies, tunable, reference, bestResponse, painter, additions: more });`,
  ];
  return bundle(lines.join("\n"), folder, [doorsOfWorker]);
}

/** What runs in the page itself. */
export function bundlePage(): Promise<string> {
  const own = pageModule("main");
  return bundle(`import ${JSON.stringify(own)};`, codeRoot, []);
}

/** A module of the page, which only a checkout has: the package takes along what was bundled of it. */
function pageModule(name: string): string {
  const file = moduleIn(join(codeRoot, "src", "view", "page"), name);
  if (file) return file;
  throw new InputError("This copy of Masque was built without its pages. Build it by: npm run build");
}
