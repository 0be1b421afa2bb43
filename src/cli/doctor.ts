import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, freemem } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { pretty } from "../data/canonical.ts";
import { codeRoot, fromSource, masque } from "../data/package.ts";
import { openRegistry, type Problem } from "../library/registry.ts";
import { createForward } from "../policy/network/forward.ts";
import { table } from "../report/text.ts";
import { DONE, FAILED, type Io } from "./io.ts";

interface Finding {
  readonly what: string;
  /** `fail` keeps Masque from working; `note` does not. */
  readonly state: "ok" | "note" | "fail";
  readonly detail: string;
}

/** masque doctor */
export async function run(io: Io, _: readonly string[], options: { json?: boolean }): Promise<number> {
  const findings = [node(), simd(), ...optional(), native(), writable(io.cwd), cores(), ...(await plugins())];
  if (options.json) io.out(pretty({ masque: masque().version, findings }));
  else {
    const style = { ok: "green", note: "yellow", fail: "red" } as const;
    const rows = findings.map(({ what, state, detail }) => [io.paint(style[state], state), what, detail]);
    io.out(`Masque ${masque().version}\n${table([["", "what", ""], ...rows], io.paint)}`);
  }
  return findings.some(({ state }) => state === "fail") ? FAILED : DONE;
}

function node(): Finding {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  return {
    what: "Node.js",
    state: fits ? "ok" : "fail",
    detail: `${process.version}${fits ? "" : ", expected 20.19 or newer"}`,
  };
}

function simd(): Finding {
  const weights = [Float32Array.of(1), Float32Array.of(0)];
  try {
    createForward({ sizes: [1, 1], activation: "linear", weights, maxRows: 1 }).run(1);
    return { what: "WebAssembly SIMD", state: "ok", detail: "there" };
  } catch (error) {
    return { what: "WebAssembly SIMD", state: "fail", detail: `policies cannot act: ${(error as Error).message}` };
  }
}

function optional(): Finding[] {
  const require = createRequire(import.meta.url);
  const find = (name: string, otherwise: Finding["state"], meaning: string): Finding => {
    try {
      const { version } = require(`${name}/package.json`) as { version: string };
      return { what: name, state: "ok", detail: version };
    } catch {
      return { what: name, state: otherwise, detail: meaning };
    }
  };
  return [
    find("@tensorflow/tfjs-backend-wasm", "fail", "missing: run npm ci; learned attacks need it"),
    find("@tensorflow/tfjs-backend-cpu", "note", "missing; needed for backend cpu only"),
    find("@resvg/resvg-js", "note", "not installed: npm install @resvg/resvg-js; needed for PNG and films only"),
    find("marked", "note", "not installed: npm install marked; needed for masque site only"),
    ffmpeg(),
  ];
}

/**
 * Whether the native library really starts, in a process of its own: one that is installed may lack its binary, or crash.
 * The engine itself is asked, found at run time as baselines are.
 */
function native(): Finding {
  const what = "@tensorflow/tfjs-node";
  const require = createRequire(import.meta.url);
  try {
    require.resolve(what);
  } catch {
    const detail = "not installed; needed for backend node only (on Linux, Masque's scripts/tfjs-node.sh installs it)";
    return { what, state: "note", detail };
  }
  const engine = pathToFileURL(join(codeRoot, "baselines", "tf", fromSource ? "engine.ts" : "engine.js")).href;
  const program = `import { loadEngine } from ${JSON.stringify(engine)};
    try { console.log((await loadEngine({ backend: "node" })).description); }
    catch (error) { console.log(error.message); process.exitCode = 1; }`;
  const loader = fromSource ? ["--conditions=masque-source", "--import", require.resolve("tsx")] : [];
  const args = [...loader, "--input-type=module", "--eval", program];
  const { status, signal, stdout, error } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
  if (status === 0) return { what, state: "ok", detail: stdout.trim() };
  const why = stdout.trim() || error?.message || `it ended its process with ${signal ?? status}`;
  return { what, state: "note", detail: `backend node does not work here: ${why}` };
}

function ffmpeg(): Finding {
  const { status, stdout } = spawnSync("ffmpeg", ["-version"], { encoding: "utf8" });
  const there = status === 0;
  const [, version] = /version (\S+)/.exec(stdout ?? "") ?? [];
  const detail = there ? (version ?? "there") : "not on PATH; needed for masque replay --gif and --mp4 only";
  return { what: "ffmpeg", state: there ? "ok" : "note", detail };
}

function writable(folder: string): Finding {
  try {
    accessSync(folder, constants.W_OK);
    return { what: "write access", state: "ok", detail: folder };
  } catch {
    return { what: "write access", state: "fail", detail: `cannot write to ${folder}; give runs a place with --out` };
  }
}

function cores(): Finding {
  const gib = (freemem() / 2 ** 30).toFixed(1);
  return { what: "machine", state: "ok", detail: `${availableParallelism()} cores, ${gib} GiB of memory free` };
}

async function plugins(): Promise<Finding[]> {
  const registry = openRegistry();
  const problems: Problem[] = [];
  const environments = await registry.environments(problems);
  const baselines = await registry.baselines(problems);
  const found: Finding = {
    what: "found",
    state: "ok",
    detail: `${environments.length} environments, ${baselines.length} baselines, ${registry.benchmarks().size} benchmarks`,
  };
  return [found, ...problems.map(({ file, message }): Finding => ({ what: file, state: "fail", detail: message }))];
}
