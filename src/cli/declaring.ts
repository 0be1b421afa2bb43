import type { Command, Option } from "commander";
import type { Io } from "./io.ts";

/** What a command's module exports as `run`; commander has checked which options there are. */
export type Runner = (io: Io, args: readonly string[], options: never) => Promise<number>;

/** How the program declares a command, and options that several share. */
export interface Declaring {
  command(usage: string, summary: string, load: () => Promise<{ run: Runner }>): Command;
  json(): Option;
  plugins(): Option;
}

/** The end of a command's help: lines to copy, with what each does. */
export function examples(...lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([line]) => line.length));
  return `\nExamples:\n${lines.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`).join("\n")}\n`;
}
