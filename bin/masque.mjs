#!/usr/bin/env node
// In a checkout the TypeScript sources run as they are; in the published package, which has none, the built files do.
// One process either way: a kill reaches the work itself, never only a launcher.
import { existsSync } from "node:fs";

const source = new URL("../src/cli/main.ts", import.meta.url);
if (existsSync(source)) {
  const tsx = await import("tsx/esm/api");
  tsx.register();
  await import(source.href);
} else {
  await import("../dist/src/cli/main.js");
}
