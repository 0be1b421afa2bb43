import { masqueCommand } from "../../src/cli/program.ts";
import { openBenchmark } from "../../src/cli/runs/open.ts";
import { plain } from "../../src/report/text.ts";
import { type Cell, makePlan } from "../../src/run/plan.ts";

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs a command line in this process. `onErr` sees messages as they come, and may interrupt as Ctrl-C does; `typed` are lines
 * of its input.
 */
export async function masque(
  args: readonly string[],
  onErr?: (text: string, interrupt: () => void) => void,
  typed: Iterable<string> | AsyncIterable<string> = [],
): Promise<Outcome> {
  let out = "";
  let err = "";
  let stop = () => {};
  const code = await masqueCommand(args, {
    out(text) {
      out += text;
    },
    err(text) {
      err += text;
      onErr?.(text, () => stop());
    },
    outTerminal: false,
    errTerminal: false,
    columns: 100,
    paint: plain,
    cwd: process.cwd(),
    async *lines() {
      yield* typed;
    },
    onInterrupt(interrupt) {
      stop = interrupt;
      return () => {};
    },
  });
  return { code, out, err };
}

export const PLUGINS = ["--plugins", new URL("../run/plugins", import.meta.url).pathname];

/** Cells that `masque run` would compute: those `--dry-run` lists, which takes seconds to tell how long they take. */
export async function planned(name: string, overrides: readonly string[]): Promise<readonly Cell[]> {
  const { benchmark } = await openBenchmark(name, overrides, PLUGINS.slice(1));
  return makePlan(benchmark).cells;
}
