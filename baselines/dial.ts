import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { type Channel, defineBaseline, InputError, Rng, type RngState, type TrainState } from "masque";
import {
  argmaxMasked,
  beginEpisodes,
  copiesOf,
  createForward,
  type Level,
  type Line,
  longestOf,
  makeLevels,
  type PolicyData,
  resumed,
  returnsMeter,
  runTraining,
  startOf,
  type Trained,
  type TrainTask,
  writeInputs,
} from "masque/learn";
import { log } from "masque/numeric";
import { z } from "zod";
import { createAdam } from "./tf/adam.ts";
import { packLearnt, unpackLearnt } from "./tf/checkpoint.ts";
import { loadEngine } from "./tf/engine.ts";
import {
  copyWeights,
  createNetwork,
  disposeNetwork,
  exportWeights,
  forward,
  minimise,
  type Network,
} from "./tf/network.ts";
import { policyOf, startNetwork } from "./tf/policy-of.ts";
import type { Engine } from "./tf/tf.ts";

// Differentiable inter-agent learning (Foerster et al. 2016, arXiv:1605.06676) for a sender whose action is a message
// and a receiver that sees it (an environment's `channels`). The receiver learns Q-values; the gradient of its temporal
// difference loss flows through the messages it has seen into the sender's network.
// Deviations: messages are symbols of an alphabet, so the discretise/regularise unit is a straight-through Gumbel softmax
// (Jang et al. 2017, arXiv:1611.01144) instead of a noisy sigmoid; networks are feed-forward, memory is in the
// observation; where the channel altered a symbol, or the sender had no choice, no gradient
// passes. The sender is paid only through the receiver's
// loss, as in the paper: it learns to be understood, not to be unseen, and an overseer on the wire is no concern of it.
// Measured (five trainings, docs/evidence.md): secrecy .512 [.424, .601] in covert-wire, 67 % of the best script's harm, where
// the best of the others (mappo) reaches 51 %.
//   npm run evidence -- learners --only covert-wire --baselines dial mappo
const config = z.strictObject({
  copies: z.int().min(1).max(4096).default(64).describe("episodes an update, shared out over the levels"),
  hidden: z.array(z.int().min(1).max(4096)).max(8).default([64, 64]).describe("widths of the hidden layers"),
  learningRate: z.number().positive().max(1).default(2e-3).describe("of Adam; falls linearly to 0"),
  gamma: z.number().min(0).max(1).default(1).describe("discount"),
  temperature: z.number().positive().max(100).default(1).describe("of the Gumbel softmax"),
  target: z.int().min(1).max(1_000_000).default(20).describe("updates between copies to the target network"),
  explore: z.number().min(0).max(1).default(0.05).describe("ε of the receiver's play while it trains"),
  maxGradNorm: z.number().positive().default(10),
});
type Config = z.output<typeof config>;

/** A training between two rounds. */
const trainingState = z.strictObject({
  episodes: z.array(z.int().min(0)),
  adamSteps: z.int(),
  updates: z.int(),
  draw: z.custom<RngState>(),
});

/** The channel between the two roles that learn, and their widths. */
function pair(task: TrainTask, levels: readonly Level[]) {
  const { env, roles } = task;
  const [{ world }] = levels;
  const channel = env.channels?.(world.params).find(({ from, to }) => roles.includes(from) && roles.includes(to));
  if (roles.length !== 2 || !channel) {
    const known =
      env
        .channels?.(world.params)
        .map(({ from, to }) => `${from} → ${to}`)
        .join(", ") || "none";
    throw new InputError(
      `dial: roles ${roles.join(", ")} of ${env.id} are no sender and receiver; its channels: ${known}.`,
    );
  }
  const of = (role: string) => {
    const { spec, obsSize, count } = world.roles[role];
    if (spec.action.kind !== "discrete" || count !== 1) {
      throw new InputError(`dial: role "${role}" of ${env.id} needs one agent with Discrete actions.`);
    }
    return {
      role,
      obsSize,
      inputs: obsSize + levels[0].knobs.length,
      n: spec.action.n,
      start: spec.action.start,
      action: spec.action,
    };
  };
  return { channel, sender: of(channel.from), receiver: of(channel.to) };
}

/** [sent symbols, places in all observations of an episode]: adds each message where the receiver sees it. */
function placement(channel: Channel, horizon: number, symbols: number, inputs: number): Float32Array {
  const skip = channel.withoutZero ? 1 : 0;
  const out = new Float32Array(horizon * symbols * horizon * inputs);
  for (let sent = 0; sent < horizon; sent++) {
    for (let seen = 0; seen < horizon; seen++) {
      const at = channel.at(sent, seen);
      if (at < 0 || seen <= sent) continue;
      for (let s = skip; s < symbols; s++)
        out[(sent * symbols + s) * horizon * inputs + seen * inputs + at + s - skip] = 1;
    }
  }
  return out;
}

/** What happened in one round of episodes: `[copies, horizon, …]`, row-major. */
function roundMemory(
  copies: number,
  horizon: number,
  sender: { inputs: number; n: number },
  receiver: { inputs: number; n: number },
) {
  return {
    sent: new Float32Array(copies * horizon * sender.inputs),
    noise: new Float32Array(copies * horizon * sender.n),
    /** 1 on the symbols of messages that arrived as they were sent. */
    arrived: new Float32Array(copies * horizon * sender.n),
    seen: new Float32Array(copies * horizon * receiver.inputs),
    after: new Float32Array(copies * receiver.inputs),
    actions: new Int32Array(copies * horizon),
    /** What the receiver may do. */
    mask: new Uint8Array(copies * horizon * receiver.n),
    rewards: new Float32Array(copies * horizon),
    /** 1 where the next value counts. */
    goesOn: new Float32Array(copies * horizon),
    /** 1 while the copy plays the round's episode. */
    weights: new Float32Array(copies * horizon),
  };
}

function learner(engine: Engine, task: TrainTask, levels: readonly Level[], settings: Config, rng: Rng) {
  const { tf } = engine;
  const { channel, sender, receiver } = pair(task, levels);
  const [{ world: first }] = levels;
  const { horizon } = first;
  const share = first.copies;
  const copies = share * levels.length;
  const conditioned = levels[0].knobs.length > 0;
  const make = (inputs: number, outputs: number, name: string): Network =>
    createNetwork(engine, {
      sizes: [inputs, ...settings.hidden, outputs],
      activation: "tanh",
      rng: rng.fork(name),
      outputGain: 0.1,
    });
  const speak = make(sender.inputs, sender.n, "sender");
  const judge = make(receiver.inputs, receiver.n, "receiver");
  const target = make(receiver.inputs, receiver.n, "receiver");
  const adam = createAdam(engine, [...speak.variables, ...judge.variables]);
  const acting = [speak, judge].map((network) =>
    createForward({ ...network, weights: exportWeights(network), maxRows: copies }),
  );
  const place = tf.tensor2d(placement(channel, horizon, sender.n, receiver.inputs), [
    horizon * sender.n,
    horizon * receiver.inputs,
  ]);
  const memory = roundMemory(copies, horizon, sender, receiver);
  const policy = (network: Network, { role, obsSize, action }: typeof sender): PolicyData =>
    policyOf(network, {
      environment: task.env.id,
      baseline: "dial",
      role,
      obsSize,
      action,
      conditioned: task.conditioned,
      greedy: true,
    });
  const learnt = { networks: { speak, judge, target }, adam };
  let draw = rng.fork("act");
  const policies = () => ({ [sender.role]: policy(speak, sender), [receiver.role]: policy(judge, receiver) });
  const start = (role: string, networks: readonly Network[], actor: (typeof acting)[number]) => {
    const from = startOf(task, role, policies()[role]);
    if (!from) return;
    for (const network of networks) startNetwork(engine, network, from);
    actor.setWeights(exportWeights(networks[0]));
  };
  start(sender.role, [speak], acting[0]);
  start(receiver.role, [judge, target], acting[1]);
  const meter = returnsMeter(levels, task.roles);
  let updates = 0;

  /** Plays one episode in every copy. */
  function collect(): void {
    const playing = new Uint8Array(copies).fill(1);
    for (const { world } of levels) world.reset();
    for (let t = 0; t < horizon; t++) {
      levels.forEach(({ world, knobs }, l) => {
        writeInputs(
          acting[0].input.subarray(l * share * sender.inputs),
          world.roles[sender.role].obs,
          share,
          sender.obsSize,
          knobs,
          conditioned,
        );
        writeInputs(
          acting[1].input.subarray(l * share * receiver.inputs),
          world.roles[receiver.role].obs,
          share,
          receiver.obsSize,
          knobs,
          conditioned,
        );
      });
      const [logits, q] = acting.map((one) => one.run(copies));
      const symbols = new Int32Array(copies);
      const forced = new Uint8Array(copies);
      for (let c = 0; c < copies; c++) {
        const i = c * horizon + t;
        const { world } = levels[Math.floor(c / share)];
        const row = c % share;
        memory.sent.set(acting[0].input.subarray(c * sender.inputs, (c + 1) * sender.inputs), i * sender.inputs);
        memory.seen.set(acting[1].input.subarray(c * receiver.inputs, (c + 1) * receiver.inputs), i * receiver.inputs);
        const noisy = new Float32Array(sender.n);
        for (let s = 0; s < sender.n; s++) {
          const gumbel = -log(-log(Math.max(draw.float(), 1e-12)));
          memory.noise[i * sender.n + s] = gumbel;
          noisy[s] = logits[c * sender.n + s] + gumbel;
        }
        const may = world.roles[sender.role].mask.subarray(row * sender.n, (row + 1) * sender.n);
        symbols[c] = argmaxMasked(noisy, 0, sender.n, may, 0);
        forced[c] = may.reduce((sum, allowed) => sum + allowed, 0) === 1 ? 1 : 0;
        world.roles[sender.role].actions[row] = symbols[c] + sender.start;
        const allowed = world.roles[receiver.role].mask.subarray(row * receiver.n, (row + 1) * receiver.n);
        memory.mask.set(allowed, i * receiver.n);
        const greedy = argmaxMasked(q, c * receiver.n, receiver.n, allowed, 0);
        memory.actions[i] = draw.float() < settings.explore ? draw.categorical(allowed) : greedy;
        world.roles[receiver.role].actions[row] = memory.actions[i] + receiver.start;
      }
      for (const { world, players } of levels) {
        players.act();
        world.step();
      }
      meter.step();
      for (let c = 0; c < copies; c++) {
        const i = c * horizon + t;
        const { world, knobs } = levels[Math.floor(c / share)];
        const { rewards, terminations, obs, final } = world.roles[receiver.role];
        const row = c % share;
        const ended = world.ended[row] === 1;
        const now = (ended ? final : obs).subarray(row * receiver.obsSize, (row + 1) * receiver.obsSize);
        memory.weights[i] = playing[c];
        memory.rewards[i] = rewards[row];
        memory.goesOn[i] = terminations[row] === 1 ? 0 : 1;
        if (playing[c] && (ended || t === horizon - 1)) {
          writeInputs(memory.after.subarray(c * receiver.inputs), now, 1, receiver.obsSize, knobs, conditioned);
        }
        const arrived = isMessage(now, channel.at(t, t + 1), symbols[c]) && playing[c] && !forced[c] ? 1 : 0;
        memory.arrived.fill(arrived, i * sender.n, (i + 1) * sender.n);
        if (ended) playing[c] = 0;
      }
    }
  }

  function isMessage(obs: Float32Array, at: number, symbol: number): boolean {
    if (at < 0) return false;
    const skip = channel.withoutZero ? 1 : 0;
    for (let s = skip; s < sender.n; s++) if (obs[at + s - skip] !== (s === symbol ? 1 : 0)) return false;
    return true;
  }

  /** Next values by the target network: `[copies · horizon]`. */
  function targets(): Float32Array {
    const q = tf.tidy(() =>
      forward(engine, target, tf.tensor2d(memory.seen, [copies * horizon, receiver.inputs])).dataSync(),
    );
    const last = tf.tidy(() =>
      forward(engine, target, tf.tensor2d(memory.after, [copies, receiver.inputs])).dataSync(),
    );
    return Float32Array.from(memory.rewards, (reward, i) => {
      if (memory.goesOn[i] === 0) return reward;
      const final = i % horizon === horizon - 1 || memory.weights[i + 1] === 0;
      const [values, row] = final ? [last, Math.floor(i / horizon)] : [q, i + 1];
      const best = argmaxMasked(values, row * receiver.n, receiver.n, final ? null : memory.mask, row * receiver.n);
      return reward + settings.gamma * values[row * receiver.n + best];
    });
  }

  function update(learningRate: number): { loss: number; gradNorm: number } {
    const rows = copies * horizon;
    const total = memory.weights.reduce((sum, w) => sum + w, 0);
    const result = tf.tidy(() => {
      const wanted = tf.tensor1d(targets());
      const sent = tf.tensor2d(memory.sent, [rows, sender.inputs]);
      const noise = tf.tensor2d(memory.noise, [rows, sender.n]);
      const arrived = tf.tensor2d(memory.arrived, [rows, sender.n]);
      const seen = tf.tensor2d(memory.seen, [rows, receiver.inputs]);
      const choice = tf.cast(tf.oneHot(tf.tensor1d(memory.actions, "int32"), receiver.n), "float32");
      const weights = tf.div(tf.tensor1d(memory.weights), total);
      // Zero in value, since `seen` holds the symbols already; one in gradient: straight through.
      const through = tf.customGrad((y) => ({ value: tf.zerosLike(y as Tensor), gradFunc: (dy) => dy }));
      const loss = (): Scalar => {
        const soft = tf.softmax(tf.div(tf.add(forward(engine, speak, sent), noise), settings.temperature));
        const message = tf.mul(through(soft), arrived);
        const placed = tf.matMul(tf.reshape(message, [copies, horizon * sender.n]), place);
        const heard = tf.add(seen, tf.reshape(placed, [rows, receiver.inputs])) as Tensor2D;
        const q = tf.sum(tf.mul(forward(engine, judge, heard), choice), 1);
        return tf.sum(tf.mul(tf.square(tf.sub(q, wanted)), weights)) as Scalar;
      };
      return minimise(engine, loss, adam, { learningRate, maxGradNorm: settings.maxGradNorm });
    });
    if (++updates % settings.target === 0) copyWeights(engine, judge, target);
    [speak, judge].forEach((network, i) => {
      acting[i].setWeights(exportWeights(network));
    });
    return result;
  }

  return {
    stepsPerRound: share * horizon,
    collect,
    update,
    returns: meter.read,
    state(round: number): TrainState {
      const { adamSteps, tensors } = packLearnt(learnt);
      // Every round begins the episodes behind the last one that was begun: resetting to these leads there.
      const episodes = levels.map(({ world }) => Math.max(...world.episode) + 1 - share);
      const numbers = { episodes, adamSteps, updates, draw: draw.state() };
      return { baseline: "dial", environment: task.env.id, iteration: round, numbers, tensors };
    },
    restore(state: TrainState, rounds: number) {
      const fits = ({ episodes }: z.output<typeof trainingState>) =>
        state.iteration < rounds && episodes.length === levels.length;
      const numbers = resumed(state, task, "dial", trainingState, fits);
      unpackLearnt(engine, learnt, numbers.adamSteps, state.tensors);
      [draw, updates] = [Rng.fromState(numbers.draw), numbers.updates];
      [speak, judge].forEach((network, i) => void acting[i].setWeights(exportWeights(network)));
      beginEpisodes(levels, numbers.episodes);
    },
    policies,
    dispose() {
      place.dispose();
      adam.dispose();
      for (const one of [speak, judge, target]) disposeNetwork(one);
    },
  };
}

export default defineBaseline({
  id: "dial",
  summary: "Differentiable messages: a receiver's gradients teach the sender what to say.",
  paper: "Foerster et al. 2016, Learning to Communicate with Deep Multi-Agent Reinforcement Learning, arXiv:1605.06676",
  coordination: "factored",
  startable: true,
  config,
  least({ copies }, task) {
    const [share, longest] = [copiesOf(copies, task.levels), longestOf(task)];
    return { steps: share * longest, why: `${share} copies a level × episodes of ${longest} steps` };
  },
  async train(task, settings): Promise<Trained> {
    const engine = await loadEngine({ backend: task.backend, kernels: task.kernels });
    const levels = makeLevels(task, settings.copies);
    const one = learner(engine, task, levels, settings, new Rng(task.seed, ...task.split).fork("dial"));
    const rounds = Math.floor(task.budget / one.stepsPerRound);
    const scale = one.stepsPerRound * levels.length;
    const { resume, every = 0, save } = task.checkpoint ?? {};
    const started = resume?.iteration ?? 0;
    function* training(): Generator<Line> {
      if (resume) one.restore(resume, rounds);
      for (let round = started; round < rounds; round++) {
        // Rounds begin their own episodes: stopping between two changes nothing.
        if (every > 0 && round % every === 0 && round > started) save?.(one.state(round));
        one.collect();
        const { loss, gradNorm } = one.update(settings.learningRate * (1 - round / rounds));
        yield { steps: (round + 1) * scale, returns: one.returns(), stats: { loss, gradNorm } };
      }
    }
    try {
      const curve = await runTraining(task, rounds * scale, training());
      return { policies: one.policies(), curve, steps: rounds * scale };
    } finally {
      one.dispose();
    }
  },
});
