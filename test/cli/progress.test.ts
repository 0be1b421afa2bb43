import { expect, it } from "vitest";
import { makeClock, makeForecast, type Standing } from "../../src/cli/progress.ts";
import { makeTally } from "../../src/run/work/standing.ts";

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

it("knows a fast method from a slow one, and does not claim to know one that has not begun", () => {
  const forecast = makeForecast();
  const trained = (slow: number, fast: number, kind: string): Standing => ({
    ...standing(0, 0, []),
    running: [{ label: kind, kind }],
    work: { slow: { all: 100, before: 0, done: slow }, fast: { all: 100_000, before: 0, done: fast } },
  });
  forecast.see(0, trained(0, 0, "slow"));
  forecast.see(50, trained(50, 0, "slow"));
  expect(forecast.left(trained(50, 0, "slow"))).toEqual({ seconds: 50, atLeast: true });
  forecast.see(100, trained(100, 0, "fast"));
  forecast.see(102, trained(100, 50_000, "fast"));
  expect(forecast.left(trained(100, 50_000, "fast"))).toEqual({ seconds: 2, atLeast: false });
});

it("reckons a new phase by itself: what another one took says nothing of it", () => {
  const clock = makeClock();
  const at = (now: number, phase: string, played: number) => clock(now, { ...standing(100, played, ["play"]), phase });
  at(0, "replay", 0);
  expect(at(100, "replay", 400).left?.seconds).toBe(25);
  expect(at(200, "track", 0)).toEqual({ seconds: 0, left: undefined, isNew: true });
  expect(at(210, "track", 400)).toEqual({ seconds: 10, left: { seconds: 2.5, atLeast: false }, isNew: false });
});

it("keeps methods apart, and what is trained from what is played", () => {
  const cell = (stage: string, attack: string, steps: number) => ({ stage, attack, steps, label: attack }) as never;
  const cells = [
    cell("train", "mappo", 10),
    cell("train", "cem", 1000),
    cell("defend", "mappo", 30),
    cell("test", "mappo", 5),
  ];
  const tally = makeTally(cells);
  tally.close(cells[0], true);
  tally.running(cells[1], 0.5);
  expect(tally.standing().work).toEqual({
    "train mappo": { all: 10, before: 10, done: 10 },
    "train cem": { all: 1000, before: 0, done: 500 },
    "defend mappo": { all: 30, before: 0, done: 0 },
    play: { all: 5, before: 0, done: 0 },
  });
  expect(tally.standing().running.map(({ kind }) => kind)).toEqual(["train cem"]);
});
