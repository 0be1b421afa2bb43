import { unknownName } from "../../src/data/errors.ts";
import { metricGains, metricIntervals } from "../../src/frontier/scores.ts";
import type { EnvironmentPlugin } from "../../src/library/plugin.ts";
import { openRegistry, type Registry } from "../../src/library/registry.ts";
import { interval } from "../../src/report/frontier-text.ts";
import { mean, studentInterval } from "../../src/stats/index.ts";
import { cpuSeconds } from "../speed/clock.ts";
import type { Evidence } from "./evidence.ts";
import { openPlace, type Place, type Seats } from "./learners/place.ts";

/** How attackers are found: a baseline, with what differs from its defaults. */
interface Method {
  readonly baseline: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly budget: number;
  /** Lowers security itself instead of what the environment pays: for baselines that can (`aimed`). */
  readonly aimed?: boolean;
}

interface Trial extends Place {
  /** Episodes to choose the most harmful script on, and twice as many to score everything on. */
  readonly episodes?: number;
  readonly methods: readonly Method[];
}

const search = (script: string, budget = 300_000): Method => ({
  baseline: "script-search",
  config: { script },
  budget,
  aimed: true,
});
const cem = (budget: number, config: Method["config"] = {}): Method => ({ baseline: "cem", config, budget });
const aimed = (method: Method): Method => ({ ...method, aimed: true });
/** A lesson that is kept up and kept to: for scripts than which no stronger attack is known. */
const KEPT = { teacherUntil: 1, greedy: true };
const taught = (baseline: string, teacher: string, budget: number, more: Method["config"] = KEPT): Method => ({
  baseline,
  config: { learningRate: 0.003, teacher, ...more },
  budget,
});

type Trials = Readonly<Record<string, readonly Trial[]>>;
const TRIALS: Trials = {
  "swarm-flood": [
    { methods: [search("hug-pulse", 1_000_000)] },
    {
      params: { tolerance: 2 },
      against: "swarm-flood-learned",
      saved: true,
      methods: [search("hug-pulse"), cem(1_000_000)],
    },
  ],
  "low-and-slow": [{ episodes: 128, methods: [search("rota", 1_000_000)] }],
  "poisoned-consensus": [{ methods: [cem(200_000), search("hold")] }],
  "pricing-cartel": [
    { params: { auditRate: 0.375 }, methods: [{ baseline: "cma-es", budget: 1_000_000, aimed: true }] },
    {
      params: { auditRate: 0.5, strictness: 0.5 },
      against: "patrol",
      methods: [search("encore", 1_000_000), search("hush", 1_000_000)],
    },
  ],
  "glass-house": [
    { against: "forever", security: "oversight", methods: [search("creep-even")] },
    {
      params: { falseAlarm: 0.02, transparency: 0.25 },
      against: "forever",
      security: "oversight",
      methods: [aimed(cem(1_000_000))],
    },
    { security: "oversight", methods: [cem(2_000_000), taught("ippo", "program", 300_000)] },
  ],
  "stealth-takeover": [
    { methods: [search("ping-quiet", 1_000_000), taught("ippo", "ping-quiet", 200_000)] },
    {
      params: { reset: 0.1, scan: 0, hunt: 0 },
      methods: [{ baseline: "ippo", config: { learningRate: 0.003, teacher: "program" }, budget: 300_000 }],
    },
  ],
  "rumour-mill": [{ methods: [search("boost-half")] }],
  "whitewash-market": [
    { methods: [search("burn50")] },
    { params: { probation: 0.5, strictness: 0.003 }, against: "batch", methods: [cem(100_000)] },
  ],
  "jailbreak-cascade": [
    { episodes: 64, methods: [search("influence"), cem(200_000)] },
    { params: { filter: 0.75 }, against: "relaxing", episodes: 192, methods: [aimed(cem(500_000))] },
  ],
  "illusory-injection": [{ methods: [search("hug", 600_000)] }],
  "plain-talk": [{ methods: [search("fill", 400_000)] }],
  "covert-wire": [
    {
      params: { cover: "silent", slots: 6, bits: 1, errorBob: 0.2, errorWarden: 0.4 },
      episodes: 2048,
      methods: [taught("mappo", "even", 300_000)],
    },
  ],
  "screening-stego": [
    {
      params: { overseer: "table", paraphrase: 0.35 },
      episodes: 64,
      methods: [taught("mappo", "parity-1", 300_000, { ...KEPT, gamma: 1 }), cem(2_000_000)],
    },
  ],
  "split-task": [
    {
      methods: [
        cem(1_000_000),
        taught("joint-ppo", "plan", 600_000, { ...KEPT, teacherWeight: 10, entropy: 0, memory: "gru" }),
      ],
    },
  ],
};
/** Where no search of dials reaches the best script: networks of whatever shape evolution likes. */
const networks: readonly Method[] = [{ baseline: "cma-es", budget: 2_000_000, aimed: true }];
const EVOLVED: Trials = {
  "split-task": [{ methods: networks }],
  "glass-house": [{ security: "oversight", methods: networks }],
  "low-and-slow": [{ episodes: 128, methods: networks }],
  "swarm-flood": [{ methods: networks }],
};
/** One mind leads all, by a lesson that weighs more than what it finds itself. */
const LED = {
  ...KEPT,
  squads: 0,
  heads: "autoregressive",
  normaliseObservations: true,
  teacherWeight: 10,
  entropy: 0,
};
/** What it brings to keep a lesson up, and to keep to it. */
const lessons = (teacher: string, budget: number) =>
  [{}, { teacherUntil: 1 }, KEPT].map((more) => taught("ippo", teacher, budget, more));
const LESSONS: Trials = {
  "stealth-takeover": [{ methods: lessons("ping-quiet", 200_000) }],
  "glass-house": [{ security: "oversight", methods: lessons("program", 300_000) }],
  // One script picks those of sixteen leakers who gain most, which networks learn slowly; the other those of low numbers.
  "low-and-slow": [
    {
      episodes: 128,
      methods: [
        taught("joint-ppo", "alone-swept", 500_000, { ...LED, hidden: [128, 128] }),
        taught("joint-ppo", "first-four", 800_000, LED),
      ],
    },
  ],
};
const EPISODES = 256;
/** Settings and budgets were chosen by looking at seeds below. */
const FIRST_SEED = 301;

const named = ({ baseline, config = {}, budget }: Method) => {
  const settings = Object.entries(config).map(([key, value]) => (key === "script" ? value : `${key}=${value}`));
  return [baseline, ...settings, `${(budget / 1000).toLocaleString("en")}k`].join(" ");
};

async function strongestAt(registry: Registry, plugin: EnvironmentPlugin, trial: Trial, seeds: readonly number[]) {
  const { env, security, scripted, attacks, where, play, train } = await openPlace(plugin, trial, FIRST_SEED);
  const { episodes = EPISODES } = trial;
  const played = (attack: Seats, split: "select" | "test") =>
    play(attack, split, split === "test" ? 2 * episodes : episodes);
  const quiet = scripted("none");
  const arms = { select: played(quiet, "select"), test: played(quiet, "test") };
  const score = (attack: Seats, split: "select" | "test") =>
    metricIntervals(env, played(attack, split), arms[split], 1)[security];

  const known = attacks
    .map((one) => ({ ...one, security: score(one.seats, "select").mean }))
    .reduce((a, b) => (b.security < a.security ? b : a));
  const best = score(known.seats, "test");
  for (const method of trial.methods) {
    const learning = (await registry.baseline(method.baseline))({ ...method.config });
    const start = cpuSeconds();
    const found: { readonly seats: Seats; readonly left: number }[] = [];
    for (const seed of seeds) {
      const { seats } = await train(learning, { ...method, seed });
      found.push({ seats, left: score(seats, "test").mean });
    }
    const seconds = (cpuSeconds() - start) / seeds.length;
    // Two kinds of chance: trainings differ, all on the same episodes; and those might have been others, which the
    // difference of the median training to the script tells, episode by episode.
    const left = found.map((one) => one.left);
    const shares = left.map((value) => (1 - value) / (1 - best.mean));
    const share = { mean: mean(shares), ...studentInterval(shares) };
    const median = found.toSorted((a, b) => a.left - b.left)[Math.floor(found.length / 2)].seats;
    const both = { before: played(known.seats, "test"), after: played(median, "test"), clean: arms.test };
    const more = metricGains(env, both, 1)[security];
    const stronger = share.low > 1 && more.high! < 0;
    const word = stronger ? "stronger" : share.low >= 0.98 ? "as strong" : share.high >= 0.98 ? "about" : "weaker";
    const cells = [plugin.name, where, known.name, interval(best), named(method)];
    cells.push(
      interval({ mean: mean(left), ...studentInterval(left) }),
      interval(share),
      interval(more),
      word,
      seconds.toFixed(1),
    );
    console.log(`| ${cells.join(" | ")} |`);
  }
}

async function printTable(trials: Trials, [count, ...names]: readonly string[]): Promise<void> {
  const heads = ["environment", "at, against", "best script", "security", "found by", "security", "of its harm"];
  heads.push("median, paired", "", "CPU s");
  console.log(`| ${heads.join(" | ")} |`);
  console.log(`|${" --- |".repeat(heads.length)}`);
  const registry = openRegistry();
  const seeds = Array.from({ length: Number(count) }, (_, i) => FIRST_SEED + i);
  for (const name of names.length > 0 ? names : Object.keys(trials)) {
    if (!Object.hasOwn(trials, name)) throw unknownName("environment that is tried", name, Object.keys(trials));
    const plugin = await registry.environmentNamed(name);
    for (const trial of trials[name]) await strongestAt(registry, plugin, trial, seeds);
  }
}

export default {
  table: {
    summary:
      "the strongest attacks that training and search find, beside the strongest script (takes trainings and names)",
    print: ([count = "10", ...names]) => printTable(TRIALS, [count, ...names]),
  },
  evolved: {
    summary: "CMA-ES over networks, where no search of dials reaches the strongest script (takes trainings and names)",
    print: ([count = "3", ...names]) => printTable(EVOLVED, [count, ...names]),
  },
  lessons: {
    summary: "networks taught by strong scripts, for half of a training and for all of it (takes trainings and names)",
    print: ([count = "3", ...names]) => printTable(LESSONS, [count, ...names]),
  },
} satisfies Evidence;
