import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type Environment, type Episodes, evaluate, type PolicyFactory } from "masque";
import type { Cover } from "../../envs/plain-talk/covers.ts";
import { scripts } from "../../envs/plain-talk/policies.ts";
import { realTalk } from "./game.ts";

// What is on the tape that ships: Gemma's laws along a few games, so that these are played where the model is not.

/** The tape's file, gzipped JSON. */
export const TAPE = new URL("tape.json.gz", import.meta.url);

export const readTape = (file: URL | string = TAPE): unknown =>
  JSON.parse(gunzipSync(readFileSync(file), { maxOutputLength: 1 << 26 }).toString("utf8"));

/** Simulated innocents on it: three for each of eight openings. */
export const INNOCENTS = 24;

/** The games on it, four episodes each. */
export const GAMES = [
  { attack: "none", redraw: 0.2 },
  { attack: "match-1", redraw: 0.2 },
  { attack: "raw", redraw: 0 },
] as const;
const EPISODES = 4;

/** Plays them in a language. @throws InputError where it is a tape that they are not on */
export function playGames(cover: Cover, games: readonly (typeof GAMES)[number][] = GAMES, seed = 1): Episodes[] {
  const env = realTalk({ id: "plain-talk-tape-v0", cover, innocents: INNOCENTS }) as unknown as Environment;
  const { attacks, defaults } = scripts(cover);
  return games.map(({ attack, redraw }) =>
    evaluate(env, {
      params: { redraw },
      policies: { ...defaults, ...attacks[attack].roles } as unknown as Readonly<Record<string, PolicyFactory>>,
      episodes: EPISODES,
      copies: EPISODES,
      seed,
      split: ["tape"],
    }),
  );
}
