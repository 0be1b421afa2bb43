import { InputError, unknownName } from "../data/errors.ts";
import type { RoleBuffers } from "../env/buffers.ts";
import { allowedText, legalNow, onlyAction, readReply, replySchema, type Schema, tellAction } from "../llm/action.ts";
import { type Face, faceOf, pastLine, turnPrompt } from "../llm/face.ts";
import { fallbackOf } from "../llm/game.ts";
import { type Players, seat } from "../play/seat.ts";
import type { Opened } from "./open.ts";
import type { Request } from "./requests.ts";

/** The roles that a client plays in words, in the first copy: the same words, actions and fallbacks as `masque llm` has. */
export interface Words {
  /** What every live agent of the client is asked in the step to come. */
  ask(request: Request<"words">): unknown;
  /** What an answer is: an action, or what is wrong with it. */
  read(request: Request<"read">): unknown;
}

/** Of one agent: what it is asked, or the only action there is; and how the step will be remembered. */
type Asked =
  | { readonly agent: string; readonly only: readonly number[]; readonly past: string }
  | {
      readonly agent: string;
      readonly system: string;
      readonly turn: string;
      readonly schema: Schema;
      readonly fallback: readonly number[];
      readonly past: string;
    };

export async function openWords({ world: { vector, controlled }, plugin, roles }: Opened): Promise<Words> {
  const { env } = plugin;
  if (vector.copies !== 1) {
    throw new InputError(`${env.id}: got ${vector.copies} copies, expected one to be played in words.`);
  }
  const scripts = await plugin.policies();
  const speakers = controlled.map((name) => ({
    role: vector.roles[name] as RoleBuffers,
    face: faceOf(env, vector.params, name),
  }));
  const players: Players = seat(
    env,
    vector,
    Object.fromEntries(controlled.map((name) => [name, fallbackOf(scripts, roles, name)])),
  );
  let acted = "";
  let fallbacks = new Map<string, number[]>();

  /** Fallbacks have memories: each acts once a step, however often the client asks. */
  function act(): void {
    const now = `${vector.begun[0]} ${vector.elapsed[0]}`;
    if (now === acted) return;
    players.act();
    acted = now;
    fallbacks = new Map(
      speakers.flatMap(({ role }) => role.agents.map((agent, row) => [agent, actionOf(role, row)] as const)),
    );
  }

  const legalOf = ({ spec, mask, maskSize }: RoleBuffers, row: number) =>
    legalNow(spec.action, spec.masked ? mask : undefined, row * maskSize);

  function find(agent: string): { role: RoleBuffers; face: Face; row: number } {
    for (const { role, face } of speakers) {
      const row = role.agents.indexOf(agent);
      if (row >= 0) return { role, face, row };
    }
    throw unknownName(
      `agent of ${env.id} that you play`,
      agent,
      speakers.flatMap(({ role }) => [...role.agents]),
    );
  }

  return {
    ask({ before }) {
      act();
      const asked = speakers.flatMap(({ role, face }) =>
        role.agents.flatMap((agent, row): Asked[] => {
          if (role.alive[row] === 0) return [];
          const legal = legalOf(role, row);
          const only = onlyAction(legal);
          if (only) return [{ agent, only, past: pastOf(role, face, row, only) }];
          const turn = turnPrompt(face, role, row, {
            step: vector.elapsed[0] + 1,
            horizon: vector.horizon,
            before: before[agent] ?? [],
            allowed: allowedText(role.spec.action, legal),
          });
          const fallback = fallbacks.get(agent)!;
          const schema = replySchema(role.spec.action, legal);
          return [{ agent, system: face.system, turn, schema, fallback, past: pastOf(role, face, row, fallback) }];
        }),
      );
      return { agents: asked };
    },
    read({ agent, reply }) {
      const { role, face, row } = find(agent);
      const read = readReply(role.spec.action, legalOf(role, row), reply);
      return "action" in read ? { ...read, past: pastOf(role, face, row, read.action) } : read;
    },
  };

  /** What the step will be remembered by. */
  function pastOf(role: RoleBuffers, face: Face, row: number, action: readonly number[]): string {
    const seen = face.sees(role.obs, row * role.obsSize);
    return pastLine(vector.elapsed[0] + 1, seen, tellAction(role.spec.action, action));
  }
}

const actionOf = ({ actions, actionSize }: RoleBuffers, row: number): number[] =>
  Array.from(actions.subarray(row * actionSize, (row + 1) * actionSize));
