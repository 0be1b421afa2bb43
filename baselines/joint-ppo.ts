import { defineBaseline } from "masque";
import { z } from "zod";
import { ppoConfig } from "./ppo/settings.ts";
import { checkTeacher } from "./ppo/teacher.ts";
import { leastPpo, trainPpo } from "./ppo/train.ts";

/** Roles up to this size are led agent by agent unless told otherwise. */
const FEW = 4;

// One network has all agents anyway.
const config = ppoConfig.omit({ agentIds: true, shareParameters: true }).extend({
  squads: z
    .int()
    .min(0)
    .max(65536)
    .optional()
    .describe(
      `squads that act as one; 0: agents act one by one; default: 1, or 0 for masked roles and up to ${FEW} agents`,
    ),
  // A row is a whole copy: there are fewer of them than in a training of single agents.
  learningRate: ppoConfig.shape.learningRate.unwrap().default(2e-3).describe("of Adam"),
  minibatches: ppoConfig.shape.minibatches.unwrap().default(8).describe("minibatches a pass"),
});

// PPO (Schulman et al. 2017, arXiv:1707.06347) for one controller of all agents of a role. The reward is their mean
// reward. Few agents: its input is all their observations, its output all their actions, drawn independently given that
// input, or in turn, each given those before it (`heads`). Many: they act in squads. The input is, for each squad, the mean
// and the highest of its members' observations; one action a squad is drawn, and all members take it. Squads can do less
// than single agents, but agents who explore each for themselves never find what pays only if all do it at once. Ten bots
// against tolerance 2 of swarm-flood-v0, 400 000 steps: security .50 with one squad, .73 … .97 with two, .97 agent by agent,
// .46 by the best script.
// Measured (five trainings, docs/evidence.md): security .511 [.487, .535] in swarm-flood, 91 % of the best script's harm.
//   npm run evidence -- learners --only swarm-flood --baselines joint-ppo
export default defineBaseline({
  id: "joint-ppo",
  summary: "PPO for one controller of a whole role: it sees every observation of its side (joint sides only).",
  paper: "Schulman et al. 2017, Proximal Policy Optimization Algorithms, arXiv:1707.06347",
  coordination: "joint",
  startable: true,
  config,
  least: leastPpo,
  check: checkTeacher,
  train: (task, { squads: chosen, ...config }) =>
    trainPpo(task, config, {
      baseline: "joint-ppo",
      joint: true,
      critic: "own",
      squads({ count, spec }) {
        const squads = chosen ?? (spec.masked || count <= FEW ? 0 : 1);
        return squads === 0 || squads >= count ? undefined : squads;
      },
    }),
});
