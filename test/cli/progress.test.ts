import { expect, it } from "vitest";
import { makeForecast, type Standing } from "../../src/cli/progress.ts";

const work = (trained: number, played: number): Standing["work"] => ({
  training: { all: 100, before: 0, done: trained },
  play: { all: 1000, before: 500, done: 500 + played },
});
const standing = (trained: number, played: number, kinds: ("training" | "play")[]): Standing => ({
  cells: 0,
  ofCells: 10,
  done: 0,
  running: kinds.map((kind) => ({ label: kind, kind })),
  work: work(trained, played),
});

it("extrapolates trainings from trainings and plays from plays, over the lanes there are", () => {
  const forecast = makeForecast();
  const both = ["training", "training"] as const;
  forecast.see(0, standing(0, 0, [...both]));
  expect(forecast.left(standing(0, 0, [...both]))).toBeUndefined();
  forecast.see(10, standing(20, 0, [...both]));
  // 20 steps took two lanes 10 s: a lane-second a step. 80 are left, for two lanes; of plays nothing is known.
  expect(forecast.left(standing(20, 0, [...both]))).toEqual({ seconds: 40, atLeast: true });
  forecast.see(50, standing(100, 0, ["play", "play"]));
  forecast.see(60, standing(100, 100, ["play", "play"]));
  // 100 of the 500 plays that are to do took 20 lane-seconds; those that were there before took none.
  expect(forecast.left(standing(100, 100, ["play", "play"]))).toEqual({ seconds: 40, atLeast: false });
});

it("says nothing of what has only begun", () => {
  const forecast = makeForecast();
  forecast.see(0, standing(0, 0, ["play"]));
  forecast.see(0.5, standing(0, 5, ["play"]));
  expect(forecast.left(standing(0, 5, ["play"]))).toBeUndefined();
});
