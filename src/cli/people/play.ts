import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { canonical, pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { makeFolder, writeAtomic } from "../../data/files.ts";
import { masque } from "../../data/package.ts";
import { faceOf } from "../../llm/face.ts";
import { checkGame, type OpenGame, openGame } from "../../llm/game.ts";
import type { Tape } from "../../llm/tape.ts";
import { gameOf, othersAttack, seatOf } from "../../people/seat.ts";
import { playSession } from "../../people/session.ts";
import { crowdOf, type Sat } from "../../people/sum.ts";
import { DONE, type Io } from "../io.ts";
import { chooseSmall } from "../playing/choose.ts";
import { worstScript } from "../playing/llm-report.ts";
import { quote, wholeNumber } from "../runs/open.ts";
import { run as playground } from "../watching/playground.ts";
import { crowdText } from "./people.ts";
import { askTyped } from "./typed.ts";

interface Options {
  readonly role: string;
  readonly attack?: string;
  readonly defence: string;
  readonly episodes?: string;
  readonly seed: string;
  readonly label?: string;
  readonly atDefaults?: boolean;
  readonly out?: string;
  /** A file: the page on which the role is played, instead of the terminal. */
  readonly page?: string;
  readonly json?: boolean;
  readonly plugins?: string[];
}

/** masque play: a person in a role, here in the terminal or on a page. */
export async function run(io: Io, [id, ...settings]: readonly string[], options: Options): Promise<number> {
  if (options.page !== undefined) return onPage(io, id, settings, options, options.page);
  const { plugin, params, roles } = await chooseSmall(id, settings, options);
  const { env, name } = plugin;
  const seat = seatOf(env, params, options.role);
  const attack =
    options.attack ?? (othersAttack(roles, seat) ? await worstScript(plugin, params, options.defence) : "none");
  const game = checkGame(
    gameOf(plugin, params, seat, {
      attack,
      defence: options.defence,
      seed: wholeNumber("--seed", options.seed, 0),
      episodes: wholeNumber("--episodes", options.episodes ?? "4", 1, 1000),
      label: options.label,
    }),
  );
  const open = await openGame(game, plugin);
  const out = options.out ?? firstFree(join("runs", `play-${name}-${seat.role}`));
  if (!/\.json$/.test(out)) throw new InputError(`--out ${out}: expected a file that ends in .json.`);
  if (existsSync(out))
    throw new InputError(`${out} is there already, and may be somebody's games. Choose another --out.`);

  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  const asking = askTyped(io, faceOf(env, params, seat.role), interrupt.signal);
  io.err(welcome(open, out));
  try {
    const tape = await playSession(open, asking.decide, {
      version: masque().version,
      begin: asking.begin,
      kept(so) {
        makeFolder(dirname(out));
        writeAtomic(out, canonical(so));
      },
    });
    if (!tape) {
      io.err("Nothing was finished, and nothing was written.\n");
      return DONE;
    }
    await report(io, open, tape, out, options.json === true);
    return DONE;
  } finally {
    asking.close();
    undo();
  }
}

/** Writes the page, and says the address that leads into the role. */
function onPage(io: Io, id: string, settings: readonly string[], options: Options, page: string): Promise<number> {
  const { role, attack, defence, plugins } = options;
  const asked = [
    ...settings,
    ...(["atDefaults", "episodes", "label", "out", "json"] as const).filter((name) => options[name] !== undefined),
  ];
  if (asked.length > 0)
    throw new InputError(`--page: got ${asked.join(", ")} too, for which the page itself asks. Leave it out.`);
  const seed = wholeNumber("--seed", options.seed, 0);
  return playground(io, [id], { out: page, role, plugins, start: { ...(attack && { attack }), defence, seed } });
}

/** What a person reads before the first step. */
function welcome({ env, game, roles, arms, plays }: OpenGame, out: string): string {
  const [[role, { agent }]] = Object.entries(game.players);
  const { rules } = faceOf(env, plays.attacked.params, role);
  const hidden =
    arms.length > 1
      ? `Every episode is played twice, once with attackers and once without, in an order that you are not told: ${2 * game.episodes} in all.`
      : `${game.episodes} episode${game.episodes === 1 ? "" : "s"}.`;
  const one = agent === undefined ? "" : `You decide for ${role}_${agent}; the other ${role} are scripts.\n`;
  const all = agent === undefined && roles[role].count > 1 ? `You decide for all ${roles[role].count} ${role}.\n` : "";
  return (
    `${rules}\n\nYou play. ${one}${all}${hidden}\n` +
    `Type a name or its number; help says what there is; quit ends, and finished episodes count. What is done is done: there is no undo.\n` +
    `Recorded in ${out}: what you do, and nothing about you.\n`
  );
}

async function report(io: Io, open: OpenGame, tape: Tape, out: string, json: boolean): Promise<void> {
  const sat: Sat = { tape, open: { ...open, game: tape.game }, file: out };
  const crowd = crowdOf([sat]);
  if (json) io.out(pretty({ file: out, tape: tape.id, ...crowd }));
  else {
    io.out(crowdText(io, crowd));
    io.err(
      `masque replay ${quote(out)} shows it; masque verify ${quote(out)} plays it again; masque people FILES sums up several.\n`,
    );
  }
}

function firstFree(base: string): string {
  for (let i = 1; ; i++) {
    const file = `${base}${i === 1 ? "" : `-${i}`}.json`;
    if (!existsSync(file)) return file;
  }
}
