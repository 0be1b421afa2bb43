import type { Rng, Tensor } from "masque";
import { headSizes, type Level, meanStd, type PolicyData } from "masque/learn";
import { createRecurrentNetwork } from "../tf/gru.ts";
import { createNetwork, createVariable } from "../tf/network.ts";
import { policyOf } from "../tf/policy-of.ts";
import type { Engine } from "../tf/tf.ts";
import { agentAlone } from "./apart.ts";
import { categorical, gaussian } from "./heads.ts";
import { headVariables, type PpoModel } from "./minibatch.ts";
import { playerOf } from "./player.ts";
import { rowsOf } from "./rows.ts";
import { scaleFor } from "./scale.ts";
import { sequencesOf } from "./sequences.ts";
import { memoryOf, type PpoConfig, type PpoKind } from "./settings.ts";
import { squadsAsAgents } from "./squads.ts";

export type Learner = ReturnType<typeof createLearner>;

/**
 * One learning role, or one `agent` of it: its networks, its random streams, and the memory of a rollout. What is done with
 * them: `ppo.ts`.
 */
export function createLearner(
  engine: Engine,
  all: readonly Level[],
  role: string,
  config: PpoConfig,
  kind: PpoKind,
  rng: Rng,
  agent?: number,
) {
  const squads = kind.squads?.(all[0].world.roles[role]);
  const seen = agent === undefined ? squadsAsAgents(all, role, squads) : agentAlone(all, role, agent);
  const { spec, obsSize, actionSize } = seen.levels[0].world.roles[role];
  const rows = rowsOf(seen.levels, role, {
    ...kind,
    normaliseObservations: config.normaliseObservations,
    agentIds: config.agentIds === true,
    steps: config.rolloutSteps,
  });
  const { agents, inputs, criticInputs, count } = rows;
  const sizes = headSizes(spec.action);
  /** Logits or means, and numbers of an action, of a row. */
  const outputs = agents * sizes.reduce((sum, n) => sum + n, 0);
  const numbers = agents * actionSize;
  const total = count * config.rolloutSteps;

  const streams = { act: rng.fork("act"), shuffle: rng.fork("minibatches") };
  const memory = memoryOf(config, kind.baseline);
  const network = (name: string, inputs: number, outputs: number, outputGain: number): PpoModel["actor"] => {
    const { activation, hidden } = config;
    const common = { activation, rng: rng.fork(name), outputGain };
    if (!memory) return createNetwork(engine, { ...common, sizes: [inputs, ...hidden, outputs] });
    const { cells } = memory;
    return createRecurrentNetwork(engine, { ...common, inputs, encoder: hidden, cells, hidden: [], outputs });
  };
  const actor = network("actor", inputs, outputs, 0.01);
  const critic = network("critic", criticInputs, 1, 1);
  const logStd = spec.action.kind === "box" ? createVariable(engine, new Float32Array(numbers).fill(-0.5)) : null;
  const deviations = () => logStd!.dataSync() as Float32Array;
  const heads = Array.from({ length: agents }, () => sizes).flat();
  const inTurn = config.heads === "autoregressive" && !logStd && heads.length > 1;
  // From nothing: choices are independent until it pays to heed others.
  const earlier = inTurn ? createVariable(engine, new Float32Array(outputs * outputs), [outputs, outputs]) : null;
  const heeded = inTurn ? new Float32Array(outputs * outputs) : undefined;
  const head: PpoModel["head"] = logStd ? { kind: "gaussian", logStd } : { kind: "categorical", sizes: heads, earlier };
  const parameters = [...actor.variables, ...critic.variables, ...headVariables(head)];
  const model: PpoModel = { actor, critic, head, sequence: memory?.length };
  const acting = playerOf(actor, count);
  // Wide inputs are written block by block.
  const judging = playerOf(critic, count, rows.central ? BLOCK : count);

  /** A row at every step. */
  const rollout = {
    observations: new Float32Array(total * inputs),
    criticObservations: rows.central?.at(0),
    actions: logStd ? new Float32Array(total * numbers) : new Int32Array(total * numbers),
    taught:
      config.teacher === undefined
        ? undefined
        : logStd
          ? new Float32Array(total * numbers)
          : new Int32Array(total * numbers),
    logProbabilities: new Float32Array(total),
    advantages: new Float32Array(total),
    returns: new Float32Array(total),
    values: new Float32Array(total),
    mask: spec.masked || kind.joint ? new Uint8Array(total * outputs) : null,
    weights: new Float32Array(total),
    sequences: memory && sequencesOf(memory, config.rolloutSteps, count),
  };
  const transitions = {
    steps: config.rolloutSteps,
    rows: count,
    rewards: new Float32Array(total),
    values: rollout.values,
    ends: new Uint8Array(total),
    weights: rollout.weights,
    cutValues: new Float32Array(total),
    nextValues: new Float32Array(count),
  };
  const scale = scaleFor(config, rows.levelOf);

  return {
    role,
    /** Of the role, or of the agent that learns for itself. */
    name: agent === undefined ? role : all[0].world.roles[role].agents[agent],
    engine,
    config,
    streams,
    /** Every row of a step. */
    every: Int32Array.from({ length: count }, (_, row) => row),
    inTurn,
    ...{ rows, seen, sizes, outputs, numbers, total },
    ...{ acting, judging, head: logStd ? gaussian(deviations, numbers, count) : categorical(heads, count, heeded) },
    ...{ parameters, model, rollout, transitions, scale },
    /** Acting goes on with the weights as they are now. */
    refresh() {
      acting.refresh();
      judging.refresh();
      if (earlier) heeded?.set(earlier.dataSync());
    },
    policy(meta: { environment: string; baseline: string; conditioned: boolean }): PolicyData {
      const more: Record<string, Tensor> = {};
      if (logStd) more.logStd = { shape: [numbers], data: deviations().slice() };
      if (earlier) more.earlier = { shape: [outputs, outputs], data: earlier.dataSync().slice() as Float32Array };
      if (rows.seen)
        for (const [name, data] of Object.entries(meanStd(rows.seen))) more[name] = { shape: [obsSize], data };
      const ids = rows.ids > 0 ? { agentIds: rows.ids } : {};
      const { greedy } = config;
      const of = { ...meta, ...ids, role, obsSize, action: spec.action, joint: kind.joint, greedy };
      const data = policyOf(actor, of, more);
      return squads === undefined ? data : { ...data, obsSize: all[0].world.roles[role].obsSize, squads };
    },
    dispose() {
      for (const variable of parameters) variable.dispose();
    },
  };
}

/** Rows of a central critic's inputs that are written at once. */
const BLOCK = 256;
