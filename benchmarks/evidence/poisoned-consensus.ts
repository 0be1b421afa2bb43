import { evaluate, metricsOf, random, sumCounters } from "masque";
import env, { type PoisonedConsensus } from "../../envs/poisoned-consensus/env.ts";
import { teams } from "../../envs/poisoned-consensus/laws.ts";
import { PUSHES } from "../../envs/poisoned-consensus/model.ts";
import { type Byzantine, type Plan, type Push, plan } from "../../envs/poisoned-consensus/plans.ts";
import scripts from "../../envs/poisoned-consensus/policies.ts";
import { type Program, program } from "../../envs/poisoned-consensus/program.ts";
import * as theory from "../../envs/poisoned-consensus/theory.ts";
import type { Evidence } from "./evidence.ts";

export type Given = Partial<PoisonedConsensus>;
export type Attack = keyof typeof scripts.attacks | "random" | Byzantine;
export type Defence = keyof typeof scripts.defences | "default" | "random";

export interface Measured {
  readonly utility: number;
  readonly security: number;
  /** 1 − added loss over what learning together is worth, not cut to [0, 1]: tells bad from worse. */
  readonly raw: number;
  /** Loss a round, in peace and under attack. */
  readonly peace: number;
  readonly attacked: number;
}

interface Options {
  readonly defence?: Defence;
  readonly episodes?: number;
  readonly split?: string;
}

/** Plays attacks, scripts by name or policies, each in the same episodes as one play in peace. */
export function measure(
  params: Given,
  attacks: readonly Attack[],
  { defence = "default", episodes = 64, split = "evidence" }: Options = {},
): Measured[] {
  const server =
    defence === "default"
      ? scripts.defaults.server
      : defence === "random"
        ? random
        : scripts.defences[defence].roles.server;
  const count = (byzantine: Byzantine) =>
    sumCounters(evaluate(env, { params, policies: { server, byzantine }, episodes, seed: 1, split: [split] }));
  const c = count(scripts.attacks.none.roles.byzantine);
  const { utility } = metricsOf(env, c, c);
  return attacks.map((attack) => {
    const byzantine =
      typeof attack === "function" ? attack : attack === "random" ? random : scripts.attacks[attack].roles.byzantine;
    const a = count(byzantine);
    return {
      utility,
      security: metricsOf(env, a, c).security,
      raw: 1 - (a.loss - c.loss) / (c.alone - c.free),
      peace: c.loss / c.rounds,
      attacked: a.loss / a.rounds,
    };
  });
}

export const attackers = Object.keys(scripts.attacks).filter((name) => name !== "none") as Attack[];

/** All scripts, the most harmful first. */
export const ranked = (params: Given, options: Options = {}, names: readonly Attack[] = attackers) =>
  measure(params, names, options)
    .map((one, i) => ({ attack: names[i], ...one }))
    .sort((a, b) => a.raw - b.raw);

const figure = (value: number) => value.toFixed(3);
const name = (given: object) =>
  Object.entries(given)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ");

function line(given: Given, options: Options = {}): void {
  const all = ranked(given, options);
  const worst = all.slice(0, 4).map(({ attack, raw }) => `${attack} ${figure(raw)}`);
  console.log(
    `${name(given)}: U ${figure(all[0].utility)} S ${figure(all[0].security)}; unclipped: ${worst.join(", ")}`,
  );
}

/** Every plan that was tried for the scripted attacks. */
export const plans: readonly Plan[] = (() => {
  const all: Plan[] = [];
  const levels: Push[] = [-4, -2, -1.5, -1, -0.75, -0.5, 0.5, 0.75, 1, 1.5, 2, 4];
  const large = levels.filter((push) => Math.abs(Number(push)) > 0.8);
  for (const push of levels) all.push({ push });
  for (const push of [1, 1.5, 2, 4] as const) {
    for (const half of [4, 6, 8, 12, 16, 20, 24, 32]) all.push({ push, half });
    for (const turn of [0.5, 0.7, 0.95, 1.2]) all.push({ push, turn });
  }
  for (const half of [8, 10, 12, 14, 16])
    for (const back of [16, 18, 20, 22, 24, 28]) if (back !== half) all.push({ push: 4, half, back });
  for (const push of large) {
    for (const rest of ["honest", -1, -0.75, -0.5, 0.5, 0.75, 1] as const)
      for (const ceiling of [0.5, 0.7, 0.85, 0.95]) if (rest !== push) all.push({ push, rest, ceiling });
    for (const hidden of [-4, -2, -1, "honest", 1, 2, 4] as const)
      for (const late of [0, 2, 5]) all.push({ push, hidden, late });
  }
  for (const push of [-4, -2, 2, 4] as const)
    for (const rest of ["honest", -2, -1, -0.5, 0.5, 1, 2] as const)
      for (const [ceiling, resume] of [
        [0.9, 0.5],
        [0.9, 0],
        [0.7, 0.3],
        [0.5, 0],
      ])
        for (const late of [0, 4, 8]) if (rest !== push) all.push({ push, rest, ceiling, resume, late });
  for (const push of [-4, 2, 4] as const)
    for (const hidden of [4, 2, -1, -2, -4] as const)
      for (const sunk of [-4, -2, 4] as const)
        for (const ceiling of [0.6, 0.9, 1.1, 1.4, 1.8, 2.4])
          if (sunk !== hidden) {
            const turn = (value: Push) => (push < 0 ? (-Number(value) as Push) : value);
            all.push({ push, hidden: turn(hidden), sunk: turn(sunk), ceiling });
          }
  return all;
})();

/** Plans at a setting, the most harmful first; the best dozen of four episodes are met again on others. */
export function search(given: Given, { episodes = 4, again = 32 } = {}) {
  const harm = (some: readonly Plan[], count: number, split: string) =>
    measure(given, some.map(plan), { episodes: count, split })
      .map(({ raw }, i) => ({ one: some[i], raw }))
      .sort((a, b) => a.raw - b.raw);
  const first = harm(plans, episodes, "search").slice(0, 12);
  return harm(
    first.map(({ one }) => one),
    again,
    "again",
  );
}

const SETTINGS: readonly Given[] = [
  { discard: 0.2, memory: 0 },
  { discard: 0.2, memory: 0.7 },
  { discard: 0.2, memory: 0.9 },
  { discard: 0.2, memory: 0.95 },
  { discard: 0.2, memory: 0.97 },
  { discard: 0.3, memory: 0.9 },
];
const RULES = ["counted", "always", "frozen"] as const;

/** Attackers who play the exact programme: they share what they see of the error. */
export const exact =
  (best: Program): Byzantine =>
  ({ at }) => ({
    stateSize: 1,
    act({ rows, count, obs, obsSize, state, actions }) {
      for (let row = 0; row < rows; row++) {
        const t = state[row]++;
        actions[row] = best.actions(t, obs[row * obsSize + at.error])[row % count];
      }
    },
  });

/** Open-loop pushes that the linear law knows: their values by round, and the plans that play them. */
export const lawful: readonly (readonly [string, Given, Plan, ((t: number) => number) | undefined])[] = [
  ["none", { anchor: 0 }, { push: "honest" }, undefined],
  ["none, w = .5", { anchor: 0.5 }, { push: "honest" }, undefined],
  ["alone", { anchor: 1 }, { push: "honest" }, undefined],
  ["constant 1", { anchor: 0 }, { push: 1 }, () => 1],
  ["constant 4, w = .5", { anchor: 0.5 }, { push: 4 }, () => 4],
  ["wave of 4, half 8", { anchor: 0 }, { push: 4, half: 8 }, (t) => (Math.floor(t / 8) % 2 ? -4 : 4)],
];

function printLaw(): void {
  console.log("Loss with nothing left out, by the linear law and over 512 episodes");
  for (const [title, given, one, push] of lawful) {
    const p = env.params.parse({ ...given, discard: 0, memory: 0 });
    const [{ attacked }] = measure(p, [plan(one)], { episodes: 512 });
    console.log(`  ${title}: ${theory.plainLoss(p, push).toFixed(5)} ${attacked.toFixed(5)}`);
  }
  console.log(
    "Trimmed mean, 20 workers, no minority: bias a coordinate by b dropped at each end, and loss at a push of 4",
  );
  for (const [byzantine, discard, push] of [
    [4, 0.4, 4],
    [4, 0.9, 4],
    [8, 0.9, 2],
    [8, 0.9, 4],
  ] as const) {
    const given = { byzantine, discard, rule: "trimmed", spread: 0, minority: 0, anchor: 0 } as const;
    const ends = Math.floor((discard * 20) / 2);
    const [{ attacked }] = measure(given, [plan({ push })], { episodes: 128 });
    const bias = theory.trimmedBias(env.params.parse(given), ends, push);
    console.log(`  f = ${byzantine}, b = ${ends}, push ${push}: bias ${bias.toFixed(4)}, loss ${attacked.toFixed(3)}`);
  }
}

function printProgram(): void {
  for (const given of [
    { anchor: 0.5, discard: 0 },
    { anchor: 0, discard: 0.2 },
    { anchor: 0, discard: 0.3 },
    { anchor: 0.3, discard: 0.2 },
    { anchor: 0.75, discard: 0.2 },
  ]) {
    const p = env.params.parse({ ...given, memory: 0 });
    const best = program(p);
    const bound = theory.bestResponse(p)!.security;
    const [{ security: played }] = measure(p, [exact(best)], { episodes: 256 });
    const [script] = ranked(p, { episodes: 256 });
    console.log(
      `${name(given)}: exact ${figure(bound)}, played ${figure(played)}, best script ${script.attack} ${figure(script.security)}`,
    );
  }
}

function printFrontier(): void {
  for (const memory of [0, 0.9]) for (const anchor of [0, 0.15, 0.3, 0.5, 0.75]) line({ anchor, memory });
  for (const memory of [0.7, 0.95, 0.97]) line({ anchor: 0, memory });
  for (const discard of [0, 0.1, 0.3, 0.5]) line({ anchor: 0, discard });
  line({ anchor: 1, discard: 0.5, memory: 0.97 });
  for (const memory of [0, 0.9]) {
    const [max, random] = measure({ anchor: 0, memory }, ["max", "random"]);
    console.log(`memory ${memory}: max ${figure(max.raw)}, pushes drawn anew ${figure(random.raw)}`);
  }
}

function printRules(): void {
  for (const given of SETTINGS) for (const scoring of RULES) line({ scoring, anchor: 0, ...given });
}

function printSearch(settings: readonly string[]): void {
  const given = settings.length > 0 ? [Object.fromEntries(settings.map((pair) => pair.split("=")))] : SETTINGS;
  for (const one of given.flatMap((some) => RULES.map((scoring) => ({ scoring, anchor: 0, ...some })))) {
    const params = Object.fromEntries(
      Object.entries(one).map(([key, value]) => [key, Number.isNaN(Number(value)) ? value : Number(value)]),
    ) as Given;
    const found = search(params).slice(0, 3);
    console.log(`${name(params)}: ${found.map(({ one, raw }) => `${figure(raw)} ${JSON.stringify(one)}`).join("; ")}`);
  }
}

/** Attackers who push for ever, each as it was told. */
const team =
  (actions: readonly number[]): Byzantine =>
  () => ({
    act({ rows, count, actions: out }) {
      for (let row = 0; row < rows; row++) out[row] = actions[row % count];
    },
  });

function printTeams(): void {
  for (const memory of [0.9, 0.95]) {
    const given = { anchor: 0, memory };
    const best = (all: readonly (readonly number[])[], episodes: number, split: string) =>
      measure(given, all.map(team), { episodes, split })
        .map(({ raw }, i) => ({ actions: all[i], raw }))
        .sort((a, b) => a.raw - b.raw);
    const first = best(teams(4), 2, "search").slice(0, 16);
    const again = best(
      first.map(({ actions }) => actions),
      64,
      "evidence",
    );
    const told = again
      .slice(0, 4)
      .map(({ actions, raw }) => `${figure(raw)} ${actions.map((a) => PUSHES[a]).join("/")}`);
    console.log(`${name(given)}: ${told.join(", ")}`);
  }
}

function printDefences(): void {
  for (const anchor of [0, 0.3])
    for (const defence of ["default", "wary", "thermostat", "panic", "lottery"] as const) {
      process.stdout.write(`${defence}, `);
      line({ anchor }, { defence });
    }
}

function printGossip(): void {
  for (const reach of [2, 4])
    for (const place of ["spread", "cluster"] as const)
      for (const [discard, memory] of [
        [0.25, 0],
        [0.25, 0.9],
        [0.5, 0],
        [0.5, 0.9],
      ])
        line({ network: "gossip", reach, place, anchor: 0, discard, memory }, { episodes: 32 });
  for (const place of ["spread", "cluster"] as const)
    line({ network: "gossip", place, rule: "trimmed", anchor: 0, discard: 0.8 }, { episodes: 32 });
}

export default {
  law: { summary: "the linear law and the trimmed mean's bias, beside play", print: printLaw },
  program: { summary: "the exact best response to a server without memory, beside scripts", print: printProgram },
  frontier: { summary: "the most harmful scripts at the dials' levels (two minutes)", print: printFrontier },
  rules: { summary: "the three ways to score, the most harmful scripts against each (two minutes)", print: printRules },
  search: { summary: "1001 plans against each way to score (half an hour; or KNOB=VALUE…)", print: printSearch },
  teams: { summary: "all 1820 ways in which four attackers can push for ever (five minutes)", print: printTeams },
  defences: { summary: "defences that react, beside the dials", print: printDefences },
  gossip: { summary: "rings, attackers apart and side by side", print: printGossip },
} satisfies Evidence;
