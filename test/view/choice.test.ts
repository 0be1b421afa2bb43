import { describe, expect, it } from "vitest";
import { type Choice, commandsOf, type Field, readFragment, writeFragment } from "../../src/view/choice.ts";
import { positionOf, valueAt } from "../../src/view/page/levels.ts";

const fields: Field[] = [
  { name: "falseAlarm", kind: "number", low: 0, high: 1, initial: 0.1, says: "" },
  { name: "slots", kind: "whole", low: 1, initial: 64, says: "" },
  { name: "cover", kind: "choice", choices: ["silent", "random"], initial: "silent", says: "" },
  { name: "key", kind: "flag", initial: true, says: "" },
  { name: "cap", kind: "number", low: 0, initial: Number.POSITIVE_INFINITY, says: "" },
];
const start: Choice = {
  environment: "covert-wire-v0",
  params: Object.fromEntries(fields.map(({ name, initial }) => [name, initial])),
  ...{ attack: "plain", defence: "default", seed: 1, run: 0, episodes: 256, episode: 0, step: 0 },
};
const known = { attacks: ["none", "plain", "loud"], defences: ["default", "coin"], roles: ["alice", "warden"] };
const read = (fragment: string) => readFragment(fragment, start, fields, known);

describe("a choice in an address", () => {
  it("is short where nothing differs, and comes back whole where everything does", () => {
    expect(writeFragment(start, start)).toBe("#covert-wire-v0");
    const other: Choice = {
      environment: "covert-wire-v0",
      params: { falseAlarm: 0.25, slots: 8, cover: "random", key: false, cap: 2 },
      ...{ attack: "loud", defence: "coin", seed: 7, run: 3, episodes: 32, episode: 5, step: 9 },
    };
    expect(read(writeFragment(other, start))).toEqual({ choice: other, problems: [] });
    expect(writeFragment(start, start, "warden")).toBe("#covert-wire-v0?role=warden");
    expect(read(writeFragment(other, start, "warden"))).toEqual({ choice: other, role: "warden", problems: [] });
    const infinite = { ...start, params: { ...start.params, cap: Number.POSITIVE_INFINITY } };
    expect(readFragment(writeFragment(infinite, other), other, fields, known).choice.params.cap).toBe(Infinity);
  });

  it.each([
    ["p.falseAlarm=1.5", /falseAlarm: got "1.5", expected a number from 0 to 1/],
    ["p.falseAlarm=", /expected a number/],
    ["p.falseAlarm=NaN", /expected a number/],
    ["p.slots=2.5", /expected a whole number from 1/],
    ["p.cover=loud", /expected one of silent, random/],
    ["p.key=1", /expected one of true, false/],
    ["p.__proto__=1", /nothing here is called/],
    ["attack=constructor", /attack: got "constructor", expected one of none, plain, loud/],
    ["defence=%3Cimg%20src=x%3E", /expected one of default, coin/],
    ["seed=-1", /seed: got "-1", expected a whole number/],
    ["episodes=0", /from 1 to 4096/],
    ["episodes=1e9", /from 1 to 4096/],
    ["step=99999999", /step: got/],
    ["role=overseer", /role: got "overseer", expected one of alice, warden/],
    ["nonsense=1", /nothing here is called/],
  ])("is left as it was by %s, which is told", (query, message) => {
    const { choice, problems } = read(`#covert-wire-v0?${query}`);
    expect(choice).toEqual(start);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  it("is the command that computes the same", () => {
    const defaults = { falseAlarm: 0.1, slots: 64, cover: "silent", key: true, cap: 4 };
    expect(commandsOf(start, defaults).eval).toBe("masque eval covert-wire-v0 cap=.inf --attack plain");
    const other = { ...start, params: { ...start.params, cap: 4, slots: 8 }, defence: "coin", episodes: 32, seed: 2 };
    expect(commandsOf(other, defaults).eval).toBe(
      "masque eval covert-wire-v0 slots=8 --attack plain --defence coin --seed 2 --episodes 32",
    );
    expect(commandsOf(other, defaults, { clean: true }).eval).toContain(" --attack none,plain ");
    expect(commandsOf({ ...other, attack: "none" }, defaults, { clean: true }).eval).toContain(" --attack none ");
    expect(commandsOf({ ...other, episode: 3 }, defaults).replay).toBe(
      "masque replay covert-wire-v0 slots=8 --attack plain --defence coin --seed 2 --episode 3",
    );
  });
});

it("a command names saved policies, where one can seat them", () => {
  const mine = { files: ["eve"], attacks: true, defends: false };
  const saved = { ...start, attack: "saved" };
  expect(commandsOf(saved, start.params, { brought: mine })).toEqual({
    eval: "masque eval covert-wire-v0 --policy eve",
    replay: "masque replay covert-wire-v0 --policy eve --episode 0",
  });
  expect(commandsOf(start, start.params, { brought: mine }).eval).toBe("masque eval covert-wire-v0 --attack plain");
  expect(commandsOf(saved, start.params, { brought: { ...mine, defends: true } })).toEqual({});
  expect(commandsOf(saved, start.params)).toEqual({});
});

describe("a knob's slider", () => {
  it.each([
    [[0, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1]],
    [[8, 4.5, 3.2, 2.5, 2, 1.6, 1.2, 0.8, 0]],
    [[0, 1 / 3, 2 / 3, 1]],
  ])("through %j reaches every level exactly, and every value from its own position", (grid) => {
    grid.forEach((level, i) => {
      expect(valueAt(grid, i * 20)).toBe(level);
      expect(positionOf(grid, level)).toBe(i * 20);
    });
    for (let position = 0; position <= (grid.length - 1) * 20; position++)
      expect(Math.abs(positionOf(grid, valueAt(grid, position)) - position)).toBeLessThanOrEqual(1);
  });
});
