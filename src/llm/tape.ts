import { z } from "zod";
import { canonical, digest } from "../data/canonical.ts";
import { explainIssue, firstIssue, InputError } from "../data/errors.ts";
import { parseJson } from "../data/json.ts";
import { metricsOf, sumCounters } from "../play/evaluate.ts";
import type { Deeds, PlayedEpisode, Way } from "./episode.ts";
import { WAYS } from "./episode.ts";
import { ARMS, type Arm, byPeople, gameSchema, type OpenGame } from "./game.ts";
import { armsOf, type Played, playDigest } from "./results.ts";

// A tape is a game with all that its models, or people, did: enough to play it again without them. It is data, a
// stranger's too, and the same in a browser: `tape-file.ts` keeps it on disk.

/** Decisions of a role in an episode, at most. */
const MOST = 1 << 16;

const sha = z.string().regex(/^[0-9a-f]{64}$/);
const deeds = z.strictObject({
  actions: z.array(z.number()).max(MOST).describe("numbers of the actions, end to end: step after step, row after row"),
  ways: z
    .string()
    .max(MOST)
    .regex(/^[0-3]*$/)
    .describe("a digit a decision: 0 forced, 1 valid, 2 repaired, 3 invalid, so that a fallback acted"),
  prompts: z
    .string()
    .max(32 * MOST)
    .regex(/^[0-9a-f]*$/)
    .describe("32 digits of the prompt's SHA-256, a decision not forced"),
});
const episode = z.strictObject({
  counters: z.array(z.number()).max(1000),
  trace: z.tuple([z.int(), z.int()]).describe("rolling hash of every action and reward"),
  deeds: z.record(z.string().max(100), deeds),
});
const rest = {
  schema: z.literal(1),
  kind: z.literal("recorded"),
  masque: z.string().max(100),
  authors: z.array(z.string().min(1).max(200)).max(50),
  game: gameSchema,
  arms: z.strictObject({ attacked: z.array(episode).max(10_000), clean: z.array(episode).max(10_000).optional() }),
  trace: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .describe("digest of all episodes' traces"),
  metrics: z.record(z.string().max(100), z.number()),
  calls: z
    .strictObject({
      calls: z.int().min(0),
      tokens: z.tuple([z.number().min(0), z.number().min(0)]).describe("of prompts and of answers"),
      bytes: z.int().min(0),
      sha256: sha,
    })
    .nullable()
    .describe("what the models' transcript holds, which may lie beside the tape; null of people"),
};
export const tapeSchema = z.strictObject({ ...rest, id: sha.describe("SHA-256 of the canonical JSON of the rest") });
export type Tape = z.output<typeof tapeSchema>;

/** The tape of what was played; `version` is Masque's. */
export function makeTape(
  { env, game, arms, ...open }: OpenGame,
  played: Played,
  { version, authors, calls }: { version: string; authors: readonly string[]; calls: Tape["calls"] },
): Tape {
  const { attacked, clean } = armsOf({ env, game, arms, ...open }, played);
  const body = {
    schema: 1 as const,
    kind: "recorded" as const,
    masque: version,
    authors: [...authors],
    game,
    arms: Object.fromEntries(arms.map((arm) => [arm, played[arm]!.map(spell)])) as Tape["arms"],
    trace: playDigest(played),
    metrics: metricsOf(env, sumCounters(attacked), sumCounters(clean)),
    calls,
  };
  return tapeSchema.parse({ ...body, id: digest(body) });
}

/** An episode as a tape holds it. */
export function spell({ counters, trace, deeds }: PlayedEpisode): Tape["arms"]["attacked"][number] {
  const spelt = Object.entries(deeds).map(([role, { actions, ways, prompts }]) => [
    role,
    { actions: [...actions], ways: ways.map((way) => WAYS.indexOf(way)).join(""), prompts: prompts.join("") },
  ]);
  return { counters: [...counters], trace: [...trace], deeds: Object.fromEntries(spelt) };
}

/** What a role did, from a tape. @throws InputError where its lists do not fit each other */
export function readDeeds({ actions, ways, prompts }: z.output<typeof deeds>, size: number, what: string): Deeds {
  const list = [...ways].map((digit): Way => WAYS[Number(digit)]);
  const asked = list.filter((way) => way !== "forced").length;
  if (actions.length !== size * list.length || prompts.length !== 32 * asked) {
    throw new InputError(
      `${what}: ${list.length} decisions, ${asked} of them asked for, have ${actions.length} numbers and ${prompts.length / 32} prompts; expected ${size * list.length} and ${asked}.`,
    );
  }
  let at = 0;
  const digests = list.map((way) => (way === "forced" ? "" : prompts.slice(32 * at++, 32 * at)));
  return { actions, ways: list, prompts: digests };
}

/** A tape from its text. @param name what errors call it @throws InputError for anything but a whole tape in its one spelling */
export function parseTape(text: string, name: string): Tape {
  const json = parseJson(text, name);
  const parsed = tapeSchema.safeParse(json);
  if (!parsed.success) {
    const issue = firstIssue(parsed.error.issues);
    throw new InputError(`${name}: ${explainIssue(issue, json, () => Object.keys(tapeSchema.shape))}`);
  }
  const { id, ...body } = parsed.data;
  if (canonical(parsed.data) !== text)
    throw new InputError(`${name} is not in canonical JSON (RFC 8785), the one spelling that digests are of.`);
  if (digest(body) !== id) throw new InputError(`${name}: its id is not the digest of the rest.`);
  const { game, arms, calls } = parsed.data;
  for (const arm of ARMS) {
    const there = arms[arm]?.length ?? game.episodes;
    if (there !== game.episodes)
      throw new InputError(`${name}: ${there} ${arm} episodes; its game has ${game.episodes}.`);
  }
  if (byPeople(game) !== (calls === null))
    throw new InputError(`${name}: expected a transcript named where models play, and none where people do.`);
  const ways = Object.values(arms).flatMap((episodes) => episodes.flatMap(({ deeds }) => Object.values(deeds)));
  if (byPeople(game) && ways.some(({ ways }) => /[23]/.test(ways)))
    throw new InputError(`${name}: a person's decision is forced or valid; here some are repaired or invalid.`);
  return parsed.data;
}

export const tapeEpisodes = ({ arms }: Tape, arm: Arm) => arms[arm] ?? [];
