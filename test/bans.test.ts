import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".as.ts"))
    .map((name) => join(folder, name));

/** Lines of code, without comments, that a pattern finds. */
function offences(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .map((line, i) => ({ line, at: `${file}:${i + 1}` }))
      .filter(({ line }) => !/^\s*(\*|\/\/|\/\*)/.test(line) && pattern.test(line))
      .map(({ line, at }) => `${at}: ${line.trim()}`),
  );
}

// Whatever dynamics, acting, statistics and references compute with; pictures and messages may be approximate.
const exact = [...sources("src"), ...sources("envs")].filter(
  (file) => !/^src\/(report|cli)\/|\/figure\.ts$/.test(file),
);

describe("banned", () => {
  it("functions of Math that differ between engines: use src/numeric.ts", () => {
    const names = "exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|cbrt|hypot";
    expect(offences(exact, new RegExp(`Math\\.(${names})\\b`))).toEqual([]);
  });

  it("randomness and clocks that no seed controls", () => {
    const clocked = [...exact, ...sources("baselines")].filter(
      (file) => !/^src\/(run|testing\/conformance)\//.test(file),
    );
    expect(offences(clocked, /Math\.random|Date\.now|performance\.now|new Date\(/)).toEqual([]);
    // Runs may look at the clock for progress and host.json; the conformance kit poisons these names on purpose.
    expect(offences(sources("src/run"), /Math\.random/)).toEqual([]);
  });
});
