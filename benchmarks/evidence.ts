import { writeFileSync } from "node:fs";
import { Command } from "commander";
import type { Baseline } from "../src/baseline.ts";
import { resolveParams } from "../src/env/params.ts";
import { InputError } from "../src/errors.ts";
import { policyFrom } from "../src/nn/policy.ts";
import type { PolicyFactory } from "../src/policy.ts";
import { evaluate, metricsOf, sumCounters } from "../src/run/evaluate.ts";
import type { EnvironmentPlugin } from "../src/run/plugin.ts";
import { openRegistry } from "../src/run/registry.ts";
import { attackerRoles, defencePolicies, randomAttack } from "../src/run/sides.ts";
import { mean, studentInterval } from "../src/stats/index.ts";
import { train } from "../src/train.ts";
import { cpuSeconds } from "./speed/clock.ts";

// Every baseline in every environment, as attackers at the environment's default knobs, beside no attack, random play,
// the best script and the reference. Prints a Markdown table; with --out it becomes docs/evidence.md.
const program = new Command("evidence")
  .option("--seeds <n>", "trainings a baseline", Number, 3)
  .option("--budget <steps>", "environment steps a training", Number, 60_000)
  .option("--episodes <n>", "test episodes a training", Number, 256)
  .option("--only <name...>", "folders of environments; default: all")
  .option("--baselines <id...>", "default: all")
  .option("--out <file>", "write the page there too")
  .parse();
const options = program.opts<{
  seeds: number;
  budget: number;
  episodes: number;
  only?: string[];
  baselines?: string[];
  out?: string;
}>();

/** Sizes that suit learning within the budget, where an environment's defaults are larger than that. */
const PARAMS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "covert-wire": { cover: "silent", slots: 6, bits: 1, errorBob: 0.2, errorWarden: 0.4 },
  "screening-stego": { labelled: 500, sessions: 16 },
};

interface Row {
  readonly name: string;
  readonly returns: readonly number[];
  /** By security metric, then by seed. */
  readonly security: readonly (readonly number[])[];
  readonly seconds?: number;
}

const cell = (values: readonly number[]): string => {
  if (values.length === 0) return "–";
  if (values.length < 2) return values[0].toFixed(3);
  const { low, high } = studentInterval(values);
  return `${mean(values).toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
};

async function section({ name, env, policies: load, reference }: EnvironmentPlugin, baselines: readonly Baseline[]) {
  const params = PARAMS[name] ?? {};
  const full = resolveParams(env, params);
  const roles = env.roles(full);
  const attackers = attackerRoles(roles);
  const scripts = await load();
  const others = defencePolicies(env, roles, scripts, "default");
  const metrics = Object.keys(env.metrics).filter((metric) => env.metrics[metric].axis === "security");

  /** Mean return of an attacker and all metrics over the test episodes of one seed. */
  const score = (attack: Readonly<Record<string, PolicyFactory>>, seed: number) => {
    const play = (policies: Readonly<Record<string, PolicyFactory>>) =>
      evaluate(env, {
        params,
        policies: { ...others, ...policies },
        episodes: options.episodes,
        seed,
        split: ["test", seed],
      });
    const clean = sumCounters(play(scripts.attacks.none.roles));
    const attacked = play(attack);
    const columns = attackers.map((role) => attacked.roles.indexOf(role));
    const total = attacked.returns
      .filter((_, i) => columns.includes(i % attacked.roles.length))
      .reduce((sum, r) => sum + r, 0);
    return {
      value: total / (options.episodes * attackers.length),
      security: metricsOf(env, sumCounters(attacked), clean),
    };
  };
  const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1);
  const toRow = (name: string, scores: readonly ReturnType<typeof score>[], seconds?: number): Row => ({
    name,
    returns: scores.map(({ value }) => value),
    security: metrics.map((metric) => scores.map(({ security }) => security[metric])),
    seconds,
  });
  const rowOf = (row: string, attack: Readonly<Record<string, PolicyFactory>>): Row => {
    const scores = seeds.map((seed) => score(attack, seed));
    return toRow(row, scores);
  };

  const rows: Row[] = [rowOf("none", scripts.attacks.none.roles), rowOf("random", randomAttack(roles))];
  const refused: string[] = [];
  for (const baseline of baselines) {
    const start = cpuSeconds();
    try {
      const scores = [];
      for (const seed of seeds) {
        const learning = Object.fromEntries(attackers.map((role) => [role, baseline()]));
        const trained = await train({
          environment: env,
          params,
          roles: learning,
          policies: others,
          budget: options.budget,
          seed,
        });
        const attack = Object.fromEntries(
          Object.entries(trained.policies).map(([role, data]) => [role, policyFrom(data)]),
        );
        scores.push(score(attack, seed));
      }
      const seconds = (cpuSeconds() - start) / options.seeds;
      rows.push(toRow(baseline.id, scores, seconds));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused.push(`- \`${baseline.id}\`: ${error.message}`);
    }
    process.stderr.write(`${name} ${baseline.id} ${(cpuSeconds() - start).toFixed(1)} s\n`);
  }
  const scripted = Object.entries(scripts.attacks).filter(([attack]) => attack !== "none");
  const best = scripted
    .map(([attack, { roles }]) => rowOf(`script: ${attack}`, roles))
    .sort((a, b) => mean(b.returns) - mean(a.returns))[0];
  if (best) rows.push(best);
  const theory = (await reference())?.(full);
  const lines = rows.map(({ name, returns, security, seconds }) => [
    name,
    cell(returns),
    ...security.map(cell),
    seconds === undefined ? "" : seconds.toFixed(1),
  ]);
  if (theory) lines.push(["reference", "", ...metrics.map((metric) => theory[metric]?.toFixed(3) ?? ""), ""]);
  const setting =
    Object.keys(params).length === 0
      ? "default parameters"
      : Object.entries(params)
          .map(([k, v]) => `${k} ${v}`)
          .join(", ");
  return [
    `## ${env.id}`,
    "",
    `${setting[0].toUpperCase()}${setting.slice(1)}.`,
    "",
    `| attackers | mean return | ${metrics.join(" | ")} | CPU s |`,
    `|${"---|".repeat(metrics.length + 3)}`,
    ...lines.map((line) => `| ${line.join(" | ")} |`),
    ...(refused.length > 0 ? ["", "Refused, with the reason given:", "", ...refused] : []),
    "",
  ].join("\n");
}

const registry = openRegistry();
const names = options.only ?? registry.environmentNames();
// The floor is in every table already, as play.
const baselines = options.baselines
  ? await Promise.all(options.baselines.map((id) => registry.baseline(id)))
  : (await registry.baselines()).filter(({ id }) => id !== "random");
const command = `npm run evidence -- --seeds ${options.seeds} --budget ${options.budget} --episodes ${options.episodes}`;
const page = [
  "# Evidence: every baseline in every environment",
  "",
  `Attackers trained by each baseline with its default settings, ${options.budget} environment steps a training, ${options.seeds} trainings, at the`,
  "environment's default knobs against its default defence; scored on test episodes. Means with 95 % Student intervals over",
  "trainings; seconds are CPU time a training, evaluation included. A low security value is a strong attack; the",
  "reference is what theory says of the best attack it covers, where it says something at these parameters.",
  "Budgets are small: what stays at the level of `random` here may learn with more.",
  "",
  "```sh",
  command,
  "```",
  "",
];
for (const name of names) {
  const text = await section(await registry.environmentNamed(name), baselines);
  page.push(text);
  console.log(text);
}
if (options.out) writeFileSync(options.out, `${page.join("\n").trimEnd()}\n`);
