import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = import.meta.url;
/** True when the TypeScript sources are running, false in the built package. */
export const fromSource = here.endsWith(".ts");
/** Where code lies (the package, or its `dist/`) and where data lies (the package). */
export const codeRoot = fileURLToPath(new URL("../../", here)).replace(/[\\/]$/, "");
export const packageRoot = fromSource ? codeRoot : dirname(codeRoot);
let packageInfo: { version: string; dependencies: Record<string, string> } | undefined;

/** Masque's version and what it depends on, from package.json. */
export function masque(): { version: string; dependencies: Record<string, string> } {
  packageInfo ??= JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as NonNullable<
    typeof packageInfo
  >;
  return packageInfo;
}
