import type { Decide, Turn } from "../../llm/episode.ts";
import type { Face } from "../../llm/face.ts";
import { Left } from "../../people/session.ts";
import { readTyped } from "../../people/typed.ts";
import { offerLines, passedSince } from "../../people/words.ts";
import { fold, type Paint, plain } from "../../report/text.ts";
import { actionMeaning } from "../../spaces/index.ts";
import type { Io } from "../io.ts";

/** A person at a terminal, or lines of a pipe. */
export interface Asking {
  readonly decide: Decide;
  /** Says that an episode begins. */
  begin(number: number, of: number): void;
  close(): void;
}

const HELP = `  a name, the beginning of one, or its number; several parted by spaces or commas
  all NAME   the same for every choice
  rules      the game once more
  quit       ends; finished episodes count
`;

/** Asks on the terminal. The end of the input, and Ctrl-C, are `quit`. */
export function askTyped(io: Io, face: Face, signal: AbortSignal): Asking {
  const lines = io.lines();
  const stopped = new Promise<IteratorResult<string>>((resolve) => {
    signal.addEventListener("abort", () => resolve({ done: true, value: undefined }), { once: true });
  });
  const paint = io.errTerminal ? io.paint : plain;
  /** By row: the step in which it was last asked. */
  let asked = new Map<number, number>();

  const decide: Decide = async (turn) => {
    const { row, step } = turn;
    io.err(`\n${turnText(turn, asked.get(row) ?? -1, { columns: io.columns, paint })}`);
    asked.set(row, step);
    for (;;) {
      io.err("> ");
      const { done, value } = await Promise.race([lines.next(), stopped]);
      const line = done ? "quit" : String(value).trim();
      const word = isChoice(turn, line) ? "" : line.toLowerCase();
      if (word === "quit" || word === "q") throw new Left();
      else if (word === "help" || word === "?") io.err(HELP);
      else if (word === "rules") io.err(`${face.rules}\n`);
      else if (word === "undo") io.err("What is done is done.\n");
      else if (line !== "") {
        const read = readTyped(turn.space, turn.legal, line);
        if ("action" in read) return { way: "valid", action: read.action };
        io.err(`${read.error[0].toUpperCase()}${read.error.slice(1)}.\n`);
      }
    }
  };
  return {
    decide,
    begin(number, of) {
      asked = new Map();
      io.err(`\n${paint("bold", `Episode ${number} of ${of}`)}\n`);
    },
    // A line that is still waited for would keep the process alive.
    close: () => void lines.return?.(),
  };
}

/** Whether a word is one of the choices, which then means that. */
const isChoice = ({ space }: Turn, word: string): boolean =>
  space.kind !== "box" && actionMeaning(space).some(({ names }) => names?.includes(word));

function turnText(turn: Turn, last: number, { columns, paint }: { columns: number; paint: Paint }): string {
  const { role, row, step, horizon, seen } = turn;
  const indented = (line: string) => fold(line, columns, "  ");
  return [
    `${paint("bold", `${role}_${row}, step ${step + 1} of at most ${horizon}`)}\n`,
    ...passedSince(turn, last).map((line) => paint("dim", indented(line))),
    ...seen.map(indented),
    ...offerLines(turn).map((line) => paint("cyan", indented(line))),
  ].join("");
}
