import { Command } from "commander";
import { InputError, unknownName } from "../../src/data/errors.ts";
import type { EnvironmentPlugin } from "../../src/library/plugin.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { scriptedAttack } from "../../src/play/cast.ts";
import type { PolicyFactory } from "../../src/policy/policy.ts";
import { mean, studentInterval } from "../../src/stats/index.ts";
import { cpuSeconds } from "../speed/clock.ts";
import type { Evidence } from "./evidence.ts";
import { arena } from "./learners/measure.ts";
import { SETTINGS } from "./learners/settings.ts";

type Attack = Readonly<Record<string, PolicyFactory>>;

/** Who is taught what in an environment, at the parameters of `learners`; chosen by looking at seeds below 101. */
interface Lesson {
  readonly baseline: string;
  readonly teacher: string;
  readonly budget: number;
  readonly episodes: number;
  readonly config?: Readonly<Record<string, unknown>>;
}
// A network that imitates moves further in a step than one that explores can afford to.
const fast = { learningRate: 3e-3 };
const LESSONS: Readonly<Record<string, Lesson>> = {
  "swarm-flood": { baseline: "ippo", teacher: "hug-pulse", budget: 100_000, episodes: 128, config: fast },
  "low-and-slow": { baseline: "ippo", teacher: "alone-swept", budget: 100_000, episodes: 128, config: fast },
  "split-task": { baseline: "ippo", teacher: "plan", budget: 100_000, episodes: 128, config: fast },
  "illusory-injection": { baseline: "mappo", teacher: "hug", budget: 100_000, episodes: 128, config: fast },
  "rumour-mill": { baseline: "ippo", teacher: "boost-few", budget: 100_000, episodes: 128, config: fast },
  "whitewash-market": { baseline: "ippo", teacher: "program", budget: 100_000, episodes: 128, config: fast },
  "covert-wire": { baseline: "mappo", teacher: "code-2-3", budget: 100_000, episodes: 256, config: fast },
  "screening-stego": {
    baseline: "mappo",
    teacher: "parity-1",
    budget: 300_000,
    episodes: 16,
    config: { ...fast, gamma: 1 },
  },
  "stealth-takeover": { baseline: "ippo", teacher: "program", budget: 100_000, episodes: 256, config: fast },
  "poisoned-consensus": { baseline: "ippo", teacher: "hold", budget: 100_000, episodes: 256, config: fast },
};

/** Episodes that the best script is chosen on, none of which it is measured on. */
const SELECT = 11;

async function row(plugin: EnvironmentPlugin, { teacher, config = {}, ...lesson }: Lesson, seeds: readonly number[]) {
  const setting = (SETTINGS[plugin.name] ?? [{}])[0];
  // What `learners` says of budgets, settings and episodes is for learners without a teacher.
  const { params, harm } = setting;
  const { env, roles, scripts, metrics, score, train } = await arena(plugin, { params }, { ...lesson, set: {} });
  const metric = harm ?? metrics[0];
  const baseline = await openRegistry().baseline(lesson.baseline);
  const security = (attack: Attack, seed: number) => score(attack, seed).security[metric];
  const scripted = (name: string) => scriptedAttack(env, roles, scripts, name);
  const [best] = Object.keys(scripts.attacks)
    .map((name) => [name, security(scripted(name), SELECT)] as const)
    .reduce((a, b) => (b[1] < a[1] ? b : a));

  const measure = (attacks: readonly Attack[]) => attacks.map((attack, i) => security(attack, seeds[i]));
  async function trained(set: Readonly<Record<string, unknown>>) {
    const start = cpuSeconds();
    const attacks = [];
    for (const seed of seeds) attacks.push(await train(baseline, seed, { set: { ...config, ...set } }));
    return { values: measure(attacks), seconds: (cpuSeconds() - start) / seeds.length };
  }
  const script = measure(seeds.map(() => scripted(best)));
  const taught = await trained({ teacher });
  const alone = await trained({});
  const apart = taught.values.map((value, i) => value - script[i]);
  const { low, high } = studentInterval(apart);
  const share = (values: readonly number[]) => `${((100 * (1 - mean(values))) / (1 - mean(script))).toFixed(1)} %`;
  return [
    plugin.name,
    `${lesson.baseline}, ${lesson.budget}`,
    teacher === best ? teacher : `${teacher} (best: ${best})`,
    mean(script).toFixed(3),
    cell(taught.values),
    share(taught.values),
    `${signed(mean(apart))} [${signed(low)}, ${signed(high)}]`,
    high < 0 ? "beyond it" : low > 0 ? "short of it" : "level",
    `${cell(alone.values)}, ${share(alone.values)}`,
    taught.seconds.toFixed(1),
  ];
}

const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(4)}`;
const cell = (values: readonly number[]) => {
  const { low, high } = studentInterval(values);
  return `${mean(values).toFixed(3)} [${Math.max(0, low).toFixed(3)}, ${Math.min(1, high).toFixed(3)}]`;
};

export default {
  gains: {
    summary: "learners that begin where a script is, beside it and without it (takes names of environments; --help)",
    async print(settings) {
      const program = new Command("teachers")
        .argument("[environment...]", `of ${Object.keys(LESSONS).join(", ")}; default: all`)
        .option("--seeds <n>", "trainings, two at least", Number, 5)
        .option("--first-seed <n>", "of the trainings; settings were chosen by looking at seeds below 101", Number, 201)
        .option("--budget <steps>", "environment steps a training, instead of its own", Number)
        .parse([...settings], { from: "user" });
      const { seeds, firstSeed, budget } = program.opts<{ seeds: number; firstSeed: number; budget?: number }>();
      if (!(seeds >= 2)) throw new InputError(`teachers: got --seeds ${seeds}, expected two trainings or more.`);
      const names = program.args.length > 0 ? program.args : Object.keys(LESSONS);
      for (const name of names)
        if (!Object.hasOwn(LESSONS, name)) throw unknownName("environment with lessons", name, Object.keys(LESSONS));
      const heads = ["environment", "learner, steps", "teacher", "best script", "taught", "of its harm"];
      const more = ["taught − script", "", "untaught, of the script's harm", "CPU s"];
      console.log(`| ${[...heads, ...more].join(" | ")} |`);
      console.log(`|${"---|".repeat(heads.length + more.length)}`);
      const registry = openRegistry();
      for (const name of names) {
        const lesson = { ...LESSONS[name], ...(budget !== undefined && { budget }) };
        const trainings = Array.from({ length: seeds }, (_, i) => firstSeed + i);
        console.log(`| ${(await row(await registry.environmentNamed(name), lesson, trainings)).join(" | ")} |`);
      }
    },
  },
} satisfies Evidence;
