import { evaluate, metricsOf, type PolicyFor, Rng, random, sumCounters } from "masque";
import env, { type RumourMill } from "../../envs/rumour-mill/env.ts";
import {
  BOOSTS,
  BOOSTS_APART,
  BRIGADES,
  MOST_SHARED,
  PLAUSIBLE,
  POST_DECOY,
  POST_PLAUSIBLE,
  POST_SENSATIONAL,
  SENSATIONAL,
  VOUCHES,
} from "../../envs/rumour-mill/model.ts";
import scripts, { cast, guarded, rested, type Split } from "../../envs/rumour-mill/policies.ts";
import {
  bestDuty,
  duty,
  extinct,
  meanField,
  meanViews,
  offspring,
  stationary,
  undefended,
} from "../../envs/rumour-mill/theory.ts";
import type { Evidence } from "./evidence.ts";

type Given = Partial<RumourMill>;
type Amplifier = PolicyFor<typeof env, "amplifier">;
type Reviewer = PolicyFor<typeof env, "reviewer">;

interface Measured {
  readonly utility: number;
  readonly security: number;
}

const count = (params: Given, amplifier: Amplifier, episodes: number, split: string, reviewer: Reviewer) =>
  sumCounters(evaluate(env, { params, policies: { amplifier, reviewer }, episodes, seed: 1, split: [split] }));

function measure(
  params: Given,
  amplifier: Amplifier,
  { episodes = 48, split = "evidence", reviewer = scripts.defaults.reviewer as Reviewer } = {},
): Measured {
  const counted = count(params, amplifier, episodes, split, reviewer);
  return metricsOf(env, counted, counted);
}

const show = ({ utility, security }: Measured) => `(${utility.toFixed(3)}, ${security.toFixed(3)})`;

interface Named extends Measured {
  readonly name: string;
}

/** Every script and random play, the most harmful first. */
function allScripts(params: Given, options: Parameters<typeof measure>[2] = {}): Named[] {
  const attacks: [string, Amplifier][] = [
    ...Object.entries(scripts.attacks).map(([name, { roles }]): [string, Amplifier] => [name, roles.amplifier]),
    ["random", random as Amplifier],
  ];
  return attacks
    .map(([name, amplifier]) => ({ name, ...measure(params, amplifier, options) }))
    .sort((a, b) => a.security - b.security);
}

const levels: readonly Given[] = [
  { sensitivity: 0, breaker: 0 },
  ...[0.01, 0.05, 0.3].flatMap((sensitivity) => [0, 0.1, 0.2, 0.4].map((breaker) => ({ sensitivity, breaker }))),
  { sensitivity: 0, breaker: 0.2 },
  { sensitivity: 0.5, breaker: 0.3 },
  { sensitivity: 0.3, breaker: 0.6 },
  { sensitivity: 1, breaker: 1 },
];

/** Levels given on the command line as JSON, or these. */
const given = (settings: readonly string[], otherwise: readonly Given[]): readonly Given[] =>
  settings.length > 0 ? settings.map((one) => JSON.parse(one)) : otherwise;

function printScripts(settings: readonly string[]): void {
  for (const level of given(settings, levels)) {
    const all = allScripts(level);
    const peace = all.find(({ name }) => name === "none")!;
    const chance = all.find(({ name }) => name === "random")!;
    const first = all.slice(0, 4).map((one) => `${one.name} ${show(one)}`);
    console.log(
      `${JSON.stringify(level)}: peace U ${peace.utility.toFixed(3)}; ${first.join(", ")}; random ${show(chance)}`,
    );
  }
}

function printFacts(): void {
  const p = env.params.parse({});
  const figure = (x: number) => x.toFixed(4);
  for (const [name, shares] of [
    ["news", 0.13],
    ["sensational, nobody believes", 0.18],
    ["sensational, everybody does", 0.23],
  ] as const)
    console.log(
      `${name}: R ${offspring(p.followers, shares).toFixed(2)}, views ${meanViews(p.followers, shares, p.life).toFixed(3)}`,
    );
  console.log(`news is extinct after 7 generations with probability ${figure(extinct(0.78, 7))}`);
  console.log("Ville: innocent items ever held, of all, by α (crowd, no satire, peace)");
  for (const sensitivity of [0.01, 0.05, 0.2, 0.3, 0.5, 0.8]) {
    const { heldInnocent, posted } = count(
      { sensitivity, breaker: 0, satire: 0, moderation: "crowd", steps: 400 },
      scripts.attacks.none.roles.amplifier,
      100,
      "ville",
      scripts.defaults.reviewer,
    );
    console.log(`  α ${sensitivity}: ${figure(heldInnocent / posted)}`);
  }
  console.log("Belief over 400 steps without moderation and satire: stationary, mean field, measured");
  for (const feedback of [false, true])
    for (const [name, kind] of [
      ["sens", SENSATIONAL],
      ["plaus", PLAUSIBLE],
    ] as const) {
      const open = { sensitivity: 0, breaker: 0, satire: 0, feedback, steps: 400 };
      const curve = meanField(env.params.parse(open), p.amplifiers, kind);
      const mean = curve.reduce((sum, one) => sum + one, 0) / curve.length;
      const { security } = measure(open, scripts.attacks[name].roles.amplifier, { episodes: 100 });
      const long = feedback ? "" : `${figure(stationary(env.params.parse(open), p.amplifiers, kind))}, `;
      console.log(`  ${name}${feedback ? " with feedback" : ""}: ${long}${figure(mean)}, ${figure(1 - security)}`);
    }
  const { security, posts, floor } = undefended(p);
  const best = measure({ sensitivity: 0, breaker: 0 }, scripts.attacks["boost-one"].roles.amplifier, { episodes: 100 });
  console.log(
    `Unmoderated: mean field ${figure(security)} with ${posts} who posts, measured ${figure(best.security)}; floor ${figure(floor)}`,
  );
  console.log(
    `Reviewers: best duty ${bestDuty.duty}, useful verdicts ${figure(bestDuty.useful)} a step; duty, error, useful: theory, measured`,
  );
  for (const u of [0.3, 0.5, 0.7, 1]) {
    const seat: Reviewer = () => ({
      act({ rows, rngs, actions }) {
        for (let row = 0; row < rows; row++) actions[row] = rngs[row].bernoulli(u) ? MOST_SHARED : 0;
      },
    });
    const amplifier = scripts.attacks["decoy-plaus"].roles.amplifier;
    const c = count({ sensitivity: 0.3, breaker: 0.6, steps: 1000 }, amplifier, 10, "duty", seat);
    console.log(
      `  ${u}: ${figure(duty(u).error)} ${figure(c.mistakes / c.reviews)}; ${figure(duty(u).useful)} ${figure((c.reviews - 2 * c.mistakes) / (2 * 10 * 1000))}`,
    );
  }
}

// Kinds of accounts in the order in which they act: what is boosted has been posted before.
const ORDER = [VOUCHES, BRIGADES, POST_DECOY, POST_PLAUSIBLE, POST_SENSATIONAL, BOOSTS_APART, BOOSTS] as const;

/** Every way to share eight accounts out over at most four actions, with somebody who posts falsehoods. */
export const splits: readonly Split[] = (() => {
  const found: Split[] = [];
  const share = (at: number, left: number, so: Split) => {
    if (at === ORDER.length - 1) {
      const whole = [...so, [left, ORDER[at]] as const].filter(([eighths]) => eighths > 0);
      const posts = whole.some(([, action]) => action === POST_PLAUSIBLE || action === POST_SENSATIONAL);
      const decoys = whole.some(([eighths, action]) => action === POST_DECOY && eighths > 3);
      if (whole.length <= 4 && posts && !decoys) found.push(whole);
      return;
    }
    for (let n = 0; n <= left; n++) share(at + 1, left - n, [...so, [n, ORDER[at]]]);
  };
  share(0, 8, []);
  return found;
})();

/** The least secure of many: those that do best in a few episodes play more. Each label has episodes of its own. */
function halving<T>(
  params: Given,
  all: readonly T[],
  seat: (one: T) => Amplifier,
  rounds: readonly [episodes: number, keep: number][],
  label = "round",
) {
  let left: { one: T; result: Measured }[] = all.map((one) => ({ one, result: { utility: 0, security: 0 } }));
  for (const [round, [episodes, keep]] of rounds.entries())
    left = left
      .map(({ one }) => ({ one, result: measure(params, seat(one), { episodes, split: `${label} ${round}` }) }))
      .sort((a, b) => a.result.security - b.result.security)
      .slice(0, keep);
  return left;
}

const hard: readonly Given[] = [
  { sensitivity: 0, breaker: 0 },
  { sensitivity: 0.05, breaker: 0 },
  { sensitivity: 0.3, breaker: 0 },
  { sensitivity: 0, breaker: 0.2 },
  { sensitivity: 0.05, breaker: 0.1 },
  { sensitivity: 0.3, breaker: 0.2 },
  { sensitivity: 0.3, breaker: 0.6 },
];
const decentral: readonly Given[] = [
  { moderation: "crowd", sensitivity: 0.05, breaker: 0.2 },
  { moderation: "crowd", scope: "local", sensitivity: 0.05, breaker: 0.2 },
];

function printSplits(settings: readonly string[]): void {
  const name = (split: Split) =>
    split.map(([eighths, action]) => `${eighths} ${env.roles(env.params.parse({})).amplifier.action.names?.[action]}`);
  for (const level of given(settings, [...hard, ...decentral, { verdict: "immune" }])) {
    console.log(JSON.stringify(level));
    const found = halving(level, splits, cast, [
      [1, 150],
      [5, 24],
      [48, 3],
    ]);
    for (const { one, result } of found) console.log(`  ${show(result)} ${name(one).join(", ")}`);
  }
}

function printGuards(settings: readonly string[]): void {
  const plans = [1, 2, 3, 4].flatMap((period) =>
    [1, 2].flatMap((posters) =>
      [0.6, 0.8, 0.95].flatMap((alarm) => [4, 6, 8].map((vouchers) => ({ posters, period, vouchers, alarm }))),
    ),
  );
  for (const level of given(
    settings,
    [0.01, 0.05, 0.3].map((sensitivity) => ({ sensitivity, breaker: 0 })),
  )) {
    console.log(JSON.stringify(level));
    const found = halving(level, plans, guarded, [
      [4, 10],
      [40, 3],
    ]);
    for (const { one, result } of found) console.log(`  ${show(result)} ${JSON.stringify(one)}`);
  }
}

/** Accounts' actions in turn, and what some of them do instead while they see something. */
interface Programme {
  readonly turns: readonly (readonly number[])[];
  readonly rules: readonly {
    readonly sees: (typeof SEES)[number];
    readonly above: boolean;
    readonly cut: number;
    readonly from: number;
    readonly to: number;
    readonly action: number;
  }[];
}
const SEES = ["queue", "fatigue", "suspicion", "belief", "held", "live", "news", "time"] as const;
const CUTS = [-0.5, 0, 0.1, 0.2, 0.3, 0.5, 0.8, 1, 1.5, 2] as const;

const follow =
  ({ turns, rules }: Programme): Amplifier =>
  ({ at, params: { steps } }) => ({
    act({ rows, count, obs, obsSize, actions }) {
      for (let row = 0; row < rows; row++) {
        const k = row % count;
        const from = row * obsSize;
        const rule = rules.find(
          (one) => k >= one.from && k < one.to && obs[from + at[one.sees]] >= one.cut === one.above,
        );
        actions[row] = rule ? rule.action : turns[Math.round(obs[from + at.time] * steps) % turns.length][k];
      }
    },
  });

/** Evolves programmes from the best split: fourteen generations of a hundred mutants. */
function printProgrammes(settings: readonly string[]): void {
  const accounts = 8;
  for (const level of given(settings, hard)) {
    const rng = new Rng(1, "programmes");
    const some = () => {
      const from = rng.int(0, accounts);
      return { from, to: rng.int(from + 1, accounts + 1), action: rng.int(0, 8) };
    };
    const mutate = ({ turns, rules }: Programme): Programme => {
      const now = { turns: turns.map((turn) => [...turn]), rules: [...rules] };
      for (let n = rng.int(1, 3); n > 0; n--) {
        const luck = rng.float();
        const at = rng.int(0, now.turns.length);
        if (luck < 0.45) {
          const { from, to, action } = some();
          if (luck < 0.2 && now.turns.length < 4) now.turns.splice(at, 0, [...now.turns[at]]);
          now.turns[at].fill(action, from, luck < 0.3 ? from + 1 : to);
        } else if (luck < 0.5 && now.turns.length > 1) now.turns.splice(at, 1);
        else if (luck < 0.75 && now.rules.length < 3)
          now.rules.splice(rng.int(0, now.rules.length + 1), 0, {
            sees: SEES[rng.int(0, SEES.length)],
            above: rng.bernoulli(0.5),
            cut: CUTS[rng.int(0, CUTS.length)],
            ...some(),
          });
        else if (now.rules.length > 0) now.rules.splice(rng.int(0, now.rules.length), 1);
      }
      return now;
    };
    const [{ one: split, result }] = halving(level, splits, cast, [
      [1, 100],
      [5, 10],
      [48, 1],
    ]);
    let parents: Programme[] = [
      { turns: [split.flatMap(([eighths, action]) => new Array<number>(eighths).fill(action))], rules: [] },
    ];
    for (let generation = 0; generation < 14; generation++) {
      const mutants = Array.from({ length: 100 }, () => mutate(parents[rng.int(0, parents.length)]));
      const rounds: [number, number][] = [
        [2, 24],
        [10, 6],
      ];
      parents = halving(level, [...parents, ...mutants], follow, rounds, `generation ${generation}`).map(
        ({ one }) => one,
      );
    }
    const [best] = halving(level, parents, follow, [[64, 1]]);
    const { turns, rules } = best.one;
    const code = turns.map((turn) => turn.join("")).join(" ");
    console.log(
      `${JSON.stringify(level)}: best split ${show(result)}, best programme ${show(best.result)} ${code} ${JSON.stringify(rules)}`,
    );
  }
}

const ACTIONS = env.roles(env.params.parse({})).amplifier.action.n;

/** The cross-entropy method over linear policies, from the best split: 26 generations of 60 candidates. */
function printWeights(settings: readonly string[]): void {
  const accounts = 8;
  const width = accounts + SEES.length + 2; // who it is, what it sees, the parity of time, every fourth step
  const size = ACTIONS * width;
  const policy =
    (weights: Float64Array): Amplifier =>
    ({ at, params: { steps } }) => ({
      act({ rows, count, obs, obsSize, actions }) {
        for (let row = 0; row < rows; row++) {
          const from = row * obsSize;
          const t = Math.round(obs[from + at.time] * steps);
          let most = Number.NEGATIVE_INFINITY;
          for (let action = 0; action < ACTIONS; action++) {
            const base = action * width;
            let value = weights[base + (row % count)];
            for (const [i, name] of SEES.entries()) value += weights[base + accounts + i] * obs[from + at[name]];
            value +=
              weights[base + width - 2] * (t % 2 === 1 ? 1 : -1) + weights[base + width - 1] * (t % 4 === 0 ? 1 : 0);
            if (value <= most) continue;
            most = value;
            actions[row] = action;
          }
        }
      },
    });
  const some = [
    { sensitivity: 0.05, breaker: 0 },
    { sensitivity: 0.05, breaker: 0.1 },
    { sensitivity: 0.3, breaker: 0.2 },
  ];
  for (const level of given(settings, some)) {
    const rng = new Rng(1, "weights");
    const [{ one: split, result }] = halving(level, splits, cast, [
      [1, 100],
      [5, 10],
      [48, 1],
    ]);
    const mean = new Float64Array(size);
    for (const [k, action] of split.flatMap(([eighths, one]) => new Array<number>(eighths).fill(one)).entries())
      mean[action * width + k] = 2;
    const deviation = new Float64Array(size).fill(0.6);
    for (let generation = 0; generation < 26; generation++) {
      const tried = Array.from({ length: 60 }, () => mean.map((m, i) => m + deviation[i] * rng.normal()));
      const label = `generation ${generation}`;
      const elite = halving(level, [mean.slice(), ...tried], policy, [[6, 12]], label).map(({ one }) => one);
      for (let i = 0; i < size; i++) {
        const centre = elite.reduce((sum, one) => sum + one[i], 0) / elite.length;
        const spread = elite.reduce((sum, one) => sum + (one[i] - centre) ** 2, 0) / elite.length;
        mean[i] = centre;
        deviation[i] = Math.sqrt(spread) + 0.12 * Math.max(0, 1 - generation / 20);
      }
    }
    const [worst] = allScripts(level);
    const found = measure(level, policy(mean), { episodes: 64, split: "weights" });
    console.log(
      `${JSON.stringify(level)}: best split ${show(result)}, best weights ${show(found)}, worst script ${worst.name} ${show(worst)}`,
    );
  }
}

function printReviewers(settings: readonly string[]): void {
  const seats: [string, Reviewer][] = [
    ...[0.3, 0.5, 0.7].map((most): [string, Reviewer] => [`rest above ${most}`, rested(most, MOST_SHARED)]),
    ...Object.entries(scripts.defences).map(([name, { roles }]): [string, Reviewer] => [name, roles.reviewer]),
  ];
  for (const level of given(settings, [{}, { sensitivity: 0.05, breaker: 0.1 }, { verdict: "immune" }])) {
    console.log(JSON.stringify(level));
    for (const [name, reviewer] of seats) {
      const [worst] = allScripts(level, { episodes: 24, reviewer });
      console.log(`  ${name.padEnd(14)} ${show(worst)} ${worst.name}`);
    }
  }
}

function printDecentral(settings: readonly string[]): void {
  const arms: readonly [string, Given][] = [
    ["reviewers", {}],
    ["crowd", { moderation: "crowd" }],
    ["local crowd", { moderation: "crowd", scope: "local" }],
  ];
  const base = [
    { sensitivity: 0.05, breaker: 0 },
    { sensitivity: 0.05, breaker: 0.2 },
    { sensitivity: 0.3, breaker: 0.2 },
  ];
  for (const level of given(settings, base))
    for (const [name, arm] of arms) {
      const all = allScripts({ ...level, ...arm }, { episodes: 32 });
      const peace = all.find((one) => one.name === "none")!;
      const costliest = all.reduce((a, b) => (b.utility < a.utility ? b : a));
      console.log(
        `${JSON.stringify(level)} ${name}: peace U ${peace.utility.toFixed(3)}; worst ${all
          .slice(0, 2)
          .map((one) => `${one.name} ${show(one)}`)
          .join(", ")}; costliest ${costliest.name} ${show(costliest)}`,
      );
    }
}

function printCertificates(settings: readonly string[]): void {
  for (const level of given(settings, [{}, { sensitivity: 0.3, breaker: 0.6 }, { sensitivity: 1, breaker: 1 }]))
    for (const verdict of ["restart", "immune"] as const) {
      const [worst] = allScripts({ ...level, verdict });
      const launder = measure({ ...level, verdict }, scripts.attacks.launder.roles.amplifier);
      console.log(`${JSON.stringify(level)} ${verdict}: worst ${worst.name} ${show(worst)}; launder ${show(launder)}`);
    }
}

export default {
  facts: { summary: "branching, Ville's bound, belief and reviewers: theory and measurement", print: printFacts },
  scripts: {
    summary: "the four most harmful scripts, 48 episodes, at each level (or levels as JSON)",
    print: printScripts,
  },
  splits: { summary: `all ${splits.length} splits of eight accounts over four actions`, print: printSplits },
  guards: { summary: "72 plans that boost one falsehood and vouch for it in time", print: printGuards },
  programmes: {
    summary: "1400 mutants of the best split, with turns and rules (minutes a level)",
    print: printProgrammes,
  },
  weights: {
    summary: "a cross-entropy search over linear policies, from the best split (minutes a level)",
    print: printWeights,
  },
  reviewers: { summary: "reviewers who rest more or less, against the worst script", print: printReviewers },
  decentral: { summary: "reviewers, notes of a crowd, and notes that hold at home", print: printDecentral },
  certificates: { summary: "what immunity after a verdict does", print: printCertificates },
} satisfies Evidence;
