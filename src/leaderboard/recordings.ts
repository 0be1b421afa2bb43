import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { digest, restoreInfinity, toJson } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { list } from "../data/files.ts";
import { resolveParams } from "../env/params.ts";
import type { Registry } from "../library/registry.ts";
import { WAYS, type Way } from "../llm/episode.ts";
import type { Tape } from "../llm/tape.ts";
import { readTape, TAPE_FILE } from "../llm/tape-file.ts";
import { type Board, RECORDED, signedIn } from "./board.ts";
import { inside } from "./bundle.ts";
import { type Statement, short } from "./schema.ts";

/** What a keeper said of a tape. */
export type RecordingStatement = Extract<Statement, { kind: "recording" }>;

/** A recorded game as a board shows it. */
export interface Recording {
  readonly name: string;
  readonly tape: Tape;
  /** `recorded` or `reproduced` where a keeper verified it; else why it has no rank. */
  readonly state: "recorded" | "reproduced" | "claimed" | "disputed" | "withdrawn";
  readonly said: RecordingStatement | null;
  /** Shares of the decisions that were asked for. */
  readonly validity: Readonly<Record<Exclude<Way, "forced">, number>>;
}

/** Recordings of one game, the best for those who speak first; those without a rank follow. */
export interface RecordedGame {
  /** Security is to be low where an attacker speaks. */
  readonly attacking: boolean;
  readonly security: string;
  readonly recordings: readonly Recording[];
}

/** All recorded games of a board. Executes nothing; what is damaged goes to `problems`. */
export async function readRecordings(
  { folder, keepers }: Pick<Board, "folder" | "keepers">,
  registry: Registry,
  problems: { folder: string; why: string }[],
): Promise<RecordedGame[]> {
  const games = new Map<string, Recording[]>();
  for (const name of list(join(folder, RECORDED))) {
    const at = join(folder, RECORDED, name);
    try {
      const one = readRecording(at, keepers);
      const { environment, params, seed, split, episodes, attack, defence, players } = one.tape.game;
      const key = digest({
        environment,
        params,
        seed,
        split,
        episodes,
        attack,
        defence,
        // One agent among scripts is another game than all of a role.
        roles: Object.entries(players)
          .map(([role, { agent }]) => [role, agent ?? null])
          .sort(),
      });
      games.set(key, [...(games.get(key) ?? []), one]);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push({ folder: at, why: error.message });
    }
  }
  const found: RecordedGame[] = [];
  for (const recordings of games.values()) {
    const [{ tape, name }] = recordings;
    const { game } = tape;
    try {
      const { env, digest } = await registry.environment(game.environment.id);
      if (digest !== game.environment.digest) throw new InputError(`made with another definition of ${env.id}.`);
      const security = Object.keys(env.metrics).find((metric) => env.metrics[metric].axis === "security")!;
      const roles = env.roles(resolveParams(env, restoreInfinity(toJson(game.params))));
      const attacking = Object.keys(game.players).some((role) => roles[role]?.side === "attacker");
      found.push({ attacking, security, recordings: recordings.sort(order(security, attacking)) });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push({ folder: join(folder, RECORDED, name), why: error.message });
    }
  }
  return found;
}

function readRecording(folder: string, keepers: Board["keepers"]): Recording {
  if (!existsSync(join(folder, TAPE_FILE))) throw new InputError(`${folder} holds no ${TAPE_FILE}.`);
  inside(folder, TAPE_FILE);
  const tape = readTape(join(folder, TAPE_FILE));
  const words = [...tape.authors, ...Object.values(tape.game.players).map(({ model }) => model), basename(folder)];
  for (const word of words) {
    const parsed = short.safeParse(word);
    if (!parsed.success)
      throw new InputError(`${folder}: ${JSON.stringify(word.slice(0, 60))}: ${parsed.error.issues[0].message}.`);
  }
  const statements = signedIn(folder, keepers).map(({ statement }) => statement);
  const own = statements.filter((one) => one.kind === "recording").filter((one) => one.tape === tape.id);
  const said = own.toSorted((a, b) => a.number - b.number).at(-1) ?? null;
  const gone = statements.some((one) => one.kind === "retraction" && one.of === tape.id);
  const state = gone ? "withdrawn" : said === null ? "claimed" : said.mismatches.length > 0 ? "disputed" : said.label;
  return { name: basename(folder), tape, state, said, validity: validityOf(tape) };
}

function validityOf({ arms }: Tape): Recording["validity"] {
  const counts = { valid: 0, repaired: 0, invalid: 0 };
  for (const { deeds } of Object.values(arms).flat()) {
    for (const { ways } of Object.values(deeds)) {
      for (const digit of ways) {
        const way = WAYS[Number(digit)];
        if (way !== "forced") counts[way]++;
      }
    }
  }
  const asked = Math.max(1, counts.valid + counts.repaired + counts.invalid);
  return { valid: counts.valid / asked, repaired: counts.repaired / asked, invalid: counts.invalid / asked };
}

export const isRanked = ({ state }: Pick<Recording, "state">): boolean =>
  state === "recorded" || state === "reproduced";

/** By what a keeper measured, never by what the tape says of itself. */
const order =
  (security: string, attacking: boolean) =>
  (a: Recording, b: Recording): number => {
    if (isRanked(a) !== isRanked(b)) return isRanked(a) ? -1 : 1;
    const of = ({ said }: Recording) => said?.metrics[security] ?? (attacking ? 1 : 0);
    return (attacking ? of(a) - of(b) : of(b) - of(a)) || (a.name < b.name ? -1 : 1);
  };
