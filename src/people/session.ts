import { type Decide, type PlayedEpisode, playEpisode } from "../llm/episode.ts";
import type { Arm, OpenGame } from "../llm/game.ts";
import type { Played } from "../llm/results.ts";
import { makeTape, type Tape } from "../llm/tape.ts";
import { Rng } from "../random/rng.ts";

/** What a decision throws when whoever plays has left: finished episodes count. */
export class Left extends Error {
  override name = "Left";
}

/** One episode to play. */
export interface Sitting {
  readonly arm: Arm;
  readonly episode: number;
}

/** Episodes whose arms are shuffled together. */
const BLOCK = 4;

/**
 * All episodes in the order in which a person plays them. Where there is a clean arm, arms come in an order drawn by the
 * game's seed: who plays is not told whether anybody attacks, as nobody is who defends. Four episodes at a time, so
 * that whoever leaves early has finished some in both arms.
 */
export function orderOf({ game, arms }: Pick<OpenGame, "game" | "arms">): Sitting[] {
  const order: Sitting[] = [];
  for (let from = 0; from < game.episodes; from += BLOCK) {
    const block = Array.from({ length: Math.min(BLOCK, game.episodes - from) }, (_, e) => from + e).flatMap((episode) =>
      arms.map((arm) => ({ arm, episode })),
    );
    order.push(...(arms.length > 1 ? new Rng(game.seed, "people", "order", from).shuffle(block) : block));
  }
  return order;
}

/**
 * One person plays a game. Agents of one step are asked one after the other.
 * @param kept hears of the tape whenever it holds an episode more, so that nothing is lost that was finished
 * @returns the tape of what was finished in all arms, from the first episode on; undefined where nothing was
 */
export async function playSession(
  open: OpenGame,
  decide: Decide,
  { version, begin, kept }: { version: string; begin(number: number, of: number): void; kept(tape: Tape): void },
): Promise<Tape | undefined> {
  const played: Record<string, PlayedEpisode[]> = Object.fromEntries(open.arms.map((arm) => [arm, []]));
  const order = orderOf(open);
  let tape: Tape | undefined;
  for (const [i, { arm, episode }] of order.entries()) {
    begin(i + 1, order.length);
    try {
      played[arm][episode] = await playEpisode(open.plays[arm], episode, oneByOne(decide));
    } catch (error) {
      if (error instanceof Left) return tape;
      throw error;
    }
    const episodes = Math.min(...open.arms.map((one) => whole(played[one])));
    if (episodes === (tape?.game.episodes ?? 0)) continue;
    const first: Played = Object.fromEntries(open.arms.map((one) => [one, played[one].slice(0, episodes)]));
    tape = makeTape({ ...open, game: { ...open.game, episodes } }, first, { version, authors: [], calls: null });
    kept(tape);
  }
  return tape;
}

/** How many episodes from the first on are there. */
const whole = (list: readonly PlayedEpisode[]): number => {
  const hole = Array.from(list).indexOf(undefined as never);
  return hole < 0 ? list.length : hole;
};

/** A person is asked one thing at a time; after one who has left nobody is asked. */
function oneByOne(decide: Decide): Decide {
  let last: Promise<unknown> = Promise.resolve();
  return (turn) => {
    const decision = last.then(() => decide(turn));
    last = decision;
    return decision;
  };
}
