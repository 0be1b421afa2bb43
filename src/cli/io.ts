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
  /** Runs `stop` at the first Ctrl-C or SIGTERM; the second one ends the process at once. Returns what undoes this. */
  onInterrupt(stop: () => void): () => void;
}

/** The process itself. */
export function processIo(): Io {
  const { stdout, stderr, env } = process;
  // A reader that has seen enough (head) closes the pipe: no error of ours.
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  }
  const outTerminal = stdout.isTTY === true;
  const colours = outTerminal && !env.NO_COLOR && env.TERM !== "dumb";
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    outTerminal,
    errTerminal: stderr.isTTY === true,
    columns: stdout.columns || 100,
    paint: colours ? coloured : plain,
    cwd: process.cwd(),
    onInterrupt(stop) {
      let asked = false;
      const handle = () => {
        if (asked) process.exit(INTERRUPTED);
        asked = true;
        stop();
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
export const INTERRUPTED = 130;
