// PPO's loss in float64 JavaScript, straight from the equations, with gradients by central differences: what the kernels
// and their tfjs twin are both held against.
import type { Mlp } from "../../src/policy/network/forward.ts";

export interface ReferenceProblem {
  actor: Mlp;
  critic: Mlp | null;
  /** Sizes of the heads; null: Gaussian, its ln deviations last among the parameters. */
  heads: number[] | null;
  /** Heads are drawn in turn: what the earlier say of later ones `[width, width]` is last among the parameters. */
  inTurn: boolean;
  width: number;
  rows: number;
  observations: number[];
  actions: number[];
  /** As actions: what a teacher says, if there is one; a Gaussian head's ln deviations count as `held` for it. */
  taught: number[] | null;
  held: number[];
  logProbabilities: number[];
  advantages: number[];
  returns: number[];
  values: number[];
  mask: number[] | null;
  weights: number[];
  clip: number;
  valueClip: number;
  entropyCoefficient: number;
  valueCoefficient: number;
  teacherCoefficient: number;
}

/** Parameters as W₀, b₀, W₁, … of the actor, then of the critic, then ln deviations or what earlier heads say. */
export type Parameters = Float64Array[];

export function network({ sizes, activation }: Mlp, weights: ArrayLike<number>[], input: number[]): number[] {
  let x = input;
  for (let l = 0; l + 1 < sizes.length; l++) {
    const last = l + 2 === sizes.length;
    x = Array.from(weights[2 * l + 1], (bias, j) => {
      const z = x.reduce((sum, value, k) => sum + value * weights[2 * l][k * sizes[l + 1] + j], bias);
      return last || activation === "linear" ? z : activation === "tanh" ? Math.tanh(z) : Math.max(z, 0);
    });
  }
  return x;
}

export function ppoLoss(problem: ReferenceProblem, parameters: Parameters) {
  const { actor, critic, heads, width, rows, clip, valueClip } = problem;
  const split = 2 * (actor.sizes.length - 1);
  const logStd = heads ? [] : [...parameters[parameters.length - 1]];
  const weight = problem.weights.reduce((sum, w) => sum + w, 0);
  const stats = { policyLoss: 0, valueLoss: 0, entropy: 0, approxKl: 0, clipFraction: 0 };
  let teacherLoss = 0;
  for (let row = 0; row < rows; row++) {
    const share = problem.weights[row] / weight;
    if (share === 0) continue;
    const inputs = actor.sizes[0];
    const observation = problem.observations.slice(row * inputs, (row + 1) * inputs);
    const out = network(actor, parameters, observation);
    const value = critic ? network(critic, parameters.slice(split), observation)[0] : out[width];
    /** ln probability of a row's choices, each heeding those before it where heads are drawn in turn. */
    const choicesLogp = (logits: number[], actions: number[]): number => {
      let offset = 0;
      return heads!.reduce((sum, size, h) => {
        const taken = offset + actions[row * heads!.length + h];
        let total = 0;
        for (let k = offset; k < offset + size; k++)
          if (problem.mask?.[row * width + k] !== 0) total += Math.exp(logits[k]);
        const lnp = logits[taken] - Math.log(total);
        offset += size;
        if (problem.inTurn)
          for (let k = offset; k < width; k++) logits[k] += parameters[parameters.length - 1][taken * width + k];
        return sum + lnp;
      }, 0);
    };
    let logp = 0;
    let entropy = 0;
    if (problem.taught && heads) teacherLoss -= share * choicesLogp([...out], problem.taught);
    else if (problem.taught) {
      for (let j = 0; j < width; j++)
        teacherLoss += (share / 2) * ((problem.taught[row * width + j] - out[j]) / Math.exp(problem.held[j])) ** 2;
    }
    if (heads) {
      logp = choicesLogp([...out], problem.actions);
      let offset = 0;
      heads.forEach((size, h) => {
        const allowed = Array.from({ length: size }, (_, i) => problem.mask?.[row * width + offset + i] !== 0);
        const total = allowed.reduce((sum, is, i) => sum + (is ? Math.exp(out[offset + i]) : 0), 0);
        allowed.forEach((is, i) => {
          const lnp = out[offset + i] - Math.log(total);
          if (is) entropy -= Math.exp(lnp) * lnp;
        });
        const taken = offset + problem.actions[row * heads.length + h];
        offset += size;
        if (problem.inTurn)
          for (let k = offset; k < width; k++) out[k] += parameters[parameters.length - 1][taken * width + k];
      });
    } else {
      logStd.forEach((ln, j) => {
        const z = (problem.actions[row * width + j] - out[j]) / Math.exp(ln);
        logp -= 0.5 * z * z + ln + 0.5 * Math.log(2 * Math.PI);
        entropy += ln + 0.5 * Math.log(2 * Math.PI * Math.E);
      });
    }
    const logRatio = logp - problem.logProbabilities[row];
    const ratio = Math.exp(logRatio);
    const held = Math.min(Math.max(ratio, 1 - clip), 1 + clip);
    const advantage = problem.advantages[row];
    let square = (value - problem.returns[row]) ** 2;
    if (Number.isFinite(valueClip)) {
      const near = problem.values[row] + Math.min(Math.max(value - problem.values[row], -valueClip), valueClip);
      square = Math.max(square, (near - problem.returns[row]) ** 2);
    }
    stats.policyLoss -= share * Math.min(ratio * advantage, held * advantage);
    stats.valueLoss += share * 0.5 * square;
    stats.entropy += share * entropy;
    stats.approxKl += share * (ratio - 1 - logRatio);
    stats.clipFraction += Math.abs(ratio - 1) > clip ? share : 0;
  }
  const loss =
    problem.teacherCoefficient * teacherLoss +
    stats.policyLoss +
    problem.valueCoefficient * stats.valueLoss -
    problem.entropyCoefficient * stats.entropy;
  return { loss, stats: problem.taught ? { ...stats, teacherLoss } : stats };
}

/** d f / d parameters by central differences. */
export function differences(f: (parameters: Parameters) => number, parameters: Parameters, h = 1e-5): Parameters {
  return parameters.map((array) =>
    array.map((value, i) => {
      array[i] = value + h;
      const up = f(parameters);
      array[i] = value - h;
      const down = f(parameters);
      array[i] = value;
      return (up - down) / (2 * h);
    }),
  );
}

/** Greatest difference relative to the greatest magnitude of what is expected. */
export function error(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let scale = 1e-30;
  for (let i = 0; i < expected.length; i++) {
    const d = Math.abs(got[i] - expected[i]);
    // NaN counts as infinitely wrong.
    difference = d <= difference ? difference : Number.isNaN(d) ? Number.POSITIVE_INFINITY : d;
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return difference / scale;
}
