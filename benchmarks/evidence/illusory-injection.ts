import { type PolicyFor, Rng, score } from "masque";
import env, { type IllusoryInjection } from "../../envs/illusory-injection/env.ts";
import { alarmRate, cost, gains } from "../../envs/illusory-injection/model.ts";
import { type Plan, play } from "../../envs/illusory-injection/plans.ts";
import scripts from "../../envs/illusory-injection/policies.ts";
import * as theory from "../../envs/illusory-injection/theory.ts";
import type { Evidence } from "./evidence.ts";

type Device = PolicyFor<typeof env, "device">;
type Given = Partial<IllusoryInjection>;
type Attack = keyof typeof scripts.attacks | "random";
type Defence = keyof typeof scripts.defences | "default" | "random";
const names = [...Object.keys(scripts.attacks), "random"] as Attack[];

const against = (params: Given, attack: Attack | Plan, defence: Defence = "default", episodes = 192) =>
  score(env, {
    scripts,
    params,
    attack: typeof attack === "string" ? attack : { device: play(attack) },
    defence,
    episodes,
    split: ["evidence"],
  });

/** Attacks that are among the worst somewhere below. */
const strong: Attack[] = ["illusion", "illus5", "hug", "steady", "seesaw", "blend", "biaspush", "covert-10"];

/** Attacks, the worst first. */
const ranked = (params: Given, { defence, attacks }: { defence: Defence; attacks: readonly Attack[] }) =>
  attacks
    .filter((attack) => attack !== "none")
    .map((attack) => ({ attack, ...against(params, attack, defence) }))
    .sort((a, b) => a.attacked.security - b.attacked.security);

function printWorst(
  label: string,
  params: Given,
  { defence = "default", shown = 3, attacks = strong }: { defence?: Defence; shown?: number; attacks?: Attack[] } = {},
): void {
  const all = ranked(params, { defence, attacks });
  const [{ attacked, clean }] = all;
  const others = all.slice(0, shown).map(({ attack, attacked }) => `${attack} ${attacked.security.toFixed(3)}`);
  console.log(
    `${label}: clean U ${clean.utility.toFixed(3)}, U ${attacked.utility.toFixed(3)}, S ${attacked.security.toFixed(3)}; ${others.join(", ")}`,
  );
}

function printFacts(): void {
  const p = env.params.parse({});
  const { value, control, prior, surprise, gain } = gains(p);
  const f = (x: number) => x.toFixed(4);
  console.log(
    `S ${f(value)}, k ${f(control)}, P ${f(prior)}, Σ ${f(surprise)}, K ${f(gain)}, γ ${f(theory.forgetting(p))}`,
  );
  console.log(
    `J at σ² = 0, .2, .5, 1: ${[0, 0.2, 0.5, 1].map((w) => f(cost(p, w))).join(", ")}; R = 4: ${f(cost({ ...p, noise: 4 }, 0))}`,
  );
  console.log(
    `δ at σ² = .2, .5, 1: ${[0.2, 0.5, 1].map((watermark) => f(theory.inflation({ ...p, watermark }))).join(", ")}`,
  );
  for (const e of [0.01, 0.1, 0.5]) {
    const delta = theory.inflationAt(e);
    console.log(`ε ${e}: δ ${f(delta)}, power of a χ²₁₆ test at .05 ${theory.energyPower(delta, 16, 0.05).toFixed(3)}`);
  }
  console.log(
    `caught at once: S ≥ ${theory.caughtAtOnce(p).toFixed(3)}, with L = 64 ${theory.caughtAtOnce({ ...p, hold: 64 }).toFixed(3)}`,
  );
}

function printInnocents(): void {
  const levels: Given[] = [
    { falseAlarm: 0.05, watermark: 0 },
    { falseAlarm: 0.05, watermark: 0.5 },
    { falseAlarm: 0.2, watermark: 0.2 },
    { falseAlarm: 0.5, watermark: 0.5 },
    { falseAlarm: 0.2, watermark: 0.2, fusion: "separate" },
  ];
  for (const given of levels) {
    const p = env.params.parse(given);
    const { clean, counters } = against(given, "none", "default", 4000);
    const c = counters.clean;
    const alarms = c.alarms / c.windows;
    const error = Math.sqrt((alarms * (1 - alarms)) / c.windows);
    console.log(
      `${JSON.stringify(given)}: U ${clean.utility.toFixed(4)} (${theory.cleanUtility(p).toFixed(4)}), ` +
        `J ${((c.cost / c.par) * cost(p, 0)).toFixed(4)} (${cost(p).toFixed(4)}), ` +
        `alarms a window ${alarms.toFixed(5)} ± ${error.toFixed(5)} (${alarmRate(p).toFixed(5)}), by hand ${(c.manual / c.steps).toFixed(4)}`,
    );
  }
}

function printIllusion(): void {
  for (const given of [
    { falseAlarm: 0, watermark: 0 },
    { falseAlarm: 0.2, watermark: 0 },
    { falseAlarm: 0.2, watermark: 0.5, leak: true },
    { falseAlarm: 0.05, watermark: 0.2 },
    { falseAlarm: 0.05, watermark: 0.5 },
    { falseAlarm: 0.5, watermark: 0.5 },
    { falseAlarm: 0.5, watermark: 1 },
  ]) {
    const p = env.params.parse(given);
    const { attacked, counters } = against(given, "illusion", "default", 2000);
    const { utility, security } = theory.reference(p)!;
    console.log(
      `${JSON.stringify(given)}: U ${attacked.utility.toFixed(3)} (${utility.toFixed(3)}), S ${attacked.security.toFixed(4)} (${security.toFixed(4)}), ` +
        `by hand ${(counters.attacked.manual / counters.attacked.steps).toFixed(4)} (${theory.illusion(p).byHand.toFixed(4)})`,
    );
  }
}

const levels: readonly (readonly [watermark: number, falseAlarm: number])[] = [
  [0, 0],
  [0.5, 0],
  [0, 0.2],
  [0.1, 0.05],
  [0.2, 0.02],
  [0.2, 0.05],
  [0.2, 0.2],
  [0.5, 0.02],
  [0.5, 0.05],
  [0.5, 0.1],
  [0.5, 0.2],
  [0.5, 0.5],
  [1, 0.05],
  [1, 0.2],
  [1, 1],
];

function printGuards(): void {
  for (const [watermark, falseAlarm] of [
    [0.2, 0.05],
    [0.5, 0.02],
    [0.5, 0.05],
    [0.5, 0.2],
  ])
    for (const defence of ["default", "asleep", "blind", "latch", "cusum", "random"] as const)
      printWorst(`σ² ${watermark} α ${falseAlarm} ${defence}`, { watermark, falseAlarm }, { defence, shown: 2 });
  for (const falseAlarm of [0.05, 0.2])
    for (const defence of ["default", "latch"] as const)
      printWorst(`L 64 σ² 0.5 α ${falseAlarm} ${defence}`, { falseAlarm, hold: 64 }, { defence, shown: 2 });
  for (const hold of [32, 128])
    for (const [watermark, falseAlarm] of [
      [0, 0.2],
      [0.5, 0.05],
    ])
      for (const defence of ["default", "inspect"] as const)
        printWorst(
          `logbook, L ${hold} σ² ${watermark} α ${falseAlarm} ${defence}`,
          { watermark, falseAlarm, hold, logbook: true },
          { defence, shown: 2 },
        );
}

/** Cross-entropy search over the four numbers of a steering attack, at the three levels where steering leads. */
function printSearch(): void {
  for (const given of [
    { watermark: 0.5, falseAlarm: 0.05 },
    { watermark: 0.5, falseAlarm: 0.2 },
    { watermark: 1, falseAlarm: 0.05 },
  ]) {
    const rng = new Rng(1, "illusory-injection", "search");
    const plan = ([aim, gap, slack, rise]: Float64Array): Plan => ({
      report: "less",
      gap,
      push: { aim, slack, rise },
    });
    const middle = Float64Array.of(4, 1.5, 0, 0);
    const spread = Float64Array.of(0.7, 0.5, 1, 1);
    for (let round = 0; round < 14; round++) {
      const tried = Array.from({ length: 30 }, () => {
        const at = middle.map((m, i) => m + spread[i] * rng.normal());
        return { at, left: against(given, plan(at), "default", 24).attacked.security };
      });
      const best = tried.sort((a, b) => a.left - b.left).slice(0, 7);
      for (let i = 0; i < middle.length; i++) {
        middle[i] = best.reduce((sum, { at }) => sum + at[i], 0) / best.length;
        const variance = best.reduce((sum, { at }) => sum + (at[i] - middle[i]) ** 2, 0) / best.length;
        spread[i] = Math.sqrt(variance) + 0.03;
      }
    }
    const found = against(given, plan(middle), "default", 512).attacked.security;
    const scripted = (["steady", "hug", "illusion"] as const).map(
      (name) => `${name} ${against(given, name, "default", 512).attacked.security.toFixed(3)}`,
    );
    console.log(
      `${JSON.stringify(given)}: S ${found.toFixed(3)} at aim, gap, slack, rise ${[...middle].map((x) => x.toFixed(2)).join(", ")}; ${scripted.join(", ")}`,
    );
  }
}

/** How many robots show the twin, report less and report more; the others tell the truth. */
const lies: readonly (readonly [twins: number, less: number, more: number])[] = [0, 1, 2, 3, 4].flatMap((twins) =>
  [0, 1, 2, 3, 4]
    .filter((less) => twins + less <= 4)
    .map((less): [number, number, number] => [twins, less, 0])
    .concat(twins < 4 ? [[twins, 0, 4 - twins] as [number, number, number]] : []),
);
const pushes = [-4, -1, 0, 1, 4];

/** The whole squad by one linear function of what it sees: the highest score of each part is played. */
const squad =
  (weights: Float64Array): Device =>
  ({ count, at }) => {
    const seen = new Float64Array(FEATURES);
    const best = (first: number, n: number) => {
      let [highest, choice] = [Number.NEGATIVE_INFINITY, 0];
      for (let a = 0; a < n; a++) {
        const score = seen.reduce((sum, x, f) => sum + weights[(first + a) * FEATURES + f] * x, 0);
        if (score > highest) [highest, choice] = [score, a];
      }
      return choice;
    };
    return {
      act({ rows, obs, obsSize, actions }) {
        for (let row = 0; row < rows; row += count) {
          const o = (part: keyof typeof at) => obs[row * obsSize + at[part]];
          const [phase, energy] = [o("phase"), o("energy")];
          seen.set([1, 2 * o("place"), 4 * o("belief"), 4 * o("drift"), 2 * phase - 1, 2 * o("since") - 1, o("twin")]);
          seen.set([2 * o("time") - 1, 8 * energy - 2 * phase, 4 * (o("place") - o("belief"))], 7);
          const [twins, less, more] = lies[best(0, lies.length)];
          const push = pushes[best(lies.length, pushes.length)];
          for (let j = 0; j < count; j++) {
            actions[2 * (row + j)] = j < twins ? 3 : j < twins + less ? 1 : j < twins + less + more ? 2 : 0;
            actions[2 * (row + j) + 1] = j < push ? 2 : j < -push ? 0 : 1;
          }
        }
      },
    };
  };
const FEATURES = 10;

function printSquads(): void {
  for (const given of [{ watermark: 0.2 }, {}, { falseAlarm: 0.2 }])
    for (const seed of [1, 2]) {
      const rng = new Rng(seed, "illusory-injection", "squads");
      const size = (lies.length + pushes.length) * FEATURES;
      const middle = new Float64Array(size);
      const spread = new Float64Array(size).fill(2);
      const left = (weights: Float64Array, episodes: number, round: number) =>
        score(env, {
          scripts,
          params: given,
          attack: { device: squad(weights) },
          episodes,
          split: ["squads", seed, round],
        }).attacked.security;
      for (let round = 0; round < 30; round++) {
        const tried = Array.from({ length: 50 }, () => {
          const at = middle.map((m, i) => m + spread[i] * rng.normal());
          return { at, left: left(at, 6, round) };
        });
        const best = tried.sort((a, b) => a.left - b.left).slice(0, 10);
        for (let i = 0; i < size; i++) {
          middle[i] = best.reduce((sum, { at }) => sum + at[i], 0) / best.length;
          const variance = best.reduce((sum, { at }) => sum + (at[i] - middle[i]) ** 2, 0) / best.length;
          spread[i] = Math.sqrt(variance) + 0.3 * (1 - round / 30);
        }
      }
      console.log(`${JSON.stringify(given)}, seed ${seed}: S ${left(middle, 192, -1).toFixed(3)}`);
    }
}

/** Every mixture of the twin, B less and truth among the robots, with every drift that is held. */
function printMixtures(): void {
  const holds = [4, 5, 6, 8, 10, 12, 14];
  const plans: Plan[] = [0, 0.25, 0.5, 0.75, 1].flatMap((twins) =>
    (twins === 1 ? (["twin"] as const) : (["hide", "less", "truth"] as const)).flatMap((report) =>
      [...holds.map((hold) => ({ hold })), "full" as const].map((push): Plan => ({ report, twins, push })),
    ),
  );
  for (const fusion of ["fused", "joint", "separate"] as const)
    for (const watermark of [0.25, 0.5]) {
      const given = { fusion, watermark, falseAlarm: 0.05 };
      const all = plans
        .map((plan) => ({ plan, left: against(given, plan, "default", 48).attacked.security }))
        .sort((a, b) => a.left - b.left);
      const best = all.slice(0, 3).map(({ plan, left }) => `${left.toFixed(3)} ${JSON.stringify(plan)}`);
      console.log(`${fusion}, σ² ${watermark}: ${best.join("; ")}`);
    }
}

export default {
  facts: { summary: "the laws, in closed form", print: printFacts },
  innocents: { summary: "utility, cost and alarms while nobody attacks, beside theory", print: printInnocents },
  illusion: { summary: "the attack `illusion` beside renewal theory", print: printIllusion },
  frontier: {
    summary: "the worst scripts at levels of both dials",
    print: () => {
      for (const [watermark, falseAlarm] of levels)
        printWorst(`σ² ${watermark} α ${falseAlarm}`, { watermark, falseAlarm }, { attacks: names });
    },
  },
  fusion: {
    summary: "what is tested, and how many robots are taken",
    print: () => {
      for (const taken of [4, 3, 2])
        for (const fusion of ["fused", "joint", "separate"] as const)
          for (const [watermark, falseAlarm] of [
            [0, 0.05],
            [0.5, 0.05],
          ])
            printWorst(`q ${taken} ${fusion} σ² ${watermark} α ${falseAlarm}`, {
              taken,
              fusion,
              watermark,
              falseAlarm,
            });
    },
  },
  leak: {
    summary: "a watermark that attackers read",
    print: () => {
      for (const [watermark, falseAlarm] of [
        [0, 0.2],
        [0.5, 0.2],
      ])
        for (const leak of [false, true])
          printWorst(`σ² ${watermark} α ${falseAlarm} leak ${leak}`, { watermark, falseAlarm, leak });
    },
  },
  range: {
    summary: "how large a bias passes as plausible",
    print: () => {
      for (const range of [2.5, 3, 3.5, 4]) printWorst(`B ${range}`, { range });
    },
  },
  guards: { summary: "guards who do not leave it to the detector", print: printGuards },
  search: { summary: "the search behind `hug`", print: printSearch },
  squads: {
    summary: "cross-entropy over all that a squad can do linearly (six searches of 3.6 million steps)",
    print: printSquads,
  },
  mixtures: { summary: "mixtures of lies, by what is tested", print: printMixtures },
} satisfies Evidence;
