import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { loadEngine } from "../../baselines/tf/engine.ts";
import { createNetwork, forward } from "../../baselines/tf/network.ts";
import { Rng } from "../../src/random/rng.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** Runs a module's text in a process of its own, from another folder. */
function inProcess(source: string) {
  const args = [
    "--conditions=masque-source",
    "--import",
    require.resolve("tsx"),
    "--input-type=module",
    "--eval",
    source,
  ];
  return run(process.execPath, args, { cwd: tmpdir(), timeout: 100_000 });
}

function hasNativeLibrary(): boolean {
  try {
    require.resolve("@tensorflow/tfjs-node");
    return true;
  } catch {
    return false;
  }
}

describe("loadEngine", () => {
  it.skipIf(hasNativeLibrary())("says so when the native library is not there, and can load another then", async () => {
    await expect(loadEngine({ backend: "node" })).rejects.toThrow(
      /"node" needs the package @tensorflow\/tfjs-node, which does not load here \(Cannot find module '@tensorflow\/tfjs-node'\)\. scripts\/tfjs-node\.sh/,
    );
    expect((await loadEngine()).backend).toBe("wasm");
  });

  it("loads the WASM backend with kernels by default, once", async () => {
    const engine = await loadEngine();
    expect(engine).toMatchObject({ backend: "wasm", kernels: true });
    expect(engine.description).toMatch(/^wasm \d+\.\d+\.\d+ \+ kernels$/);
    expect(engine.tf.getBackend()).toBe("wasm");
    expect(await loadEngine({ backend: "wasm", kernels: true })).toBe(engine);
    const plain = await loadEngine({ kernels: false });
    expect(plain).toMatchObject({ backend: "wasm", kernels: false, simd: null });
    expect(plain.tf).toBe(engine.tf);
    expect(plain.description).toMatch(/^wasm \d+\.\d+\.\d+$/);
  });

  it("refuses a second backend, and unknown ones", async () => {
    await loadEngine();
    await expect(loadEngine({ backend: "cpu" })).rejects.toThrow(/asked for "cpu", but "wasm" is already loaded/);
    await expect(loadEngine({ backend: "webgl" as "wasm" })).rejects.toThrow(
      /"webgl", expected one of wasm, cpu, node/,
    );
  });

  it("has gradients registered, and leaves the process's error handling alone", async () => {
    const { tf } = await loadEngine();
    const slope = tf.tidy(
      () =>
        tf
          .grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([3]))
          .dataSync()[0],
    );
    expect(slope).toBe(6);
    const { stdout } = await inProcess(`
      const { loadEngine } = await import(${JSON.stringify(`${root}baselines/tf/engine.ts`)});
      const engine = await loadEngine();
      console.log(engine.backend, process.listenerCount("uncaughtException"), process.listenerCount("unhandledRejection"));
    `);
    expect(stdout).toBe("wasm 0 0\n");
  });

  it("runs on the cpu backend as a last resort, from any folder and without a word", async () => {
    const { stdout, stderr } = await inProcess(`
      const { loadEngine } = await import(${JSON.stringify(`${root}baselines/tf/engine.ts`)});
      const { createNetwork, forward } = await import(${JSON.stringify(`${root}baselines/tf/network.ts`)});
      const { createPpo } = await import(${JSON.stringify(`${root}baselines/ppo/ppo.ts`)});
      const { Rng } = await import(${JSON.stringify(`${root}src/random/rng.ts`)});
      const engine = await loadEngine({ backend: "cpu" });
      const actor = createNetwork(engine, { sizes: [3, 5, 4], activation: "tanh", rng: new Rng(1) });
      const y = forward(engine, actor, engine.tf.ones([1, 3])).dataSync();
      const ppo = createPpo(engine, { actor, critic: null, head: { kind: "categorical", sizes: [3] } });
      const column = new Float32Array(6).fill(-1);
      const rollout = { observations: new Float32Array(18).fill(1), actions: new Int32Array(6), logProbabilities: column, advantages: column, returns: column };
      const { gradNorm } = ppo.update(rollout, null, { learningRate: 0.1, normaliseAdvantages: false });
      process.stdout.write(JSON.stringify({ engine: engine.description, kernels: engine.kernels, y: [...y], gradNorm }));
    `);
    expect(stderr).toBe("");
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ kernels: false, engine: expect.stringMatching(/^cpu 4/) });
    expect(result.gradNorm).toBeGreaterThan(0);
    // The same seed gives the same network on every backend.
    const engine = await loadEngine();
    const network = createNetwork(engine, { sizes: [3, 5, 4], activation: "tanh", rng: new Rng(1) });
    const y = forward(engine, network, engine.tf.ones([1, 3])).dataSync();
    result.y.forEach((value: number, i: number) => {
      expect(value).toBeCloseTo(y[i], 5);
    });
  });
});

describe("the compiled kernels", () => {
  it("are what their sources compile to", async () => {
    const { stdout } = await run(process.execPath, ["baselines/tf/kernels/build.mjs", "--check"], {
      cwd: root,
      timeout: 170_000,
    });
    expect(stdout).toBe("");
  }, 180_000);
});
