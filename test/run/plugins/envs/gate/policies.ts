import { constant, type PolicyFactory, type ScriptedPolicies } from "masque";

const feint: PolicyFactory = () => ({
  stateSize: 1,
  act({ rows, state, actions }) {
    for (let row = 0; row < rows; row++) {
      actions[row] = state[row];
      state[row] = 1 - state[row];
    }
  },
});

export default {
  defaults: { keeper: constant(0) },
  attacks: {
    none: { roles: { raider: constant(0) } },
    feint: { summary: "all push in odd steps", tuningSteps: 300, roles: { raider: feint } },
    raid: { summary: "all push, always", exact: "peace", roles: { raider: constant(1) } },
  },
  defences: { shut: { summary: "never opens", roles: { keeper: constant(1) } } },
} satisfies ScriptedPolicies;
