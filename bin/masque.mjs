#!/usr/bin/env node
// In a checkout the TypeScript sources run as they are; in the published package, which has none, the built files do.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const source = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
if (existsSync(source)) {
  const tsx = createRequire(import.meta.url).resolve("tsx");
  const child = spawnSync(
    process.execPath,
    ["--conditions=masque-source", "--import", pathToFileURL(tsx).href, source, ...process.argv.slice(2)],
    { stdio: "inherit" },
  );
  if (child.signal) process.kill(process.pid, child.signal);
  process.exitCode = child.status ?? 1;
} else {
  await import("../dist/src/cli/main.js");
}
