import { expect, it } from "vitest";
import { random } from "../../src/policy.ts";
import { evaluate, evaluateAsync } from "../../src/run/evaluate.ts";
import toy from "./plugins/envs/toy/env.ts";

const options = {
  params: { wall: 0.3, steps: 5 },
  policies: { climber: random, keeper: random },
  episodes: 4800,
  seed: 3,
  split: ["test", 1],
};

it("scores the same episodes whatever the number of copies, at once or in turns", async () => {
  const at = evaluate(toy, options);
  expect(evaluate(toy, { ...options, copies: 7 }).counters).toEqual(at.counters);
  const seen: number[] = [];
  const turns = await evaluateAsync(toy, { ...options, onProgress: (episodes) => seen.push(episodes) });
  expect(turns).toEqual(at);
  expect(seen.length).toBeGreaterThan(0);
  expect(evaluate(toy, { ...options, split: ["test", 2] }).counters).not.toEqual(at.counters);
});

it("can be stopped on the way", async () => {
  const stop = new AbortController();
  const played = evaluateAsync(toy, {
    ...options,
    signal: stop.signal,
    onProgress: () => stop.abort(new Error("enough")),
  });
  await expect(played).rejects.toThrow("enough");
});
