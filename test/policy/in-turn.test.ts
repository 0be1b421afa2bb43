import { describe, expect, it } from "vitest";
import { chooserInTurn, type InTurn } from "../../src/policy/in-turn.ts";
import type { Batch } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";

// Two agents in each of four copies, of components with 2 and 3 choices; agent 1 of copy 2 is dead, and its mask empty.
const heads = [2, 3];
const rng = new Rng(1, "in turn");
const normals = (length: number) => Float32Array.from({ length }, () => rng.normal());
const logits = normals(4 * 10);
const earlier = normals(100).map((x) => 3 * x);
const alive = Uint8Array.of(1, 1, 1, 1, 1, 0, 1, 1);
const mask = new Uint8Array(40).fill(1).fill(0, 25, 30);
mask[1] = mask[7] = 0;

/** What is chosen in the first copies. */
function choose(given: Partial<InTurn>, rngs = streams(), choosing = chooser(given), copies = 4): number[] {
  const actions = new Int32Array(4 * copies);
  const batch = { rows: 2 * copies, mask, maskSize: 5, alive, rngs, actions, actionSize: 2 };
  choosing(logits.slice(0, 10 * copies), batch as Partial<Batch> as Batch);
  return [...actions];
}
const chooser = (given: Partial<InTurn> = {}) =>
  chooserInTurn({ heads, agents: 2, earlier, start: 0, greedy: false, ...given });
const streams = () => Array.from({ length: 8 }, (_, row) => new Rng(2, row));

describe("chooserInTurn", () => {
  it("takes the likeliest choice given those before it, of all agents of a copy", () => {
    const expected: number[] = [];
    const sizes = [...heads, ...heads];
    for (let copy = 0; copy < 4; copy++) {
      const given = [...logits.slice(10 * copy, 10 * copy + 10)];
      for (let h = 0, first = 0; h < 4; first += sizes[h++]) {
        const dead = copy === 2 && h >= 2;
        const allowed = (i: number) => (dead ? i === 0 : mask[10 * copy + first + i] === 1);
        let best = -1;
        for (let i = 0; i < sizes[h]; i++)
          if (allowed(i) && (best < 0 || given[first + i] > given[first + best])) best = i;
        expected.push(best + 5);
        for (let k = first + sizes[h]; k < 10; k++) given[k] = Math.fround(given[k] + earlier[10 * (first + best) + k]);
      }
    }
    expect(choose({ greedy: true, start: 5 })).toEqual(expected);
    // Two agents each for itself are something else.
    expect(choose({ greedy: true, start: 5, agents: 1, earlier: earlier.slice(0, 25) })).not.toEqual(expected);
  });

  it("draws each agent's choices from its own stream, the same on every machine", () => {
    expect(choose({})).toEqual([0, 2, 1, 1, 1, 2, 1, 1, 1, 2, 0, 0, 0, 2, 1, 1]);
    const others = streams();
    others[7] = new Rng(3);
    expect(choose({}, others).slice(0, 14)).toEqual(choose({}).slice(0, 14));
  });

  it("has room for more copies than it began with", () => {
    const one = chooser();
    expect(choose({}, streams(), one, 1)).toEqual(choose({}).slice(0, 4));
    expect(choose({}, streams(), one)).toEqual(choose({}));
  });
});
