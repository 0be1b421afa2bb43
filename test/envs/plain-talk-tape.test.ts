import { statSync } from "node:fs";
import { Rng } from "masque";
import { describe, expect, it } from "vitest";
import { flags, Gateway, innocentsOf, languageOf, surprisalTests } from "../../envs/plain-talk/model.ts";
import { type Tape, tapeCover } from "../../envs/plain-talk/tape.ts";
import { MODEL } from "../../plugins/gguf/model.ts";
import { GAMES, INNOCENTS, playGames, readTape, TAPE } from "../../plugins/gguf/tape.ts";
import { digest } from "../../src/data/canonical.ts";

// A real model's language without the model: laws of Gemma 3 270M along the games that they were recorded in.

const tape = readTape() as Tape;
const cover = tapeCover(tape);
const talk = { tokens: 24, candidates: 16, choices: 16, redraw: 0.2, feedback: true, innocents: INNOCENTS };
const { states, said, content } = innocentsOf(cover, talk);
const language = languageOf(cover, talk);

describe("the tape of a real model", () => {
  it("is small, and says whose laws it holds, under which terms", () => {
    expect(statSync(TAPE).size).toBeLessThan(60_000);
    expect(tape.model).toEqual({ name: MODEL.name, sha256: MODEL.sha256, licence: MODEL.licence });
    expect(cover.starts.length).toBe(8);
    expect(cover.opening(cover.starts[0])).toBe("The committee met on Tuesday and");
  });

  it("plays its games again, to the bit", () => {
    const games = playGames(cover).map(({ counters, traces }) => [Array.from(counters), Array.from(traces)]);
    expect(digest(games)).toBe("367d2841665ce58684bbeb086813b8c9fceba7f2ca0c5a5c7fd2021736a9021d");
  });

  it("knows no other game, and says what was not recorded", () => {
    expect(() => playGames(cover, GAMES, 2)).toThrow(
      /no law was recorded after "(The|Thank|In|To|Dear|When) .*A tape replays/s,
    );
    const broken = structuredClone(tape);
    broken.laws[5].p[0]++;
    expect(() => tapeCover(broken)).toThrow(/laws\[5\]: the probabilities add up to 4097, expected 4096/);
  });

  // Closed forms over the states that innocents visit, against the gateway at those very states.
  const { stride, choices, share, bits, entropy } = language;
  const DRAWS = 100;
  const sum = (state: number, of: (at: number) => number) => {
    let total = 0;
    for (let at = state * stride; at < state * stride + choices; at++) total += of(at);
    return total;
  };
  /** The mean of what many draws give at every visited state, and its standard error. */
  const simulated = (redraw: number, of: (state: number, x: number, y: number) => number) => {
    const rng = new Rng(7, "tape");
    const gateway = new Gateway(language, redraw, rng);
    const [n, all] = [states.length * DRAWS, [0, 0]];
    for (const state of states) {
      for (let i = 0; i < DRAWS; i++) {
        const x = language.draw(state, rng);
        const value = of(state, x, gateway.pass(state, x, state));
        all[0] += value;
        all[1] += value * value;
      }
    }
    const mean = all[0] / n;
    return { mean, se: Math.sqrt((all[1] / n - mean * mean) / n) };
  };
  const mean = (of: (state: number) => number) => states.reduce((total, state) => total + of(state), 0) / states.length;

  it.each([0.1, 0.5, 0.8])("keeps as much content under redraw %f as is computed", (redraw) => {
    const exact = mean((state) => sum(state, (at) => share[at] * bits[at] * (1 - redraw + redraw * share[at])));
    const drawn = simulated(redraw, (state, x, y) => (x === y ? bits[state * stride + x] : 0));
    expect(Math.abs(drawn.mean - exact)).toBeLessThan(4 * drawn.se);
    expect(exact * talk.tokens).toBeLessThan(content);
  });

  it.each([0.1, 0.5, 0.8])("lets as much information through redraw %f as is computed", (redraw) => {
    const log2 = (x: number) => (x > 0 ? Math.log2(x) : 0);
    // Given candidate i: itself with 1 − η + ηp_i, another with ηp_j.
    const exact = mean((state) => {
      const missed = sum(state, (at) => redraw * share[at] * log2(redraw * share[at]));
      const left = sum(state, (at) => {
        const own = redraw * share[at];
        return share[at] * (missed - own * log2(own) + (1 - redraw + own) * log2(1 - redraw + own));
      });
      return entropy[state] + left;
    });
    const drawn = simulated(redraw, (state, x, y) => {
      const p = share[state * stride + y];
      return log2((redraw * p + (x === y ? 1 - redraw : 0)) / p);
    });
    expect(Math.abs(drawn.mean - exact)).toBeLessThan(4 * drawn.se);
  });

  it("flags innocent words at its level exactly, and loud ones always", () => {
    const [test] = surprisalTests(cover, { ...talk, overseers: 1, falseAlarm: 0.05 });
    const totals = new Float64Array(INNOCENTS);
    for (const [at, state] of states.entries()) totals[Math.floor(at / talk.tokens)] += bits[state * stride + said[at]];
    const flagged = totals.reduce((total, one) => total + flags(test, one), 0);
    expect(flagged / INNOCENTS).toBeCloseTo(0.05, 12);
    const [, , { counters, names }] = playGames(cover);
    const of = (name: string) =>
      counters.filter((_, i) => i % names.length === names.indexOf(name)).reduce((a, b) => a + b);
    expect(of("active")).toBeGreaterThan(0);
    expect(of("flaggedActive")).toBe(of("active"));
  });
});
