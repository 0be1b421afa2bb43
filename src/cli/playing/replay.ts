import { basename } from "node:path";
import { InputError } from "../../data/errors.ts";
import { masque } from "../../data/package.ts";
import { loadPolicies } from "../../policy/checkpoint.ts";
import { type Choice, SAVED, type Value } from "../../view/choice.ts";
import { viewDocument } from "../../view/document.ts";
import { loadParts } from "../../view/parts.ts";
import { openPlayer } from "../../view/player.ts";
import type { Saved } from "../../view/subject.ts";
import { DONE, type Io } from "../io.ts";
import { quote, wholeNumber } from "../runs/open.ts";
import { chooseEnvironment } from "./choose.ts";
import { kilobytes, writePage } from "./playground.ts";

interface Options {
  readonly attack?: string;
  readonly defence?: string;
  readonly policy?: string[];
  readonly episode: string;
  readonly episodes?: string;
  readonly seed: string;
  readonly out: string;
  readonly plugins?: string[];
}

/** masque replay: one episode, as a page of its own. */
export async function run(io: Io, [id, ...settings]: readonly string[], options: Options): Promise<number> {
  const { registry, plugin, params, roles } = await chooseEnvironment(id, settings, options.plugins);
  const { env, name } = plugin;
  if (!/\.html?$/.test(options.out)) throw new InputError(`--out ${options.out}: expected a file that ends in .html.`);
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
  const { course } = openPlayer({ env, policies }, choice, saved);
  const words = Object.entries(course.curves).map(
    ([metric, values]) => `${metric} ${values.at(-1)?.toFixed(3) ?? "–"}`,
  );
  const text = viewDocument(parts.page, {
    version: masque().version,
    cards: parts.cards,
    worker: parts.worker,
    scripts: { [env.id]: parts.environments.get(name)! },
    replay: { choice, saved: bag },
  });
  writePage(options.out, text);
  io.out(
    `${env.id}, episode ${choice.episode}, ${choice.attack} against ${choice.defence}: ${course.steps} steps, ${words.join(", ")}\n` +
      `${options.out}: ${kilobytes(text)} kB. Open it in a browser.\n`,
  );
  return DONE;
}
