import { defineBaseline, InputError, Rng, type RngState, type Tensor } from "masque";
import {
  beginEpisodes,
  copiesOf,
  episodesAt,
  iterationsIn,
  type Level,
  type Line,
  longestOf,
  makeLevels,
  makeStops,
  meterState,
  type PolicyData,
  resumed,
  returnsMeter,
  runTraining,
  startOf,
  stepLevels,
  type Trained,
  type TrainTask,
  tableKey,
} from "masque/learn";
import { exp } from "masque/numeric";
import { z } from "zod";

// Tabular Q-learning (Watkins 1989; Watkins and Dayan 1992), every agent for itself, one table for all agents of a role.
// A state is an observation, number by number: right for small discrete observations, hopeless for others, so the
// number of states is limited and the limit reported.
// Exploration is ε-greedy with ε = e^(−βt) over the steps of a copy, as in the pricing literature, down to a floor.
// Measured (five trainings, docs/evidence.md): secrecy .991 [.970, 1] in simple-crypto, where none leaves less than 1.
//   npm run evidence -- learners --only simple-crypto --baselines q-learning
const config = z.strictObject({
  copies: z.int().min(1).max(4096).default(16).describe("copies of the environment, shared out over the levels"),
  learningRate: z.number().positive().max(1).default(0.1).describe("α"),
  gamma: z.number().min(0).max(1).default(0.99).describe("discount"),
  explore: z.number().positive().default(5).describe("ε falls by e to this power over the budget"),
  floor: z.number().min(0).max(1).default(0).describe("ε never falls below this"),
  initial: z.number().default(0).describe("first value of every action"),
  states: z
    .int()
    .min(1)
    .max(1 << 22)
    .default(1 << 18)
    .describe("most states a table may hold"),
});

/** A training between two steps of its copies; the tables are tensors. */
const trainingState = z.strictObject({
  t: z.int().min(1),
  episodes: z.array(z.int().min(0)),
  meter: meterState,
  draws: z.array(z.custom<RngState>()),
});

/** Rows of action values, found by observation. */
interface Table {
  readonly index: Map<string, number>;
  readonly actions: number;
  observations: Float32Array;
  q: Float32Array;
}

function rowOf(table: Table, obs: Float32Array, from: number, size: number, limit: number, initial: number): number {
  const key = tableKey(obs, from, size);
  const known = table.index.get(key);
  if (known !== undefined) return known;
  const row = table.index.size;
  if (row >= limit) {
    throw new InputError(
      `q-learning: met more than ${limit} different observations; use a deep baseline, or raise "states".`,
    );
  }
  if ((row + 1) * table.actions > table.q.length) {
    const grow = (array: Float32Array) => {
      const out = new Float32Array(array.length * 2);
      out.set(array);
      return out;
    };
    table.q = grow(table.q);
    table.observations = grow(table.observations);
  }
  table.index.set(key, row);
  table.observations.set(obs.subarray(from, from + size), row * size);
  table.q.fill(initial, row * table.actions, (row + 1) * table.actions);
  return row;
}

/** The allowed action of greatest value in a row; the first of equals. */
function best({ q, actions }: Table, row: number, mask: Uint8Array, from: number): number {
  let choice = -1;
  for (let a = 0; a < actions; a++) {
    if (mask[from + a] === 0) continue;
    if (choice < 0 || q[row * actions + a] > q[row * actions + choice]) choice = a;
  }
  return Math.max(0, choice);
}

function learner(
  task: TrainTask,
  role: string,
  levels: readonly Level[],
  settings: z.output<typeof config>,
  stream: Rng,
) {
  let rng = stream;
  const { obsSize, spec } = levels[0].world.roles[role];
  const { action } = spec;
  if (action.kind !== "discrete") {
    throw new InputError(
      `q-learning: role "${role}" of ${task.env.id} has ${action.kind} actions, expected Discrete ones.`,
    );
  }
  const { n, start } = action;
  const { learningRate, gamma, states, initial } = settings;
  const table: Table = {
    index: new Map(),
    actions: n,
    observations: new Float32Array(64 * obsSize),
    q: new Float32Array(64 * n),
  };
  const before = levels.map(({ world }) => new Int32Array(world.roles[role].rewards.length).fill(-1));
  const taken = levels.map(({ world }) => new Int32Array(world.roles[role].rewards.length));
  const tensors = () => {
    const size = table.index.size;
    return {
      q: { shape: [size, n], data: table.q.slice(0, size * n) },
      observations: { shape: [size, obsSize], data: table.observations.slice(0, size * obsSize) },
    };
  };
  /** Takes in a table. @throws InputError where it is none of this game */
  const fill = ({ q, observations }: Readonly<Record<string, Tensor>>) => {
    const size = q?.shape[0] ?? -1;
    if (q?.data.length !== size * n || observations?.data.length !== size * obsSize)
      throw new InputError(
        `q-learning: the table of "${role}" in the checkpoint or stored policy is not one of ${n} actions.`,
      );
    for (let row = 0; row < size; row++) {
      if (rowOf(table, observations.data, row * obsSize, obsSize, states, initial) !== row)
        throw new InputError(
          `q-learning: the table of "${role}" has the observation of row ${row} twice, expected every one once.`,
        );
    }
    table.q.set(q.data);
  };
  const policy = (): PolicyData => {
    const meta = {
      format: 1 as const,
      kind: "table" as const,
      environment: task.env.id,
      role,
      baseline: "q-learning",
      obsSize,
    };
    const shape = {
      hidden: [],
      activation: "tanh" as const,
      conditioned: false,
      joint: false,
      greedy: true,
      extra: {},
    };
    return { ...meta, action: action.toJSON(), ...shape, tensors: tensors() };
  };
  const from = startOf(task, role, policy());
  if (from) fill(from.tensors);

  return {
    act(epsilon: number) {
      levels.forEach(({ world }, l) => {
        const { obs, mask, alive, actions } = world.roles[role];
        for (let row = 0; row < alive.length; row++) {
          before[l][row] = -1;
          if (alive[row] === 0) continue;
          const state = rowOf(table, obs, row * obsSize, obsSize, states, initial);
          before[l][row] = state;
          let choice = best(table, state, mask, row * n);
          if (rng.float() < epsilon) {
            const allowed = mask.subarray(row * n, (row + 1) * n);
            choice = rng.categorical(allowed);
          }
          taken[l][row] = choice;
          actions[row] = choice + start;
        }
      });
    },
    learn() {
      levels.forEach(({ world }, l) => {
        const { obs, final, mask, rewards, terminations, truncations, count } = world.roles[role];
        for (let row = 0; row < rewards.length; row++) {
          if (before[l][row] < 0) continue;
          let target = rewards[row];
          if (terminations[row] === 0) {
            const cut = truncations[row] === 1 && world.ended[Math.floor(row / count)] === 1;
            const next = rowOf(table, cut ? final : obs, row * obsSize, obsSize, states, initial);
            target += gamma * table.q[next * n + best(table, next, mask, row * n)];
          }
          const at = before[l][row] * n + taken[l][row];
          table.q[at] += learningRate * (target - table.q[at]);
        }
      });
    },
    states: () => table.index.size,
    draw: () => rng.state(),
    tensors,
    restore(from: Readonly<Record<string, Tensor>>, draw: RngState) {
      fill(from);
      rng = Rng.fromState(draw);
    },
    policy,
  };
}

export default defineBaseline({
  id: "q-learning",
  summary: "Tabular Q-learning, every agent for itself: for small discrete observations.",
  paper: "Watkins and Dayan 1992, Q-learning, Machine Learning 8",
  coordination: "factored",
  startable: true,
  config,
  least({ copies }, { levels }) {
    const steps = copiesOf(copies, levels);
    return { steps, why: `a step of ${steps} copies a level` };
  },
  async train(task, settings): Promise<Trained> {
    if (task.conditioned) {
      throw new InputError(
        "q-learning: tables cannot be conditioned on knobs; train one level at a time (conditioned: false).",
      );
    }
    const levels = makeLevels(task, settings.copies);
    const rng = new Rng(task.seed, ...task.split).fork("q-learning");
    const learners = task.roles.map((role) => learner(task, role, levels, settings, rng.fork(role)));
    const meter = returnsMeter(levels, task.roles);
    const { copies } = levels[0].world;
    const rounds = Math.floor(task.budget / copies);
    const perLine = Math.max(1, Math.floor(rounds / 100));
    const { resume, every = 0, save } = task.checkpoint ?? {};
    function* training(): Generator<Line> {
      const fits = ({ t, episodes, draws }: z.output<typeof trainingState>) =>
        t < rounds && episodes.length === levels.length && draws.length === learners.length;
      const from = resume && resumed(resume, task, "q-learning", trainingState, fits);
      if (from) {
        learners.forEach((one, i) => {
          const table = {
            q: resume.tensors[`${task.roles[i]}.q`],
            observations: resume.tensors[`${task.roles[i]}.observations`],
          };
          one.restore(table, from.draws[i]);
        });
        meter.restore(from.meter);
        beginEpisodes(levels, from.episodes);
      } else for (const { world } of levels) world.reset();
      const stops = makeStops(every, longestOf(task), from?.t ?? 0);
      for (let t = from?.t ?? 0; t < rounds; t++) {
        if (stops(t, levels)) {
          const episodes = episodesAt(levels);
          const numbers = { t, episodes, meter: meter.state(), draws: learners.map((one) => one.draw()) };
          const tables = learners.map((one, i) => {
            const { q, observations } = one.tensors();
            return { [`${task.roles[i]}.q`]: q, [`${task.roles[i]}.observations`]: observations };
          });
          const tensors: Record<string, Tensor> = Object.assign({}, ...tables);
          save?.({ baseline: "q-learning", environment: task.env.id, iteration: iterationsIn(t), numbers, tensors });
          meter.restore(numbers.meter);
          beginEpisodes(levels, episodes);
        }
        const epsilon = Math.max(settings.floor, exp((-settings.explore * t) / rounds));
        for (const one of learners) one.act(epsilon);
        stepLevels(levels);
        for (const one of learners) one.learn();
        meter.step();
        if ((t + 1) % perLine !== 0 && t + 1 !== rounds) continue;
        const stats = { epsilon, states: learners.reduce((sum, one) => sum + one.states(), 0) };
        yield { steps: (t + 1) * copies, returns: meter.read(), stats };
      }
    }
    const curve = await runTraining(task, rounds * copies, training());
    const policies = Object.fromEntries(task.roles.map((role, i) => [role, learners[i].policy()]));
    return { policies, curve, steps: rounds * copies };
  },
});
