import { evaluate, type PolicyFactory, resolveParams, train } from "masque";
import { unknownName } from "../../src/data/errors.ts";
import { metricGains, metricIntervals } from "../../src/frontier/scores.ts";
import type { Baseline } from "../../src/learn/baseline.ts";
import type { EnvironmentPlugin } from "../../src/library/plugin.ts";
import { openRegistry, type Registry } from "../../src/library/registry.ts";
import { attackerRoles, completeAttack, defencePolicies, scriptedAttack } from "../../src/play/cast.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import { interval } from "../../src/report/frontier-text.ts";
import { mean, studentInterval } from "../../src/stats/index.ts";
import { cpuSeconds } from "../speed/clock.ts";
import type { Evidence } from "./evidence.ts";

type Seats = Readonly<Record<string, PolicyFactory>>;
type Values = Readonly<Record<string, unknown>>;

/** How attackers are found: a baseline, with what differs from its defaults. */
interface Method {
  readonly baseline: string;
  readonly config?: Values;
  readonly budget: number;
  /** Lowers security itself instead of what the environment pays: for baselines that can (`aimed`). */
  readonly aimed?: boolean;
}

/** Where: parameters that differ from the defaults (whose knobs are at a middle level), the defence, and the metric. */
interface Place {
  readonly params?: Values;
  readonly against?: string;
  /** The environment's first of security when omitted. */
  readonly security?: string;
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
const cem = (budget: number, config: Values = {}): Method => ({ baseline: "cem", config, budget });

const PLACES: Readonly<Record<string, readonly Place[]>> = {
  "swarm-flood": [{ methods: [search("hug-pulse", 1_000_000)] }],
  "low-and-slow": [{ episodes: 128, methods: [search("rota", 1_000_000)] }],
  "poisoned-consensus": [{ methods: [cem(200_000), search("hold")] }],
  "pricing-cartel": [
    { params: { auditRate: 0.375 }, methods: [{ baseline: "cma-es", budget: 1_000_000, aimed: true }] },
    { params: { auditRate: 0.5, strictness: 0.5 }, against: "patrol", methods: [search("encore", 1_000_000)] },
  ],
  "glass-house": [
    { against: "forever", security: "oversight", methods: [search("creep-even")] },
    { security: "oversight", methods: [cem(2_000_000)] },
  ],
  "stealth-takeover": [
    { methods: [search("ping-quiet", 1_000_000)] },
    {
      params: { reset: 0.1, scan: 0, hunt: 0 },
      methods: [{ baseline: "ippo", config: { learningRate: 0.003, teacher: "program" }, budget: 300_000 }],
    },
  ],
  "rumour-mill": [{ methods: [search("boost-half")] }],
  "whitewash-market": [{ methods: [search("burn50")] }],
  "jailbreak-cascade": [{ episodes: 64, methods: [search("influence"), cem(200_000)] }],
  "illusory-injection": [{ methods: [search("hug", 600_000)] }],
  "plain-talk": [{ methods: [search("fill", 400_000)] }],
  "covert-wire": [
    {
      params: { cover: "silent", slots: 6, bits: 1, errorBob: 0.2, errorWarden: 0.4 },
      methods: [{ baseline: "mappo", config: { learningRate: 0.003 }, budget: 1_000_000 }],
    },
  ],
  "screening-stego": [
    {
      params: { overseer: "table", paraphrase: 0.35 },
      episodes: 16,
      methods: [
        { baseline: "mappo", config: { gamma: 1, learningRate: 0.003, teacher: "parity-1" }, budget: 300_000 },
        cem(2_000_000),
      ],
    },
  ],
  "split-task": [{ methods: [cem(1_000_000)] }],
};
const EPISODES = 256;
/** Settings and budgets were chosen by looking at seeds below. */
const FIRST_SEED = 301;

const named = ({ baseline, config = {}, budget }: Method) => {
  const settings = Object.entries(config).map(([key, value]) => (key === "script" ? value : `${key}=${value}`));
  return [baseline, ...settings, `${(budget / 1000).toLocaleString("en")}k`].join(" ");
};

async function strongestAt(registry: Registry, plugin: EnvironmentPlugin, place: Place, seeds: readonly number[]) {
  const { env } = plugin;
  const { params: given = {}, against = "default", episodes = EPISODES } = place;
  const scripts = await plugin.policies();
  const params = resolveParams(env, given) as Record<string, unknown>;
  const roles = env.roles(params);
  const defence = defencePolicies(env, roles, scripts, against);
  const first = (axis: "security" | "utility") =>
    Object.keys(env.metrics).find((name) => env.metrics[name].axis === axis)!;
  const security = place.security ?? first("security");
  const play = (attack: Seats, split: string, count: number) =>
    evaluate(env, { params, policies: { ...defence, ...attack }, episodes: count, seed: FIRST_SEED, split: [split] });
  const quiet = scriptedAttack(env, roles, scripts, "none");
  const arms = { select: play(quiet, "select", episodes), test: play(quiet, "test", 2 * episodes) };
  const played = (attack: Seats, split: "select" | "test") =>
    play(attack, split, split === "test" ? 2 * episodes : episodes);
  const score = (attack: Seats, split: "select" | "test") =>
    metricIntervals(env, played(attack, split), arms[split], 1)[security];

  const known = Object.keys(scripts.attacks)
    .map((name) => ({ name, seats: scriptedAttack(env, roles, scripts, name) }))
    .map((one) => ({ ...one, security: score(one.seats, "select").mean }))
    .reduce((a, b) => (b.security < a.security ? b : a));
  const best = score(known.seats, "test");
  const where = [...Object.entries(given).map(([key, value]) => `${key}=${value}`), against].join(" ");
  for (const method of place.methods) {
    const baseline = (await registry.baseline(method.baseline)) as Baseline;
    const start = cpuSeconds();
    const found: { readonly seats: Seats; readonly left: number }[] = [];
    for (const seed of seeds) {
      const { policies } = await train({
        environment: env,
        params,
        roles: Object.fromEntries(attackerRoles(roles).map((role) => [role, baseline({ ...method.config })])),
        policies: defence,
        scripts,
        ...(method.aimed && { aim: { security, utility: first("utility"), lambda: 0 } }),
        budget: method.budget,
        seed,
      });
      const seats = Object.fromEntries(
        Object.entries(policies).map(([role, data]) => [role, policyFrom(data, scripts)]),
      );
      const attack = completeAttack(env, roles, scripts, seats, method.baseline);
      found.push({ seats: attack, left: score(attack, "test").mean });
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

export default {
  table: {
    summary:
      "the strongest attacks that were found by training and search, beside the strongest script (takes trainings and names)",
    async print([count = "10", ...names]) {
      console.log(
        "| environment | at, against | best script | security | found by | security | of its harm | median, paired | | CPU s |",
      );
      console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
      const registry = openRegistry();
      const seeds = Array.from({ length: Number(count) }, (_, i) => FIRST_SEED + i);
      for (const name of names.length > 0 ? names : Object.keys(PLACES)) {
        if (!Object.hasOwn(PLACES, name)) throw unknownName("environment with places", name, Object.keys(PLACES));
        const plugin = await registry.environmentNamed(name);
        for (const place of PLACES[name]) await strongestAt(registry, plugin, place, seeds);
      }
    },
  },
} satisfies Evidence;
