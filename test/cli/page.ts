import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { masque } from "./command.ts";

/**
 * A test that follows a page of docs: its lines that begin with `masque `, one after the other, in a folder in the place of
 * `runs/`. `less` gives what a command is told besides, so that it takes seconds.
 */
export function followsPage(name: string, folder: string, less: Readonly<Record<string, readonly string[]>>): void {
  const page = readFileSync(join(packageRoot, "docs", name), "utf8");
  const commands = [...page.matchAll(/^masque (.*)$/gm)].map(([, line]) => line);
  it("has commands that work, one after the other", async () => {
    expect(commands.length).toBeGreaterThan(3);
    for (const line of commands) {
      const args = line.replaceAll("runs/", `${folder}/`).split(" ");
      const { code, err } = await masque([...args, ...(less[args[0]] ?? [])]);
      expect(code, `${line}: ${err}`).toBe(0);
    }
  });
}
