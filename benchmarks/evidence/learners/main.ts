import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { parseOverrides } from "../../../src/benchmark/overrides.ts";
import { InputError } from "../../../src/data/errors.ts";
import { resolveParams } from "../../../src/env/params.ts";
import type { Baseline } from "../../../src/learn/baseline.ts";
import type { EnvironmentPlugin } from "../../../src/library/plugin.ts";
import { openRegistry } from "../../../src/library/registry.ts";
import { randomAttack } from "../../../src/play/cast.ts";
import type { PolicyFactory } from "../../../src/policy/policy.ts";
import { mean, studentInterval } from "../../../src/stats/index.ts";
import { cpuSeconds } from "../../speed/clock.ts";
import { type AttackScore, arena } from "./measure.ts";
import { SETTINGS, type Setting } from "./settings.ts";

// Every baseline in every environment, as attackers at a middle level of its knobs, beside no attack, random play, the
// best script and the reference. Prints Markdown tables; with --out they become docs/evidence.md. With --grid: one
// training for all levels of a knob, and at each level how much of what the best script breaks it breaks too. With --shares:
// security against effort, in environment steps and CPU seconds.
const program = new Command("learners")
  .option("--seeds <n>", "trainings a baseline", Number, 5)
  .option("--first-seed <n>", "of the trainings; settings were chosen by looking at seeds below 101", Number, 101)
  .option("--budget <steps>", "environment steps a training, where a setting names no other", Number, 100_000)
  .option("--episodes <n>", "test episodes a training, likewise", Number, 256)
  .option("--only <name...>", "folders of environments; default: all")
  .option("--baselines <id...>", "default: all")
  .option("--grid <knob>", "train conditioned on this knob, over its whole grid; needs --only and --baselines")
  .option("--levels <list>", "of that knob, instead of its grid, as in 1.2,0.8", (list) => list.split(",").map(Number))
  .option(
    "--shares <list>",
    "security against effort instead: trainings at these shares of the budgets, as in 0.1,0.3,1",
    (list) => list.split(",").map(Number),
  )
  .option("--set <name=value...>", "settings of the baselines, as in agentIds=true; needs --baselines")
  .option("--out <file>", "write the page there too")
  .parse();
const { set: overrides, ...options } = program.opts<{
  seeds: number;
  firstSeed: number;
  budget: number;
  episodes: number;
  only?: string[];
  baselines?: string[];
  grid?: string;
  levels?: number[];
  shares?: number[];
  set?: string[];
  out?: string;
}>();
const set = parseOverrides(overrides ?? [], "a setting NAME=VALUE, as in agentIds=true");
const seeds = Array.from({ length: options.seeds }, (_, i) => options.firstSeed + i);

interface Row {
  readonly name: string;
  readonly returns: readonly number[];
  /** By security metric, then by seed. */
  readonly security: readonly (readonly number[])[];
  readonly seconds?: number;
}

/** A mean with its interval, cut to where values lie: [0,1] for metrics. */
const cell = (values: readonly number[], least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): string => {
  if (values.length < 2) return values[0]?.toFixed(3) ?? "–";
  const { low, high } = studentInterval(values);
  return `${mean(values).toFixed(3)} [${Math.max(least, low).toFixed(3)}, ${Math.min(most, high).toFixed(3)}]`;
};
const bounded = (values: readonly number[]): string => cell(values, 0, 1);
const percent = (broken: number, by: number): string => (by > 0.05 ? `${Math.round((100 * broken) / by)} %` : "");
const listed = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ");

/** What differs from the baselines' own settings and from the page's budget. */
const exceptions = ({ configs = {}, budgets = {}, budget, episodes }: Setting): string =>
  [
    Object.keys(set).length === 0 ? "" : listed(set),
    budget === undefined ? "" : `${budget} steps a training`,
    episodes === undefined ? "" : `${episodes} test episodes`,
    ...Object.entries(budgets).map(([id, steps]) => `${id}: ${steps} steps`),
    ...Object.entries(configs).map(([id, config]) => `${id}: ${listed(config)}`),
  ]
    .filter((text) => text !== "")
    .join("; ");

async function section(plugin: EnvironmentPlugin, baselines: readonly Baseline[], setting: Setting) {
  const { env, params, roles, scripts, metrics, score, train } = await arena(plugin, setting, { ...options, set });
  const toRow = (name: string, scores: readonly AttackScore[], seconds?: number): Row => ({
    name,
    returns: scores.map(({ value }) => value),
    security: metrics.map((metric) => scores.map(({ security }) => security[metric])),
    seconds,
  });
  const rowOf = (row: string, attack: Readonly<Record<string, PolicyFactory>>): Row =>
    toRow(
      row,
      seeds.map((seed) => score(attack, seed)),
    );

  const none = rowOf("none", scripts.attacks.none.roles);
  const rows: Row[] = [none, rowOf("random", randomAttack(roles))];
  const refused: string[] = [];
  for (const baseline of baselines) {
    const start = cpuSeconds();
    try {
      const scores = [];
      for (const seed of seeds) scores.push(score(await train(baseline, seed), seed));
      rows.push(toRow(baseline.id, scores, (cpuSeconds() - start) / options.seeds));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused.push(`- \`${baseline.id}\`: ${error.message}`);
    }
    process.stderr.write(`${plugin.name} ${baseline.id} ${(cpuSeconds() - start).toFixed(1)} s\n`);
  }
  const scripted = Object.entries(scripts.attacks)
    .filter(([attack]) => attack !== "none")
    .map(([attack, { roles }]) => rowOf(`script: ${attack}`, roles));
  const means = (row: Row) => row.security.map((values) => mean(values));
  const aim = aimOf(setting, metrics, means(none), scripted.map(means));
  const best = [...scripted].sort((a, b) => mean(a.security[aim]) - mean(b.security[aim]))[0];
  if (best) rows.push(best);
  const broken = ({ security }: Row) => 1 - mean(security[aim]);
  const lines = rows.map((row) => [
    row.name,
    cell(row.returns),
    ...row.security.map((values) => bounded(values)),
    best ? percent(broken(row), broken(best)) : "",
    row.seconds === undefined ? "" : row.seconds.toFixed(1),
  ]);
  const theory = (await plugin.reference())?.(resolveParams(env, params));
  if (theory) lines.push(["reference", "", ...metrics.map((metric) => theory[metric]?.toFixed(3) ?? ""), "", ""]);
  const more = exceptions(setting);
  return [
    `## ${env.id}`,
    "",
    `${Object.keys(params).length === 0 ? "Default parameters" : `Parameters: ${listed(params)}`}.${more ? ` Trainings: ${more}.` : ""}`,
    "",
    `| attackers | mean return | ${metrics.join(" | ")} | of the script's harm${metrics.length > 1 ? ` (${metrics[aim]})` : ""} | CPU s |`,
    `|${"---|".repeat(metrics.length + 4)}`,
    ...lines.map((line) => `| ${line.join(" | ")} |`),
    ...(refused.length > 0 ? ["", "Refused, with the reason given:", "", ...refused] : []),
    "",
  ].join("\n");
}

/** Of several security metrics the one that attacks are about: that which a script moves furthest, or which a setting names. */
function aimOf(setting: Setting, metrics: readonly string[], none: readonly number[], scripts: readonly number[][]) {
  if (setting.harm !== undefined) return metrics.indexOf(setting.harm);
  const moved = (m: number) => Math.max(...scripts.map((security) => none[m] - security[m]));
  return metrics.map((_, m) => m).reduce((a, b) => (moved(b) > moved(a) ? b : a), 0);
}

/** One conditioned training a seed for the whole grid of a knob, scored at every level beside the best script there. */
async function grid(plugin: EnvironmentPlugin, baseline: Baseline, knob: string, setting: Setting) {
  const { env, scripts, roles, metrics, score, train } = await arena(plugin, setting, { ...options, set });
  const levels = env.knobs[knob] && (options.levels ?? env.knobs[knob].grid).map((value) => ({ [knob]: value }));
  if (!levels) throw new InputError(`learners: ${env.id} has no knob "${knob}": ${Object.keys(env.knobs).join(", ")}.`);
  const [metric] = metrics;
  const start = cpuSeconds();
  const trained: Readonly<Record<string, PolicyFactory>>[] = [];
  for (const seed of seeds) trained.push(await train(baseline, seed, { levels }));
  const seconds = ((cpuSeconds() - start) / options.seeds).toFixed(1);
  const attacks = Object.entries(scripts.attacks).filter(([attack]) => attack !== "none");
  const lines = levels.map((level) => {
    const at = (attack: Readonly<Record<string, PolicyFactory>>, seed: number) =>
      score(attack, seed, level).security[metric];
    const [script, least] = attacks
      .map(([name, attack]) => [name, mean(seeds.map((seed) => at(attack.roles, seed)))] as const)
      .sort((a, b) => a[1] - b[1])[0];
    const learned = trained.map((attack, i) => at(attack, seeds[i]));
    const random = seeds.map((seed) => at(randomAttack(roles), seed));
    const share = percent(1 - mean(learned), 1 - least);
    return `| ${level[knob]} | ${mean(random).toFixed(3)} | ${script} ${least.toFixed(3)} | ${bounded(learned)} | ${share} |`;
  });
  return [
    `## ${env.id}: one ${baseline.id} for all levels of ${knob}`,
    "",
    `${Object.keys(set).length === 0 ? "" : `${listed(set)}; `}${setting.budget} steps a level, ${seconds} CPU seconds a training; ${metric} against random play, the best script and what was learned.`,
    "",
    `| ${knob} | random | best script | ${baseline.id} | of the script's harm |`,
    "|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

/** Security against effort: trainings of their own at every share of a budget, since schedules run over the whole of it. */
async function effort(
  plugin: EnvironmentPlugin,
  baselines: readonly Baseline[],
  shares: readonly number[],
  setting: Setting,
) {
  const { env, params, scripts, metrics, score, train, budgetOf } = await arena(plugin, setting, { ...options, set });
  const scripted = Object.entries(scripts.attacks).map(([name, { roles }]) => {
    const scores = seeds.map((seed) => score(roles, seed).security);
    return { name, security: metrics.map((metric) => mean(scores.map((one) => one[metric]))) };
  });
  const none = scripted.find(({ name }) => name === "none")!;
  const aim = aimOf(
    setting,
    metrics,
    none.security,
    scripted.map(({ security }) => security),
  );
  const metric = metrics[aim];
  const { name, security } = scripted.reduce((a, b) => (b.security[aim] < a.security[aim] ? b : a));
  const best = security[aim];
  const lines: string[] = [];
  for (const baseline of baselines) {
    for (const share of shares) {
      const steps = Math.round(share * budgetOf(baseline));
      const start = cpuSeconds();
      try {
        const left: number[] = [];
        for (const seed of seeds) left.push(score(await train(baseline, seed, { share }), seed).security[metric]);
        const seconds = ((cpuSeconds() - start) / seeds.length).toFixed(1);
        lines.push(
          `| ${baseline.id} | ${steps} | ${seconds} | ${bounded(left)} | ${percent(1 - mean(left), 1 - best)} |`,
        );
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        process.stderr.write(`${plugin.name} ${baseline.id} at ${steps} steps: ${error.message}\n`);
      }
    }
  }
  return [
    `## ${env.id}: ${metric} against effort`,
    "",
    `${Object.keys(params).length === 0 ? "Default parameters" : `Parameters: ${listed(params)}`}; the best script, ${name}, leaves ${best.toFixed(3)}.`,
    "",
    `| learner | steps | CPU s | ${metric} | of the script's harm |`,
    "|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

const registry = openRegistry();
const names = options.only ?? registry.environmentNames();
// The floor is in every table already, as play.
const baselines = options.baselines
  ? await Promise.all(options.baselines.map((id) => registry.baseline(id)))
  : (await registry.baselines()).filter(({ id, config }) => id !== "random" && config.safeParse({}).success);
const page = [
  "# Evidence: every baseline in every environment",
  "",
  `Attackers trained by each baseline against the default defence, ${options.budget} environment steps a training and`,
  "the baseline's own settings where a section names no others, scored on test episodes. Means with 95 % Student",
  `intervals over ${options.seeds} trainings; seconds are CPU time a training, evaluation included. A low security value is a strong`,
  "attack; its harm is 1 − that, given as a share of the harm of the most harmful script. The reference is what",
  "theory says of the best attack it covers, where it says something at these parameters. Knobs are at a middle level.",
  "Budgets are small: what stays at the level of `random` here may learn with more ([effort.md](effort.md) shows which). Settings and budgets were chosen by",
  `looking at other seeds; these, from ${options.firstSeed} on, had been used for nothing before.`,
  "",
  "```sh",
  "npm run evidence -- learners",
  "```",
  "",
];
for (const name of names) {
  const plugin = await registry.environmentNamed(name);
  for (const setting of SETTINGS[name] ?? [{}]) {
    const text = options.grid
      ? await grid(plugin, baselines[0], options.grid, { ...setting, budget: options.budget, budgets: {} })
      : options.shares
        ? await effort(plugin, baselines, options.shares, setting)
        : await section(plugin, baselines, setting);
    page.push(text);
    console.log(text);
  }
}
if (options.out) writeFileSync(options.out, `${page.join("\n").trimEnd()}\n`);
