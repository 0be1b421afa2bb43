import { describe, expect, it } from "vitest";
import { makespan } from "../../src/run/forecast.ts";
import type { Cell } from "../../src/run/plan.ts";
import { makeSchedule } from "../../src/run/schedule.ts";

const cell = (hash: string, steps: number, ...needs: string[]): Cell => ({
  hash,
  label: `cell ${hash}`,
  stage: "test",
  attack: "none",
  run: 0,
  points: [0],
  needs,
  steps,
  spec: {},
});

describe("a schedule", () => {
  it("gives out the longest way to the end first, and nothing before what it needs", () => {
    const schedule = makeSchedule([
      cell("long", 9),
      cell("short", 1),
      cell("behind", 8, "start", "short"),
      cell("start", 2),
      cell("last", 3, "behind"),
    ]);
    const taken = [];
    for (let next = schedule.take(); next; next = schedule.take()) taken.push(next);
    // start + behind + last = 13, short + behind + last = 12, then 9.
    expect(taken.map(({ hash }) => hash)).toEqual(["start", "short", "long"]);
    schedule.finish(taken[0]);
    expect(schedule.take()).toBeUndefined();
    schedule.giveBack(taken[2]);
    schedule.finish(taken[1]);
    expect(schedule.take()?.hash).toBe("behind");
    expect(schedule.take()?.hash).toBe("long");
    expect(schedule.left).toBe(3);
  });

  it("empties thousands of equal cells in the plan's order", () => {
    const cells = Array.from({ length: 3000 }, (_, i) => cell(String(i), 1));
    const schedule = makeSchedule(cells);
    const order = cells.map(() => {
      const next = schedule.take()!;
      schedule.finish(next);
      return next;
    });
    expect(order).toEqual(cells);
    expect(schedule.take()).toBeUndefined();
    expect(schedule.left).toBe(0);
  });

  it("tells when the last of several lanes is done", () => {
    const cells = [cell("a", 4), cell("b", 3, "a"), cell("c", 5), cell("d", 1)];
    const cost = ({ steps }: Cell) => steps;
    expect(makespan(cells, cost, 1)).toBe(13);
    // a then b (7) beside c then d (6).
    expect(makespan(cells, cost, 2)).toBe(7);
    expect(makespan(cells, cost, 9)).toBe(7);
    expect(makespan([], cost, 2)).toBe(0);
  });

  it("refuses needs that nothing can meet", () => {
    expect(() => makeSchedule([cell("a", 1, "b")])).toThrow("cell a needs cell b, which is not in the plan");
    expect(() => makeSchedule([cell("x", 1), cell("a", 1, "b"), cell("b", 1, "a")])).toThrow("in a circle");
  });
});
