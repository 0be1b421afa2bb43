import env, { type GlassHouse } from "../../../envs/glass-house/env.ts";
import { bestResponse } from "../../../envs/glass-house/theory.ts";
import { openRegistry } from "../../../src/library/registry.ts";
import { openPlace } from "../learners/place.ts";
import { adding, informed } from "./informed.ts";

const LEVELS = [0.25, 0.5, 1, 2];
const DIALLED = ["reckon", "reckon-strict", "creep", "creep-even"];
const EPISODES = 256;
type Played = ReturnType<Awaited<ReturnType<typeof openPlace>>["play"]>;

/** Oversight as a ratio of totals, and by how much each episode moves it: their errors are those residuals' (delta method). */
function oversight({ names, counters }: Played) {
  const episodes = counters.length / names.length;
  const of = (name: string, e: number) => counters[e * names.length + names.indexOf(name)];
  const rows = Array.from({ length: episodes }, (_, e) => [of("paid", e), of("rounds", e) + of("sanctions", e)]);
  const [paid, length] = rows.reduce(([p, l], [a, b]) => [p + a, l + b], [0, 0]);
  return { left: 1 - paid / length, moved: rows.map(([a, b]) => ((paid / length) * b - a) / (length / episodes)) };
}
const errorOf = (moved: readonly number[]) =>
  Math.sqrt(moved.reduce((sum, x) => sum + x * x, 0) / (moved.length * (moved.length - 1)));

/** What no attack brings oversight below: exact where nothing is remembered, and for a colluder who sees more where it is. */
function leastAgainst(overseer: string, params: GlassHouse, guess: number): number {
  const { window, sanction, falseAlarm } = params;
  if (overseer === "default") return bestResponse(params).oversight;
  // Who accuses by lot is best answered by full bias.
  if (overseer === "lottery") return 1 - ((1 - falseAlarm) * window) / (window + falseAlarm * sanction);
  return informed(params, adding(falseAlarm)[overseer], 1 - guess);
}

/** Dials of scripts searched against overseers with memory, beside the worst script as it ships and what no attack exceeds. */
export async function attacked([given = "200000"]: readonly string[]): Promise<void> {
  const budget = Number(given);
  if (!Number.isInteger(budget) || budget < 1)
    throw new Error(`attacked: got ${given} steps, expected a whole number, such as 200000.`);
  const registry = openRegistry();
  const plugin = await registry.environmentNamed("glass-house");
  const search = await registry.baseline("script-search");
  console.log(`${budget} steps a script and level; tests of ${EPISODES} episodes that nothing was chosen by\n`);
  console.log(
    "overseer         ε      worst script            found by search         difference        no attack below",
  );
  for (const against of ["default", "lottery", "ledger", "forever", "forever-strict"]) {
    for (const transparency of LEVELS) {
      const place = await openPlace(plugin, { params: { transparency }, against, security: "oversight" }, 901);
      const rank = (seats: Parameters<typeof place.play>[0], split: string) =>
        oversight(place.play(seats, split, EPISODES));
      const worst = place.attacks
        .map(({ name, seats }) => ({ name, seats, chosen: rank(seats, "select").left }))
        .reduce((a, b) => (b.chosen < a.chosen ? b : a));
      const found = [];
      for (const script of DIALLED) {
        const { seats } = await place.train(search({ script }), { budget, seed: 902, aimed: true });
        found.push({ name: script, seats, chosen: rank(seats, "select").left });
      }
      const best = found.reduce((a, b) => (b.chosen < a.chosen ? b : a));
      const [shipped, searched] = [worst, best].map(({ seats }) => rank(seats, "test"));
      const difference = searched.left - shipped.left;
      const error = errorOf(searched.moved.map((x, e) => x - shipped.moved[e]));
      const params = env.params.parse({ transparency });
      const least = leastAgainst(against, params, shipped.left);
      console.log(
        `${against.padEnd(16)} ${String(transparency).padEnd(6)} ` +
          `${`${worst.name} ${shipped.left.toFixed(3)} ± ${errorOf(shipped.moved).toFixed(3)}`.padEnd(32)}` +
          `${`${best.name} ${searched.left.toFixed(3)}`.padEnd(24)}` +
          `${difference.toFixed(3)} ± ${error.toFixed(3)}    ${least.toFixed(3)}`,
      );
    }
  }
}
