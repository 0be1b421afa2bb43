import { InputError } from "../../data/errors.ts";
import { frameDocuments, stepsShown } from "../../view/frames.ts";
import type { Player } from "../../view/player.ts";
import type { Io } from "../io.ts";
import { wholeNumber } from "../runs/open.ts";
import { FRAMES, film, type Moving, needFfmpeg, still } from "./film.ts";

/** What a replay is written as. */
export interface Form {
  readonly out?: string;
  readonly png?: boolean;
  readonly gif?: boolean;
  readonly mp4?: boolean;
  readonly step?: string;
  readonly rate: string;
}

const MADE = ["png", "gif", "mp4"] as const;
export type Picture = (typeof MADE)[number];

/** A page, unless a picture or a film is asked for: by its name, or by the file's ending. */
export function formOf(options: Form): "html" | Picture {
  const asked = MADE.filter((kind) => options[kind]);
  if (asked.length > 1) throw new InputError(`--${asked.join(" and --")}: one replay is one file. Choose one.`);
  const ending = /\.(html?|png|gif|mp4)$/.exec(options.out ?? ".html")?.[1].replace(/^htm$/, "html");
  const kind = asked[0] ?? ending;
  if (kind === undefined || (options.out !== undefined && ending !== kind))
    throw new InputError(
      `--out ${options.out}: expected a file that ends in .${asked[0] ?? "html, .png, .gif or .mp4"}.`,
    );
  return kind as ReturnType<typeof formOf>;
}

/** One step as a picture, or the episode as a film. */
export async function draw(io: Io, player: Player, heading: string, kind: "png" | Moving, options: Form) {
  const { steps } = player.course;
  if (player.frame(0).svg === null)
    throw new InputError(
      `--${kind}: ${player.course.environment} draws no picture. The page shows what its agents do.`,
    );
  if (kind === "png") {
    const step = options.step === undefined ? steps : wholeNumber("--step", options.step, 0, steps);
    return still(frameDocuments(player, [step], heading)[0]);
  }
  const rate = wholeNumber("--rate", options.rate, 1, 60);
  await needFfmpeg(kind);
  const shown = stepsShown(steps, FRAMES);
  if (shown.length <= steps) io.err(`${steps} steps in ${shown.length} frames\n`);
  const documents = frameDocuments(player, shown, heading);
  return film(documents, kind, rate, (done) => {
    if (io.errTerminal) io.err(`\r${done} of ${documents.length} frames${done === documents.length ? "\n" : ""}`);
  });
}
