import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unpackArchive } from "../../src/data/archive.ts";
import { packageRoot } from "../../src/data/package.ts";
import { decodePolicy } from "../../src/policy/checkpoint.ts";
import { environments } from "../environments.ts";
import { hasChromium, launch } from "./browser.ts";
import { playAll, playStored } from "./core.ts";

// Everything up to play runs in a browser: dynamics, scripts, trained policies, WebAssembly kernels, with the same bits.
const all = await environments();
const names = all.map(({ name }) => name);
const entry = `
  import { playAll, playStored } from "./core.ts";
  ${names.map((name, i) => `import env${i} from "../../envs/${name}/env.ts"; import * as scripts${i} from "../../envs/${name}/policies.ts";`).join("\n")}
  const folders = { ${names.map((name, i) => `"${name}": { env: env${i}, policies: scripts${i}.default, variants: scripts${i}.variants ?? [] }`)} };
  globalThis.core = { play: (name) => playAll(folders[name]), stored: (name, data) => playStored(folders[name], data) };
`;

/** A network that was trained in simple-crypto, from its reference entry. */
function storedPolicy() {
  const folder = join(packageRoot, "leaderboard", "entries", "simple-crypto");
  const archive = readdirSync(folder).find((file) => file.startsWith("policies-"))!;
  const files = unpackArchive(readFileSync(join(folder, archive)), 2 ** 26, archive);
  for (const [name, bytes] of files) {
    if (!name.endsWith(".json")) continue;
    const json = JSON.parse(new TextDecoder().decode(bytes));
    const weights = files.get(name.replace(".json", ".safetensors"))!;
    if (json.baseline === "ippo" && json.kind === "mlp") return decodePolicy(json, weights, name);
  }
  throw new Error(`${archive} holds no network trained by ippo`);
}

const bundle = async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: entry, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" },
    ...{ bundle: true, write: false, format: "iife", platform: "browser", target: "es2022", minify: true },
    ...{ conditions: ["masque-source"], metafile: true, logLevel: "silent" },
  });
  return { code: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
};

describe("the core, bundled for a browser", () => {
  it("takes in nothing of Node, and no more than it needs", async () => {
    const { code, inputs } = await bundle();
    expect(inputs.filter((file) => file.startsWith("node:") || /src\/(run|report|cli|library)\//.test(file))).toEqual(
      [],
    );
    // Half of it is the language of plain-talk.
    expect(gzipSync(code).length).toBeLessThan(490_000);
  });

  describe.skipIf(!hasChromium)("in Chromium", () => {
    let close = async () => {};
    let call: (name: "play" | "stored", ...args: unknown[]) => Promise<unknown>;
    beforeAll(async () => {
      const browser = await launch();
      close = () => browser.close();
      const page = await browser.newPage();
      await page.addScriptTag({ content: (await bundle()).code });
      call = (name, ...args) =>
        page.evaluate(
          ([name, args]) => {
            const { core } = globalThis as unknown as { core: Record<string, (...args: unknown[]) => unknown> };
            const revive = (value: unknown): unknown =>
              Array.isArray(value) || typeof value !== "object" || value === null
                ? value
                : "floats" in value
                  ? Float32Array.from(value.floats as number[])
                  : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
            return core[name](...args.map(revive));
          },
          [name, args] as const,
        );
    });
    afterAll(() => close());

    it.each(all)(
      "plays $name to the bytes of its golden trace, and every scripted attack as Node does",
      async (folder) => {
        const played = (await call("play", folder.name)) as ReturnType<typeof playAll>;
        const { digest, variants } = folder.golden!;
        expect(played.digests).toEqual([digest, ...variants.map((variant) => variant.digest)]);
        expect(played).toEqual(playAll({ ...folder, policies: folder.policies! }));
      },
    );

    it("plays a stored network as Node does", async () => {
      const data = storedPolicy();
      const folder = all.find(({ env }) => env.id === data.environment)!;
      const plain = JSON.parse(
        JSON.stringify(data, (_, value) => (value instanceof Float32Array ? { floats: [...value] } : value)),
      );
      const played = await call("stored", folder.name, plain);
      expect(played).toEqual(playStored({ ...folder, policies: folder.policies! }, data));
    });
  });
});
