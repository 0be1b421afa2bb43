import { InputError, type PolicyFor, Rng, score } from "masque";
import env, { type JailbreakCascade } from "../../../envs/jailbreak-cascade/env.ts";
import { AMOUNTS, TARGETS, VIRALITIES } from "../../../envs/jailbreak-cascade/model.ts";
import scripts from "../../../envs/jailbreak-cascade/policies.ts";
import { mean, standardError } from "../../../src/stats/index.ts";
import { startBound } from "./bound.ts";

type Attacker = PolicyFor<typeof env, "attacker">;
type Defence = "default" | keyof typeof scripts.defences;
interface Level {
  readonly defence: Defence;
  readonly params: Partial<JailbreakCascade>;
}

/** What entries on the track are ranked by. */
const levels: readonly Level[] = [
  ...(["hubs-first", "relaxing"] as const).flatMap((defence) =>
    [0.2, 0.35, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9].map((filter) => ({ defence, params: { filter } })),
  ),
  ...[0.02, 0.1].flatMap((quarantine) =>
    [0.2, 0.5, 0.7].map((filter) => ({ defence: "default" as const, params: { filter, quarantine } })),
  ),
  ...(["thermostat", "extinguish"] as const).flatMap((defence) =>
    [0.5, 0.7, 0.8, 0.9].map((filter) => ({ defence, params: { filter } })),
  ),
];

/** Play that changes with time and with what filters did last: more than any script says. */
export interface Schedule {
  /** Viralities by number: while filters are up, before the step `turn` and from it on; and while they are down. */
  readonly early: number;
  readonly later: number;
  readonly down: number;
  readonly turn: number;
  /** Quarters of the budget that go in the first steps; four at once. */
  readonly quarters: number;
  /** The step from which the rest goes, by a quarter or all at once, … */
  readonly rest: number;
  readonly whole: boolean;
  /** … while prevalence is at most this, … */
  readonly below: number;
  /** … and filters are down, if it waits for that. */
  readonly waits: boolean;
  readonly target: (typeof TARGETS)[number];
}

export const follow =
  (plan: Schedule): Attacker =>
  ({ params, at: sees }) => ({
    act({ rows, obs, obsSize, actions, actionSize }) {
      for (let row = 0; row < rows; row++) {
        const from = row * obsSize;
        const step = Math.round(obs[from + sees.time] * params.steps);
        const down = step > 0 && obs[from + sees.strength + 1] < params.filter / 2;
        const due = step >= plan.rest && obs[from + sees.prevalence] <= plan.below && (down || !plan.waits);
        const quarter = step < plan.quarters || (due && !plan.whole);
        const all = (step === 0 && plan.quarters === 4) || (due && plan.whole);
        const at = row * actionSize;
        actions[at] = down ? plan.down : step < plan.turn ? plan.early : plan.later;
        actions[at + 1] = all ? AMOUNTS.length - 1 : quarter ? 1 : 0;
        actions[at + 2] = TARGETS.indexOf(plan.target);
      }
    },
  });

const ranges: { readonly [K in keyof Schedule]: readonly Schedule[K][] } = {
  early: VIRALITIES.map((_, i) => i),
  later: VIRALITIES.map((_, i) => i),
  down: [3, 5, 7, 7, 7],
  turn: [5, 10, 20, 30, 50, 64, 65],
  quarters: [0, 1, 2, 3, 4, 4],
  rest: [0, 5, 10, 20, 40, 55, 60, 62, 64, 65, 66],
  whole: [false, true],
  below: [0.0005, 0.002, 0.01, 0.03, 0.1, 1, 1],
  waits: [false, true],
  target: ["influence", "influence", "influence", "leaves", "hubs", "shells", "random"],
};
/** Another schedule: every part of it drawn anew with this probability. */
function vary(plan: Schedule | undefined, probability: number, rng: Rng): Schedule {
  const drawn = Object.entries(ranges).map(([key, values]) => {
    const kept = plan?.[key as keyof Schedule];
    return [key, kept === undefined || rng.float() < probability ? values[rng.int(0, values.length)] : kept];
  });
  return Object.fromEntries(drawn) as unknown as Schedule;
}

/** Security of every episode, in the order of their numbers. */
function played({ defence, params }: Level, attacker: Attacker, episodes: number, split: string): number[] {
  const { names, counters } = score(env, {
    scripts,
    params,
    attack: { attacker },
    defence,
    episodes,
    split: [split],
  }).episodes.attacked;
  const [infected, steps] = [names.indexOf("infected"), names.indexOf("steps")];
  return Array.from({ length: episodes }, (_, e) => {
    const row = e * names.length;
    return 1 - counters[row + infected] / counters[row + steps];
  });
}

const STEPS = 100;
/** The most harmful of many schedules: half of the steps on any, half on what is near the best, on new episodes each time. */
function search(level: Level, steps: number, rng: Rng): Schedule {
  const rank = (plans: readonly Schedule[], episodes: number, split: string) =>
    plans
      .map((plan) => ({ plan, security: mean(played(level, follow(plan), episodes, split)) }))
      .sort((a, b) => a.security - b.security)
      .map(({ plan }) => plan);
  // What scripts do stands among the first: whole budgets at once, and one virality throughout while filters are up.
  const plain = {
    down: 7,
    turn: 5,
    quarters: 4,
    rest: 0,
    whole: true,
    below: 1,
    waits: false,
    target: "influence",
  } as const;
  const drawn = Array.from({ length: Math.ceil(steps / (2 * 8 * STEPS)) }, () => vary(undefined, 1, rng));
  const first = [...VIRALITIES.map((_, v) => ({ ...plain, early: v, later: v })), ...drawn];
  let best = rank(first, 8, "any").slice(0, 6);
  const rounds = 4;
  const many = Math.ceil(steps / (2 * rounds * 24 * STEPS));
  for (let round = 0; round < rounds; round++) {
    const near = Array.from({ length: many }, (_, i) => vary(best[i % best.length], 0.25, rng));
    best = rank([...best, ...near], 24, `near-${round}`).slice(0, 6);
  }
  return best[0];
}

const CLAIMED = 256;
/** Level by level: the most harmful script, the most harmful schedule found, both on episodes that neither was chosen by. */
export function printAttacked([given = "100000", only]: readonly string[]): void {
  const steps = Number(given);
  if (!Number.isInteger(steps) || steps < 1 || steps > 1e8)
    throw new InputError(`attacked: got ${given}, expected how many steps to search a level, 1 to 100000000.`);
  const chosen = levels.filter(({ defence }) => only === undefined || defence === only);
  if (chosen.length === 0)
    throw new InputError(
      `attacked: got the defence "${only}", expected ${[...new Set(levels.map(({ defence }) => defence))].join(", ")}.`,
    );
  console.log(
    "| defence | filter | quarantine | script | leaves | found | found − script | ± | at once, no attack below |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|");
  for (const level of chosen) {
    const { filter = 0, quarantine = 0 } = level.params;
    const worst = Object.entries(scripts.attacks)
      .map(([name, { roles }]) => ({
        name,
        attacker: roles.attacker,
        security: mean(played(level, roles.attacker, 32, "any")),
      }))
      .reduce((a, b) => (b.security < a.security ? b : a));
    const plan = search(level, steps, new Rng(1, "attacked", level.defence, String(filter), String(quarantine)));
    const [script, found] = [worst.attacker, follow(plan)].map((attacker) => played(level, attacker, CLAIMED, "claim"));
    const less = found.map((security, e) => security - script[e]);
    const bound = startBound(level.defence, env.params.parse(level.params));
    const cells = [level.defence, filter, quarantine, worst.name, mean(script).toFixed(3), mean(found).toFixed(3)];
    cells.push(mean(less).toFixed(4), standardError(less).toFixed(4), bound === null ? "" : bound.toFixed(3));
    console.log(`| ${cells.join(" | ")} |`);
    console.log(`<!-- ${JSON.stringify(plan)} -->`);
  }
}
