import { metricIntervals } from "../../frontier/scores.ts";
import type { EnvironmentPlugin } from "../../library/plugin.ts";
import { defenceNames } from "../../play/cast.ts";
import { score } from "../../play/score.ts";
import type { PolicyData } from "../../policy/data.ts";
import type { ScriptedPolicies } from "../../policy/policy.ts";
import { interval } from "../../report/frontier-text.ts";
import { type Paint, table } from "../../report/text.ts";
import type { Estimate } from "../../stats/estimate.ts";

/** A line of what a training came to. */
export interface Compared {
  readonly name: string;
  /** Every metric under the attack; of theory, those that it knows. */
  readonly metrics: Readonly<Record<string, Pick<Estimate, "mean"> & Partial<Estimate>>>;
  readonly returns: Readonly<Record<string, number>>;
}

/** Environment steps that a comparison takes a line, about. */
const STEPS = 200_000;

/**
 * What trained policies come to on episodes that nobody trained on, beside random play, every script and what theory knows.
 * Attackers stand beside other attacks, defenders beside other defences under the attack that harms theirs most.
 */
export async function compareTrained(
  plugin: EnvironmentPlugin,
  params: Readonly<Record<string, unknown>>,
  trained: Readonly<Record<string, PolicyData>>,
  seed: number,
): Promise<{ readonly against: string | null; readonly lines: readonly Compared[] }> {
  const { env } = plugin;
  const scripts = await plugin.policies();
  const roles = env.roles(params);
  const attacks = Object.keys(scripts.attacks).filter((name) => name !== "none");
  const security = Object.keys(env.metrics).find((name) => env.metrics[name].axis === "security")!;
  const episodes = Math.max(4, Math.min(256, Math.round(STEPS / env.horizon(params))));
  const play = (name: string, attack: unknown, defence: unknown = "default"): Compared => {
    const found = score(env, {
      scripts,
      params,
      attack,
      defence,
      episodes,
      seed,
      split: ["trained"],
    } as never) as ReturnType<typeof score>;
    const { attacked, clean } = found.episodes as unknown as Record<
      "attacked" | "clean",
      Parameters<typeof metricIntervals>[1]
    >;
    const returns = attacked.roles.map((role, r) => {
      let sum = 0;
      for (let e = 0; e < episodes; e++) sum += attacked.returns[e * attacked.roles.length + r];
      return [role, sum / episodes] as const;
    });
    return { name, metrics: metricIntervals(env, attacked, clean, seed), returns: Object.fromEntries(returns) };
  };
  const learning = Object.keys(trained);
  if (learning.every((role) => roles[role].side === "attacker")) {
    const lines = [
      play("trained", trained),
      ...[...new Set(["none", "random", ...attacks])].map((name) => play(name, name)),
    ];
    const best = await plugin.bestResponse();
    const known = best?.(params);
    if (known) lines.push(theory("theory: best response", known));
    return { against: null, lines };
  }
  const defending = Object.fromEntries(Object.entries(trained).filter(([role]) => roles[role].side !== "attacker"));
  const harm = (name: string) => play(name, name, defending).metrics[security].mean;
  const against = attacks.reduce((a, b) => (harm(b) < harm(a) ? b : a), attacks[0] ?? "none");
  const defences = defenceNames(roles, scripts as ScriptedPolicies);
  const lines = [play("trained", against, defending), ...defences.map((name) => play(name, against, name))];
  const known = (await plugin.reference())?.(params);
  if (known) lines.push(theory("theory: default", known));
  return { against, lines };
}

const theory = (name: string, values: Readonly<Record<string, number>>): Compared => ({
  name,
  metrics: Object.fromEntries(Object.entries(values).map(([metric, mean]) => [metric, { mean }])),
  returns: {},
});

/** The same as a table. */
export function comparedText(
  { against, lines }: Awaited<ReturnType<typeof compareTrained>>,
  learning: readonly string[],
  paint: Paint,
): string {
  const metrics = Object.keys(lines[0].metrics);
  const cell = (value: Compared["metrics"][string] | undefined) => {
    if (!value) return "";
    return value.low === undefined || value.high === undefined
      ? value.mean.toFixed(3)
      : interval({ mean: value.mean, low: value.low, high: value.high });
  };
  const rows = lines.map(({ name, metrics: values, returns }) => [
    `  ${name}`,
    ...metrics.map((metric) => cell(values[metric])),
    ...learning.map((role) => (returns[role] === undefined ? "" : returns[role].toFixed(3))),
  ]);
  const head = ["  who", ...metrics, ...learning.map((role) => `return of ${role}`)];
  const what =
    against === null
      ? "attacks on the default defence"
      : `defences under ${against}, the worst script for the trained one`;
  return `\nOn episodes that nobody trained on, ${what}; 95 % intervals:\n${table([head, ...rows], paint)}`;
}
