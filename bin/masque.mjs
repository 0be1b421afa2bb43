#!/usr/bin/env node
// In a checkout the TypeScript sources run as they are; in the published package, which has none, the built files do.
// One process either way: a kill reaches the work itself, never only a launcher.
import { existsSync } from "node:fs";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `masque: this is Node.js ${process.version}; Masque needs 20.19 or newer (https://nodejs.org).\n`,
  );
  process.exit(2);
}

const source = new URL("../src/cli/main.ts", import.meta.url);
if (existsSync(source)) {
  const tsx = await import("tsx/esm/api");
  tsx.register();
  await import(source.href);
} else {
  await import("../dist/src/cli/main.js");
}
