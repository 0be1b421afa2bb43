import { type PolicyFor, tunable } from "masque";
import scriptSearch from "../../../baselines/script-search.ts";
import type env from "../../../envs/swarm-flood/env.ts";
import { swarm } from "../../../envs/swarm-flood/policies.ts";
import { InputError, unknownName } from "../../../src/data/errors.ts";
import { metricGains, metricIntervals } from "../../../src/frontier/scores.ts";
import { openRegistry } from "../../../src/library/registry.ts";
import type { Tunable } from "../../../src/policy/policy.ts";
import { settingText } from "../../../src/policy/tunable.ts";
import type { Estimate } from "../../../src/stats/index.ts";
import { openPlace, type Place } from "../learners/place.ts";

type Bot = PolicyFor<typeof env, "bot">;

/** Levels of every entry on the board, and of `latch`. */
const PLACES: readonly (Place & { readonly against: string })[] = [
  ...[4.5, 3.2, 2.5, 2, 1.6, 1.2, 0.8].map((tolerance) => ({ params: { tolerance }, against: "default" })),
  ...[2, 1.5, 1, 0.75].map((rate) => ({ params: { rate }, against: "default" })),
  ...["surge", "crackdown", "latch", "swarm-flood-learned"].flatMap((against) =>
    [3.2, 2.5, 2, 1.6].map((tolerance) => ({
      params: { tolerance },
      against,
      saved: against === "swarm-flood-learned",
    })),
  ),
];
const SELECT = 128;
const TEST = 512;

/** Bots that play one of several swarms in each step. */
const inTurn =
  (swarms: readonly Bot[], turn: (step: number) => number): Bot =>
  (context) => {
    const members = swarms.map((one) => one(context));
    return {
      stateSize: members[0].stateSize,
      // Episodes are all of one length: copies are at the same step, which swarms count first in their memory.
      act: (batch) => members[turn(batch.state[0])].act(batch),
    };
  };

const share = (at: number) => ({ low: 0, high: 2, at, says: "share of the tolerance up to which it asks" });
/** Rounds of four steps, each with a reach of its own, from a step of its own on; the last steps of an episode are bolder. */
export const rounds = tunable({
  dials: {
    reach0: share(0.8),
    reach1: share(0.1),
    reach2: share(0.8),
    reach3: share(0.1),
    start: { low: 0, high: 36, at: 31, integer: true, natural: "low", says: "steps before the first" },
    last: { low: 0, high: 12, at: 2, integer: true, natural: "low", says: "steps at the end that are bolder" },
    bold: share(1),
  },
  roles: ({ start, last, bold, reach0, reach1, reach2, reach3 }) => ({
    bot: ((context) => {
      const each = [reach0, reach1, reach2, reach3];
      const end = context.params.warmUp + context.params.steps - last;
      return inTurn(
        [0, bold, ...each].map((reach) => swarm(() => ({ period: 1, reach, stagger: 0, rotate: false }))),
        (step) => (step >= end ? 1 : step < start ? 0 : 2 + ((step - start) % each.length)),
      )(context);
    }) satisfies Bot as Bot,
  }),
});

const figure = ({ mean, low, high }: Estimate) => `${mean.toFixed(3)} ± ${((high! - low!) / (2 * 1.96)).toFixed(3)}`;

/** The most harmful script of every place beside the best of two searches, in `budget` steps each. */
export async function printAttacked([budget = "300000", ...defences]: readonly string[]): Promise<void> {
  const known = [...new Set(PLACES.map(({ against }) => against))];
  for (const one of defences) if (!known.includes(one)) throw unknownName("defence to attack", one, known);
  if (!(Number(budget) >= 100_000))
    throw new InputError(`swarm-flood attacked: got ${budget} steps a search, expected 100000 or more.`);
  const plugin = await openRegistry().environmentNamed("swarm-flood");
  const scripts = await plugin.policies();
  const declared = Object.fromEntries(Object.entries(rounds.dials).map(([name, { at }]) => [name, at]));
  const shape = rounds as unknown as Tunable;
  const policies = async () => ({
    ...scripts,
    attacks: { ...scripts.attacks, rounds: { roles: shape.roles(declared) } },
    tunable: { ...scripts.tunable, rounds: shape },
  });
  console.log(`Security ± standard error in ${TEST} episodes that nothing was chosen by.\n`);
  console.log("| against | most harmful script | security | best found | security | difference |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const place of PLACES) {
    if (defences.length > 0 && !defences.includes(place.against)) continue;
    const { env, security, scripted, attacks, where, play, mostHarmful, train } = await openPlace(
      { ...plugin, policies },
      place,
      1,
    );
    const found = [];
    for (const script of ["rounds", "hug-pulse"]) {
      const { policies, seats } = await train(scriptSearch({ script }), {
        budget: Number(budget),
        seed: 1,
        aimed: true,
      });
      const { set } = Object.values(policies).find((one) => one.script?.name === script)!.script!;
      found.push({ name: settingText(script, set), seats });
    }
    const [script, searched] = [attacks.filter(({ name }) => name !== "rounds"), found].map((one) =>
      mostHarmful(one, SELECT),
    );
    const [clean, before, after] = [scripted("none"), script.seats, searched.seats].map((seats) =>
      play(seats, "test", TEST),
    );
    const of = (attacked: typeof before) => figure(metricIntervals(env, attacked, clean, 1)[security]);
    const gain = figure(metricGains(env, { before, after, clean }, 1)[security]);
    console.log(`| ${[where, script.name, of(before), searched.name, of(after), gain].join(" | ")} |`);
  }
}
