import { basename, dirname } from "node:path";
import { InputError } from "../../data/errors.ts";
import { makeFolder, writeAtomic } from "../../data/files.ts";
import { masque } from "../../data/package.ts";
import { loadPolicies } from "../../policy/checkpoint.ts";
import { type Choice, SAVED, type Value } from "../../view/choice.ts";
import { viewDocument } from "../../view/document.ts";
import { frameDocuments, stepsShown } from "../../view/frames.ts";
import { loadParts, painterOf } from "../../view/parts.ts";
import { openPlayer, type Player } from "../../view/player.ts";
import type { Saved } from "../../view/subject.ts";
import { DONE, type Io } from "../io.ts";
import { quote, wholeNumber } from "../runs/open.ts";
import { chooseEnvironment } from "./choose.ts";
import { FRAMES, film, type Moving, needFfmpeg, still } from "./film.ts";
import { kilobytes, writePage } from "./playground.ts";

interface Options {
  readonly attack?: string;
  readonly defence?: string;
  readonly policy?: string[];
  readonly episode: string;
  readonly episodes?: string;
  readonly seed: string;
  readonly out?: string;
  readonly png?: boolean;
  readonly gif?: boolean;
  readonly mp4?: boolean;
  readonly step?: string;
  readonly rate: string;
  readonly plugins?: string[];
}

/** masque replay: one episode, as a page of its own, as a picture or as a film. */
export async function run(io: Io, [id, ...settings]: readonly string[], options: Options): Promise<number> {
  const { registry, plugin, params, roles } = await chooseEnvironment(id, settings, options.plugins);
  const { env, name } = plugin;
  const kind = kindOf(options);
  const out = options.out ?? `runs/replay.${kind}`;
  const saved: Saved = Object.assign(
    {},
    ...(options.policy ?? []).map((path) => loadPolicies(path, Object.keys(roles))),
  );
  for (const { environment } of Object.values(saved))
    if (environment !== env.id) throw new InputError(`--policy: it was trained in ${environment}, not in ${env.id}.`);
  const files = (options.policy ?? []).map((path) => quote(basename(path)));
  const plays = (side: "attacker" | "other") =>
    Object.keys(saved).some((role) => (roles[role]?.side === "attacker") === (side === "attacker"));

  const parts = await loadParts(registry, [name], options.plugins);
  const [card] = parts.cards;
  const plain = Object.entries(params).filter((pair): pair is [string, Value] =>
    card.fields.some((field) => field.name === pair[0]),
  );
  const choice: Choice = {
    ...card.start,
    params: Object.fromEntries(plain),
    attack: options.attack ?? (plays("attacker") ? SAVED : card.start.attack),
    defence: options.defence ?? (plays("other") ? SAVED : "default"),
    seed: wholeNumber("--seed", options.seed, 0),
    episode: wholeNumber("--episode", options.episode, 0, 1e6),
    ...(options.episodes !== undefined && { episodes: wholeNumber("--episodes", options.episodes, 1, 4096) }),
  };
  const bag = files.length > 0 ? { policies: saved, files, attacks: plays("attacker"), defends: plays("other") } : null;
  // Played here once: a choice that cannot be played is refused now, and the reader is told what happens.
  const policies = await plugin.policies();
  const player = openPlayer({ env, policies, painter: await painterOf(plugin) }, choice, saved);
  const { course } = player;
  const words = Object.entries(course.curves).map(
    ([metric, values]) => `${metric} ${values.at(-1)?.toFixed(3) ?? "–"}`,
  );
  const told = `${env.id}, episode ${choice.episode}, ${choice.attack} against ${choice.defence}: ${course.steps} steps, ${words.join(", ")}\n`;
  if (kind !== "html") {
    const heading = `${env.id}, episode ${choice.episode}: ${choice.attack} against ${choice.defence}`;
    const bytes = await drawn(io, player, heading, kind, options);
    makeFolder(dirname(out));
    writeAtomic(out, bytes);
    io.out(`${told}${out}: ${Math.round(bytes.length / 1000)} kB.\n`);
    return DONE;
  }
  const text = viewDocument(parts.page, {
    version: masque().version,
    cards: parts.cards,
    worker: parts.worker,
    scripts: { [env.id]: parts.environments.get(name)! },
    replay: { choice, saved: bag },
  });
  writePage(out, text);
  io.out(`${told}${out}: ${kilobytes(text)} kB. Open it in a browser.\n`);
  return DONE;
}

const MADE = ["png", "gif", "mp4"] as const;

/** A page, unless a picture or a film is asked for: by its name, or by the file's ending. */
function kindOf(options: Options): "html" | (typeof MADE)[number] {
  const asked = MADE.filter((kind) => options[kind]);
  if (asked.length > 1) throw new InputError(`--${asked.join(" and --")}: one replay is one file. Choose one.`);
  const ending = /\.(html?|png|gif|mp4)$/.exec(options.out ?? ".html")?.[1].replace(/^htm$/, "html");
  const kind = asked[0] ?? ending;
  if (kind === undefined || (options.out !== undefined && ending !== kind))
    throw new InputError(
      `--out ${options.out}: expected a file that ends in .${asked[0] ?? "html, .png, .gif or .mp4"}.`,
    );
  return kind as ReturnType<typeof kindOf>;
}

/** One step as a picture, or the episode as a film. */
async function drawn(io: Io, player: Player, heading: string, kind: "png" | Moving, options: Options) {
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
