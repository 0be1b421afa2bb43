import { defineBaseline } from "masque";
import { ppoConfig } from "./ppo/settings.ts";
import { checkTeacher } from "./ppo/teacher.ts";
import { leastPpo, trainPpo } from "./ppo/train.ts";

// Independent PPO (de Witt et al. 2020, arXiv:2011.09533): policy and critic see an agent's own observation only; one
// network each for all agents of a role. Nothing is shared between roles.
// Deviations: values are normalised by running moments, defaults are those of the settings' descriptions.
// Measured (five trainings, docs/evidence.md): secrecy .966 [.930, 1] in simple-crypto, where none leaves less than 1;
// security .458 [.444, .473] in low-and-slow, 85 % of the best script's harm.
//   npm run evidence -- learners --only simple-crypto low-and-slow --baselines ippo
export default defineBaseline({
  id: "ippo",
  summary: "Independent PPO, parameters shared in a role.",
  paper:
    "de Witt et al. 2020, Is Independent Learning All You Need in the StarCraft Multi-Agent Challenge?, arXiv:2011.09533",
  coordination: "factored",
  startable: true,
  config: ppoConfig,
  least: leastPpo,
  check: checkTeacher,
  train: (task, config) => trainPpo(task, config, { baseline: "ippo", joint: false, critic: "own" }),
});
