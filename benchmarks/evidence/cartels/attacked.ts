import { metricGains, metricIntervals } from "../../../src/frontier/scores.ts";
import { openRegistry } from "../../../src/library/registry.ts";
import { interval } from "../../../src/report/frontier-text.ts";
import { openPlace, type Place } from "../learners/place.ts";

const SELECT = 128;
const TEST = 512;
const STRICTNESSES = [0.75, 1];
/** Entries whose regulators react, at their rates; each is at every strictness. */
const REACTING: readonly (Place & { readonly rates: readonly number[] })[] = [
  { against: "patrol", rates: [0.25, 0.4, 0.5] },
  { against: "escalate", rates: [0.25, 0.4, 0.5] },
  { against: "pricing-cartel-population", saved: true, rates: [0.1, 0.25, 0.4] },
];
/** Scripts that a search for weaknesses of such regulators left. */
const ANSWERS = ["hush", "dodge", "nearly"];

/** Point by point: the worst of all other scripts, the worst of `ANSWERS`, and their paired difference, on episodes that chose neither. */
export async function attacked(): Promise<void> {
  const plugin = await openRegistry().environmentNamed("pricing-cartel");
  console.log("| at, against | worst of the others | leaves | worst of the three | leaves | difference |");
  console.log(`|${" --- |".repeat(6)}`);
  for (const { rates, ...regulator } of REACTING) {
    for (const params of rates.flatMap((auditRate) => STRICTNESSES.map((strictness) => ({ auditRate, strictness })))) {
      const { env, security, scripted, attacks, where, play, mostHarmful } = await openPlace(
        plugin,
        { ...regulator, params },
        1,
      );
      const [others, three] = [false, true].map((answers) =>
        mostHarmful(
          attacks.filter(({ name }) => ANSWERS.includes(name) === answers),
          SELECT,
        ),
      );
      const [clean, before, after] = [scripted("none"), others.seats, three.seats].map((seats) =>
        play(seats, "test", TEST),
      );
      const told = (counts: typeof clean) => interval(metricIntervals(env, counts, clean, 1)[security]);
      const gain = interval(metricGains(env, { before, after, clean }, 1)[security]);
      console.log(`| ${[where, others.name, told(before), three.name, told(after), gain].join(" | ")} |`);
    }
  }
}
