import { type PolicyData, policyFrom, Rng, resolveParams } from "masque";
import cem from "../../baselines/cem.ts";
import qLearning from "../../baselines/q-learning.ts";
import { unknownName } from "../../src/data/errors.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { nash } from "../../src/population/matrix-game.ts";
import { type Member, mixtureOf, type Place, scriptedMember, scriptNames } from "../../src/population/members.ts";
import { type Oracle, populationGame } from "../../src/population/oracles.ts";
import { makePayoffs, type Worth } from "../../src/population/payoffs.ts";
import {
  intervalOf,
  type Measured,
  type Payoff,
  psro,
  type Round,
  type Share,
  type Side,
} from "../../src/population/psro.ts";
import { interval } from "../../src/report/frontier-text.ts";
import type { Evidence } from "./evidence.ts";
import {
  type Bets,
  blotto,
  KUHN_STAGES,
  KUHN_STRATEGIES,
  KUHN_VALUE,
  kuhn,
  kuhnPayoff,
  matrixGame,
  ROCK_PAPER_SCISSORS,
  randomPayoffs,
  type SmallGame,
} from "./populations/games.ts";

// Figures of docs/populations.md.

async function play(
  place: Place,
  task: { readonly worth: Worth; readonly oracle: Oracle; readonly episodes: number; readonly rounds: number },
): Promise<{ readonly last: Round<Member>; readonly steps: number }> {
  const { worth, oracle, episodes, rounds } = task;
  const payoffs = makePayoffs(place, { worth, episodes, seed: 1, split: ["payoff"] });
  const oracles = { attacker: oracle, defender: oracle };
  const game = populationGame(place, { worth, payoffs, oracles, seed: 1 });
  let last: Round<Member> | undefined;
  for await (const round of psro(game, { meta: "nash", rounds })) last = round;
  return { last: last!, steps: game.steps! };
}

const sharesOf = ({ members, shares }: Round<Member>, side: Side): Share<Member>[] =>
  members[side].flatMap((member, k) => (shares[side][k] > 0 ? [{ member, share: shares[side][k] }] : []));

// Small games: what was learned is looked at action by action, so exploitability is exact.

/** How often a policy takes each action at each observation: one draw of many streams where it draws. */
function habits(place: Place, role: string, data: PolicyData, seen: readonly (readonly number[])[]): number[][] {
  const { observation, action } = place.roles[role];
  const times = 256;
  const [rows, width] = [seen.length * times, seen[0].length];
  const n = action.kind === "discrete" ? action.n : 0;
  const actions = new Int32Array(rows);
  const context = { params: place.params, role, count: 1, observation, at: {}, action, knobs: [] };
  const policy = policyFrom(data, place.scripts)(context as never);
  policy.act({
    ...{ rows, count: 1, obsSize: width, maskSize: n, actionSize: 1, actions },
    obs: Float32Array.from({ length: rows * width }, (_, i) => seen[Math.floor(i / width / times)][i % width]),
    mask: new Uint8Array(rows * n).fill(1),
    alive: new Uint8Array(rows).fill(1),
    rngs: Array.from({ length: rows }, (_, row) => new Rng(1, row)),
    agreed: () => 0,
    state: new Float32Array(rows * (policy.stateSize ?? 0)),
  });
  return seen.map((_, s) =>
    Array.from(
      { length: n },
      (_, a) => actions.subarray(s * times, (s + 1) * times).filter((x) => x === a).length / times,
    ),
  );
}

type Habits = readonly (readonly number[])[];

/** A game whose payoff to defenders is known for any habits, and what is seen in it. */
interface Known {
  readonly game: SmallGame;
  readonly seen: Habits;
  readonly pure: Readonly<Record<Side, readonly Habits[]>>;
  readonly range: number;
  readonly value: number;
  readonly budget: number;
  readonly episodes: number;
  payoff(defender: Habits, attacker: Habits): number;
}

function matrix(id: string, payoffs: readonly (readonly number[])[], value: number, budget: number): Known {
  const pure = (size: number) => payoffs.slice(0, size).map((_, k) => [payoffs.map((_, i) => (i === k ? 1 : 0))]);
  return {
    ...{ game: matrixGame(id, payoffs), value, budget, seen: [[1]], episodes: 2 },
    pure: { defender: pure(payoffs.length), attacker: pure(payoffs.length) },
    range: Math.max(...payoffs.flat()) - Math.min(...payoffs.flat()),
    payoff: ([mine], [theirs]) =>
      mine.reduce((sum, p, i) => sum + theirs.reduce((own, q, j) => own + p * q * payoffs[i][j], 0), 0),
  };
}

function poker(): Known {
  const seen = [0, 1, 2].flatMap((card) =>
    [0, 1, 2, 3].map((stage) => [0, 1, 2, 3, 4, 5, 6].map((i) => (i === card || i === 3 + stage ? 1 : 0))),
  );
  const bets =
    (habits: Habits, side: Side): Bets =>
    (card, later) =>
      habits[4 * card + KUHN_STAGES[side][later]][1];
  const pure = (side: Side) =>
    KUHN_STRATEGIES.map((strategy) =>
      seen.map((_, s) => {
        const bet = strategy(s >> 2, Math.max(0, KUHN_STAGES[side].indexOf((s % 4) as never)));
        return [1 - bet, bet];
      }),
    );
  return {
    ...{ game: kuhn, value: KUHN_VALUE, budget: 400_000, seen, range: 4, episodes: 4000 },
    pure: { defender: pure("defender"), attacker: pure("attacker") },
    payoff: (mine, theirs) => kuhnPayoff(bets(mine, "defender"), bets(theirs, "attacker")),
  };
}

const GAMES: Readonly<Record<string, () => Known>> = {
  "rock, paper, scissors": () => matrix("rps-v0", ROCK_PAPER_SCISSORS, 0, 20_000),
  "random 5x5": () => matrix("random-v0", randomPayoffs(5, 1), nash(randomPayoffs(5, 1)).value, 40_000),
  "Blotto, 5 on 3": () => matrix("blotto-v0", blotto(5, 3), 0, 400_000),
  "Kuhn poker": poker,
};

/** How Q-learning answers: with care, or with its defaults and a tenth of the steps. */
const LEARNERS = {
  careful: { share: 1, learning: qLearning({ learningRate: 0.005, floor: 1 }) },
  hasty: { share: 0.1, learning: qLearning({}) },
} as const;

async function solve(name: string, { share, learning }: (typeof LEARNERS)["careful" | "hasty"]): Promise<void> {
  const { game, seen, pure, range, value, budget, episodes, payoff } = GAMES[name]();
  const params = resolveParams(game.env, {}) as Record<string, unknown>;
  const place: Place = { env: game.env, params, roles: game.env.roles(params), scripts: game.scripts };
  const worth = { utility: "peace", security: "kept", lambda: 1 };
  const { last, steps } = await play(place, {
    ...{ worth, episodes, rounds: 20 },
    oracle: { scripts: false, learner: { ...learning, budget: share * budget } },
  });
  const side = (which: Side): { readonly share: number; readonly habits: Habits }[] =>
    sharesOf(last, which).map(({ member, share }) => {
      const [[role, data]] = Object.entries(member.policies);
      return { share, habits: habits(place, role, data, seen) };
    });
  const [mine, theirs] = [side("defender"), side("attacker")];
  const against = (defenders: typeof mine, attackers: typeof mine) =>
    defenders.reduce(
      (sum, d) => sum + attackers.reduce((own, a) => own + d.share * a.share * payoff(d.habits, a.habits), 0),
      0,
    );
  const pureOf = (which: Side) => pure[which].map((habits) => [{ share: 1, habits }]);
  const best = Math.max(...pureOf("defender").map((one) => against(one, theirs)));
  const worst = Math.min(...pureOf("attacker").map((one) => against(mine, one)));
  const cells = [
    name,
    `${last.round} (${last.end})`,
    steps,
    value.toFixed(4),
    against(mine, theirs).toFixed(4),
    `${((100 * (best - worst)) / range).toFixed(2)} %`,
    `${(100 * last.exploitability.mean).toFixed(2)} %`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

async function solveAll(names: readonly string[], learner: Parameters<typeof solve>[1]): Promise<void> {
  console.log("| game | rounds | steps | value | found | exploitability, exact | as measured |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const name of names.length > 0 ? names : Object.keys(GAMES)) {
    if (!Object.hasOwn(GAMES, name)) throw unknownName("game", name, Object.keys(GAMES));
    await solve(name, learner);
  }
}

// Defences: a mixture beside every fixed defence, each against the attack that answers it best.

/** A learner whose attacks answer each defence, besides all scripts. */
const LEARNER: Oracle = { scripts: false, learner: { ...cem({}), budget: 200_000 } };
const EPISODES = { payoff: 256, select: 256, test: 1024 };

async function beside(name: string): Promise<void> {
  const plugin = await openRegistry().environmentNamed(name);
  const { env } = plugin;
  const params = resolveParams(env, {}) as Record<string, unknown>;
  const place: Place = { env, params, roles: env.roles(params), scripts: await plugin.policies() };
  const first = (axis: string) => Object.keys(env.metrics).find((metric) => env.metrics[metric].axis === axis)!;
  const worth = { utility: first("utility"), security: first("security"), lambda: 1 };
  const { last } = await play(place, { worth, oracle: { scripts: true }, episodes: EPISODES.payoff, rounds: 30 });
  const mixed = sharesOf(last, "defender");
  const population: Member = { side: "defender", title: "population", policies: mixtureOf(place, "defender", mixed) };
  const fixed = scriptNames(place, "defender").map((script) => scriptedMember(place, "defender", script));

  const [select, test] = (["select", "test"] as const).map((split) =>
    makePayoffs(place, { worth, episodes: EPISODES[split], seed: 1, split: [split] }),
  );
  const scripts = scriptNames(place, "attacker").map((script) => scriptedMember(place, "attacker", script));
  const oracles = { attacker: LEARNER, defender: LEARNER };
  const game = populationGame(place, { worth, payoffs: select, oracles, seed: 1 });
  const measuredOnes: { defence: Member; attack: Member; payoff: Payoff }[] = [];
  for (const [d, defence] of [population, ...fixed].entries()) {
    // The round only names the training's streams here: another for each defence.
    const learned = await game.respond("attacker", [{ member: defence, share: 1 }], 1000 + d, 0);
    let attack = learned;
    let least = Number.POSITIVE_INFINITY;
    for (const one of [...scripts, learned]) {
      const [value] = await select.payoff(defence, one);
      if (value < least) [attack, least] = [one, value];
    }
    measuredOnes.push({ defence, attack, payoff: await test.payoff(defence, attack) });
  }
  const [own, ...others] = measuredOnes;
  // The best fixed defence by the episodes that attacks were chosen on.
  const worst: number[] = [];
  for (const { defence, attack } of others) worst.push((await select.payoff(defence, attack))[0]);
  const rival = others[worst.indexOf(Math.max(...worst))];
  const shares = mixed.map(({ member, share }) => `${member.title} ${share.toFixed(2)}`).join(", ");
  const line = ({ defence, attack, payoff }: typeof own, what: string, difference?: Measured) => {
    const cells = [name, what === "" ? defence.title : what, attack.title, interval(intervalOf(payoff))];
    console.log(`| ${[...cells, difference ? interval(difference) : ""].join(" | ")} |`);
  };
  line(own, `population: ${shares}`, intervalOf(own.payoff.map((value, b) => value - rival.payoff[b])));
  for (const one of others) line(one, one === rival ? `**${one.defence.title}**` : "");
}

const PLACES = ["low-and-slow", "stealth-takeover", "swarm-flood", "covert-wire"];

export default {
  games: {
    summary: "learned oracles in games whose equilibria are known (takes names)",
    print: (names) => solveAll(names, LEARNERS.careful),
  },
  hasty: {
    summary: "the same with a tenth of the steps and Q-learning's defaults",
    print: (names) => solveAll(names, LEARNERS.hasty),
  },
  defences: {
    summary: "population defences beside every fixed one, each against the attack that answers it best (takes names)",
    async print(names) {
      console.log("| environment | defence | worst attack on it | worth | more than the best fixed |");
      console.log("| --- | --- | --- | --- | --- |");
      for (const name of names.length > 0 ? names : PLACES) await beside(name);
    },
  },
} satisfies Evidence;
