/**
 * Choices drawn in turn, each given those before it: what was chosen shifts the logits of all later choices by a row of `earlier`
 * `[choices, choices]`, so that logit k of component h is the network's + Σ_{j<h} earlier[a_j, k]. Places at or before a
 * choice's own component are never read. This is a fully visible belief network (Neal 1992, Connectionist learning of belief
 * networks) whose biases are the policy network's outputs: any two components can depend on each other, in the same way in
 * every state.
 * @param choice place of what was chosen among all choices
 * @param from first choice of the next component
 * @param logits `[choices]` from `at` on; changed
 */
export function heedChoice(
  earlier: Float32Array,
  choices: number,
  choice: number,
  from: number,
  logits: Float32Array,
  at: number,
): void {
  for (let k = from, e = choice * choices + from; k < choices; k++, e++) logits[at + k] += earlier[e];
}
