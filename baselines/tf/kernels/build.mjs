// Compiles the AssemblyScript kernels and writes each as a TypeScript module holding base64.
//   npm run build:kernels             writes them
//   npm run build:kernels -- --check  writes nothing; fails unless the committed modules are what the sources give
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** Modules are the sources `….as.ts` whose first line says what they are compiled to; the rest is what they import. */
async function modules() {
  const paths = ["src", "envs", "baselines"].map(async (folder) =>
    (await readdir(join(root, folder), { recursive: true })).map((path) => join(folder, path)),
  );
  const files = (await Promise.all(paths)).flat().sort();
  const found = [];
  for (const source of files.filter((path) => path.endsWith(".as.ts"))) {
    const [, name] = /^\/\/ .*compiled to (\S+\.wasm\.ts) by/.exec(await readFile(join(root, source), "utf8")) ?? [];
    if (name) found.push({ source, target: join(dirname(source), name) });
  }
  for (const target of files.filter((path) => path.endsWith(".wasm.ts"))) {
    if (!found.some((module) => module.target === target))
      throw new Error(`no source says it is compiled to ${target}`);
  }
  return found;
}

async function compile(source) {
  let binary = null;
  const { error, stderr } = await asc.main(
    [source, "--outFile", "out.wasm", "--runtime", "stub", "--importMemory", "--initialMemory", "1"].concat([
      "-O3",
      "--noAssert",
      "--enable",
      "simd",
    ]),
    {
      readFile: (name, base) => readFile(`${base}/${name}`, "utf8").catch(() => null),
      writeFile: (name, contents) => {
        if (name === "out.wasm") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`${source} does not compile:\n${stderr}`);
  return Buffer.from(binary);
}

function moduleText(source, binary) {
  const lines = binary.toString("base64").match(/.{1,110}/g);
  return `// Compiled from ${source} by \`npm run build:kernels\`: do not edit.\nexport const wasm =\n${lines.map((line) => `  "${line}"`).join(" +\n")};\n`;
}

const check = process.argv.includes("--check");
process.chdir(root);
for (const { source, target } of await modules()) {
  const text = moduleText(source, await compile(source));
  if (!check) {
    await writeFile(target, text);
    console.log(`${target}: ${text.length} characters`);
  } else if ((await readFile(target, "utf8").catch(() => "")) !== text) {
    console.error(`${target} is not what ${source} compiles to; run \`npm run build:kernels\` and commit the result`);
    process.exitCode = 1;
  }
}
