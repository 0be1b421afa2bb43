import type { Level } from "../../src/learn/levels.ts";
import { meanStd, type RunningMeanStd, type RunningState, runningMeanStd } from "../../src/learn/moments.ts";
import { normalise, writeInputs } from "../../src/policy/from-data.ts";

/** What the networks of one learning role see, over the copies of all levels. A row is an agent, or a copy if joint. */
export interface Inputs {
  /** Agents a row speaks for, and rows a copy has. */
  readonly agents: number;
  readonly perCopy: number;
  readonly rows: number;
  /** By level: how many rows, and the first of them. */
  readonly rowsOf: readonly number[];
  readonly starts: readonly number[];
  /** Widths of the actor's and of the critic's input. */
  readonly inputs: number;
  readonly criticInputs: number;
  /** Running moments of observations, if they are normalised. */
  readonly seen: RunningMeanStd | null;
  /** Takes in the observations of all who are alive, for the next rollout. */
  note(): void;
  /** From now on inputs are scaled by all that was noted. */
  settle(): void;
  restore(moments: RunningState): void;
  /** Writes the actor's inputs: `[rows, inputs]`. */
  readActor(into: Float32Array): void;
  /** Writes the critic's: the actor's own, or global state, which agent, knobs; `[rows, criticInputs]`. */
  readCritic(into: Float32Array, own: Float32Array): void;
  /** Writes, as row `at`, the critic's input for what row r of level l last saw before its episode was cut. */
  readCut(into: Float32Array, at: number, l: number, r: number): void;
}

export function createInputs(
  levels: readonly Level[],
  role: string,
  {
    joint,
    critic,
    normaliseObservations,
  }: { joint: boolean; critic: "own" | "central"; normaliseObservations: boolean },
): Inputs {
  const { count, obsSize } = levels[0].world.roles[role];
  const { stateSize } = levels[0].world;
  const knobs = levels[0].knobs.length;
  const agents = joint ? count : 1;
  const perCopy = joint ? 1 : count;
  const width = agents * obsSize;
  const inputs = width + knobs;
  const identity = perCopy > 1 ? perCopy : 0;
  const criticInputs = critic === "own" ? inputs : stateSize + identity + knobs;
  const rowsOf = levels.map(({ world }) => world.copies * perCopy);
  const starts = rowsOf.map((_, l) => rowsOf.slice(0, l).reduce((sum, n) => sum + n, 0));
  const rows = rowsOf.reduce((sum, n) => sum + n, 0);
  const seen = normaliseObservations ? runningMeanStd(obsSize) : null;
  const coming = runningMeanStd(obsSize); // with what came since: inputs of one rollout are all scaled alike
  const state = new Float32Array(stateSize);

  function scaled(into: Float32Array, n: number): void {
    if (!seen) return;
    const { mean, std } = meanStd(seen);
    const scale = Float32Array.from(std, (s) => 1 / s);
    normalise(into, n, inputs, agents, mean, scale);
  }

  function writeState(
    into: Float32Array,
    row: number,
    from: Float32Array,
    agent: number,
    level: readonly number[],
  ): void {
    const at = row * criticInputs;
    into.set(from, at);
    if (identity > 0) into.fill(0, at + stateSize, at + stateSize + identity)[at + stateSize + agent] = 1;
    into.set(level, at + stateSize + identity);
  }

  return {
    agents,
    perCopy,
    rows,
    rowsOf,
    starts,
    inputs,
    criticInputs,
    seen,
    note() {
      if (!seen) return;
      levels.forEach(({ world }, l) => {
        const { obs, alive } = world.roles[role];
        coming.add(obs, rowsOf[l] * agents, obsSize, 0, alive);
      });
    },
    settle() {
      seen?.restore(coming.state());
    },
    restore(moments) {
      for (const one of [seen, coming]) one?.restore(moments);
    },
    readActor(into) {
      levels.forEach(({ world, knobs: level }, l) => {
        writeInputs(into.subarray(starts[l] * inputs), world.roles[role].obs, rowsOf[l], width, level, knobs > 0);
      });
      scaled(into, rows);
    },
    readCritic(into, own) {
      if (critic === "own") {
        into.set(own.subarray(0, rows * inputs));
        return;
      }
      levels.forEach(({ world, knobs: level }, l) => {
        for (let copy = 0; copy < world.copies; copy++) {
          world.state(copy, state);
          for (let i = 0; i < perCopy; i++) writeState(into, starts[l] + copy * perCopy + i, state, i, level);
        }
      });
    },
    readCut(into, at, l, r) {
      const { world, knobs: level } = levels[l];
      if (critic === "central") {
        const copy = Math.floor(r / perCopy);
        const ended = world.finalStates.subarray(copy * stateSize, (copy + 1) * stateSize);
        writeState(into, at, ended, r % perCopy, level);
        return;
      }
      const row = into.subarray(at * inputs, (at + 1) * inputs);
      writeInputs(row, world.roles[role].final.subarray(r * width, (r + 1) * width), 1, width, level, knobs > 0);
      scaled(row, 1);
    },
  };
}
