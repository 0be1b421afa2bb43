import { type Interval, percentileInterval } from "../stats/index.ts";
import { asGiven, nash, type Payoffs, regretMatching, type Strategies } from "./matrix-game.ts";

// Policy-space response oracles (Lanctot et al. 2017, arXiv:1711.00832): two populations, a table of what each member gets
// from each of the other's, a strategy over the table, and oracles that answer the other side's strategy with new members.
// With equilibria of the table and best responses it is the double oracle (McMahan, Gordon and Blum 2003, ICML).

export type Side = "defender" | "attacker";

/**
 * What defenders get when two members meet: first the estimate, then the same of resamples, the same resamples for every
 * pair. So intervals of any sum over pairs can be had. Exact payoffs have no resamples.
 */
export type Payoff = Float64Array;

/** A number and where it may lie, 95 %. */
export interface Measured extends Interval {
  readonly mean: number;
}

/** A member and its share of a mixture. */
export interface Share<M> {
  readonly member: M;
  readonly share: number;
}

/** A zero-sum game between defenders, who want more, and attackers, who want less. */
export interface Game<M> {
  readonly start: Readonly<Record<Side, M>>;
  /** Members of a side with equal names are the same. */
  name(member: M): string;
  payoff(defender: M, attacker: M): Payoff | Promise<Payoff>;
  /** A best response, as far as the oracle finds one, to a mixture of the other side. */
  respond(side: Side, against: readonly Share<M>[], round: number, target: number): M | Promise<M>;
  /** Environment steps so far. */
  readonly steps?: number;
}

/** What the sides play: how shares come from the table. */
export const METAS = {
  nash: "an equilibrium of the table, by linear programming: the double oracle",
  regret: "an equilibrium of the table, by regret matching",
  rectified:
    "the same equilibrium, but besides each member in use is answered for: by a response to those it does well against",
  uniform: "every response as often as it was given: fictitious play",
} as const;
export type Meta = keyof typeof METAS;

/** What shares are worth, and what leaving them would gain. */
export interface Standing {
  readonly value: Measured;
  /** What a side's best answer, of its members and of the round's responses, gains. */
  readonly gains: Readonly<Record<Side, Measured>>;
  /** Both gains together: NashConv. 0 at an equilibrium; as found, a lower bound, since better responses may exist. */
  readonly exploitability: Measured;
}

/** A round: what both sides play by the table so far, and what answering it gains. */
export interface Round<M> extends Standing {
  readonly round: number;
  readonly members: Readonly<Record<Side, readonly M[]>>;
  /** `[defenders][attackers]`, of the members that were there when the round began. */
  readonly table: Payoffs;
  readonly shares: Readonly<Record<Side, readonly number[]>>;
  /** The best answers themselves. */
  readonly answers: Readonly<Record<Side, M>>;
  /** Why nothing follows; null in between. */
  readonly end: "no gain" | "nothing new" | "rounds" | "budget" | null;
  readonly steps: number;
}

/**
 * Plays rounds until no response gains more than its interval tells from nothing, or rounds or steps run out. What the last
 * round says of its shares was measured on them: responses of the last round are no longer taken in.
 * @param afford whether another round may begin
 */
export async function* psro<M>(
  game: Game<M>,
  { meta, rounds, afford = () => true }: { readonly meta: Meta; readonly rounds: number; afford?(): boolean },
): AsyncGenerator<Round<M>, void> {
  const members = { defender: [game.start.defender], attacker: [game.start.attacker] };
  const given = { defender: [1], attacker: [1] };
  const cells = [[await game.payoff(game.start.defender, game.start.attacker)]];
  for (let round = 1; ; round++) {
    const before = { defender: [...members.defender], attacker: [...members.attacker] };
    const table = cells.map((row) => row.map(([estimate]) => estimate));
    const { rows, columns, value } = STRATEGIES[meta](table, given);
    const shares = { defender: rows, attacker: columns };
    const targets = targetsOf(table, { rows, columns, value }, meta === "rectified");
    let found = 0;
    for (const side of ["attacker", "defender"] as const) {
      const others = before[side === "attacker" ? "defender" : "attacker"];
      for (const [t, target] of targets[side].entries()) {
        const against = others.flatMap((member, k) => (target[k] > 0 ? [{ member, share: target[k] }] : []));
        const answer = await game.respond(side, against, round, t);
        const known = members[side].findIndex((one) => game.name(one) === game.name(answer));
        if (known >= 0) given[side][known]++;
        else {
          given[side].push(1);
          members[side].push(answer);
          found++;
        }
      }
    }
    for (const [i, defender] of members.defender.entries()) {
      cells[i] ??= [];
      for (const [j, attacker] of members.attacker.entries()) cells[i][j] ??= await game.payoff(defender, attacker);
    }
    const answers = {
      attacker: leastOf(members.attacker.map((_, j) => combine(cells, rows, one(j))[0])),
      defender: leastOf(members.defender.map((_, i) => -combine(cells, one(i), columns)[0])),
    };
    const measured = measure(
      combine(cells, rows, columns),
      combine(cells, rows, one(answers.attacker)),
      combine(cells, one(answers.defender), columns),
    );
    const { gains } = measured;
    const settled = [gains.attacker, gains.defender].every(({ low }) => low <= 1e-9);
    const stuck = meta !== "uniform" && found === 0;
    const end = settled ? "no gain" : stuck ? "nothing new" : round >= rounds ? "rounds" : afford() ? null : "budget";
    yield {
      round,
      members: before,
      table,
      shares,
      ...measured,
      answers: { defender: members.defender[answers.defender], attacker: members.attacker[answers.attacker] },
      end,
      steps: game.steps ?? 0,
    };
    if (end !== null) return;
  }
}

type Counts = Readonly<Record<Side, readonly number[]>>;
const STRATEGIES: Readonly<Record<Meta, (payoffs: Payoffs, given: Counts) => Strategies>> = {
  nash,
  regret: regretMatching,
  rectified: nash,
  uniform: (payoffs, { defender, attacker }) => asGiven(payoffs, defender, attacker),
};

/**
 * The mixtures that a side's oracle answers: the other side's, and when rectified, for each member in use, the part of it that
 * the member does no worse against than the value (Balduzzi et al. 2019, arXiv:1901.08106, algorithm 4, for two populations).
 * That part alone need not lead to an equilibrium; with the whole beside it, it does what the double oracle does.
 */
function targetsOf(table: Payoffs, { rows, columns, value }: Strategies, rectified: boolean): Record<Side, number[][]> {
  const targets = { defender: [[...columns]], attacker: [[...rows]] };
  if (!rectified) return targets;
  const add = (side: Side, target: number[]) => {
    const sum = target.reduce((a, b) => a + b, 0);
    const scaled = target.map((share) => share / sum);
    const same = (other: number[]) => other.every((share, k) => Math.abs(share - scaled[k]) < 1e-9);
    if (sum > 0 && !targets[side].some(same)) targets[side].push(scaled);
  };
  rows.forEach((share, i) => {
    if (share > 0)
      add(
        "defender",
        columns.map((other, j) => (table[i][j] >= value - 1e-9 ? other : 0)),
      );
  });
  columns.forEach((share, j) => {
    if (share > 0)
      add(
        "attacker",
        rows.map((other, i) => (table[i][j] <= value + 1e-9 ? other : 0)),
      );
  });
  return targets;
}

const one = (k: number): number[] => Object.assign(Array<number>(k + 1).fill(0), { [k]: 1 });
const leastOf = (values: readonly number[]): number => values.indexOf(Math.min(...values));

/** What a round says of its shares and answers, by other payoffs: on episodes that nothing was chosen by. */
export async function measureAgain<M>(
  { members, shares, answers }: Pick<Round<M>, "members" | "shares" | "answers">,
  payoff: Game<M>["payoff"],
): Promise<Standing> {
  const used = (side: Side) => members[side].filter((_, k) => shares[side][k] > 0);
  const [defenders, attackers] = [used("defender"), used("attacker")];
  const [rows, columns] = [shares.defender, shares.attacker].map((all) => all.filter((share) => share > 0));
  const table = (mine: readonly M[], theirs: readonly M[]): Promise<Payoff[][]> =>
    inTurn(mine, (defender) => inTurn(theirs, async (attacker) => payoff(defender, attacker)));
  return measure(
    combine(await table(defenders, attackers), rows, columns),
    combine(await table(defenders, [answers.attacker]), rows, [1]),
    combine(await table([answers.defender], attackers), [1], columns),
  );
}

async function inTurn<T, R>(items: readonly T[], of: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await of(item));
  return results;
}

/** From what defenders get as things stand, when attackers answer, and when defenders do. */
function measure(value: Payoff, attacked: Payoff, defended: Payoff): Standing {
  const attacker = value.map((all, b) => all - attacked[b]);
  const defender = value.map((all, b) => defended[b] - all);
  return {
    value: intervalOf(value),
    gains: { attacker: intervalOf(attacker), defender: intervalOf(defender) },
    exploitability: intervalOf(attacker.map((gain, b) => gain + defender[b])),
  };
}

/** A payoff between mixtures, resample by resample. */
function combine(cells: readonly (readonly Payoff[])[], rows: readonly number[], columns: readonly number[]): Payoff {
  const sum = new Float64Array(cells[0][0].length);
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < columns.length; j++) {
      const weight = rows[i] * columns[j];
      if (weight !== 0) for (let b = 0; b < sum.length; b++) sum[b] += weight * cells[i][j][b];
    }
  }
  return sum;
}

/** An estimate with the interval of its resamples. */
export function intervalOf([mean, ...resampled]: Payoff): Measured {
  return resampled.length === 0 ? { mean, low: mean, high: mean } : { mean, ...percentileInterval(resampled) };
}
