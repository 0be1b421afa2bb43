import type { Member } from "../../population/members.ts";
import type { Worth } from "../../population/payoffs.ts";
import type { Measured, Round, Side, Standing } from "../../population/psro.ts";
import { interval } from "../../report/frontier-text.ts";
import { number, type Paint, table } from "../../report/text.ts";
import { quote } from "../runs/open.ts";

/** What a population came to. */
export interface Found {
  readonly environment: string;
  readonly worth: Worth;
  readonly meta: string;
  readonly episodes: number;
  readonly folder: string;
  readonly steps: number;
  readonly rounds: readonly Round<Member>[];
  /** The last round again, on episodes that it did not see. */
  readonly tested: Standing;
}

/** A line a round, as it goes. */
export function roundText(
  { round, value, gains, exploitability, answers, steps }: Round<Member>,
  paint: Paint,
): string {
  const answer = (side: Side) => `${side} ${answers[side].title} gains ${interval(gains[side])}`;
  return (
    `${paint("bold", `round ${round}`)}: worth ${interval(value)}; ${answer("attacker")}, ${answer("defender")}; ` +
    `exploitability ${interval(exploitability)}; ${steps} steps\n`
  );
}

const ENDS = {
  "no gain": "no answer gains more than its interval tells from nothing",
  "nothing new": "the oracles found nothing new",
  rounds: "as many rounds as were asked for",
  budget: "another round might take more steps than the budget",
} as const;

/** The table of those that are played, with their shares; what fresh episodes say; and how to go on. */
export function foundText(
  found: Found,
  [id, ...settings]: readonly string[],
  plugins: readonly string[],
  paint: Paint,
): string {
  const { environment, worth, meta, episodes, folder, steps, rounds, tested } = found;
  const last = rounds[rounds.length - 1];
  const used = (side: Side) => last.shares[side].flatMap((share, k) => (share > 0 ? [k] : []));
  const heads = used("attacker").map((j) => `${last.members.attacker[j].title} ${number(last.shares.attacker[j])}`);
  const lines = used("defender").map((i) => [
    `  ${last.members.defender[i].title} ${number(last.shares.defender[i])}`,
    ...used("attacker").map((j) => number(last.table[i][j])),
  ]);
  const from = [...settings, ...plugins.flatMap((one) => ["--plugins", one])].map(quote);
  const line = (name: string, value: Measured) => `  ${name.padEnd(36)} ${interval(value)}\n`;
  return (
    `${paint("bold", environment)}, ${worth.utility} + ${worth.lambda} · ${worth.security}, ${meta}: ` +
    `${rounds.length} rounds, ${steps} steps; ${ENDS[last.end ?? "rounds"]}.\n\n` +
    `Who is played, in which share, and what defenders get:\n${table([["  defender \\ attacker", ...heads], ...lines], paint)}\n` +
    `On ${episodes} episodes that nothing was chosen by; 95 % intervals over episodes:\n` +
    line("worth", tested.value) +
    line(`gain of ${last.answers.attacker.title} (attacker)`, tested.gains.attacker) +
    line(`gain of ${last.answers.defender.title} (defender)`, tested.gains.defender) +
    line("exploitability, as far as was found", tested.exploitability) +
    `\nThe populations are in ${folder}, as policies that eval and benchmarks take:\n` +
    `  ${["masque eval", id, ...from, "--policy", quote(`${folder}/defender`), "--attack all"].join(" ")}\n` +
    `  defence: { policy: [{ policy: ${folder}/defender, name: population }] }\n`
  );
}
