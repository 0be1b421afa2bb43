import { createInterface } from "node:readline";
import { isatty } from "node:tty";
import { coloured, type Paint, plain } from "../report/text.ts";

/** What a command may touch of the process around it. */
export interface Io {
  /** Results. */
  out(text: string): void;
  /** Everything else. */
  err(text: string): void;
  /** Whether results, and messages, go to a terminal. */
  readonly outTerminal: boolean;
  readonly errTerminal: boolean;
  readonly columns: number;
  /** Colours for results. */
  readonly paint: Paint;
  readonly cwd: string;
  /** What is typed, or piped in, line by line; leaving the loop lets go of it. */
  lines(): AsyncIterableIterator<string>;
  /** Runs `stop` at the first Ctrl-C or SIGTERM; the second one ends the process at once. Returns what undoes this. */
  onInterrupt(stop: (signal?: NodeJS.Signals) => void): () => void;
}

/** The process itself. Its streams are opened when something is written: `serve` has the descriptors to itself. */
export function processIo(): Io {
  const { env } = process;
  const opened = new Set<NodeJS.WriteStream>();
  const write = (stream: NodeJS.WriteStream, text: string) => {
    if (!opened.has(stream)) {
      opened.add(stream);
      // A reader that has seen enough (head) closes the pipe: no error of ours.
      stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
    }
    stream.write(text);
  };
  const outTerminal = isatty(1);
  const colours = outTerminal && !env.NO_COLOR && env.TERM !== "dumb";
  return {
    out: (text) => write(process.stdout, text),
    err: (text) => write(process.stderr, text),
    outTerminal,
    errTerminal: isatty(2),
    columns: (outTerminal && process.stdout.columns) || 100,
    paint: colours ? coloured : plain,
    cwd: process.cwd(),
    // The terminal's own line editing, which leaves Ctrl-C to `onInterrupt`.
    lines: () => createInterface({ input: process.stdin, terminal: false })[Symbol.asyncIterator](),
    onInterrupt(stop) {
      let asked = false;
      const handle = (signal: NodeJS.Signals) => {
        if (asked) process.exit(INTERRUPTED);
        asked = true;
        stop(signal);
      };
      process.on("SIGINT", handle).on("SIGTERM", handle);
      return () => void process.off("SIGINT", handle).off("SIGTERM", handle);
    },
  };
}

/** Exit codes. */
export const DONE = 0;
export const FAILED = 1;
export const WRONG_INPUT = 2;
export const MISMATCH = 3;
export const INTERRUPTED = 130;
