import { constant, type ScriptedPolicies } from "masque";

export default {
  defaults: { keeper: constant(0) },
  attacks: {
    none: { roles: { climber: constant(0) } },
    climb: { summary: "both climb", roles: { climber: constant(1) } },
  },
  defences: { shut: { summary: "nobody gets in", roles: { keeper: constant(1) } } },
} satisfies ScriptedPolicies;
