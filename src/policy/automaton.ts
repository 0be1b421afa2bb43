import { z } from "zod";
import { InputError, unknownName } from "../data/errors.ts";
import type { ActionSpace } from "../spaces/slot.ts";
import type { Policy, PolicyContext } from "./policy.ts";

const word = z
  .string()
  .regex(/^[A-Za-z][\w-]*$/)
  .max(60);
const action = z.union([z.number(), z.array(z.number()).min(1).max(64)]);

const guard = z.strictObject({
  see: word.describe("a part of the observation, or `steps`: how many steps it has been in its state"),
  at: z.int().min(0).max(100_000).default(0).describe("which number of the part"),
  is: z.enum(["<", "<=", ">", ">=", "=", "!="]),
  than: z.number(),
});

/**
 * A small machine as data: in every step the first rule applies whose state is its own and whose guards all hold; with
 * `chance` it is passed over at random otherwise. It plays the rule's action and goes to the rule's state. Where no rule
 * applies it plays `otherwise` and stays.
 */
export const automatonSchema = z.strictObject({
  states: z.array(word).min(1).max(64).describe("the first is where an episode begins"),
  rules: z
    .array(
      z.strictObject({
        in: z
          .union([word, z.array(word).min(1).max(64)])
          .optional()
          .describe("states it applies in; all when omitted"),
        when: z.array(guard).max(16).default([]).describe("all must hold"),
        chance: z.number().min(0).max(1).default(1),
        play: action,
        go: word.optional().describe("the state to go to; it stays when omitted"),
      }),
    )
    .max(256),
  otherwise: action,
});
export type Automaton = z.output<typeof automatonSchema>;

const TESTS = {
  "<": (a: number, b: number) => a < b,
  "<=": (a: number, b: number) => a <= b,
  ">": (a: number, b: number) => a > b,
  ">=": (a: number, b: number) => a >= b,
  "=": (a: number, b: number) => a === b,
  "!=": (a: number, b: number) => a !== b,
} as const;

/** What an automaton does in a role. @throws InputError for states, parts or actions that there are not */
export function automaton(machine: Automaton, { role, at, observation, action }: PolicyContext): Policy {
  const stateOf = (name: string): number => {
    const found = machine.states.indexOf(name);
    if (found < 0) throw unknownName(`state of the automaton for ${role}`, name, machine.states);
    return found;
  };
  const offsets = at as Readonly<Record<string, number>>;
  const { size } = observation as { size: number };
  const rules = machine.rules.map(({ in: from, when, chance, play, go }) => ({
    from: from === undefined ? null : new Set([from].flat().map(stateOf)),
    when: when.map(({ see, at: place, is, than }) => ({
      place: see === "steps" ? -1 : placeOf(see, place),
      test: TESTS[is],
      than,
    })),
    chance,
    play: checked(play, action, role),
    go: go === undefined ? null : stateOf(go),
  }));
  const otherwise = checked(machine.otherwise, action, role);

  function placeOf(part: string, place: number): number {
    if (!Object.hasOwn(offsets, part))
      throw unknownName(`part of what ${role} sees`, part, [...Object.keys(offsets), "steps"]);
    const ends = Object.values(offsets).filter((other) => other > offsets[part]);
    const width = Math.min(size, ...ends) - offsets[part];
    if (place >= width)
      throw new InputError(`The automaton for ${role}: ${part} has ${width} numbers; there is none at ${place}.`);
    return offsets[part] + place;
  }

  return {
    // A row's memory: its state, and how many steps it has been there.
    stateSize: 2,
    act({ rows, obs, obsSize, alive, rngs, state, actions, actionSize }) {
      for (let row = 0; row < rows; row++) {
        if (alive[row] === 0) continue;
        const [now, steps] = [state[2 * row], state[2 * row + 1]];
        const rule = rules.find(
          ({ from, when, chance }) =>
            (from === null || from.has(now)) &&
            when.every(({ place, test, than }) => test(place < 0 ? steps : obs[row * obsSize + place], than)) &&
            (chance === 1 || rngs[row].bernoulli(chance)),
        );
        const play = rule?.play ?? otherwise;
        for (let i = 0; i < actionSize; i++) actions[row * actionSize + i] = play[i];
        const next = rule?.go ?? now;
        state[2 * row] = next;
        state[2 * row + 1] = next === now ? steps + 1 : 0;
      }
    },
  };
}

/** An action as numbers, one a choice. @throws InputError unless the space has it */
function checked(given: number | readonly number[], space: ActionSpace, role: string): number[] {
  const play = [given].flat() as number[];
  const value =
    space.kind === "discrete" ? play[0] : space.kind === "box" ? Float32Array.from(play) : Int32Array.from(play);
  const length = space.kind === "discrete" ? 1 : space.kind === "box" ? space.size : space.nvec.length;
  const why = play.length === length ? space.explain(value as never) : `expected ${length} numbers`;
  if (why !== null) throw new InputError(`The automaton for ${role} plays ${JSON.stringify(given)}: ${why}.`);
  return play;
}
