import { type PolicyFor, score } from "masque";
import { bestOneBitSecurity, codeSecurity, securityFloor } from "../../envs/covert-wire/codes-theory.ts";
import covertWire, { type WireParams } from "../../envs/covert-wire/env.ts";
import { codeWeights } from "../../envs/covert-wire/model.ts";
import scripts from "../../envs/covert-wire/policies.ts";
import {
  countVariation,
  hiddenRate,
  perfectSecurity,
  randomCodeCountLaw,
  squareRootLaw,
  utility,
  votingPower,
} from "../../envs/covert-wire/theory.ts";
import { policiesIn } from "../../src/leaderboard/bundle.ts";
import { readEntryFile } from "../../src/leaderboard/open.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import type { Evidence } from "./evidence.ts";
import { knowing, leastWatched } from "./wire/wardens.ts";
import { speaking, wordsIn } from "./wire/words.ts";

type Given = Partial<WireParams>;
type Attack = keyof typeof scripts.attacks;
type Defence = keyof typeof scripts.defences | "default";
const RANDOM: Given = { cover: "random", slots: 8, bits: 8, errorBob: 0, errorWarden: 0 };
type Attacking = Attack | ReturnType<typeof speaking>;
type Defending = Defence | { readonly warden: PolicyFor<typeof covertWire, "warden"> };
const SMALL: Given = { slots: 6, bits: 1, key: false, errorBob: 0.2, errorWarden: 0.4 };
const three = (value: number) => value.toFixed(3);
const { params } = covertWire;

/** @param episodes of every measured figure */
function print([episodes = "4000"]: readonly string[]): void {
  function play(given: Given, attack: Attack, defence: Defence = "default") {
    // Few innocents: what they lose is known exactly.
    const settings = { params: { ...given, innocent: 0.05 }, episodes: Number(episodes), seed: 1 };
    const { attacked, counters } = score(covertWire, { scripts, attack, defence, ...settings });
    return { power: counters.attacked.accusedActive / counters.attacked.active, secrecy: attacked.secrecy };
  }

  function worst(given: Given, attacks: readonly Attack[], defence?: Defence): string {
    const all = attacks.map((attack) => ({ attack, ...play(given, attack, defence) }));
    const { attack, secrecy } = all.reduce((a, b) => (b.secrecy < a.secrecy ? b : a));
    return `${three(secrecy)} by ${attack}`;
  }

  const errors = { errorBob: 0.1, errorWarden: 0.1 };
  const law = squareRootLaw({ slots: 10_000, tau: 0.1, ...errors });
  const reader = { noise: 0, error: 0.1 };
  console.log("Silent cover, square-root law at total variation 0.1, errors 0.1");
  console.log(`  bits over the root of n: ${three(law.bits / 100)}; n = 10^4: ${law.ones.toFixed(2)} ones,`);
  const variation = countVariation(randomCodeCountLaw(10_000, law.ones / 10_000, reader), reader);
  console.log(`  variation of the count ${variation.toFixed(4)}`);

  console.log("\nSilent cover, n = 64, k = 4: exact power, decoding and security of words of weight w");
  for (const falseAlarm of [0.01, 0.03, 0.1, 0.2, 0.3, 0.41, 0.5]) {
    const p = params.parse({ falseAlarm });
    const cells = [1, 1.5, 2, 2.5, 3, 4].map((w) => {
      const { power, decoding, security } = codeSecurity(p, w);
      return `w=${w}: ${three(power)} ${three(decoding)} ${three(security)}`;
    });
    console.log(`  α = ${falseAlarm}, U = ${three(utility(p))}  ${cells.join("  ")}`);
  }

  console.log("\nThe same at α = .1 where readers hardly err: bits over √n by the law, security of the best code");
  for (const noise of [0, 0.05, 0.1, 0.2, 0.5]) {
    const p = params.parse({ noise, errorBob: 0.001, errorWarden: 0.001 });
    const best = Math.min(...[0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4].map((w) => codeSecurity(p, w).security));
    console.log(`  ν = ${noise}: ${three(squareRootLaw({ ...p, slots: 1, tau: 0.1 }).bits)} ${three(best)}`);
  }

  const voters = [1, 2, 3, 4, 8, 16].map(
    (wardens) => `W=${wardens}: ${three(votingPower(params.parse({ wardens }), 2))}`,
  );
  console.log(`\nThe same at α = .1, w = 2: power of W wardens that vote  ${voters.join("  ")}`);

  console.log("\nSilent cover, measured: the worst scripted attack");
  const silent = Object.keys(scripts.attacks).filter((name) => name !== "fixed-2") as Attack[];
  for (const noise of [0, 0.3, 0.7, 0.9]) {
    for (const falseAlarm of noise === 0 ? [0, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5] : [0, 0.1, 0.3]) {
      const given = { noise, falseAlarm };
      console.log(
        `  ν = ${noise}, α = ${falseAlarm}: U ${three(utility(params.parse(given)))}  S ${worst(given, silent)}`,
      );
    }
  }

  console.log("\nSilent cover, α = .1: power and security where the warden knows the words of fixed-2, and where not");
  for (const attack of ["fixed-2", "code-2"] as const) {
    const [count, informed] = [play({}, attack), play({}, attack, "informed")];
    console.log(`  ${attack}: count ${three(count.power)} ${three(count.secrecy)}`);
    console.log(`  ${attack}: informed ${three(informed.power)} ${three(informed.secrecy)}`);
  }

  console.log(
    `\nRandom cover: I(X;Y) ${three(hiddenRate("random", 0, 0))} bits, at ν = .5 ${three(hiddenRate("random", 0.5, 0))}`,
  );
  console.log(
    "Random cover, n = 8, k = 8: perfect steganography (exact, and one codebook), and the worst scripted attack",
  );
  const loudest = ["plain", "loud", "even", "typical", "perfect"] as const;
  for (const noise of [0, 0.5, 0.6, 0.7, 0.8, 0.9]) {
    for (const falseAlarm of noise <= 0.5 ? [0, 0.2] : [0]) {
      const given = { ...RANDOM, noise, falseAlarm };
      const p = params.parse(given);
      const stego = `${three(perfectSecurity(p))} ${three(play(given, "perfect").secrecy)}`;
      const against = `G-test: ${worst(given, loudest)}; coin: ${worst(given, loudest, "coin")}`;
      console.log(`  ν = ${noise}, α = ${falseAlarm}: U ${three(utility(p))}  perfect ${stego}  ${against}`);
    }
  }

  console.log("\nSilent cover, n = 6, k = 1, p_b = .2, p_w = .4: exact best response, and the worst scripted attack");
  for (const falseAlarm of [0, 0.03, 0.1, 0.2, 0.4, 0.5]) {
    const given = { ...SMALL, falseAlarm };
    console.log(`  α = ${falseAlarm}: ${three(bestOneBitSecurity(params.parse(given)))}  ${worst(given, silent)}`);
  }
}

const LEVELS = [0.01, 0.03, 0.1, 0.2, 0.3, 0.5];
const LEARNED = new URL("../../leaderboard/entries/covert-wire-learned", import.meta.url).pathname;

/** @param episodes of every measured figure; attacks are chosen on a quarter as many others */
function attacked([episodes = "4000"]: readonly string[]): void {
  function measure(attack: Attacking, defence: Defending, falseAlarm: number, split = "test") {
    const count = split === "test" ? Number(episodes) : Math.ceil(Number(episodes) / 4);
    const settings = {
      params: { falseAlarm, innocent: split === "test" ? 0.2 : 0.05 },
      episodes: count,
      split: [split],
    };
    const { attacked, counters } = score(covertWire, { scripts, attack, defence, ...settings });
    // Gains lie in [−1/15, 1], nearly all at an end.
    const error = Math.sqrt((attacked.secrecy * (1 - attacked.secrecy)) / counters.attacked.active);
    return { ...attacked, error };
  }

  function worst(attacks: readonly (readonly [string, Attacking])[], defence: Defending, falseAlarm: number) {
    const chosen = attacks
      .map(([name, attack]) => ({ name, attack, secrecy: measure(attack, defence, falseAlarm, "select").secrecy }))
      .reduce((a, b) => (b.secrecy < a.secrecy ? b : a));
    return { name: chosen.name, ...measure(chosen.attack, defence, falseAlarm) };
  }

  const shipped = (Object.keys(scripts.attacks) as Attack[]).map((name) => [name, name] as const);
  const against = (defence: Defending, falseAlarm: number, least: number) => {
    const { name, secrecy, error } = worst(shipped, defence, falseAlarm);
    return `worst script ${three(secrecy)} ${name}, least ${three(least)}, difference ${three(secrecy - least)}, se ${three(error)}`;
  };

  console.log("The count: the worst script, measured, and the least security that any code leaves, exact");
  for (const falseAlarm of LEVELS) {
    const { security, words } = securityFloor(params.parse({ falseAlarm }));
    const code = words.flatMap((count, ones) => (count > 0 ? [`${count} of weight ${ones}`] : [])).join(", ");
    console.log(`  α = ${falseAlarm}: ${against("default", falseAlarm, security)}, by ${code}`);
  }

  console.log("\nCoin and informed, who accuse silence with probability α and no word with less");
  for (const defence of ["coin", "informed"] as const) {
    for (const falseAlarm of LEVELS) {
      console.log(`  ${defence}, α = ${falseAlarm}: ${against(defence, falseAlarm, falseAlarm)}`);
    }
  }

  console.log(
    "\nA warden who knows the codes of 1 to 3 ones in all turnings: the worst script, and what the count leaves at most",
  );
  for (const falseAlarm of [0.03, 0.1, 0.3]) {
    const { security } = securityFloor(params.parse({ falseAlarm }));
    console.log(`  α = ${falseAlarm}: ${against({ warden: knowing }, falseAlarm, security)}`);
  }

  console.log(
    "\nWardens of the entry covert-wire-learned: the worst script, and words in the slots that each watches least",
  );
  const { claim } = readEntryFile(LEARNED).file;
  const read = policiesIn(LEARNED, [claim.evidence]);
  for (const digest of claim.evidence.policies) {
    const data = read(digest);
    if (data.role !== "warden") continue;
    const order = leastWatched(data, 64, 0.1);
    const unseen = [1, 1.5, 2, 2.5, 3].map((weight): [string, Attacking] => {
      return [`${weight}`, speaking(wordsIn(order, codeWeights(weight, 16), 64))];
    });
    const defence = { warden: policyFrom(data) as PolicyFor<typeof covertWire, "warden"> };
    const [script, found] = [shipped, unseen].map((attacks) => worst(attacks, defence, 0.1));
    console.log(
      `  ${digest.slice(0, 6)}, U ${three(script.utility)}: ${three(script.secrecy)} ${script.name}, ` +
        `found ${three(found.secrecy)} weight ${found.name}, difference ${three(script.secrecy - found.secrecy)}, ` +
        `se ${three(Math.hypot(script.error, found.error))}`,
    );
  }
}

export default {
  facts: { summary: "laws, exact codes and measured attacks; takes a number of episodes (4000: two minutes)", print },
  attacked: {
    summary:
      "the worst scripts beside bounds, and wardens who know the codes; takes a number of episodes (4000: minutes)",
    print: attacked,
  },
} satisfies Evidence;
