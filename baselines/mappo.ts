import { defineBaseline } from "../src/learn/baseline.ts";
import { ppoConfig, trainPpo } from "./ppo/train.ts";

// Multi-agent PPO (Yu et al. 2022, arXiv:2103.01955): each role has one policy, shared by its agents and fed with an
// agent's own observation only, and one critic that sees the global state, which agent it judges, and the knobs.
// Deviations: the state is what the environment's `state()` gives (default: all observations, end to end), without the
// paper's feature pruning; values are normalised by running moments instead of PopArt.
export default defineBaseline({
  id: "mappo",
  summary: "PPO with a central critic: policies act on their own observations, so factored sides may use it.",
  paper: "Yu et al. 2022, The Surprising Effectiveness of PPO in Cooperative Multi-Agent Games, arXiv:2103.01955",
  coordination: "factored",
  config: ppoConfig,
  train: (task, config) => trainPpo(task, config, { baseline: "mappo", joint: false, critic: "central" }),
});
