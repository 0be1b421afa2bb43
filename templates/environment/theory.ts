/**
 * What the environment is checked against, by metric; drawn beside measured frontiers. The best thief grabs at every
 * step: it still takes something at step t with probability (1 − v)^t, v being the vigilance. Neither dynamics nor scripts
 * import this file: it is a witness.
 */
export function reference({ steps, vigilance }: { steps: number; vigilance: number }) {
  let free = 1;
  let taken = 0;
  for (let t = 1; t <= steps; t++) {
    free *= 1 - vigilance;
    taken += free;
  }
  return { utility: 1 - vigilance, security: 1 - taken / steps };
}
