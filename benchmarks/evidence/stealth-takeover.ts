import {
  evaluate,
  metricsOf,
  type PolicyFactory,
  resolveParams,
  type ScriptedPolicies,
  score,
  sumCounters,
  train,
} from "masque";
import cem from "../../baselines/cem.ts";
import jointPpo from "../../baselines/joint-ppo.ts";
import env, { type StealthTakeover } from "../../envs/stealth-takeover/env.ts";
import { phase, programmed, raid, type Strike, sentinel, sync } from "../../envs/stealth-takeover/intruders.ts";
import { LOUD, PING, QUIET } from "../../envs/stealth-takeover/model.ts";
import scripts from "../../envs/stealth-takeover/policies.ts";
import * as theory from "../../envs/stealth-takeover/theory.ts";
import { guard, rang, roam } from "../../envs/stealth-takeover/wardens.ts";
import type { Evidence } from "./evidence.ts";

type Given = Partial<StealthTakeover>;
type Intruder = (typeof scripts.attacks)[keyof typeof scripts.attacks]["roles"]["intruder"];
type Warden = typeof scripts.defaults.warden;

const named = Object.keys(scripts.attacks) as (keyof typeof scripts.attacks)[];
const given = (params: Given): StealthTakeover => resolveParams(env, params) as StealthTakeover;
const of = (value: number) => value.toFixed(3);

/** The attack, its security and both utilities. */
export function measure(params: Given, intruder: Intruder, warden: Warden, episodes: number) {
  const { clean, attacked } = score(env, {
    scripts: scripts as ScriptedPolicies as never,
    params,
    attack: { intruder } as never,
    defence: { warden } as never,
    episodes,
    split: ["test"],
  });
  return { clean: clean.utility, utility: attacked.utility, security: attacked.security, freedom: attacked.freedom };
}

/** Security alone, without the clean arm. */
function secured(params: Given, intruder: Intruder, warden: Warden, episodes: number): number {
  const policies = { intruder, warden };
  const counters = sumCounters(evaluate(env, { params, policies, episodes, seed: 1, split: ["search"] }));
  return metricsOf(env, counters, counters).security;
}

/** The worst script: the least of four means, of the four that were worst on other episodes. */
export function worst(params: Given, warden: Warden = scripts.defaults.warden, episodes = 400) {
  return named
    .map((name) => ({ name, found: secured(params, scripts.attacks[name].roles.intruder, warden, 48) }))
    .sort((a, b) => a.found - b.found)
    .slice(0, 4)
    .map(({ name }) => ({ name, ...measure(params, scripts.attacks[name].roles.intruder, warden, episodes) }))
    .reduce((a, b) => (b.security < a.security ? b : a));
}

function facts(): void {
  console.log("Renewals (R = 1, loud strikes never fail, no scan, no foothold needed), gain a step:");
  const sure: Given = { resources: 1, foothold: 1, loud: 1, scan: 0, hunt: 0, steps: 4000 };
  for (const [reset, period] of [
    [0.1, 6],
    [0.05, 8],
    [0.2, 4],
  ]) {
    const attack = raid({ strike: LOUD, period, check: LOUD });
    const played = 1 - measure({ ...sure, reset }, attack, scripts.defaults.warden, 100).security;
    console.log(`  α ${reset}, τ ${period}: theory ${of(theory.renewalGain(reset, period, 2))}, played ${of(played)}`);
  }
  const best = [0.02, 0.05, 0.1, 0.2, 0.4, 0.5].map((reset) => of(theory.bestRenewal(reset, 2).security));
  console.log(`  least security of all τ at α .02 .05 .1 .2 .4 .5: ${best.join(" ")}`);
  console.log(
    "One resource, no foothold needed: the exact best response, and the script that plays it (20 of 4000 steps)",
  );
  for (const [reset, scan] of [
    [0.05, 0],
    [0.1, 0],
    [0.2, 0],
    [0, 0.3],
    [0.05, 0.2],
    [0.1, 0.2],
  ]) {
    const params: Given = { resources: 1, foothold: 1, steps: 4000, reset, scan };
    const exact = theory.bestResponse(given(params))!.security;
    const played = measure(params, programmed, scripts.defaults.warden, 20).security;
    console.log(`  α ${reset}, π ${scan}: exact ${of(exact)}, played ${of(played)}`);
  }
  console.log("Four resources, no hunt: if each had a foothold for ever, and the worst script");
  for (const [reset, scan] of blind) {
    const params = { reset, scan, hunt: 0 };
    const { name, security } = worst(params);
    console.log(`  α ${reset}, π ${scan}: footed ${of(theory.footed(given(params)))}, ${name} ${of(security)}`);
  }
  sweeps();
}

function sweeps(): void {
  const left = [0.02, 0.05, 0.1, 0.15, 0.2].map((reset) => of(theory.seeingAll(given({ reset, scan: 0 }), true)));
  console.log(`Sweeps at α .02 .05 .1 .15 .2 against intruders who see who holds what: ${left.join(" ")}`);
  const alike = [0.05, 0.1, 0.2].map((reset) => of(theory.seeingAll(given({ reset, scan: 0 }), false)));
  console.log(`Memoryless resets at α .05 .1 .2, likewise: ${alike.join(" ")}`);
}

/** Levels of a warden that does not hunt: α and π. */
const blind = [
  [0.02, 0],
  [0.05, 0],
  [0.1, 0],
  [0.2, 0],
  [0, 0.1],
  [0, 0.3],
  [0.05, 0.1],
  [0.05, 0.2],
  [0.1, 0.2],
] as const;

function arms(): void {
  const line = (arm: string, warden: Warden, params: Given) => {
    const free = worst({ hunt: 0, ...params, outage: 0 }, warden);
    const priced = measure({ hunt: 0, ...params }, scripts.attacks[free.name].roles.intruder, warden, 400);
    console.log(
      `${arm.padEnd(11)} α ${params.reset} π ${params.scan}: U ${of(free.utility)} (clean ${of(free.clean)}), with outages ` +
        `${of(priced.utility)}; S ${of(free.security)} ${free.name}, held ${of(1 - free.freedom)}`,
    );
  };
  line("none", scripts.defaults.warden, { reset: 0, scan: 0 });
  for (const [reset, scan] of blind) line("memoryless", scripts.defaults.warden, { reset, scan });
  for (const arm of ["sweep", "clockwork", "metronome"] as const)
    for (const reset of [0.05, 0.1, 0.2]) line(arm, scripts.defences[arm].roles.warden, { reset, scan: 0 });
  for (const resources of [2, 8]) line(`R = ${resources}`, scripts.defaults.warden, { resources, reset: 0.1, scan: 0 });
}

/** Levels of α and π for hunts. */
const hunted = [
  [0, 0.05],
  [0, 0.1],
  [0, 0.2],
  [0.02, 0.1],
  [0.05, 0.1],
  [0.05, 0.2],
] as const;

function hunts(): void {
  console.log(
    "Others evicted a step after an alarm: security, and utility under attack without and with the outage's price",
  );
  for (const [reset, scan] of hunted) {
    const cells = [0, 1, 2, 3].map((pace) => {
      const params = { reset, scan, hunt: pace / 3 };
      const { name, security, utility } = worst(params);
      const free = measure(
        { ...params, outage: 0 },
        scripts.attacks[name].roles.intruder,
        scripts.defaults.warden,
        400,
      );
      return `${pace}: S ${of(security)} U ${of(free.utility)} → ${of(utility)} (${name})`;
    });
    console.log(`α ${reset} π ${scan}  ${cells.join("; ")}`);
  }
}

function alarms(): void {
  console.log("Blind wardens beside such as evict one other a step after an alarm, by how often scans are wrong");
  for (const falseAlarm of [0.03, 0.06, 0.1])
    for (const [params, more] of [
      [{ reset: 0.05, scan: 0.2 }, { hunt: 0 }],
      [{ reset: 0.1, scan: 0 }, { hunt: 0 }],
      [{ reset: 0, scan: 0.2 }, { hunt: 1 / 3 }],
      [{ reset: 0.05, scan: 0.1 }, { hunt: 1 / 3 }],
    ] as const) {
      const { name, utility, security } = worst({ falseAlarm, ...params, ...more });
      const kind = more.hunt > 0 ? "hunts" : "blind";
      console.log(
        `${falseAlarm} ${kind} α ${params.reset} π ${params.scan}: U ${of(utility)} S ${of(security)} (${name})`,
      );
    }
}

const plan = (name: string, intruder: Intruder) => ({ name, intruder });
/** What is searched: raids, those who take a loss for the loss of all, sentinels, learners of a clock, the programme. */
export const plans = ([QUIET, LOUD] as readonly Strike[])
  .flatMap((strike) => {
    const as = strike === LOUD ? "loud" : "quiet";
    const periods = [1, 2, 3, 4, 6, 8, 12, 16];
    return [
      ...[1, 2, 64].flatMap((entry) => [
        ...periods.flatMap((period) =>
          [false, true].map((flinch) =>
            plan(
              `ping ${as} ${period}, entry ${entry}${flinch ? ", flinch" : ""}`,
              raid({ strike, period, check: PING, entry, flinch }),
            ),
          ),
        ),
        ...periods
          .slice(0, 6)
          .map((period) => plan(`sync ${as} ${period}, entry ${entry}`, sync(strike, period, entry))),
      ]),
      ...[1, 2, 3].map((period) => plan(`sentinel ${as} ${period}`, sentinel(strike, period))),
      plan(`phase ${as}`, phase(strike)),
    ];
  })
  .concat([
    plan("program", programmed),
    plan("renew loud 8", raid({ strike: LOUD, period: 8, check: LOUD })),
    plan("renew quiet 8", raid({ strike: QUIET, period: 8, check: QUIET })),
  ]);

function search(): void {
  console.log(`${plans.length} plans`);
  const levels: readonly (readonly [string, Warden, Given])[] = [
    ...blind
      .slice(1, 8)
      .map(([reset, scan]) => ["memoryless", scripts.defaults.warden, { reset, scan, hunt: 0 }] as const),
    ...hunted.flatMap(([reset, scan]) =>
      [1, 3].map((pace) => [`hunt ${pace}`, scripts.defaults.warden, { reset, scan, hunt: pace / 3 }] as const),
    ),
    ...(["sweep", "clockwork", "metronome"] as const).map(
      (arm) => [arm, scripts.defences[arm].roles.warden, { reset: 0.1, scan: 0, hunt: 0 }] as const,
    ),
  ];
  for (const [name, warden, params] of levels) {
    const tried = plans
      .map((one) => ({ ...one, security: secured(params, one.intruder, warden, 48) }))
      .sort((a, b) => a.security - b.security)
      .slice(0, 3)
      .map((one) => ({ ...one, security: measure(params, one.intruder, warden, 400).security }));
    const script = worst(params, warden);
    console.log(
      `${name} ${JSON.stringify(params)}: ${script.name} ${of(script.security)}; ` +
        tried.map((one) => `${one.name} ${of(one.security)}`).join(", "),
    );
  }
}

/** Wardens that were tried and are none of the defences: what they do after an alarm, for so many steps. */
const others: Readonly<Record<string, (steps: number) => Warden>> = {
  "scans all": (steps) => heated(steps, (dials) => ({ ...dials, scan: 1 })),
  "resets with .3": (steps) => heated(steps, (dials) => ({ ...dials, reset: 0.3 })),
  "resets always": (steps) => heated(steps, (dials) => ({ ...dials, reset: 1 })),
};

type Dials = Pick<StealthTakeover, "reset" | "scan">;
const heated = (steps: number, then: (dials: Dials) => Dials): Warden =>
  guard((dials, watched) => {
    const hot = then(dials);
    return {
      memory: 1,
      begin(watch) {
        const { state } = watch.batch;
        if (state[watch.own] > 0) state[watch.own]--;
        for (let i = 0; i < watched; i++) if (rang(watch, i)) state[watch.own] = steps;
      },
      choose: (_i, watch) => roam(watch, watch.batch.state[watch.own] > 0 ? hot : dials),
    };
  });

function tried(): void {
  const line = (name: string, warden: Warden, params: Given) => {
    const { utility, security, name: attack } = worst(params, warden);
    console.log(`${name.padEnd(30)} ${JSON.stringify(params)}: U ${of(utility)} S ${of(security)} (${attack})`);
  };
  for (const [name, make] of Object.entries(others))
    for (const steps of [1, 4, 16])
      for (const [reset, scan] of [
        [0, 0.1],
        [0.05, 0.1],
      ])
        line(`${name} for ${steps}`, make(steps), { reset, scan, hunt: 0 });
  console.log("Default warden: utility under each attack, those included that gain nothing by it");
  for (const params of [{}, { reset: 0.05, scan: 0.2, hunt: 1 }]) {
    const cells = (["random", ...named] as const).map((attack) => {
      const { attacked } = score(env, { scripts: scripts as never, params, attack: attack as never, episodes: 200 });
      return `${attack} ${of(attacked.utility)} (S ${of(attacked.security)})`;
    });
    console.log(`${JSON.stringify(params)}: ${cells.join(", ")}`);
  }
  line("asleep", scripts.defences.asleep.roles.warden, {});
  line("resets everything always", scripts.defaults.warden, { reset: 1 });
}

async function learned([seeds = "5"]: readonly string[]): Promise<void> {
  const levels: readonly Given[] = [{ reset: 0.1, scan: 0, hunt: 0 }, {}];
  for (const params of levels) {
    const script = worst(params);
    const random = score(env, { scripts: scripts as never, params, attack: "random" as never }).attacked.security;
    console.log(`${JSON.stringify(params)}: ${script.name} ${of(script.security)}, random ${of(random)}, none 1`);
    for (const [name, learning, budget] of [
      ["cem", cem(), 300_000],
      ["joint-ppo", jointPpo(), 300_000],
    ] as const) {
      const found: number[] = [];
      for (let seed = 101; seed < 101 + Number(seeds); seed++) {
        const { policies } = await train({
          environment: env,
          params,
          roles: { intruder: learning },
          policies: { warden: scripts.defaults.warden as PolicyFactory as never },
          budget,
          seed,
        });
        const play = { intruder: policies.intruder } as never;
        found.push(score(env, { scripts: scripts as never, params, attack: play }).attacked.security);
      }
      const mean = found.reduce((a, b) => a + b, 0) / found.length;
      const share = (1 - mean) / (1 - script.security);
      console.log(`  ${name}, ${budget} steps: ${found.map(of).join(" ")}; mean ${of(mean)}, ${of(share)} of the harm`);
    }
  }
}

export default {
  facts: { summary: "renewals, exact programmes and yardsticks beside what is played", print: facts },
  arms: { summary: "wardens who do not hunt, with and without the price of outages", print: arms },
  hunts: { summary: "how far an alarm carries, with and without the price of outages", print: hunts },
  alarms: { summary: "whether hunts pay where alarms tell little", print: alarms },
  search: { summary: "the worst of all searched plans beside the worst script", print: search },
  tried: { summary: "wardens that react in other ways, do nothing, or refuse everybody", print: tried },
  learned: { summary: "learned intruders beside the worst script; [trainings]", print: learned },
} satisfies Evidence;
