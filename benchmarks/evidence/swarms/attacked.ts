import { InputError, metricsOf, sumCounters } from "masque";
import { metricGains } from "../../../src/frontier/scores.ts";
import { openRegistry } from "../../../src/library/registry.ts";
import { normalQuantile } from "../../../src/stats/index.ts";
import { openPlace, type Seats } from "../learners/place.ts";
import { type Timed, timed } from "./timed.ts";

const LEARNED = "swarm-flood-learned";
const GATEWAYS: readonly (readonly [against: string, tolerances: readonly number[]])[] = [
  ["default", [2, 1.6]],
  ...[LEARNED, "surge", "crackdown"].map((against) => [against, [3.2, 2.5, 2, 1.6]] as const),
];
/**
 * What CMA-ES over rounds of four steps, with a reach for each and the step of the first, had pointed to in 300,000 steps a
 * place: pulses from about the end of the warm-up (32), up to the tolerance, to what the strict step of the learned gateway
 * forgives, to what `surge` forgives, and to half the tolerance.
 */
const SWARMS: readonly Timed[] = [2, 4].flatMap((period) =>
  [1, 0.83, 0.555, 0.5].flatMap((reach) => [31, 32].map((start) => ({ period, reach, start }))),
);
const SELECT = 64;

/** The most harmful script of a place beside the most harmful timed swarm: both chosen on episodes of their own. */
export async function attackedAt(against: string, tolerance: number, episodes: number) {
  const plugin = await openRegistry().environmentNamed("swarm-flood");
  const place = { params: { tolerance }, against, saved: against === LEARNED };
  const { env, security, scripted, attacks, play } = await openPlace(plugin, place, 1);
  const none = scripted("none");
  const quiet = sumCounters(play(none, "select", SELECT));
  const worst = (all: readonly { readonly name: string; readonly seats: Seats }[]) =>
    all
      .map((one) => ({ ...one, left: metricsOf(env, sumCounters(play(one.seats, "select", SELECT)), quiet)[security] }))
      .reduce((a, b) => (b.left < a.left ? b : a));
  const script = worst(attacks);
  const swarm = worst(
    SWARMS.map((shape) => ({
      name: `every ${shape.period} steps from ${shape.start}, reach ${shape.reach}`,
      seats: { bot: timed(shape) as Seats[string] },
    })),
  );
  const [clean, before, after] = [none, script.seats, swarm.seats].map((seats) => play(seats, "test", episodes));
  const left = (attacked: typeof clean) => metricsOf(env, sumCounters(attacked), sumCounters(clean))[security];
  const { mean, low, high } = metricGains(env, { before, after, clean }, 1)[security];
  return {
    script: { name: script.name, security: left(before) },
    swarm: { name: swarm.name, security: left(after) },
    difference: mean,
    error: (high! - low!) / (2 * normalQuantile(0.975)),
  };
}

/** @param episodes of every figure that is printed */
export async function printAttacked([episodes = "256"]: readonly string[]): Promise<void> {
  if (!/^\d{1,5}$/.test(episodes) || Number(episodes) < 2)
    throw new InputError(`swarm-flood attacked: got ${episodes} episodes, expected a whole number from 2 to 99999.`);
  console.log(
    "| gateway | tolerance | worst script | security | timed swarm | security | difference | its standard error |",
  );
  console.log("|---|---|---|---|---|---|---|---|");
  for (const [against, tolerances] of GATEWAYS) {
    for (const tolerance of tolerances) {
      const { script, swarm, difference, error } = await attackedAt(against, tolerance, Number(episodes));
      const [one, another, less, by] = [script.security, swarm.security, difference, error].map((x) => x.toFixed(3));
      console.log(`| ${[against, tolerance, script.name, one, swarm.name, another, less, by].join(" | ")} |`);
    }
  }
}
