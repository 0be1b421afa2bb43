import { Command } from "commander";
import type { Baseline } from "../../../src/learn/baseline.ts";
import { openRegistry, type Registry } from "../../../src/library/registry.ts";
import { mean, studentInterval } from "../../../src/stats/index.ts";
import { cpuSeconds } from "../../speed/clock.ts";
import { arena } from "../learners/measure.ts";
import { SETTINGS } from "../learners/settings.ts";

/** One way to train attackers. */
export interface Arm {
  readonly name: string;
  readonly baseline: Baseline;
  readonly set?: Readonly<Record<string, unknown>>;
  /** Environment steps. */
  readonly budget: number;
}

/**
 * Trains attackers in every way in every environment, in the settings of `learners/settings.ts` but for budgets, and prints
 * a table for each: what they leave of its first security metric, or of the one that its setting names.
 */
export async function printComparison(
  settings: readonly string[],
  environments: readonly string[],
  armsOf: (registry: Registry) => Promise<readonly Arm[]>,
): Promise<void> {
  const options = new Command("values")
    .option("--only <name...>", "folders of environments", [...environments])
    .option("--arms <text...>", "only ways to train whose names begin so")
    .option("--seeds <n>", "trainings", Number, 5)
    .option("--first-seed <n>", "of the trainings", Number, 401)
    .parse(settings, { from: "user" })
    .opts<{ only: string[]; arms?: string[]; seeds: number; firstSeed: number }>();
  const registry = openRegistry();
  const arms = (await armsOf(registry)).filter(
    ({ name }) => options.arms?.some((start) => name.startsWith(start)) ?? true,
  );
  for (const folder of options.only) {
    const plugin = await registry.environmentNamed(folder);
    const [setting = {}] = SETTINGS[folder] ?? [];
    console.log(`| ${folder} | steps | security | mean return | CPU s |\n|---|---|---|---|---|`);
    for (const { name, baseline, set = {}, budget } of arms) {
      const place = { ...setting, budget, budgets: {}, configs: {} };
      const { metrics, score, train } = await arena(plugin, place, { budget, episodes: 256, set });
      let seconds = 0;
      const scores = [];
      for (let seed = options.firstSeed; seed < options.firstSeed + options.seeds; seed++) {
        const start = cpuSeconds();
        const attack = await train(baseline, seed);
        seconds += cpuSeconds() - start;
        scores.push(score(attack, seed));
      }
      const metric = setting.harm ?? metrics[0];
      const security = cell(
        scores.map((one) => one.security[metric]),
        0,
        1,
      );
      const value = cell(scores.map((one) => one.value));
      const steps = budget.toLocaleString("en");
      console.log(`| ${name} | ${steps} | ${security} | ${value} | ${(seconds / options.seeds).toFixed(1)} |`);
    }
    console.log("");
  }
}

/** A mean with its 95 % Student interval over trainings, cut to where values lie. */
function cell(values: readonly number[], least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): string {
  if (values.length < 2) return values[0].toFixed(3);
  const { low, high } = studentInterval(values);
  return `${mean(values).toFixed(3)} [${Math.max(least, low).toFixed(3)}, ${Math.min(most, high).toFixed(3)}]`;
}
