import { renderText, score, seat, vector } from "masque";
import { AUSTEN } from "../../envs/plain-talk/austen.ts";
import { BIASED, textLawIn } from "../../envs/plain-talk/biased.ts";
import { binning, type MakeCode, matching, whole } from "../../envs/plain-talk/codes.ts";
import talk, { type PlainTalk } from "../../envs/plain-talk/env.ts";
import { innocentsOf, languageOf, surprisalTests } from "../../envs/plain-talk/model.ts";
import { filling, hugging, tempered } from "../../envs/plain-talk/plans.ts";
import scripts, { speakers } from "../../envs/plain-talk/policies.ts";
import { bestPower, cap, content, credit, information, perfect, texts, utility } from "../../envs/plain-talk/theory.ts";
import { against, type Given, type Result, SMALL, three } from "./codes/against.ts";
import { careful } from "./codes/careful.ts";
import { learners, taught, tried } from "./codes/learned.ts";
import { quantised } from "./codes/quantiser.ts";
import type { Evidence } from "./evidence.ts";

const settings = (given: Given = {}): PlainTalk => talk.params.parse(given);
const names = Object.keys(scripts.attacks) as (keyof typeof scripts.attacks)[];
const ETAS = [0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1];
const ALPHAS = [0.01, 0.02, 0.05, 0.1, 0.3, 0.5];

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
  tried: {
    summary: "what else was tried there, a training each; takes parts of names; an hour",
    print: tried,
  },
  taught: { summary: "pairs that were taught one; takes budgets (1000000 1200000) and seeds; minutes", print: taught },
  search: { summary: "settings of the scripts, and quantised secrets; takes episodes (2000; minutes)", print: search },
} satisfies Evidence;
