import { z } from "zod";
import { canonical, restoreInfinity, toJson } from "../data/canonical.ts";
import { explainIssue, firstIssue, InputError, unknownName } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import { resolveParams } from "../env/params.ts";
import type { RoleSpec } from "../env/roles.ts";
import type { EnvironmentPlugin } from "../library/plugin.ts";
import { defencePolicies, randomAttack, scriptedAttack } from "../play/cast.ts";
import { type PolicyFactory, random, type ScriptedPolicies } from "../policy/policy.ts";
import type { Manner } from "./calls.ts";
import type { Play } from "./episode.ts";
import { faceOf } from "./face.ts";

const sha = z.string().regex(/^[0-9a-f]{64}$/);
const word = z.string().min(1).max(300);

/** What a person is called where a study gives no label: never a name. */
export const SOMEONE = "someone";
const label = /^[\w-]{1,40}$/;

/**
 * All that a game with language models or people is, as data: what a tape holds, and what a resumption must find as it was.
 * People have no `backend` and no `decoding`.
 */
const gameShape = z.strictObject({
  environment: z.strictObject({ id: word, digest: sha }),
  params: z.record(z.string().max(100), z.unknown()).describe("defaults filled in"),
  seed: z.int().min(0),
  split: z
    .array(z.union([z.string().max(100), z.int()]))
    .min(1)
    .max(8),
  episodes: z.int().min(1).max(10_000),
  attack: word.describe("script of the attackers who do not speak"),
  defence: word.describe("script of everyone else who does not"),
  players: z
    .record(
      z.string().max(100),
      z.strictObject({
        model: word.describe("as the server calls it, or the file's name; of people the label that a study gave them"),
        agent: z.int().min(0).optional().describe("the only agent of the role that is played; the others are scripts"),
        weights: sha.nullable().describe("SHA-256 of the weights; null where they are somebody else's secret"),
        face: sha.describe("digest of the words that it is asked with"),
      }),
    )
    .refine((players) => Object.keys(players).length > 0, "expected at least one player"),
  history: z.int().min(0).max(64).describe("steps that each agent is reminded of"),
  backend: z
    .strictObject({
      name: word.describe("chat-api, or the name of the module that brought it"),
      server: word.nullable().describe("where it is, of a server"),
      schema: z.boolean().describe("whether answers were held to a schema"),
      request: z.record(z.string().max(100), z.unknown()).describe("laid over every request"),
    })
    .nullable(),
  decoding: z
    .strictObject({
      temperature: z.number().min(0).max(10),
      maxTokens: z
        .int()
        .min(1)
        .max(1 << 20),
    })
    .nullable(),
});
export const gameSchema = gameShape
  .refine(({ backend, decoding }) => (backend === null) === (decoding === null), {
    message: "expected both of backend and decoding, or null for both where a person plays",
    path: ["decoding"],
  })
  .refine(
    ({ backend, players }) => backend !== null || Object.values(players).every(({ model }) => label.test(model)),
    {
      message: "expected people under labels of up to 40 letters, digits, _ and -",
      path: ["players"],
    },
  )
  // Its fallback would be the script's: what a model does not know would pass for what it knows.
  .refine(
    ({ backend, players }) => backend === null || Object.values(players).every(({ agent }) => agent === undefined),
    {
      message: "expected no `agent`: models play all agents of a role",
      path: ["players"],
    },
  );
export type Game = z.output<typeof gameSchema>;

/** Whether it is people who play. */
export const byPeople = ({ backend }: Pick<Game, "backend">): boolean => backend === null;

/** @throws InputError for what is no game */
export function checkGame(given: unknown): Game {
  const parsed = gameSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = firstIssue(parsed.error.issues);
  throw new InputError(`The game: ${explainIssue(issue, given, () => Object.keys(gameSchema.shape))}`);
}

/** The episodes under attack; and the same in peace, where somebody speaks who is there in peace too. */
export const ARMS = ["attacked", "clean"] as const;
export type Arm = (typeof ARMS)[number];

/** A game with everything that takes part in it. */
export interface OpenGame {
  readonly game: Game;
  readonly env: Environment;
  readonly roles: Readonly<Record<string, RoleSpec>>;
  readonly scripts: ScriptedPolicies;
  readonly arms: readonly Arm[];
  /** What is played in each arm; the clean one also where nobody speaks in it. */
  readonly plays: Readonly<Record<Arm, Play>>;
  readonly manners: Readonly<Record<string, Manner>>;
}

/**
 * Finds what a game names.
 * @throws InputError for unknown roles and scripts, parameters that the environment refuses, another definition of it than
 *   the game was made with, and other words than it was asked with
 */
export async function openGame(
  game: Game,
  plugin: Pick<EnvironmentPlugin, "env" | "digest" | "policies">,
): Promise<OpenGame> {
  const { env } = plugin;
  if (plugin.digest !== game.environment.digest || env.id !== game.environment.id) {
    throw new InputError(
      `The game was made with another definition of ${game.environment.id} (${game.environment.digest.slice(0, 12)}); here it is ${env.id} (${plugin.digest.slice(0, 12)}).`,
    );
  }
  const params: Readonly<Record<string, unknown>> = resolveParams(env, restoreInfinity(toJson(game.params)));
  if (canonical(params) !== canonical(game.params)) {
    throw new InputError(
      `The game's params are ${canonical(game.params).slice(0, 300)}; expected all of them, as in ${canonical(params).slice(0, 300)}: games are told apart by them.`,
    );
  }
  const roles = env.roles(params);
  const scripts = await plugin.policies();
  const speaking = Object.keys(game.players);
  for (const role of speaking)
    if (!Object.hasOwn(roles, role)) throw unknownName(`role of ${env.id}`, role, Object.keys(roles));
  const faces = Object.fromEntries(speaking.map((role) => [role, faceOf(env, params, role).digest]));
  for (const role of speaking) {
    if (game.players[role].face === faces[role]) continue;
    throw new InputError(
      `The game asked ${role} in other words than this Masque does: play it with the version it was made by.`,
    );
  }
  const only = Object.fromEntries(
    Object.entries(game.players).flatMap(([role, { agent }]) => (agent === undefined ? [] : [[role, agent]])),
  );
  for (const [role, agent] of Object.entries(only)) {
    if (agent < roles[role].count) continue;
    throw new InputError(
      `The game has somebody play ${role}_${agent}; ${env.id} has ${roles[role].count} ${role} there.`,
    );
  }
  const isAttacker = (role: string) => roles[role].side === "attacker";
  const peaceful = speaking.filter((role) => !isAttacker(role));
  const twoArms = peaceful.length > 0 && (game.attack !== "none" || peaceful.length < speaking.length);
  const playOf = (attack: string, speakers: readonly string[]): Play => ({
    ...{ env, params, seed: game.seed, split: game.split, history: game.history, speaking: speakers, only },
    policies: {
      ...defencePolicies(env, roles, scripts, game.defence),
      ...(attack === "random" && !Object.hasOwn(scripts.attacks, attack)
        ? randomAttack(roles)
        : scriptedAttack(env, roles, scripts, attack)),
      // Where one agent of a role is played, the others follow the script.
      ...Object.fromEntries(
        speakers.flatMap((role) => (role in only ? [] : [[role, fallbackOf(scripts, roles, role)]])),
      ),
    },
  });
  return {
    game,
    env,
    roles,
    scripts,
    arms: twoArms ? ARMS : ["attacked"],
    plays: { attacked: playOf(game.attack, speaking), clean: playOf("none", peaceful) },
    manners: mannersOf(game),
  };
}

/** In what mood models are asked; people are in their own. */
function mannersOf({ players, decoding, seed, backend }: Game): OpenGame["manners"] {
  if (decoding === null) return {};
  const manner = ({ model, face }: Game["players"][string]): Manner => ({ ...decoding, model, seed, face, backend });
  return Object.fromEntries(Object.entries(players).map(([role, player]) => [role, manner(player)]));
}

/** What acts where a model gives no action: attackers do as the innocent do, all others draw evenly of what is allowed. */
export function fallbackOf({ attacks }: ScriptedPolicies, roles: OpenGame["roles"], role: string): PolicyFactory {
  return (roles[role].side === "attacker" ? attacks.none.roles[role] : undefined) ?? random;
}
