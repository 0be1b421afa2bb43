import { tokensIn } from "./chat-api.ts";
import { type Decide, playEpisode } from "./episode.ts";
import type { OpenGame } from "./game.ts";

/** What a game will take, before anything is asked. */
export interface Forecast {
  /** Where every first answer is an action, and where every one must be asked for again. */
  readonly calls: readonly [expected: number, most: number];
  /** Tokens of prompts, at about four characters each. */
  readonly prompt: readonly [expected: number, most: number];
  /** Tokens of answers: a short one, and as many as one may have. */
  readonly completion: readonly [expected: number, most: number];
}

/** Episodes that are looked at; more are taken to be like them. */
const LOOKED_AT = 32;
/** Tokens of an answer of a few words. */
const ANSWER = 30;

/** Plays the game by its fallbacks, and counts what would be asked. */
export async function forecast({ game, arms, plays }: OpenGame): Promise<Forecast> {
  const looked = Math.min(game.episodes, LOOKED_AT);
  let [calls, characters] = [0, 0];
  const decide: Decide = ({ messages, fallback }) => {
    calls++;
    for (const { content } of messages) characters += content.length;
    return { way: "invalid", action: fallback };
  };
  for (const arm of arms) for (let e = 0; e < looked; e++) await playEpisode(plays[arm], e, decide);
  const all = (n: number) => Math.round((n * game.episodes) / looked);
  const [asked, prompt] = [all(calls), tokensIn(all(characters))];
  const { maxTokens } = game.decoding ?? { maxTokens: 0 };
  return {
    calls: [asked, 2 * asked],
    // Who is asked again reads the first answer too.
    prompt: [prompt, 2 * prompt + asked * (maxTokens + ANSWER)],
    completion: [asked * ANSWER, 2 * asked * maxTokens],
  };
}

/** What tokens cost, in whatever currency they are priced in: `price` is of a million tokens of prompts, and of answers. */
export function costOf(tokens: readonly [number, number], price: readonly [number, number]): number {
  return (tokens[0] * price[0] + tokens[1] * price[1]) / 1e6;
}
