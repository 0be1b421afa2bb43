import { Rng } from "masque";
import { cma } from "../../baselines/evolution/cma.ts";
import scriptSearch from "../../baselines/script-search.ts";
import { unknownName } from "../../src/data/errors.ts";
import { metricGains, metricIntervals } from "../../src/frontier/scores.ts";
import type { EnvironmentPlugin } from "../../src/library/plugin.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { edgesOf } from "../../src/policy/dials.ts";
import { settingText } from "../../src/policy/tunable.ts";
import { interval } from "../../src/report/frontier-text.ts";
import type { Evidence } from "./evidence.ts";
import { openPlace, type Place } from "./learners/place.ts";

const PLACES: Readonly<Record<string, readonly Place[]>> = {
  "swarm-flood": [{}, { against: "surge" }, { against: "crackdown" }],
  "low-and-slow": [{}, { params: { budget: 0.1, pooling: 0 } }],
  "poisoned-consensus": [{}, { params: { memory: 0.97 } }],
  "pricing-cartel": [
    { params: { auditRate: 0.375, strictness: 0.5 }, against: "patrol" },
    { params: { auditRate: 0.5, strictness: 0.5 }, against: "patrol" },
    { params: { auditRate: 0.5, strictness: 1 }, against: "patrol" },
  ],
  "glass-house": [{ against: "forever", security: "oversight" }],
  "stealth-takeover": [{}, { against: "clockwork" }],
  "split-task": [{}],
  "rumour-mill": [{}],
  "whitewash-market": [{}, { params: { mode: "gossip" } }],
  "jailbreak-cascade": [{}, { against: "thermostat" }],
  "illusory-injection": [{}],
};
const SELECT = 256;
const TEST = 1024;

/** The best script of a place beside the best that any search of its tunable scripts finds there. */
async function gainsAt(plugin: EnvironmentPlugin, place: Place, budget: number): Promise<void> {
  const { env, scripts, security, scripted, attacks, where, play, mostHarmful, train } = await openPlace(
    plugin,
    place,
    1,
  );
  const script = mostHarmful(attacks, SELECT);
  const found = [];
  for (const [name, tuned] of Object.entries(scripts.tunable ?? {})) {
    const { policies, seats } = await train(scriptSearch({ script: name }), { budget, seed: 1, aimed: true });
    const { set } = Object.values(policies).find(({ script }) => script?.name === name)!.script!;
    const edge = edgesOf(tuned, set).length > 0 ? " (on an edge)" : "";
    found.push({ name: settingText(name, set) + edge, seats });
  }
  const tuned = mostHarmful(found, SELECT);
  const [clean, before, after] = [scripted("none"), script.seats, tuned.seats].map((seats) =>
    play(seats, "test", TEST),
  );
  const gain = metricGains(env, { before, after, clean }, 1)[security];
  const cells = [
    plugin.name,
    where,
    script.name,
    interval(metricIntervals(env, before, clean, 1)[security]),
    tuned.name,
    interval(metricIntervals(env, after, clean, 1)[security]),
    interval(gain),
    gain.high! < 0 ? "stronger" : gain.low! > 0 ? "weaker" : "no difference",
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

const FUNCTIONS: Readonly<Record<string, (x: Float64Array) => number>> = {
  sphere: (x) => x.reduce((sum, v) => sum + v * v, 0),
  ellipsoid: (x) => x.reduce((sum, v, i) => sum + 1e6 ** (i / (x.length - 1)) * v * v, 0),
  rosenbrock: (x) => x.slice(1).reduce((sum, v, i) => sum + 100 * (v - x[i] ** 2) ** 2 + (1 - x[i]) ** 2, 0),
};

function countEvaluations(covariance: "full" | "separable", name: string, n: number): number {
  const counts = Array.from({ length: 21 }, (_, seed) => {
    const mean = new Float64Array(n).fill(name === "rosenbrock" ? 0 : 1);
    const es = cma({ mean, sigma: 0.5, covariance, rng: new Rng(seed, name, n) });
    for (let count = es.population; count < 300_000; count += es.population) {
      const values = es.ask().map(FUNCTIONS[name]);
      if (Math.min(...values) < 1e-10) return count;
      es.tell(values);
    }
    return Number.POSITIVE_INFINITY;
  });
  return counts.sort((a, b) => a - b)[10];
}

export default {
  gains: {
    summary: "what tuning gains over the best script, place by place (takes steps a search and names of environments)",
    async print([budget = "1000000", ...names]) {
      console.log("| environment | at, against | best script | security | best found | security | difference | |");
      console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
      const registry = openRegistry();
      for (const name of names.length > 0 ? names : Object.keys(PLACES)) {
        if (!Object.hasOwn(PLACES, name)) throw unknownName("environment with places", name, Object.keys(PLACES));
        const plugin = await registry.environmentNamed(name);
        for (const place of PLACES[name]) await gainsAt(plugin, place, Number(budget));
      }
    },
  },
  strategy: {
    summary: "evaluations that CMA-ES takes to 10⁻¹⁰, the median of 21 seeds",
    print() {
      for (const covariance of ["full", "separable"] as const) {
        for (const name of Object.keys(FUNCTIONS)) {
          if (covariance === "separable" && name === "rosenbrock") continue;
          const counts = [5, 10, 20].map((n) => `n = ${n}: ${countEvaluations(covariance, name, n)}`);
          console.log(`${covariance}, ${name}: ${counts.join(", ")}`);
        }
      }
    },
  },
} satisfies Evidence;
