import type { Tensor } from "../../src/data/safetensors.ts";
import { GOES_ON, gae, TERMINATED, TRUNCATED } from "../../src/learn/gae.ts";
import type { Level } from "../../src/learn/levels.ts";
import { meanStd, type RunningState, runningMeanStd } from "../../src/learn/moments.ts";
import { exp } from "../../src/numeric/index.ts";
import type { PolicyData } from "../../src/policy/data.ts";
import { headSizes } from "../../src/policy/from-data.ts";
import { normalLogDensity } from "../../src/policy/network/categorical.ts";
import { createForward, type Forward } from "../../src/policy/network/forward.ts";
import { createSampler } from "../../src/policy/network/sampler.ts";
import { Rng, type RngState } from "../../src/random/rng.ts";
import type { ActionSpace } from "../../src/spaces/slot.ts";
import { createNetwork, createVariable, exportWeights, type Network } from "../tf/network.ts";
import { policyOf } from "../tf/policy-of.ts";
import type { Engine } from "../tf/tf.ts";
import { createInputs } from "./inputs.ts";
import { createPpo, type Ppo, type PpoOptions, type PpoStats } from "./step.ts";

/** How one role learns by PPO; what the three baselines of the family differ in is `joint` and `critic`. */
export interface LearnerOptions {
  readonly role: string;
  /** One row a copy: inputs are all observations of the role, outputs all its actions. */
  readonly joint: boolean;
  /** The critic sees its actor's input, or the global state and which agent it is. */
  readonly critic: "own" | "central";
  readonly hidden: readonly number[];
  readonly activation: "tanh" | "relu";
  readonly rolloutSteps: number;
  readonly gamma: number;
  readonly lambda: number;
  readonly epochs: number;
  readonly minibatches: number;
  readonly normaliseObservations: boolean;
  readonly normaliseValues: boolean;
}

/** One learning role: networks, rollout memory, and what is done with them. */
export interface Learner {
  readonly role: string;
  /** Before a step: writes actions into the worlds and remembers them. */
  act(t: number): void;
  /** After it: remembers rewards and ends. */
  observe(t: number): void;
  /** After a rollout: several epochs of minibatch steps. */
  update(options: PpoOptions): PpoStats;
  policy(meta: { environment: string; baseline: string; conditioned: boolean }): PolicyData;
  /** What it needs to go on from here after an update, and back. Errors if shapes do not fit. */
  state(): { numbers: LearnerNumbers; tensors: Record<string, Tensor> };
  restore(numbers: LearnerNumbers, tensors: Readonly<Record<string, Tensor>>): void;
  dispose(): void;
}

interface LearnerNumbers {
  readonly adamSteps: number;
  readonly draw: RngState;
  readonly shuffle: RngState;
  readonly seen: RunningState | null;
  readonly scale: RunningState | null;
}

export function createLearner(engine: Engine, levels: readonly Level[], options: LearnerOptions, rng: Rng): Learner {
  const { role, joint, critic: criticKind, hidden, activation, rolloutSteps: steps, gamma, lambda } = options;
  const { spec, obsSize, maskSize, actionSize } = levels[0].world.roles[role];
  const action: ActionSpace = spec.action;
  const view = createInputs(levels, role, {
    joint,
    critic: criticKind,
    normaliseObservations: options.normaliseObservations,
  });
  const { agents, perCopy, rows, rowsOf, starts, inputs, criticInputs, seen } = view;
  const heads = headSizes(action);
  const width = heads.reduce((sum, n) => sum + n, 0);
  const total = rows * steps;
  const continuous = action.kind === "box";
  const masked = spec.masked === true;
  const numbers = agents * actionSize;

  let draw = rng.fork("act");
  const actor = createNetwork(engine, {
    sizes: [inputs, ...hidden, agents * width],
    activation,
    rng: rng.fork("actor"),
    outputGain: 0.01,
  });
  const critic = createNetwork(engine, {
    sizes: [criticInputs, ...hidden, 1],
    activation,
    rng: rng.fork("critic"),
    outputGain: 1,
  });
  const logStd = continuous ? createVariable(engine, new Float32Array(numbers).fill(-0.5)) : null;
  const head = logStd
    ? ({ kind: "gaussian", logStd } as const)
    : ({ kind: "categorical", sizes: Array.from({ length: agents }, () => heads).flat() } as const);
  const parameters = [...actor.variables, ...critic.variables, ...(logStd ? [logStd] : [])];
  const ppo: Ppo = createPpo(engine, { actor, critic, head });
  let shuffle = rng.fork("minibatches");
  const actorForward = forwardOf(actor, rows);
  const criticForward = forwardOf(critic, rows);

  const sampler = head.kind === "categorical" ? createSampler({ heads: head.sizes, maxRows: rows }) : null;

  const memory = {
    observations: new Float32Array(total * inputs),
    criticObservations: criticKind === "own" ? undefined : new Float32Array(total * criticInputs),
    actions: continuous ? new Float32Array(total * numbers) : new Int32Array(total * numbers),
    logProbabilities: new Float32Array(total),
    advantages: new Float32Array(total),
    returns: new Float32Array(total),
    values: new Float32Array(total),
    mask: masked || joint ? new Uint8Array(total * agents * width) : null,
    weights: new Float32Array(total),
  };
  const transitions = {
    steps,
    rows,
    rewards: new Float32Array(total),
    values: memory.values,
    ends: new Uint8Array(total),
    weights: memory.weights,
    cutValues: new Float32Array(total),
    nextValues: new Float32Array(rows),
  };
  const scale = options.normaliseValues ? runningMeanStd(1) : null;
  let valueMean = 0;
  let valueStd = 1;

  function readInputs(): void {
    view.readActor(actorForward.input);
    view.readCritic(criticForward.input, actorForward.input);
  }

  /** Values of the first n rows of the critic's input, in units of the reward. */
  function valuesInto(n: number, out: Float32Array, at: number): void {
    const values = criticForward.run(n);
    for (let i = 0; i < n; i++) out[at + i] = values[i] * valueStd + valueMean;
  }

  function act(t: number): void {
    readInputs();
    view.note();
    memory.observations.set(actorForward.input.subarray(0, rows * inputs), t * rows * inputs);
    memory.criticObservations?.set(criticForward.input.subarray(0, rows * criticInputs), t * rows * criticInputs);
    valuesInto(rows, memory.values, t * rows);
    const out = actorForward.run(rows);
    readAlive(t);
    if (sampler) drawChoices(out, t);
    else drawNormals(out, t);
  }

  /** Which rows act, and what they may do: a dead agent of a joint row has one choice, which adds nothing to the gradient. */
  function readAlive(t: number): void {
    levels.forEach(({ world }, l) => {
      const { alive, mask } = world.roles[role];
      const agent0 = (t * rows + starts[l]) * agents;
      for (let r = 0; r < rowsOf[l]; r++) {
        let living = 0;
        for (let a = r * agents; a < (r + 1) * agents; a++) living |= alive[a];
        memory.weights[t * rows + starts[l] + r] = living;
      }
      if (!memory.mask) return;
      for (let a = 0; a < rowsOf[l] * agents; a++) {
        const to = (agent0 + a) * width;
        if (alive[a] === 1) memory.mask.set(mask.subarray(a * maskSize, (a + 1) * maskSize), to);
        else {
          memory.mask.fill(0, to, to + width);
          for (let h = 0, at = to; h < heads.length; at += heads[h++]) memory.mask[at] = 1;
        }
      }
    });
  }

  function drawChoices(out: Float32Array, t: number): void {
    const { uniforms, actions: choices, logProbabilities } = sampler!;
    for (let i = 0; i < uniforms.length; i++) uniforms[i] = draw.float32();
    const first = t * rows;
    const allowed = memory.mask?.subarray(first * agents * width, (first + rows) * agents * width) ?? null;
    sampler!.sample(out, agents * width, rows, allowed, memory.weights.subarray(first, first + rows));
    memory.actions.set(choices, first * numbers);
    memory.logProbabilities.set(logProbabilities, first);
    const start = action.kind === "discrete" ? action.start : 0;
    levels.forEach(({ world }, l) => {
      const { actions } = world.roles[role];
      const from = starts[l] * numbers;
      for (let i = 0; i < actions.length; i++) actions[i] = choices[from + i] + start;
    });
  }

  function drawNormals(out: Float32Array, t: number): void {
    logStdNow ??= logStd!.dataSync() as Float32Array;
    const { low, high } = action as ActionSpace & { kind: "box" };
    const deviations = Float64Array.from(logStdNow, exp);
    levels.forEach(({ world }, l) => {
      const { actions } = world.roles[role];
      for (let r = 0; r < rowsOf[l]; r++) {
        const from = (starts[l] + r) * numbers;
        const to = t * rows * numbers + from;
        for (let i = 0; i < numbers; i++) {
          const value = out[from + i] + deviations[i] * draw.normal();
          memory.actions[to + i] = value;
          actions[r * numbers + i] = Math.min(high[i % actionSize], Math.max(low[i % actionSize], value));
        }
        const logp = normalLogDensity(out, from, logStdNow!, numbers, memory.actions, to);
        memory.logProbabilities[t * rows + starts[l] + r] = logp;
      }
    });
  }
  let logStdNow: Float32Array | undefined;

  function observe(t: number): void {
    const cut: number[] = [];
    levels.forEach(({ world }, l) => {
      const { rewards, terminations, truncations } = world.roles[role];
      for (let r = 0; r < rowsOf[l]; r++) {
        const row = t * rows + starts[l] + r;
        let reward = 0;
        for (let a = 0; a < agents; a++) reward += rewards[r * agents + a];
        transitions.rewards[row] = reward / agents;
        const copy = Math.floor(r / perCopy);
        // A joint row goes on until its copy ends; a single agent ends for itself.
        const ended = joint ? world.ended[copy] === 1 : terminations[r] === 1 || truncations[r] === 1;
        const truncated = joint ? truncations.subarray(r * agents, (r + 1) * agents).includes(1) : truncations[r] === 1;
        transitions.ends[row] = !ended ? GOES_ON : truncated ? TRUNCATED : TERMINATED;
        if (!(ended && truncated)) continue;
        view.readCut(criticForward.input, cut.length, l, r);
        cut.push(row);
      }
    });
    if (cut.length === 0) return;
    const values = criticForward.run(cut.length);
    cut.forEach((row, i) => {
      transitions.cutValues[row] = values[i] * valueStd + valueMean;
    });
  }

  /** Acting goes on with the weights as they are now. */
  function refresh(): void {
    actorForward.setWeights(exportWeights(actor));
    criticForward.setWeights(exportWeights(critic));
    logStdNow = undefined;
    if (!scale) return;
    valueMean = scale.mean[0];
    valueStd = Math.max(1e-4, Math.sqrt(scale.variance[0]));
  }

  function update(ppoOptions: PpoOptions): PpoStats {
    readInputs();
    valuesInto(rows, transitions.nextValues, 0);
    gae(transitions, gamma, lambda, memory.advantages, memory.returns);
    if (scale) {
      scale.add(memory.returns, total, 1, 0, memory.weights);
      valueMean = scale.mean[0];
      valueStd = Math.max(1e-4, Math.sqrt(scale.variance[0]));
      for (const array of [memory.returns, memory.values])
        for (let i = 0; i < total; i++) array[i] = (array[i] - valueMean) / valueStd;
    }
    const order = Int32Array.from({ length: total }, (_, i) => i);
    const size = Math.ceil(total / options.minibatches);
    const sums: Record<string, number> = {};
    let updates = 0;
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      shuffle.shuffle(order);
      for (let from = 0; from < total; from += size) {
        const stats = ppo.update(memory, order.subarray(from, from + size), ppoOptions);
        for (const [name, value] of Object.entries(stats)) sums[name] = (sums[name] ?? 0) + value;
        updates++;
      }
    }
    view.settle();
    refresh();
    return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / updates])) as unknown as PpoStats;
  }

  return {
    role,
    act,
    observe,
    update,
    policy(meta) {
      const more: Record<string, Tensor> = {};
      if (logStd) more.logStd = { shape: [numbers], data: (logStd.dataSync() as Float32Array).slice() };
      if (seen) {
        const { mean, std } = meanStd(seen);
        more.mean = { shape: [obsSize], data: mean };
        more.std = { shape: [obsSize], data: std };
      }
      return policyOf(actor, { ...meta, role, obsSize, action, joint }, more);
    },
    state() {
      const arrays = [
        ...parameters.map((variable) => (variable.dataSync() as Float32Array).slice()),
        ...ppo.adam.state().moments,
      ];
      const numbers = {
        adamSteps: ppo.adam.state().steps,
        draw: draw.state(),
        shuffle: shuffle.state(),
        seen: seen?.state() ?? null,
        scale: scale?.state() ?? null,
      };
      return {
        numbers,
        tensors: Object.fromEntries(arrays.map((data, i) => [`t${i}`, { shape: [data.length], data }])),
      };
    },
    restore(numbers, tensors) {
      const arrays = Array.from(
        { length: 3 * parameters.length },
        (_, i) => tensors[`t${i}`]?.data ?? new Float32Array(),
      );
      ppo.adam.restore({ steps: numbers.adamSteps, moments: arrays.slice(parameters.length) });
      parameters.forEach((variable, i) => {
        if (arrays[i].length !== variable.size) {
          throw new RangeError(
            `Checkpoint: tensor ${i} of ${role} has ${arrays[i].length} numbers, expected ${variable.size}`,
          );
        }
        engine.tf.tidy(() => {
          variable.assign(engine.tf.tensor(arrays[i].slice(), variable.shape, "float32"));
        });
      });
      draw = Rng.fromState(numbers.draw);
      shuffle = Rng.fromState(numbers.shuffle);
      if (numbers.seen) view.restore(numbers.seen);
      if (scale && numbers.scale) scale.restore(numbers.scale);
      refresh();
    },
    dispose() {
      ppo.dispose();
      for (const variable of parameters) variable.dispose();
    },
  };
}

function forwardOf(network: Network, maxRows: number): Forward {
  return createForward({
    sizes: network.sizes,
    activation: network.activation,
    weights: exportWeights(network),
    maxRows,
  });
}
