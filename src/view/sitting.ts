import { canonical } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { resolveParams } from "../env/params.ts";
import { readAction } from "../llm/action.ts";
import type { Decision, Turn } from "../llm/episode.ts";
import { faceOf } from "../llm/face.ts";
import { checkGame, openGame } from "../llm/game.ts";
import type { Tape } from "../llm/tape.ts";
import { gameOf, othersAttack, type Seat, seatOf } from "../people/seat.ts";
import { Left, playSession } from "../people/session.ts";
import { type Crowd, crowdOf } from "../people/sum.ts";
import { type Offer, offersOf } from "../people/words.ts";
import { observationMeaning } from "../spaces/meaning.ts";
import { type Subject, scriptsOf } from "./subject.ts";

/** A role of an environment, and whether one person can play it. */
export interface Place {
  readonly role: string;
  readonly side: "benign" | "attacker" | "defender";
  readonly seat: Seat | null;
  /** Whether a script must attack besides. */
  readonly attacked: boolean;
  /** Why nobody can. */
  readonly why: string;
}

/** What is to be played, and by whom it is recorded. */
export interface Sit {
  readonly role: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly attack: string;
  readonly defence: string;
  readonly seed: number;
  readonly episodes: number;
  readonly label?: string;
  /** Of the environment's definition, and Masque's version: what a record names. */
  readonly digest: string;
  readonly version: string;
}

/** One decision, as a page asks for it. */
export interface Question {
  readonly agent: string;
  /** Which episode of how many, and which step of at most how many, from 1. */
  readonly episode: readonly [number, number];
  readonly step: readonly [number, number];
  readonly sees: readonly {
    readonly name: string;
    readonly words: string;
    readonly says: string;
    /** Where a single number lies in its range. */
    readonly share?: number;
  }[];
  readonly before: readonly string[];
  readonly offers: readonly Offer[];
  /** Numbers, where the action is a box. */
  readonly box: { readonly says: string; readonly low: readonly number[]; readonly high: readonly number[] } | null;
  readonly rules: string;
}

export type Told =
  | { readonly kind: "question"; readonly question: Question }
  | { readonly kind: "kept"; readonly tape: string; readonly episodes: number }
  | { readonly kind: "over"; readonly tape: string | null; readonly crowd: Crowd | null };

/** Roles at some parameters, and who of them can be played. */
export function placesOf({ env }: Subject, given: Readonly<Record<string, unknown>>): Place[] {
  const params = resolveParams(env, given) as Readonly<Record<string, unknown>>;
  const roles = env.roles(params);
  return Object.entries(roles).map(([role, { side }]) => {
    try {
      const seat = seatOf(env, params, role);
      return { role, side, seat, attacked: othersAttack(roles, seat), why: "" };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { role, side, seat: null, attacked: true, why: error.message };
    }
  });
}

/** A person at a page. */
export interface Sitting {
  /** Answers the question that is open. An action that is none, which no page offers, is no answer. */
  act(action: readonly number[]): void;
  leave(): void;
  readonly over: Promise<void>;
}

/** Seats a person: `tell` hears of every question, of what is kept so far, and of the end. */
export async function sitDown(subject: Subject, sit: Sit, tell: (told: Told) => void): Promise<Sitting> {
  const { env } = subject;
  const { role, digest, version } = sit;
  const params = resolveParams(env, sit.params) as Readonly<Record<string, unknown>>;
  const seat = seatOf(env, params, role);
  const game = checkGame(gameOf({ env, digest }, params, seat, given(sit, othersAttack(env.roles(params), seat))));
  const open = await openGame(game, { env, digest, policies: async () => scriptsOf(subject) });
  const face = faceOf(env, params, role);
  const parts = observationMeaning(open.roles[role].observation);
  let answer: { turn: Turn; give(decision: Decision): void; leave(): void } | undefined;
  let left = false;
  let number: readonly [number, number] = [0, 0];

  const decide = (turn: Turn) =>
    new Promise<Decision>((give, fail) => {
      const leave = () => fail(new Left());
      if (left) return leave();
      answer = { turn, give, leave };
      tell({ kind: "question", question: { ...questionOf(turn, parts), episode: number, rules: face.rules } });
    });
  const begin = (one: number, of: number) => {
    number = [one, of];
  };
  const kept = (tape: Tape) => tell({ kind: "kept", tape: canonical(tape), episodes: tape.game.episodes });
  const over = playSession(open, decide, { version, begin, kept }).then((tape) => {
    const crowd = tape ? crowdOf([{ tape, open: { ...open, game: tape.game }, file: "" }]) : null;
    tell({ kind: "over", tape: tape ? canonical(tape) : null, crowd });
  });
  return {
    over,
    act(action) {
      if (!answer) return;
      const { turn, give } = answer;
      const read = readAction(turn.space, turn.legal, asSpelt(turn, action));
      if (!("action" in read)) return;
      answer = undefined;
      give({ way: "valid", action: read.action });
    },
    leave() {
      left = true;
      answer?.leave();
    },
  };
}

const given = ({ attack, defence, seed, episodes, label }: Sit, attacked: boolean) => ({
  ...{ attack: attacked ? attack : "none", defence, seed, episodes },
  ...(label !== undefined && label !== "" && { label }),
});

/** Numbers of an action as an answer spells them: named choices by their names. */
function asSpelt(turn: Turn, action: readonly number[]): unknown {
  if (turn.space.kind === "box") return action;
  const words = offersOf(turn).map(({ options }, i) => options.find(({ value }) => value === action[i])?.spelt);
  return turn.space.kind === "discrete" ? words[0] : words;
}

function questionOf(turn: Turn, parts: ReturnType<typeof observationMeaning>): Omit<Question, "episode" | "rules"> {
  const { role, row, step, horizon, seen, before, space } = turn;
  return {
    agent: `${role}_${row}`,
    step: [step + 1, horizon],
    sees: parts.map(({ name, says = "", low, high, size }, i) => {
      const words = seen[i].slice(name.length + 2);
      const value = size === 1 && words !== "" ? Number(words) : Number.NaN;
      const share = (value - low) / (high - low);
      return { name, words, says, ...(share >= 0 && share <= 1 && { share }) };
    }),
    before,
    offers: offersOf(turn),
    box: space.kind === "box" ? { says: space.says ?? "", low: [...space.low], high: [...space.high] } : null,
  };
}
