// What is bundled for a browser, and runs in Node beside it: the same calls must give the same bytes.
import { type Environment, evaluate, type PolicyData, policyFrom, type ScriptedPolicies } from "masque";
import { golden } from "../../src/testing/golden.ts";

export interface Folder {
  readonly env: Environment;
  readonly policies: ScriptedPolicies;
  readonly variants: readonly Readonly<Record<string, unknown>>[];
}

/** Digests of golden traces, and traces of one scripted episode under every attack. */
export function playAll({ env, policies, variants }: Folder) {
  const { digest, variants: more } = golden(env, variants);
  const episodes = Object.entries(policies.attacks).map(([attack, { roles }]) => {
    const seats = { ...policies.defaults, ...policies.attacks.none.roles, ...roles };
    const { traces, counters } = evaluate(env, { policies: seats, episodes: 1, seed: 1, split: ["browser"] });
    return [attack, [...traces], [...counters]];
  });
  return { id: env.id, digests: [digest, ...more.map((variant) => variant.digest)], episodes };
}

/** Episodes of a trained policy. */
export function playStored({ env, policies }: Folder, data: PolicyData) {
  const seats = { ...policies.defaults, ...policies.attacks.none.roles, [data.role]: policyFrom(data) };
  const { traces, counters } = evaluate(env, { policies: seats, episodes: 20, seed: 2, split: ["browser"] });
  return [...traces, ...counters];
}
