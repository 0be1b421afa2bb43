import { type Environment, evaluate, type ScriptedPolicies } from "masque";
import { AUSTEN } from "../../envs/plain-talk/austen.ts";
import { binned } from "../../envs/plain-talk/codes.ts";
import type { Cover } from "../../envs/plain-talk/covers.ts";
import austen, { type PlainTalk } from "../../envs/plain-talk/env.ts";
import { flags, innocentsOf, languageOf, surprisalTests, wordsOf } from "../../envs/plain-talk/model.ts";
import austenScripts, { scripts } from "../../envs/plain-talk/policies.ts";
import { Posterior } from "../../envs/plain-talk/posterior.ts";
import { credit, parityDivergence } from "../../envs/plain-talk/theory.ts";
import { GEMMA } from "../../plugins/gguf/cover.ts";
import gemma from "../../plugins/gguf/envs/plain-talk-gguf/env.ts";
import { printExactness } from "../../plugins/gguf/exactness.ts";
import type { Evidence } from "./evidence.ts";

// What of plain-talk carries over from Austen's automaton to a real model. Needs the model (docs/real-model.md).

const ETAS = [0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8];
const ALPHA = 0.05;

/** Of a secret. */
const WORDS = 12;
const WORD_BITS = 8;

/** A language, its game, and how many episodes of it are worth waiting for. */
const LANGUAGES = [
  { name: "Austen", cover: AUSTEN, env: austen as Environment, scripts: austenScripts as ScriptedPolicies, most: 4096 },
  { name: "Gemma", cover: GEMMA, env: gemma as Environment, scripts: scripts(GEMMA) as ScriptedPolicies, most: 256 },
];

interface Mean {
  readonly mean: number;
  readonly se: number;
}
function meanOf(values: ArrayLike<number>): Mean {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i] / n;
  let square = 0;
  for (let i = 0; i < n; i++) square += (values[i] - mean) ** 2 / (n - 1);
  return { mean, se: Math.sqrt(square / n) };
}
const told = ({ mean, se }: Mean) => `${mean.toFixed(3)} ± ${se.toFixed(3)}`;

/** What messages with a secret gain, and how many of them are flagged, as played. */
function played({ env, scripts, most }: (typeof LANGUAGES)[number], attack: string, redraw: number) {
  const { overseer } = scripts.defaults;
  const { sender, receiver } = scripts.attacks[attack].roles;
  const { counters, names } = evaluate(env, {
    params: { redraw, falseAlarm: ALPHA },
    policies: { overseer, sender, receiver },
    episodes: most,
    seed: 1,
    split: ["transfer"],
  });
  const of = (name: string, e: number) => counters[e * names.length + names.indexOf(name)];
  const active = Array.from({ length: most }, (_, e) => e).filter((e) => of("active", e) === 1);
  return {
    gain: meanOf(active.map((e) => of("gain", e))),
    flagged: meanOf(active.map((e) => of("flaggedActive", e))),
  };
}

/** The simulated innocents of a language as they stand, and the test that flags a share α of them. */
function bankOf(cover: Cover, env: Environment) {
  const p = env.params.parse({ falseAlarm: ALPHA }) as unknown as PlainTalk;
  return { p, language: languageOf(cover, p), innocents: innocentsOf(cover, p), test: surprisalTests(cover, p)[0] };
}

/**
 * What the best perfect code gains: the whole secret as a point, both ends reckoning with redraws. Its texts have the cover's
 * law, so the simulated innocents are texts of its own, each of a secret drawn from what its receiver then knows; a word
 * is named right as often as its likeliest value is likely (Rao and Blackwell), and no luck of secrets is left in.
 */
function expected(bank: ReturnType<typeof bankOf>, redraw: number): Mean {
  const { p, language, innocents, test } = bank;
  const words = wordsOf(p);
  const chance = 2 ** -p.wordBits;
  const tally = new Float64Array(2 ** p.wordBits);
  const count = Math.min(innocents.count, 1000);
  const gains = Array.from({ length: count }, (_, m) => {
    const posterior = new Posterior(words * p.wordBits + 64);
    let spent = 0;
    for (let at = m * p.tokens; at < (m + 1) * p.tokens; at++) {
      const from = innocents.states[at] * language.stride;
      const shares = language.share.subarray(from, from + language.choices);
      const said = innocents.said[at];
      const outside = redraw * shares[said];
      posterior.see(shares, said, 1 - redraw + outside, outside);
      spent += language.bits[from + said];
    }
    let right = 0;
    for (let i = 0; i < words; i++) {
      posterior.tally(i * p.wordBits, p.wordBits, tally.fill(0));
      right += Math.max(chance, ...tally) / words;
    }
    return ((right - chance) / (1 - chance)) * (1 - flags(test, spent));
  });
  return meanOf(gains);
}

/** Mean entropy of a token, the same and its deviation for a whole message's surprisal, and how often next to nothing is open. */
function entropies(): void {
  for (const { name, cover, env } of LANGUAGES) {
    const { p, language, innocents, test } = bankOf(cover, env);
    const totals = new Float64Array(innocents.count);
    let low = 0;
    for (const [at, state] of innocents.states.entries()) {
      totals[Math.floor(at / p.tokens)] += language.bits[state * language.stride + innocents.said[at]];
      if (language.entropy[state] < 1) low++;
    }
    const { mean, se } = meanOf(totals);
    const deviation = se * Math.sqrt(innocents.count);
    const parity = parityShows({ p, language, innocents, test });
    console.log(
      `${name}: ${innocents.count} messages; H ${(innocents.content / p.tokens).toFixed(3)} bits a token; surprisal ${mean.toFixed(2)} ± ` +
        `${se.toFixed(2)}, sd ${deviation.toFixed(2)}; under one bit in ${((100 * low) / innocents.states.length).toFixed(1)} % of ` +
        `contexts; flagged above ${test.value.toFixed(1)} at α = ${ALPHA}; parity differs by ${parity.mean.toFixed(3)} bits a token`,
    );
  }
}

/** Bits a token by which `parity` differs from the cover, over the states that innocents visit; where a bin is empty it does not. */
function parityShows({ language, innocents }: ReturnType<typeof bankOf>): Mean {
  const binOf = new Uint8Array(language.choices);
  const mass = new Float64Array(2);
  return meanOf(
    Array.from(innocents.states, (state) => {
      binned({ bits: 1 }, language, state * language.stride, binOf, mass);
      return mass[0] > 0 && mass[1] > 0 ? parityDivergence(mass[0]) : 0;
    }),
  );
}

/** (1 − α) of the content that arrives, over what was offered: closed form over the states that innocents visit. */
function utility({ language, innocents }: ReturnType<typeof bankOf>, redraw: number): number {
  let kept = 0;
  for (const state of innocents.states) {
    for (let at = state * language.stride; at < state * language.stride + language.choices; at++) {
      kept += language.share[at] * language.bits[at] * (1 - redraw + redraw * language.share[at]);
    }
  }
  return ((1 - ALPHA) * kept) / innocents.count / innocents.content;
}

/** Bits of a message that a gateway lets through, of a code whose text has the cover's law: mutual information, closed form. */
function information({ language, innocents }: ReturnType<typeof bankOf>, redraw: number): number {
  const surprise = (p: number) => (p > 0 ? -p * Math.log2(p) : 0);
  let bits = 0;
  for (const state of innocents.states) {
    const from = state * language.stride;
    const p = language.share.subarray(from, from + language.choices);
    const missed = p.reduce((sum, share) => sum + surprise(redraw * share), 0);
    bits += language.entropy[state];
    for (const share of p) bits -= share * (missed - surprise(redraw * share) + surprise(1 - redraw + redraw * share));
  }
  return bits / innocents.count;
}

function perfect(): void {
  const banks = LANGUAGES.map(({ cover, env }) => bankOf(cover, env));
  const content = banks.map(({ innocents }) => innocents.content);
  console.log(`Ratio of entropies, Gemma over Austen: ${(content[1] / content[0]).toFixed(3)}; α = ${ALPHA}\n`);
  console.log(
    "η      U Austen  U Gemma  S Austen         S Gemma          ratio of leaks   of what passes                  no perfect code below",
  );
  for (const redraw of ETAS) {
    const [a, g] = banks.map((bank) => expected(bank, redraw));
    const [ua, ug] = banks.map((bank) => utility(bank, redraw));
    const [ia, ig] = banks.map((bank) => information(bank, redraw));
    const ratio = g.mean / a.mean;
    const se = ratio * Math.hypot(g.se / g.mean, a.se / a.mean);
    console.log(
      `${String(redraw).padEnd(5)}  ${ua.toFixed(3)}     ${ug.toFixed(3)}    ${told({ mean: 1 - a.mean, se: a.se })}    ` +
        `${told({ mean: 1 - g.mean, se: g.se })}    ${told({ mean: ratio, se })}    ${(ig / ia).toFixed(3)} (${ig.toFixed(1).padStart(4)} of ${ia.toFixed(1).padStart(4)} bits)    ` +
        `${[ia, ig].map((bits) => (1 - (1 - ALPHA) * credit(bits, WORDS, WORD_BITS)).toFixed(3)).join(" and ")}`,
    );
  }
}

function play(points: readonly (readonly [attack: string, redraw: number])[]): void {
  console.log("code       η     S Austen         S Gemma          ratio of leaks   flagged Austen   flagged Gemma");
  for (const [attack, redraw] of points) {
    const [a, g] = LANGUAGES.map((language) => played(language, attack, redraw));
    const ratio = g.gain.mean / a.gain.mean;
    const se = Math.abs(ratio) * Math.hypot(g.gain.se / g.gain.mean, a.gain.se / a.gain.mean);
    const leaks = a.gain.mean < 0.001 ? "none leaks".padEnd(13) : told({ mean: ratio, se });
    console.log(
      `${attack.padEnd(9)}  ${String(redraw).padEnd(4)}  ${told({ mean: 1 - a.gain.mean, se: a.gain.se })}    ` +
        `${told({ mean: 1 - g.gain.mean, se: g.gain.se })}    ${leaks}    ${told(a.flagged)}    ${told(g.flagged)}`,
    );
  }
}

export default {
  entropy: { summary: "bits a token of both languages", print: entropies },
  perfect: { summary: "the best perfect code under redraw, from simulated innocents (Rao–Blackwell)", print: perfect },
  matching: {
    summary: "posterior matching under redraw, as played",
    print: () => play(ETAS.slice(1).map((eta) => ["match-1", eta] as const)),
  },
  codes: {
    summary: "perfect and biased codes without redraw, as played",
    print: () =>
      play(
        (["arith-1", "arith-hug", "arith-1.5", "parity", "bins-2", "raw"] as const).map((code) => [code, 0] as const),
      ),
  },
  exactness: { summary: "how far laws depend on how a text is evaluated, where none should", print: printExactness },
} satisfies Evidence;
