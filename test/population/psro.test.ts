import fc from "fast-check";
import { describe, expect, it } from "vitest";
import qLearning from "../../baselines/q-learning.ts";
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
} from "../../benchmarks/evidence/populations/games.ts";
import { resolveParams } from "../../src/env/params.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { perRow } from "../../src/policy/policy.ts";
import { asGiven, expected, nash, type Payoffs, regretMatching } from "../../src/population/matrix-game.ts";
import { defenceOf, type Member, mixtureOf, type Place, seatsOf } from "../../src/population/members.ts";
import { type Oracle, populationGame } from "../../src/population/oracles.ts";
import { makePayoffs } from "../../src/population/payoffs.ts";
import { type Game, type Meta, measureAgain, type Payoff, psro, type Round } from "../../src/population/psro.ts";

const rangeOf = (payoffs: Payoffs) => Math.max(...payoffs.flat()) - Math.min(...payoffs.flat());
/** What leaving a pair of strategies would gain, both sides together: 0 proves an equilibrium, however it was found. */
function gap(payoffs: Payoffs, { rows, columns }: { rows: readonly number[]; columns: readonly number[] }): number {
  const pure = (k: number, size: number) => Array.from({ length: size }, (_, i) => (i === k ? 1 : 0));
  const best = payoffs.map((_, i) => expected(payoffs, pure(i, payoffs.length), columns));
  const worst = payoffs[0].map((_, j) => expected(payoffs, rows, pure(j, payoffs[0].length)));
  return Math.max(...best) - Math.min(...worst);
}
const isMixture = (shares: readonly number[]) => {
  expect(shares.every((share) => share >= 0)).toBe(true);
  expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
};

describe("a table's strategies", () => {
  const entry = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ min: -5, max: 5, noNaN: true }));
  const payoffs = fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
    .chain(([m, n]) => fc.array(fc.array(entry, { minLength: n, maxLength: n }), { minLength: m, maxLength: m }));

  it("are an equilibrium by linear programming, ties and all", () => {
    fc.assert(
      fc.property(payoffs, (table) => {
        const found = nash(table);
        for (const shares of [found.rows, found.columns]) isMixture(shares);
        expect(gap(table, found)).toBeLessThan(1e-7);
      }),
      { seed: 1, numRuns: 500 },
    );
    expect(nash(ROCK_PAPER_SCISSORS).rows.map((share) => share.toFixed(9))).toEqual(Array(3).fill("0.333333333"));
    expect(nash([[7]])).toEqual({ rows: [1], columns: [1], value: 7 });
  });

  it("are nearly one by regret matching", () => {
    for (const table of [ROCK_PAPER_SCISSORS, randomPayoffs(5, 1), randomPayoffs(20, 2), blotto(5, 3)]) {
      const found = regretMatching(table);
      for (const shares of [found.rows, found.columns]) isMixture(shares);
      expect(gap(table, found)).toBeLessThan(0.01 * rangeOf(table));
    }
  });

  it("are proportional to counts in fictitious play", () => {
    expect(asGiven(ROCK_PAPER_SCISSORS, [3, 1, 0], [0, 0, 2])).toEqual({
      rows: [0.75, 0.25, 0],
      columns: [0, 0, 1],
      value: 0.5,
    });
  });
});

/** A game of numbered strategies with exact payoffs and exact best responses, the first of equals. */
const exact = (payoffs: Payoffs): Game<number> => ({
  start: { defender: 0, attacker: 0 },
  name: String,
  payoff: (i, j) => Float64Array.of(payoffs[i][j]),
  respond(side, against) {
    const all = side === "defender" ? payoffs.map((_, i) => i) : payoffs[0].map((_, j) => j);
    const worth = (k: number) =>
      against.reduce(
        (sum, { member, share }) => sum + share * (side === "defender" ? payoffs[k][member] : -payoffs[member][k]),
        0,
      );
    return all.reduce((a, b) => (worth(b) > worth(a) + 1e-12 ? b : a));
  },
});
async function last<M>(game: Game<M>, meta: Meta, rounds: number): Promise<Round<M>> {
  let found: Round<M> | undefined;
  for await (const round of psro(game, { meta, rounds })) found = round;
  return found!;
}
const KUHN = KUHN_STRATEGIES.map((i) => KUHN_STRATEGIES.map((j) => kuhnPayoff(i, j)));

describe("with exact oracles", () => {
  it.each<[string, Payoffs, number, number]>([
    // OpenSpiel's double_oracle_test.py takes as many rounds from the first strategies: 3 and 8.
    ["rock, paper, scissors", ROCK_PAPER_SCISSORS, 0, 3],
    ["Kuhn poker", KUHN, KUHN_VALUE, 8],
    ["a random 5x5 game", randomPayoffs(5, 1), nash(randomPayoffs(5, 1)).value, 6],
    ["Colonel Blotto, 5 troops on 3 fields", blotto(5, 3), 0, 11],
  ])("%s is solved", async (_, payoffs, value, rounds) => {
    const found = await last(exact(payoffs), "nash", 40);
    expect(found).toMatchObject({ end: "no gain", round: rounds });
    expect(found.value.mean).toBeCloseTo(value, 9);
    expect(found.exploitability.mean).toBeLessThan(1e-9);
    // In the whole game, and not only among members.
    const whole = (shares: readonly number[], members: readonly number[], size: number) =>
      Array.from({ length: size }, (_, k) => (members.includes(k) ? shares[members.indexOf(k)] : 0));
    const { shares, members } = found;
    const rows = whole(shares.defender, members.defender, payoffs.length);
    const columns = whole(shares.attacker, members.attacker, payoffs[0].length);
    expect(gap(payoffs, { rows, columns })).toBeLessThan(1e-9);
    for (const meta of ["regret", "rectified"] as const) {
      const other = await last(exact(payoffs), meta, 40);
      expect(other.exploitability.mean, meta).toBeLessThan(0.01 * rangeOf(payoffs));
      expect(other.end, meta).toMatch(/^no/);
    }
  });

  it("answers all responses as often as they were given, and then comes near slowly", async () => {
    const at = async (rounds: number) => (await last(exact(KUHN), "uniform", rounds)).exploitability.mean;
    const [few, many] = [await at(10), await at(400)];
    expect(few).toBeGreaterThan(0.1);
    expect(many).toBeLessThan(0.01 * rangeOf(KUHN));
  });

  it("says of every round who was there when it began, also when more have come", async () => {
    const rounds: Round<number>[] = [];
    for await (const round of psro(exact(KUHN), { meta: "nash", rounds: 4 })) rounds.push(round);
    const sizes = rounds.map(({ members }) => [members.defender.length, members.attacker.length]);
    expect(sizes).toEqual(rounds.map(({ table }) => [table.length, table[0].length]));
    expect(sizes).toEqual(rounds.map(({ shares }) => [shares.defender.length, shares.attacker.length]));
    expect(sizes[0]).toEqual([1, 1]);
    expect(sizes[3][0]).toBeGreaterThan(2);
  });

  it("answers, when rectified, also what each member does well against", async () => {
    const asked: string[] = [];
    const game = exact(ROCK_PAPER_SCISSORS);
    await last(
      {
        ...game,
        respond(side, against, round, target) {
          asked.push(`${side} ${against.map(({ member }) => member)}`);
          return game.respond(side, against, round, target);
        },
      },
      "rectified",
      40,
    );
    // Rock holds its own against rock and scissors; so with the others.
    expect(asked).toContain("defender 0,2");
    expect(asked).toContain("defender 0,1,2");
  });
});

describe("payoffs with intervals", () => {
  /** A payoff whose 200 resamples lie evenly within ± spread of it. */
  const spread = (mean: number, by: number): Payoff =>
    Float64Array.from({ length: 201 }, (_, b) => (b === 0 ? mean : mean + by * ((b - 1) / 100 - 0.995)));
  const noisy = (gain: number, by: number): Game<number> => ({
    start: { defender: 0, attacker: 0 },
    name: String,
    payoff: (i, j) => spread(j === 1 ? -gain : 0, i === 0 && j === 1 ? by : 0),
    respond: (side) => (side === "attacker" ? 1 : 0),
  });

  it("end it where no answer gains more than its interval", async () => {
    expect(await last(noisy(0.1, 0.2), "nash", 5)).toMatchObject({ end: "no gain", round: 1 });
    expect(await last(noisy(0.1, 0.05), "nash", 5)).toMatchObject({ end: "no gain", round: 2 });
  });

  it("can be measured again on other episodes", async () => {
    const round = await last(exact(randomPayoffs(5, 1)), "nash", 3);
    const again = await measureAgain(round, exact(randomPayoffs(5, 1)).payoff);
    expect(again.exploitability.mean).toBeCloseTo(round.exploitability.mean, 12);
    expect(again.gains.attacker.mean).toBeCloseTo(round.gains.attacker.mean, 12);
    const other = await measureAgain(round, exact(randomPayoffs(5, 2)).payoff);
    expect(other.value.mean).not.toBeCloseTo(round.value.mean, 2);
  });
});

const placeOf = ({ env, scripts }: SmallGame): Place => {
  const params = resolveParams(env, {}) as Record<string, unknown>;
  return { env, params, roles: env.roles(params), scripts };
};
const worth = { utility: "peace", security: "kept", lambda: 1 };
function populations(game: SmallGame, oracle: Oracle, episodes: number) {
  const place = placeOf(game);
  const payoffs = makePayoffs(place, { worth, episodes, seed: 1, split: ["payoff"] });
  return {
    place,
    game: populationGame(place, { worth, payoffs, oracles: { attacker: oracle, defender: oracle }, seed: 1 }),
  };
}
const learner = (budget: number): Oracle => ({ scripts: false, learner: { ...qLearning({}), budget } });

describe("populations of an environment", () => {
  it("are solved among scripts, and what they are played as keeps the value", async () => {
    const rps = matrixGame("rps-v0", ROCK_PAPER_SCISSORS);
    const { place, game } = populations(rps, { scripts: true }, 2);
    const found = await last(game, "nash", 10);
    // Utility 1 + security ½.
    expect(found.value.mean).toBeCloseTo(1.5, 9);
    expect(found.exploitability.mean).toBeCloseTo(0, 9);
    expect(found.members.defender.map(({ title }) => title)).toEqual(["default", "move-1", "move-2"]);
    // No pair of the four scripts a side has is played twice.
    expect(game.steps).toBeLessThanOrEqual(4 * 4 * 2);
    const shares = found.members.defender.map((member, k) => ({ member, share: found.shares.defender[k] }));
    const policies = { ...defenceOf(place, mixtureOf(place, "defender", shares)) };
    for (const [name, attack] of Object.entries(rps.scripts.attacks)) {
      const options = { episodes: 3000, seed: 2, split: ["test"] };
      const counts = sumCounters(evaluate(rps.env, { policies: { ...policies, ...attack.roles }, ...options }));
      expect(metricsOf(rps.env, counts, counts).kept, name).toBeCloseTo(0.5, 1);
    }
  });

  it("learn by any baseline, repeat to the bit, and count all steps", async () => {
    const run = async () => {
      const { game } = populations(matrixGame("rps-v0", ROCK_PAPER_SCISSORS), learner(2000), 2);
      const found = await last<Member>(game, "nash", 8);
      return { found, steps: game.steps! };
    };
    const [one, two] = [await run(), await run()];
    expect(one.found.value.mean).toBeCloseTo(1.5, 9);
    expect(one.found.exploitability.mean).toBeLessThan(0.01);
    expect(two).toEqual(one);
    expect(one.steps).toBeGreaterThanOrEqual(2 * one.found.round * 2000);
    expect(one.found.members.attacker.map(({ title }) => title)).toContain("q-learning-1");
  });

  it("play Kuhn poker as its rules are", () => {
    const seat = (bets: Bets, stages: readonly number[]) => () =>
      perRow((obs, from) => {
        const later = stages.indexOf(obs.subarray(from + 3, from + 7).indexOf(1));
        return later < 0 ? 0 : bets(obs.subarray(from, from + 3).indexOf(1), later);
      });
    for (const [i, j] of [
      [0, 0],
      [0b110000, 0b011100],
      [0b001001, 0b111000],
      [0b111111, 0b101010],
    ]) {
      const [mine, theirs] = [KUHN_STRATEGIES[i], KUHN_STRATEGIES[j]];
      const policies = { first: seat(mine, KUHN_STAGES.defender), second: seat(theirs, KUHN_STAGES.attacker) };
      const counts = sumCounters(evaluate(kuhn.env, { policies, episodes: 20_000, seed: 1, split: ["test"] }));
      expect(Math.abs(4 * metricsOf(kuhn.env, counts, counts).kept - 2 - kuhnPayoff(mine, theirs))).toBeLessThan(0.05);
    }
  });

  it("seat a mixture as its members, episode by episode", async () => {
    const rps = matrixGame("rps-v0", ROCK_PAPER_SCISSORS);
    const { place, game } = populations(rps, { scripts: true }, 2);
    const { members, shares } = await last(game, "nash", 10);
    const mix = members.attacker.map((member, k) => ({ member, share: shares.attacker[k] }));
    const policies = { ...defenceOf(place, {}), ...seatsOf(place, mixtureOf(place, "attacker", mix)) };
    const { counters } = evaluate(rps.env, { policies, episodes: 900, seed: 1, split: ["test"] });
    const kept = Array.from({ length: 900 }, (_, e) => counters[2 * e]);
    for (const value of [0, 0.5, 1]) expect(kept.filter((one) => one === value).length / 900).toBeCloseTo(1 / 3, 1);
  });
});
