/** How an agent's part of the episode went on after a step. */
export const GOES_ON = 0;
/** The episode ended of itself: nothing follows. */
export const TERMINATED = 1;
/** The episode was cut: what would have followed is estimated. */
export const TRUNCATED = 2;

/** Steps of many rows, time-major: row i of step t lies at t · rows + i. */
export interface Transitions {
  /** Steps and rows; arrays below are `[steps, rows]` unless said otherwise. */
  readonly steps: number;
  readonly rows: number;
  readonly rewards: Float32Array;
  readonly values: Float32Array;
  /** GOES_ON, TERMINATED or TRUNCATED. */
  readonly ends: Uint8Array;
  /** 0 where the agent was dead and did not act. */
  readonly weights: Float32Array;
  /** Where TRUNCATED: value of the observation that the episode was cut at. */
  readonly cutValues: Float32Array;
  /** `[rows]`, values of the observations after the last step. */
  readonly nextValues: Float32Array;
}

/**
 * Generalised advantage estimation (Schulman et al. 2016, arXiv:1506.02438, equation 16), written into `advantages` and
 * `returns` (advantage + value), both `[steps, rows]`. Nothing flows over the end of an episode; a cut one is continued
 * by the critic (Pardo et al. 2018, arXiv:1712.00378), a terminated one is worth 0.
 */
export function gae(
  { steps, rows, rewards, values, ends, weights, cutValues, nextValues }: Transitions,
  gamma: number,
  lambda: number,
  advantages: Float32Array,
  returns: Float32Array,
): void {
  for (let row = 0; row < rows; row++) {
    let advantage = 0;
    let nextValue = nextValues[row];
    for (let t = steps - 1; t >= 0; t--) {
      const i = t * rows + row;
      if (weights[i] === 0) {
        advantage = 0;
        nextValue = 0;
        advantages[i] = returns[i] = 0;
        continue;
      }
      const end = ends[i];
      const next = end === TERMINATED ? 0 : end === TRUNCATED ? cutValues[i] : nextValue;
      const delta = rewards[i] + gamma * next - values[i];
      advantage = delta + (end === GOES_ON ? gamma * lambda * advantage : 0);
      advantages[i] = advantage;
      returns[i] = advantage + values[i];
      nextValue = values[i];
    }
  }
}
