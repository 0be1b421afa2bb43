// The grid search behind the scripted attacks, and the figures of page.md:
//   npx tsx --conditions=masque-source envs/jailbreak-cascade/search.ts            about a minute
import { fileURLToPath } from "node:url";
import type { Environment } from "../../src/env/define.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import type { PolicyFactory } from "../../src/policy/policy.ts";
import env from "./env.ts";
import { type JailbreakCascade, TARGETS, VIRALITIES } from "./params.ts";
import policies, { infect, type Plan } from "./policies.ts";

type Factory = PolicyFactory<JailbreakCascade>;

/** Utility and security of a defence under an attack. */
export function score(
  params: Partial<JailbreakCascade>,
  attacker: Factory,
  filter: Factory = policies.defaults.filter,
  episodes = 16,
): { utility: number; security: number } {
  const seats = { attacker, filter } as Record<string, unknown> as Record<string, PolicyFactory>;
  const any = env as unknown as Environment;
  const sums = sumCounters(evaluate(any, { params, policies: seats, episodes, seed: 1, split: ["search"] }));
  const { utility, security } = metricsOf(any, sums, sums);
  return { utility, security };
}

export const plans: readonly Plan[] = VIRALITIES.flatMap((_, virality) =>
  TARGETS.flatMap((target) => [undefined, 0.002, 0.05].map((below) => ({ virality, target, below }))),
);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const show = ({ utility, security }: { utility: number; security: number }) =>
    `(${utility.toFixed(3)}, ${security.toFixed(3)})`;
  const levels: readonly Partial<JailbreakCascade>[] = [
    { filter: 0.5 },
    { filter: 0.7 },
    { filter: 0.9 },
    { filter: 0, quarantine: 0.05 },
    { control: "local", filter: 0.9 },
  ];
  for (const level of levels) {
    console.log(JSON.stringify(level));
    for (const [name, { roles }] of Object.entries(policies.attacks))
      console.log(`  ${name}: ${show(score(level, roles.attacker))}`);
    const tried = plans
      .map((plan) => ({ plan, result: score(level, infect(plan), undefined, 8) }))
      .sort((a, b) => a.result.security - b.result.security);
    for (const { plan, result } of tried.slice(0, 3)) console.log(`  ${show(result)}  ${JSON.stringify(plan)}`);
  }
  console.log("At φ = .7, by defence, the most harmful attack:");
  for (const [name, { roles }] of Object.entries(policies.defences)) {
    const worst = Object.entries(policies.attacks)
      .map(([attack, { roles: seat }]) => ({ attack, result: score({ filter: 0.7 }, seat.attacker, roles.filter) }))
      .reduce((a, b) => (b.result.security < a.result.security ? b : a));
    console.log(`  ${name}: ${show(worst.result)} ${worst.attack}`);
  }
  console.log("Four times the seeds and steps, stealth:");
  for (const filter of [0.5, 0.7, 0.9])
    console.log(
      `  φ = ${filter}: ${show(score({ filter, seeds: 40, steps: 400 }, policies.attacks.stealth.roles.attacker))}`,
    );
  console.log("Uniform filters of the same utility as a quarantine of 5 %, and as local filters, stealth:");
  for (const filter of [Math.sqrt(1 - 0.536), Math.sqrt(1 - 0.828)])
    console.log(`  φ = ${filter.toFixed(3)}: ${show(score({ filter }, policies.attacks.stealth.roles.attacker))}`);
}
