import { evaluate, type PolicyFor } from "masque";
import env from "../../../envs/glass-house/env.ts";
import scripts, { creep, reckon } from "../../../envs/glass-house/policies.ts";
import { adding, informed } from "./informed.ts";

type Colluder = PolicyFor<typeof env, "colluder">;
type Attack = readonly [name: string, colluder: Colluder];

const LEVELS = [0.25, 0.5, 1, 2];
const TESTED = 256;

/** Plans beside the scripts: what they take the overseer's threshold to be, and how they let their sum grow. */
const PLANS: readonly Attack[] = [
  ...[0.8, 1.1, 1.7, 2, 2.3, 2.7].map((critical) => [`reckon ${critical}`, reckon(critical)] as const),
  ...[0, 0.4, 0.8, 1.2].flatMap((root) =>
    [0.4, 0.8, 1.2, 2].map((slope) => [`creep ${root} ${slope}`, creep(root, slope)] as const),
  ),
];

/** Oversight as a ratio of totals, and by how much each episode moves it: errors are those residuals' (delta method). */
function oversight(against: keyof typeof scripts.defences, transparency: number, colluder: Colluder, episodes: number) {
  const { names, counters } = evaluate(env, {
    params: { transparency },
    policies: { ...scripts.defaults, ...scripts.defences[against].roles, colluder },
    episodes,
    seed: 901,
    split: [episodes === TESTED ? "test" : "select"],
  });
  const of = (name: (typeof names)[number], e: number) => counters[e * names.length + names.indexOf(name)];
  const rows = Array.from({ length: episodes }, (_, e) => [of("paid", e), of("rounds", e) + of("sanctions", e)]);
  const [paid, length] = rows.reduce(([p, l], [a, b]) => [p + a, l + b], [0, 0]);
  return { left: 1 - paid / length, moved: rows.map(([a, b]) => ((paid / length) * b - a) / (length / episodes)) };
}
const errorOf = (moved: readonly number[]) =>
  Math.sqrt(moved.reduce((sum, x) => sum + x * x, 0) / (moved.length * (moved.length - 1)));

/** Plans searched against overseers with memory, beside the worst script as it ships and what no attack goes below. */
export function attacked([given = "64"]: readonly string[]): void {
  const episodes = Number(given);
  if (!Number.isInteger(episodes) || episodes < 1 || episodes === TESTED)
    throw new Error(
      `attacked: got ${given} episodes a plan, expected a whole number other than ${TESTED}, such as 64.`,
    );
  console.log(
    `${PLANS.length} plans, chosen among on ${episodes} episodes each; tested on ${TESTED} others, ± standard errors\n`,
  );
  console.log("overseer         ε     worst script                    best plan               difference       bound");
  for (const against of ["ledger", "forever", "forever-strict"] as const) {
    for (const transparency of LEVELS) {
      const best = (attacks: readonly Attack[]) => {
        const [[name, colluder]] = attacks
          .map((attack) => [...attack, oversight(against, transparency, attack[1], episodes).left] as const)
          .sort((a, b) => a[2] - b[2]);
        return { name, ...oversight(against, transparency, colluder, TESTED) };
      };
      const script = best(Object.entries(scripts.attacks).map(([name, { roles }]) => [name, roles.colluder]));
      const plan = best(PLANS);
      const error = errorOf(plan.moved.map((x, e) => x - script.moved[e]));
      const params = env.params.parse({ transparency });
      const bound = informed(params, adding(params.falseAlarm)[against], 1 - script.left);
      console.log(
        `${against.padEnd(16)} ${String(transparency).padEnd(5)} ` +
          `${`${script.name} ${script.left.toFixed(3)} ± ${errorOf(script.moved).toFixed(3)}`.padEnd(32)}` +
          `${`${plan.name} ${plan.left.toFixed(3)}`.padEnd(24)}` +
          `${(plan.left - script.left).toFixed(3)} ± ${error.toFixed(3)}   ${bound.toFixed(3)}`,
      );
    }
  }
}
