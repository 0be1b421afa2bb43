import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

// TensorFlow's own library, where it is: scripts/tfjs-node.sh --to FOLDER, then NODE_PATH=FOLDER/node_modules.

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
const isThere = (() => {
  try {
    require.resolve("@tensorflow/tfjs-node");
    return true;
  } catch {
    return false;
  }
})();

interface Found {
  readonly description: string;
  readonly gradients: readonly (readonly number[])[];
  readonly trained: Readonly<Record<string, readonly string[]>>;
  readonly tensors: readonly [number, number];
}

async function child(args: readonly string[], node = process.execPath, env: NodeJS.ProcessEnv = {}) {
  const file = fileURLToPath(new URL("native-child.ts", import.meta.url));
  const options = ["--conditions=masque-source", "--import", require.resolve("tsx"), file, ...args];
  const { stdout, stderr } = await run(node, options, { env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
  return { ...(JSON.parse(stdout) as Found), stderr };
}

describe.skipIf(!isThere)("tfjs-node (skipped where it is not installed: scripts/tfjs-node.sh)", () => {
  it("starts without a word, computes wasm's gradients, trains by every baseline, leaves no tensors, repeats to the byte", async () => {
    const first = await child(["node", "train"]);
    expect(first.stderr).toBe("");
    expect(first.description).toMatch(/^node 4\.\d+\.\d+ \+ TensorFlow \d+\.\d+\.\d+, 1 thread$/);

    const wasm = await child(["wasm"]);
    const numbers = first.gradients.flat();
    const expected = wasm.gradients.flat();
    expect(numbers).toHaveLength(expected.length);
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.01);
    expect(Math.max(...numbers.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(1e-5);

    expect(Object.keys(first.trained).length).toBeGreaterThanOrEqual(10);
    expect(first.tensors[1]).toBe(first.tensors[0]);
    expect((await child(["node", "train"])).trained).toEqual(first.trained);
  }, 300_000);

  it("takes as many threads as it is told to, and says so", async () => {
    const { description } = await child(["node"], process.execPath, { TF_NUM_INTRAOP_THREADS: "2" });
    expect(description).toMatch(/, 2 threads$/);
  });

  it("docs/tfjs-node.md: its commands do what the page says", async () => {
    const page = readFileSync(join(root, "docs/tfjs-node.md"), "utf8");
    const lines = [...page.matchAll(/^npm run masque -- (.*)$/gm)].map(([, line]) => line.split(" "));
    expect(lines.map(([command]) => command)).toEqual(["doctor", "train"]);
    const out = mkdtempSync(join(tmpdir(), "masque-native-"));
    for (const line of lines) {
      const args = line.map((word) => word.replace(/^runs/, out));
      const more = args[0] === "train" ? ["--budget", "4000"] : [];
      const { stdout } = await run(process.execPath, [join(root, "bin/masque.mjs"), ...args, ...more]);
      expect(stdout).toMatch(args[0] === "train" ? /"steps": \d+/ : /ok +@tensorflow\/tfjs-node +node 4/);
    }
    expect(JSON.parse(readFileSync(join(out, "native/manifest.json"), "utf8")).backend).toBe("node");
    rmSync(out, { recursive: true });
  });

  const other = process.env.MASQUE_OTHER_NODE;
  it.skipIf(!other)(
    "trains on a second Node as on this one",
    async () => {
      const [here, there] = [await child(["node", "train"]), await child(["node", "train"], other)];
      expect(there.stderr).toBe("");
      expect(there.trained).toEqual(here.trained);
    },
    300_000,
  );
});
