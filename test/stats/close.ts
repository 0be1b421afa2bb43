import { expect } from "vitest";

/** Expects a relative error of at most `relative` (absolute where the expected value is 0). */
export function expectClose(actual: number, expected: number, relative: number, what = ""): void {
  const error = Math.abs(actual - expected) / (expected === 0 ? 1 : Math.abs(expected));
  expect(error <= relative, `${what} ${actual} against ${expected}: off by ${error}, allowed ${relative}`).toBe(true);
}

/** Expects f(...arguments) to be close to the last number of each row. */
export function expectTable(f: (...given: number[]) => number, rows: readonly number[][], relative: number): void {
  for (const row of rows) {
    const given = row.slice(0, -1);
    expectClose(f(...given), row[row.length - 1], relative, `${f.name}(${given.join(", ")}) =`);
  }
}
