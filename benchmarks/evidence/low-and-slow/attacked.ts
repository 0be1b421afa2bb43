import { type Episodes, Rng } from "masque";
import { cma } from "../../../baselines/evolution/cma.ts";
import { programme } from "../../../envs/low-and-slow/alone.ts";
import env, { type LowAndSlow } from "../../../envs/low-and-slow/env.ts";
import { thresholds } from "../../../envs/low-and-slow/model.ts";
import { InputError, unknownName } from "../../../src/data/errors.ts";
import { openRegistry } from "../../../src/library/registry.ts";
import { mean, standardError } from "../../../src/stats/index.ts";
import { openPlace, type Place } from "../learners/place.ts";
import { STARTS, wary } from "./wary.ts";

const BUDGETS = [0.02, 0.05, 0.1, 0.2, 0.4];
const LEAKERS = 8;
const at = (budget: number, pooling?: number) => ({
  leakers: LEAKERS,
  budget,
  ...(pooling !== undefined && { pooling }),
});
const entry = (against: string, saved = false): Place[] =>
  BUDGETS.slice(1).map((budget) => ({ params: at(budget), against, saved }));

/** Levels of the benchmark by the share w that is pooled, and those of the entries that name another monitor. */
const PLACES: Readonly<Record<string, readonly Place[]>> = {
  ...Object.fromEntries(
    [0, 0.25, 0.5, 1].map((pooling) => [`w=${pooling}`, BUDGETS.map((budget) => ({ params: at(budget, pooling) }))]),
  ),
  streams: entry("streams"),
  shuffle: entry("shuffle"),
  population: entry("low-and-slow-population.json", true),
  // What else could listen to the fleet, and a shock that all streams share: no level of the benchmark.
  pools: [0.5, 1].flatMap((pooling) =>
    [
      { pool: "shiryaev" },
      { pool: "top" },
      { pool: "higher-criticism" },
      { pool: "mixture" },
      { shock: 0.02 },
      { shock: 0.2 },
    ].map((other) => ({ params: { ...at(0.05, pooling), ...other } })),
  ),
};

const POPULATION = 16;
const EPISODES = 32;
const SELECT = 256;
const TEST = 768;

/**
 * No attack leaves less where one split holds throughout: leakers whom neither cap nor pool binds. A pooled alarm only
 * takes from a leaker: it could have leaked until its own rang, and be where the pool puts it, later and richer.
 */
export function withoutPool(given: Partial<LowAndSlow>, cells = 120): number {
  const params = env.params.parse(given);
  const { own } = thresholds(params);
  if (own === Number.POSITIVE_INFINITY) return 0;
  const { gain } = programme(own, params, { cells });
  const most = Math.max(...gain[0].map((of) => of[0]));
  return Math.max(0, 1 - (params.leakers * most) / (params.cap * params.steps));
}

const securities = ({ names, counters }: Episodes): Float64Array => {
  const of = (name: string, episode: number) => counters[episode * names.length + names.indexOf(name)];
  return Float64Array.from({ length: counters.length / names.length }, (_, e) => 1 - of("damage", e) / of("steps", e));
};

/** The worst script and the best that CMA-ES finds among dials of `wary`, both on episodes that neither was chosen on. */
export async function attackedAt(place: Place, how: { steps: number; select?: number; test?: number }) {
  const { steps, select = SELECT, test = TEST } = how;
  const plugin = await openRegistry().environmentNamed("low-and-slow");
  const { play, attacks } = await openPlace(plugin, place, 401);
  const secure = (seats: Parameters<typeof play>[0], split: string, episodes: number) =>
    securities(play(seats, split, episodes));
  const script = attacks
    .map((one) => ({ ...one, left: mean(secure(one.seats, "select", select)) }))
    .reduce((a, b) => (b.left < a.left ? b : a));

  const seats = (dials: ArrayLike<number>) => ({ leaker: wary(dials) }) as unknown as typeof script.seats;
  const least = (all: readonly ArrayLike<number>[]) =>
    all
      .map((dials) => ({ dials: Array.from(dials), left: mean(secure(seats(dials), "select", select)) }))
      .reduce((a, b) => (b.left < a.left ? b : a));
  const start = least(STARTS).dials;
  const horizon = env.horizon(env.params.parse(place.params));
  const generations = Math.max(1, Math.floor(steps / (POPULATION * EPISODES * horizon)));
  const es = cma({ mean: start, sigma: 0.15, population: POPULATION, rng: new Rng(1, "low-and-slow", "attacked") });
  for (let g = 0; g < generations; g++) {
    es.tell(es.ask().map((dials) => mean(secure(seats(dials), `search-${g}`, EPISODES))));
  }
  // A short search ends at worse dials now and then than it began at.
  const found = least([es.mean, start]);
  const before = secure(script.seats, "test", test);
  const after = secure(seats(found.dials), "test", test);
  const difference = after.map((value, e) => value - before[e]);
  return { script: { name: script.name, security: before }, found: { ...found, security: after }, difference };
}

export async function printAttacked([given = "4000000", ...names]: readonly string[]): Promise<void> {
  const steps = Number(given);
  if (!(steps > 0)) throw new InputError(`expected environment steps a search, at least 1; got "${given}"`);
  const known = Object.keys(PLACES);
  for (const name of names) if (!known.includes(name)) throw unknownName("place that is attacked", name, known);
  console.log("| at | budget | worst script | S | best found | difference | no attack leaves less |");
  console.log(`|${" --- |".repeat(7)}`);
  const show = (values: Float64Array) => `${mean(values).toFixed(3)} ± ${standardError(values).toFixed(3)}`;
  for (const name of names.length > 0 ? names : known) {
    for (const place of PLACES[name]) {
      const { script, found, difference } = await attackedAt(place, { steps });
      const least = place.against === undefined ? withoutPool(place.params as Partial<LowAndSlow>).toFixed(3) : "";
      const cells = [name, place.params?.budget, script.name, show(script.security), show(found.security)];
      console.log(`| ${[...cells, show(difference), least].join(" | ")} |`);
    }
  }
}
