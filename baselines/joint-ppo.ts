import { defineBaseline } from "../src/baseline.ts";
import { ppoConfig, trainPpo } from "./shared/ppo-train.ts";

// PPO (Schulman et al. 2017, arXiv:1707.06347) for one controller of all agents of a role: its input is all their
// observations, its output all their actions, drawn independently given that input. The reward is their mean reward.
export default defineBaseline({
  id: "joint-ppo",
  summary: "PPO for one controller of a whole role: it sees every observation of its side (joint sides only).",
  paper: "Schulman et al. 2017, Proximal Policy Optimization Algorithms, arXiv:1707.06347",
  coordination: "joint",
  config: ppoConfig,
  train: (task, config) => trainPpo(task, config, { baseline: "joint-ppo", joint: true, critic: "own" }),
});
