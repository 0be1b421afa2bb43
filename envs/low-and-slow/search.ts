// The grid search behind the scripted attacks: the strongest plans at a few levels of the knobs.
//   npx tsx envs/low-and-slow/search.ts            about two minutes
//   npx tsx envs/low-and-slow/search.ts scripts    security against each script, by the share that is pooled
import { fileURLToPath } from "node:url";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { type PolicyFactory, random } from "../../src/policy/policy.ts";
import env from "./env.ts";
import policies, { leak, type Plan } from "./policies.ts";

/** Security and utility of a defence under an attack, and its clean utility; the same seed plays both arms. */
export function score(
  params: Readonly<Record<string, unknown>>,
  leaker: PolicyFactory,
  { monitor = policies.defaults.monitor as PolicyFactory, episodes = 32, seed = 1 } = {},
): { security: number; utility: number; cleanUtility: number } {
  const play = (leaker: PolicyFactory) =>
    sumCounters(evaluate(env as never, { params, policies: { leaker, monitor }, episodes, seed, split: ["search"] }));
  const attacked = play(leaker);
  const clean = play(policies.attacks.none.roles.leaker);
  const { security, utility } = metricsOf(env as never, attacked, clean);
  return { security, utility, cleanUtility: metricsOf(env as never, clean, clean).utility };
}

export const plans: readonly Plan[] = (["coolest", "first", "hottest"] as const).flatMap((order) =>
  (["even", 0.25, 0.5, 1] as const).flatMap((level) =>
    [0.25, 0.5, 0.75, 1].flatMap((total) => [0.4, 0.6, 0.8, 1].map((ceiling) => ({ order, level, total, ceiling }))),
  ),
);

function scripts(): void {
  for (const pooling of [0, 0.25, 0.5, 1]) {
    const params = { leakers: 8, budget: 0.02, pooling };
    const attacks = {
      random,
      ...Object.fromEntries(Object.entries(policies.attacks).map(([n, a]) => [n, a.roles.leaker])),
    };
    const row = Object.entries(attacks).map(
      ([n, leaker]) => `${n} ${score(params, leaker as PolicyFactory).security.toFixed(3)}`,
    );
    console.log(`w ${pooling}: ${row.join("  ")}`);
  }
}

function search(): void {
  const levels = [0, 0.5, 1].flatMap((pooling) => [
    { leakers: 8, budget: 0.02, pooling },
    { leakers: 16, budget: 0.05, pooling },
  ]);
  for (const params of levels) {
    const tried = plans
      .map((plan) => ({ plan, security: score(params, leak(plan), { episodes: 16 }).security }))
      .sort((a, b) => a.security - b.security);
    console.log(JSON.stringify(params));
    for (const { plan, security } of tried.slice(0, 5))
      console.log(`  S ${security.toFixed(3)}  ${JSON.stringify(plan)}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === "scripts") scripts();
  else search();
}
