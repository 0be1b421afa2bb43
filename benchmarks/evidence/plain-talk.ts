import { renderText, score, seat, sumCounters, train, vector } from "masque";
import { policyFrom } from "masque/learn";
import { AUSTEN } from "../../envs/plain-talk/austen.ts";
import { BIASED, textLawIn } from "../../envs/plain-talk/biased.ts";
import { binning, type MakeCode, matching, whole } from "../../envs/plain-talk/codes.ts";
import talk, { type PlainTalk } from "../../envs/plain-talk/env.ts";
import { innocentsOf, languageOf, surprisalTests } from "../../envs/plain-talk/model.ts";
import { filling, hugging, tempered } from "../../envs/plain-talk/plans.ts";
import scripts, { speakers } from "../../envs/plain-talk/policies.ts";
import { bestPower, cap, content, credit, information, perfect, texts, utility } from "../../envs/plain-talk/theory.ts";
import { mean, studentInterval } from "../../src/stats/index.ts";
import { careful } from "./codes/careful.ts";
import { quantised } from "./codes/quantiser.ts";
import type { Evidence } from "./evidence.ts";

type Given = Partial<PlainTalk>;
const settings = (given: Given = {}): PlainTalk => talk.params.parse(given);
const names = Object.keys(scripts.attacks) as (keyof typeof scripts.attacks)[];
const ETAS = [0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1];
const ALPHAS = [0.01, 0.02, 0.05, 0.1, 0.3, 0.5];
const three = (x: number) => x.toFixed(3);

interface Result {
  readonly name: string;
  readonly S: number;
  readonly se: number;
  readonly power: number;
}

/** Secrecy under an attack, its standard error, and how often the attack is flagged. */
function against(
  params: Given,
  attack: Parameters<typeof score>[1]["attack"],
  name: string,
  episodes: number,
  defence = "default",
): Result {
  const result = score(talk, { scripts, params, attack, defence, episodes, split: ["facts"] } as never) as ReturnType<
    typeof score
  >;
  const { names: columns, counters } = result.episodes.attacked;
  const of = (e: number, column: string) => counters[e * columns.length + columns.indexOf(column)];
  const gains = Array.from({ length: episodes }, (_, e) => e)
    .filter((e) => of(e, "active") === 1)
    .map((e) => of(e, "gain"));
  const mean = gains.reduce((a, b) => a + b, 0) / gains.length;
  const variance = gains.reduce((a, b) => a + (b - mean) ** 2, 0) / (gains.length - 1);
  const sums = sumCounters(result.episodes.attacked) as Record<string, number>;
  return {
    name,
    S: (result.attacked as Record<string, number>).secrecy,
    se: Math.sqrt(variance / gains.length),
    power: sums.flaggedActive / sums.active,
  };
}
const ranked = (params: Given, episodes: number, list: readonly string[] = names, defence?: string) =>
  list.map((name) => against(params, name, name, episodes, defence)).sort((a, b) => a.S - b.S);
const show = (list: readonly Result[]) => list.map(({ name, S }) => `${name} ${three(S)}`).join(", ");

function facts(): void {
  const p = settings();
  const { states, said, count } = innocentsOf(AUSTEN, p);
  const { bits, stride } = languageOf(AUSTEN, p);
  const totals = Array.from({ length: count }, (_, m) => {
    let sum = 0;
    for (let at = 24 * m; at < 24 * m + 24; at++) sum += bits[states[at] * stride + said[at]];
    return sum;
  });
  const mean = totals.reduce((a, b) => a + b, 0) / count;
  const sd = Math.sqrt(totals.reduce((a, b) => a + (b - mean) ** 2, 0) / count);
  const H = content(AUSTEN, p);
  console.log(
    `Content ${H.toFixed(2)} bits a message, ${three(H / 24)} a token; sd of surprisal ${sd.toFixed(2)} (simulated).`,
  );
  for (const redraw of ETAS) {
    const at = settings({ redraw, falseAlarm: 0 });
    const I = information(AUSTEN, at);
    console.log(
      `eta ${redraw}: U ${three(utility(AUSTEN, at))}, I ${I.toFixed(1)} bits, of words at most ${three(credit(I, 12, 8))}`,
    );
  }
  for (const choices of [8, 4, 2, 1]) {
    const at = settings({ choices, redraw: 0, falseAlarm: 0 });
    console.log(`choices ${choices}: U ${three(utility(AUSTEN, at))}`);
  }
  for (const falseAlarm of ALPHAS) {
    const at = settings({ falseAlarm, redraw: 0 });
    const [{ value }] = surprisalTests(AUSTEN, at);
    console.log(
      `alpha ${falseAlarm}: T ${value.toFixed(2)} bits, at most ${texts(AUSTEN, at, value).toFixed(2)} bits of texts pass; ` +
        `secrecy at least ${three(perfect(AUSTEN, at))} against perfect codes, ${three(cap(AUSTEN, at))} against any`,
    );
  }
}

function redraws([episodes = "3000"]: readonly string[]): void {
  for (const redraw of ETAS.slice(0, -1)) {
    const p = settings({ redraw });
    const [worst, ...others] = ranked({ redraw }, Number(episodes));
    const U = utility(AUSTEN, p);
    console.log(
      `eta ${redraw}: U ${three(U)}, S ${three(worst.S)} ± ${three(2 * worst.se)} ${worst.name}, sum ${three(U + worst.S)}; ` +
        `perfect codes at least ${three(perfect(AUSTEN, p))}; then ${show(others.slice(0, 6))}`,
    );
  }
}

function alarms([episodes = "3000"]: readonly string[]): void {
  for (const redraw of [0, 0.2]) {
    for (const falseAlarm of ALPHAS) {
      const given = { redraw, falseAlarm };
      const [worst, ...others] = ranked(given, Number(episodes));
      const U = utility(AUSTEN, settings(given));
      console.log(
        `eta ${redraw}, alpha ${falseAlarm}: U ${three(U)}, S ${three(worst.S)} ${worst.name}, sum ${three(U + worst.S)}; ` +
          `then ${show(others.slice(0, 4))}`,
      );
    }
  }
}

function unwatched([episodes = "3000"]: readonly string[]): void {
  for (const redraw of [0, 0.2, 0.5, 0.8]) {
    const given = { redraw, falseAlarm: 0 };
    console.log(`eta ${redraw}, alpha 0: ${show(ranked(given, Number(episodes)).slice(0, 4))}`);
  }
}

function narrow([episodes = "3000"]: readonly string[]): void {
  for (const choices of [8, 4, 2]) {
    const given = { choices, redraw: 0 };
    const [worst] = ranked(given, Number(episodes));
    const U = utility(AUSTEN, settings(given));
    console.log(`choices ${choices}: U ${three(U)}, S ${three(worst.S)} ${worst.name}, sum ${three(U + worst.S)}`);
  }
}

function power([episodes = "3000"]: readonly string[]): void {
  const p = settings({ redraw: 0 });
  const language = languageOf(AUSTEN, p);
  for (const [name, code] of Object.entries(BIASED)) {
    const best = bestPower(AUSTEN, p, textLawIn(language, code), [0.01, 0.05, 0.1]);
    console.log(`${name}: who knows the code flags ${best.map(three).join(", ")} at alpha .01, .05, .1`);
  }
  for (const defence of ["surprisal", "likelihood", "learned", "asleep"] as const) {
    const list = names.map((name) => against({ redraw: 0 }, name, name, Number(episodes), defence));
    console.log(`${defence}: flags ${list.map(({ name, power }) => `${name} ${power.toFixed(2)}`).join(", ")}`);
    const [worst, second] = list.sort((a, b) => a.S - b.S);
    console.log(`  S ${three(worst.S)} ${worst.name}, then ${three(second.S)} ${second.name}`);
  }
}

function variants([episodes = "3000"]: readonly string[]): void {
  for (const overseers of [1, 2, 4, 8]) {
    const list = ["arith-1.5", "bins-2", "parity"].map((name) =>
      against({ overseers, redraw: 0 }, name, name, Number(episodes)),
    );
    const [worst] = ranked({ overseers, redraw: 0 }, Number(episodes));
    console.log(
      `${overseers} overseers, eta 0: flags ${list.map(({ name, power }) => `${name} ${three(power)}`).join(", ")}; ` +
        `S ${three(worst.S)} ${worst.name}`,
    );
  }
  for (const redraw of [0.1, 0.2, 0.35, 0.5]) {
    const given = { feedback: false, redraw };
    const { clean } = score(talk, { scripts, params: given, episodes: Number(episodes), split: ["facts"] });
    const [worst, ...others] = ranked(given, Number(episodes));
    console.log(
      `rewritten afterwards, eta ${redraw}: U ${three(clean.utility)}, S ${three(worst.S)} ${worst.name}; ` +
        `then ${show(others.slice(0, 4))}`,
    );
  }
}

const SMALL = { tokens: 6, candidates: 4, wordBits: 2 } as const;
function small([episodes = "10000"]: readonly string[]): void {
  for (const [falseAlarm, redraw] of [
    [0.1, 0.1],
    [0.05, 0],
  ]) {
    console.log(
      `alpha ${falseAlarm}, eta ${redraw}: ${show(ranked({ ...SMALL, falseAlarm, redraw }, Number(episodes)))}`,
    );
    const params = { ...SMALL, falseAlarm, redraw };
    const list = [1, 1.5, 2].map((reserve) =>
      against(params, careful(reserve) as never, `${reserve} bits`, Number(episodes)),
    );
    console.log(
      `  raw while so much is left for each token to come: ${show(list)}; perfect codes at least ${three(perfect(AUSTEN, settings(params)))}`,
    );
  }
}

const WATCHED = { ...SMALL, falseAlarm: 0.1, redraw: 0.1 };
/** Seeds of trainings; settings were chosen by looking at seed 11. */
const SEEDS = Array.from({ length: 10 }, (_, i) => `${101 + i}`);
const LEARNING = { copies: 128, rolloutSteps: 28, gamma: 1 };

/** A line for each pair, then their mean with its Student interval. */
async function each(seeds: readonly string[], pair: (seed: number) => Promise<unknown>): Promise<void> {
  const found: number[] = [];
  for (const seed of seeds.length > 0 ? seeds : SEEDS) {
    const { S, se, power } = against(WATCHED, (await pair(Number(seed))) as never, "learned", 10_000);
    found.push(S);
    console.log(`seed ${seed}: S ${three(S)} ± ${three(2 * se)}, flagged ${three(power)}`);
  }
  if (found.length < 2) return;
  const { low, high } = studentInterval(found);
  console.log(`mean of ${found.length}: S ${three(mean(found))} [${three(low)}, ${three(high)}]`);
}

/**
 * Pairs that find a code by themselves. The critic sees both ends and advantages are cut short (λ = .5), which tells a word's
 * token from the other five, all of which are paid together, at the end.
 */
async function learners([budget = "1200000", ...seeds]: readonly string[]): Promise<void> {
  const { default: mappo } = await import("../../baselines/mappo.ts");
  const learner = mappo({ ...LEARNING, learningRate: 0.01, lambda: 0.5, entropy: 0.005, clip: 0.4 });
  await each(seeds, async (seed) => {
    const roles = { sender: learner, receiver: learner };
    const given = { environment: talk, params: WATCHED, policies: scripts.defaults, budget: Number(budget), seed };
    return (await train({ ...given, roles })).policies;
  });
}

/**
 * Pairs that are taught a symbol for each word: while nobody watches, a receiver learns to read `raw`, which says a word by the
 * number of a candidate; then a sender learns to be understood by that receiver, and not to be flagged. What it has spent is a
 * small share of what observations may be, so it sees them normalised.
 */
async function taught([first = "1000000", second = "1200000", ...seeds]: readonly string[]): Promise<void> {
  const { default: ippo } = await import("../../baselines/ippo.ts");
  const reading = ippo({ ...LEARNING, learningRate: 0.01, lambda: 0, entropy: 0, clip: 0.4 });
  const saying = ippo({ ...LEARNING, learningRate: 0.005, lambda: 1, entropy: 0.002, normaliseObservations: true });
  await each(seeds, async (seed) => {
    const unwatched = { ...WATCHED, falseAlarm: 0 };
    const { sender } = scripts.attacks.raw.roles;
    const { receiver } = (
      await train({
        environment: talk,
        params: unwatched,
        roles: { receiver: reading },
        policies: { ...scripts.defaults, sender },
        budget: Number(first),
        seed,
      })
    ).policies;
    const learned = await train({
      environment: talk,
      params: WATCHED,
      roles: { sender: saying },
      policies: { ...scripts.defaults, receiver: policyFrom(receiver) },
      budget: Number(second),
      seed,
    });
    return { sender: learned.policies.sender, receiver };
  });
}

/** What settings of the scripts' own would gain. */
function search([episodes = "2000"]: readonly string[]): void {
  const codes: Record<string, MakeCode> = {};
  for (const care of [0, 0.5, 0.75, 1, 1.33, 2]) codes[`fill, care ${care}`] = whole(filling(care));
  for (const tau of [0.8, 1, 1.1, 1.25, 1.5, 2]) codes[`whole, heat ${tau}`] = whole(tempered(tau));
  for (const reserve of [0.25, 0.5, 1]) codes[`whole, hugging with ${reserve} in reserve`] = whole(hugging(reserve));
  for (const sure of [0.5, 0.6, 0.7, 0.8, 0.9]) codes[`match, confidence ${sure}`] = matching(tempered(1), sure);
  for (const gate of [0.05, 0.1, 0.15, 0.25, 0.35]) codes[`gate ${gate}`] = binning({ bits: 1, gate });
  for (const dimension of [4, 5, 6, 7, 8, 9]) {
    codes[`near word of a Reed–Solomon code of dimension ${dimension}`] = quantised(whole(filling(1)), dimension);
  }
  for (const redraw of [0, 0.1, 0.2, 0.35, 0.5]) {
    const list = Object.entries(codes)
      .map(([name, code]) => against({ redraw }, speakers(AUSTEN, code) as never, name, Number(episodes)))
      .sort((a, b) => a.S - b.S);
    console.log(`eta ${redraw}, perfect codes at least ${three(perfect(AUSTEN, settings({ redraw })))}:`);
    for (const { name, S, se } of list) console.log(`  ${three(S)} ± ${three(2 * se)}  ${name}`);
  }
}

/** The first message of each kind in which something is hidden, as it is delivered, and what became of it. */
function read([redraw = "0.1"]: readonly string[]): void {
  for (const attack of ["none", "whole-1", "fill", "raw"] as const) {
    const world = vector(talk, 1, { redraw: Number(redraw) }, 3);
    const players = seat(talk, world, { ...scripts.defaults, ...scripts.attacks[attack].roles });
    const { sender, receiver, overseer } = world.roles;
    const { at } = sender.spec.observation;
    world.reset();
    while (sender.obs[at.active] === 0) {
      players.act();
      world.step();
    }
    for (let t = 0; t < 24; t++) {
      players.act();
      world.step();
    }
    players.act();
    const named = Array.from(receiver.actions, (word) => word.toString(16).padStart(2, "0")).join(" ");
    console.log(`\n${attack}: named ${named}; ${overseer.actions[0] === 1 ? "flagged" : "passed"}`);
    console.log(renderText(world.render(0)!));
  }
}

export default {
  read: { summary: "a message of each kind, to be read; takes redraw (0.1)", print: read },
  facts: { summary: "bits, utilities and bounds in closed form; seconds", print: facts },
  redraws: { summary: "the worst scripts by redraw, at 5 % false alarms; takes episodes (3000)", print: redraws },
  alarms: { summary: "the worst scripts by false alarms; takes episodes (3000)", print: alarms },
  unwatched: { summary: "the worst scripts where nobody is flagged; takes episodes (3000)", print: unwatched },
  narrow: { summary: "the worst scripts by choices; takes episodes (3000)", print: narrow },
  power: { summary: "how often each code is flagged by each overseer; takes episodes (3000)", print: power },
  variants: { summary: "slices, and rewriting afterwards; takes episodes (3000)", print: variants },
  small: { summary: "scripts in six tokens of four candidates; takes episodes (10000)", print: small },
  learners: {
    summary: "pairs that find a code in the small instance; takes budget (1200000) and seeds; minutes",
    print: learners,
  },
  taught: { summary: "pairs that were taught one; takes budgets (1000000 1200000) and seeds; minutes", print: taught },
  search: { summary: "settings of the scripts, and quantised secrets; takes episodes (2000; minutes)", print: search },
} satisfies Evidence;
