import { expect, it } from "vitest";
import { gatherRows } from "../../baselines/ppo/minibatch.ts";

// Widths around that from which on rows are copied whole: no number may be missed, moved or written beyond the rows.
it.each([1, 15, 16, 17, 31, 32, 33, 100])(
  "gathers rows of %i numbers, in any order and repeated, and nothing else",
  (width) => {
    const total = 9;
    const from = Float32Array.from({ length: total * width }, (_, i) => i + 1);
    const rows = Int32Array.of(5, 8, 0, 8, 3, 7, 1);
    const [first, count, to] = [1, 5, 3];
    const out = new Float32Array(to + count * width + 40).fill(-1);
    const expected = out.slice();
    [8, 0, 8, 3, 7].forEach((row, i) => {
      expected.set(from.subarray(row * width, (row + 1) * width), to + i * width);
    });
    gatherRows(from, width, rows, first, count, out, to);
    expect(out).toEqual(expected);
  },
);
