import { canonical } from "../data/canonical.ts";
import { InputError, unknownName } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import type { RoleSpec } from "../env/roles.ts";
import { faceOf } from "../llm/face.ts";
import { byPeople, type Game, type OpenGame, SOMEONE } from "../llm/game.ts";
import { attackerRoles } from "../play/cast.ts";
import { actionMeaning, observationMeaning } from "../spaces/index.ts";
import type { ActionSpace } from "../spaces/slot.ts";

/** What one person can be asked to bear: more is refused, since what comes of it would measure patience. */
export const MOST = {
  /** Of an episode, all agents together. */
  decisions: 200,
  agents: 6,
  /** Of one decision, and values of each. */
  choices: 16,
  values: 64,
  /** Numbers that an agent sees. */
  seen: 400,
} as const;

/** Steps that a person is reminded of: at small parameters, all of them. */
const HISTORY = 16;

/** A role as one person plays it. */
export interface Seat {
  readonly role: string;
  /** The only agent that is played, where agents may not know what the others see; undefined: all of them. */
  readonly agent: number | undefined;
  /** In an episode, at most. */
  readonly decisions: number;
}

/**
 * How one person can play a role. All of its agents where its side has one controller; else one, since a person who
 * plays two knows what both see.
 * @throws InputError that says in plain words why nobody can
 */
export function seatOf(env: Environment, params: Readonly<Record<string, unknown>>, role: string): Seat {
  const roles = env.roles(params);
  if (!Object.hasOwn(roles, role)) throw unknownName(`role of ${env.id}`, role, Object.keys(roles));
  const { side, count, action, observation } = roles[role];
  const joint = side !== "benign" && env.coordination?.[side] === "joint";
  const agents = joint ? count : 1;
  const decisions = env.horizon(params) * agents;
  const too = (much: number, most: number, what: string) => {
    if (much <= most) return;
    throw new InputError(
      `${env.id}: ${role} is too much for a person: ${much} ${what}, at most ${most} can be played. Smaller parameters may help (masque show ${env.id}).`,
    );
  };
  too(agents, MOST.agents, "agents to decide for in every step");
  too(decisions, MOST.decisions, "decisions an episode");
  too(choicesIn(action as ActionSpace), MOST.choices, "choices in every decision");
  if (action.kind !== "box") {
    const most = Math.max(...actionMeaning(action as ActionSpace).map(({ low, high }) => high - low + 1));
    too(most, MOST.values, "values to choose from");
  }
  too(
    observationMeaning(observation).reduce((sum, { size }) => sum + size, 0),
    MOST.seen,
    "numbers to look at",
  );
  return { role, agent: agents < count ? 0 : undefined, decisions };
}

const choicesIn = (space: ActionSpace): number => (space.kind === "box" ? space.size : actionMeaning(space).length);

/** Whether somebody else than this seat attacks: then a script must be named for them. */
export function othersAttack(roles: Readonly<Record<string, RoleSpec>>, { role, agent }: Seat): boolean {
  return attackerRoles(roles).some((one) => one !== role || agent !== undefined);
}

/** A game for one person, as data. Episodes are those of `masque eval` with the same seed. */
export function gameOf(
  { env, digest }: { readonly env: Environment; readonly digest: string },
  params: Readonly<Record<string, unknown>>,
  seat: Seat,
  given: { attack: string; defence: string; seed: number; episodes: number; label?: string },
): Game {
  const { label = SOMEONE, ...rest } = given;
  const { role, agent } = seat;
  const { digest: face } = faceOf(env, params, role);
  return {
    ...rest,
    environment: { id: env.id, digest },
    params: { ...params },
    split: ["test", 0],
    players: { [role]: { model: label, ...(agent !== undefined && { agent }), weights: null, face } },
    history: HISTORY,
    backend: null,
    decoding: null,
  };
}

/**
 * Holds a recorded game of a person to what a person is asked: one seat, on the episodes of `masque eval`, reminded of as
 * much as all others. Actions alone do not tell: whoever saw what two colluders see, or drew split after split until one
 * suited, has a record that plays again as well.
 * @throws InputError that names what was never asked
 */
export function checkSeat({ env, game, plays }: Pick<OpenGame, "env" | "game" | "plays">): void {
  if (!byPeople(game)) return;
  const [[role, { model: label }], ...others] = Object.entries(game.players);
  if (others.length > 0)
    throw new InputError(
      `The game has one person play ${Object.keys(game.players).join(" and ")}; a person plays one role.`,
    );
  const { params } = plays.attacked;
  const { environment, attack, defence, seed, episodes } = game;
  const expected = gameOf({ env, digest: environment.digest }, params, seatOf(env, params, role), {
    ...{ attack, defence, seed, episodes, label },
  });
  for (const part of Object.keys(expected) as (keyof Game)[]) {
    const [got, asked] = [game, expected].map((one) => canonical(one[part]));
    if (got !== asked)
      throw new InputError(
        `The game's ${part}: got ${got.slice(0, 300)}; whoever plays ${role} is asked with ${asked.slice(0, 300)}.`,
      );
  }
}
