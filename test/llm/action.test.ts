import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAllowed } from "../../src/env/actions.ts";
import { allowedText, legalNow, onlyAction, readReply, replySchema, tellAction } from "../../src/llm/action.ts";
import { Rng } from "../../src/random/rng.ts";
import { box, discrete, multiDiscrete } from "../../src/spaces/index.ts";
import type { ActionSpace } from "../../src/spaces/slot.ts";

const verdict = discrete(3, { names: ["pass", "accuse", "wait"] });
const amounts = discrete(4, { start: 2, says: "requests" });
const levels = discrete(3, { names: ["0", "0.5", "1"] });
const desks = multiDiscrete([2, 3], { components: [{ names: ["acquit", "accuse"] }, { says: "rounds" }] });
const push = box([2], -1, 1);
const read = (space: ActionSpace, action: unknown, mask?: number[]) =>
  readReply(space, legalNow(space, mask), JSON.stringify({ why: "so", action }));

describe("answers", () => {
  it("are read by name, by number, in lists, and clipped in boxes", () => {
    expect(read(verdict, "accuse")).toEqual({ action: [1] });
    expect(read(amounts, 5)).toEqual({ action: [5] });
    expect(read(amounts, "5")).toEqual({ action: [5] });
    // A name that is a number is the name, never the place.
    expect(read(levels, 1)).toEqual({ action: [2] });
    expect(read(levels, "0.5")).toEqual({ action: [1] });
    expect(read(desks, ["accuse", 2])).toEqual({ action: [1, 2] });
    expect(read(push, [3, -0.25])).toEqual({ action: [1, -0.25] });
    expect(read(push, [Number.MAX_VALUE, 0.1])).toEqual({ action: [1, Math.fround(0.1)] });
    // JSON writes −0 as 0: a tape would say another action than was played.
    expect(readReply(push, null, '{"action": [-0.0, -1e-60]}')).toEqual({ action: [0, 0] });
  });

  it.each<[string, ActionSpace, unknown, RegExp]>([
    ["a name that is none", verdict, "convict", /"convict", expected "pass", "accuse", "wait"/],
    ["a place in the place of a name", verdict, 1, /is 1, expected "pass"/],
    ["a number beyond", amounts, 6, /is 6, expected 2 to 5/],
    ["half a number", amounts, 2.5, /is 2\.5/],
    ["too few choices", desks, ["accuse"], /expected a list of 2 choices/],
    ["one choice for two", desks, "accuse", /expected a list of 2 choices/],
    ["a second choice that is none", desks, ["accuse", 3], /choice 2 is 3, expected 0 to 2/],
    ["words for numbers", push, ["left", "right"], /expected 2 numbers/],
    ["null", verdict, null, /is null/],
    ["a list in a list", verdict, [["pass"]], /a list of 1/],
    ["an object", verdict, { toString: "pass" }, /an object/],
  ])("%s is refused, and what was expected is said", (_, space, action, error) => {
    expect(read(space, action)).toEqual({ error: expect.stringMatching(error) });
  });

  it("that a mask forbids are refused", () => {
    expect(read(verdict, "accuse", [1, 0, 1])).toEqual({ error: expect.stringMatching(/expected "pass", "wait"$/) });
    expect(read(desks, ["acquit", 1], [1, 1, 1, 0, 1])).toEqual({ error: expect.stringMatching(/choice 2 is 1/) });
    expect(allowedText(verdict, legalNow(verdict, [1, 0, 1]))).toEqual(['- "pass", "wait"']);
    expect(allowedText(verdict, legalNow(verdict))).toBeUndefined();
    expect(onlyAction(legalNow(desks, [0, 1, 0, 0, 1]))).toEqual([1, 2]);
    expect(onlyAction(legalNow(desks, [0, 1, 1, 0, 1]))).toBeUndefined();
  });

  it("are found between other words; of several kinds of nonsense nothing is", () => {
    const legal = legalNow(verdict);
    expect(readReply(verdict, legal, 'Sure!\n```json\n{"why":"{}","action":"wait"}\n```')).toEqual({ action: [2] });
    for (const reply of [
      "",
      "{",
      "}{",
      "no",
      '"wait"',
      "[]",
      "{}",
      '{"act":"wait"}',
      '{"__proto__":{"action":"wait"}}',
    ]) {
      expect(readReply(verdict, legal, reply), reply).toHaveProperty("error");
    }
    expect(readReply(verdict, legal, `${"[".repeat(1e6)}`)).toHaveProperty("error");
  });

  it("whatever they are: an allowed action, or an error", () => {
    const spaces = fc.constantFrom<ActionSpace>(verdict, amounts, levels, desks, push);
    const replies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((action) => JSON.stringify({ action })),
      fc.array(fc.oneof(fc.integer(), fc.double(), fc.string())).map((action) => JSON.stringify({ action })),
    );
    fc.assert(
      fc.property(spaces, replies, (space, reply) => {
        const answer = readReply(space, legalNow(space), reply);
        if ("error" in answer) return typeof answer.error === "string";
        return isAllowed(space, space.kind === "discrete" ? answer.action[0] : answer.action);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("told in words are read back", () => {
    const rng = new Rng(1);
    for (const space of [verdict, amounts, levels, desks]) {
      for (let i = 0; i < 20; i++) {
        const action = [space.sample(rng)].flatMap((one) => (typeof one === "number" ? [one] : [...one]));
        expect(read(space, JSON.parse(tellAction(space, action)))).toEqual({ action });
      }
    }
  });
});

describe("schemas of answers", () => {
  const actionOf = (space: ActionSpace, mask?: number[]) =>
    (replySchema(space, legalNow(space, mask)).properties as Record<string, unknown>).action;

  it("ask for reasons first", () => {
    expect(Object.keys(replySchema(verdict, legalNow(verdict)).properties as object)).toEqual(["why", "action"]);
  });

  it("list what is allowed, and nothing else", () => {
    expect(actionOf(verdict, [1, 0, 1])).toEqual({ enum: ["pass", "wait"] });
    expect(actionOf(amounts)).toEqual({ type: "integer", enum: [2, 3, 4, 5] });
    expect(actionOf(discrete(5000))).toEqual({ type: "integer", minimum: 0, maximum: 4999 });
    expect(actionOf(multiDiscrete([2, 2]))).toMatchObject({ items: { enum: [0, 1] }, minItems: 2, maxItems: 2 });
    expect(actionOf(push)).toMatchObject({ items: { minimum: -1, maximum: 1 }, minItems: 2, maxItems: 2 });
  });
});
