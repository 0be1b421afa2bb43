import { describe, expect, it } from "vitest";
import { scatter } from "../../src/report/scatter.ts";
import { coloured, fold, number, plain, table, width } from "../../src/report/text.ts";

describe("tables", () => {
  const rows = [
    ["name", "n"],
    ["a", "1.5"],
    ["βeta", "10"],
  ];

  it("align columns, numbers to the right", () => {
    expect(table(rows)).toBe("name    n\na     1.5\nβeta   10\n");
  });

  it("align the same with colours, which NO_COLOR and pipes leave out", () => {
    const painted = table([rows[0], ["a", coloured("green", "1.5")], ["βeta", "10"]], coloured);
    expect(width(painted.split("\n")[1])).toBe("a     1.5".length);
    expect(plain("green", "x")).toBe("x");
    expect(coloured("green", "x")).toBe("\u001b[32mx\u001b[39m");
  });
});

it("numbers are short, and infinite ones too", () => {
  expect([0.1 + 0.2, 1e-9, 3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((x) => number(x))).toEqual([
    "0.3",
    "0",
    "3",
    "∞",
    "−∞",
  ]);
});

it("text is folded at words", () => {
  expect(fold("aa bb cc dd", 5)).toBe("aa bb\ncc dd\n");
  expect(fold("aaaaaaaa b", 5, " ")).toBe(" aaaaaaaa\n b\n");
});

it("a scatter puts marks where they belong", () => {
  const chart = scatter(
    [
      { x: 0, y: 0, mark: "a" },
      { x: 1, y: 1, mark: "b" },
      { x: 0.5, y: 0.5, low: 0.25, high: 0.75, mark: "c" },
      { x: 7, y: -3, mark: "d" },
    ],
    { columns: 37, rows: 5, xLabel: "u", yLabel: "s" },
  );
  const lines = chart.split("\n");
  expect(lines[0]).toBe(" s");
  const at = (row: number) => lines[1 + row].slice(6);
  expect(at(0)).toMatch(/^·.*b$/);
  expect(at(0)).toHaveLength(29);
  expect(at(2).indexOf("c")).toBe(14);
  expect([at(1)[14], at(3)[14]]).toEqual(["│", "│"]);
  expect(at(4)).toMatch(/^a.*d$/);
  expect(lines.at(-2)).toMatch(/^ {6}0 +0\.25 +0\.5 +0\.75 +1 {2}u$/);
});
