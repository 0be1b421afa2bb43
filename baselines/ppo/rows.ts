import {
  GOES_ON,
  type Level,
  meanStd,
  normalise,
  type RunningMeanStd,
  runningMeanStd,
  TERMINATED,
  TRUNCATED,
  type Transitions,
  writeInputs,
} from "masque/learn";
import { type Central, centralInputs } from "./central.ts";

/**
 * How the agents of one learning role, in the copies of all levels, become rows of matrices. A row is an agent, or all
 * agents of a copy where one controller leads them; levels follow each other.
 */
export interface Rows {
  /** Agents a row speaks for. */
  readonly agents: number;
  /** Agents that networks are told apart; 0: none. */
  readonly ids: number;
  readonly count: number;
  /** `[count]`, the level each row plays at. */
  readonly levelOf: Int32Array;
  /** Widths of the actor's and of the critic's input. */
  readonly inputs: number;
  readonly criticInputs: number;
  /** What a central critic reads. */
  readonly central: Central | null;
  /** Running moments of observations, if they are normalised. */
  readonly seen: RunningMeanStd | null;
  /** Takes in the observations of all who are alive, for the next rollout. */
  note(): void;
  /** From now on inputs are scaled by all that was noted. */
  settle(): void;
  /** Goes on from the moments of another training. */
  restore(moments: ReturnType<RunningMeanStd["state"]>): void;
  /** Writes the actor's inputs `[count, inputs]`, and a critic's who sees the same. */
  readInputs(actor: Float32Array, critic: Float32Array): void;
  /** Writes 1 for rows whose copy has begun an episode since this was last asked, and 0 for the others, `[count]`. */
  readBegun(into: Uint8Array): void;
  /**
   * Says which rows act (`weights` `[count]`) and what they may do (`mask` `[count, choices]`, if given): a dead agent of a
   * joint row has one choice, which adds nothing to the gradient.
   */
  readAlive(weights: Float32Array, mask: Uint8Array | null, heads: readonly number[]): void;
  /** Writes actions `[count, numbers]` into the worlds, cut to a Box's bounds or counted from a Discrete's start. */
  writeActions(actions: Int32Array | Float32Array): void;
  /** And back: what a teacher would have done, by level `[copies · agents, numbers]`, into `[count, numbers]`. */
  readTaught(all: readonly (Int32Array | Float32Array)[], into: Int32Array | Float32Array): void;
  /** What the step brought, into the transitions of step t. */
  readOutcome(transitions: Transitions, t: number): void;
  /** Rows whose episodes were cut in the last step; writes what they saw last as inputs of a critic who sees the same. */
  readCut(critic: Float32Array): Int32Array;
}

export interface RowsOptions {
  readonly joint: boolean;
  /** The critic sees its actor's input, or the global state, which agent it judges, and the knobs. */
  readonly critic: "own" | "central";
  readonly normaliseObservations: boolean;
  /** Networks are told which agent of several a row is. */
  readonly agentIds: boolean;
  /** Steps of a rollout, which a central critic's states are held for. */
  readonly steps: number;
}

export function rowsOf(
  levels: readonly Level[],
  role: string,
  { joint, critic, normaliseObservations, agentIds, steps }: RowsOptions,
): Rows {
  const { spec, count, obsSize, maskSize, actionSize } = levels[0].world.roles[role];
  const { action } = spec;
  const knobs = levels[0].knobs.length;
  const agents = joint ? count : 1;
  const perCopy = joint ? 1 : count;
  const width = agents * obsSize;
  const ids = agentIds && perCopy > 1 ? perCopy : 0;
  const inputs = width + ids + knobs;
  const central = critic === "central" ? centralInputs(levels, perCopy, steps) : null;
  const ofLevel = levels.map(({ world }) => world.copies * perCopy);
  const starts = ofLevel.map((_, l) => ofLevel.slice(0, l).reduce((sum, n) => sum + n, 0));
  const rows = ofLevel.reduce((sum, n) => sum + n, 0);
  const seen = normaliseObservations ? runningMeanStd(obsSize) : null;
  const coming = runningMeanStd(obsSize); // with what came since: inputs of one rollout are all scaled alike

  function scaled(into: Float32Array, n: number): void {
    if (!seen) return;
    const { mean, std } = meanStd(seen);
    normalise(
      into,
      n,
      inputs,
      agents,
      mean,
      Float32Array.from(std, (s) => 1 / s),
    );
  }

  /** Whether row r of a level was cut off by the horizon; a joint row goes on until its copy ends. */
  const wasCut = (world: Level["world"], r: number): boolean => {
    const { truncations } = world.roles[role];
    if (!joint) return truncations[r] === 1;
    return world.ended[r] === 1 && truncations.subarray(r * agents, (r + 1) * agents).includes(1);
  };

  // Counted in beginnings, as `seat` does: the same episode may be begun again.
  const playing = levels.map(({ world }) => new Float64Array(world.copies));

  return {
    agents,
    ids,
    count: rows,
    levelOf: Int32Array.from({ length: rows }, (_, row) => starts.findLastIndex((start) => start <= row)),
    inputs,
    criticInputs: central?.width ?? inputs,
    central,
    seen,
    note() {
      if (!seen) return;
      levels.forEach(({ world }, l) => {
        const { obs, alive } = world.roles[role];
        coming.add(obs, ofLevel[l] * agents, obsSize, 0, alive);
      });
    },
    settle() {
      seen?.restore(coming.state());
    },
    restore(moments) {
      for (const one of [seen, coming]) one?.restore(moments);
    },
    readInputs(actorInputs, criticInto) {
      levels.forEach(({ world, knobs: level }, l) => {
        const { obs } = world.roles[role];
        writeInputs(actorInputs.subarray(starts[l] * inputs), obs, ofLevel[l], width, level, knobs > 0, ids);
      });
      scaled(actorInputs, rows);
      if (!central) criticInto.set(actorInputs.subarray(0, rows * inputs));
    },
    readBegun(into) {
      levels.forEach(({ world }, l) => {
        for (let r = 0; r < ofLevel[l]; r++) {
          const copy = Math.floor(r / perCopy);
          into[starts[l] + r] = playing[l][copy] === world.begun[copy] ? 0 : 1;
        }
        playing[l].set(world.begun);
      });
    },
    readAlive(weights, into, heads) {
      const choices = heads.reduce((sum, n) => sum + n, 0);
      levels.forEach(({ world }, l) => {
        const { alive, mask } = world.roles[role];
        for (let r = 0; r < ofLevel[l]; r++) {
          let living = 0;
          for (let a = r * agents; a < (r + 1) * agents; a++) living |= alive[a];
          weights[starts[l] + r] = living;
        }
        if (!into) return;
        for (let a = 0; a < ofLevel[l] * agents; a++) {
          const to = (starts[l] * agents + a) * choices;
          if (alive[a] === 1) into.set(mask.subarray(a * maskSize, (a + 1) * maskSize), to);
          else {
            into.fill(0, to, to + choices);
            for (let h = 0, at = to; h < heads.length; at += heads[h++]) into[at] = 1;
          }
        }
      });
    },
    writeActions(chosen) {
      levels.forEach(({ world }, l) => {
        const { actions } = world.roles[role];
        const from = starts[l] * agents * actionSize;
        for (let i = 0; i < actions.length; i++) {
          const value = chosen[from + i];
          if (action.kind === "box") {
            actions[i] = Math.min(action.high[i % actionSize], Math.max(action.low[i % actionSize], value));
          } else actions[i] = value + (action.kind === "discrete" ? action.start : 0);
        }
      });
    },
    readTaught(all, into) {
      levels.forEach(({ world }, l) => {
        const { alive } = world.roles[role];
        const from = starts[l] * agents * actionSize;
        // Dead agents of a joint row have one choice, the first: see `readAlive`.
        for (let i = 0; i < all[l].length; i++) {
          const value = all[l][i] - (action.kind === "discrete" ? action.start : 0);
          into[from + i] = alive[Math.floor(i / actionSize)] === 1 ? value : 0;
        }
      });
    },
    readOutcome({ rewards: into, ends }, t) {
      levels.forEach(({ world }, l) => {
        const { rewards, terminations, truncations } = world.roles[role];
        for (let r = 0; r < ofLevel[l]; r++) {
          const row = t * rows + starts[l] + r;
          let reward = 0;
          for (let a = 0; a < agents; a++) reward += rewards[r * agents + a];
          into[row] = reward / agents;
          const ended = joint ? world.ended[r] === 1 : terminations[r] === 1 || truncations[r] === 1;
          ends[row] = !ended ? GOES_ON : wasCut(world, r) ? TRUNCATED : TERMINATED;
        }
      });
    },
    readCut(into) {
      const cut: number[] = [];
      levels.forEach(({ world, knobs: level }, l) => {
        for (let r = 0; r < ofLevel[l]; r++) {
          if (!wasCut(world, r)) continue;
          const at = cut.push(starts[l] + r) - 1;
          if (central) continue;
          const row = into.subarray(at * inputs, (at + 1) * inputs);
          const last = world.roles[role].final.subarray(r * width, (r + 1) * width);
          writeInputs(row, last, 1, width, level, knobs > 0, ids, r);
          scaled(row, 1);
        }
      });
      return Int32Array.from(cut);
    },
  };
}
