import { digest } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { inLine } from "../data/markup.ts";
import { ARMS, byPeople, type OpenGame, SOMEONE } from "../llm/game.ts";
import { armsOf, type Played } from "../llm/results.ts";
import { type Tape, tapeEpisodes } from "../llm/tape.ts";
import type { Episodes } from "../play/evaluate.ts";
import { type Estimate, estimate } from "../stats/estimate.ts";
import { compareScripts, intervalsOf, type Line, type Stretch, together } from "./compare.ts";

/** A recorded game that was found to be true. */
export interface Sat {
  readonly tape: Tape;
  readonly open: OpenGame;
  /** What it is told apart by where it has no label. */
  readonly file: string;
}

/** All who played one game: people, or one model. */
export interface Crowd {
  /** "people, n = 12", "people, n = 1, 8 episodes", "my-model, 8 episodes" */
  readonly who: string;
  readonly environment: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly roles: readonly string[];
  readonly attack: string;
  readonly defence: string;
  /** What the intervals are over: people where there are several, else episodes. */
  readonly over: "people" | "episodes";
  readonly n: number;
  readonly episodes: number;
  readonly metrics: Readonly<Record<string, Estimate>>;
  /** In the clean arm, what is there when nobody attacks. */
  readonly clean: Readonly<Record<string, Estimate>>;
  /** Each by itself, intervals over its episodes. */
  readonly members: readonly (Line & { readonly episodes: number })[];
  /** Scripts of the same side, and random play, in the same episodes. */
  readonly scripts: readonly Line[];
}

/** What games have in common that are summed up together: all but seeds, numbers of episodes, and people's labels. */
export function kindOf({ game }: Pick<Tape, "game">): string {
  const { seed: _, episodes: __, players, ...rest } = game;
  const people = byPeople(game);
  const seats = Object.entries(players).map(([role, { model, ...seat }]) => [role, people ? seat : { model, ...seat }]);
  return digest({ ...rest, players: Object.fromEntries(seats) });
}

/**
 * Recorded games by what they have in common, in the order in which they were given.
 * @throws InputError for one given twice, and for episodes that one person played twice
 */
export function crowdsOf(games: readonly Sat[]): Crowd[] {
  const kinds = new Map<string, Sat[]>();
  for (const game of games) {
    const kind = kindOf(game.tape);
    const before = kinds.get(kind) ?? [];
    for (const other of before) refuseTwice(game, other);
    kinds.set(kind, [...before, game]);
  }
  return [...kinds.values()].map(crowdOf);
}

/** Ids tell files apart, and not games: an author or another version makes a new one. So what was done is compared. */
function refuseTwice({ tape, file }: Sat, { tape: other, file: known }: Sat): void {
  if (tape.game.seed !== other.game.seed || who(tape) !== who(other)) return;
  const both = Math.min(tape.game.episodes, other.game.episodes);
  const done = (one: Tape) => digest(ARMS.map((arm) => tapeEpisodes(one, arm).slice(0, both)));
  if (done(tape) === done(other)) throw new InputError(`${file} is the game of ${known} again: it would count twice.`);
  if (byPeople(tape.game) && who(tape) !== SOMEONE)
    throw new InputError(
      `${file}: ${who(tape)} played seed ${tape.game.seed} in ${known} too, and knew its episodes. Give the one that was played first.`,
    );
}

/**
 * Sums up games of one kind. A person is independent of the others, as a run is: with several, means over people with
 * Student's interval; with one, and for models, a bootstrap over episodes.
 */
export function crowdOf(games: readonly Sat[]): Crowd {
  const [{ open, tape }] = games;
  const { env, game } = open;
  const people = byPeople(game);
  const labelled = games.map((one) => ({ ...one, name: people ? nameOf(one, games) : who(one.tape) }));
  const members = [...new Set(labelled.map(({ name }) => name))].map((name) => {
    const own = labelled.filter((one) => one.name === name);
    const arms = own.map(armsPlayed);
    const attacked = together(arms.map((one) => one.attacked));
    const clean = together(arms.map((one) => one.clean));
    const of = (arm: Episodes) => intervalsOf(env, arm, clean, own[0].tape.game.seed);
    return { name, episodes: lengthOf(attacked), metrics: of(attacked), clean: of(clean) };
  });
  const n = members.length;
  const episodes = members.reduce((sum, one) => sum + one.episodes, 0);
  const over = people && n > 1 ? "people" : "episodes";
  const means = (of: (one: (typeof members)[number]) => Readonly<Record<string, Estimate>>) =>
    n === 1
      ? of(members[0])
      : Object.fromEntries(
          Object.keys(env.metrics).map((name) => [name, estimate(members.map((one) => of(one)[name].mean))]),
        );
  return {
    who: people ? `people, n = ${n}${n === 1 ? `, ${count(episodes)}` : ""}` : `${who(tape)}, ${count(episodes)}`,
    environment: env.id,
    params: game.params,
    roles: Object.entries(game.players).map(([role, { agent }]) => (agent === undefined ? role : `${role}_${agent}`)),
    ...{ attack: game.attack, defence: game.defence, over, n, episodes },
    metrics: means(({ metrics }) => metrics),
    clean: means(({ clean }) => clean),
    members: members.map(({ clean: _, ...rest }) => rest),
    scripts: compareScripts(open, stretchesOf(games)),
  };
}

const count = (episodes: number) => `${episodes} episode${episodes === 1 ? "" : "s"}`;
const who = ({ game }: Tape) =>
  inLine([...new Set(Object.values(game.players).map(({ model }) => model))].join(" and "));
const lengthOf = ({ counters, names }: Episodes) => counters.length / names.length;

/** A person's label; where none was given every file is somebody else. */
function nameOf({ tape, file }: Sat, games: readonly Sat[]): string {
  const label = who(tape);
  return label === SOMEONE && games.length > 1 ? file : label;
}

/** Both arms as a true tape holds them. */
function armsPlayed({ tape, open }: Sat): { attacked: Episodes; clean: Episodes } {
  const none = Float64Array.from(Object.keys(open.roles), () => 0);
  const played = Object.fromEntries(
    open.arms.map((arm) => [
      arm,
      tapeEpisodes(tape, arm).map(({ counters, trace }) => ({
        ...{ counters: Float64Array.from(counters), returns: none, trace, deeds: {} },
      })),
    ]),
  ) as Played;
  return armsOf({ ...open, game: tape.game }, played);
}

/** Every episode that somebody played, once. */
function stretchesOf(games: readonly Sat[]): Stretch[] {
  const most = new Map<number, number>();
  for (const { tape } of games) {
    const { seed, episodes } = tape.game;
    most.set(seed, Math.max(most.get(seed) ?? 0, episodes));
  }
  return [...most].map(([seed, episodes]) => ({ seed, episodes }));
}
