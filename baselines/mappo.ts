import { defineBaseline } from "masque";
import { ppoConfig } from "./ppo/settings.ts";
import { checkTeacher } from "./ppo/teacher.ts";
import { leastPpo, trainPpo } from "./ppo/train.ts";

// Multi-agent PPO (Yu et al. 2022, arXiv:2103.01955): each role has one policy, shared by its agents and fed with an
// agent's own observation only, and one critic that sees the global state, which agent it judges, and the knobs.
// Deviations: the state is what the environment's `state()` gives (default: all observations, end to end), without the
// paper's feature pruning; values are normalised by running moments unless `popArt` is set.
// Measured (five trainings, docs/evidence.md): security .456 [.453, .458] in low-and-slow, 86 % of the best script's harm;
// secrecy .266 [.197, .336] in screening-stego against the table overseer, 88 %.
//   npm run evidence -- learners --only low-and-slow screening-stego --baselines mappo
export default defineBaseline({
  id: "mappo",
  summary: "PPO with a central critic: policies act on their own observations, so factored sides may use it.",
  paper: "Yu et al. 2022, The Surprising Effectiveness of PPO in Cooperative Multi-Agent Games, arXiv:2103.01955",
  coordination: "factored",
  startable: true,
  config: ppoConfig,
  least: leastPpo,
  check: checkTeacher,
  train: (task, config) => trainPpo(task, config, { baseline: "mappo", joint: false, critic: "central" }),
});
