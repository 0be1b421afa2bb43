import { defineBaseline } from "../src/learn/baseline.ts";
import { ppoConfig, trainPpo } from "./ppo/train.ts";

// Independent PPO (de Witt et al. 2020, arXiv:2011.09533): policy and critic see an agent's own observation only; one
// network each for all agents of a role. Nothing is shared between roles.
export default defineBaseline({
  id: "ippo",
  summary: "Independent PPO, parameters shared in a role.",
  paper:
    "de Witt et al. 2020, Is Independent Learning All You Need in the StarCraft Multi-Agent Challenge?, arXiv:2011.09533",
  coordination: "factored",
  config: ppoConfig,
  train: (task, config) => trainPpo(task, config, { baseline: "ippo", joint: false, critic: "own" }),
});
