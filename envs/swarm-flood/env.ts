import { defineEnv, ratio } from "../../src/env/define.ts";
import { dynamics } from "./dynamics.ts";
import { MAX_ASK } from "./identities.ts";
import { counterNames, params, roles } from "./spaces.ts";

export default defineEnv({
  id: "swarm-flood-v0",
  summary: "Bots crowd clients out of a shared service; gateways block identities that ask too much, clients' too.",
  threat: "coordinated swarm and sybil attacks",
  coordination: { attacker: "joint" },
  params,
  knobs: {
    tolerance: { off: MAX_ASK, lockdown: 0, grid: [8, 4.5, 3.2, 2.5, 2, 1.6, 1.2, 0.8, 0] },
    rate: { off: MAX_ASK, lockdown: 0, grid: [8, 4, 2, 1.5, 1, 0.75, 0.5, 0.25, 0] },
  },
  horizon: ({ warmUp, steps }) => warmUp + steps,
  roles,
  counters: counterNames,
  metrics: {
    utility: {
      axis: "utility",
      summary: "share of clients' demand that is served",
      of: (c) => ratio(c.goodput, c.demand, 1),
    },
    security: {
      axis: "security",
      summary: "1 − goodput that the attack destroys / goodput with no defence and no attack",
      of: (c, { clean }) => 1 - Math.min(1, Math.max(0, ratio(clean.goodput - c.goodput, c.undefended, 0))),
    },
  },
  create: dynamics,
});
