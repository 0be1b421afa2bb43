import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { InputError } from "../../data/errors.ts";
import { makeFolder, writeAtomic } from "../../data/files.ts";
import { checkCoordination } from "../../play/cast.ts";
import { loadPolicies } from "../../policy/checkpoint.ts";
import { type Choice, SAVED, type Value } from "../../view/choice.ts";
import type { Saved } from "../../view/subject.ts";
import { tapeFile } from "../entries/verify-tape.ts";
import { DONE, type Io } from "../io.ts";
import { chooseEnvironment } from "../playing/choose.ts";
import { quote, wholeNumber } from "../runs/open.ts";
import { openPages, type Replay, type ReplayOptions } from "./page.ts";
import { draw, formOf } from "./picture.ts";
import { kilobytes, writePage } from "./playground.ts";
import { openCells, replayCell } from "./replay-cell.ts";
import { replayTape } from "./replay-tape.ts";

/** masque replay: one episode, as a page of its own, as a picture or as a film. */
export async function run(io: Io, [what, ...settings]: readonly string[], options: ReplayOptions): Promise<number> {
  const form = formOf(options);
  const out = options.out ?? `runs/replay.${form}`;
  const cells = await openCells(what, options.plugins);
  const tape = cells ? undefined : tapeFile(what);
  refuse(what, { params: settings[0], ...options }, cells ? "run" : tape === undefined ? "environment" : "game");
  const { pages, shown, said } = cells
    ? await replayCell(cells, options)
    : tape !== undefined
      ? await replayTape(tape, what, options)
      : await replayEnvironment(what, settings, options);
  // Played here once: a choice that cannot be played is refused now, and the reader is told what happens.
  const player = pages.play(shown);
  const { course } = player;
  const words = Object.entries(course.curves).map(
    ([metric, values]) => `${metric} ${values.at(-1)?.toFixed(3) ?? "–"}`,
  );
  const told = `${said}: ${course.steps} steps, ${words.join(", ")}\n${out}`;
  if (form === "html") {
    const text = pages.text(shown);
    writePage(out, text);
    io.out(`${told}: ${kilobytes(text)} kB. Open it in a browser.\n`);
  } else {
    const bytes = await draw(io, player, said, form, options);
    makeFolder(dirname(out));
    writeAtomic(out, bytes);
    io.out(`${told}: ${Math.round(bytes.length / 1000)} kB.\n`);
  }
  return DONE;
}

/** What does not belong to what is shown: runs and recorded games say themselves who plays, and where. */
const STRANGE = {
  environment: ["point", "arm"],
  run: ["params", "defence", "policy", "seed", "episodes", "arm"],
  game: ["params", "defence", "policy", "seed", "episodes", "attack", "point", "run"],
} as const;

function refuse(
  what: string,
  given: ReplayOptions & { readonly params: string | undefined },
  kind: keyof typeof STRANGE,
): void {
  for (const name of STRANGE[kind]) {
    const value = given[name];
    if (value === undefined) continue;
    const option = name === "params" ? String(value) : `--${name} ${String(value)}`;
    throw new InputError(
      kind === "environment"
        ? `${what} is an environment, which has no ${name}: leave out ${option}.`
        : `${what} says itself who plays, and where: leave out ${option}.`,
    );
  }
}

async function replayEnvironment(id: string, settings: readonly string[], options: ReplayOptions): Promise<Replay> {
  if (!/^[\w-]+$/.test(id))
    throw new InputError(
      existsSync(id)
        ? `${id} holds neither a run (manifest.json), nor an entry (entry.json), nor a recorded game (tape.json).`
        : `There is no file or folder ${id}; expected an environment, a run, an entry, or a recorded game.`,
    );
  const { registry, plugin, params, roles } = await chooseEnvironment(id, settings, options.plugins);
  const { env } = plugin;
  const saved: Saved = Object.assign(
    {},
    ...(options.policy ?? []).map((path) => loadPolicies(path, Object.keys(roles))),
  );
  for (const { environment, role, baseline, joint } of Object.values(saved)) {
    if (environment !== env.id) throw new InputError(`--policy: it was trained in ${environment}, not in ${env.id}.`);
    if (Object.hasOwn(roles, role))
      checkCoordination(env, roles[role].side, { id: baseline, coordination: joint ? "joint" : "factored" });
  }
  const files = (options.policy ?? []).map((path) => quote(basename(path)));
  const plays = (side: "attacker" | "other") =>
    Object.keys(saved).some((role) => (roles[role]?.side === "attacker") === (side === "attacker"));

  const pages = await openPages(registry, plugin, options.plugins);
  const { card } = pages;
  const plain = Object.entries(params).filter((pair): pair is [string, Value] =>
    card.fields.some((field) => field.name === pair[0]),
  );
  const choice: Choice = {
    ...card.start,
    params: Object.fromEntries(plain),
    attack: options.attack ?? (plays("attacker") ? SAVED : card.start.attack),
    defence: options.defence ?? (plays("other") ? SAVED : "default"),
    seed: wholeNumber("--seed", options.seed ?? "1", 0),
    run: wholeNumber("--run", options.run ?? "0", 0, 1e6),
    episode: wholeNumber("--episode", options.episode ?? "0", 0, 1e6),
    ...(options.episodes !== undefined && { episodes: wholeNumber("--episodes", options.episodes, 1, 4096) }),
  };
  const bag = files.length > 0 ? { policies: saved, files, attacks: plays("attacker"), defends: plays("other") } : null;
  return {
    pages,
    shown: { choice, saved: bag },
    said: `${env.id}, episode ${choice.episode}, ${choice.attack} against ${choice.defence}`,
  };
}
