import { constant, type ScriptedPolicies } from "../../../../../src/policy.ts";

export default {
  defaults: { keeper: constant(0) },
  attacks: {
    none: { roles: { raider: constant(0) } },
    raid: { summary: "all push, always", roles: { raider: constant(1) } },
  },
  defences: { shut: { summary: "never opens", roles: { keeper: constant(1) } } },
} satisfies ScriptedPolicies;
