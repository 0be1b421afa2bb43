import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { registerDense } from "./dense.ts";
import { attachKernels } from "./kernels/attach.ts";
import { describeNative, loadNative } from "./native.ts";
import type { Backend, Engine, Tf } from "./tf.ts";

export interface EngineOptions {
  /** Default `wasm`. */
  backend?: Backend;
  /** Default true: use the kernels wherever they run (the WASM backend). false: plain tfjs operations, for comparison. */
  kernels?: boolean;
}

// tfjs itself is one object a process with one current backend, and so is this.
let loaded: { backend: Backend; engine: Promise<Engine> } | undefined;

/**
 * Loads tfjs, once a process or worker. Later calls must ask for the same backend; `kernels` may differ. Prints nothing
 * and needs no network.
 * @throws RangeError for an unknown backend; Error if the backend cannot be loaded or another one already is.
 */
export async function loadEngine({ backend = "wasm", kernels = true }: EngineOptions = {}): Promise<Engine> {
  if (!Object.hasOwn(starters, backend)) {
    throw new RangeError(`Backend: got "${backend}", expected one of ${Object.keys(starters).join(", ")}`);
  }
  if (loaded && loaded.backend !== backend) {
    throw new Error(
      `Backend: asked for "${backend}", but "${loaded.backend}" is already loaded; use another process or worker`,
    );
  }
  if (!loaded) {
    const engine = start(backend);
    loaded = { backend, engine };
    engine.catch(() => {
      loaded = undefined;
    });
  }
  const engine = await loaded.engine;
  return kernels || !engine.kernels ? engine : withoutKernels(engine);
}

/** The same tfjs, every operation through the plain twin of its kernel. */
export function withoutKernels(engine: Engine): Engine {
  return { ...engine, kernels: false, simd: null, description: describe(engine.tf, engine.backend, false) };
}

// tfjs is CommonJS: required, it loads three times as fast as imported.
const require = createRequire(import.meta.url);

/** Each makes its backend the current one, and returns the module with the operations. */
const starters: Record<Backend, () => Promise<Tf>> = {
  async wasm() {
    const tf: Tf = require("@tensorflow/tfjs-core");
    const wasm: typeof import("@tensorflow/tfjs-backend-wasm") = require("@tensorflow/tfjs-backend-wasm");
    // Found from here, whatever the working directory; the three .wasm files lie beside the entry point.
    wasm.setWasmPaths(join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm")), "/"));
    await withoutNewListeners(() => tf.setBackend("wasm"));
    return tf;
  },
  async cpu() {
    const tf: Tf = require("@tensorflow/tfjs-core");
    require("@tensorflow/tfjs-backend-cpu");
    await tf.setBackend("cpu");
    return tf;
  },
  node: loadNative,
};

async function start(backend: Backend): Promise<Engine> {
  const tf = await starters[backend]();
  // tfjs-core registers no gradients; tfjs-layers does, as it is loaded. The native library comes with both.
  if (backend !== "node") require("@tensorflow/tfjs-layers");
  // Else the cpu backend advertises tfjs-node on the console.
  tf.enableProdMode();
  await tf.ready();
  const name = backend === "node" ? "tensorflow" : backend;
  if (tf.getBackend() !== name) {
    throw new Error(`Backend: "${backend}" does not start here; got "${tf.getBackend()}" in its place`);
  }
  const simd = backend === "wasm" ? attachKernels(tf) : null;
  registerDense(tf, simd);
  return { tf, backend, kernels: simd !== null, simd, description: describe(tf, backend, simd !== null) };
}

function describe(tf: Tf, backend: Backend, kernels: boolean): string {
  if (backend === "node") return `node ${tf.version_core} + ${describeNative(tf)}`;
  return `${backend} ${tf.version_core}${kernels ? " + kernels" : ""}`;
}

/** Emscripten's start-up adds process-wide listeners that change how an uncaught error ends the process: take them off. */
async function withoutNewListeners(run: () => Promise<unknown>): Promise<void> {
  const events = ["uncaughtException", "unhandledRejection"];
  const before = events.map((event) => new Set(process.listeners(event as "uncaughtException")));
  try {
    await run();
  } finally {
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as "uncaughtException")) {
        if (!before[i].has(listener)) process.off(event, listener);
      }
    });
  }
}
